"""An import before it starts: its row, and how many requests it takes at least."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from wbcore.imports import runs
from wbcore.imports.sources import SOURCES, Job
from wbcore.keys import keyring
from wbcore.keys.clients import environment_of, facts_of
from wbcore.store.models import Key, Run


def planned_requests(session: Session, key: Key, source: str, params: dict[str, Any]) -> int:
    """The least that it takes; pages that are only known while reading come on top."""
    assert key.id is not None
    job = Job(
        run_id="",
        key_id=key.id,
        seller_id=key.seller_id,
        source=source,
        params=params,
        now=datetime.now(UTC),
        kind=facts_of(key).kind,
        environment=environment_of(key),
    )
    planned = 0
    for stream in SOURCES[source].streams(params):
        at = stream.start(session, job)
        planned += 0 if at is None else stream.requests(session, job, at)
    return planned


def create(
    session: Session, key_id: int, source: str, params: dict[str, Any], trigger: str, **fields: Any
) -> Run:
    """The row of a new import. The caller commits.

    Args:
        fields: columns other than a queued run's.

    Raises:
        AlreadyRunning: an import of this key is queued or runs; it carries that run.
        KeyError: no such key, no such source.
    """
    key = keyring.get_key(session, key_id)
    if key is None:
        raise KeyError(key_id)
    if source not in SOURCES:
        raise KeyError(source)
    return runs.create(session, key, source, params, trigger, **fields)
