"""The lock: every package by its hashes, from no registry in particular, with a licence that fits."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

from tests import licences

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.txt", "tests/requirements.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_by_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-zA-Z0-9])", text)
    assert len(entries) > 20
    assert [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "http" not in text
    assert "index-url" not in text


def test_both_ways_to_install_ask_for_the_hashes() -> None:
    for name in ("Makefile", "README.md"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        installing = [line for line in lines if "pip install" in line and "requirements.txt" in line]
        assert len(installing) == 2, name
        assert [line for line in installing if "--require-hashes" not in line] == []


def test_every_licence_fits() -> None:
    assert licences.misfits(metadata.distributions()) == []


@pytest.mark.parametrize(
    ("licence", "fits"),
    [
        ("MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND AGPL-3.0-only", False),
        ("", False),
        ("Business Source License 1.1", False),
    ],
)
def test_a_licence_that_does_not_fit_is_told(licence: str, fits: bool) -> None:
    assert licences.fits(licence) is fits
