"""Keys: a token is checked when it is saved, offline first, then live with the cheapest requests."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from sqlmodel import Session

from wbcore.api import token as tokens
from wbcore.api.catalog import CAPABILITIES, CATEGORY_BY_ID, SANDBOX_HOSTS, Environment
from wbcore.api.client import WBClient
from wbcore.api.errors import AuthError, RateLimitedError, ScopeError, TokenTypeError, WBError
from wbcore.api.token import TokenFacts, TokenUnreadable
from wbcore.guidance import checklist, diagnosis
from wbcore.guidance.diagnosis import Diagnosis, Evidence
from wbcore.jobs.capabilities import record_success
from wbcore.jobs.clients import environment_of, gateway_for
from wbcore.jobs.counting import CountedClient
from wbcore.jobs.evidence import evidence_for
from wbcore.store import db, health, keys
from wbcore.store.errors import KeyExists
from wbcore.store.models import Key, Seller
from wbcore.store.quota import DatabaseQuota

__all__ = ["KeyExists", "KeyOutcome", "add_key", "remove_key", "rename_key", "replace_token"]

log = logging.getLogger(__name__)

PATIENCE_S: Final = 3.0
"""Somebody waits in front of a form: a wait for WB's quota that is longer leaves the question open."""
ATTEMPTS: Final = 3
MARKETPLACE: Final = CATEGORY_BY_ID["marketplace"]


@dataclass(frozen=True, slots=True)
class KeyOutcome:
    """What came of a token that was given to be saved.

    Attributes:
        key: as stored; None when it was not saved. With ``replace`` the old token is then as it was.
        facts: None when the text is no token.
        seller: who WB, or else the token, says that it belongs to.
        diagnoses: of severity ``error`` when not saved; ``warning`` when saved all the same.
        unverified: saved, but WB could not be asked.
    """

    saved: bool
    key: Key | None = None
    facts: TokenFacts | None = None
    seller: Seller | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    unverified: bool = False


@dataclass(slots=True)
class _Live:
    """What WB said of a token.

    Attributes:
        verified: WB has taken it somewhere.
        refused: WB does not take it at all; then it is not saved.
        doubts: what did not work, and does not keep it from being saved.
        seller_ms: how long WB took to say who the seller is; None: it has not said.
        opened: the hosts whose ping took the token.
    """

    verified: bool = False
    refused: WBError | None = None
    doubts: list[WBError] = field(default_factory=list)
    seller_ms: int | None = None
    opened: set[str] = field(default_factory=set)
    sid: str = ""
    name: str = ""
    trade_mark: str = ""


def add_key(
    name: str, token_text: str, *, replace: bool = False, environment: Environment | None = None
) -> KeyOutcome:
    """Checks a token and stores it under a name.

    Args:
        token_text: as pasted.
        replace: the token of the key of this name is to be replaced; it has to be of the same seller.
        environment: by default what the token is for; ``demo`` for the learning cabinet.

    Raises:
        KeyExists: the name is taken and ``replace`` is not set.
    """
    with db.session() as session:
        old = keys.get_key(session, name)
    if old is not None and not replace:
        raise KeyExists(name)
    try:
        facts = tokens.read(token_text)
    except TokenUnreadable as error:
        return KeyOutcome(False, diagnoses=(diagnosis.from_unreadable(error),))
    if environment is None:
        kept_in_demo = old is not None and old.environment == "demo"
        environment = "demo" if kept_in_demo else facts.environment
    return _Check(name, tokens.clean(token_text), facts, environment, old).outcome()


def replace_token(key_id: int, token_text: str) -> KeyOutcome:
    """Another token for a stored key; the old one stays unless the new one is good.

    Raises:
        KeyError: no such key.
    """
    with db.session() as session:
        key = keys.get_key(session, key_id)
    if key is None:
        raise KeyError(key_id)
    return add_key(key.name, token_text, replace=True)


def rename_key(key: str | int, name: str) -> None:
    """Gives a key another name.

    Raises:
        KeyError: no such key.
        KeyExists: another key has this name.
    """
    with db.session() as session:
        keys.rename(session, _existing(session, key), name)
        session.commit()


def remove_key(key: str | int) -> None:
    """Removes a key with its token, health and checklists. Its orders and its import history stay.

    Raises:
        KeyError: no such key.
    """
    with db.session() as session:
        row = _existing(session, key)
        keys.remove(session, row)
        session.commit()
    log.info("key removed", extra={"data": {"key": row.name}})


def _existing(session: Session, key: str | int) -> Key:
    row = keys.get_key(session, key)
    if row is None:
        raise KeyError(key)
    return row


class _Check:
    """One token on its way to be saved, or not."""

    def __init__(
        self, name: str, token: str, facts: TokenFacts, environment: Environment, old: Key | None
    ) -> None:
        self.name = name
        self.token = token
        self.facts = facts
        self.environment = environment
        self.old = old
        self.now = datetime.now(UTC)
        self.old_seller: Seller | None = None
        if old is not None:
            with db.session() as session:
                self.old_seller = keys.get_seller(session, old.seller_id)

    def outcome(self) -> KeyOutcome:
        offline = diagnosis.token_diagnoses(self._evidence())
        if any(d.severity == "error" for d in offline):
            return self._refused(offline)
        if self._is_other_seller(self.facts.seller_sid):
            return self._refused([self._mismatch("")])
        live = self._ask()
        if live.refused is not None:
            return self._refused([diagnosis.from_error(live.refused, self._evidence())])
        if self._is_other_seller(live.sid):
            return self._refused([self._mismatch(live.name)])
        doubts = [_as_warning(diagnosis.from_error(e, self._evidence())) for e in live.doubts]
        return self._save(live, _each_once([*offline, *doubts]))

    # --- Not saved -----------------------------------------------------------------------------------------

    def _refused(self, found: Iterable[Diagnosis]) -> KeyOutcome:
        found = tuple(found)
        log.warning("token not saved", extra={"data": {"key": self.name, "codes": [d.code for d in found]}})
        return KeyOutcome(False, facts=self.facts, diagnoses=found)

    def _is_other_seller(self, sid: str) -> bool:
        """Whether a token is of another seller, or of another environment, than the key it is to go into."""
        if self.old is None or self.old_seller is None:
            return False
        return bool(sid and sid != self.old_seller.sid) or self.environment != environment_of(self.old)

    def _mismatch(self, new_name: str) -> Diagnosis:
        assert self.old_seller is not None
        return diagnosis.seller_mismatch(
            self._evidence(), self.old_seller.name or self.old_seller.sid, new_name or self.facts.seller_sid
        )

    def _evidence(self) -> Evidence:
        if self.old is not None:
            with db.session() as session:
                known = evidence_for(session, self.old)
            return replace(known, facts=self.facts, environment=self.environment, key_saved_at=None)
        return Evidence(now=self.now, key_name=self.name, facts=self.facts, environment=self.environment)

    # --- Asking WB -----------------------------------------------------------------------------------------

    def _ask(self) -> _Live:
        live = _Live()
        with CountedClient(
            self.token,
            self.facts,
            environment=self.environment,
            gateway=gateway_for(self.environment),
            quota=DatabaseQuota(),
            max_wait_s=PATIENCE_S,
            attempts=ATTEMPTS,
        ) as client:
            if self.environment != "test":  # WB has no sandbox host for it
                self._ask_seller(client, live)
            host = self._host_to_ping(live)
            if host is not None and live.refused is None:
                self._ping(client, host, live)
        # One answer of WB is enough: that the other question could not be asked is no news to anybody.
        if live.verified:
            live.doubts = [e for e in live.doubts if not isinstance(e, RateLimitedError)]
        return live

    def _ask_seller(self, client: WBClient, live: _Live) -> None:
        try:
            said = client.seller_info()
        except WBError as error:
            _judge(error, live)
        else:
            live.verified = True
            live.seller_ms = client.last_latency_ms
            live.sid, live.name, live.trade_mark = (_text(said, n) for n in ("sid", "name", "tradeMark"))

    def _host_to_ping(self, live: _Live) -> str | None:
        """Marketplace where the token opens it; else, while WB has not spoken, any host that it opens."""
        hosts = [CATEGORY_BY_ID[c].host for c in self.facts.categories]
        if self.environment == "test":
            hosts = [h for h in hosts if h in SANDBOX_HOSTS]
        if MARKETPLACE.host in hosts:
            return MARKETPLACE.host
        return hosts[0] if hosts and not live.verified else None

    def _ping(self, client: WBClient, host: str, live: _Live) -> None:
        try:
            client.ping(host)
        except WBError as error:
            _judge(error, live)
        else:
            live.verified = True
            live.opened.add(host)

    # --- Saved ---------------------------------------------------------------------------------------------

    def _save(self, live: _Live, found: list[Diagnosis]) -> KeyOutcome:
        with db.session() as session:
            sid = live.sid or self.facts.seller_sid or f"token:{self.facts.fingerprint}"
            seller = keys.upsert_seller(session, sid, self.environment, live.name, live.trade_mark)
            key = keys.save(
                session,
                self.name,
                self.token,
                self.facts,
                seller,
                self.environment,
                self.now if live.verified else None,
                replace=self.old is not None,
            )
            self._record(session, key, live)
            checklist.refresh(session, key.id)
            session.commit()
        facts = {"key": self.name, "verified": live.verified, "codes": [d.code for d in found]}
        log.info("token saved", extra={"data": facts})
        return KeyOutcome(True, key, self.facts, seller, tuple(found), unverified=not live.verified)

    def _record(self, session: Session, key: Key, live: _Live) -> None:
        """What is known of the new token's capabilities; what the old one had proven holds no more."""
        assert key.id is not None
        for method in CAPABILITIES:
            if method.id == "seller.info" and live.seller_ms is not None:
                record_success(session, key, method.id, self.now, live.seller_ms)
                continue
            refusal = diagnosis.preflight(method.id, self._evidence())
            # A ping is no proof of a method: a checklist waits for the method itself.
            status = "denied" if refusal else "ok" if method.host in live.opened else "unknown"
            record = refusal.to_record() if refusal else None
            health.record(session, key.id, method.id, status, "token", diagnosis=record, now=self.now)


def _judge(error: WBError, live: _Live) -> None:
    """Whether a refusal is about the whole token, or about this one question."""
    whole = isinstance(error, AuthError) and not isinstance(error, (ScopeError, TokenTypeError))
    # "Any category" is asked for there: a token whose scope does not do has none that counts.
    if whole or (isinstance(error, ScopeError) and error.method_id == "seller.info"):
        live.refused = error
    else:
        live.doubts.append(error)


def _as_warning(found: Diagnosis) -> Diagnosis:
    return replace(found, severity="warning") if found.severity == "error" else found


def _each_once(found: Iterable[Diagnosis]) -> list[Diagnosis]:
    return list({(d.code, d.cause, d.required_category): d for d in found}.values())


def _text(row: dict[str, object], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
