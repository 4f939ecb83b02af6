"""The contract's JSON shapes, strict: a type that differs or a field that is missing is an error.

More fields may be added, so unknown ones are let through.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
Kind = Literal["basic", "test", "personal", "service", "unknown"]
Category = Literal[
    "content",
    "analytics",
    "prices",
    "marketplace",
    "statistics",
    "promotion",
    "feedbacks",
    "chat",
    "supplies",
    "returns",
    "documents",
    "finance",
    "users",
]
Code = Literal[
    "scope_missing",
    "token_expired",
    "token_expiring",
    "token_malformed",
    "token_withdrawn",
    "token_read_only",
    "wrong_environment",
    "token_type_not_allowed",
    "seller_mismatch",
    "access_denied",
    "payment_required",
    "rate_limited",
    "endpoint_retired",
    "method_disabled",
    "bad_request",
    "wb_unavailable",
    "network_unreachable",
    "unexpected_response",
    "unknown",
]
Source = Literal["new", "period", "archive", "statistics", "dbs", "dbw", "click_collect", "all", "order_feed"]
Health = Literal["ok", "warning", "error"]


class Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class Step(Shape):
    id: str
    text: Annotated[str, Field(min_length=3)]
    url: str | None = None
    done: bool
    verified_by: Literal["system", "operator"]


class Diagnosis(Shape):
    code: Code
    severity: Literal["error", "warning", "info"]
    title: Annotated[str, Field(min_length=3)]
    summary: Annotated[str, Field(min_length=3)]
    required_category: Category | None
    present_categories: list[Category]
    steps: list[Step]
    details: dict[str, Any]


class Token(Shape):
    valid: Literal[True]
    kind: Kind
    test: bool
    read_only: bool
    seller_sid: str
    categories: list[Category]
    unknown_bits: list[int]
    expires_at: Instant | None
    days_left: int | None
    fingerprint: Annotated[str, Field(min_length=6)]
    diagnoses: list[Diagnosis]


class UnreadableToken(Shape):
    valid: Literal[False]
    diagnoses: Annotated[list[Diagnosis], Field(min_length=1)]


class Seller(Shape):
    name: str
    trade_mark: str
    sid: str


class KeyAdded(Shape):
    saved: bool
    name: str
    seller: Seller | None
    token: Token | UnreadableToken
    diagnoses: list[Diagnosis]


class Key(Shape):
    name: str
    seller: Seller
    token: Token
    status: Health
    diagnoses: list[Diagnosis]


class Keys(Shape):
    keys: list[Key]


class Capability(Shape):
    id: str
    category: Category | None
    status: Literal["ok", "denied", "error", "unknown"]
    evidence: Literal["token", "probe"]
    latency_ms: int | None


class CheckedKey(Shape):
    name: str
    status: Health
    capabilities: list[Capability]
    diagnoses: list[Diagnosis]


class Doctor(Shape):
    checked_at: Instant
    status: Health
    keys: list[CheckedKey]


class Import(Shape):
    run_id: Annotated[str, Field(min_length=1)]
    status: Literal["done", "failed", "cancelled"]
    source: Source
    fetched: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    requests: int
    waited_s: float
    duration_s: float
    diagnoses: list[Diagnosis]


class Run(Import):
    key: str
    started_at: Instant


class Runs(Shape):
    runs: list[Run]


class Order(Shape):
    id: int
    rid: str | None
    created_at: Instant
    article: str | None
    nm_id: int | None
    price: int | None
    currency_code: int | None
    supplier_status: str | None
    wb_status: str | None
    key: str
    model: Literal["fbs", "dbs", "dbw", "click_collect"]


Orders = TypeAdapter(list[Order])
