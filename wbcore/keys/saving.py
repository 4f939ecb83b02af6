"""Keys: a token is checked when it is saved, offline first, then live with the cheapest requests."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import Session

from wbcore.api import token as tokens
from wbcore.api.catalog import CAPABILITIES, CATEGORY_BY_ID, SANDBOX_HOSTS, Environment
from wbcore.api.errors import RateLimitedError, ScopeError, WBError
from wbcore.api.token import TokenFacts, TokenUnreadable
from wbcore.guidance import checklist, diagnosis, sellers
from wbcore.guidance.diagnosis import Diagnosis, Evidence
from wbcore.keys import cabinet, capabilities, keyring, losses
from wbcore.keys.clients import environment_of, facts_of, gateway_for
from wbcore.keys.counting import Counting
from wbcore.keys.evidence import evidence_for
from wbcore.keys.proofs import record_success
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.store import db, sealed
from wbcore.store.models import Key, Seller
from wbcore.store.problems import KeyExists
from wbcore.store.quota import DatabaseQuota
from wbcore.store.states import CapabilityStatus, Severity

__all__ = ["KeyExists", "KeyOutcome", "add_key", "remove_key", "rename_key", "replace_token"]

if TYPE_CHECKING:
    from wbcore.api.client import WBClient

log = logging.getLogger(__name__)

PATIENCE_S: Final = 3.0
"""Somebody waits in front of a form: a wait for WB's quota that is longer leaves the question open."""
ATTEMPTS: Final = 3
TIMEOUT: Final = (5.0, 15.0)
ANSWER_S: Final = 15.0
"""An answer that drips is no answer: these are small, and somebody waits."""
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
        same_as: names of other keys that hold this very token.
    """

    saved: bool
    key: Key | None = None
    facts: TokenFacts | None = None
    seller: Seller | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    unverified: bool = False
    same_as: tuple[str, ...] = ()


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
    name: str,
    token_text: str,
    *,
    replace: bool = False,
    environment: Environment | None = None,
    by: Actor | None = None,
) -> KeyOutcome:
    """Checks a token and stores it under a name.

    Args:
        token_text: as pasted.
        replace: the token of the key of this name is to be replaced; it has to be of the same seller.
        environment: by default what the token is for; ``demo`` for the learning cabinet.

    Raises:
        KeyExists: the name is taken and ``replace`` is not set.
        KeyError: the key that was to be replaced was removed meanwhile.
        NotAllowed: ``by`` is no owner.
    """
    acting = require(by, Right.KEYS)
    with db.session() as session:
        old = keyring.get_key(session, name)
    if old is not None and not replace:
        raise KeyExists(name)
    try:
        return _check(name, token_text, environment, old, acting)
    except KeyExists:  # a colleague has made it while WB was asked
        with db.session() as session:
            made = keyring.get_key(session, name)
        if not replace or made is None:
            raise
        return _check(name, token_text, environment, made, acting)


def replace_token(key_id: int, token_text: str, *, by: Actor | None = None) -> KeyOutcome:
    """Another token for a stored key, whatever it is called by now; the old one stays unless it is good.

    Raises:
        KeyError: no such key.
        NotAllowed: ``by`` is no owner.
    """
    acting = require(by, Right.KEYS)
    with db.session() as session:
        key = _existing(session, key_id)
    return _check(key.name, token_text, None, key, acting)


def losses_of(key_id: int, token_text: str) -> tuple[Diagnosis, ...]:
    """What a key would lose with this token, known without asking WB; () too where it won't be saved anyway.

    Raises:
        KeyError: no such key.
    """
    with db.session() as session:
        key = _existing(session, key_id)
        known = evidence_for(session, key)
        sid = keyring.get_seller(session, key.seller_id).sid
    try:
        facts = tokens.read(token_text)
    except TokenUnreadable:
        return ()
    others = not sid.startswith(keyring.UNKNOWN_SID) and facts.seller_sid not in ("", sid)
    if others or facts.expired(known.now) or facts.test != facts_of(key).test:
        return ()
    return tuple(losses.of_replacing(facts_of(key), replace(known, facts=facts)))


def same_token(token_text: str) -> list[str]:
    """Names of the keys that hold this very token."""
    try:
        facts = tokens.read(token_text)
    except TokenUnreadable:
        return []
    with db.session() as session:
        return keyring.names_with(session, facts.fingerprint)


def _check(
    name: str, token_text: str, environment: Environment | None, old: Key | None, acting: Actor
) -> KeyOutcome:
    try:
        facts = tokens.read(token_text)
    except TokenUnreadable as error:
        return KeyOutcome(False, diagnoses=(diagnosis.from_unreadable(error),))
    place = environment or _environment(facts, old)
    return _Check(name, tokens.clean(token_text), facts, place, old, acting).outcome()


def rename_key(key: str | int, name: str, *, by: Actor | None = None) -> None:
    """Gives a key another name.

    Raises:
        KeyError: no such key.
        KeyExists: another key has this name.
        NotAllowed: ``by`` is no owner.
    """
    acting = require(by, Right.KEYS)
    with db.session() as session:
        row = _existing(session, key)
        before = row.name
        keyring.rename(session, row, name)
        audit.record(session, acting, "key_renamed", name, before=before)
        session.commit()


def remove_key(key: str | int, *, by: Actor | None = None) -> None:
    """Removes a key with its token, health and checklists. Its orders and its import history stay.

    Raises:
        KeyError: no such key.
    """
    acting = require(by, Right.KEYS)
    with db.session() as session:
        row = _existing(session, key)
        keyring.remove(session, row)
        audit.record(session, acting, "key_removed", row.name, fingerprint=row.fingerprint)
        session.commit()
    sealed.wipe()
    log.info("key removed", extra={"data": {"key": row.name}})


def _existing(session: Session, key: str | int) -> Key:
    row = keyring.get_key(session, key)
    if row is None:
        raise KeyError(key)
    return row


def _environment(facts: TokenFacts, old: Key | None) -> Environment:
    """Where a token belongs. One that was made in the learning cabinet is never sent anywhere else."""
    if old is not None and old.environment == "demo" and facts.seller_sid == cabinet.SELLER_SID:
        return "demo"
    with db.session() as session:
        return "demo" if cabinet.knows(session, facts.fingerprint) else facts.environment


class _Check:
    """One token on its way to be saved, or not."""

    def __init__(  # noqa: PLR0917
        self,
        name: str,
        token: str,
        facts: TokenFacts,
        environment: Environment,
        old: Key | None,
        acting: Actor,
    ) -> None:
        self.acting = acting
        self.name = name
        self.token = token
        self.facts = facts
        self.environment = environment
        self.old = old
        self.now = datetime.now(UTC)
        self.old_seller: Seller | None = None
        if old is not None:
            with db.session() as session:
                self.old_seller = keyring.get_seller(session, old.seller_id)

    def outcome(self) -> KeyOutcome:
        offline = diagnosis.token_diagnoses(self._evidence())
        if any(d.severity == Severity.ERROR for d in offline):
            return self._refused(offline)
        if self.old is not None and self.environment != environment_of(self.old):
            return self._refused([diagnosis.wrong_place(self._evidence(), environment_of(self.old))])
        if self._is_other_seller(self.facts.seller_sid):
            return self._refused([self._mismatch(self.facts.seller_sid, self._name_of_stranger())])
        live = self._ask()
        if live.refused is not None:
            return self._refused([diagnosis.from_error(live.refused, self._evidence())])
        if self._is_other_seller(live.sid):
            return self._refused([self._mismatch(live.sid, live.name or live.trade_mark)])
        # Both questions may have met the same trouble: it is told once, by the last, which is about orders.
        met = [_as_warning(diagnosis.from_error(e, self._evidence())) for e in live.doubts]
        doubts = {(d.code, d.cause): d for d in met}.values()
        strangers = self._not_of_the_named(live)
        return self._save(live, checklist.each_once([*offline, *strangers, *self._lost(offline), *doubts]))

    # --- Not saved -----------------------------------------------------------------------------------------

    def _refused(self, found: Iterable[Diagnosis]) -> KeyOutcome:
        found = tuple(found)
        if self.old is None:
            found = tuple(map(diagnosis.of_no_key, found))
        log.warning("token not saved", extra={"data": {"key": self.name, "codes": [d.code for d in found]}})
        with db.session() as session:
            self._told(session, audit.FAILED, codes=[d.code for d in found])
            session.commit()
        return KeyOutcome(False, facts=self.facts, diagnoses=found)

    def _told(self, session: Session, outcome: str, **details: Any) -> None:
        action = "key_added" if self.old is None else "key_replaced"
        details["fingerprint"] = self.facts.fingerprint
        audit.record(session, self.acting, action, self.name, outcome=outcome, **details)

    def _is_other_seller(self, sid: str) -> bool:
        """Whether a token is of another seller than the key it is to go into, as far as both are known."""
        if self.old_seller is None or self.old_seller.sid.startswith(keyring.UNKNOWN_SID):
            return False
        return bool(sid and sid != self.old_seller.sid)

    def _name_of_stranger(self) -> str:
        """What the other seller is called: a name says whose token was pasted, an id does not."""
        with db.session() as session:
            known = keyring.seller_of_sid(session, self.facts.seller_sid, self.environment)
        if known is not None and keyring.is_named(known):
            return sellers.given(known)
        live = _Live()
        if self.environment != "test":
            with self._client() as client:
                self._ask_seller(client, live)
        return live.name or live.trade_mark

    def _lost(self, offline: Iterable[Diagnosis]) -> list[Diagnosis]:
        """What the key loses with this token and what ``offline`` has not said yet."""
        if self.old is None:
            return []
        said = {(d.code, d.required_category) for d in offline}
        return [
            loss
            for loss in losses.of_replacing(facts_of(self.old), self._evidence())
            if (loss.code, loss.required_category) not in said
        ]

    def _not_of_the_named(self, live: _Live) -> list[Diagnosis]:
        """Where the answer names another seller than the token, which WB goes by: told, and not believed.
        Something on the way has answered with what it was told for another key."""
        if self.facts.seller_sid in ("", live.sid) or not live.sid:
            return []
        told = live.name or live.trade_mark or live.sid
        live.sid = live.name = live.trade_mark = ""
        return [diagnosis.named_another(self._evidence(), self.facts.seller_sid, told)]

    def _mismatch(self, sid: str, name: str) -> Diagnosis:
        """Two sellers of one name are told apart here, too, though the other one may not be stored."""
        assert self.old_seller is not None
        stranger = Seller(sid=sid, environment=self.environment, name=name)
        with db.session() as session:
            told = [sellers.name_of(session, one, beside=stranger) for one in (self.old_seller, stranger)]
        return diagnosis.seller_mismatch(self._evidence(), *told)

    def _evidence(self) -> Evidence:
        if self.old is not None:
            with db.session() as session:
                known = evidence_for(session, self.old)
            return replace(known, facts=self.facts, environment=self.environment, worked_until=None)
        return Evidence(now=self.now, key_name=self.name, facts=self.facts, environment=self.environment)

    # --- Asking WB -----------------------------------------------------------------------------------------

    def _ask(self) -> _Live:
        live = _Live()
        with self._client() as client:
            if self.environment != "test":  # WB has no sandbox host for it
                self._ask_seller(client, live)
            host = self._host_to_ping(live)
            if host is not None and live.refused is None:
                self._ping(client, host, live)
        # One answer of WB is enough: that the other question could not be asked is no news to anybody.
        if live.verified:
            live.doubts = [e for e in live.doubts if not isinstance(e, RateLimitedError)]
        return live

    def _client(self) -> WBClient:
        from wbcore.api.client import WBClient  # noqa: PLC0415 (with its HTTP library slow to import)

        return WBClient(
            self.token,
            self.facts,
            environment=self.environment,
            gateway=gateway_for(self.environment),
            quota=DatabaseQuota(patience_s=PATIENCE_S),
            observer=Counting(),
            max_wait_s=PATIENCE_S,
            timeout=TIMEOUT,
            answer_s=ANSWER_S,
            attempts=ATTEMPTS,
        )

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
            seller = self._seller(session, live)
            # Whose the key is may have become known while WB was asked: it was filled with another's token.
            self.old_seller = seller if self.old is not None else None
            sid = live.sid or self.facts.seller_sid
            if self._is_other_seller(sid):
                session.rollback()
                return self._refused([self._mismatch(sid, live.name or live.trade_mark)])
            key = keyring.save(
                session,
                self.name,
                self.token,
                self.facts,
                seller,
                self.environment,
                self.now if live.verified else None,
                into=self.old.id if self.old is not None else None,
            )
            found = _of_seller(found, evidence_for(session, key))
            same_as = keyring.names_with(session, key.fingerprint, key.id)
            self._record(session, key, live)
            for one in found:
                if one.code == "scope_missing":  # told from this moment on, though nothing was imported
                    checklist.open_or_update(session, one, key)
            checklist.refresh(session, key.id)
            self._told(session, audit.DONE, verified=live.verified)
            session.commit()
        if self.old is not None:
            sealed.wipe()  # the old token's bytes
        facts = {"key": key.name, "verified": live.verified, "codes": [d.code for d in found]}
        log.info("token saved", extra={"data": facts})
        return KeyOutcome(
            True, key, self.facts, seller, tuple(found), not live.verified, same_as=tuple(same_as)
        )

    def _seller(self, session: Session, live: _Live) -> Seller:
        """Whose the key is. A token that does not say so, while WB can't be asked, changes nothing of it."""
        sid = live.sid or self.facts.seller_sid
        old = keyring.get_key(session, self.old.id or 0) if self.old is not None else None
        if old is not None:
            return keyring.identify(session, old, sid, live.name, live.trade_mark)
        return keyring.upsert_seller(
            session,
            sid or f"{keyring.UNKNOWN_SID}{self.facts.fingerprint}",
            self.environment,
            live.name,
            live.trade_mark,
        )

    def _record(self, session: Session, key: Key, live: _Live) -> None:
        """What is known of the new token's capabilities; what the old one had proven holds no more."""
        assert key.id is not None
        now = key.token_saved_at  # what was proven before is about the token before
        for method in CAPABILITIES:
            if method.id == "seller.info" and live.seller_ms is not None:
                record_success(session, key, [method.id], now, live.seller_ms)
                continue
            refusal = diagnosis.preflight(method.id, self._evidence())
            # A ping is no proof of a method: a checklist waits for the method itself.
            opened = CapabilityStatus.OK if method.host in live.opened else CapabilityStatus.UNKNOWN
            status = CapabilityStatus.DENIED if refusal else opened
            record = refusal.to_record() if refusal else None
            capabilities.record(session, key.id, method.id, status, "token", diagnosis=record, now=now)


def _judge(error: WBError, live: _Live) -> None:
    """Whether a refusal is about the whole token, or about this one question."""
    # "Any category" is asked for there: a token whose scope does not do has none that counts.
    if error.whole_token or (isinstance(error, ScopeError) and error.method_id == "seller.info"):
        live.refused = error
    else:
        live.doubts.append(error)


def _as_warning(found: Diagnosis) -> Diagnosis:
    return replace(found, severity=Severity.WARNING) if found.severity == Severity.ERROR else found


def _of_seller(found: Iterable[Diagnosis], known: Evidence) -> list[Diagnosis]:
    """Whose a key is, is known once it is stored: among several sellers its titles say so."""
    whose = {"seller": known.seller_name, "of_seller": known.seller_name if known.sellers > 1 else ""}
    return [replace(one, params={**one.params, **whose}) for one in found]


def _text(row: dict[str, object], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
