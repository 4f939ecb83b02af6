# Two commands on a fresh machine: `make run` and `make test`. Needs Python 3.11+ and make.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
# What is compiled once serves all processes, also where nothing compiled is kept by default.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test lint bench soak lock clean

run: $(VENV)/.run
	$(BIN)/python -m wbcore serve --port $(PORT)

# Three at once on two processors: a part of their time they wait.
# What fails is tried once more and named (RERUN): a busy machine loses a click, or a process its turn.
test: $(VENV)/.test
	$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder --reruns 1 $(PYTEST_ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pip check --disable-pip-version-check
	$(BIN)/python -m tests.licences

# Hours rather than minutes: chaos in many rounds.
soak: $(VENV)/.test
	CHAOS_ROUNDS=$(or $(ROUNDS),50) $(BIN)/python -m pytest -n 2 tests/imports/test_chaos.py

bench: $(VENV)/.test
	$(BIN)/python -m tests.bench

pictures: $(VENV)/.test
	$(BIN)/python -m pytest -m pictures tests/browser/test_pictures.py

# Compiles both locks for all systems from pyproject.toml.
lock: $(VENV)/.run
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --no-header --generate-hashes pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --no-header --generate-hashes --group test -c requirements.txt -o tests/requirements.txt

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

# The browser and PostgreSQL come from the system's packages where they are missing.
$(VENV)/.test: $(VENV)/.run tests/requirements.txt tests/setup-system.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	sh tests/setup-system.sh
	touch $@

clean:
	rm -rf $(VENV)
