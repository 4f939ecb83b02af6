"""All that is new, of all sellers at one press: which imports that starts, and which keys can't and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from wbcore.guidance import diagnosis
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.imports import queue, runs
from wbcore.imports.runs import AlreadyRunning
from wbcore.imports.sources import SOURCES
from wbcore.keys import capabilities, keyring
from wbcore.keys.clients import facts_of
from wbcore.keys.evidence import evidence_for
from wbcore.people.actor import Actor, Right, require
from wbcore.store import db
from wbcore.store.models import Key, Run
from wbcore.store.states import CapabilityStatus

SOURCE: Final = "all"
METHOD: Final = SOURCES[SOURCE].main.method


@dataclass(slots=True)
class Everything:
    """What came of the press.

    Attributes:
        started: imports that are queued now.
        running: imports of the same that were active before: a second one of these keys is not needed.
        occupied: other imports that keep a seller's keys from this one.
        unable: names of keys whose token can't do it, and why; nothing is sent for them.
        spared: names of keys whose seller's orders another key brings -> that key's name. Every order would
            come twice, for the same quota.
    """

    started: list[Run] = field(default_factory=list)
    running: list[Run] = field(default_factory=list)
    occupied: list[Run] = field(default_factory=list)
    unable: list[tuple[str, Diagnosis]] = field(default_factory=list)
    spared: dict[str, str] = field(default_factory=dict)


def enqueue(*, by: Actor | None = None) -> Everything:
    """Puts an import of everything new into the queue for each seller, with the best of the seller's keys.

    All models of sale need the same category, so that one key can do all of it or nothing.

    Args:
        by: who wants it, and whose sellers' keys it is about; None: whoever is present.

    Raises:
        NotAllowed: they may not import.
    """
    acting = require(by, Right.IMPORT)
    came = Everything()
    for key, others, refused in _chosen(acting):
        if refused is not None:
            came.unable.append((key.name, refused))
            continue
        try:
            came.started.append(queue.enqueue_import(key.id or 0, SOURCE, {"statuses": True}, by=acting))
        except AlreadyRunning as error:
            if error.run.source != SOURCE:
                came.occupied.append(error.run)
                continue  # no key brings this seller's orders now
            came.running.append(error.run)
        except KeyError:  # removed by a colleague a moment ago
            continue
        came.spared |= dict.fromkeys(others, key.name)
    return came


def _chosen(acting: Actor) -> list[tuple[Key, list[str], Diagnosis | None]]:
    """The key of each seller that is to bring its orders, and the names of its others.

    Where no key of a seller can, each of them with why.
    """
    now = datetime.now(UTC)
    with db.session() as session:
        keys = [key for key in keyring.list_keys(session) if acting.knows(key.seller_id)]
        refusals = {key.id: diagnosis.preflight(METHOD, evidence_for(session, key, METHOD)) for key in keys}
        at_work = {run.key_id: run.source for run in runs.active_runs(session)}
        states = capabilities.states(session, [key.id or 0 for key in keys])
    of_seller: dict[int, list[Key]] = {}
    for key in keys:
        of_seller.setdefault(key.seller_id, []).append(key)

    def worth(key: Key) -> tuple[bool, bool, bool, float]:
        """Who is at it already; else whom WB has not refused lately; else who has nothing else to import, as
        that may wait for hours; else whose token lives longest."""
        state = states.get(key.id or 0, {}).get(METHOD)
        well = state is None or state.status not in (CapabilityStatus.DENIED, CapabilityStatus.ERROR)
        until = facts_of(key).expires_at
        lives = until.timestamp() if until else now.timestamp()
        return at_work.get(key.id) == SOURCE, well, key.id not in at_work, lives

    found: list[tuple[Key, list[str], Diagnosis | None]] = []
    for mine in of_seller.values():
        able = [key for key in mine if refusals[key.id] is None]
        if able:
            best = max(able, key=worth)
            found.append((best, [key.name for key in mine if key is not best], None))
        else:
            found += [(key, [], refusals[key.id]) for key in mine]
    return found
