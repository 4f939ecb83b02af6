"""What would be lost with another token in a key's place, known before anything is asked or saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from wbcore.api.token import TokenFacts
from wbcore.guidance import diagnosis
from wbcore.guidance.diagnosis import Diagnosis, Evidence

RANK: Final = {"personal": 3, "unknown": 2, "service": 1, "basic": 1, "test": 0}
"""Types of tokens by what they can do here; those of before October 2025 say none and may do all."""
EARLIER: Final = timedelta(hours=1)
"""Two tokens made one after the other are of the same age."""


def of_replacing(old: TokenFacts, evidence: Evidence) -> list[Diagnosis]:
    """Warnings about a new token that is poorer or older than the one it is to replace.

    Args:
        evidence: with the new token's facts.
    """
    new = evidence.facts
    if new is None or new.fingerprint == old.fingerprint:
        return []
    found = []
    gone = tuple(c for c in old.categories if c not in new.categories)
    if gone:
        found.append(diagnosis.poorer_scope(evidence, gone))
    if new.read_only and not old.read_only:
        found.append(diagnosis.poorer_access(evidence))
    if RANK[new.kind] < RANK[old.kind]:
        found.append(diagnosis.poorer_type(evidence, old.kind))
    ends = old.expires_at
    if ends and new.expires_at and new.expires_at < ends - EARLIER:
        found.append(diagnosis.older(evidence, ends))
    return found
