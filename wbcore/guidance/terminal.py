"""Draws diagnoses, checklists and tables in the terminal (rich).

Everything is drawn from the documents of the contract ("JSON shapes"), so that people and scripts are told
the same. Texts of WB and of operators are drawn as ``rich.text.Text``, never as markup, without control
characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from wbcore.api.catalog import CATEGORY_BY_ID
from wbcore.guidance.texts import format_datetime, format_duration, format_money, format_number, t

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


def diagnosis(document: Document, lang: str) -> RenderableType:
    """A diagnosis with its checklist, as a panel."""
    severity = document["severity"]
    parts: list[RenderableType] = [Text(plain(document["summary"]))]
    steps = document.get("steps", [])
    if steps:
        parts += [Text(), _steps(steps)]
    facts = _details(document.get("details", {}))
    if facts.plain:
        parts += [Text(), facts]
    title = Text(f"{SIGNS[severity]} {plain(document['title'])}")
    style = STYLES[severity]
    panel = Panel(Group(*parts), title=title, title_align="left", border_style=style, padding=(1, 2))
    return Constrain(panel, PANEL_WIDTH)


def diagnoses(documents: Iterable[Document], lang: str) -> RenderableType:
    return Group(*(diagnosis(document, lang) for document in documents))


def _steps(steps: Sequence[Document]) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for step in steps:
        text = Text(plain(step["text"]))
        if step.get("url"):
            text.append(f"\n{plain(step['url'])}", style="blue underline")
        grid.add_row(Text("[x]" if step["done"] else "[ ]"), text)
    return grid


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
    return ", ".join(getattr(CATEGORY_BY_ID[i], lang) for i in ids) or t(lang, "cli-none")


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
    return Group(heading, *([seller] if seller.plain else []), *facts)


def seller_name(seller: Document | None) -> str:
    return (
        ""
        if seller is None
        else plain(seller.get("name") or seller.get("trade_mark") or seller.get("sid") or "")
    )


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
        Text(f"{SIGNS[d['severity']]} {plain(key['name'])}: {plain(d['title'])}", style=STYLES[d["severity"]])
        for key in documents
        for d in key["diagnoses"]
    ]


def health(report: Document, lang: str) -> RenderableType:
    """The report of ``doctor``: keys × capabilities, then the checklists."""
    keys_ = report["keys"]
    if not keys_:
        return Text(t(lang, "cli-no-keys"))
    names = [c["id"] for c in keys_[0]["capabilities"]]
    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(t(lang, "cli-column-capability"), no_wrap=True)
    for key in keys_:
        heading = Text(f"{SIGNS[key['status']]} {plain(key['name'])}", style=STYLES[key["status"]])
        table.add_column(heading, overflow="fold")
    for index, name in enumerate(names):
        table.add_row(Text(name), *(_capability(key["capabilities"][index], lang) for key in keys_))
    parts: list[RenderableType] = [table]
    for key in keys_:
        if key["diagnoses"]:
            parts += [Text(f"\n{plain(key['name'])}", style="bold"), diagnoses(key["diagnoses"], lang)]
    return Group(*parts)


def _capability(capability: Document, lang: str) -> Text:
    status = capability["status"]
    words = [t(lang, f"cli-capability-{status}"), t(lang, f"cli-evidence-{capability['evidence']}")]
    if capability.get("latency_ms") is not None:
        words.append(t(lang, "cli-latency", ms=capability["latency_ms"]))
    return Text(f"{SIGNS[status]} {', '.join(words)}", style=STYLES[status])


def run(document: Document, lang: str) -> RenderableType:
    """How an import ended: its counts, then its checklists."""
    status = document["status"]
    rows = [(f"cli-column-{name}", format_number(lang, document[name])) for name in COUNTS]
    rows.append(("cli-column-duration", format_duration(lang, document["duration_s"])))
    if document["waited_s"]:
        rows.append(("cli-column-waited", format_duration(lang, document["waited_s"])))
    heading = Text(t(lang, f"cli-run-{status}"), style=STYLES[status])
    return Group(heading, _facts(rows, lang), diagnoses(document["diagnoses"], lang))


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
            Text(t(lang, f"cli-source-{document['source']}")),
            Text(t(lang, f"cli-run-{status}"), style=STYLES[status]),
            *(Text(format_number(lang, document[name])) for name in COUNTS),
            Text(format_duration(lang, document["duration_s"])),
        )
    return Group(table, *(Text(f"✗ {plain(d['title'])}") for run in documents[:1] for d in run["diagnoses"]))


ORDER_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "fbs": {
        "order-id": "id",
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
}
"""Source -> column's text -> field of the order's document."""


def orders(documents: Sequence[Document], source: str, lang: str) -> RenderableType:
    """The first imported orders, newest first."""
    if not documents:
        return Text(t(lang, "cli-no-orders"))
    columns = ORDER_COLUMNS[source]
    table = _table(lang, *columns)
    for document in documents:
        table.add_row(*(Text(_order_cell(document, field, lang)) for field in columns.values()))
    return table


def _order_cell(document: Document, field: str, lang: str) -> str:
    value = document.get(field)
    if value is None:
        return ""
    if field in {"created_at", "date"}:
        return _moment(value, lang)
    if field in {"price", "finished_price"}:
        return format_money(lang, value, document.get("currency_code") or 643)
    return plain(value)
