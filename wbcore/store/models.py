"""What is kept, as SQLModel tables. The same on SQLite and PostgreSQL.

Instants of orders are Unix seconds (UTC) in BIGINT, as WB's own ``dateFrom``: they sort and compare the same
on both databases. Instants of our own doings are ``datetime`` with UTC. Money stays in WB's minor units.
"""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from wbcore.settings import DEFAULT_ZONE
from wbcore.store.states import RunStatus


def utc_now() -> datetime:
    return datetime.now(UTC)


class UTCDateTime(TypeDecorator[datetime]):
    """A ``datetime`` that is always aware and in UTC, also on SQLite, which knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


SLOT_S: Final = 21_600
"""Six hours."""


class Stored(SQLModel):
    """What all tables are. Pydantic's part of them, which no row needs, is made when it is asked for."""

    model_config = {"defer_build": True}


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of some rows. To name PostgreSQL here loads its dialect: see ``tell_postgresql``."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), info={_WHERE: where})


_WHERE: Final = "where"
_CLUSTERED: Final = {"sqlite_with_rowid": False}
"""SQLite keeps the rows in the order of their key: half the work for small rows that are read by spans."""


def tell_postgresql() -> None:
    """Completes the indexes, before a schema is made or compared."""
    for table in SQLModel.metadata.tables.values():
        for index in table.indexes:
            if _WHERE in index.info:
                index.dialect_kwargs["postgresql_where"] = text(index.info[_WHERE])


class Seller(Stored, table=True):
    """A seller in one environment. Orders belong to it, whichever key brought them."""

    __tablename__ = "seller"
    __table_args__ = (UniqueConstraint("sid", "environment"),)

    id: int | None = Field(default=None, primary_key=True)
    sid: str
    environment: str
    """production, test (WB's sandbox hosts) or demo (our learning cabinet); never mixed."""
    name: str = ""
    trade_mark: str = ""


class Key(Stored, table=True):
    """A named, stored token. The token is Fernet-encrypted; ``facts`` holds what may be shown of it."""

    __tablename__ = "wb_key"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    seller_id: int = Field(foreign_key="seller.id", index=True)
    environment: str
    token_encrypted: bytes = Field(sa_type=LargeBinary)
    fingerprint: str
    facts: dict[str, Any] = Field(sa_type=JSON)
    verified_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When WB last took the token; None: saved while WB could not be reached."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    token_saved_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


ACTIVE_STATUSES: Final = tuple(map(str, (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)))
_ACTIVE: Final = f"status IN {ACTIVE_STATUSES!r}"
IS_ACTIVE: Final = text(f"import_run.{_ACTIVE}")
"""The condition for imports that are queued, run or wait, in the very words of their index: with bound values
SQLite would go through all imports that ever were."""


class Run(Stored, table=True):
    """One import, from the press of the button to its end. ``cursor`` moves in the page's transaction."""

    __tablename__ = "import_run"
    __table_args__ = (
        # One import of a key at a time: a second press meets this index, not a race.
        _partial("ix_import_run_active", "key_id", where=_ACTIVE, unique=True),
        Index("ix_import_run_key_created", "key_id", "created_at"),
        Index("ix_import_run_key_source", "key_id", "source", "created_at"),
        Index("ix_import_run_created", "created_at"),
        Index("ix_import_run_seller_finished", "seller_id", "source", "status", "finished_at"),
    )

    id: str = Field(primary_key=True)
    key_id: int | None = Field(default=None, foreign_key="wb_key.id", ondelete="SET NULL")
    key_name: str
    seller_id: int = Field(foreign_key="seller.id")
    source: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """date_from, date_to (ISO dates or None), zone (whose days these are), statuses, clients (bool)."""
    status: str = "queued"
    """queued, running, waiting (for WB's quota), done, failed, cancelled."""
    phase: str = ""
    """orders, ended, statuses, deliveries or clients: what is read now; "": nothing yet."""
    cursor: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    fetched: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    requests: int = 0
    pages: int = 0
    waited_s: float = 0.0
    duration_s: float = 0.0
    wait_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    cancel_requested: bool = False
    worker: str = ""
    trigger: str = "button"
    """button, cli, schedule, checklist."""
    started_by: str = ""
    """The user's name; "": the machine's owner, or a schedule."""
    diagnoses: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """Diagnoses without language (``Diagnosis.to_record``)."""


class Order(Stored, table=True):
    """One assembly order of FBS, DBS, DBW or pick-up.

    ``raw`` is WB's row, whole but for its buyer (``OrderPrivate``).
    No foreign key to the seller: PostgreSQL would look it up again for each of a million rows.
    """

    __tablename__ = "wb_order"
    __table_args__ = (
        # Each index ends with the order of the pages (newest first), so no filter of a page has to sort.
        Index("ix_wb_order_created", "seller_id", "created_at", "id"),
        Index("ix_wb_order_supplier_status", "seller_id", "supplier_status", "created_at", "id"),
        Index("ix_wb_order_wb_status", "seller_id", "wb_status", "created_at", "id"),
        Index("ix_wb_order_article", "seller_id", "slot", "article"),
        Index("ix_wb_order_rid", "seller_id", "slot", "rid"),
        _partial(
            "ix_wb_order_open",
            "seller_id",
            "model",
            "id",
            where="is_open",
        ),
        # Most orders are FBS: they need no entry here, so their import writes none.
        _partial(
            "ix_wb_order_model",
            "seller_id",
            "model",
            "created_at",
            "id",
            where="model <> 'fbs'",
        ),
        _partial(
            "ix_wb_order_cross_border",
            "seller_id",
            "id",
            where="cross_border_type = 1",
        ),
    )

    seller_id: int = Field(primary_key=True)
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    digest: int = Field(sa_type=BigInteger)
    """64-bit hash of the row that brought the last news: it is known again without reading ``raw``."""
    supplier_status: str | None = None
    wb_status: str | None = None
    is_open: bool = True
    """Its status can still change: neither status is one of the catalogue's final ones."""
    status_at: int | None = Field(default=None, sa_type=BigInteger)
    """Unix seconds of the answer that brought this status; of a new order: that it is new for its seller."""
    created_at: int = Field(default=0, sa_type=BigInteger)
    """0: WB sent no instant that can be read."""
    slot: int = 0
    """``created_at // SLOT_S``. Articles and rids come at random: an index of them alone is written all over,
    and the millionth order takes three times as long as the first. With the slot first a page's rows meet in
    one small part of the index, and a search looks into one slot after the other, newest first."""
    rid: str | None = None
    order_uid: str | None = None
    article: str | None = None
    nm_id: int | None = Field(default=None, sa_type=BigInteger)
    chrt_id: int | None = Field(default=None, sa_type=BigInteger)
    price: int | None = Field(default=None, sa_type=BigInteger)
    sale_price: int | None = Field(default=None, sa_type=BigInteger)
    converted_price: int | None = Field(default=None, sa_type=BigInteger)
    currency_code: int | None = Field(default=None, sa_type=BigInteger)
    warehouse_id: int | None = Field(default=None, sa_type=BigInteger)
    supply_id: str | None = None
    delivery_type: str | None = None
    cargo_type: int | None = Field(default=None, sa_type=BigInteger)
    cross_border_type: int | None = Field(default=None, sa_type=BigInteger)
    model: str = Field(default="fbs", sa_column_kwargs={"server_default": "fbs"})
    """The model of sale: fbs, dbs, dbw or click_collect; by whose methods WB tells its status."""
    delivery_date: str | None = None
    """DBS and DBW: the buyer's day, as WB sends it (``2026-11-26``), and the hours of it (``11:00``)."""
    delivery_from: str | None = None
    delivery_to: str | None = None
    barcode: str | None = None
    """The first of the row's ``skus``."""
    office: str | None = None
    """Names of WB's offices that take it, as WB lists them: ``offices``."""
    required_meta: str | None = None
    """What has to be told of it before delivery (``sgtin,imei``); "": nothing; None: WB has not said."""
    is_zero: bool | None = None
    """A zero order, as WB marks it."""
    is_b2b: bool | None = None
    raw: bytes = Field(sa_type=LargeBinary)


class OrderValue(Stored, table=True):
    """A value that a seller's orders have in some field, and in which slots: articles, barcodes, warehouses.

    A seller has a few thousand of these, however many orders: a part of an article is looked for here, and
    then the orders of the articles that were found, in the slots that can hold them.
    """

    __tablename__ = "order_value"

    seller_id: int = Field(primary_key=True)
    field: str = Field(primary_key=True)
    """article, barcode, nm_id, office, warehouse_id, supply_id."""
    value: str = Field(primary_key=True)
    article: str = Field(default="", primary_key=True)
    """Of a barcode and of WB's article: the seller's article that orders are found by; else ""."""
    folded: str = ""
    """``value`` in small letters: databases fold those of ASCII alone."""
    first_slot: int
    last_slot: int


class OrderNumber(Stored, table=True):
    """The numbers of a seller's orders of one slot, one after the other: parts of numbers are looked up here.

    Whose instant WB has changed stands in both slots; the order itself says which one is true.
    """

    __tablename__ = "order_number"

    slot: int = Field(primary_key=True)
    seller_id: int = Field(primary_key=True)
    numbers: str = Field(sa_type=Text)
    """Each with a space behind it."""


class OrderStatusChange(Stored, table=True):
    """When a status was first seen: answers "when did it become sold"."""

    __tablename__ = "order_status_change"
    __table_args__ = (
        Index("ix_order_status_change_order", "seller_id", "order_id", "at"),
        _partial(
            "ix_order_status_change_lost",
            "seller_id",
            "at",
            where="is_lost",
        ),
        _partial(
            "ix_order_status_change_taken",
            "seller_id",
            "taken",
            "made",
            "order_id",
            where="taken IS NOT NULL",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    seller_id: int
    order_id: int = Field(sa_type=BigInteger)
    supplier_status: str | None = None
    wb_status: str | None = None
    at: int = Field(sa_type=BigInteger)
    is_lost: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """A cancellation of an order that was alive when it was looked at before."""
    taken: int | None = None
    """Where the order was seen to go into assembly, and not back again: how soon (``OrderWait.hours``)."""
    made: int | None = Field(default=None, sa_type=BigInteger)
    """Of the same: Unix seconds of the order's creation, so that lists read it in their order."""


class OrderClient(Stored, table=True):
    """A buyer's name and phones, of the orders that WB tells them of: personal data, encrypted JSON."""

    __tablename__ = "order_client"

    seller_id: int = Field(foreign_key="seller.id", primary_key=True)
    order_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    data_encrypted: bytes = Field(sa_type=LargeBinary)


class OrderPrivate(Stored, table=True):
    """What an order's row says of its buyer (address, comment): taken out of ``raw``, encrypted JSON."""

    __tablename__ = "order_private"

    seller_id: int = Field(primary_key=True)
    order_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    data_encrypted: bytes = Field(sa_type=LargeBinary)


class StatisticsOrder(Stored, table=True):
    """One row of the statistics report; ``srid`` equals the order's ``rid``."""

    __tablename__ = "statistics_order"
    __table_args__ = (
        Index("ix_statistics_order_date", "seller_id", "date", "srid"),
        Index("ix_statistics_order_article", "seller_id", "article", "date", "srid"),
        _partial(
            "ix_statistics_order_cancelled",
            "seller_id",
            "date",
            "srid",
            where="is_cancel",
        ),
    )

    seller_id: int = Field(primary_key=True)
    srid: str = Field(primary_key=True)
    digest: int = Field(sa_type=BigInteger)
    is_cancel: bool = False
    date: int = Field(default=0, sa_type=BigInteger)
    """0: WB sent no instant that can be read."""
    last_change_date: int | None = Field(default=None, sa_type=BigInteger)
    cancel_date: int | None = Field(default=None, sa_type=BigInteger)
    article: str | None = None
    nm_id: int | None = Field(default=None, sa_type=BigInteger)
    barcode: str | None = None
    warehouse_name: str | None = None
    region_name: str | None = None
    total_price: int | None = Field(default=None, sa_type=BigInteger)
    """Kopecks: WB sends roubles with decimals here."""
    price_with_disc: int | None = Field(default=None, sa_type=BigInteger)
    finished_price: int | None = Field(default=None, sa_type=BigInteger)
    raw: bytes = Field(sa_type=LargeBinary)


class FeedOrder(Stored, table=True):
    """One row of the order feed: an order of any model of sale, paid or not; ``srid`` is its ``rid``."""

    __tablename__ = "feed_order"
    __table_args__ = (
        Index("ix_feed_order_created", "seller_id", "created_at", "srid"),
        Index("ix_feed_order_status", "seller_id", "status", "created_at", "srid"),
        Index("ix_feed_order_updated", "seller_id", "updated_at", "status"),
    )

    seller_id: int = Field(primary_key=True)
    srid: str = Field(primary_key=True)
    digest: int = Field(sa_type=BigInteger)
    created_at: int = Field(default=0, sa_type=BigInteger)
    """0: WB sent no instant that can be read."""
    updated_at: int | None = Field(default=None, sa_type=BigInteger)
    """When it came into its status."""
    nm_id: int | None = Field(default=None, sa_type=BigInteger)
    chrt_id: int | None = Field(default=None, sa_type=BigInteger)
    status: str | None = None
    """created, buyout, cancel, return, returnDefective."""
    cancel_type: str | None = None
    warehouse_name: str | None = None
    warehouse_region: str | None = None
    city: str | None = None
    district: str | None = None
    currency: str | None = None
    """As the report names it: RUB."""
    is_mp: bool = False
    """From the seller's own warehouse."""
    is_b2b: bool = False
    seller_price: int | None = Field(default=None, sa_type=BigInteger)
    """In 1/100 of ``currency``: WB sends decimals here."""
    raw: bytes = Field(sa_type=LargeBinary)


class OrderCounter(Stored, table=True):
    """How many orders a seller has in each status; kept in the page's transaction, so pages never count."""

    __tablename__ = "order_counter"

    seller_id: int = Field(foreign_key="seller.id", primary_key=True)
    kind: str = Field(primary_key=True)
    """A model of sale (fbs, dbs, dbw, click_collect), statistics or order_feed. Cancelled rows of statistics
    are counted under supplier_status "cancel", rows of the feed under their one status."""
    supplier_status: str = Field(default="", primary_key=True)
    wb_status: str = Field(default="", primary_key=True)
    count: int = 0


class OrderHour(Stored, table=True):
    """How many assembly orders an hour has brought, and for how much, by where they stand now.

    This and the next three are kept by the writers in the page's transaction (``orders/tallies.py``).
    """

    __tablename__ = "order_hour"
    __table_args__ = (
        # The oldest order that waits, without a look at those that don't.
        _partial(
            "ix_order_hour_waiting",
            "seller_id",
            "hour",
            where="count > 0 AND stage IN ('new', 'assembly')",
        ),
    )

    seller_id: int = Field(primary_key=True)
    hour: int = Field(primary_key=True)
    """Of the orders' creation: hours since 1970 (UTC)."""
    model: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    """new, assembly, moving, sold, cancelled; "": not known yet."""
    currency: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """ISO 4217, numeric; 0: WB named none."""
    count: int = 0
    amount: int = Field(default=0, sa_type=BigInteger)
    """Sum of the prices in minor units."""


class OrderDay(Stored, table=True):
    """The same by Moscow's day for each article and each warehouse."""

    __tablename__ = "order_day"
    __table_args__ = _CLUSTERED

    seller_id: int = Field(primary_key=True)
    day: int = Field(primary_key=True)
    """Days since 1970."""
    kind: str = Field(primary_key=True)
    """article or warehouse."""
    name: str = Field(primary_key=True)
    currency: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    count: int = 0
    amount: int = Field(default=0, sa_type=BigInteger)
    cancelled: int = 0


class OrderWeek(Stored, table=True):
    """Seven of these days together: a month of all articles is read as four weeks and some days."""

    __tablename__ = "order_week"
    __table_args__ = _CLUSTERED

    seller_id: int = Field(primary_key=True)
    week: int = Field(primary_key=True)
    """``day // 7``."""
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    currency: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    count: int = 0
    amount: int = Field(default=0, sa_type=BigInteger)
    cancelled: int = 0


class OrderWait(Stored, table=True):
    """How soon orders were seen in assembly after they were made."""

    __tablename__ = "order_wait"

    seller_id: int = Field(primary_key=True)
    hour: int = Field(primary_key=True)
    """Of the orders' creation."""
    model: str = Field(primary_key=True)
    hours: int = Field(primary_key=True)
    """Within so many hours; 0: longer (``tallies.WAITS_H``)."""
    count: int = 0


class RejectedRow(Stored, table=True):
    """A row that could not be read, kept whole and once, with the reason. Never dropped."""

    __tablename__ = "rejected_row"
    __table_args__ = (UniqueConstraint("seller_id", "source", "digest"),)

    id: int | None = Field(default=None, primary_key=True)
    seller_id: int = Field(foreign_key="seller.id")
    run_id: str
    """The import in which it first came."""
    source: str
    reason: str
    digest: int = Field(sa_type=BigInteger)
    raw: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class RejectedRowRun(Stored, table=True):
    """An import in which a row could not be read: the same row comes again with each import."""

    __tablename__ = "rejected_row_run"
    __table_args__ = (Index("ix_rejected_row_run_row", "row_id"),)

    run_id: str = Field(primary_key=True)
    row_id: int = Field(foreign_key="rejected_row.id", primary_key=True, ondelete="CASCADE")


class CapabilityState(Stored, table=True):
    """What is known of one method for one key, and from where."""

    __tablename__ = "capability_state"

    key_id: int = Field(foreign_key="wb_key.id", primary_key=True, ondelete="CASCADE")
    capability: str = Field(primary_key=True)
    status: str
    """ok, denied, error, unknown."""
    evidence: str
    """token or probe."""
    latency_ms: int | None = None
    checked_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    since: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    """When it got this status."""
    worked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When WB last answered it, with whichever token; None: never."""
    diagnosis: dict[str, Any] | None = Field(default=None, sa_type=JSON)


class CapabilityChange(Stored, table=True):
    """Every change of a capability, kept 400 days."""

    __tablename__ = "capability_change"
    __table_args__ = (Index("ix_capability_change_key", "key_id", "capability", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    key_id: int = Field(foreign_key="wb_key.id", ondelete="CASCADE")
    capability: str
    status: str
    evidence: str
    latency_ms: int | None = None
    code: str = ""
    at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class Checklist(Stored, table=True):
    """A diagnosis to solve: created when found, updated when it changes, closed when solved."""

    __tablename__ = "checklist"
    __table_args__ = (
        _partial(
            "ix_checklist_open",
            "key_id",
            "code",
            "subject",
            where="closed_at IS NULL",
            unique=True,
        ),
        # NULL is like no other NULL: an incident, which has no key, needs an index of its own.
        _partial(
            "ix_checklist_incident",
            "code",
            "subject",
            where="closed_at IS NULL AND key_id IS NULL",
            unique=True,
        ),
    )

    id: str = Field(primary_key=True)
    """Random: part of a link that an operator may send on."""
    key_id: int | None = Field(default=None, foreign_key="wb_key.id", ondelete="CASCADE")
    """None: an incident, which concerns its ``members``."""
    code: str
    subject: str = ""
    """Capability id or category that it is about; of an incident its environment and what it is about."""
    environment: str = ""
    severity: str
    diagnosis: dict[str, Any] = Field(sa_type=JSON)
    run_id: str | None = None
    """The failed import that "Повторить импорт" repeats."""
    ticks: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """step id -> {"done": bool, "who": str, "at": ISO instant}."""
    members: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """Of an incident: key_id, method, since, last (ISO instants), run_id."""
    route: str = ""
    """The way out that an operator has chosen, where there are several."""
    past: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """What became of it before: {"event", "at" (ISO instant), "who", "word"}, oldest first."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    opened_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    """When it was opened the last time."""
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    """When the problem was met last."""
    snoozed_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Acknowledged: quiet until then, also when it goes and comes back in between."""
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended: str = ""
    """How, by ``guidance.checklist``: solved, healed, replaced, removed, dismissed, merged or overtaken."""
    solved_by: str = ""
    reminded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ChecklistKey(Stored, table=True):
    """Whom an incident concerns, by key: what a limit of sellers asks for."""

    __tablename__ = "checklist_key"

    checklist_id: str = Field(primary_key=True, foreign_key="checklist.id", ondelete="CASCADE")
    key_id: int = Field(primary_key=True, foreign_key="wb_key.id", ondelete="CASCADE", index=True)


class PickingSheet(Stored, table=True):
    """A list by which orders are picked, as it was made: by whom, when, of which orders."""

    __tablename__ = "picking_sheet"
    __table_args__ = (Index("ix_picking_sheet_seller", "seller_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    seller_id: int = Field(foreign_key="seller.id", ondelete="CASCADE")
    choice: str
    """Which orders were asked for: new, assembly or both."""
    orders: int = 0
    lines: int = 0
    left_out: bool = False
    """There were more orders than a list takes."""
    made_by: str = ""
    """The user's name; "": the machine's owner."""
    made_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class PickingLine(Stored, table=True):
    """What is to be fetched from one place: so many of one barcode."""

    __tablename__ = "picking_line"

    sheet_id: int = Field(foreign_key="picking_sheet.id", primary_key=True, ondelete="CASCADE")
    number: int = Field(primary_key=True)
    """Its place in the list, from 1 on."""
    seller_id: int
    model: str
    warehouse_id: int | None = Field(default=None, sa_type=BigInteger)
    office: str = ""
    """Where WB wants the goods to be brought, as WB names it."""
    article: str = ""
    size: str = ""
    """As the statistics name it; "": they know none."""
    barcode: str = ""
    nm_id: int | None = Field(default=None, sa_type=BigInteger)
    quantity: int = 0
    marking: str = ""
    """WB's names of the codes that are needed (sgtin, imei), with commas."""
    comments: int = 0
    """Orders with a buyer's comment."""
    oldest_at: int = Field(default=0, sa_type=BigInteger)
    """Unix seconds of its oldest order; 0: not known."""


class PickingOrder(Stored, table=True):
    """An order of a list."""

    __tablename__ = "picking_order"
    __table_args__ = (Index("ix_picking_order_order", "seller_id", "order_id"),)

    sheet_id: int = Field(foreign_key="picking_sheet.id", primary_key=True, ondelete="CASCADE")
    order_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    seller_id: int
    line: int
    has_comment: bool = False


class Quota(Stored, table=True):
    """A seller's bucket for a group of methods, shared by all processes (GCRA: an instant is the bucket)."""

    __tablename__ = "quota"

    seller: str = Field(primary_key=True)
    group: str = Field(primary_key=True)
    tat: float = 0.0
    """Theoretical arrival time, Unix seconds."""
    span_s: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    """How long the largest burst takes that the bucket has been asked for: it can't be ahead by much more."""
    blocked_until: float = 0.0
    """Unix seconds; from X-Ratelimit-Retry."""
    block_s: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    """How long the last block was: the next one without a word of WB's is longer, and none lasts longer."""


class Worker(Stored, table=True):
    """A process that takes queued imports, with its heartbeat."""

    __tablename__ = "worker"

    id: str = Field(primary_key=True)
    """Also its dbos executor id."""
    host: str
    pid: int
    started_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    heartbeat_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class Preference(Stored, table=True):
    """What an operator has chosen for themselves: ``lang``, ``zone``."""

    __tablename__ = "preference"

    user_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """0: where nobody signs in."""
    name: str = Field(primary_key=True)
    value: str


class Value(Stored, table=True):
    """Small settings of the installation that all processes share."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_type=JSON)


class Schedule(Stored, table=True):
    """An import that repeats. One for each key and source."""

    __tablename__ = "schedule"
    __table_args__ = (
        UniqueConstraint("key_id", "source"),
        Index("ix_schedule_next", "enabled", "paused_reason", "next_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key_id: int = Field(foreign_key="wb_key.id", ondelete="CASCADE")
    source: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """As ``Run.params``; no dates: an import finds its own beginning."""
    every_minutes: int | None = None
    daily_at: str | None = None
    """``hh:mm`` of the zone ``tz``; either this or ``every_minutes``."""
    tz: str = DEFAULT_ZONE
    enabled: bool = True
    """What the operator wants."""
    paused_reason: str = ""
    """Code of the diagnosis that stopped it, or ``not_a_zone``; "": it goes on."""
    paused_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    retry_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a failure that may have passed is tried once more; None: only a solved checklist goes on."""
    checklist_id: str | None = None
    """The way out of ``paused_reason``."""
    failures: int = 0
    """Failures that may pass, in a row."""
    next_at: datetime = Field(sa_type=UTCDateTime)
    last_run_id: str | None = None
    settled: bool = True
    """What became of ``last_run_id`` has been looked at."""
    skipped: int = 0
    """Imports that were left out before the last one: nobody worked, or the key had other ones to do."""
    skipped_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the first of these was due."""


class AlertChannel(Stored, table=True):
    """Where alerts go: an apprise address, which is a secret, Fernet-encrypted."""

    __tablename__ = "alert_channel"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    url_encrypted: bytes = Field(sa_type=LargeBinary)
    shown: str
    """What may be shown of the address: its schema and dots."""
    lang: str = "ru"
    enabled: bool = True
    quiet_from: str | None = None
    quiet_to: str | None = None
    """``hh:mm`` of ``tz``; alerts of these hours are held until their end. None: no quiet hours."""
    tz: str = DEFAULT_ZONE
    error: str = ""
    """Code of the last failure, without a secret; "": the last message arrived."""
    error_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class Alert(Stored, table=True):
    """One message about one checklist to one channel: the unique key makes it exactly one."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("channel_id", "checklist_id", "event"),
        Index("ix_alert_due", "status", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="alert_channel.id", ondelete="CASCADE")
    checklist_id: str = Field(foreign_key="checklist.id", ondelete="CASCADE")
    event: str
    """opened, solved or reminder-<instant>; of a former time of the problem with the instant of its end."""
    status: str = "pending"
    """pending, sent, failed (given up), void (so no more before it was told)."""
    due_at: datetime = Field(sa_type=UTCDateTime)
    attempts: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class DayRule(Stored, table=True):
    """Which messages of the day a seller's people want; none of these rows: no messages."""

    __tablename__ = "day_rule"

    seller_id: int = Field(
        sa_column=Column(ForeignKey("seller.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    news_minutes: int | None = None
    """New orders: 0 at once, else no more often than so; None: not told."""
    waiting_hours: int | None = None
    """An order that is still new after so long; None: not told."""
    cancelled: bool = False
    """Orders that were cancelled after a list with them was printed."""
    summary_at: str | None = None
    """``hh:mm`` of ``tz``: what the day has brought; None: not told."""
    silent_hours: int | None = None
    """No import has ended well for so long; None: not told."""
    quiet_from: str | None = None
    quiet_to: str | None = None
    """``hh:mm`` of ``tz``; messages of these hours are held until their end. None: no quiet hours."""
    tz: str = DEFAULT_ZONE
    since: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    """When it was made: what was before is told to nobody."""
    news_to: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    """Imports that ended until then have been told."""
    news_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When new orders were told last."""


class DayTold(Stored, table=True):
    """An order of which something has been told: once is enough, whichever worker looks."""

    __tablename__ = "day_told"
    __table_args__ = (Index("ix_day_told_at", "at"),)

    seller_id: int = Field(
        sa_column=Column(ForeignKey("seller.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    kind: str = Field(primary_key=True)
    """waiting or cancelled; news: of the seconds that two imports may share."""
    order_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_type=UTCDateTime)


class DayMessage(Stored, table=True):
    """One message of the day to one channel: the unique key makes it exactly one."""

    __tablename__ = "day_message"
    __table_args__ = (
        UniqueConstraint("channel_id", "seller_id", "kind", "event"),
        Index("ix_day_message_due", "status", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="alert_channel.id", ondelete="CASCADE")
    seller_id: int = Field(foreign_key="seller.id", ondelete="CASCADE")
    kind: str
    """news, waiting, cancelled, summary or silence."""
    event: str
    """What it is about: of one kind and event a channel hears once."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What is told, without language and without buyers."""
    status: str = "pending"
    """pending, sent, failed (given up), void (so no more before it was told)."""
    due_at: datetime = Field(sa_type=UTCDateTime)
    attempts: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Lease(Stored, table=True):
    """Who does what only one process may do at a time, and until when, by the database's clock."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_type=UTCDateTime)


class Chore(Stored, table=True):
    """A recurring duty of the installation, done by whoever has its lease."""

    __tablename__ = "chore"

    name: str = Field(primary_key=True)
    due_at: datetime = Field(sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Checkup(Stored, table=True):
    """A wish that a key's health be checked by a worker: one a key, whoever and how many wish it."""

    __tablename__ = "checkup"

    key_id: int = Field(foreign_key="wb_key.id", primary_key=True, ondelete="CASCADE")
    reason: str
    """button, failure or schedule."""
    requested_at: datetime = Field(sa_type=UTCDateTime)
    state: str = "waiting"
    """waiting (until somebody has checked), done, failed (we could not ask)."""
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Of the last check."""


class LatencySample(Stored, table=True):
    """How long WB took to answer, summed up by the hour (by the day when older)."""

    __tablename__ = "latency"

    key_id: int = Field(foreign_key="wb_key.id", primary_key=True, ondelete="CASCADE")
    capability: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(UTCDateTime, primary_key=True))
    """Start of the hour, or of the day (UTC)."""
    count: int = 0
    total_ms: int = Field(default=0, sa_type=BigInteger)
    max_ms: int = 0


class RequestCount(Stored, table=True):
    """Requests sent to one host since the beginning, for the metrics."""

    __tablename__ = "request_count"

    host: str = Field(primary_key=True)
    """Label of the host, in the test environment ``<label>-sandbox``, of the learning cabinet ``demo``."""
    sent: int = Field(default=0, sa_type=BigInteger)
    refused: int = Field(default=0, sa_type=BigInteger)
    """Answers 429."""


class User(Stored, table=True):
    """Somebody who may open the dashboard. Whoever sits at the machine itself needs none of these."""

    __tablename__ = "app_user"
    __table_args__ = (UniqueConstraint("oidc_issuer", "oidc_subject"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    role: str
    """viewer, operator or owner."""
    sees_buyers: bool = False
    limited: bool = False
    """Knows of the sellers in ``app_user_seller`` alone, be there none."""
    password_hash: str | None = None
    """argon2id as a PHC string; None: signs in elsewhere."""
    oidc_issuer: str | None = None
    oidc_subject: str | None = None
    """Who this is at an OpenID provider."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    created_by: str = ""


class UserSeller(Stored, table=True):
    """A seller that a limited user knows of."""

    __tablename__ = "app_user_seller"

    user_id: int = Field(foreign_key="app_user.id", primary_key=True, ondelete="CASCADE")
    seller_id: int = Field(foreign_key="seller.id", primary_key=True, ondelete="CASCADE")


class UserSession(Stored, table=True):
    """Somebody is signed in, in one browser. The id in the cookie is random; its hash is kept here."""

    __tablename__ = "app_session"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    """SHA-256 of what the cookie holds."""
    user_id: int = Field(foreign_key="app_user.id", ondelete="CASCADE", index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    seen_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    address: str = ""
    browser: str = ""


class SignInFailure(Stored, table=True):
    """Wrong passwords in a row, of an account or from an address."""

    __tablename__ = "sign_in_failure"

    subject: str = Field(primary_key=True)
    """``account:<hash of the name>`` or ``address:<address>``."""
    count: int = 0
    last_at: datetime = Field(sa_type=UTCDateTime)


class AuditEntry(Stored, table=True):
    """Something that was done, or tried. Rows are added, never changed: the database itself refuses that."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_type=UTCDateTime)
    user_id: int | None = None
    who: str = ""
    """The user's name at that time; "": the machine's owner."""
    origin: str = ""
    """An address, ``cli``, ``worker``."""
    action: str
    subject: str = ""
    outcome: str
    """done, refused or failed."""
    details: str = "{}"
    """JSON, as it was hashed."""
    digest: str
    """SHA-256 over the entry before and this one: an entry that is changed or gone breaks the chain."""


class AuditHead(Stored, table=True):
    """The end of the chain: one row; whoever appends locks it first, so that entries come one by one."""

    __tablename__ = "audit_head"

    id: int = Field(default=1, primary_key=True)
    last_id: int = Field(default=0, sa_type=BigInteger)
    digest: str = ""


class Kept(Stored, table=True):
    """What somebody has kept for themselves: a view of the orders, chosen columns, a profile of a file."""

    __tablename__ = "app_kept"
    __table_args__ = (Index("ix_app_kept_user", "user_id", "kind", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int | None = Field(default=None, foreign_key="app_user.id", ondelete="CASCADE")
    """None: whoever uses a dashboard without sign-in."""
    kind: str
    """view, columns, profile."""
    name: str = ""
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class UserFile(Stored, table=True):
    """A file that somebody has asked for: made by a worker, taken by who asked, erased after a day."""

    __tablename__ = "app_file"
    __table_args__ = (Index("ix_app_file_user", "user_id", "asked_at"),)

    id: str = Field(primary_key=True)
    """Random; also the name of the file in the folder ``files``."""
    user_id: int | None = Field(default=None, foreign_key="app_user.id", ondelete="CASCADE")
    """Whose it is; None: whoever uses a dashboard without sign-in."""
    origin: str = ""
    """From where it was asked for; for the audit."""
    kind: str
    """Which maker makes it."""
    wish: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What it is to hold, as its maker reads it."""
    name: str
    """What the browser saves it as."""
    mime: str
    place: str
    """The data folder that it stands in: workers of other folders leave it alone."""
    state: str = "queued"
    """queued, making, ready, failed; a cancelled one is removed."""
    problem: str = ""
    rows: int = Field(default=0, sa_type=BigInteger)
    size: int = Field(default=0, sa_type=BigInteger)
    """Bytes."""
    sellers: list[int] | None = Field(default=None, sa_type=JSON)
    """Ids of the only sellers that may be in it; None: all. Who knows of fewer by now does not get it."""
    asked_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    changed_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    """While it is made, a sign of life."""
    expires_at: datetime = Field(sa_type=UTCDateTime, index=True)


class FileOrder(Stored, table=True):
    """A file of orders that is made by itself each day, and where it goes."""

    __tablename__ = "file_order"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    user_id: int | None = Field(default=None, foreign_key="app_user.id", ondelete="CASCADE")
    """As whom it is made, with that user's sellers; None: the machine's owner."""
    profile: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    view: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The filters, as a page's address has them."""
    lang: str = "ru"
    daily_at: str
    """``hh:mm`` of ``tz``."""
    tz: str = DEFAULT_ZONE
    folder: str = ""
    """A folder of the worker's machine; "": none."""
    channel_id: int | None = Field(default=None, foreign_key="alert_channel.id", ondelete="SET NULL")
    enabled: bool = True
    next_at: datetime = Field(sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    rows: int | None = None
    error: str = ""
    """Code of the last failure; "": it went well."""
