"""The methods of WB that the imitation serves. A new one is a function and a row in METHODS_SERVED."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

import orjson

from wbcore.api.catalog import (
    BATCH_LIMIT,
    FEED_DEPTH_DAYS,
    FEED_LIMIT,
    METHOD_BY_ID,
    MOSCOW,
    PAGE_LIMIT,
    PERIOD_DEPTH_DAYS,
    STATISTICS_DEPTH_DAYS,
    STICKER_LIMIT,
    WINDOW_DAYS,
    Method,
    ping_method,
)
from wbcore.sandbox import labels
from wbcore.sandbox.answers import PROBLEM, Answer, incorrect, ok, refusal
from wbcore.sandbox.deliveries import CHAINS, Deliveries
from wbcore.sandbox.feed import entries
from wbcore.sandbox.feed import row as feed_row
from wbcore.sandbox.goods import SELLERS
from wbcore.sandbox.shop import DAY, Shop, keep
from wbcore.sandbox.world import World

ARCHIVE_MIN_LIMIT: Final = 100
_WHOLE: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_CHUNK: Final = 1000
_INT64: Final = 2**63


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the gateway has let through. ``query`` holds the last value of each parameter."""

    world: World
    shop: Shop
    query: Mapping[str, str]
    body: bytes
    path_ids: tuple[int, ...] = ()


class Refused(Exception):
    """A method's own no, with its answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def ping(request: Request) -> Answer:
    now = datetime.fromtimestamp(request.world.clock(), UTC)
    return ok({"TS": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "Status": "OK"})


def seller_info(request: Request) -> Answer:
    sid = request.shop.sid
    number = uuid.uuid5(uuid.NAMESPACE_OID, sid).int
    name, trade_mark = SELLERS[number % len(SELLERS)]
    tin = f"00{number % 10**10:010d}"
    return ok({"name": name, "sid": sid, "tin": tin, "tradeMark": trade_mark, "country": "RU"})


# News: days before the anchor, header, HTML, types.
_NEWS: Final = (
    (1, "Обновление API заказов FBS", "<p>В ответы методов добавлены новые поля.</p>", ((1, "API"),)),
    (
        3,
        "Плановые работы",
        "<p>В ночь на воскресенье часть методов ответит с <b>ошибкой</b>.</p>",
        ((2, "Работы"),),
    ),
    (6, "Скидки недели", '<p>Подробности <a href="https://seller.wildberries.ru/">в кабинете</a>.</p>', ()),
    (12, "Отключение старых методов", "<p>Методы поставок и остатков отключены.</p>", ((1, "API"),)),
    (40, "Как упаковать хрупкое", "<p>Три слоя плёнки и табличка.</p>", ((3, "Советы"),)),
)


def news(request: Request) -> Answer:
    """Newest first. Needs ``from`` (a date) or ``fromID``."""
    anchor = request.world.anchor
    rows = [
        {
            "id": 7000 - age,
            "date": (anchor - timedelta(days=age)).isoformat().replace("+00:00", "Z"),
            "header": header,
            "content": content,
            "types": [{"id": type_id, "name": name} for type_id, name in types],
        }
        for age, header, content, types in _NEWS
    ]
    if "fromID" in request.query:
        first = _whole(request.query, "fromID")
        return ok({"data": [row for row in rows if int(str(row["id"])) >= first]})
    if "from" in request.query:
        try:
            since = date.fromisoformat(request.query["from"]).isoformat()
        except ValueError as e:
            raise Refused(incorrect("Некорректная дата в параметре from")) from e
        return ok({"data": [row for row in rows if str(row["date"]) >= since]})
    return incorrect("Нужен параметр from или fromID")


def orders_new(request: Request) -> Answer:
    """All at once, in pieces: a million orders must not be held in memory."""
    numbers = request.shop.new_orders()

    def pieces() -> Iterator[bytes]:
        opening = b'{"orders":['
        while chunk := list(islice(numbers, _CHUNK)):
            yield opening + b",".join(request.shop.new_rows(chunk))
            opening = b","
        yield b"]}" if opening == b"," else b'{"orders":[]}'

    return Answer(200, pieces())


def orders_period(request: Request) -> Answer:
    """A page of the window. ``next`` is the id of the page's last order; an empty page ends it."""
    query, shop = request.query, request.shop
    limit = _whole(query, "limit", 1, PAGE_LIMIT)
    after = _whole(query, "next", 0)
    since, until = _window(query, int(request.world.clock()))
    first, end = shop.range_created(since, until)
    first = max(first, shop.first_after(after) if after else 0)
    stop = max(first, min(end, first + limit))
    last = shop.order_id(stop - 1) if stop > first else 0
    body = b'{"next":%d,"orders":[%b]}' % (last, shop.period_page(first, stop))

    def ahead() -> None:
        if first < stop < end:
            shop.period_page(stop, min(end, stop + limit))

    return Answer(200, body, cursor_in=str(after), cursor_out=str(last), afterwards=ahead)


def _window(query: Mapping[str, str], now: int) -> tuple[int, int]:
    until = _whole(query, "dateTo", 0) if "dateTo" in query else now
    default = until - WINDOW_DAYS * DAY
    since = _whole(query, "dateFrom", 0) if "dateFrom" in query else default
    if since > until:
        raise Refused(incorrect("dateFrom не может быть больше dateTo"))
    if until - since > WINDOW_DAYS * DAY:
        raise Refused(incorrect(f"Период не может быть больше {WINDOW_DAYS} дней"))
    return max(since, now - PERIOD_DEPTH_DAYS * DAY), until


def orders_status(request: Request) -> Answer:
    """Statuses of the orders that the seller has; other ids are left out."""
    return ok({"orders": request.shop.status_rows(_known(request))})


def orders_client(request: Request) -> Answer:
    return ok({"orders": request.shop.client_rows(_known(request))})


def orders_stickers(request: Request) -> Answer:
    """Stickers of the orders that are in assembly or delivery; others are left out."""
    query, shop = request.query, request.shop
    form, size = query.get("type", ""), (_whole(query, "width"), _whole(query, "height"))
    if form not in labels.FORMATS:
        return incorrect("Некорректное значение параметра type")
    if size not in labels.SIZES:
        return incorrect("Некорректный размер стикера")
    if len(_ids(request)) > STICKER_LIMIT:
        return incorrect(f"orders: от 1 до {STICKER_LIMIT} ID в запросе")
    able = (i for i in _known(request) if shop.status(i)[0] in ("confirm", "complete"))
    return ok({"stickers": [labels.label(shop.order_id(i), form, size) for i in able]})


def orders_archive(request: Request) -> Answer:
    """A page of one month of the archive; ``next`` is null on the last page."""
    query, shop = request.query, request.shop
    try:
        year = _whole(query, "year", 2000, 2100)
        month = _whole(query, "month", 1, 12)
        limit = _whole(query, "limit", ARCHIVE_MIN_LIMIT, PAGE_LIMIT)
        after = _whole(query, "next", 0)
    except Refused as e:
        return _archive_refusal(str(e.__cause__))
    first, end = shop.archive_range(year, month)
    first = max(first, shop.first_after(after)) if after else first
    numbers = range(first, max(first, min(end, first + limit)))
    more = bool(numbers) and numbers.stop < end
    last = str(shop.order_id(numbers[-1])) if more else "null"
    body = b'{"next":%b,"orders":[%b]}' % (last.encode(), b",".join(shop.archive_rows(numbers)))
    return Answer(200, body, cursor_in=str(after), cursor_out=last)


def _archive_refusal(message: str) -> Answer:
    # The archive is a newer service of WB: its own no looks like the gateway's, without the time.
    body = {
        "title": "bad request",
        "detail": message,
        "code": "IncorrectParameter",
        "errors": [{"location": "query", "message": message}],
        "origin": "fbs-orders-archive",
        "requestId": secrets.token_hex(16),
        "status": 400,
    }
    return Answer(400, orjson.dumps(body), PROBLEM)


def order_cancel(request: Request) -> Answer:
    """A writing method: the seller cancels an order that is not yet on its way."""
    shop, order_id = request.shop, request.path_ids[0]
    i = shop.index(order_id)
    if i is None:
        return refusal(404, "NotFound", "Не найдено")
    if shop.status(i)[0] not in ("new", "confirm"):
        return refusal(409, "StatusMismatch", "Несоответствие статусов, проверьте их правильность")
    request.world.set_status(order_id, "cancel", "canceled", shop.sid)
    return Answer(204, b"")


def statistics_orders(request: Request) -> Answer:
    """``flag=0``: rows changed after ``dateFrom``, a page of them; ``flag=1``: all orders of that day.

    A page never ends between two rows of the same ``lastChangeDate``: the rest would be lost.
    """
    query, world, shop = request.query, request.world, request.shop
    moment = _moscow(query)
    flag = query.get("flag", "0")
    if flag not in ("0", "1"):
        raise Refused(_statistics_refusal("flag: must be 0 or 1"))
    oldest = int(world.clock()) - STATISTICS_DEPTH_DAYS * DAY
    if flag == "1":
        return Answer(200, _listed(shop, shop.ordered_on((moment + 3 * 3600) // DAY, oldest)))
    numbers = _page(shop, moment, oldest, world)
    last = str(shop.last_change(numbers[-1])) if numbers else ""
    return Answer(200, _listed(shop, iter(numbers)), cursor_in=str(moment), cursor_out=last)


def _page(shop: Shop, moment: int, oldest: int, world: World) -> list[int]:
    later = shop.changed_after(moment, oldest)
    page = list(islice(later, world.statistics_page))
    if not page:
        return []
    edge = shop.last_change(page[-1])
    for i in later:
        if shop.last_change(i) != edge:
            break
        page.append(i)
    if world.statistics_repeat_edge:
        again = shop.changed_after(moment - 1, oldest)
        page = [i for i in islice(again, len(page) + 1000) if shop.last_change(i) == moment] + page
    return page


def _listed(shop: Shop, numbers: Iterator[int]) -> Iterator[bytes]:
    opening = b"["
    while chunk := list(islice(numbers, _CHUNK)):
        yield opening + b",".join(map(shop.statistics_row, chunk))
        opening = b","
    yield b"]" if opening == b"," else b"[]"


def _moscow(query: Mapping[str, str]) -> int:
    text = query.get("dateFrom", "")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=MOSCOW)
        return int(moment.timestamp())
    except (ValueError, OverflowError) as e:
        raise Refused(
            _statistics_refusal("dateFrom: value must be a date or a date and time, RFC3339")
        ) from e


def _statistics_refusal(message: str) -> Answer:
    return Answer(400, orjson.dumps({"errors": [message]}))


# --- DBS, DBW and pick-up ----------------------------------------------------------------------------------


def _deliveries(request: Request, model: str) -> tuple[Deliveries, float]:
    return request.shop.deliveries[model], request.world.clock()


def delivery_new(model: str, request: Request) -> Answer:
    orders, now = _deliveries(request, model)
    return ok({"orders": [orders.new_row(n) for n in orders.new(now)]})


def delivery_ended(model: str, request: Request) -> Answer:
    """Ended orders of a period, by rising id. ``limit`` orders are looked at for a page: those that have not
    ended are left out, so a page may be shorter, and only an empty one is the last."""
    query, (orders, now) = request.query, _deliveries(request, model)
    limit = _whole(query, "limit", 1, PAGE_LIMIT)
    after = _whole(query, "next", 0)
    for name in ("dateFrom", "dateTo"):
        _whole(query, name, 0)
    since, until = _window(query, int(now))
    rest = [
        n for n in range(len(orders)) if orders.order_id(n) > after and since <= orders.created(n) <= until
    ]
    found: list[int] = []
    while rest and not found:
        looked, rest = rest[:limit], rest[limit:]
        found = [n for n in looked if orders.ended(n, now)]
    last = orders.order_id(found[-1]) if found else 0
    rows = [orders.ended_row(n) for n in found]
    return replace(ok({"next": last, "orders": rows}), cursor_in=str(after), cursor_out=str(last))


def delivery_status(model: str, request: Request) -> Answer:
    """DBS and pick-up answer for every id, DBW for those that the seller has."""
    orders, now = _deliveries(request, model)
    if model != "dbw":
        known = orders.known(_ids(request, "ordersIds"))
        return ok({"orders": [orders.status_row(order_id, n, now) for order_id, n in known]})
    rows = [
        {"id": order_id, "supplierStatus": status[0], "wbStatus": status[1]}
        for order_id, n in orders.known(_ids(request))
        if n is not None and (status := orders.status(n, now))
    ]
    return ok({"orders": rows})


def delivery_dates(model: str, request: Request) -> Answer:
    orders, _ = _deliveries(request, model)
    rows = [orders.delivery_row(n) for _, n in orders.known(_ids(request)) if n is not None]
    return ok({"orders": rows})


def delivery_clients(model: str, request: Request) -> Answer:
    """Buyers. Of pick-up only while the order is assembled or waits."""
    orders, now = _deliveries(request, model)
    told = ("confirm", "prepare") if model == "click_collect" else None
    found = [n for _, n in orders.known(_ids(request)) if n is not None]
    rows = [orders.client_row(n) for n in found if told is None or orders.status(n, now)[0] in told]
    return ok({"orders": rows})


# --- The order feed ----------------------------------------------------------------------------------------


def order_feed(request: Request) -> Answer:
    """Orders of every model by the time of their status, newest first. The first page opens a snapshot."""
    shop, now = request.shop, round(request.world.clock(), 6)
    body = _object(request)
    period, pages = body.get("selectedPeriod"), body.get("pagination") or {}
    if not isinstance(period, dict) or not isinstance(pages, dict):
        raise Refused(_analytics_refusal("invalid: selectedPeriod (field required)"))
    until = int(_moment(period["end"])) if period.get("end") else int(now)
    since = int(_moment(period.get("start")))
    if since > until or since < now - FEED_DEPTH_DAYS * DAY:
        raise Refused(
            _analytics_refusal(f"invalid: selectedPeriod.start (not older than {FEED_DEPTH_DAYS} days)")
        )
    offset, limit = pages.get("offset", 0), pages.get("limit", 50)
    if type(offset) is not int or type(limit) is not int or offset < 0 or not 1 <= limit <= FEED_LIMIT:
        raise Refused(_analytics_refusal("invalid: pagination"))
    taken_at = pages.get("snapshotTime")
    if not offset and taken_at is None:
        taken_at = now
        keep(shop.snapshots, taken_at, entries(shop, since, until, now))
    else:
        taken_at = _moment(taken_at)
    taken = shop.snapshots.get(taken_at)
    if taken is None:
        raise Refused(_analytics_refusal("invalid: pagination.snapshotTime"))
    rows = [feed_row(shop, entry, now) for entry in taken[offset : offset + limit]]
    snapshot = datetime.fromtimestamp(taken_at, UTC).isoformat().replace("+00:00", "Z")
    return ok({"data": {"snapshotTime": snapshot, "currency": "RUB", "orders": rows}})


def _moment(text: object) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError) as e:
        raise Refused(_analytics_refusal("invalid: selectedPeriod (RFC 3339 is needed)")) from e


def _analytics_refusal(detail: str) -> Answer:
    body = {
        "title": "Invalid request body",
        "detail": f"code=400, message={detail}",
        "requestId": str(uuid.uuid4()),
        "origin": "analytic-open-api",
    }
    return Answer(400, orjson.dumps(body))


def _whole(query: Mapping[str, str], name: str, least: int = -_INT64, most: int = _INT64 - 1) -> int:
    text = query.get(name, "")
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        reason = ValueError(f"Некорректное значение параметра {name}")
        raise Refused(incorrect(str(reason))) from reason
    return int(text)


def _known(request: Request) -> list[int]:
    """Numbers of the seller's FBS orders among the ids of the body, each once."""
    found = (request.shop.index(n) for n in dict.fromkeys(_ids(request)))
    return [i for i in found if i is not None]


def _ids(request: Request, name: str = "orders") -> list[int]:
    ids = _object(request).get(name)
    if not isinstance(ids, list) or not all(type(n) is int and -_INT64 <= n < _INT64 for n in ids):
        raise Refused(incorrect(f"{name}: нужен список ID сборочных заданий"))
    if not 1 <= len(ids) <= BATCH_LIMIT:
        raise Refused(incorrect(f"{name}: от 1 до {BATCH_LIMIT} ID в запросе"))
    return ids


def _object(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as e:
        raise Refused(incorrect("Некорректное тело запроса")) from e
    return body if isinstance(body, dict) else {}


Handler = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Served:
    """One method of WB and the function that answers for it. ``{}`` in the path is an order's id."""

    method: Method
    handler: Handler
    verb: str = ""

    @property
    def http_method(self) -> str:
        return self.verb or self.method.verb


_CANCEL: Final = Method(
    "orders.cancel",
    "POST",
    "marketplace-api",
    "/api/v3/orders/{}/cancel",
    "marketplace",
    "fbs_orders",
    capability=False,
    writes=True,
)
_OF_DELIVERIES: Final[Mapping[str, Callable[[str, Request], Answer]]] = {
    "new": delivery_new,
    "ended": delivery_ended,
    "status": delivery_status,
    "delivery": delivery_dates,
    "client": delivery_clients,
}
METHODS_SERVED: Final[tuple[Served, ...]] = (
    Served(METHOD_BY_ID["seller.info"], seller_info),
    Served(METHOD_BY_ID["seller.news"], news),
    Served(METHOD_BY_ID["orders.new"], orders_new),
    Served(METHOD_BY_ID["orders.period"], orders_period),
    Served(METHOD_BY_ID["orders.status"], orders_status),
    Served(METHOD_BY_ID["orders.client"], orders_client),
    Served(METHOD_BY_ID["orders.stickers"], orders_stickers),
    Served(METHOD_BY_ID["orders.archive"], orders_archive),
    Served(METHOD_BY_ID["statistics.orders"], statistics_orders),
    *(
        Served(METHOD_BY_ID[method_id], partial(handler, model))
        for model in CHAINS
        for what, handler in _OF_DELIVERIES.items()
        if (method_id := f"orders.{model}.{what}") in METHOD_BY_ID
    ),
    Served(METHOD_BY_ID["order_feed"], order_feed),
    Served(_CANCEL, order_cancel, "PATCH"),
)
_BY_PLACE: Final = {(s.method.host, s.http_method, s.method.path): s for s in METHODS_SERVED}
_NUMBER: Final = re.compile(r"(?<=/)[0-9]{1,19}(?=/|$)", re.ASCII)


def find(host: str, verb: str, path: str) -> tuple[Served, tuple[int, ...]] | None:
    """The method at a place of a production host, and the ids in its path; None: path not found."""
    if (verb, path) == ("GET", "/ping"):
        return Served(ping_method(host), ping), ()
    served = _BY_PLACE.get((host, verb, path)) or _BY_PLACE.get((host, verb, _NUMBER.sub("{}", path)))
    return (served, tuple(map(int, _NUMBER.findall(path)))) if served else None
