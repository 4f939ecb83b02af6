"""Strips, standings, latencies and ends of tokens; and that thinning changes no strip."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

from sqlmodel import select

from wbcore.health import history
from wbcore.keys import capabilities, latency
from wbcore.store import db
from wbcore.store.models import CapabilityChange, Key, Seller

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def make_key(name: str = "shop", expires_at: str | None = None) -> int:
    facts = {
        "kind": "personal",
        "test": False,
        "read_only": False,
        "seller_sid": "s",
        "categories": ["marketplace"],
        "unknown_bits": [],
        "unknown_claims": [],
        "expires_at": expires_at,
        "fingerprint": "0" * 12,
    }
    with db.session() as session:
        seller = Seller(sid=name, environment="production", name=f"seller of {name}")
        session.add(seller)
        session.flush()
        key = Key(
            name=name,
            seller_id=seller.id or 0,
            environment="production",
            token_encrypted=b"",
            fingerprint="",
            facts=facts,
        )
        session.add(key)
        session.commit()
        assert key.id is not None
        return key.id


def record(
    key: int, at: datetime, status: str, capability: str = "orders.new", ms: int | None = None
) -> None:
    with db.session() as session:
        capabilities.record(session, key, capability, status, "probe", latency_ms=ms, now=at)
        session.commit()


def strip(key: int, now: datetime = NOW, tz: timezone = UTC) -> history.Strip:
    with db.session() as session:
        return history.strips(session, [key], now, tz=tz)[key, "orders.new"]


def test_a_strip_shows_each_days_worst_and_how_long_it_worked(database: str) -> None:
    key = make_key()
    record(key, NOW - 40 * DAY, "ok")
    record(key, NOW - 10 * DAY, "denied")  # at noon
    record(key, NOW - 9 * DAY, "ok")
    found = strip(key)
    assert len(found.days) == 30
    by_day = {cell.day: cell for cell in found.days}
    tenth, ninth, eighth = (by_day[(NOW - n * DAY).date()] for n in (10, 9, 8))
    assert (tenth.status, tenth.up) == ("denied", 0.5)
    assert (ninth.status, ninth.up) == ("denied", 0.5)
    assert (eighth.status, eighth.up) == ("ok", 1.0)
    assert found.days[0].status == "ok", "what was known before the window holds in it"
    assert found.up is not None
    assert round(found.up, 4) == round(28.5 / 29.5, 4)


def test_days_before_anything_was_known_are_empty(database: str) -> None:
    key = make_key()
    record(key, NOW - 2 * DAY, "error")
    found = strip(key)
    assert [(cell.status, cell.up) for cell in found.days[:-3]] == [("", None)] * 27
    assert [cell.status for cell in found.days[-3:]] == ["error"] * 3
    assert found.up == 0


def test_a_strip_has_the_days_of_the_readers_zone(database: str) -> None:
    key = make_key()
    record(key, datetime(2026, 11, 22, 22, 0, tzinfo=UTC), "denied")
    moscow = strip(key, tz=timezone(timedelta(hours=3)))
    assert [cell.status for cell in moscow.days[-2:]] == ["", "denied"]


def test_worked_until_denied_since(database: str) -> None:
    key = make_key()
    record(key, NOW - 3 * DAY, "ok", ms=80)
    record(key, NOW - DAY, "denied")
    record(key, NOW, "denied")
    with db.session() as session:
        known = history.standings(session, key)
    assert list(known) == ["orders.new"]
    found = known["orders.new"]
    assert (found.status, found.worked_until, found.since) == ("denied", NOW - DAY, NOW - DAY)
    assert found.checked_at == NOW


def test_latencies_are_summed_up_by_the_hour_and_later_by_the_day(database: str) -> None:
    key = make_key()
    for minute, ms in ((0, 100), (20, 300), (70, 50)):
        record(key, NOW - 20 * DAY + timedelta(minutes=minute), "ok", ms=ms)
    record(key, NOW, "ok", ms=70)
    with db.session() as session:
        (first, second, last) = latency.trend(session, key)["orders.new"]
        assert (first.mean_ms, first.max_ms, first.count) == (200, 300, 2)
        assert (second.mean_ms, last.mean_ms) == (50, 70)
        for _ in range(2):
            history.thin(session, NOW)
            session.commit()
        (old, new) = latency.trend(session, key)["orders.new"]
    assert (old.mean_ms, old.max_ms, old.count) == (150, 300, 3)
    assert old.at == (NOW - 20 * DAY).replace(hour=0)
    assert new.mean_ms == 70


def test_each_methods_latencies_are_summed_up_by_themselves(database: str) -> None:
    """Of one key's day, another's hours, another method's and the next day's are not touched."""
    key, other = make_key(), make_key("other")
    day, hour = NOW - 20 * DAY, timedelta(hours=1)
    for at, ms in ((day, 100), (day + hour, 300), (day + DAY, 50)):
        record(key, at, "ok", ms=ms)
    record(key, day, "ok", capability="orders.status", ms=40)
    record(other, day, "ok", ms=30)
    lately = (datetime.combine(NOW - 14 * DAY, time(), UTC), NOW)
    for at in (lately[0], lately[0] + hour, lately[1]):
        record(key, at, "ok", ms=20)
    record(key, NOW - 401 * DAY, "ok", ms=10)
    with db.session() as session:
        history.thin(session, NOW)
        session.commit()
        kept = {
            (one, name): [(point.mean_ms, point.count) for point in points]
            for one in (key, other)
            for name, points in latency.trend(session, one).items()
        }
        newest = latency.trend(session, key, since=NOW - DAY)
    assert kept == {
        (key, "orders.new"): [(200, 2), (50, 1), (20, 1), (20, 1), (20, 1)],
        (key, "orders.status"): [(40, 1)],
        (other, "orders.new"): [(30, 1)],
    }
    assert {name: len(points) for name, points in newest.items()} == {"orders.new": 1}


def test_thinning_keeps_the_strip_and_forgets_after_400_days(database: str) -> None:
    key = make_key()
    record(key, NOW - 420 * DAY, "denied")
    record(key, NOW - 410 * DAY, "ok")  # and so it was when the 400 days began
    start = NOW - 120 * DAY
    for n in range(50):  # a day of flapping
        record(key, start + timedelta(minutes=5 * n), "ok" if n % 2 else "error")
    record(key, NOW - 5 * DAY, "denied")
    then = start + 2 * DAY
    before = [cell.status for cell in strip(key, then).days]
    with db.session() as session:
        gone = history.thin(session, NOW)
        session.commit()
        left = session.exec(select(CapabilityChange).order_by(CapabilityChange.at)).all()
        assert gone == 53 - len(left)
        assert [row.status for row in left] == ["ok", "error", "ok", "denied"]
        assert history.thin(session, NOW) == 0
    assert [cell.status for cell in strip(key, then).days] == before


def test_what_has_worked_for_years_is_not_forgotten(database: str) -> None:
    """It has not changed since: of such a method the page said that nothing was known, and then that it had
    never worked."""
    key = make_key()
    for days in (900, 800):
        record(key, NOW - days * DAY, "denied" if days == 900 else "ok")
    with db.session() as session:
        assert history.thin(session, NOW) == 1
        session.commit()
    assert {one.status for one in strip(key).days} == {"ok"}
    record(key, NOW, "denied")
    with db.session() as session:
        assert history.standings(session, key)["orders.new"].worked_until == NOW


def test_the_ends_of_all_tokens_first_one_first(database: str) -> None:
    make_key("late", (NOW + 100 * DAY).isoformat())
    make_key("never")
    make_key("gone", (NOW - 3 * DAY).isoformat())
    make_key("soon", (NOW + 12 * DAY + timedelta(hours=3)).isoformat())
    with db.session() as session:
        found = history.expiries(session, NOW)
    assert [(row.key_name, row.days_left) for row in found] == [("gone", -3), ("soon", 12), ("late", 100)]
    assert found[0].seller_name == "seller of gone"
