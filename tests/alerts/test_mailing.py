"""Files that come by themselves: into a folder, by e-mail, once, as whoever has ordered them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from tests.orders.samples import make_seller, order, write
from tests.smtp import Postbox, postbox
from wbcore.alerts import alerting, mailing
from wbcore.alerts.mailing import FileOrderRefused
from wbcore.imports.timetable import ScheduleRefused
from wbcore.orders import profiles
from wbcore.people.actor import Actor
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import FileOrder, User, UserSeller
from wbcore.store.problems import NotAllowed
from wbcore.worker import duties

MORNING = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""Eight in Moscow."""


@pytest.fixture(autouse=True)
def orders(database: str) -> None:
    with db.session() as session:
        write(session, make_seller(session), [order(n) for n in range(5)])
        write(session, make_seller(session, "s2"), [order(n, article="чужой") for n in range(2)])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that whoever runs the program allows."""
    made = tmp_path / "files"
    made.mkdir()
    monkeypatch.setenv("WB_EXPORT_FOLDERS", f"/srv/nowhere, {made}")
    settings.cache_clear()
    return made


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as opened:
        yield opened


def ordered(**more: object) -> FileOrder:
    options = {
        "profile": profiles.usual("orders"),
        "view": {"q": "art"},
        "daily_at": "09:00",
        "tz": "Europe/Moscow",
        "lang": "ru",
        "now": MORNING,
    }
    return mailing.add("Заказы утром", **{**options, **more})  # type: ignore[arg-type]


def kept() -> FileOrder:
    with db.session() as session:
        return mailing.list_all(session)[0]


def test_a_file_comes_into_its_folder_once_a_day(folder: Path) -> None:
    made = ordered(folder=str(folder))
    assert mailing.work(MORNING) == 0
    nine = MORNING + timedelta(hours=1)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: mailing.work(nine), range(4))) == 1
    (file,) = folder.iterdir()
    assert file.name == f"Заказы-утром-{made.id}-2026-11-24.xlsx"
    assert openpyxl.load_workbook(file)["Заказы"].max_row == 6
    assert (kept().rows, kept().error, kept().next_at) == (5, "", nine + timedelta(days=1))
    assert mailing.work(nine + timedelta(days=3)) == 1
    assert len(list(folder.iterdir())) == 2


def test_a_zone_that_this_machine_does_not_know_keeps_no_other_file_away(folder: Path) -> None:
    lost, nine = ordered(folder=str(folder)), MORNING + timedelta(hours=1)
    ordered(folder=str(folder))
    with db.session() as session:
        session.merge(lost).tz = "Moon/Tycho"
        session.commit()
    assert mailing.work(nine) == 2
    assert len(list(folder.iterdir())) == 1
    with db.session() as session:
        told = {one.id: one.error for one in mailing.list_all(session)}
    assert told.pop(lost.id) == "zone"
    assert list(told.values()) == [""]
    assert mailing.work(nine + timedelta(minutes=1)) == 0


def test_a_clock_that_was_ahead_stops_no_file(folder: Path) -> None:
    ordered(folder=str(folder), now=MORNING + timedelta(days=100))
    duties.look_around(MORNING)
    assert kept().next_at == MORNING + timedelta(hours=1)
    duties.look_around(MORNING + timedelta(minutes=2))
    assert kept().next_at == MORNING + timedelta(hours=1), "one that waits rightly is left alone"


def test_a_file_comes_by_mail(box: Postbox) -> None:
    channel = alerting.add_channel("Почта", box.url())
    ordered(channel_id=channel.id)
    assert mailing.work(MORNING + timedelta(hours=1)) == 1
    (mail,) = box.mails
    assert mail.subject == "Файл «Заказы утром»: строк 5"
    ((name, data),) = mail.files.items()
    assert name.endswith("-2026-11-24.xlsx")
    assert data.startswith(b"PK")
    assert kept().error == ""


def test_a_file_too_large_for_mail_says_so(box: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "LARGEST", 100)
    channel = alerting.add_channel("Почта", box.url())
    ordered(channel_id=channel.id)
    mailing.work(MORNING + timedelta(hours=1))
    assert "слишком велик" in box.mails[0].text
    assert box.mails[0].files == {}
    assert "слишком велик" in mailing.error_text("ru", kept().error)


def test_what_fails_is_kept_and_the_next_day_goes_on(box: Postbox, folder: Path) -> None:
    channel = alerting.add_channel("Почта", box.url())
    ordered(channel_id=channel.id, folder=str(folder))
    folder.rmdir()
    mailing.work(MORNING + timedelta(hours=1))
    assert len(box.mails) == 1, "the mail goes all the same"
    assert kept().error == "folder"
    folder.mkdir()
    mailing.work(MORNING + timedelta(days=1, hours=1))
    assert kept().error == ""


def test_it_is_made_with_the_sellers_of_who_ordered_it(folder: Path) -> None:
    with db.session() as session:
        user = User(name="Лев", role="owner", limited=True)
        session.add(user)
        session.flush()
        session.add(UserSeller(user_id=user.id or 0, seller_id=2))
        other = User(name="Олег", role="owner", limited=True)
        session.add(other)
        session.flush()
        session.add(UserSeller(user_id=other.id or 0, seller_id=1))
        session.commit()
    lev = Actor(user.id, "Лев", "owner", frozenset({2}))
    ordered(folder=str(folder), view={}, by=lev)
    mailing.work(MORNING + timedelta(hours=1))
    (file,) = folder.iterdir()
    sheet = openpyxl.load_workbook(file)["Заказы"]
    place = [cell.value for cell in sheet[1]].index("Артикул")
    assert {row[place].value for row in sheet.iter_rows(min_row=2)} == {"чужой"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({}, "nowhere"),
        ({"folder": "/nowhere/at/all"}, "folder_not_allowed"),
        ({"folder": "/srv/nowhere"}, "folder"),
        ({"folder": "../logs"}, "folder_not_allowed"),
        ({"folder": "x\0y"}, "folder"),
        ({"folder": "x" * 300}, "folder"),
    ],
)
def test_what_can_go_nowhere_is_refused(folder: Path, wrong: dict[str, object], code: str) -> None:
    with pytest.raises(FileOrderRefused) as refused:
        ordered(**wrong)
    assert refused.value.code == code
    assert "file-order" not in mailing.error_text("en", code)


def test_only_mail_carries_files_and_only_owners_send_them(folder: Path) -> None:
    chat = alerting.add_channel("Чат", "ntfy://127.0.0.1/orders")
    with pytest.raises(FileOrderRefused):
        ordered(channel_id=chat.id)
    with pytest.raises(NotAllowed):
        ordered(folder=str(folder), by=Actor(7, "Вера", "viewer"))
    with pytest.raises(ScheduleRefused):
        ordered(folder=str(folder), daily_at="25:00")


def test_a_name_without_a_path_is_a_folder_among_the_exports(data_dir: Path) -> None:
    ordered(folder="orders")
    mailing.work(MORNING + timedelta(hours=1))
    place = data_dir / "exports" / "orders"
    (file,) = place.iterdir()
    assert kept().error == ""
    if os.name == "posix":
        assert {stat.S_IMODE(one.stat().st_mode) for one in (place, place.parent)} == {0o700}
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def test_whoever_owns_the_dashboard_writes_nowhere_else_on_the_machine(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by a path, nor by a link that is laid later, nor by a folder that was allowed once."""
    private = tmp_path / "ssh"
    private.mkdir()
    (folder / "link").symlink_to(private)
    for tried in (str(private), f"{folder}/../ssh", str(folder / "link"), str(Path.home()), "/", "~/.ssh"):
        with pytest.raises(FileOrderRefused) as refused:
            ordered(folder=tried)
        assert refused.value.code in ("folder_not_allowed", "folder"), tried
    inside = folder / "day"
    inside.mkdir()
    ordered(folder=str(inside))
    inside.rmdir()
    inside.symlink_to(private)
    mailing.work(MORNING + timedelta(hours=1))
    assert kept().error == "folder_not_allowed"
    assert "WB_EXPORT_FOLDERS" in mailing.error_text("ru", kept().error)
    inside.unlink()
    inside.mkdir()
    monkeypatch.delenv("WB_EXPORT_FOLDERS")
    settings.cache_clear()
    mailing.work(MORNING + timedelta(days=1, hours=1))
    assert kept().error == "folder_not_allowed"
    assert list(private.iterdir()) == list(inside.iterdir()) == []


def test_nothing_more_goes_away_for_one_who_is_no_owner_any_more(folder: Path) -> None:
    with db.session() as session:
        user = User(name="Лев", role="owner")
        session.add(user)
        session.commit()
    ordered(folder=str(folder), by=Actor(user.id, "Лев", "owner"))
    with db.session() as session:
        found = session.get(User, user.id)
        assert found is not None
        found.role = "viewer"
        session.add(found)
        session.commit()
    mailing.work(MORNING + timedelta(hours=1))
    assert list(folder.iterdir()) == []
    assert kept().error == "not_allowed"
    assert "file-order" not in mailing.error_text("ru", kept().error)
