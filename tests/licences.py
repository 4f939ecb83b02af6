"""``python -m tests.licences``: the licence of every installed package; fails on one that doesn't fit.

The product is run on a seller's own machine and may be passed on: what asks for the source of all of it
(GPL, AGPL) or allows no business does not fit. A licence that is not known here is for people to look at.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib import metadata

FIT = re.compile(
    r"(mit|mit-0|mit-cmu|0bsd|bsd|([23]-clause )?bsd([- ][23]-clause)?( license)?|apache([- ]2\.0)?|apl 2"
    r"|apache (software )?license( 2\.0)?|isc|isc license( \(iscl\))?"
    r"|psf-2\.0|python software foundation license"
    r"|mpl-2\.0|mozilla public license 2\.0 \(mpl 2\.0\)|lgpl-3\.0-only|zlib|cc0-1\.0|unlicense|hpnd"
    r"|mit license|bsd license)",
    re.IGNORECASE,
)
"""LGPL: psycopg, used as the library that it is."""
SHORT = 60
"""A longer text in the field is the licence itself; its classifier tells which one it is."""


def licence_of(package: metadata.Distribution) -> str:
    """What a package says of its licence: an SPDX expression, else a classifier, else free text."""
    meta = package.metadata
    classifiers = meta.get_all("Classifier") or []
    named = [c.rsplit(" :: ", 1)[-1] for c in classifiers if c.startswith("License :: ")]
    named = [name for name in named if name not in ("OSI Approved", "DFSG approved")]
    text = (meta.get("License") or "").strip()
    said = meta.get("License-Expression") or " OR ".join(named) or (text if len(text) <= SHORT else "")
    return said or _title_of_its_file(package)


def _title_of_its_file(package: metadata.Distribution) -> str:
    """The first line of the licence that a package ships without naming it: ``MIT License``."""
    for name in package.metadata.get_all("License-File") or []:
        text = package.read_text(f"licenses/{name}") or package.read_text(name) or ""
        return next((line.strip() for line in text.splitlines() if line.strip()), "")[:SHORT]
    return ""


def fits(licence: str) -> bool:
    """Whether each part of an expression fits; of alternatives one is enough."""
    ways = re.split(r"\s+OR\s+", licence.replace("(MPL 2.0)", "[MPL 2.0]"))
    return any(all(_is_known(part) for part in re.split(r"\s+AND\s+", way)) for way in ways)


def _is_known(part: str) -> bool:
    plain = part.replace("[MPL 2.0]", "(MPL 2.0)").strip()
    return any(FIT.fullmatch(name) for name in (plain, plain.strip("() ")))


def misfits(packages: Iterable[metadata.Distribution]) -> list[str]:
    return [f"{p.name}: {licence_of(p) or 'not said'}" for p in packages if not fits(licence_of(p))]


def main() -> int:
    packages = sorted(metadata.distributions(), key=lambda p: p.name.lower())
    for package in packages:
        print(f"{package.name:32} {package.version:14} {licence_of(package)}")
    wrong = misfits(packages)
    for line in wrong:
        print(f"does not fit: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
