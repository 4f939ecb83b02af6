"""What the screens share: language, zone, safe texts, checklists. The one module of wbcore that draws.

Whatever comes from WB or from an operator passes through ``plain`` before it is drawn: it is never markup.
"""

from __future__ import annotations

import logging
import re
import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from pydantic import ValidationError
from streamlit.runtime.scriptrunner import RerunException, StopException
from tzlocal import get_localzone

from wbcore.guidance import support, texts
from wbcore.guidance.checklist import ChecklistView, StepView
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.settings import settings
from wbcore.store.errors import StoreError

log = logging.getLogger(__name__)

LANGUAGE_NAMES: Final = {"ru": "Русский", "en": "English"}
ICONS: Final = {
    "error": ":material/error:",
    "warning": ":material/warning:",
    "info": ":material/info:",
    "done": ":material/check_circle:",
}
APP: Final = Path(__file__).resolve().parents[2] / "app.py"
_BEGUN: Final = "app-has-begun"
_SWITCH: Final = "language-switch"
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


# --- Language and zone ------------------------------------------------------------------------------------


def lang() -> str:
    """The language of this session: chosen here, or in the address, or ``WB_LANG``."""
    chosen = st.session_state.get(_SWITCH) or st.session_state.get("lang") or st.query_params.get("lang")
    return chosen if chosen in texts.LANGUAGES else settings().lang


def language_switch() -> None:
    """The choice of language, in the sidebar; it holds for the session. ``?lang=en`` chooses it, too."""
    st.session_state["lang"] = lang()
    st.sidebar.segmented_control(
        texts.t(lang(), "page-language"),
        texts.LANGUAGES,
        format_func=LANGUAGE_NAMES.__getitem__,
        default=lang(),
        key=_SWITCH,
        required=True,
        label_visibility="collapsed",
    )


def t(key: str, /, **params: Any) -> str:
    """A text in the session's language."""
    return texts.t(lang(), key, **params)


def zone() -> Any:
    """The operator's zone, as the browser tells it; else this machine's."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError):
        return get_localzone()


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


def money(minor: int | None, currency: int | None) -> str:
    return texts.format_money(lang(), minor, currency)


def plain(text: object) -> str:
    """Foreign text for a place that reads Markdown: every sign of it stands for itself."""
    return _MARKUP.sub(r"\\\1", str(text)).replace("\n", " ")


_STYLE: Final = """<style>
/* Steps that verify themselves can't be ticked by hand, but they are what is to be read. */
[class*="st-key-checklist-"] [data-testid="stCheckbox"] label,
[class*="st-key-checklist-"] [data-testid="stCheckbox"] label * { color: inherit !important; }
/* Streamlit's own hint in English. */
[data-testid="InputInstructions"] { display: none; }
</style>"""


def begin() -> None:
    """At the start of each run of a page: the reader's zone, and what the theme can't say."""
    st.session_state[_BEGUN] = True
    texts.READERS_ZONE.set(zone())
    st.html(_STYLE)


# --- Failures of the page itself --------------------------------------------------------------------------


@contextmanager
def guard() -> Iterator[None]:
    """Turns whatever fails inside into a calm message with a way out; the log has the rest."""
    try:
        yield
    except (RerunException, StopException):
        raise
    except StoreError as error:
        log.exception("the store can't be used")
        key = f"page-failure-{error.code.replace('_', '-')}"
        _failure(t(key) if texts.has(lang(), key) else t("page-failure-unknown", kind=type(error).__name__))
    except ValidationError as error:
        names = ", ".join(f"WB_{str(e['loc'][0]).upper()}" for e in error.errors() if e["loc"])
        st.error(texts.t("ru", "page-failure-settings", names=names), icon=ICONS["error"])
    except Exception as error:
        log.exception("a page failed")
        _failure(t("page-failure-unknown", kind=type(error).__name__))


def screen(page: Callable[[], None]) -> None:
    """Draws a screen.

    Opened by its address before app.py has ever run, Streamlit takes the file in ``pages`` for a program of
    its own, without our set-up. Then app.py is run from here; it finds the screen by the same address.
    """
    if _BEGUN not in st.session_state:
        runpy.run_path(str(APP))
        return
    with guard():
        page()


def _failure(text: str) -> None:
    st.error(text, icon=ICONS["error"])
    if st.button(t("page-try-again"), icon=":material/refresh:"):
        st.rerun()
    st.stop()


# --- Diagnoses and checklists -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Actions:
    """What the buttons of a checklist do; the pages know how, this module does not. None: no such button."""

    tick: Callable[[str, str, bool], None] | None = None
    """(checklist id, step id, done)"""
    repeat: Callable[[str], None] | None = None
    """(run id)"""
    use_key: Callable[[str, str], None] | None = None
    """(run id, name of the other key)"""
    replace_token: Callable[[int], None] | None = None
    """(key id)"""
    pack: Callable[[str], bytes] | None = None
    """(checklist id) -> JSON"""
    reopen: Callable[[str], None] | None = None


def draw_checklist(view: ChecklistView, actions: Actions, *, place: str = "") -> None:
    """A checklist with its steps, help and texts to copy.

    Args:
        place: keeps the widgets of one checklist apart where it is drawn twice on a page.
    """
    with st.container(border=True, key=f"checklist-{view.id}{place}"):
        st.subheader(f"{ICONS[_state(view)]} {plain(view.title)}", anchor=False)
        if view.closed_at is not None:
            st.success(t("page-checklist-solved", at=moment(view.closed_at)), icon=ICONS["done"])
        st.markdown(plain(view.summary))
        st.caption(t("page-checklist-progress", done=view.done, all=len(view.steps)))
        for step in view.steps:
            _draw_step(view, step, actions, place)
        _draw_buttons(view, actions, place)
        with st.expander(t("page-checklist-help")):
            st.markdown("\n".join(f"{n}. {plain(line)}" for n, line in enumerate(view.help, 1)))
            st.caption(t("page-support-copy"))
            st.code(view.support_text, language=None, wrap_lines=True)
        with st.expander(t("page-checklist-send")):
            st.caption(t("page-messenger-copy"))
            st.code(
                f"{view.messenger_text}\n{support.link(view.id, base_address())}",
                language=None,
                wrap_lines=True,
            )
            if actions.pack is not None:
                st.download_button(
                    t("page-support-pack"),
                    actions.pack(view.id),
                    f"wb-desk-{view.code}.json",
                    "application/json",
                    key=f"pack-{view.id}{place}",
                )


def draw_shared_checklist(view: ChecklistView) -> None:
    """What a link shows: read only, with everything as a text to copy."""
    with st.container(border=True):
        st.header(f"{ICONS[_state(view)]} {plain(view.title)}", anchor=False)
        st.markdown(plain(view.summary))
        for step in view.steps:
            st.checkbox(plain(step.text), step.done, disabled=True, key=f"shared-{view.id}-{step.id}")
            _draw_link(step)
        st.caption(t("page-messenger-copy"))
        st.code(
            f"{view.messenger_text}\n{support.link(view.id, base_address())}", language=None, wrap_lines=True
        )


def draw_diagnosis(diagnosis: Diagnosis, *, steps: bool = True) -> None:
    """A diagnosis that has no checklist of its own, for example of a token that was not saved."""
    box = st.error if diagnosis.severity == "error" else st.warning
    title, summary = diagnosis.title(lang()), diagnosis.summary(lang())
    box(f"**{plain(title)}**  \n{plain(summary)}", icon=ICONS[diagnosis.severity])
    if not steps:
        return
    lines = [
        f"{n}. {plain(diagnosis.step_text(lang(), step.id))}"
        + (f" ([{t('page-open')}]({step.url}))" if step.url else "")
        for n, step in enumerate(diagnosis.steps, 1)
        if step.id not in ("check_import", "no_error_since")
    ]
    st.markdown("\n".join(lines))


def _state(view: ChecklistView) -> str:
    return view.severity if view.closed_at is None else "done"


def base_address() -> str:
    """The dashboard's own address, as this browser has opened it."""
    return re.sub(r"^(https?://[^/]+).*", r"\1", st.context.url or "")


def _draw_step(view: ChecklistView, step: StepView, actions: Actions, place: str) -> None:
    # The state is part of the widget's key: a step that ticked itself is another widget, with its new value.
    key = f"step-{view.id}-{step.id}-{step.done}{place}"
    by_hand = step.verified_by == "operator" and actions.tick is not None and view.closed_at is None

    def changed() -> None:
        if actions.tick is not None:
            actions.tick(view.id, step.id, bool(st.session_state[key]))

    with st.container(gap=None):
        st.checkbox(plain(step.text), step.done, disabled=not by_hand, key=key, on_change=changed)
        notes = [step.note] if step.note else []
        if step.verified_by == "system" and not step.done:
            notes.append(t("page-step-automatic"))
        if notes:
            st.caption(f"&emsp;&ensp;{plain(' · '.join(notes))}")
        if not step.done:
            _draw_link(step)


def _draw_link(step: StepView) -> None:
    if step.url:
        label = t(f"page-link-{_link_kind(step.url)}")
        st.link_button(label, step.url, icon=":material/open_in_new:", type="tertiary")


def _link_kind(url: str) -> str:
    if "access-to-api" in url:
        return "tokens"
    if "jwt" in url:
        return "decoder"
    return "portal" if "dev." in url else "cabinet"


def _draw_buttons(view: ChecklistView, actions: Actions, place: str) -> None:
    if view.closed_at is not None:
        if actions.reopen and st.button(t("page-checklist-reopen"), key=f"reopen-{view.id}{place}"):
            actions.reopen(view.id)
        return
    with st.container(horizontal=True):
        if actions.replace_token and view.key_id is not None and _wants_token(view):
            label = t("page-key-replace")
            if st.button(label, key=f"replace-{view.id}{place}", icon=":material/key:"):
                actions.replace_token(view.key_id)
        if actions.use_key and view.other_key and view.repeat_run_id and view.cause == "other_key_has_it":
            label = t("page-use-other-key", name=plain(view.other_key))
            if st.button(label, key=f"other-{view.id}{place}", type="primary"):
                actions.use_key(view.repeat_run_id, view.other_key)
        if actions.repeat and view.repeat_run_id:
            wait = _seconds_left(view)
            if wait > 0:
                _countdown(view.wait_until)
            elif st.button(t("page-repeat"), key=f"repeat-{view.id}{place}", icon=":material/replay:"):
                actions.repeat(view.repeat_run_id)


def _wants_token(view: ChecklistView) -> bool:
    return any(step.id == "save_token" and not step.done for step in view.steps)


def _seconds_left(view: ChecklistView) -> float:
    if view.wait_until is None:
        return 0.0
    return (view.wait_until - datetime.now(UTC)).total_seconds()


@st.fragment(run_every=1.0)
def _countdown(until: datetime | None) -> None:
    left = (until - datetime.now(UTC)).total_seconds() if until else 0.0
    if left <= 0:
        st.rerun()
    st.info(t("page-run-waiting", wait=duration(left)), icon=":material/hourglass_top:")
