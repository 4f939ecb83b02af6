"""Files of orders that are made by themselves each day: into a folder, and by e-mail through a channel.

A file is claimed in the database before it is made, so that of any number of workers one makes it. One that
dies in between leaves "interrupted" behind; the next day's file comes as ever.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from wbcore.alerts import channels, outbox
from wbcore.guidance.texts import format_number, t
from wbcore.imports.timetable import ScheduleRefused, next_daily, read_time, read_zone
from wbcore.orders import profiles, wishes
from wbcore.orders.profiles import Profile
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.settings import settings
from wbcore.store import clock, days, db, lease, visibility
from wbcore.store.models import AlertChannel, FileOrder, User, UserSeller
from wbcore.store.problems import StoreError

log = logging.getLogger(__name__)

LARGEST: Final = 15 * 2**20
"""Bytes of a file that goes by mail: many servers refuse letters of 20 MB, and it grows by a third there."""
INTERRUPTED: Final = "interrupted"
MOST_AHEAD: Final = timedelta(hours=26)
"""No file of each day is due later, also where a zone's clocks are set back."""


class FileOrderRefused(ValueError):
    """A file that can't be made by itself; ``code``: nowhere, folder, folder_not_allowed, no_mail."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def add(
    name: str,
    *,
    profile: Profile,
    view: Mapping[str, str],
    daily_at: str,
    tz: str,
    lang: str,
    folder: str = "",
    channel_id: int | None = None,
    now: datetime | None = None,
    by: Actor | None = None,
) -> FileOrder:
    """From now on a file is made each day, as whoever asks for it, with the sellers that they see then.

    Args:
        view: the filters, as a page's address has them (``orders.wishes``).
        daily_at: ``hh:mm`` in the zone ``tz``.
        folder: of the machine that works: one that is allowed, or a name inside ``exports``; "": none.
        channel_id: a channel of e-mail; None: none.

    Raises:
        NotAllowed: ``by`` is no owner: it writes on the machine and sends orders away.
        FileOrderRefused: there is nowhere for it to go.
        ScheduleRefused: the time or the zone can't be read.
    """
    acting = require(by, Right.ALERTS)
    zone, at = read_zone(tz), read_time(daily_at)
    place = _place(folder)
    if not place and channel_id is None:
        raise FileOrderRefused("nowhere")
    with db.session() as session:
        channel = None if channel_id is None else outbox.get_channel(session, channel_id)
        if channel_id is not None and (channel is None or not takes_files(channel)):
            raise FileOrderRefused("no_mail")
        row = FileOrder(
            name=" ".join(name.split())[:60],
            user_id=acting.user_id,
            profile=profile.record(),
            view=dict(view),
            lang=lang,
            daily_at=at.strftime("%H:%M"),
            tz=zone.key,
            folder=place,
            channel_id=channel_id,
            next_at=next_daily(at, zone, now or clock.now(session)),
        )
        session.add(row)
        audit.record(session, acting, "file_order_added", row.name)
        session.commit()
        return row


def exports() -> Path:
    """The folder of this program itself that files go into."""
    return settings().folder / "exports"


def _place(folder: str) -> str:
    """Where files go, as a full path; "": into no folder. Raises FileOrderRefused."""
    named = folder.strip()
    if not named:
        return ""
    try:
        place = exports() / Path(named).expanduser()  # a full path stays what it is
        problem = _problem_of(place)
    except (OSError, ValueError, RuntimeError):  # a name that no file system takes, a user that is not there
        problem = "folder"
    if problem:
        raise FileOrderRefused(problem)
    return str(place)


def _problem_of(place: Path) -> str:
    if not _is_allowed(place):
        return "folder_not_allowed"
    if place.resolve().is_relative_to(exports().resolve()):
        exports().mkdir(mode=0o700, exist_ok=True)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return "" if place.is_dir() and os.access(place, os.W_OK) else "folder"


def _is_allowed(place: Path) -> bool:
    """Whatever links are on the way: who owns the dashboard does not own the machine."""
    found = place.resolve()
    return any(found.is_relative_to(one.resolve()) for one in (exports(), *settings().export_folders))


def takes_files(channel: AlertChannel) -> bool:
    """Whether a channel is one of e-mail: others carry no files."""
    return channel.shown.partition("://")[0] in channels.LETTERS


def list_all(session: Session) -> Sequence[FileOrder]:
    query = select(FileOrder).order_by(col(FileOrder.daily_at), col(FileOrder.id))
    return session.exec(query.execution_options(populate_existing=True)).all()


def remove(file_order_id: int, *, by: Actor | None = None) -> None:
    """One that is gone already is no failure. Raises NotAllowed."""
    acting = require(by, Right.ALERTS)
    with db.session() as session:
        row = session.get(FileOrder, file_order_id)
        if row is not None:
            audit.record(session, acting, "file_order_removed", row.name)
            session.delete(row)
        session.commit()


# --- What a worker does -------------------------------------------------------------------------------------


def work(now: datetime) -> int:
    """Makes the files that are due; how many."""
    with db.session() as session:
        query = select(FileOrder.id).where(col(FileOrder.enabled), col(FileOrder.next_at) <= now)
        due = [found for found in session.exec(query) if found is not None]
    return sum(_claim_and_make(file_order_id, now) for file_order_id in due)


def pull_back(session: Session, now: datetime) -> None:
    """As ``schedules.pull_back``, of files. The caller commits."""
    query = select(FileOrder).where(col(FileOrder.next_at) > now + MOST_AHEAD)
    for row in session.exec(query.execution_options(populate_existing=True)):
        row.next_at = next_daily(read_time(row.daily_at), days.named(row.tz), now)
        session.add(row)
    session.flush()


def _claim_and_make(file_order_id: int, now: datetime) -> bool:
    holder = uuid4().hex
    with db.session() as session:
        row = _claim(session, file_order_id, holder, now)
        session.commit()
    if row is None:
        return False
    rows, error = _make(row, now)
    with db.session() as session:
        kept = session.get(FileOrder, file_order_id, populate_existing=True)
        if kept is not None:
            kept.done_at, kept.rows, kept.error = now, rows, error
            session.add(kept)
        lease.give_back(session, _lease_of(file_order_id), holder)
        session.commit()
    log.info("a file of orders", extra={"data": {"id": file_order_id, "rows": rows, "error": error}})
    return True


def is_made_now(session: Session, row: FileOrder) -> bool:
    """Whether somebody is at it; else what is noted as interrupted was."""
    return lease.is_held(session, _lease_of(row.id))


def _lease_of(file_order_id: int | None) -> str:
    return f"file {file_order_id}"


def _claim(session: Session, file_order_id: int, holder: str, now: datetime) -> FileOrder | None:
    """The file, if it is still due and nobody else makes it; its next time is set in this transaction."""
    if not lease.take(session, _lease_of(file_order_id), holder):
        return None
    row = session.get(FileOrder, file_order_id, populate_existing=True)
    if row is not None and row.next_at <= now:
        row.next_at = next_daily(read_time(row.daily_at), days.named(row.tz), now)
        row.error = INTERRUPTED
        session.add(row)
        session.flush()
        return row
    lease.give_back(session, _lease_of(file_order_id), holder)
    return None


def _make(row: FileOrder, now: datetime) -> tuple[int | None, str]:
    """How many rows the file has, and the code of what failed."""
    profile = Profile.of_record(row.profile)
    try:
        zone = read_zone(row.tz)
        with TemporaryDirectory(prefix="wb-desk") as folder:
            path = Path(folder) / _file_name(row, profile, now, zone)
            rows = _write(row, profile, path, zone)
            errors = [_into_folder(row, path), _by_mail(row, path, rows)]
    except ScheduleRefused:
        return None, "zone"
    except StoreError as error:
        return None, error.code
    except (OSError, SQLAlchemyError) as error:
        log.warning("a file of orders failed: %s", type(error).__name__)
        return None, "failed"
    return rows, next(filter(None, errors), "")


def _file_name(row: FileOrder, profile: Profile, now: datetime, zone: ZoneInfo) -> str:
    plain = re.sub(r"[^\w-]+", "-", row.name).strip("-") or "orders"
    return f"{plain}-{row.id}-{now.astimezone(zone):%Y-%m-%d}.{profiles.ENDINGS[profile.form]}"


def _write(row: FileOrder, profile: Profile, path: Path, zone: ZoneInfo) -> int:
    """As whoever has ordered it, with the sellers that they see today."""
    with db.unlimited_session() as session:
        acting = _actor(session, row.user_id)
        require(acting, Right.ALERTS)  # whoever is no owner any more sends nothing away
        visibility.limit(session, acting.sellers)
        asked = wishes.filters(wishes.read(row.view), zone)
        with path.open("wb") as file:
            return profiles.write(session, asked, profile, file, row.lang, zone, by=acting)


def _actor(session: Session, user_id: int | None) -> Actor:
    if user_id is None:
        return Actor.machine("worker")
    user = session.get(User, user_id)
    if user is None:  # gone together with its files; this one is being made just now
        return Actor(user_id, "", "", frozenset(), False, "worker")
    sellers = session.exec(select(UserSeller.seller_id).where(UserSeller.user_id == user_id)).all()
    return Actor(user_id, user.name, user.role, frozenset(sellers) if user.limited else None, False, "worker")


def _into_folder(row: FileOrder, path: Path) -> str:
    """A file is there whole, or not at all."""
    if not row.folder:
        return ""
    target = Path(row.folder) / path.name
    part = target.with_name(f".{path.name}.{uuid4().hex}")
    try:
        if not _is_allowed(target.parent):  # not any more: another setting, or a link since
            return "folder_not_allowed"
        with open(part, "xb", opener=_private) as file, path.open("rb") as made:
            shutil.copyfileobj(made, file)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        return "folder"
    return ""


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _by_mail(row: FileOrder, path: Path, rows: int) -> str:
    if row.channel_id is None:
        return ""
    with db.unlimited_session() as session:
        channel = outbox.get_channel(session, row.channel_id)
    if channel is None:
        return "no_mail"
    told: dict[str, Any] = {"name": row.name, "rows": format_number(row.lang, rows)}
    title = t(row.lang, "file-order-mail-title", **told)
    if path.stat().st_size > LARGEST:
        body = t(row.lang, "file-order-mail-too-large", **told, most=LARGEST // 2**20)
        return _send(channel, title, body, None) or "too_large"
    return _send(channel, title, t(row.lang, "file-order-mail-text", **told), path)


def _send(channel: AlertChannel, title: str, body: str, path: Path | None) -> str:
    error = channels.send(outbox.url_of(channel), title, body, file=path)
    if error:
        log.warning("a letter with a file did not go: %s", error)
    return error and "mail"


def error_text(lang: str, code: str) -> str:
    """What went wrong with a file, in words."""
    if code not in ("nowhere", "folder", "folder_not_allowed", "no_mail", "mail", "too_large", INTERRUPTED):
        code = "failed"
    return t(lang, f"file-order-error-{code.replace('_', '-')}", exports=str(exports()))
