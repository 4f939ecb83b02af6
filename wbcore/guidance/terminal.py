"""Draws diagnoses, checklists and tables in the terminal (rich).

Everything is drawn from the documents of the contract ("JSON shapes"), so that people and scripts are told
the same. Texts of WB and of operators are drawn as ``rich.text.Text``, never as markup, without control
characters.
"""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from wbcore.api.catalog import CATEGORY_BY_ID
from wbcore.guidance.texts import (
    ROUBLE,
    format_amounts,
    format_datetime,
    format_duration,
    format_money,
    format_number,
    known,
    t,
)

Document = Mapping[str, Any]

STYLES: Final[Mapping[str, str]] = {
    "error": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "ok": "green",
    "denied": "red",
    "unknown": "dim",
    "done": "green",
    "failed": "red",
    "cancelled": "yellow",
    "running": "cyan",
    "waiting": "cyan",
    "queued": "dim",
}
"""Colours only repeat what a sign or a word says: the output also reads in grey and through a pipe."""
SIGNS: Final[Mapping[str, str]] = {
    "error": "✗",
    "warning": "!",
    "info": "i",
    "ok": "✓",
    "denied": "✗",
    "unknown": "?",
}
PANEL_WIDTH: Final = 100
"""Characters: longer lines are hard to read."""
DETAIL_NAMES: Final = ("endpoint", "http_status", "detail", "origin", "wb_code", "request_id", "timestamp")


def plain(value: object) -> str:
    """One line without characters that could steer the terminal or turn the reading direction."""
    text = " ".join(str(value).split())
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def diagnosis(document: Document, lang: str, options: str = "", key: str = "") -> RenderableType:
    """A diagnosis with its checklist, as a panel; ``options`` and ``key`` as ``next_command``."""
    severity = document["severity"]
    parts: list[RenderableType] = [Text(plain(document["summary"]))]
    steps = document.get("steps", [])
    if steps:
        parts += [Text(), _steps(steps, lang)]
    if following := next_command(document, options, key):
        parts += [Text(), Text(t(lang, "cli-next", command=following), style="bold")]
    facts = _details(document.get("details", {}))
    if facts.plain:
        parts += [Text(), facts]
    return _panel(severity, document["title"], parts)


def _panel(severity: str, title: str, parts: Iterable[RenderableType]) -> RenderableType:
    """A frame with its title inside: a title in the frame's own line would be cut."""
    style = STYLES[severity]
    heading = Text(f"{SIGNS[severity]} {plain(title)}", style=style)
    panel = Panel(Group(heading, Text(), *parts), border_style=style, padding=(1, 2))
    return Constrain(panel, PANEL_WIDTH)


def diagnoses(documents: Iterable[Document], lang: str, options: str = "", key: str = "") -> RenderableType:
    return Group(*(diagnosis(document, lang, options, key) for document in documents))


def incident(document: Document, lang: str) -> RenderableType:
    """An outage, told once for all keys: whom it concerns, the steps, what to type next."""
    concerned = Table.grid(padding=(0, 2))
    for member in document["keys"][:CONCERNED_SHOWN]:
        name = t(lang, "window-quoted", text=plain(member["key"]))
        methods = ", ".join(_method(one, lang) for one in member["methods"])
        concerned.add_row(Text(name), Text(plain(member["seller"])), Text(methods))
    left = len(document["keys"]) - CONCERNED_SHOWN
    parts: list[RenderableType] = [
        Text(plain(document["summary"])),
        Text(),
        Text(t(lang, "page-checklist-concerned", count=len(document["keys"])), style="bold"),
        concerned,
        *([Text(t(lang, "cli-incident-more", count=left))] if left > 0 else []),
        Text(),
        _steps(document["steps"], lang),
        Text(),
        Text(t(lang, "cli-next", command=CHECK_ALL), style="bold"),
    ]
    return _panel(document["severity"], document["title"], parts)


def _method(method_id: str, lang: str) -> str:
    return known(lang, f"method-{method_id.replace('.', '-')}", plain(method_id))


def _outages(report: Document) -> dict[str, Document]:
    return {one["id"]: one for one in report.get("incidents", ())}


def _steps(steps: Sequence[Document], lang: str) -> RenderableType:
    """The steps; where there are several ways out, each under its number, and what was not needed says so."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column()
    routes = list(dict.fromkeys(step["route"] for step in steps if step.get("route")))
    told = ""
    for step in steps:
        route = step.get("route") or ""
        if route and route != told and len(routes) > 1:
            grid.add_row(Text(), _way(steps, route, routes.index(route) + 1, lang))
            told = route
        spared = bool(step.get("not_needed"))
        text = Text(plain(step["text"]), style="dim" if spared else "")
        if spared and not (told and route == told):
            text.append(f" ({t(lang, 'cli-not-needed')})")
        elif step.get("url") and not spared:
            text.append(f"\n{plain(step['url'])}", style="blue underline")
        grid.add_row(Text("[x]" if step["done"] else "[-]" if spared else "[ ]"), text)
    return grid


def _way(steps: Sequence[Document], route: str, number: int, lang: str) -> Text:
    """The name of a way; that nobody needed it is said here once."""
    heading = Text(t(lang, "route-or", number=number, name=t(lang, f"cli-route-{route.replace('_', '-')}")))
    heading.stylize("bold")
    if all(step.get("not_needed") for step in steps if step.get("route") == route):
        heading.append(f" ({t(lang, 'cli-not-needed')})", style="dim")
    return heading


def import_options(source: str, params: Document) -> str:
    """What makes the next import the same as one that was made: its source and days, as they are typed."""
    asked = {"source": source, "from": params.get("date_from"), "to": params.get("date_to")}
    return "".join(
        f" --{name} {_shell(str(value))}"
        for name, value in asked.items()
        if value and (name, value) != ("source", USUAL_SOURCE)
    )


def next_command(document: Document, options: str = "", key: str = "") -> str:
    """The next thing to type, from the first step that is open and has a command; "" where none helps.

    Args:
        options: of the import that is to be repeated, see ``import_options``.
        key: what the key is to be called that the diagnosis can't name, as nothing of its token was read.

    Where the import was done another way, the key is as unable as before: its own way is still open.
    """
    name, other = (_shell(str(one or "")) for one in (document.get("key") or key, document.get("other_key")))
    left = [step for step in document.get("steps", []) if not step["done"] and step["id"] in COMMANDS]
    step = min(left, key=lambda one: bool(one.get("not_needed")), default=None)
    if step is None:
        return ""
    command = COMMANDS[step["id"]] if name or step["id"] != "save_token" else COMMANDS["add_as_new_key"]
    return command.format(key=name or "NAME", other=other or "NAME", options=options)


USUAL_SOURCE: Final = "new"
CHECK_ALL: Final = "python -m wbcore doctor"
"""What shows whether an outage is over, whichever keys it concerns."""
CONCERNED_SHOWN: Final = 40
COMMANDS: Final[Mapping[str, str]] = {
    "save_token": "python -m wbcore key add {key} --replace",
    "add_as_new_key": "python -m wbcore key add NAME",
    "use_other_key": "python -m wbcore import --key {other}{options}",
    "check_import": "python -m wbcore import --key {key}{options}",
}
"""Step -> what does it in the terminal."""


def _shell(name: str) -> str:
    """A name as a shell takes it."""
    return shlex.quote(plain(name)) if name else ""


def _details(details: Document) -> Text:
    """What WB's support asks for, on one dim line."""
    facts = [
        f"{name}: {plain(details[name])}" for name in DETAIL_NAMES if details.get(name) not in (None, "")
    ]
    return Text("\n".join(facts), style="dim")


def token_facts(token: Document, lang: str) -> RenderableType:
    """What a token says of itself."""
    kind = t(lang, f"cli-kind-{token['kind']}")
    if token["read_only"]:
        kind = f"{kind}, {t(lang, 'cli-read-only')}"
    rows = [
        ("cli-column-kind", kind),
        ("cli-column-categories", _categories(token["categories"], lang)),
        ("cli-column-unknown-bits", ", ".join(map(str, token["unknown_bits"]))),
        ("cli-column-expires", _expiry(token, lang)),
        ("cli-column-seller-id", plain(token["seller_sid"])),
        ("cli-column-fingerprint", plain(token["fingerprint"])),
    ]
    return _facts(rows, lang)


def _facts(rows: Iterable[tuple[str, str]], lang: str) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for key, value in rows:
        if value:
            grid.add_row(Text(t(lang, key)), Text(value))
    return grid


def _categories(ids: Sequence[str], lang: str) -> str:
    return ", ".join(CATEGORY_BY_ID[i].name(lang) for i in ids) or t(lang, "cli-none")


def _expiry(token: Document, lang: str) -> str:
    if token["expires_at"] is None:
        return t(lang, "cli-never")
    moment = _moment(token["expires_at"], lang)
    if token["days_left"] < 0:
        return t(lang, "cli-expired", moment=moment)
    return t(lang, "cli-expires", moment=moment, days=token["days_left"])


def _moment(value: str | None, lang: str) -> str:
    """An ISO instant of a document in the operator's words and zone."""
    if not value:
        return ""
    return format_datetime(lang, datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(UTC))


def saved_key(document: Document, lang: str) -> RenderableType:
    """How adding a key ended, and what its token says."""
    verdict = "saved-unverified" if document["unverified"] else "saved"
    heading = Text(
        t(lang, f"cli-key-{verdict if document['saved'] else 'not-saved'}", name=plain(document["name"])),
        style=STYLES["ok" if document["saved"] else "error"],
    )
    seller = Text(seller_name(document["seller"]))
    facts = [token_facts(document["token"], lang)] if document["token"]["valid"] else []
    same = ", ".join(plain(one) for one in document.get("same_token_as", ()))
    twice = [Text(t(lang, "page-key-same-saved", names=same), style=STYLES["warning"])] if same else []
    return Group(heading, *([seller] if seller.plain else []), *facts, *twice)


def seller_name(seller: Document | None) -> str:
    return "" if seller is None else plain(seller["label"])


COUNTS: Final = ("fetched", "created", "updated", "unchanged", "rejected", "requests")
NUMBERS: Final = frozenset({*COUNTS, "days-left", "duration", "nm-id", "price"})
WHOLE: Final = frozenset({"order-id", "created-at", "started", "price", "srid", "fingerprint"})
"""Columns that are searched for or copied: never broken into two lines."""


def _table(lang: str, *columns: str) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(
            t(lang, f"cli-column-{column}"),
            overflow="fold",
            no_wrap=column in WHOLE,
            justify="right" if column in NUMBERS else "left",
        )
    return table


def keys(documents: Sequence[Document], lang: str) -> RenderableType:
    """The stored keys, a row each, and under them what needs attention."""
    if not documents:
        return Text(t(lang, "cli-no-keys"))
    table = _table(lang, "status", "name", "seller", "kind", "categories", "days-left", "fingerprint")
    for key in documents:
        token = key["token"]
        days = token["days_left"]
        table.add_row(
            _sign(key["status"]),
            Text(plain(key["name"])),
            Text(seller_name(key["seller"])),
            Text(t(lang, f"cli-kind-{token['kind']}")),
            Text(_categories(token["categories"], lang)),
            Text(t(lang, "cli-never") if days is None else format_number(lang, days)),
            Text(plain(token["fingerprint"])),
        )
    return Group(table, *_titles(documents))


def _sign(status: str) -> Text:
    return Text(SIGNS[status], style=STYLES[status])


def _titles(documents: Iterable[Document]) -> list[Text]:
    """One line for each diagnosis of each key."""
    return [
        Text(f"{SIGNS[d['severity']]} {plain(d['title'])}", style=STYLES[d["severity"]])
        for key in documents
        for d in key["diagnoses"]
    ]


def health(report: Document, lang: str) -> RenderableType:
    """The report of ``doctor``: keys × capabilities, then the checklists."""
    keys_ = report["keys"]
    clocks = [
        Text(f"{SIGNS['warning']} {plain(one['text'])}\n  {one['way_out']}", style=STYLES["warning"])
        for one in report.get("warnings", ())
    ]
    if not keys_:
        return Group(*clocks, Text(t(lang, "cli-no-keys")))
    shared = _outages(report)
    parts: list[RenderableType] = [
        *clocks,
        _Capabilities(keys_, lang),
        *(incident(one, lang) for one in shared.values()),
    ]
    for key in keys_:
        own = [d for d in key["diagnoses"] if d.get("incident") not in shared]
        if own:
            parts += [Text(f"\n{plain(key['name'])}", style="bold"), diagnoses(own, lang)]
    return Group(*parts)


KEY_WIDTH: Final = 22
"""Characters of a key's column: a narrower one is broken within words."""


class _Capabilities:
    """Keys × capabilities: as many keys side by side as can be read, the others below."""

    def __init__(self, keys: Sequence[Document], lang: str) -> None:
        self.keys, self.lang = keys, lang
        self.known = [{c["id"]: c for c in key["capabilities"]} for key in keys]
        by_length = sorted(self.known, key=len, reverse=True)
        self.names = list(dict.fromkeys(name for one in by_length for name in one))

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        first = max(map(len, (t(self.lang, "cli-column-capability"), *self.names))) + 2
        beside = max(1, (options.max_width - first) // (KEY_WIDTH + 2))
        for start in range(0, len(self.keys), beside):
            if start:
                yield Text()
            yield self._table(slice(start, start + beside))

    def _table(self, some: slice) -> Table:
        table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(t(self.lang, "cli-column-capability"), no_wrap=True)
        for key in self.keys[some]:
            heading = Text(f"{SIGNS[key['status']]} {plain(key['name'])}", style=STYLES[key["status"]])
            table.add_column(heading, overflow="fold")
        for name in self.names:
            table.add_row(Text(name), *(_capability(one.get(name), self.lang) for one in self.known[some]))
        return table


def _capability(capability: Document | None, lang: str) -> Text:
    """What a key can do; None: it was not found out, as where the key was removed meanwhile."""
    if capability is None:
        return Text(f"{SIGNS['unknown']} {t(lang, 'capability-unknown')}", style=STYLES["unknown"])
    status = capability["status"]
    words = [t(lang, f"capability-{status}"), t(lang, f"cli-evidence-{capability['evidence']}")]
    if capability.get("latency_ms") is not None:
        words.append(t(lang, "cli-latency", ms=capability["latency_ms"]))
    return Text(f"{SIGNS[status]} {', '.join(words)}", style=STYLES[status])


def run(document: Document, lang: str, params: Document | None = None) -> RenderableType:
    """How an import ended: its counts, then its checklists.

    Args:
        params: of the import, as ``Run.params``: what is typed next repeats them.
    """
    status = document["status"]
    rows = [(f"cli-column-{name}", format_number(lang, document[name])) for name in COUNTS]
    rows.append(("cli-column-duration", format_duration(lang, document["duration_s"])))
    if document["waited_s"]:
        rows.append(("cli-column-waited", format_duration(lang, document["waited_s"])))
    heading = Text(t(lang, f"status-{status}").capitalize(), style=STYLES[status])
    # Of this key alone, its own diagnosis says more.
    shared = {name: one for name, one in _outages(document).items() if len(one["keys"]) > 1}
    own = [d for d in document["diagnoses"] if d.get("incident") not in shared]
    outages = [incident(one, lang) for one in shared.values()]
    options = import_options(document["source"], params or {})
    return Group(heading, _facts(rows, lang), *outages, diagnoses(own, lang, options))


def runs(documents: Sequence[Document], lang: str) -> RenderableType:
    """The import history, newest first."""
    if not documents:
        return Text(t(lang, "cli-no-runs"))
    table = _table(lang, "started", "key", "source", "result", *COUNTS, "duration")
    for document in documents:
        status = document["status"]
        table.add_row(
            Text(_moment(document["started_at"], lang)),
            Text(plain(document["key"])),
            Text(t(lang, f"source-{document['source']}")),
            Text(t(lang, f"status-{status}"), style=STYLES[status]),
            *(Text(format_number(lang, document[name])) for name in COUNTS),
            Text(format_duration(lang, document["duration_s"])),
        )
    return Group(table, *(Text(f"✗ {plain(d['title'])}") for run in documents[:1] for d in run["diagnoses"]))


ORDER_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "orders": {
        "order-id": "id",
        "model": "model",
        "created-at": "created_at",
        "article": "article",
        "nm-id": "nm_id",
        "price": "price",
        "supplier-status": "supplier_status",
        "wb-status": "wb_status",
        "key": "key",
    },
    "statistics": {
        "srid": "srid",
        "created-at": "date",
        "article": "article",
        "nm-id": "nm_id",
        "price": "finished_price",
        "warehouse": "warehouse_name",
        "region": "region_name",
        "key": "key",
    },
    "order_feed": {
        "srid": "srid",
        "created-at": "created_at",
        "nm-id": "nm_id",
        "price": "seller_price",
        "feed-status": "status",
        "updated-at": "updated_at",
        "warehouse": "warehouse_name",
        "city": "city",
        "key": "key",
    },
}
"""Kind of rows -> column's text -> field of the order's document."""


def orders(documents: Sequence[Document], kind: str, lang: str, *, narrowed: bool = False) -> RenderableType:
    """The first imported orders, newest first; ``narrowed``: not all of them were asked for."""
    if not documents:
        return Text(t(lang, "cli-orders-not-found" if narrowed else "cli-no-orders"))
    columns = ORDER_COLUMNS[kind]
    table = _table(lang, *columns)
    for document in documents:
        table.add_row(*(Text(_order_cell(document, field, lang)) for field in columns.values()))
    return table


SALES = ("ordered", "sold", "cancelled", "returned")


def sales(document: Document, lang: str) -> RenderableType:
    """What each day has brought: how many, and for how much; a dash where the source does not know."""
    if not document["days"]:
        return Text(t(lang, "cli-no-sales"))
    table = _table(lang, "day", "source", *SALES)
    for day in document["days"]:
        cells = (
            "–" if day[name] is None else _count_and_amounts(day[name], day[f"{name}_amounts"], lang)
            for name in SALES
        )
        table.add_row(Text(day["day"]), Text(t(lang, f"source-{day['source']}")), *map(Text, cells))
    return Group(table, Text(t(lang, "cli-sales-note", zone=document["zone"])))


def _count_and_amounts(count: int, amounts: Mapping[str, int], lang: str) -> str:
    return " · ".join(filter(None, (format_number(lang, count), format_amounts(lang, amounts))))


def _order_cell(document: Document, field: str, lang: str) -> str:
    value = document.get(field)
    if value is None:
        return ""
    if field in {"created_at", "updated_at", "date"}:
        return _moment(value, lang)
    if field == "model":
        return t(lang, f"model-{value}")
    if field in {"price", "finished_price", "seller_price"}:
        # The statistics name no currency: they are in roubles. An order that names none is not.
        named = document.get("currency_code") or document.get("currency")
        return format_money(lang, value, ROUBLE if field == "finished_price" else named)
    return plain(value)
