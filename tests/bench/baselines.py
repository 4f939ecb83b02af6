"""What our import is measured against: the same rows, the same tables and indexes, none of our code.

Three houses that a user would otherwise build: bare ``sqlite3``, bare ``psycopg``, and SQLModel's ``merge``.
Rows, columns, indexes and durability are the same (write-ahead log, a commit for each page). What they leave
out, and ours does for each page in the same transaction: rows that can't be read are kept apart; buyers' data
is taken out of each row and encrypted (about every second order of the imitation has some); what has changed
is told by digests; the status history, the counters, the sums by hour and day, the values for the search; the
import's cursor, progress and fence. So a ratio below one is what that costs.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg
import requests
from sqlalchemy import create_engine
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Session

from wbcore.store.models import Order

COLUMNS = [column.name for column in Order.__table__.columns]  # type: ignore[attr-defined]
PAGE = 1000


def fetch_pages(gateway: str, token: str, host: str = "marketplace-api") -> Iterator[list[dict[str, Any]]]:
    """Every page of ``orders.period``, with requests and orjson and nothing around them."""
    cursor = 0
    with requests.Session() as session:
        session.headers["Authorization"] = token
        while True:
            answer = session.get(
                f"{gateway}/{host}/api/v3/orders", params={"limit": PAGE, "next": cursor}, timeout=60
            )
            answer.raise_for_status()
            page = orjson.loads(answer.content)
            if not page["orders"]:
                return
            yield page["orders"]
            cursor = page["next"]


def as_row(order: dict[str, Any]) -> tuple[Any, ...]:
    """An order in the columns of ``wb_order``, in their order."""
    raw = orjson.dumps(order)
    values = {
        "seller_id": 1,
        "id": order["id"],
        "rid": order["rid"],
        "order_uid": order.get("orderUid"),
        "created_at": int(datetime.fromisoformat(order["createdAt"]).timestamp()),
        "article": order.get("article"),
        "nm_id": order.get("nmId"),
        "chrt_id": order.get("chrtId"),
        "price": order.get("price"),
        "sale_price": order.get("salePrice"),
        "converted_price": order.get("convertedPrice"),
        "currency_code": order.get("currencyCode"),
        "warehouse_id": order.get("warehouseId"),
        "supply_id": order.get("supplyId"),
        "delivery_type": order.get("deliveryType"),
        "cargo_type": order.get("cargoType"),
        "cross_border_type": order.get("crossBorderType"),
        "is_open": True,
        "model": "fbs",
        "slot": int(datetime.fromisoformat(order["createdAt"]).timestamp()) // 21600,
        "digest": int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big", signed=True),
        "raw": raw,
    }
    return tuple(values.get(name) for name in COLUMNS)


def _table_statements(dialect: Any) -> list[str]:
    table = Order.__table__  # type: ignore[attr-defined]
    create = str(CreateTable(table).compile(dialect=dialect))
    # The seller's row is not part of the measurement: drop the reference, keep all else.
    create = "\n".join(line for line in create.splitlines() if "FOREIGN KEY" not in line)
    create = create.rstrip().removesuffix(")").rstrip().rstrip(",") + "\n)"
    return [create, *(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)]


def raw_sqlite(gateway: str, token: str, file: Path) -> int:
    """requests + orjson + ``sqlite3.executemany`` with an upsert; one transaction a page."""
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    for statement in _table_statements(create_engine("sqlite://").dialect):
        database.execute(statement)
    others = [name for name in COLUMNS if name not in ("seller_id", "id")]
    upsert = (
        f"INSERT INTO wb_order ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
        f"ON CONFLICT (seller_id, id) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in others)}"
    )
    rows = 0
    for page in fetch_pages(gateway, token):
        database.execute("BEGIN IMMEDIATE")
        database.executemany(upsert, map(as_row, page))
        database.execute("COMMIT")
        rows += len(page)
    database.close()
    return rows


def raw_postgres(gateway: str, token: str, dsn: str) -> int:
    """requests + orjson + COPY into a temporary table, then an upsert; one transaction a page."""
    names = ", ".join(COLUMNS)
    others = ", ".join(f"{n} = excluded.{n}" for n in COLUMNS if n not in ("seller_id", "id"))
    rows = 0
    with psycopg.connect(dsn) as database:
        database.execute("DROP SCHEMA IF EXISTS baseline CASCADE")
        database.execute("CREATE SCHEMA baseline")
        database.execute("SET search_path TO baseline")
        dialect = create_engine("postgresql+psycopg://").dialect
        for statement in _table_statements(dialect):
            database.execute(statement)  # type: ignore[call-overload]
        database.commit()
        for page in fetch_pages(gateway, token):
            with database.cursor() as cursor:
                cursor.execute("CREATE TEMP TABLE page (LIKE wb_order) ON COMMIT DROP")
                with cursor.copy(f"COPY page ({names}) FROM STDIN") as copy:
                    for order in page:
                        copy.write_row(as_row(order))
                cursor.execute(
                    f"INSERT INTO wb_order ({names}) SELECT {names} FROM page "
                    f"ON CONFLICT (seller_id, id) DO UPDATE SET {others}"
                )
            database.commit()
            rows += len(page)
        database.execute("DROP SCHEMA baseline CASCADE")
        database.commit()
    return rows


def session_merge(gateway: str, token: str, file: Path, most: int) -> int:
    """WB's pages into SQLModel's ``session.merge``, what most programs do; at most ``most`` rows."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        for statement in _table_statements(engine.dialect):
            connection.exec_driver_sql(statement)
    rows = 0
    for page in fetch_pages(gateway, token):
        with Session(engine) as session:
            for order in page:
                session.merge(Order(**dict(zip(COLUMNS, as_row(order), strict=True))))
            session.commit()
        rows += len(page)
        if rows >= most:
            break
    engine.dispose()
    return rows
