# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""The searches of one page, newest first: all sellers and ways of a question in few statements.

Alternatives (several sellers, a text that may be an article or an id) are searched apart, each up to one
page, and merged: no database has to sort what it could read in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from itertools import accumulate
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlmodel import Session

from wbcore.api.catalog import MODELS
from wbcore.orders import merge, numbers
from wbcore.orders.filters import Cursor, OrderFilters
from wbcore.orders.known import SEARCHES_AT_ONCE, Known, in_parts
from wbcore.orders.rows import INT64_MAX, INT64_MIN, read_name
from wbcore.orders.tables import Shape
from wbcore.orders.ways import EVER, Way, may_be_number, ways_of
from wbcore.store import db, visibility
from wbcore.store.db import is_sqlite
from wbcore.store.models import SLOT_S

_SLOTS_AT_ONCE: Final = 2048
COUNTED: Final = 10_000
"""Rows that are counted and summed up; of more it is said that there are more."""
LOOKED: Final = 20_000
"""Rows that one page looks through for what no index answers; the next page goes on from there."""
_LEAST: Final = 500
"""Rows of one seller, however many sellers there are."""
NUMBERED: Final = 4_000
"""Orders with a part of a number that one page looks up at most; the next page goes on from there."""
_WIDER: Final = 32
"""Where some slots hold nothing, so many times as many are looked into next."""
_ASKED: Final = "asked"
_Seller = int | str
"""A seller's id, or ``_ASKED``: each of those that a statement lists."""


class Finder:
    """Runs searches of one page: all sellers and ways of a question in few statements."""

    def __init__(  # noqa: PLR0917 (one question)
        self,
        session: Session,
        kind: Shape,
        filters: OrderFilters,
        before: Cursor | None,
        limit: int,
        sellers: Sequence[int],
        only: Sequence[str] = (),
        known: Known | None = None,
        likely: int = 0,
    ) -> None:
        sellers = visibility.only_seen(session, sellers)
        self.known, self.likely = known or Known(), likely
        self.session, self.kind, self.filters = session, kind, filters
        self.lite = is_sqlite(session.connection())
        # Names are ordered as Python does, which joins what comes: a database's language may do it otherwise.
        self.ordered = f'{kind.key} COLLATE "C"' if kind.table != "wb_order" and not self.lite else kind.key
        self.before, self.limit = before, limit
        self.selected = ", ".join(only or kind.columns)
        self.looked = max(LOOKED // max(len(sellers), 1), _LEAST)
        self.numbered = self._numbered(sellers) if limit >= 0 else None
        self.ways = ways_of(session, kind, filters, sellers, self.numbered, known=self.known)
        self.was_cut = False
        """Some search has more rows than were asked for."""
        searches = sum(map(len, self.ways.values())) or 1
        self.each = limit if limit < COUNTED else max(limit // searches, _LEAST)

    def _numbered(self, sellers: Sequence[int]) -> numbers.Found:
        """Orders with the text in their number: as many as will do, and more where not all of them fit."""
        filters, wanted = self.filters, read_name(self.filters.text) or ""
        if self.kind.table != "wb_order" or not may_be_number(wanted):
            return numbers.Found()
        ends = [one for one in (filters.date_to, self.before and self.before.instant) if one is not None]
        slots = (max(filters.date_from or 0, 0) // SLOT_S, max(min(ends, default=INT64_MAX), 0) // SLOT_S)
        plain = {name: getattr(filters, name) for name in ("kind", "seller_ids", "text", "key")}
        plain |= {name: getattr(filters, name) for name in ("date_from", "date_to")}
        all_fit = filters == OrderFilters(**plain)
        most = min(self.limit, NUMBERED) if all_fit else NUMBERED
        return numbers.find(self.session, sellers, wanted, slots, most)

    def newest(self) -> list[dict[str, Any]]:
        """The newest ``limit`` rows that fit, each once."""
        plain = [(s, way) for s, ways in self.ways.items() for way in ways if way.slots is None]
        slotted = [(s, way) for s, ways in self.ways.items() for way in ways if way.slots is not None]
        found = self._in_slots(slotted, plain) if slotted else self._rows(plain)
        return [found[place] for place in sorted(found, reverse=True)[: self.limit]]

    def _in_slots(
        self, asked: Sequence[tuple[int, Way]], plain: Sequence[tuple[int, Way]]
    ) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Slots one after the other, newest first: as many at once as will do, by what was found so far.

        Args:
            plain: what is searched for once, wherever it is: with the first slots.
        """
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        edges = self.known.edges(self.session, {seller for seller, _ in asked})
        top, bottom = _reach(edges, self.filters, self.before, asked)
        looked, size, newer = 0, self._first_slots(asked, top, bottom), 0
        while newer < self.limit:  # what is in later slots is older
            last = max(top - size, bottom - 1)
            slots = [*range(top, last, -1)]
            if last < bottom:
                slots.append(0)  # orders whose instant could not be read
            found |= self._rows([*plain, *asked], slots)
            if last < bottom:
                break
            plain, looked, top = (), looked + size, last
            newer = sum(instant >= (last + 1) * SLOT_S for instant, *_ in found)
            likely = (self.limit - newer) * looked // newer * 5 // 4 + 1 if newer else INT64_MAX
            size = min(likely, looked * _WIDER, _SLOTS_AT_ONCE)
        return found

    def _first_slots(self, asked: Sequence[tuple[int, Way]], top: int, bottom: int) -> int:
        """How many slots are looked into at first: where that is known, as many as hold a page."""
        if any(way.ids is None and way.slots != EVER for _, way in asked):
            if not self.likely:
                return 1
            # Twice as many as hold a page on an average: some hours and days bring less.
            return min(2 * (top - bottom + 1) * self.limit // self.likely + 2, _SLOTS_AT_ONCE)
        held = [(slot, len(some)) for _, way in asked for slot, some in (way.ids or {}).items()]
        held.sort(reverse=True)
        sums = accumulate(count for _, count in held)
        enough = next((slot for (slot, _), sum_ in zip(held, sums, strict=True) if sum_ >= self.limit), 0)
        return min(max(top - enough + 1, 1), _SLOTS_AT_ONCE)

    def _rows(
        self, asked: Sequence[tuple[int, Way]], slots: Sequence[int] | None = None
    ) -> dict[tuple[Any, ...], dict[str, Any]]:
        """(instant, key, seller) -> row, of the newest rows of each search."""
        found = {}
        if slots is not None:
            asked = [(seller, some) for seller, way in asked for some in way.among(slots)]
        merged = slots is None and self.each == self.limit and all(way == Way() for _, way in asked)
        for some in in_parts(asked, SEARCHES_AT_ONCE):
            values = {**self._values()}
            for number, (_, way) in enumerate(some):
                values |= {f"{name}_{number}": self._told(value) for name, value in way.values.items()}
            counts: dict[int, int] = {}
            search = partial(self._search, slots=slots)
            statement = self._merged(some) if merged else self._beside(some, search)
            asked_for = self._execute(statement, values)
            names = tuple(asked_for.keys())
            for values_of_row in asked_for:
                row = dict(zip(names, values_of_row, strict=True))
                found[self.kind.place(row)] = row
                counts[row["seller_id"]] = counts.get(row["seller_id"], 0) + 1
            if self.each < self.limit and max(counts.values(), default=0) >= self.each:
                self.was_cut = True
        return found

    def _beside(self, asked: Sequence[tuple[int, Way]], search: Callable[[_Seller, Way], str]) -> str:
        """What ``search`` finds for each, one after the other.

        PostgreSQL makes a plan for each search, which takes longer than the search: what is looked for alike
        with many sellers is one. SQLite knows no LATERAL, and its plans take no time.
        """
        alike: list[tuple[int, Way, list[int]]] = []
        for number, (seller, way) in enumerate(asked):
            known = next((sellers for _, other, sellers in alike if other == way), None)
            if known is None or self.lite:
                alike.append((number, way, [seller]))
            else:
                known.append(seller)
        parts = []
        for number, way, sellers in alike:
            one = _renamed(search(sellers[0] if len(sellers) == 1 else _ASKED, way), way, number)
            ids = ", ".join(f"{seller:d}" for seller in sellers)
            each = f"unnest(ARRAY[{ids}]) AS {_ASKED} CROSS JOIN LATERAL " if len(sellers) > 1 else ""
            parts.append(f"SELECT s{number}.* FROM {each}({one}) AS s{number}")
        return " UNION ALL ".join(parts)

    def _merged(self, asked: Sequence[tuple[int, Way]]) -> str:
        """The newest rows of all searches together, where nothing but a seller is looked for.

        SQLite reads the sellers' indexes side by side and stops at the limit: a page of a hundred sellers is
        fifty rows, not fifty of each. PostgreSQL sorts the newest of each.
        """
        kind = self.kind
        order = f"ORDER BY {kind.instant} DESC, {self.ordered} DESC, seller_id DESC LIMIT :limit"
        if not self.lite:
            return f"SELECT * FROM ({self._beside(asked, self._search)}) AS newest {order}"
        arms = (
            f"SELECT {self.selected} FROM {kind.table} "
            f"WHERE {' AND '.join(self._where(seller, way, kind.instant))}"
            for seller, way in asked
        )
        return f"{' UNION ALL '.join(arms)} {order}"

    def edge(self) -> tuple[int, Any, int] | None:
        """The place of the last row that was looked at, where there are rows behind it; the newest such."""
        ended = [
            (s, w) for s, ways in self.ways.items() for w in ways if (w.looked or w.source) and not w.slots
        ]
        edges = [edge for some in in_parts(ended, SEARCHES_AT_ONCE) for edge in self._edges(some)]
        if self.numbered is not None and self.numbered.until is not None:
            edges.append(((self.numbered.until + 1) * SLOT_S, INT64_MIN, 0))
        return max(edges, default=None)

    def _edges(self, asked: Sequence[tuple[int, Way]]) -> list[tuple[Any, ...]]:
        values = {**self._values()}
        for number, (_, way) in enumerate(asked):
            values |= {f"{name}_{number}": value for name, value in way.values.items()}
        return [tuple(row) for row in self._execute(self._beside(asked, self._last), values)]

    def _last(self, seller: _Seller, way: Way) -> str:
        """The place of the last row that one search looks at."""
        kind = self.kind
        if way.source:
            return (
                f"SELECT made AS instant, order_id AS name, seller_id {self._from_source(seller, way)} "
                f"LIMIT 1 OFFSET {self._candidates(way) - 1}"
            )
        return (
            f"SELECT {kind.instant} AS instant, {kind.key} AS name, seller_id FROM {kind.table} "
            f"WHERE {' AND '.join(self._where(seller, way, kind.instant))} "
            f"ORDER BY {kind.instant} DESC, {self.ordered} DESC LIMIT 1 OFFSET {self.looked - 1}"
        )

    def _from_source(self, seller: _Seller, way: Way) -> str:
        """The source's rows that a page can have, newest first."""
        where = [way.source, *self._times(seller, "made", "order_id")]
        return f"FROM {' AND '.join(where)} ORDER BY made DESC, order_id DESC"

    def _candidates(self, way: Way) -> int:
        """How many rows of the source are looked up; where nothing else is asked for, all of them fit."""
        return self.looked if way.where or way.looked or self.filters.model else self.each

    def searches(self) -> list[str]:
        """A statement for each seller and way, of all rows; their values are in ``bound``."""
        made: list[str] = []
        for seller, ways in self.ways.items():
            for way in ways:
                number = len(made)
                made.append(_renamed(self._search(seller, way), way, number))
                self._more |= {f"{name}_{number}": value for name, value in way.values.items()}
        return made

    def stream(self, statement: str, opened: ExitStack) -> merge.Fetch:
        """Rows in blocks; ``opened`` closes their cursor."""
        connection = self.session.connection()
        cursor = opened.enter_context(db.cursor(connection, statement, self._bound(statement)))
        fetch: merge.Fetch = cursor.fetchmany
        return fetch

    def execute(self, statement: str) -> Sequence[Any]:
        return self.session.connection().execute(text(statement), self._bound(statement)).all()

    def _execute(self, statement: str, values: Mapping[str, Any]) -> Any:
        return self.session.connection().execute(text(statement), db.bound(statement, values))

    def _bound(self, statement: str) -> dict[str, Any]:
        values = db.bound(statement, {**self._values(), **self._more})
        if self.limit < 0:  # all of them
            values["limit"] = -1 if self.lite else None
        return values

    @cached_property
    def _more(self) -> dict[str, Any]:
        return {}

    def _told(self, value: Any) -> Any:
        """A value as the database takes it: SQLite has no lists."""
        return orjson.dumps(value).decode() if isinstance(value, list) and self.lite else value

    def _where(self, seller: _Seller, way: Way, instant: str) -> list[str]:
        """What an index answers."""
        where = [f"seller_id = {seller if isinstance(seller, str) else int(seller)}", *way.where]
        if self.filters.model and self.kind.table == "wb_order":
            where.append(_of_model(self.filters.model))
        return [*where, *self._times(seller, instant, self.ordered)]

    def _times(self, seller: _Seller, instant: str, key: str) -> list[str]:
        """When the rows of a page were made."""
        where = []
        if self.filters.date_from is not None:
            where.append(f"{instant} >= :date_from")
        if self.filters.date_to is not None:
            where.append(f"{instant} < :date_to")
        if self.before is not None:
            # Rows of two sellers at the same place are ordered by seller.
            last = self.before.seller_id
            than = "<=" if isinstance(seller, str) or seller < last else "<"
            where.append(f"({instant}, {key}) {than} (:instant, :key)")
            if isinstance(seller, str):
                where.append(f"({instant}, {key}, {seller}) < (:instant, :key, {last:d})")
        return where

    def _search(self, seller: _Seller, way: Way, slots: Sequence[int] | None = None) -> str:
        slots = None if way.slots is None else slots
        kind = self.kind
        # A plus keeps SQLite from reading all orders by time where it is to look elsewhere.
        instant = f"+{kind.instant}" if way.source or slots is not None else kind.instant
        where = self._where(seller, way, instant)
        order = f"ORDER BY {instant} DESC, {self.ordered} DESC"
        if way.ids is not None:
            where.append("id IN (SELECT value FROM json_each(:ids))" if self.lite else "id = ANY(:ids)")
        if slots is not None:
            slot = "slot" if way.ids is None else "+slot"
            where.append(f"{slot} IN ({', '.join(map(str, slots))})")
        if way.source:
            where.append(self._in_source(seller, way, slots))
        elif way.looked and slots is None and self.limit >= 0:
            # Not all rows: an end that is reached, whether or not anything fits. Nor all columns: SQLite
            # would fetch WB's whole row of each.
            named = " ".join((self.selected, *way.looked))
            read = ", ".join(name for name in kind.columns if re.search(rf"\b{name}\b", named))
            inner = f"SELECT {read} FROM {kind.table} WHERE {' AND '.join(where)} {order} LIMIT {self.looked}"
            return (
                f"SELECT {self.selected} FROM ({inner}) AS newest WHERE {' AND '.join(way.looked)} "
                f"{order} LIMIT :limit"
            )
        conditions = " AND ".join((*where, *way.looked))
        return f"SELECT {self.selected} FROM {kind.table} WHERE {conditions} {order} LIMIT :limit"

    def _in_source(self, seller: _Seller, way: Way, slots: Sequence[int] | None) -> str:
        if slots is not None:
            return f"EXISTS (SELECT 1 FROM {way.source} AND order_id = {self.kind.table}.id)"
        limit = f" LIMIT {self._candidates(way)}" if self.limit >= 0 else ""
        return f"id IN (SELECT order_id {self._from_source(seller, way)}{limit})"

    def _values(self) -> dict[str, Any]:
        wanted = read_name(self.filters.text) or ""
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 20 else -1
        values = {
            "limit": self.each,
            "text": wanted,
            "number": number if number <= INT64_MAX else -1,
            "status": read_name(self.filters.status),
            "date_from": self.filters.date_from,
            "date_to": self.filters.date_to,
        }
        return (
            values
            if self.before is None
            else {**values, "instant": self.before.instant, "key": self.before.key}
        )


def _renamed(statement: str, way: Way, number: int) -> str:
    """The statement with names of its own for its way's values: many searches are one statement."""
    if not way.values:
        return statement
    return db.NAMES.sub(lambda m: f":{m[1]}_{number}" if m[1] in way.values else m[0], statement)


def _of_model(model: str) -> str:
    """A condition in words that lets SQLite take the index of what is not FBS."""
    if model not in MODELS:
        raise ValueError(f"no such model of sale: {model[:40]}")
    return "model = 'fbs'" if model == "fbs" else f"model = '{model}' AND model <> 'fbs'"


def _reach(
    edges: tuple[int, int],
    filters: OrderFilters,
    before: Cursor | None,
    asked: Sequence[tuple[int, Way]],
) -> tuple[int, int]:
    """The newest and the oldest slot that can hold what is asked for; none, where the newest is the older.

    Args:
        edges: of the orders of all sellers that are asked for.
    """
    spans = [way.slots for _, way in asked if way.slots is not None]
    newest, oldest = edges
    tops = (newest, filters.date_to, before and before.instant)
    top = min(min(value for value in tops if value is not None) // SLOT_S, max(span[1] for span in spans))
    bottom = max(oldest, filters.date_from or 0) // SLOT_S
    return top, max(bottom, min(span[0] for span in spans), 1)
