"""Diagnoses and checklists on the screen. ``cards`` says what stands on one; the pages, what a press does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, Literal

import streamlit as st

from wbcore.api.catalog import CABINET_TOKENS_URL
from wbcore.guidance import cards, support, window
from wbcore.guidance.cards import ChecklistView, Concern, StepView
from wbcore.guidance.codes import ASK_OWNER
from wbcore.guidance.diagnosis import Diagnosis, method_name
from wbcore.guidance.views import (
    ICONS,
    LEARNING_PAGE,
    calm,
    draw_anew,
    duration,
    lang,
    moment,
    page_link,
    plain,
    stay_open,
    t,
)
from wbcore.settings import settings


@dataclass(frozen=True, slots=True)
class Actions:
    """What the buttons of a checklist do; the pages know how, this module does not. None: no such button."""

    tick: Callable[[str, str, bool], None] | None = None
    """(checklist id, step id, done)"""
    repeat: Callable[[tuple[str, ...]], None] | None = None
    """(run ids)"""
    use_key: Callable[[str, str], None] | None = None
    """(run id, name of the other key)"""
    replace_token: Callable[[int], None] | None = None
    """(key id): opens a window of its own"""
    paste: Callable[[int, str], None] | None = None
    """(key id, place): draws the form that takes a token, in the checklist itself"""
    check: Callable[[str], None] | None = None
    """(checklist id): WB is asked again"""
    route: Callable[[str, str], None] | None = None
    """(checklist id, route)"""
    dismiss: Callable[[str, str], None] | None = None
    """(checklist id, word)"""
    snooze: Callable[[str, int], None] | None = None
    """(checklist id, days)"""
    pack: Callable[[str], bytes] | None = None
    """(checklist id) -> JSON"""
    reopen: Callable[[str], None] | None = None
    there: Callable[[str], None] | None = None
    """(checklist id), at a press: that a colleague has ended it in between is said"""


SNOOZE_DAYS: Final = (1, 7)


def draw_checklist(view: ChecklistView, actions: Actions, *, place: str = "", opened: bool = True) -> None:
    """A checklist as one row with its next press, that opens into steps.

    Args:
        place: keeps the widgets of one checklist apart where it is drawn twice on a page.
        opened: whether its steps are shown at first.
    """
    if view.of_others_too:  # it is ended and put off by who knows all that it concerns
        actions = replace(actions, tick=None, route=None, dismiss=None, snooze=None, reopen=None)
    known = f"checklist-open-{view.id}{place}"
    shown = st.session_state.get(known, opened)
    if shown:  # a worse one that comes first shuts none that somebody reads, or types in
        st.session_state[known] = True
    key = f"checklist-{view.id}{place}"
    if not shown:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=key):
            _draw_head(view, actions, place, known, shown=False)
        return
    with st.container(border=True, key=key):
        with st.container(horizontal=True, vertical_alignment="center"):
            _draw_head(view, actions, place, known, shown=True)
        _draw_inside(view, actions, place)


def _draw_head(view: ChecklistView, actions: Actions, place: str, known: str, *, shown: bool) -> None:
    with st.container(gap=None, width="stretch", key=f"title-{view.id}{place}"):
        st.subheader(f"{ICONS[_sign(view)]} {plain(view.title)}", anchor=False)
        st.caption(plain(_facts(view)))
    _draw_next(view, actions, place)
    label, icon = ("page-steps-hide", "expand_less") if shown else ("page-steps-show", "expand_more")
    # Another one when it is turned: a second press, before the first one's answer is seen, undoes nothing.
    if st.button(t(label), key=f"fold-{known}-{shown}", type="tertiary", icon=f":material/{icon}:"):
        st.session_state[known] = not shown
        st.rerun()


def _facts(view: ChecklistView) -> str:
    """Since when, and how far it is."""
    parts = [view.ending] if view.ending else [t("page-checklist-since", at=moment(view.opened_at))]
    if view.state == "import_done":
        parts.append(t("page-checklist-import-done"))
    elif view.closed_at is None:
        parts.append(t("page-checklist-step", step=view.at_step, all=len(view.way)))
    if view.state == "snoozed":
        parts.append(t("page-checklist-snoozed", at=moment(view.snoozed_until)))
    return " · ".join(parts)


def _draw_inside(view: ChecklistView, actions: Actions, place: str) -> None:
    st.markdown(plain(view.summary))
    if view.of_others_too:
        st.caption(t("page-checklist-of-others"))
    if view.of_others_too or sum(max(1, len(one.methods)) for one in view.concerned) > 1:
        with st.expander(t("page-checklist-concerned", count=len(view.concerned))):
            st.markdown("\n".join(f"- {plain(_concern(one))}" for one in view.concerned))
    if view.action == "replace_token" and actions.replace_token is None and view.closed_at is None:
        st.caption(t("page-next-owner-pastes"))
    _draw_routes(view, actions, place)
    _draw_others(view, actions, place)
    if view.help:
        with st.expander(t("page-checklist-help")):
            st.markdown("\n".join(f"{n}. {plain(line)}" for n, line in enumerate(view.help, 1)))
    if view.owner_text:
        _passed_on(t("page-checklist-send"), partial(_draw_for_the_owner, view), f"send-{view.id}{place}")
    _draw_support(view, actions, place)
    if view.past:
        with st.expander(t("page-checklist-past", count=len(view.past))):
            st.markdown("\n".join(f"- {plain(line)}" for line in view.past))


def _passed_on(label: str, draw: Callable[[], None], key: str, *, opened: bool = False) -> None:
    """A part with a text to copy, made when it is open: browsers load much for such a text."""
    stay_open(f"{key}-{opened}", label)
    box = st.expander(label, expanded=opened, key=f"{key}-{opened}", on_change="rerun")
    if box.open:
        with box:
            draw()


def _draw_for_the_owner(view: ChecklistView) -> None:
    st.caption(t("page-owner-copy"))
    st.code(_for_the_owner(view), language=None, wrap_lines=True)


def _draw_support(view: ChecklistView, actions: Actions, place: str) -> None:
    """What is passed on to WB's support or the developer; nothing, where nothing has failed yet."""
    if not view.support_text and view.cause != "internal":
        return

    def draw() -> None:
        if view.support_text:
            st.caption(t("page-support-copy"))
            st.code(view.support_text, language=None, wrap_lines=True)
        if actions.pack is not None:
            st.download_button(
                t("page-support-pack"),
                partial(actions.pack, view.id),
                f"wb-desk-{view.code}.json",
                "application/json",
                key=f"pack-{view.id}{place}",
            )

    label, key = t(_part_of_support(view)), f"support-{view.id}{place}"
    _passed_on(label, draw, key, opened=_speaks_of_support(view))


def _concern(one: Concern) -> str:
    """A key of an incident with what fails of it."""
    methods = ", ".join(method_name(lang(), method) for method in one.methods)
    return f"{one.label(lang())}: {methods}" if methods else one.label(lang())


def _part_of_support(view: ChecklistView) -> str:
    """What the part is called that has what is passed on: to WB's support, or where it is ours to mend."""
    return "page-checklist-support" if view.support_text else "page-checklist-developer"


def _speaks_of_support(view: ChecklistView) -> bool:
    """Whether a step that is still to be done needs the text for WB's support, or the developer's file."""
    return any(step.id in ("contact_support", "tell_developer") and not step.done for step in view.way)


def _stands_below(view: ChecklistView, step: StepView) -> str:
    """The part of the same checklist that has ready what a step asks to pass on; "": none."""
    if step.id == ASK_OWNER and view.owner_text:
        return "page-checklist-send"
    return _part_of_support(view) if step.id in ("contact_support", "tell_developer") else ""


def _for_the_owner(view: ChecklistView) -> str:
    address = support.link(view.id, settings().public_url)
    return view.owner_text + (f"\n{t('owner-link', link=address)}" if address else "")


def draw_shared_checklist(view: ChecklistView) -> None:
    """What a link shows: read only, with everything as a text to copy."""
    view = cards.for_the_owner(view)
    with st.container(border=True, key=f"checklist-shared-{view.id}"):
        st.title(f"{ICONS[_sign(view)]} {plain(view.title)}", anchor=False)
        st.caption(plain(_facts(view)))
        st.markdown(plain(view.summary))
        _draw_ways(view, partial(_draw_shared_step, view))
        for one in view.concerned:
            st.markdown(f"- {plain(_concern(one))}")
        if view.owner_text:
            st.caption(t("page-owner-copy"))
            st.code(_for_the_owner(view), language=None, wrap_lines=True)
        if view.support_text:
            st.caption(t("page-support-copy"))
            st.code(view.support_text, language=None, wrap_lines=True)


def _draw_shared_step(view: ChecklistView, step: StepView) -> None:
    """A step for whoever was sent the link."""
    with st.container(gap=None):
        label = _step_label(step, [step.note])
        st.checkbox(label, step.done, disabled=True, key=f"shared-{view.id}-{step.id}")
        if step.done or view.closed_at is not None:
            return
        _draw_link(step)
        if step.window is not None:
            draw_window(step.window)


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
    made = next((c for step in diagnosis.steps if (c := diagnosis.window(step.id)) is not None), None)
    if made is not None:
        with st.expander(t("window-show"), icon=":material/web_asset:"):
            draw_window(made)


def _sign(view: ChecklistView) -> str:
    """How it looks: what is over, put off, or done for this import is no alarm."""
    if view.closed_at is not None:
        return "done"
    return "info" if view.state == "snoozed" else "warning" if view.state == "import_done" else view.severity


def _draw_routes(view: ChecklistView, actions: Actions, place: str) -> None:
    """The steps; where there are several ways out, each under its name."""
    if view.routes and actions.route and view.closed_at is None and view.state != "import_done":
        key = f"route-{view.id}{place}"
        names = dict(view.routes)

        def chosen() -> None:
            if actions.route is not None and st.session_state[key]:
                actions.route(view.id, st.session_state[key])

        st.segmented_control(
            t("page-checklist-route"),
            list(names),
            format_func=lambda way: plain(names[way]),
            default=view.route or None,
            required=True,
            key=key,
            on_change=calm(chosen),
        )
    _draw_ways(view, lambda step: _draw_step(view, step, actions, place))


def _draw_ways(view: ChecklistView, draw: Callable[[StepView], None]) -> None:
    """Each way under its name, then what all of them end with; what nobody needs any more is one line."""
    for way, name in (*view.routes, ("", "")):
        steps = [step for step in view.steps if step.route == way]
        spared = [step for step in steps if step.not_needed]
        if name and len(spared) < len(steps):
            mark = t("page-checklist-route-taken") if way == view.route else ""
            st.markdown(f"**{plain(name)}** {mark}")
        for step in steps:
            if not step.not_needed:
                draw(step)
        if spared:
            with st.expander(_of_spared(view, name)):
                st.caption("\n".join(f"- {plain(step.text)}" for step in spared))


def _of_spared(view: ChecklistView, way: str) -> str:
    """Whether a way was not needed, or for one import only: the key may be as unable as before."""
    if not way:
        return t("page-steps-spared")
    return t("page-way-spared-now" if view.state == "import_done" else "page-way-spared", name=plain(way))


def _draw_step(view: ChecklistView, step: StepView, actions: Actions, place: str) -> None:
    # The state is part of the widget's key: a step that ticked itself is another widget, with its new value.
    key = f"step-{view.id}-{step.id}-{step.done}{place}"
    by_hand = step.verified_by == "operator" and actions.tick is not None and view.closed_at is None

    def changed() -> None:
        if actions.tick is not None:
            actions.tick(view.id, step.id, bool(st.session_state[key]))

    to_do = not step.done and view.closed_at is None
    notes = [step.note]
    if to_do:
        below = _stands_below(view, step)
        notes += [
            t("page-step-automatic") if step.verified_by == "system" else "",
            t("page-step-see-below", part=t(below)) if below else "",
        ]
    with st.container(gap=None):
        st.checkbox(
            _step_label(step, notes), step.done, disabled=not by_hand, key=key, on_change=calm(changed)
        )
        if not to_do:
            return
        if view.environment == "demo" and step.url == CABINET_TOKENS_URL:
            page_link(LEARNING_PAGE, label=t("page-learning-open"), icon=":material/school:")
        else:
            _draw_link(step)
        if step.window is not None:
            _draw_window(view, step, step.window)
        if step.id == "save_token" and actions.paste is not None and view.key_id is not None:
            actions.paste(view.key_id, f"-paste-{view.id}{place}")


def _step_label(step: StepView, notes: Iterable[str]) -> str:
    """A step with what there is to say of it: as an element of its own that would take a browser 5 ms."""
    said = " · ".join(note for note in notes if note)
    return f"{plain(step.text)} :gray[·\u00a0{plain(said)}]" if said else plain(step.text)


def _draw_window(view: ChecklistView, step: StepView, choice: window.Choice) -> None:
    """WB's window beside a step that is done in it; open where that step is the next one of its way."""
    gone = [one for one in view.steps if not view.route or one.route in ("", view.route)]
    ours = (one for one in gone if one.verified_by == "system")
    following = next((one.id for one in ours if not one.done and not one.not_needed), "")
    with st.expander(t("window-show"), expanded=step.id == following, icon=":material/web_asset:"):
        draw_window(choice)


def draw_window(choice: window.Choice) -> None:
    """WB's window as a picture, with what else is to be known of it."""
    st.html(window.html(choice, lang()))
    legend = [t("window-legend"), *([t("window-legend-kept")] if choice.kept else [])]
    st.caption(" ".join(legend))


def _draw_link(step: StepView) -> None:
    if step.url:
        label = t(f"page-link-{_link_kind(step.url)}")
        st.link_button(label, step.url, icon=":material/open_in_new:", type="tertiary")


def _link_kind(url: str) -> str:
    if url == CABINET_TOKENS_URL or "access-to-api" in url:
        return "tokens"
    if "jwt" in url:
        return "decoder"
    return "portal" if "dev." in url else "cabinet"


def _draw_next(view: ChecklistView, actions: Actions, place: str) -> None:
    """The one next press; before it is acted on, whether the checklist is still there is asked.

    A button's key says what it does, wherever it stands: what was meant at a press is done, or nothing, when
    the next press has become another one since the page was drawn.
    """

    def pressed() -> None:
        if actions.there is not None:
            actions.there(view.id)

    first = calm(pressed)
    if view.closed_at is not None:
        if actions.reopen and st.button(t("page-checklist-reopen"), key=f"reopen-{view.id}{place}"):
            actions.reopen(view.id)
    elif view.action == "replace_token" and actions.replace_token and view.key_id is not None:
        if st.button(
            t("page-key-replace"),
            key=f"replace-{view.id}{place}",
            type="primary",
            icon=":material/key:",
            on_click=first,
        ):
            actions.replace_token(view.key_id)
    elif view.action == "use_other_key" and actions.use_key and view.repeat_run_id:
        label = t("page-use-other-key", name=plain(view.other_key))
        if st.button(label, key=f"use-{view.id}{place}", type="primary", on_click=first):
            actions.use_key(view.repeat_run_id, view.other_key)
    elif view.action == "repeat":
        _draw_repeat(view, actions, place, primary=True)
    elif view.action == "check" and actions.check:
        label, icon = t("page-health-check"), ":material/network_check:"
        if st.button(label, key=f"check-{view.id}{place}", type="primary", icon=icon, on_click=first):
            actions.check(view.id)


def _draw_repeat(view: ChecklistView, actions: Actions, place: str, *, primary: bool = False) -> None:
    runs = view.repeat_run_ids or ((view.repeat_run_id,) if view.repeat_run_id else ())
    if actions.repeat is None or not runs:
        return
    if view.wait_until is not None and view.wait_until > datetime.now(UTC):
        _countdown(view.wait_until)
        return
    label = t("page-repeat") if len(runs) == 1 else t("page-repeat-all", count=len(runs))
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    if st.button(label, key=f"repeat-{view.id}{place}", type=kind, icon=":material/replay:"):
        actions.repeat(runs)


def _draw_others(view: ChecklistView, actions: Actions, place: str) -> None:
    """What else can be pressed: quieter than the next press."""
    if view.closed_at is not None:
        return
    with st.container(horizontal=True):
        if view.action != "repeat":
            _draw_repeat(view, actions, place)
        wants = any(step.id == "save_token" and not step.done for step in view.steps)
        if wants and view.action != "replace_token" and actions.replace_token and view.key_id is not None:
            label = t("page-key-replace")
            if st.button(label, key=f"replace-{view.id}{place}", icon=":material/key:"):
                actions.replace_token(view.key_id)
        if actions.snooze is not None:
            with st.popover(t("page-checklist-later"), icon=":material/snooze:"):
                for days in SNOOZE_DAYS:
                    label = t(f"page-checklist-later-{days}")
                    if st.button(label, key=f"later-{days}-{view.id}{place}"):
                        actions.snooze(view.id, days)
        if actions.dismiss is not None:
            with st.popover(t("page-checklist-dismiss"), icon=":material/block:"):
                _draw_dismiss(view, actions.dismiss, f"dismiss-{view.id}{place}")


def _draw_dismiss(view: ChecklistView, dismiss: Callable[[str, str], None], key: str) -> None:
    with st.form(key, border=False):
        word = st.text_input(t("page-checklist-why"), max_chars=200, autocomplete="off")
        pressed = st.form_submit_button(t("page-checklist-dismiss-yes"))
    if not pressed:
        return
    if word.strip():
        dismiss(view.id, word)
    else:
        st.warning(t("page-checklist-why-empty"), icon=ICONS["warning"])


@st.fragment(run_every=1.0)
@calm
def _countdown(until: datetime | None) -> None:
    left = max(0.0, (until - datetime.now(UTC)).total_seconds()) if until else 0.0
    if not left:
        draw_anew()
    st.info(t("page-run-waiting", wait=duration(left)), icon=":material/hourglass_top:")
