"""Wildberries' facts as data: token categories, hosts, methods and their limits.

Source: WB's public documentation (https://dev.wildberries.ru/openapi/api-information) up to October 2026.
A new WB method is a row in METHODS, a new category a row in CATEGORIES; no code asks for names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from types import MappingProxyType
from typing import Final, Literal

Environment = Literal["production", "test", "demo"]
"""Where a key's requests go: WB's hosts, WB's sandbox hosts (test tokens), or our learning cabinet."""

TokenKind = Literal["basic", "test", "personal", "service", "unknown"]

HttpMethod = Literal["GET", "POST"]

WB_DOMAIN: Final = "wildberries.ru"
MOSCOW_S: Final = 3 * 3600
MOSCOW: Final = timezone(timedelta(seconds=MOSCOW_S), "MSK")
"""The time of WB's statistics, which name no zone: UTC+3, no summer time."""
READ_ONLY_BIT: Final = 30
TOKEN_LIFETIME_DAYS: Final = 180

CABINET_TOKENS_URL: Final = "https://seller.wildberries.ru/api-integrations"
"""«Интеграции по API». WB's error texts still name the older ``supplier-settings/access-to-api``."""
CABINET_URL: Final = "https://seller.wildberries.ru/"
SUPPORT_URL: Final = "https://seller.wildberries.ru/service-desk"
API_STATUS_URL: Final = "https://dev.wildberries.ru"
TOKEN_DECODER_URL: Final = "https://dev.wildberries.ru/jwt"  # noqa: S105 (an address, not a secret)

TOKEN_KINDS: Final[Mapping[int, TokenKind]] = MappingProxyType(
    {1: "basic", 2: "test", 3: "personal", 4: "service"}
)
"""Values of the claim ``acc``. Tokens made before October 2025 have none."""


@dataclass(frozen=True, slots=True)
class Category:
    """One box that can be ticked when a token is made in WB's cabinet.

    Attributes:
        bit: its place in the claim ``s``.
        id: our name, as in the JSON output.
        host: label of the host that it opens.
        ru, en: WB's own names of the box.
    """

    bit: int
    id: str
    host: str
    ru: str
    en: str

    def name(self, lang: str) -> str:
        """What stands beside its box in a language; English where it is none of ours."""
        return self.ru if lang == "ru" else self.en


CATEGORIES: Final[tuple[Category, ...]] = (
    Category(1, "content", "content-api", "Контент", "Content"),
    Category(2, "analytics", "seller-analytics-api", "Аналитика", "Analytics"),
    Category(3, "prices", "discounts-prices-api", "Цены и скидки", "Prices and discounts"),
    Category(4, "marketplace", "marketplace-api", "Маркетплейс", "Marketplace"),
    Category(5, "statistics", "statistics-api", "Статистика", "Statistics"),
    Category(6, "promotion", "advert-api", "Продвижение", "Promotion"),
    Category(7, "feedbacks", "feedbacks-api", "Вопросы и отзывы", "Feedbacks and questions"),
    Category(9, "chat", "buyer-chat-api", "Чат с покупателями", "Buyers chat"),
    Category(10, "supplies", "supplies-api", "Поставки", "Supplies"),
    Category(11, "returns", "returns-api", "Возвраты покупателями", "Buyers returns"),
    Category(12, "documents", "documents-api", "Документы", "Documents"),
    Category(13, "finance", "finance-api", "Финансы", "Finance"),
    Category(16, "users", "user-management-api", "Пользователи", "Users"),
)
CATEGORY_BY_ID: Final[Mapping[str, Category]] = MappingProxyType({c.id: c for c in CATEGORIES})

COMMON_HOST: Final = "common-api"
HOSTS: Final[tuple[str, ...]] = (COMMON_HOST, *(c.host for c in CATEGORIES))
SANDBOX_HOSTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        host: f"{host}-sandbox"
        for host in (
            "content-api",
            "discounts-prices-api",
            "marketplace-api",
            "feedbacks-api",
        )
    }
)
"""Production host label -> WB's own sandbox host label. ``common-api`` has none; those of statistics and
advert have had no method since 22 October 2026, not even ``/ping``. What a host has, each method says."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket: ``count`` requests in ``period_s`` seconds, ``burst`` of them at once.

    ``interval_s`` is the pause that refills one request.
    """

    count: int
    period_s: float
    burst: int

    @property
    def interval_s(self) -> float:
        return self.period_s / self.count


MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0

FBS_LIMIT: Final = Limit(300, MINUTE, 20)
ONE_A_MINUTE: Final = Limit(1, MINUTE, 10)
ONE_A_SECOND: Final = Limit(60, MINUTE, 10)
PING_LIMIT: Final = Limit(3, 30.0, 3)
TEST_ENVIRONMENT_LIMIT: Final = Limit(1, 1.0, 1)
"""WB's sandbox hosts: one request a second for all Marketplace methods together."""

FBS_ERROR_COST: Final = 10
"""A 4XX on the FBS order methods costs as much quota as ten requests."""


@dataclass(frozen=True, slots=True)
class Group:
    """Methods that share one quota of a seller."""

    id: str
    limit: Limit
    basic_limit: Limit
    error_cost: int = 1

    @property
    def is_less_for_basic(self) -> bool:
        """Whether a Basic token has a quota of its own here; of orders all types have the same."""
        return self.basic_limit != self.limit


GROUPS: Final[Mapping[str, Group]] = MappingProxyType(
    {
        g.id: g
        for g in (
            Group("fbs_orders", FBS_LIMIT, FBS_LIMIT, FBS_ERROR_COST),
            Group("dbs_orders", FBS_LIMIT, FBS_LIMIT, FBS_ERROR_COST),
            Group("dbw_orders", FBS_LIMIT, FBS_LIMIT, FBS_ERROR_COST),
            Group("click_collect_orders", FBS_LIMIT, FBS_LIMIT, FBS_ERROR_COST),
            Group("click_collect_status", ONE_A_SECOND, ONE_A_SECOND, FBS_ERROR_COST),
            Group("order_feed", Limit(1, MINUTE, 1), Limit(1, 3 * HOUR, 1)),
            Group("seller_info", ONE_A_MINUTE, Limit(1, DAY, 1)),
            Group("seller_news", ONE_A_MINUTE, Limit(1, HOUR, 1)),
            Group("statistics_orders", ONE_A_MINUTE, Limit(1, 3 * HOUR, 1)),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Size:
    """What an answer may be; a larger one is refused while it is read.

    Attributes:
        body: its bytes, unpacked.
        values: how many values it may hold, all its rows' fields together.
        long: it is a list of tens of thousands of rows, and is read piece by piece.
    """

    body: int
    values: int
    long: bool = False


LIST: Final = Size(64 * 1024 * 1024, 1_000_000)
"""A page of a list, with room for texts as no seller writes them, of 25,000 orders: WB gives them by the
thousand."""
SMALL: Final = Size(4 * 1024 * 1024, LIST.values)
LONG: Final = Size(96 * 1024 * 1024, 5_000_000, long=True)
"""80,000 rows of statistics, WB's largest answer, have some 60 MB. New orders come all at once, too."""


@dataclass(frozen=True, slots=True)
class Method:
    """One WB method.

    Attributes:
        id: our name of it, also the capability's id.
        category: the token category that it needs; None: any category will do.
        group: id of the quota that it draws on, see GROUPS.
        capability: shown as a column of token health (the table of the contract).
        writes: changes data at WB: never sent twice, closed to tokens that may only read.
        tested: WB's test environment has it too.
        size: of its answers.
    """

    id: str
    verb: HttpMethod
    host: str
    path: str
    category: str | None
    group: str
    capability: bool = True
    writes: bool = False
    tested: bool = True
    size: Size = LIST

    def works_in(self, environment: Environment) -> bool:
        """Whether an environment has it at all."""
        return environment != "test" or (self.tested and self.host in SANDBOX_HOSTS)


_OF_OTHER_MODELS: Final[tuple[tuple[str, HttpMethod, str, str], ...]] = (
    ("orders.dbs.ended", "GET", "/api/v3/dbs/orders", "dbs_orders"),
    ("orders.dbs.status", "POST", "/api/marketplace/v3/dbs/orders/status/info", "dbs_orders"),
    ("orders.dbs.delivery", "POST", "/api/v3/dbs/orders/delivery-date", "dbs_orders"),
    ("orders.dbs.client", "POST", "/api/v3/dbs/orders/client", "dbs_orders"),
    ("orders.dbw.ended", "GET", "/api/v3/dbw/orders", "dbw_orders"),
    ("orders.dbw.status", "POST", "/api/v3/dbw/orders/status", "dbw_orders"),
    ("orders.dbw.delivery", "POST", "/api/v3/dbw/orders/delivery-date", "dbw_orders"),
    ("orders.dbw.client", "POST", "/api/marketplace/v3/dbw/orders/client", "dbw_orders"),
    ("orders.click_collect.ended", "GET", "/api/v3/click-collect/orders", "click_collect_orders"),
    (
        "orders.click_collect.status",
        "POST",
        "/api/marketplace/v3/click-collect/orders/status/info",
        "click_collect_status",
    ),
    ("orders.click_collect.client", "POST", "/api/v3/click-collect/orders/client", "click_collect_orders"),
)
"""Id, verb, path, group: how the orders of DBS, DBW and pick-up end, when they are delivered and to whom."""

METHODS: Final[tuple[Method, ...]] = (
    Method("seller.info", "GET", COMMON_HOST, "/api/v1/seller-info", None, "seller_info", size=SMALL),
    Method(
        "seller.news",
        "GET",
        COMMON_HOST,
        "/api/communications/v2/news",
        None,
        "seller_news",
        size=SMALL,
    ),
    Method(
        "orders.new",
        "GET",
        "marketplace-api",
        "/api/v3/orders/new",
        "marketplace",
        "fbs_orders",
        size=LONG,
    ),
    Method("orders.period", "GET", "marketplace-api", "/api/v3/orders", "marketplace", "fbs_orders"),
    Method("orders.status", "POST", "marketplace-api", "/api/v3/orders/status", "marketplace", "fbs_orders"),
    Method("orders.client", "POST", "marketplace-api", "/api/v3/orders/client", "marketplace", "fbs_orders"),
    Method(
        "orders.archive",
        "GET",
        "marketplace-api",
        "/api/marketplace/v3/fbs/orders/archive",
        "marketplace",
        "fbs_orders",
        tested=False,
    ),
    Method(
        "statistics.orders",
        "GET",
        "statistics-api",
        "/api/v1/supplier/orders",
        "statistics",
        "statistics_orders",
        tested=False,
        size=LONG,
    ),
    Method(
        "orders.dbs.new",
        "GET",
        "marketplace-api",
        "/api/v3/dbs/orders/new",
        "marketplace",
        "dbs_orders",
        capability=False,
        size=LONG,
    ),
    Method(
        "orders.dbw.new",
        "GET",
        "marketplace-api",
        "/api/v3/dbw/orders/new",
        "marketplace",
        "dbw_orders",
        capability=False,
        tested=False,
        size=LONG,
    ),
    Method(
        "orders.click_collect.new",
        "GET",
        "marketplace-api",
        "/api/v3/click-collect/orders/new",
        "marketplace",
        "click_collect_orders",
        capability=False,
        size=LONG,
    ),
    *(
        Method(
            id,
            verb,
            "marketplace-api",
            path,
            "marketplace",
            group,
            capability=False,
            tested=group != "dbw_orders",
        )
        for id, verb, path, group in _OF_OTHER_MODELS
    ),
    Method(
        "orders.stickers",
        "POST",
        "marketplace-api",
        "/api/v3/orders/stickers",
        "marketplace",
        "fbs_orders",
        capability=False,
    ),
    Method(
        "order_feed",
        "POST",
        "seller-analytics-api",
        "/api/analytics/v1/order-feed",
        "analytics",
        "order_feed",
        capability=False,
    ),
)
METHOD_BY_ID: Final[Mapping[str, Method]] = MappingProxyType({m.id: m for m in METHODS})
CAPABILITIES: Final[tuple[Method, ...]] = tuple(m for m in METHODS if m.capability)

PING_PATH: Final = "/ping"
PING: Final = "ping."
"""How the id of a host's ``/ping`` begins: it asks about the token, and is no row of the catalogue."""


def ping_method(host: str) -> Method:
    """The ``/ping`` of one host, as a method: its category is the host's, its limit is its own."""
    category = next((c.id for c in CATEGORIES if c.host == host), None)
    return Method(
        f"{PING}{host}",
        "GET",
        host,
        PING_PATH,
        category,
        f"{PING}{host}",
        capability=False,
        size=SMALL,
    )


def group_limit(group: str, kind: TokenKind, environment: Environment) -> Limit:
    """The documented limit of one quota group for a token kind in an environment."""
    if group.startswith(PING):
        return PING_LIMIT
    if environment == "test":
        return TEST_ENVIRONMENT_LIMIT
    row = GROUPS[group]
    return row.basic_limit if kind == "basic" else row.limit


def bucket_name(group: str, kind: TokenKind, environment: Environment) -> str:
    """What a quota group's bucket is called: tokens that draw on one quota share a name.

    Where a Basic token's limit is another one, its bucket is, too: one request in three hours must not close
    the method to the Personal token that takes its place.
    """
    if group.startswith(PING):
        return group
    own = environment != "test" and kind == "basic" and GROUPS[group].is_less_for_basic
    return f"basic.{group}" if own else group


# Paging, see WB's documentation of the FBS order methods.
PAGE_LIMIT: Final = 1000
BATCH_LIMIT: Final = 1000
"""Ids in one request of ``orders.status`` and ``orders.client``."""
STICKER_LIMIT: Final = 100
"""Ids in one request of ``orders.stickers``."""
WINDOW_DAYS: Final = 30
ANSWER_S: Final = 300.0
"""Seconds for one whole answer, from its first byte to its last: WB's largest on a slow line."""
PERIOD_DEPTH_DAYS: Final = 90
"""``orders.period`` serves orders of the last three months; older ones are in the archive."""
STATISTICS_DEPTH_DAYS: Final = 90
FEED_DEPTH_DAYS: Final = 31
FEED_LIMIT: Final = 10_000
"""Rows of one page of the order feed."""

Model = Literal["fbs", "dbs", "dbw", "click_collect"]
"""Model of sale of an assembly order: who stores and who delivers."""
MODELS: Final[tuple[Model, ...]] = ("fbs", "dbs", "dbw", "click_collect")

CARGO_TYPES: Final[Mapping[str, int]] = MappingProxyType({"mgt": 1, "sgt": 2, "kgtPlus": 3})
FINAL_WB_STATUSES: Final = frozenset(
    {
        "sold",
        "canceled",
        "canceled_by_client",
        "declined_by_client",
        "defect",
        "canceled_by_carrier",
        "canceled_by_missed_call",
    }
)
"""An order in one of these changes no more: its status is not asked for again."""
FINAL_SUPPLIER_STATUSES: Final = frozenset(
    {"cancel", "cancel_carrier", "cancel_missed_call", "cancel_shelf_life", "receive", "reject"}
)
