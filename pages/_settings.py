"""What an operator chooses for themselves: the zone whose days are meant, and the language; both are kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import streamlit as st

from pages import _shared
from wbcore.guidance import texts, views
from wbcore.guidance.views import t
from wbcore.people import preferences
from wbcore.people.preferences import Name
from wbcore.store import db

log = logging.getLogger(__name__)

ZONES = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
    "Europe/Minsk",
    "Asia/Almaty",
    "Asia/Bishkek",
    "Asia/Tashkent",
    "Asia/Yerevan",
    "Asia/Tbilisi",
    "UTC",
)
_LOADED = "preferences-loaded"
_OPEN = "settings-open"


def begin() -> None:
    """At the start of a session: what was chosen the last time, unless the address says otherwise."""
    if st.session_state.get(_LOADED):
        return
    try:
        with db.session() as session:
            kept = preferences.of(session, _shared.actor())
    except Exception as error:  # noqa: BLE001 (a database that is not ready is told by the page that needs it)
        log.debug("preferences are not there yet: %s", type(error).__name__)
        return
    st.session_state[_LOADED] = True
    if "lang" in kept and "lang" not in st.query_params:
        st.session_state.setdefault("lang", kept["lang"])
    if "zone" in kept:
        st.session_state.setdefault("zone", kept["zone"])


def draw() -> None:
    """In the sidebar, folded: a choice that is made once has much for a browser to load. It is kept."""
    now = views.zone().key
    label = f"{' / '.join(views.LANGUAGE_NAMES.values())} · {views.zone_name(now)}"
    views.stay_open(_OPEN, label)
    box = st.sidebar.expander(label, key=_OPEN, icon=":material/language:", on_change="rerun")
    if box.open:
        with box:
            views.language_switch()
            _choose_zone(now)
    chosen = views.lang()
    if st.session_state.setdefault("lang-kept", chosen) != chosen:
        st.session_state["lang-kept"] = chosen
        _keep("lang", chosen)


def _choose_zone(now: str) -> None:
    choices = list(dict.fromkeys((*ZONES, now, *filter(None, [st.context.timezone]))))
    st.selectbox(
        t("page-zone"),
        choices,
        index=choices.index(now),
        format_func=_names(views.lang(), choices).__getitem__,
        key=views.retold("zone-choice"),
        on_change=views.calm(_zone_chosen),
        args=(choices,),
    )


def _names(lang: str, zones: Sequence[str]) -> dict[str, str]:
    """What zones are called; a browser may have an old name of one that is offered."""
    return views.distinct({zone: texts.format_zone(lang, zone) for zone in zones})


def _zone_chosen(choices: Sequence[str]) -> None:
    """A browser that has not heard of another language yet chooses by a zone's name in the one before."""
    named = {name: zone for lang in texts.LANGUAGES for zone, name in _names(lang, choices).items()}
    chosen = st.session_state["zone-choice"]
    st.session_state["zone"] = st.session_state["zone-choice"] = named.get(chosen, chosen)
    _keep("zone", st.session_state["zone"])


def _keep(name: Name, value: str) -> None:
    with db.session() as session:
        preferences.keep(session, _shared.actor(), name, value)
        session.commit()
