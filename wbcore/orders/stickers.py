"""Stickers of chosen orders as one PDF. WB draws them; nothing is changed there.

WB has stickers of orders that are being assembled or delivered. What they are in is asked first, so that an
order without a sticker is named with its reason, and no request is wasted on it.
"""

from __future__ import annotations

import binascii
import io
import struct
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from wbcore.api.catalog import BATCH_LIMIT, METHOD_BY_ID, STICKER_LIMIT
from wbcore.api.client import WBClient
from wbcore.api.errors import WBError
from wbcore.api.token import can_call
from wbcore.guidance import checklist, diagnosis
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.keys import capabilities, keyring
from wbcore.keys.clients import client_for, environment_of, facts_of
from wbcore.keys.evidence import evidence_for
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.store import db
from wbcore.store.models import Key, Order
from wbcore.store.states import CapabilityStatus

METHOD: Final = "orders.stickers"
STATUSES: Final = ("confirm", "complete")
SIZES: Final = ((58, 40), (40, 30))
"""Width and height in millimetres that WB draws."""
MOST: Final = 1000
"""Stickers of one file: more would keep an operator waiting."""
_MM: Final = 72 / 25.4
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES: Final = 1_000_000
_MOST_PIXELS: Final = 4000
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """An order without a sticker.

    Attributes:
        reason: model (only FBS has stickers), status, unknown (WB does not know the order), none (WB sent no
            sticker: a customs declaration may be missing), damaged (the picture can't be read), too_many.
        status: the seller's status as WB has it now, where that is the reason.
    """

    order_id: int
    reason: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Stickers:
    """What came of it.

    Attributes:
        pdf: a page for each sticker; b"" when there is none.
        checklist_id: the way out, where the token can't do it or WB has failed.
        no_key: the seller has no key any more.
    """

    pdf: bytes = b""
    count: int = 0
    refused: tuple[Refused, ...] = ()
    checklist_id: str | None = None
    no_key: bool = False


def bring(
    seller_id: int,
    order_ids: Sequence[int],
    size: tuple[int, int] = SIZES[0],
    *,
    on_progress: Callable[[float], object] = lambda _part: None,
    by: Actor | None = None,
) -> Stickers:
    """Asks WB for the stickers of a seller's orders, in the order in which they are named.

    What WB refuses to a token that was replaced or removed meanwhile is no problem of anybody's: it is asked
    anew, with what is there now.

    Args:
        on_progress: told which part of the work is done, 0 to 1.

    Raises:
        NotAllowed: ``by`` may only look.
        SecretKeyError: the secret key is another one than when the token was stored.
    """
    acting = require(by, Right.IMPORT, seller_id=seller_id)
    with db.session() as session:
        key = _key(session, seller_id)
        if key is None:
            return Stickers(no_key=True)
        models = _models(session, seller_id, order_ids)
        found = diagnosis.preflight(METHOD, evidence_for(session, key, METHOD))
    if found is not None:
        return _told(key, found) or bring(seller_id, order_ids, size, on_progress=on_progress, by=acting)
    wanted, refused = _sorted_out(order_ids, models)
    try:
        with client_for(key) as client:
            pictures, more = _asked(client, wanted, size, on_progress)
    except WBError as error:
        with db.session() as session:
            found = diagnosis.from_error(error, evidence_for(session, key, error.method_id))
        return _told(key, found) or bring(seller_id, order_ids, size, on_progress=on_progress, by=acting)
    with db.session() as session:
        audit.record(session, acting, "stickers_made", key.name, stickers=len(pictures))
        if pictures or any(one.reason in ("none", "damaged") for one in more):
            _answered(session, key)
        session.commit()
    pdf = drawn(list(pictures.values()), size) if pictures else b""
    return Stickers(pdf, len(pictures), (*refused, *more))


def _key(session: Session, seller_id: int) -> Key | None:
    """A key of the seller's that may ask; else any: its diagnosis says what is missing."""
    query = select(Key).where(Key.seller_id == seller_id).order_by(col(Key.id))
    keys = session.exec(query).all()
    method, now = METHOD_BY_ID[METHOD], datetime.now(UTC)
    able = (key for key in keys if can_call(facts_of(key), environment_of(key), method, now) is None)
    return next(able, keys[0] if keys else None)


def _told(key: Key, found: Diagnosis) -> Stickers | None:
    """The way out; None: the key is gone, or has another token, of which this has not been said."""
    with db.session() as session:
        row = keyring.unchanged(session, key)
        if row is None:
            return None
        opened = checklist.open_or_update(session, found, row)
        session.commit()
        return Stickers(checklist_id=opened.id)


def _answered(session: Session, key: Key) -> None:
    """WB has answered: what it had refused before is over. No check asks this method, so it is told here."""
    if keyring.unchanged(session, key) is None:
        return
    assert key.id is not None
    capabilities.record(session, key.id, METHOD, CapabilityStatus.OK, "probe")
    session.flush()
    checklist.refresh(session, key.id)


def _models(session: Session, seller_id: int, ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(ids), _AT_ONCE):
        query = select(Order.id, Order.model).where(
            Order.seller_id == seller_id, col(Order.id).in_(ids[start : start + _AT_ONCE])
        )
        found |= dict(session.exec(query).all())
    return found


def _sorted_out(ids: Sequence[int], models: Mapping[int, str]) -> tuple[list[int], list[Refused]]:
    """What can be asked for, and what need not be."""
    known = [one for one in dict.fromkeys(ids) if one in models]
    refused = [Refused(one, "model") for one in known if models[one] != "fbs"]
    fbs = [one for one in known if models[one] == "fbs"]
    return fbs[:MOST], refused + [Refused(one, "too_many") for one in fbs[MOST:]]


def _asked(
    client: WBClient, ids: Sequence[int], size: tuple[int, int], on_progress: Callable[[float], object]
) -> tuple[dict[int, bytes], list[Refused]]:
    """Order -> its picture; and those that have none, with the reason."""
    statuses: dict[int, str] = {}
    for start in range(0, len(ids), BATCH_LIMIT):
        rows = client.statuses(ids[start : start + BATCH_LIMIT])
        statuses |= {number: str(row.get("supplierStatus") or "") for number, row in _numbered(rows, "id")}
    able = [one for one in ids if statuses.get(one) in STATUSES]
    refused = [
        Refused(one, "status", statuses[one]) if one in statuses else Refused(one, "unknown")
        for one in ids
        if statuses.get(one) not in STATUSES
    ]
    pictures: dict[int, bytes] = {}
    for start in range(0, len(able), STICKER_LIMIT):
        some = able[start : start + STICKER_LIMIT]
        rows = client.stickers(some, *size)
        files = {number: row.get("file") for number, row in _numbered(rows, "orderId")}
        for one in some:
            picture = _picture(files.get(one))
            if picture:
                pictures[one] = picture
            else:
                refused.append(Refused(one, "damaged" if files.get(one) else "none"))
        on_progress(min(1.0, (start + len(some)) / len(able)))
    return pictures, refused


def _numbered(rows: Sequence[object], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows by their order's id; what has none is left out."""
    for row in rows:
        if isinstance(row, dict) and type(row.get(name)) is int:
            yield row[name], row


def _picture(file: Any) -> bytes | None:
    """The PNG in an answer; None: it is none, or one that no printer of stickers needs."""
    if not isinstance(file, str) or len(file) > _MOST_BYTES:
        return None
    try:
        data = b64decode(file, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not data.startswith(_PNG) or len(data) < 33:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return data if 0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS and _opens(data) else None


def _opens(data: bytes) -> bool:
    from PIL import Image  # noqa: PLC0415 (slow to import, needed for stickers alone)

    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return False
    return True


def drawn(pictures: Sequence[bytes], size: tuple[int, int]) -> bytes:
    """A PDF with a page of a sticker's size for each picture."""
    from reportlab.lib.utils import ImageReader  # noqa: PLC0415
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    file = io.BytesIO()
    page = (size[0] * _MM, size[1] * _MM)
    canvas = Canvas(file, pagesize=page)
    canvas.setTitle("WB Desk")
    for picture in pictures:
        canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 0, *page, preserveAspectRatio=True)
        canvas.showPage()
    canvas.save()
    return file.getvalue()
