"""The methods of WB that the imitation serves. A new one is a function and a row in METHODS_SERVED."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from typing import Final

import orjson

from wbcore.api.catalog import (
    BATCH_LIMIT,
    METHOD_BY_ID,
    PAGE_LIMIT,
    PERIOD_DEPTH_DAYS,
    STATISTICS_DEPTH_DAYS,
    WINDOW_DAYS,
    Method,
    ping_method,
)
from wbcore.sandbox.answers import PROBLEM, Answer, incorrect, ok, refusal
from wbcore.sandbox.goods import SELLERS
from wbcore.sandbox.shop import DAY, Shop
from wbcore.sandbox.world import World

ARCHIVE_MIN_LIMIT: Final = 100
_MOSCOW: Final = timezone(timedelta(hours=3))
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
            moment = moment.replace(tzinfo=_MOSCOW)
        return int(moment.timestamp())
    except (ValueError, OverflowError) as e:
        raise Refused(
            _statistics_refusal("dateFrom: value must be a date or a date and time, RFC3339")
        ) from e


def _statistics_refusal(message: str) -> Answer:
    return Answer(400, orjson.dumps({"errors": [message]}))


def dbs_new(request: Request) -> Answer:
    def shape(row: dict[str, object], n: int) -> dict[str, object]:
        extra = {"deliveryType": ("dbs", "edbs", "dbsPickupPoint")[n % 3], "wbStickerId": 51_000_000 + n}
        return row | _grouped(request, n) | extra

    return Answer(200, request.shop.other_rows("dbs", shape))


def dbw_new(request: Request) -> Answer:
    def shape(row: dict[str, object], n: int) -> dict[str, object]:
        return _without(row, "finalPrice", "convertedFinalPrice") | _grouped(request, n)

    return Answer(200, request.shop.other_rows("dbw", shape))


def click_collect_new(request: Request) -> Answer:
    def shape(row: dict[str, object], n: int) -> dict[str, object]:
        return _without(row, "address", "comment", "colorCode") | {
            "ddate": "25.11.2026",
            "warehouseAddress": "Тестовая улица, д. 1",
            "orderCode": f"{170_000_000 + n}-{n % 10_000:04d}",
            "payMode": ("prepaid", "postpaid")[n % 2],
            "tireService": False,
        }

    return Answer(200, request.shop.other_rows("click_collect", shape))


def _grouped(request: Request, n: int) -> dict[str, object]:
    group = uuid.uuid5(uuid.NAMESPACE_OID, f"{request.shop.sid}.{n // 2}")
    return {"orderUid": f"{166_000_000 + n // 2}_{group.hex}", "groupId": str(group)}


def _without(row: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in names}


def _whole(query: Mapping[str, str], name: str, least: int = -_INT64, most: int = _INT64 - 1) -> int:
    text = query.get(name, "")
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        reason = ValueError(f"Некорректное значение параметра {name}")
        raise Refused(incorrect(str(reason))) from reason
    return int(text)


def _known(request: Request) -> list[int]:
    """Numbers of the seller's orders among the ids of the body, each once."""
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as e:
        raise Refused(incorrect("Некорректное тело запроса")) from e
    ids = body.get("orders") if isinstance(body, dict) else None
    if not isinstance(ids, list) or not all(type(n) is int and -_INT64 <= n < _INT64 for n in ids):
        raise Refused(incorrect("orders: нужен список ID сборочных заданий"))
    if not 1 <= len(ids) <= BATCH_LIMIT:
        raise Refused(incorrect(f"orders: от 1 до {BATCH_LIMIT} ID в запросе"))
    found = (request.shop.index(n) for n in dict.fromkeys(ids))
    return [i for i in found if i is not None]


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
METHODS_SERVED: Final[tuple[Served, ...]] = (
    Served(METHOD_BY_ID["seller.info"], seller_info),
    Served(METHOD_BY_ID["seller.news"], news),
    Served(METHOD_BY_ID["orders.new"], orders_new),
    Served(METHOD_BY_ID["orders.period"], orders_period),
    Served(METHOD_BY_ID["orders.status"], orders_status),
    Served(METHOD_BY_ID["orders.client"], orders_client),
    Served(METHOD_BY_ID["orders.archive"], orders_archive),
    Served(METHOD_BY_ID["statistics.orders"], statistics_orders),
    Served(METHOD_BY_ID["orders.dbs.new"], dbs_new),
    Served(METHOD_BY_ID["orders.dbw.new"], dbw_new),
    Served(METHOD_BY_ID["orders.click_collect.new"], click_collect_new),
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
