"""A WB client for a stored key: the right hosts for its environment, the seller's shared quota."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from wbcore.api.bucket import Quota
from wbcore.api.catalog import ANSWER_S, Environment
from wbcore.api.token import TokenFacts
from wbcore.keys import cabinet, keyring
from wbcore.keys.counting import Counting
from wbcore.settings import settings
from wbcore.store import db, values
from wbcore.store.models import Key
from wbcore.store.quota import DatabaseQuota

if TYPE_CHECKING:
    from wbcore.api.client import WBClient

DEMO_ANCHOR: Final = "demo.anchor"
"""Name of the stored instant to which the learning cabinet's orders lead: the same in all processes."""


def facts_of(key: Key) -> TokenFacts:
    """What may be shown of a stored key's token."""
    return TokenFacts.from_record(key.facts)


def environment_of(key: Key) -> Environment:
    return cast(Environment, key.environment)


def client_for(
    key: Key,
    quota: Quota | None = None,
    *,
    on_wait: Callable[[float], None] | None = None,
    max_wait_s: float = 60.0,
    answer_s: float = ANSWER_S,
    attempts: int = 5,
) -> WBClient:
    """The client of a stored key. Keys of the learning cabinet go to the built-in sandbox, whatever is set.

    Args:
        quota: the seller's buckets; by default those in the database, which all processes share.

    Raises:
        SecretKeyError: the secret key is another one than when the token was stored.
    """
    from wbcore.api.client import WBClient  # noqa: PLC0415 (with its HTTP library slow to import)

    environment = environment_of(key)
    return WBClient(
        keyring.token_of(key),
        facts_of(key),
        environment=environment,
        gateway=gateway_for(environment),
        quota=quota or DatabaseQuota(),
        observer=Counting(),
        on_wait=on_wait,
        max_wait_s=max_wait_s,
        answer_s=answer_s,
        attempts=attempts,
    )


def gateway_for(environment: Environment) -> str | None:
    """Where requests of an environment go instead of WB's hosts; None: to WB."""
    if environment != "demo":
        return settings().gateway_url
    # Slow to import, and needed for the learning cabinet alone.
    from wbcore.sandbox import server  # noqa: PLC0415
    from wbcore.sandbox.tokens import WITHDRAWN_ID  # noqa: PLC0415

    sandbox = server.embedded(demo_anchor())
    with db.session() as session:
        # Each process has an imitation of its own; the list of deleted tokens is shared.
        sandbox.world.withdrawn = {WITHDRAWN_ID} | cabinet.withdrawn_ids(session)
    return sandbox.gateway


def demo_anchor() -> datetime:
    """The learning cabinet's moment, fixed when it is first asked for."""
    with db.session() as session:
        stored = values.get(session, DEMO_ANCHOR)
        if not isinstance(stored, str):
            stored = datetime.now(UTC).replace(microsecond=0).isoformat()
            values.put(session, DEMO_ANCHOR, stored)
            session.commit()
    return datetime.fromisoformat(stored)
