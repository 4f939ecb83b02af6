"""What the screens share: language, zone, safe texts, parts that fold, failures of a page itself.

Whatever comes from WB or from an operator passes through ``plain`` before it is drawn: it is never markup.
"""

from __future__ import annotations

import io
import logging
import re
import runpy
import zlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import orjson
import streamlit as st
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from streamlit.runtime.scriptrunner import RerunException, StopException

from wbcore.guidance import texts, turns
from wbcore.settings import DataFolderExposed, language, settings
from wbcore.store import days, db, seen
from wbcore.store.problems import StoreError

log = logging.getLogger(__name__)

Option = TypeVar("Option", bound=Hashable)

LANGUAGE_NAMES: Final = {"ru": "Русский", "en": "English"}
ICONS: Final = {
    "error": ":material/error:",
    "warning": ":material/warning:",
    "info": ":material/info:",
    "done": ":material/check_circle:",
}
LEARNING_PAGE: Final = "pages/learning.py"
APP: Final = Path(__file__).resolve().parents[2] / "app.py"
_BEGUN: Final = "app-has-begun"
_DRAWN: Final = "app-has-drawn"
_SWITCH: Final = "language-switch"
_WINDOW: Final = "window-open"
_SCREENS: Final = "screens"
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")
_TURNED: Final = re.compile(
    r"(?<=:)(?=\S)"  # :material/home:, :smile:, https://
    r"|(?<=\bwww)(?=\.)"
    r"|(?<=\w)(?=@\w)"  # an address of mail
    r"|(?<=[-=<])(?=[->=])"  # arrows
    r"|(?<=-)(?=-)",
    re.IGNORECASE,
)
"""Where Streamlit makes something else of a text although its signs are escaped: links, icons, arrows."""
_JOINER: Final = "\u2060"
"""Has no width and breaks no line: the text reads as it is, and no pattern is found in it."""


# --- Language and zone ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whoever reads what this thread draws."""

    lang: str
    zone: ZoneInfo


_READER: Final[ContextVar[_Reader | None]] = ContextVar("_READER", default=None)
"""Asked for once a run of a page, a fragment or a callback: a page has a thousand words."""


def lang() -> str:
    """The language of this session: chosen here, in the address, in this browser before, or ``WB_LANG``."""
    reader = _READER.get()
    return _lang() if reader is None else reader.lang


def _lang() -> str:
    chosen = (
        st.session_state.get(_SWITCH)
        or st.session_state.get("lang")
        or st.query_params.get("lang")
        or st.context.cookies.get(texts.LANGUAGE_COOKIE)
    )
    return chosen if chosen in texts.LANGUAGES else settings().lang


def follow_language() -> None:
    """At the start of each run: the session's language is kept, and told to the browser. An address that
    names one names the one that is chosen since: the page loaded anew, or sent to a colleague, speaks it."""
    st.session_state["lang"] = lang()
    if st.query_params.get("lang", lang()) != lang():
        st.query_params["lang"] = lang()
    # The page's script makes it the document's language (``people/door.js``).
    st.sidebar.html(f'<span data-wb-lang="{lang()}" hidden></span>')


def language_switch() -> None:
    """The choice of language; it holds for the session. ``?lang=en`` chooses it, too."""
    # No segments: Streamlit would look for pictures in their names, by a table that a page waits for.
    st.radio(
        texts.t(lang(), "page-language"),
        texts.LANGUAGES,
        format_func=LANGUAGE_NAMES.__getitem__,
        index=texts.LANGUAGES.index(lang()),
        key=_SWITCH,
        horizontal=True,
        label_visibility="collapsed",
    )


def t(key: str, /, **params: Any) -> str:
    """A text in the session's language."""
    return texts.t(lang(), key, **params)


def zone() -> ZoneInfo:
    """Whose days and hours are shown: the operator's own choice in this session, else ``WB_ZONE``."""
    reader = _READER.get()
    return _zone() if reader is None else reader.zone


def known(key: str, code: str) -> str:
    """As ``texts.known``, in the reader's language."""
    return texts.known(lang(), key, code)


def distinct(names: Mapping[Option, str], by: Callable[[Option], object] = str) -> dict[Option, str]:
    """Names of a choice's options, no two alike: browsers choose by name, and the last of a name would win.

    Args:
        by: what is put beside those that read alike; "": this one stays as it is.
    """
    alike, found, taken = Counter(names.values()), dict[Option, str](), set[str]()
    for option, name in names.items():
        beside = by(option) if alike[name] > 1 else ""
        told = first = f"{name} ({beside})" if beside else name
        number = 1
        while told in taken or (told != name and told in alike):
            number += 1
            told = f"{first} · {number}"
        taken.add(told)
        found[option] = told
    return found


def zone_name(name: str) -> str:
    """A zone in words."""
    return texts.format_zone(lang(), name)


def _zone() -> ZoneInfo:
    return days.named(st.session_state.get("zone"))


def _meet() -> Token[_Reader | None]:
    """Finds out who reads, for this thread until the token is taken back."""
    reader = _Reader(_lang(), _zone())
    texts.READERS_ZONE.set(reader.zone)
    return _READER.set(reader)


def moment(value: datetime | None) -> str:
    return "" if value is None else texts.format_datetime(lang(), value, zone())


def day(value: datetime | None) -> str:
    return "" if value is None else texts.format_date(lang(), value.astimezone(zone()))


def ago(value: datetime, now: datetime) -> str:
    """How long ago, in its largest unit: ``5 мин назад``."""
    seconds = (now - value).total_seconds()
    size = next((size for size in (86_400, 3_600, 60) if seconds >= size), None)
    return t("page-ago-now") if size is None else t("page-ago", time=duration(seconds // size * size))


def number(value: float) -> str:
    return texts.format_number(lang(), value)


def duration(seconds: float) -> str:
    return texts.format_duration(lang(), seconds)


def money(minor: int | None, currency: texts.Currency) -> str:
    return texts.format_money(lang(), minor, currency)


def amounts(by_currency: Mapping[Any, int], between: str = " · ") -> str:
    return texts.format_amounts(lang(), by_currency, between)


def plain(text: object) -> str:
    """Foreign text for a place that reads Markdown: every sign of it stands for itself, and makes no link."""
    return _plain(str(text))


@lru_cache(maxsize=2048)
def _plain(text: str) -> str:
    """Names of keys and sellers are the same at each rerun."""
    apart = _TURNED.sub(_JOINER, " ".join(text.split()))
    return _MARKUP.sub(r"\\\1", apart)


def begin() -> None:
    """At the start of each run of a page: the reader's zone."""
    if _BEGUN not in st.session_state:  # opened, or loaded again: that is a wish to see what is now
        seen.look_again()
    st.session_state[_BEGUN] = True
    st.session_state.pop(_WINDOW, None)
    _meet()


def end() -> None:
    """At the end of each run of a page, whatever ends it."""
    st.session_state[_DRAWN] = True


def has_drawn() -> bool:
    """Whether this session has drawn a page. Else what is pressed stands on one of an earlier session, from
    before another start of the program or a long break of the connection."""
    return _DRAWN in st.session_state


def folded(
    label: str,
    draw: Callable[[], None],
    *,
    key: str,
    icon: str | None = None,
    on_open: Callable[[], None] | None = None,
) -> None:
    """A part of a page that is made when it is opened; what is closed costs nothing.

    Args:
        key: keeps it open when its label changes.
        on_open: what follows from somebody's wish to see it, once; drawing itself changes nothing.
    """

    @calm
    def turned() -> None:
        if on_open is not None and st.session_state[key]:
            on_open()

    stay_open(key, label)
    box = st.expander(label, key=key, icon=icon, on_change=turned)
    if box.open:  # what is pressed inside draws this part anew; a fragment costs as much as three texts
        with box:
            st.fragment(calm(draw))()


def screens(about: Hashable, make: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """The screens of this session's navigation, by their files; ``page_link`` leads to them.

    Args:
        make: makes them; Streamlit looks for a file of each on the disk.
        about: what they depend on: they are made anew when it changes.
    """
    known = st.session_state.get(_SCREENS)
    if known is None or known[0] != about:
        known = st.session_state[_SCREENS] = (about, make())
    made: Mapping[str, Any] = known[1]
    return made


def page_link(page: str, *, label: str, icon: str, params: Mapping[str, str] | None = None) -> None:
    """As ``st.page_link``, which looks for a file on the disk, unless it is told a screen that is known.

    Args:
        page: its file: ``pages/orders.py``.
    """
    st.page_link(_screen(page), label=label, icon=icon, query_params=params)


def go(page: str, params: Mapping[str, str] | None = None) -> None:
    """As ``st.switch_page``, to a screen by its file: ``pages/orders.py``."""
    st.switch_page(_screen(page), query_params=params)


def _screen(file: str) -> Any:
    _, known = st.session_state.get(_SCREENS, (None, {}))
    return known.get(file, file)


def stay_open(key: str, label: str) -> None:
    """A part with another label, by a count in it, is another one to Streamlit, and closed: it is told."""
    about = f"{key}-label"
    if st.session_state.get(about, label) != label and key in st.session_state:
        st.session_state[key] = st.session_state[key]
    st.session_state[about] = label


def retold(key: str) -> str:
    """The key of a list, before it is drawn: a browser goes on saying what is chosen in it as it was called
    in the former language or zone, and chooses by that, unless it is told anew. No choice may be None, which
    would be told as none at all.

    Not inside a form: what is chosen there is the browser's alone until it is sent (``_shared.chosen_in``).
    """
    about, now = f"{key}-reader", (lang(), zone().key)
    if st.session_state.get(about, now) != now and key in st.session_state:
        st.session_state[key] = st.session_state[key]
    st.session_state[about] = now
    return key


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere. Its text may be foreign; its address is ``address``'s."""

    text: str
    address: str


def address(page: str, params: Mapping[str, str]) -> str:
    """The address of a page beside the one that is open: ``orders?status=new``."""
    return f"{page}?{urlencode(params, quote_via=quote)}" if params else page


def _cell(value: object) -> str:
    if isinstance(value, Link):
        return f"[{plain(value.text)}]({value.address.translate(_IN_A_LINK)})"
    return plain(value)


_IN_A_LINK: Final = str.maketrans({"(": "%28", ")": "%29", "|": "%7C"})


def draw_table(rows: Sequence[Mapping[str, object]]) -> None:
    """A few rows to be read. It needs no pandas, which a first page would wait half a second for."""
    names = list(rows[0]) if rows else []
    head = [[plain(name) for name in names], ["---"] * len(names)]
    lines = head + [[_cell(row[name]) for name in names] for row in rows]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def arrow(rows: Sequence[Mapping[str, object]]) -> Any:
    """Rows for ``st.dataframe`` as it sends them: it would make a pandas table of them, at twice the cost.

    They go by JSON: Arrow looks at Python's own lists only after it has imported pandas, for which the first
    table would wait a quarter of a second.

    Args:
        rows: all with the same columns; in a column texts, lists of texts or numbers, and None.
    """
    import pyarrow as pa  # noqa: PLC0415 (no page waits for it that has no table)
    from pyarrow import json  # noqa: PLC0415

    names = list(rows[0]) if rows else []
    schema = pa.schema([(name, _arrow_type(pa, [row[name] for row in rows])) for name in names])
    if not names:
        return schema.empty_table()
    written = b"\n".join(map(orjson.dumps, rows))
    return json.read_json(
        io.BytesIO(written),
        read_options=json.ReadOptions(use_threads=False, block_size=len(written) + 1),
        parse_options=json.ParseOptions(explicit_schema=schema),
    )


def _arrow_type(pa: Any, values: Sequence[object]) -> Any:
    """What a column is for Arrow, which would take a text with a date for a date."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.null()
    if kinds <= {int, float}:
        return pa.float64() if float in kinds else pa.int64()
    return pa.list_(pa.string()) if list in kinds else pa.string()


def key_of_rows(name: str, ids: Iterable[object]) -> str:
    """The key of a table in which a row can be chosen: Streamlit remembers key and row number.

    With other rows it is another table, and nothing in it is chosen.
    """
    return f"{name}-{zlib.crc32(repr(list(ids)).encode()):08x}"


def times(name: str) -> int:
    """How often ``done`` was called for it: in a widget's key it makes another, empty one after each time.

    A browser that has not heard of that yet speaks of the widget before: its press does nothing twice.
    """
    count: int = st.session_state.get(f"{name}-times", 0)
    return count


def done(name: str) -> None:
    st.session_state[f"{name}-times"] = times(name) + 1


# --- Failures of the page itself --------------------------------------------------------------------------


@contextmanager
def guard() -> Iterator[None]:
    """Turns whatever fails inside into a calm message with a way out; the log has the rest."""
    try:
        yield
    except (RerunException, StopException):
        raise
    except DataFolderExposed:
        log.exception("the data folder can't be used")
        _failure(t("page-failure-data-folder-exposed"))
    except DBAPIError as error:
        log.exception("the database can't be used")
        trouble = db.trouble(error)
        db.dispose()  # whoever mends it may have put another file there: the next look opens it anew
        _failure(t(f"page-failure-{trouble.code.replace('_', '-')}"))
    except StoreError as error:
        log.exception("the store can't be used")
        key = f"page-failure-{error.code.replace('_', '-')}"
        _failure(t(key) if texts.has(lang(), key) else t("page-failure-unknown", kind=type(error).__name__))
    except ValidationError as error:
        said = language()
        st.error(texts.t(said, "page-failure-settings", detail=texts.slips(said, error)), icon=ICONS["error"])
    except Exception as error:
        log.exception("a page failed")
        _failure(t("page-failure-unknown", kind=type(error).__name__))


def screen(page: Callable[[], None]) -> None:
    """Draws a screen.

    Streamlit's AppTest runs the file of a screen as a program of its own, without our set-up. Then app.py is
    run from here; it finds the screen by the same address.
    """
    if _BEGUN not in st.session_state:
        runpy.run_path(str(APP))
        return
    with guard():
        page()


P = ParamSpec("P")


def draw_anew() -> None:
    """Something that was looked at has ended: the page is drawn from what is read after that.

    That would close a window, with what is typed in it: while one is open the page stays as it is.
    """
    if st.session_state.get(_WINDOW):
        return
    seen.look_again()
    st.rerun()


def dialog(title: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """As ``st.dialog``. When the window is closed, the page is drawn anew."""

    def dress(draw: Callable[[], None]) -> Callable[[], None]:
        window = st.dialog(title, on_dismiss="rerun")(draw)

        def opened() -> None:
            st.session_state[_WINDOW] = True
            window()

        return opened

    return dress


def calm(draw: Callable[P, None]) -> Callable[P, None]:
    """A fragment's, dialog's or callback's body: what fails in it is told as calmly as a page's failure.

    Streamlit draws a traceback of its own before the page's ``guard`` would see the exception.
    """

    @wraps(draw)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        with turns.turn(), guard():
            before = _meet()
            try:
                draw(*args, **kwargs)
            finally:
                _READER.reset(before)

    return guarded


def _failure(text: str) -> None:
    st.error(text, icon=ICONS["error"])
    if st.button(t("page-try-again"), icon=":material/refresh:"):
        st.rerun()
    st.stop()
