"""What the commands ask of the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from wbcore.api.token import TokenFacts
from wbcore.cli import documents, logs
from wbcore.cli.output import WrongUsageError, out
from wbcore.guidance import diagnosis
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.store import browse, db, export, health, keys, runs
from wbcore.store.browse import Kind, OrderFilters
from wbcore.store.models import CapabilityState, Key, Run


def prepare() -> None:
    """Starts the log and brings the database to this program's schema: the first act of most commands.

    Raises:
        DatabaseUnavailable, DatabaseTooNew: as ``store.db.prepare``.
    """
    logs.start()
    db.prepare()


def require_key(name: str) -> int:
    """The id of a key.

    Raises:
        WrongUsageError: there is no key of this name.
    """
    with db.session() as session:
        key = keys.get_key(session, name)
    if key is None or key.id is None:
        raise WrongUsageError(out.text("key-missing", name=name))
    return key.id


def require_token(name: str) -> None:
    """Sees that a key's token can be decrypted: told before an import is made that could only fail.

    Raises:
        WrongUsageError: there is no key of this name.
        SecretKeyError: the secret key is another one than when the token was stored.
    """
    key_id = require_key(name)
    with db.session() as session:
        key = keys.get_key(session, key_id)
    if key is not None:
        keys.token_of(key)


def has_key(name: str) -> bool:
    with db.session() as session:
        return keys.get_key(session, name) is not None


def key_documents(lang: str) -> list[documents.Document]:
    """All keys by name, with what their tokens say and what WB last said of them; sends nothing."""
    from wbcore.jobs.evidence import evidence_for  # brings the HTTP client with it

    now = datetime.now(UTC)
    with db.session() as session:
        rows = keys.list_keys(session)
        sellers = keys.sellers_of(session, rows)
        states = health.states(session, [row.id for row in rows if row.id is not None])
        evidence = [evidence_for(session, row) for row in rows]
    return [
        documents.key(
            row,
            sellers[row.seller_id],
            TokenFacts.from_record(row.facts),
            now,
            [
                d.to_json(lang)
                for d in _each_once(
                    [*diagnosis.token_diagnoses(known), *_refusals(states.get(row.id or 0, {}).values())]
                )
            ],
        )
        for row, known in zip(rows, evidence, strict=True)
    ]


def _refusals(states: Iterable[CapabilityState]) -> list[Diagnosis]:
    """What WB itself has refused; what the token denies is told by ``token_diagnoses``."""
    return [Diagnosis.from_record(s.diagnosis) for s in states if s.diagnosis and s.evidence == "probe"]


def _each_once(found: Iterable[Diagnosis]) -> list[Diagnosis]:
    return list({(d.code, d.cause, d.required_category): d for d in found}.values())


def run_documents(key: str | None, limit: int, lang: str) -> list[documents.Document]:
    """The import history, newest first.

    Raises:
        WrongUsageError: there is no key of this name.
    """
    with db.session() as session:
        row = None if key is None else session.get(Key, require_key(key))
        return [run_document(run, lang) for run in runs.list_runs(session, row, limit)]


def run_document(run: Run, lang: str) -> documents.Document:
    return documents.run(run, [Diagnosis.from_record(record).to_json(lang) for record in run.diagnoses])


reading = db.session
"""A session for what reads in one go."""


def order_filters(
    key: str | None, kind: Kind, days: tuple[date | None, date | None], status: str | None
) -> OrderFilters:
    """The options of ``orders`` as a filter; days are those of UTC, both included.

    Raises:
        WrongUsageError: there is no key of this name.
    """
    sellers = None
    if key is not None:
        with db.session() as session:
            row = session.get(Key, require_key(key))
            sellers = None if row is None else (row.seller_id,)
    first, last = days
    return OrderFilters(
        kind=kind,
        seller_ids=sellers,
        key=key or "",
        status=status or "",
        date_from=None if first is None else _midnight(first),
        date_to=None if last is None else _midnight(last + timedelta(days=1)),
    )


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time.min, UTC).timestamp())


def order_documents(filters: OrderFilters, limit: int) -> tuple[list[documents.Document], bool]:
    """The newest orders, and whether there are more."""
    with db.session() as session:
        found = browse.page(session, filters, limit=limit, joined=False)
    return [export.as_dict(row) for row in found.rows], found.next is not None
