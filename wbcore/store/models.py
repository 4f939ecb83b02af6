"""What is kept, as SQLModel tables. The same on SQLite and PostgreSQL.

Instants of orders are Unix seconds (UTC) in BIGINT, as WB's own ``dateFrom``: they sort and compare the same
on both databases. Instants of our own doings are ``datetime`` with UTC. Money stays in WB's minor units.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    LargeBinary,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel


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


class Seller(SQLModel, table=True):
    """A seller in one environment. Orders belong to it, whichever key brought them."""

    __tablename__ = "seller"
    __table_args__ = (UniqueConstraint("sid", "environment"),)

    id: int | None = Field(default=None, primary_key=True)
    sid: str
    environment: str
    """production, test (WB's sandbox hosts) or demo (our learning cabinet); never mixed."""
    name: str = ""
    trade_mark: str = ""


class Key(SQLModel, table=True):
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


class Run(SQLModel, table=True):
    """One import, from the press of the button to its end. ``cursor`` moves in the page's transaction."""

    __tablename__ = "import_run"
    __table_args__ = (
        # One import of a key at a time: a second press meets this index, not a race.
        Index(
            "ix_import_run_active",
            "key_id",
            unique=True,
            sqlite_where=text("status IN ('queued', 'running', 'waiting')"),
            postgresql_where=text("status IN ('queued', 'running', 'waiting')"),
        ),
        Index("ix_import_run_key_created", "key_id", "created_at"),
        Index("ix_import_run_created", "created_at"),
        Index("ix_import_run_seller_finished", "seller_id", "source", "status", "finished_at"),
    )

    id: str = Field(primary_key=True)
    key_id: int | None = Field(default=None, foreign_key="wb_key.id", ondelete="SET NULL")
    key_name: str
    seller_id: int = Field(foreign_key="seller.id")
    source: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """date_from, date_to (ISO dates or None), statuses, clients (bool)."""
    status: str = "queued"
    """queued, running, waiting (for WB's quota), done, failed, cancelled."""
    phase: str = ""
    """orders, statuses, clients; what the progress bar is about."""
    cursor: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    fetched: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    requests: int = 0
    pages: int = 0
    planned_requests: int | None = None
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
    diagnoses: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """Diagnoses without language (``Diagnosis.to_record``)."""


ACTIVE_STATUSES = ("queued", "running", "waiting")


class Order(SQLModel, table=True):
    """One assembly order of FBS, DBS, DBW or pick-up. ``raw`` is WB's row, whole.

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
        Index(
            "ix_wb_order_open",
            "seller_id",
            "id",
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
        Index(
            "ix_wb_order_cross_border",
            "seller_id",
            "id",
            sqlite_where=text("cross_border_type = 1"),
            postgresql_where=text("cross_border_type = 1"),
        ),
    )

    seller_id: int = Field(primary_key=True)
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    digest: int = Field(sa_type=BigInteger)
    """64-bit hash of ``raw``: an unchanged row is known without reading it."""
    supplier_status: str | None = None
    wb_status: str | None = None
    is_open: bool = True
    """Its status can still change: neither status is one of the catalogue's final ones."""
    status_at: int | None = Field(default=None, sa_type=BigInteger)
    """Unix seconds of the answer that brought this status."""
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
    raw: bytes = Field(sa_type=LargeBinary)


class OrderStatusChange(SQLModel, table=True):
    """When a status was first seen: answers "when did it become sold"."""

    __tablename__ = "order_status_change"
    __table_args__ = (Index("ix_order_status_change_order", "seller_id", "order_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    seller_id: int
    order_id: int = Field(sa_type=BigInteger)
    supplier_status: str | None = None
    wb_status: str | None = None
    at: int = Field(sa_type=BigInteger)


class OrderClient(SQLModel, table=True):
    """A buyer's name and phone (cross-border orders only): personal data, Fernet-encrypted JSON."""

    __tablename__ = "order_client"

    seller_id: int = Field(foreign_key="seller.id", primary_key=True)
    order_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    data_encrypted: bytes = Field(sa_type=LargeBinary)


class StatisticsOrder(SQLModel, table=True):
    """One row of the statistics report; ``srid`` equals the order's ``rid``."""

    __tablename__ = "statistics_order"
    __table_args__ = (
        Index("ix_statistics_order_date", "seller_id", "date", "srid"),
        Index("ix_statistics_order_article", "seller_id", "article", "date", "srid"),
        Index(
            "ix_statistics_order_cancelled",
            "seller_id",
            "date",
            "srid",
            sqlite_where=text("is_cancel"),
            postgresql_where=text("is_cancel"),
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


class OrderCounter(SQLModel, table=True):
    """How many orders a seller has in each status; kept in the page's transaction, so pages never count."""

    __tablename__ = "order_counter"

    seller_id: int = Field(foreign_key="seller.id", primary_key=True)
    kind: str = Field(primary_key=True)
    """fbs or statistics. Cancelled rows of statistics are counted under supplier_status "cancel"."""
    supplier_status: str = Field(default="", primary_key=True)
    wb_status: str = Field(default="", primary_key=True)
    count: int = 0


class RejectedRow(SQLModel, table=True):
    """A row that could not be read, kept whole with the reason. Never dropped."""

    __tablename__ = "rejected_row"
    __table_args__ = (
        UniqueConstraint("seller_id", "source", "digest"),
        Index("ix_rejected_row_run", "run_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    seller_id: int = Field(foreign_key="seller.id")
    run_id: str
    source: str
    reason: str
    digest: int = Field(sa_type=BigInteger)
    raw: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class CapabilityState(SQLModel, table=True):
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
    diagnosis: dict[str, Any] | None = Field(default=None, sa_type=JSON)


class CapabilityChange(SQLModel, table=True):
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


class Checklist(SQLModel, table=True):
    """A diagnosis to solve: created when found, updated when it changes, closed when solved."""

    __tablename__ = "checklist"
    __table_args__ = (
        Index(
            "ix_checklist_open",
            "key_id",
            "code",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    """Random: part of a link that an operator may send on."""
    key_id: int | None = Field(default=None, foreign_key="wb_key.id", ondelete="CASCADE")
    code: str
    subject: str = ""
    """Capability id or category that it is about."""
    severity: str
    diagnosis: dict[str, Any] = Field(sa_type=JSON)
    run_id: str | None = None
    """The failed import that "Повторить импорт" repeats."""
    ticks: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """step id -> {"done": bool, "who": str, "at": ISO instant}."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    solved_by: str = ""


class Quota(SQLModel, table=True):
    """A seller's bucket for a group of methods, shared by all processes (GCRA: an instant is the bucket)."""

    __tablename__ = "quota"

    seller: str = Field(primary_key=True)
    group: str = Field(primary_key=True)
    tat: float = 0.0
    """Theoretical arrival time, Unix seconds."""
    blocked_until: float = 0.0
    """Unix seconds; from X-Ratelimit-Retry."""


class Worker(SQLModel, table=True):
    """A process that takes queued imports, with its heartbeat."""

    __tablename__ = "worker"

    id: str = Field(primary_key=True)
    """Also its dbos executor id."""
    host: str
    pid: int
    started_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)
    heartbeat_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class Value(SQLModel, table=True):
    """Small settings of the installation that all processes share."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_type=JSON)


class Schedule(SQLModel, table=True):
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
    tz: str = "Europe/Moscow"
    enabled: bool = True
    """What the operator wants."""
    paused_reason: str = ""
    """Code of the diagnosis that stopped it; "": it goes on."""
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


class AlertChannel(SQLModel, table=True):
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
    tz: str = "Europe/Moscow"
    error: str = ""
    """Code of the last failure, without a secret; "": the last message arrived."""
    error_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UTCDateTime)


class Alert(SQLModel, table=True):
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
    """opened or solved."""
    status: str = "pending"
    """pending, sending, sent, failed (given up), void (solved before it was told)."""
    due_at: datetime = Field(sa_type=UTCDateTime)
    attempts: int = 0
    claim: str = ""
    """Who is sending it."""
    claimed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Chore(SQLModel, table=True):
    """A recurring duty of the installation: whichever worker moves ``due_at`` on does it this time."""

    __tablename__ = "chore"

    name: str = Field(primary_key=True)
    due_at: datetime = Field(sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Checkup(SQLModel, table=True):
    """A wish that a key's health be checked by a worker: one a key, whoever and how many wish it."""

    __tablename__ = "checkup"

    key_id: int = Field(foreign_key="wb_key.id", primary_key=True, ondelete="CASCADE")
    reason: str
    """button, failure or schedule."""
    requested_at: datetime = Field(sa_type=UTCDateTime)
    claimed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Of the last check; it waits or runs while this is before ``requested_at``."""


class LatencySample(SQLModel, table=True):
    """How long WB took to answer, summed up by the hour (by the day when older)."""

    __tablename__ = "latency"

    key_id: int = Field(foreign_key="wb_key.id", primary_key=True, ondelete="CASCADE")
    capability: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(UTCDateTime, primary_key=True))
    """Start of the hour, or of the day (UTC)."""
    count: int = 0
    total_ms: int = Field(default=0, sa_type=BigInteger)
    max_ms: int = 0


class RequestCount(SQLModel, table=True):
    """Requests sent to one host since the beginning, for the metrics."""

    __tablename__ = "request_count"

    host: str = Field(primary_key=True)
    """Label of the host, in the test environment ``<label>-sandbox``, of the learning cabinet ``demo``."""
    sent: int = Field(default=0, sa_type=BigInteger)
    refused: int = Field(default=0, sa_type=BigInteger)
    """Answers 429."""
