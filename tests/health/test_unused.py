"""Which of our tokens nothing needs: a store has room for twenty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.health.test_history import make_key
from wbcore.health import panel
from wbcore.store import db
from wbcore.store.models import Key, Run, Schedule

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONG_AGO, LATELY = NOW - timedelta(days=45), NOW - timedelta(days=3)


def key(
    name: str, saved: datetime, *, imported: datetime | None = None, schedule: bool | None = None
) -> None:
    key_id = make_key(name, "2027-05-01T00:00:00Z")
    with db.session() as session:
        row = session.get(Key, key_id)
        assert row is not None
        row.token_saved_at = saved
        session.add(row)
        if imported:
            session.add(
                Run(
                    id=uuid4().hex,
                    key_id=key_id,
                    key_name=name,
                    seller_id=row.seller_id,
                    source="new",
                    status="done",
                    created_at=imported,
                )
            )
        if schedule is not None:
            session.add(
                Schedule(key_id=key_id, source="new", enabled=schedule, every_minutes=60, next_at=NOW)
            )
        session.commit()


def test_a_token_that_nothing_has_needed_for_thirty_days_is_unused(database: str) -> None:
    key("never", LONG_AGO)
    key("once", NOW - timedelta(days=90), imported=LONG_AGO)
    key("lately", LONG_AGO, imported=LATELY)
    key("planned", LONG_AGO, schedule=True)
    key("switched off", LONG_AGO, schedule=False)
    key("fresh", LATELY)
    key("renewed", LATELY, imported=LONG_AGO)
    with db.session() as session:
        rows = panel.page(session, NOW).rows
    found = {row.key.name: row.idle_since(NOW) for row in rows}
    assert found == {
        "never": LONG_AGO,
        "once": LONG_AGO,
        "lately": None,
        "planned": None,
        "switched off": LONG_AGO,
        "fresh": None,
        "renewed": None,
    }
