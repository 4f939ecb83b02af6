"""Rows as WB sends them, for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from wbcore.keys import keyring
from wbcore.orders import writing
from wbcore.orders.writing import WriteResult

START = datetime(2026, 11, 1, tzinfo=UTC)


def order(number: int, **fields: Any) -> dict[str, Any]:
    """A row of ``orders.period``, one a minute."""
    return {
        "id": 1000 + number,
        "rid": f"rid-{number}",
        "orderUid": f"uid-{number // 2}",
        "createdAt": (START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "article": f"art-{number % 5}",
        "nmId": 500 + number % 5,
        "chrtId": 700 + number % 5,
        "skus": ["2000000000001"],
        "price": 150_000 + number,
        "salePrice": None,
        "convertedPrice": 150_000 + number,
        "currencyCode": 643,
        "warehouseId": 42,
        "supplyId": "WB-GI-1",
        "deliveryType": "fbs",
        "cargoType": 1,
        "crossBorderType": 0,
        **fields,
    }


def archived(number: int, **fields: Any) -> dict[str, Any]:
    """The same order as ``orders.archive`` has it."""
    return {
        "id": 1000 + number,
        "rid": f"rid-{number}",
        "orderUid": f"uid-{number // 2}",
        "createdAt": "2026-07-01",
        "cargoType": "kgtPlus",
        "crossBorderType": "crossBorder",
        "priceInfo": {"price": 150_000, "currencyCode": 643, "convertedPrice": 150_001},
        "product": {"article": "art-0", "nmId": 500, "chrtId": 700, "skus": []},
        "status": {"supplierStatus": "complete", "wbStatus": "sold"},
        "warehouseId": 42,
        "supplyId": "WB-GI-9",
        **fields,
    }


def statistics(number: int, **fields: Any) -> dict[str, Any]:
    """A row of ``statistics.orders``; Moscow time, roubles."""
    moscow = START + timedelta(minutes=number, hours=3)
    return {
        "srid": f"rid-{number}",
        "date": moscow.strftime("%Y-%m-%dT%H:%M:%S"),
        "lastChangeDate": "2026-11-20T12:00:00",
        "supplierArticle": f"art-{number % 5}",
        "nmId": 500 + number % 5,
        "barcode": "2000000000001",
        "warehouseName": "Коледино",
        "regionName": "Московская область",
        "totalPrice": 1890.55,
        "priceWithDisc": 1200,
        "finishedPrice": 1100.1,
        "isCancel": False,
        "cancelDate": "0001-01-01T00:00:00",
        **fields,
    }


def make_seller(session: Session, sid: str = "s1") -> int:
    seller = keyring.upsert_seller(session, sid, "production", "ООО Ромашка")
    assert seller.id is not None
    return seller.id


def write(
    session: Session, seller_id: int, rows: list[Any], source: str = "period", **options: Any
) -> WriteResult:
    result = writing.write_orders(session, seller_id, rows, run_id="run", source=source, **options)
    session.commit()
    return result
