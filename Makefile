# Two commands on a fresh machine: `make run` and `make test`. Needs Python 3.11+ and make.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench lock clean

run: $(VENV)/.run
	$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address 127.0.0.1

test: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test
	$(BIN)/python -m tests.bench

# Compiles both locks for all systems from pyproject.toml.
lock: $(VENV)/.run
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --no-header --group test -c requirements.txt -o tests/requirements.txt

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

# The browser and PostgreSQL come from the system's packages where they are missing.
$(VENV)/.test: $(VENV)/.run tests/requirements.txt tests/setup-system.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	sh tests/setup-system.sh
	touch $@

clean:
	rm -rf $(VENV)
