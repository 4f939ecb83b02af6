"""Whose a key is, learnt as soon as WB answers: a key may have been saved while WB was down."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from wbcore.api.errors import WBError
from wbcore.keys import capabilities, keyring
from wbcore.keys.clients import client_for
from wbcore.store import db, patience
from wbcore.store.models import CapabilityState, Key

log = logging.getLogger(__name__)

PATIENCE_S: Final = 2.0


def learn_seller(key_id: int) -> bool:
    """Asks WB who the seller of a key is, if nobody knows; whether that is known now. Never raises.

    Called after something went well with the key: then WB is there, and one more small request is in order.
    What was done with the key stays done whatever happens here; its next import asks again.
    """
    with patience.apart(log, f"learning whose key {key_id} is"):
        return _learn(key_id)
    return False


def _learn(key_id: int) -> bool:
    with db.session() as session:
        key = keyring.get_key(session, key_id)
        if key is None:
            return False
        if keyring.is_named(keyring.get_seller(session, key.seller_id)):
            return True
        if key.environment == "test" or _is_denied(capabilities.states(session, [key_id]).get(key_id, {})):
            return False
    said = _ask(key)
    return said is not None and _keep(key, said)


def _keep(asked: Key, said: tuple[str, str, str]) -> bool:
    """Where the key has another token by now, that one's seller may be another: it is asked next time."""
    with db.session() as session:
        row = keyring.unchanged(session, asked)
        if row is None:
            return False
        seller = keyring.identify(session, row, *said)
        session.commit()
        return keyring.is_named(seller)


def learn_sellers(keys: Iterable[Key]) -> None:
    """The same for many keys, of which most have a seller that is known: those cost one question together."""
    rows = list(keys)
    with patience.apart(log, "reading whose the keys are"):
        with db.session() as session:
            sellers = keyring.sellers_of(session, rows)
        for key in rows:
            seller = sellers.get(key.seller_id)
            if key.id is not None and (seller is None or not keyring.is_named(seller)):
                learn_seller(key.id)


def _is_denied(states: dict[str, CapabilityState]) -> bool:
    """WB has said that this token may not ask: it is not asked again."""
    state = states.get("seller.info")
    return state is not None and state.status == "denied" and state.evidence == "probe"


def _ask(key: Key) -> tuple[str, str, str] | None:
    try:
        with client_for(key, max_wait_s=PATIENCE_S, attempts=1) as client:
            said = client.seller_info()
    except WBError as error:
        log.info("the seller is not known yet", extra={"data": {"key": key.name, "code": error.code}})
        return None
    sid, name, mark = (said.get(one) for one in ("sid", "name", "tradeMark"))
    return tuple(one if isinstance(one, str) else "" for one in (sid, name, mark))  # type: ignore[return-value]
