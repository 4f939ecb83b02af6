"""What the commands ask of the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from wbcore.api.catalog import MODELS
from wbcore.api.token import TokenFacts
from wbcore.cli import documents, logs
from wbcore.cli.output import WrongUsageError, out
from wbcore.guidance import checklist, diagnosis, sellers
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.keys import keyring
from wbcore.people.actor import Actor, find_present_by
from wbcore.store import db, sealed
from wbcore.store.days import seconds as as_seconds
from wbcore.store.models import Key
from wbcore.store.problems import SecretKeyError, SecretKeyMissing
from wbcore.worker.readiness import make_ready

if TYPE_CHECKING:
    from wbcore.orders.filters import Kind, OrderFilters
    from wbcore.store.models import CapabilityState, Run, Seller


def prepare(*, secret: bool = True) -> None:
    """Starts the log and brings the database to this program's schema: the first act of most commands.

    Args:
        secret: the command opens or keeps what is encrypted; others work without the secret key, too.

    Raises:
        DatabaseUnavailable, DatabaseTooNew: as ``store.db.prepare``.
        SecretKeyError: as ``store.sealed.check``.
    """
    find_present_by(lambda: Actor.machine("cli"))
    logs.start()
    if secret:
        make_ready(_tell_of_upgrade)
    else:
        db.prepare(_tell_of_upgrade)


def _tell_of_upgrade() -> None:
    if not out.json:
        out.note("upgrading")


def require_key(name: str) -> int:
    """The id of a key.

    Raises:
        WrongUsageError: there is no key of this name.
    """
    with db.session() as session:
        key = keyring.get_key(session, name)
    if key is None or key.id is None:
        raise WrongUsageError(out.text("key-missing", name=name))
    return key.id


def require_token(name: str) -> None:
    """Sees that a key's token can be decrypted: told before an import is made that could only fail.

    Raises:
        WrongUsageError: there is no key of this name.
        SecretKeyError: the secret key is another one than when the tokens were stored.
    """
    key_id = require_key(name)
    with db.session() as session:
        key = keyring.get_key(session, key_id)
    if key is None:
        return
    try:
        keyring.token_of(key)
    except SecretKeyError:
        if state_of_secret() != "ok":
            raise
        # This token alone is damaged: the import says so, and what to do.


def seller_ids(sid: str) -> list[int]:
    """The seller of this id, in each environment that it is known in; [] when there is none."""
    with db.session() as session:
        return [seller.id for seller in keyring.list_sellers(session) if seller.sid == sid and seller.id]


def note_in_audit(action: str, subject: str) -> None:
    """Notes what this command has done, where that is no part of another transaction."""
    from wbcore.people import audit

    with db.writing() as session:
        audit.record(session, Actor.machine("cli"), action, subject)
        session.commit()


def state_of_secret() -> str:
    """``ok``, or what keeps the stored tokens shut: ``missing``, ``wrong``."""
    try:
        sealed.check()
    except SecretKeyMissing:
        return "missing"
    except SecretKeyError:
        return "wrong"
    return "ok"


def has_key(name: str) -> bool:
    with db.session() as session:
        return keyring.get_key(session, name) is not None


def key_documents(lang: str) -> list[documents.Document]:
    """All keys by name, with what their tokens say and what WB last said of them; sends nothing."""
    from wbcore.keys import capabilities
    from wbcore.keys.evidence import evidence_for

    now = datetime.now(UTC)
    with db.session() as session:
        rows = keyring.list_keys(session)
        owners = keyring.sellers_of(session, rows)
        called = sellers.names(keyring.list_sellers(session))
        states = capabilities.states(session, [row.id for row in rows if row.id is not None])
        evidence = [evidence_for(session, row) for row in rows]
    return [
        documents.key(
            row,
            documents.seller(owners[row.seller_id], called[row.seller_id]),
            TokenFacts.from_record(row.facts),
            now,
            [
                d.to_json(lang)
                for d in checklist.each_once(
                    [
                        *diagnosis.token_diagnoses(known),
                        *_refusals(row.name, states.get(row.id or 0, {}).values()),
                    ]
                )
            ],
        )
        for row, known in zip(rows, evidence, strict=True)
    ]


def seller_document(row: Seller) -> documents.Document:
    with db.session() as session:
        return documents.seller(row, sellers.name_of(session, row))


def _refusals(name: str, states: Iterable[CapabilityState]) -> list[Diagnosis]:
    """What WB itself has refused; what the token denies is told by ``token_diagnoses``."""
    said = (s.diagnosis for s in states if s.diagnosis and s.evidence == "probe")
    return [_of_key(Diagnosis.from_record(record), name) for record in said]


def run_documents(key: str | None, limit: int, lang: str) -> list[documents.Document]:
    """The import history, newest first.

    Raises:
        WrongUsageError: there is no key of this name.
    """
    from wbcore.imports import runs

    with db.session() as session:
        row = None if key is None else session.get(Key, require_key(key))
        names = {one.id: one.name for one in keyring.list_keys(session)}
        return [run_document(run, lang, names.get(run.key_id)) for run in runs.list_runs(session, row, limit)]


def run_document(run: Run, lang: str, name: str | None = None) -> documents.Document:
    """An import; ``name``: what its key is called now, None: as then."""
    name = name or run.key_name
    found = [_of_key(Diagnosis.from_record(record), name) for record in run.diagnoses]
    return {**documents.run(run, [one.to_json(lang) for one in found]), "key": name}


def _of_key(found: Diagnosis, name: str) -> Diagnosis:
    """A stored failure of a key that may have had another name then."""
    return replace(found, params={**found.params, "key": name}) if found.params.get("key") else found


reading = db.session
"""A session for what reads in one go."""


_KINDS: Final[dict[str, Kind]] = {"statistics": "statistics", "order_feed": "order_feed"}


def incident_documents(lang: str) -> list[documents.Document]:
    """Outages that are there now: one each, with the keys and methods in it."""
    from wbcore.guidance import cards, checklist

    with db.session() as session:
        shown = cards.cards(session, checklist.open_incidents(session), lang)
    return [documents.incident(card) for card in shown]


def with_checklists(rows: Iterable[documents.Document]) -> None:
    """Tells the failures of a report of keys as their open checklists do.

    Args:
        rows: each with a key's name and its diagnoses.
    """
    from wbcore.guidance import cards, checklist

    with db.session() as session:
        for row in rows:
            key = keyring.get_key(session, row["name"]) if row["diagnoses"] else None
            if key is None or key.id is None:
                continue
            mine = [one for one in checklist.of_key(session, key.id) if one.key_id == key.id]
            for card in cards.cards(session, mine, out.lang):
                documents.told_as(row["diagnoses"], card)


def with_incidents(document: documents.Document, rows: Iterable[documents.Document]) -> None:
    """Adds to a report the outages that its failures are part of.

    Args:
        rows: of the report, each with a key's name and its diagnoses; nothing is asked where all went well.
    """
    failed = [row for row in rows if any(d["severity"] == "error" for d in row["diagnoses"])]
    known = incident_documents(out.lang) if failed else []
    met = [
        one
        for row in failed
        for one in documents.in_incidents(row["diagnoses"], row.get("name") or row["key"], known)
    ]
    document["incidents"] = list({one["id"]: one for one in met}.values())


def order_filters(
    key: str | None, source: str | None, days: tuple[date | None, date | None], status: str | None
) -> OrderFilters:
    """The options of ``orders`` as a filter; days are those of ``WB_ZONE``, both included.

    Args:
        source: a model of sale, statistics or order_feed; None: assembly orders of all models.

    Raises:
        WrongUsageError: there is no key of this name.
    """
    from wbcore.orders.filters import OrderFilters

    sellers = None
    if key is not None:
        with db.session() as session:
            row = session.get(Key, require_key(key))
            sellers = None if row is None else (row.seller_id,)
    begin, end = as_seconds(*days)
    return OrderFilters(
        kind=_KINDS.get(source or "", "orders"),
        model=source if source in MODELS else "",
        seller_ids=sellers,
        key=key or "",
        status=status or "",
        date_from=begin,
        date_to=end,
    )


def order_documents(filters: OrderFilters, limit: int) -> tuple[list[documents.Document], bool]:
    """The newest orders, and whether there are more."""
    from wbcore.orders import browse, export

    with db.session() as session:
        found = browse.page(session, filters, limit=limit, joined=False)
    return [export.as_dict(row) for row in found.rows], found.next is not None
