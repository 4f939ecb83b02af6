"""What the fictive sellers sell and where it goes: invented words and numbers only."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Product:
    """One card of goods; the price is in roubles."""

    article: str
    subject: str
    category: str
    price: int
    cargo: int = 1


BRAND: Final = "Тёплый берег"
PRODUCTS: Final = (
    Product("кружка-туман-350", "Кружки", "Посуда", 690),
    Product("кружка-маяк-500", "Кружки", "Посуда", 890),
    Product("чайник-уют-1200", "Чайники заварочные", "Посуда", 2490),
    Product("тарелка-лён-24", "Тарелки", "Посуда", 740),
    Product("плед-сосна-150x200", "Пледы", "Дом", 3290),
    Product("плед-роса-130x170", "Пледы", "Дом", 2590),
    Product("подушка-гречиха-40", "Подушки", "Дом", 1490),
    Product("свеча-мёд-200", "Свечи", "Дом", 590),
    Product("полотенце-вафля-70", "Полотенца", "Дом", 790),
    Product("носки-шерсть-42", "Носки", "Одежда", 450),
    Product("шарф-иней-180", "Шарфы", "Одежда", 1890),
    Product("варежки-снегирь-7", "Варежки", "Одежда", 990),
    Product("футболка-прибой-M", "Футболки", "Одежда", 1290),
    Product("рюкзак-тропа-20", "Рюкзаки", "Аксессуары", 4190),
    Product("зонт-ливень-8", "Зонты", "Аксессуары", 1990),
    Product("термос-привал-750", "Термосы", "Спорт и отдых", 2190),
    Product("гамак-полдень-2", "Гамаки", "Спорт и отдых", 3490, cargo=3),
    Product("пазл-карта-1000", "Пазлы", "Игрушки", 1190),
    Product("мишка-буран-35", "Мягкие игрушки", "Игрушки", 1590),
    Product("кубики-азбука-30", "Кубики", "Игрушки", 890),
    Product("блокнот-клетка-А5", "Блокноты", "Канцелярия", 320),
    Product("лампа-вечер-e27", "Настольные лампы", "Свет", 2790),
    Product("кресло-мох-110", "Кресла", "Мебель", 15900, cargo=2),
    Product("стеллаж-ясень-4", "Стеллажи", "Мебель", 11900, cargo=2),
)

WAREHOUSES: Final = ("Коледино", "Казань", "Электросталь", "Краснодар", "Екатеринбург - Перспективный 12")
REGIONS: Final = (
    ("Центральный федеральный округ", "Московская область", "г. Химки, Тестовая улица"),
    ("Приволжский федеральный округ", "Республика Татарстан", "г. Казань, Учебный переулок"),
    ("Уральский федеральный округ", "Челябинская область", "г. Челябинск, Примерная улица"),
    ("Сибирский федеральный округ", "Новосибирская область", "г. Новосибирск, Пробный проезд"),
    ("Южный федеральный округ", "Краснодарский край", "г. Краснодар, Образцовая улица"),
)
COMMENTS: Final = ("", "", "", "", "Упакуйте в плёнку, пожалуйста", "Позвоните за час", 'Подарок "маме"')
SELLERS: Final = (
    ("ИП Учебный П. П.", "Тёплый берег"),
    ("ООО «Пример и сыновья»", "Образец"),
    ("ИП Пробная А. А.", "Пробы пера"),
    ("ООО «Песочница»", "Куличик"),
)
NAMES: Final = (("Иван", "Примеров", "Тестович"), ("Анна", "Образцова", ""), ("Олег", "Пробный", "Ильич"))

RUB, TRY, BYN = 643, 949, 933


@dataclass(frozen=True, slots=True)
class Variant:
    """All that does not depend on the order's number: one of a thousand kinds of order."""

    new: dict[str, object]
    period: dict[str, object]
    archive: dict[str, object]
    statistics: dict[str, object]
    cross_border: bool


def variant(rng: random.Random, number: int) -> Variant:
    """The ``number``-th kind of order, with WB's field names for each method that shows it."""
    product = rng.choice(PRODUCTS)
    nm = 100_000_000 + PRODUCTS.index(product) * 1_117
    chrt = nm + 300_000_000
    sku = f"20{nm:011d}"
    discount = rng.choice((0, 5, 10, 15, 30))
    sale = product.price * (100 - discount)
    price = sale * rng.choice((88, 93, 97, 100)) // 100
    cross = number % 50 == 7
    currency = TRY if cross else rng.choice((RUB, RUB, RUB, RUB, RUB, RUB, BYN))
    rate = {RUB: 1.0, TRY: 2.4, BYN: 27.5}[currency]
    in_currency = round(price / rate)
    okrug, region, street = rng.choice(REGIONS)
    warehouse = rng.choice(WAREHOUSES)
    color = "RAL 3017" if number % 97 == 0 else ""
    zero = number % 101 == 0
    b2b = number % 37 == 0
    bulky = product.cargo == 2
    house = rng.randint(1, 120)
    address = {
        "fullAddress": f"{region}, {street}, д. {house}",
        "longitude": round(rng.uniform(37, 82), 6),
        "latitude": round(rng.uniform(45, 57), 6),
    }
    shared: dict[str, object] = {
        "address": address if bulky else None,
        "article": product.article,
        "cargoType": product.cargo,
        "chrtId": chrt,
        "colorCode": color,
        "comment": rng.choice(COMMENTS),
        "convertedCurrencyCode": RUB,
        "convertedPrice": price,
        "crossBorderType": int(cross),
        "currencyCode": currency,
        "deliveryType": "fbs",
        "isZeroOrder": zero,
        "nmId": nm,
        "officeId": 120 + WAREHOUSES.index(warehouse),
        "offices": [warehouse],
        "options": {"isB2B": b2b},
        "price": in_currency,
        "skus": [sku],
        "warehouseId": 658_434,
    }
    new = shared | {
        "ddate": "02.12.2026" if bulky else None,
        "sellerDate": "30.11.2026" if bulky else None,
        "salePrice": round(sale / rate),
        "finalPrice": round(price * 0.97 / rate),
        "convertedFinalPrice": round(price * 0.97),
        "requiredMeta": ["sgtin"] if product.category == "Одежда" else [],
        "optionalMeta": ["uin"] if product.price > 10_000 else [],
        "scanPrice": None,
        "isPickupPointShipmentAllowed": not bulky,
    }
    period = shared | {"scanPrice": price if number % 3 == 0 else None}
    if cross:
        period["trackNumber"] = f"NRU{number:08d}"
    archive: dict[str, object] = {
        "cargoType": {1: "mgt", 2: "sgt", 3: "kgtPlus"}[product.cargo],
        "colorCode": color or None,
        "crossBorder": {"parcel": f"1Z999TOY{number:08d}"} if cross else None,
        "crossBorderType": "crossBorder" if cross else "local",
        "isZeroOrder": zero,
        "metaDetails": [{"key": "uin", "value": "", "decision": "uinMaySell"}] if number % 11 == 0 else [],
        "options": {"isB2B": b2b},
        "priceInfo": {
            "convertedCurrencyCode": RUB,
            "convertedPrice": price,
            "currencyCode": currency,
            "price": in_currency,
        },
        "product": {"article": product.article, "chrtId": chrt, "nmId": nm, "skus": [sku]},
        "scanPrice": price if number % 3 == 0 else None,
        "warehouseId": 658_434,
    }
    statistics: dict[str, object] = {
        "warehouseName": warehouse,
        "warehouseType": "Склад продавца",
        "countryName": "Россия",
        "oblastOkrugName": okrug,
        "regionName": region,
        "supplierArticle": product.article,
        "nmId": nm,
        "barcode": sku,
        "category": product.category,
        "subject": product.subject,
        "brand": BRAND,
        "techSize": "0",
        "incomeID": 0,
        "isSupply": False,
        "isRealization": True,
        "totalPrice": float(product.price),
        "discountPercent": discount,
        "spp": 12 if number % 2 else 0,
        "finishedPrice": round(price * 0.97 / 100, 2),
        "priceWithDisc": round(sale / 100, 2),
        "sticker": "",
    }
    return Variant(new, period, archive, statistics, cross)
