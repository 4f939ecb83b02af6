"""Checklists as they are read: one card each, in one language, from the facts as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, Literal, cast

from sqlmodel import Session, col, or_, select

from wbcore.api.catalog import Environment
from wbcore.api.token import TokenFacts
from wbcore.guidance import checklist, incidents, rules, sellers, support, texts
from wbcore.guidance.codes import AGAIN, ASK_OWNER, BY_OTHER_KEY, HELP, HELPED, OTHER_KEY
from wbcore.guidance.diagnosis import Diagnosis, Step
from wbcore.guidance.window import Choice
from wbcore.store.models import Checklist, Key, Seller

State = Literal["open", "import_done", "snoozed", "closed"]
"""``import_done``: the orders came in by another key; this one is as unable as before."""
Action = Literal["replace_token", "use_other_key", "repeat", "check", "steps"]
"""The next press. ``check``: ask WB again; ``steps``: only reading the steps helps."""
NAMED: Final = 3
"""More keys than these are counted, not named, in a title."""


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as it is drawn.

    Attributes:
        window: what to choose in WB's window, where the step is done there.
        note: who ticked it and when, that it was done before and is not any more, or that it was not needed.
    """

    id: str
    text: str
    url: str | None
    done: bool
    verified_by: str
    note: str = ""
    route: str = ""
    not_needed: bool = False
    window: Choice | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """A key in an incident.

    Attributes:
        seller: whose key it is, where there is more than one seller; "" else.
        methods: ids of those that fail.
    """

    key: str
    seller: str
    methods: tuple[str, ...]

    def label(self, lang: str) -> str:
        """The key as it is named in a list, with its seller."""
        named = texts.t(lang, "window-quoted", text=self.key)
        return f"{named} ({self.seller})" if self.seller else named


@dataclass(frozen=True)
class ChecklistView:
    """A checklist as it is drawn, in one language. A text is made when it is read: most are folded away.

    Attributes:
        key: the stored key that it is about; None: no single one, or it is gone.
        members: of an incident, what it concerns, of keys that are still there.
        keys: those that the members have, by id.
        whose: seller's id -> its name, where that has to be said; see ``sellers.told``.
        of_others_too: it also concerns keys that whoever looks does not know of; of them nothing is in it.
    """

    row: Checklist
    diagnosis: Diagnosis
    lang: str
    state: State
    key: Key | None
    members: Sequence[incidents.Member]
    keys: Mapping[int, Key]
    whose: Mapping[int, str]
    of_others_too: bool = False

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def cause(self) -> str:
        return self.diagnosis.cause

    @property
    def severity(self) -> str:
        return self.row.severity

    @property
    def key_id(self) -> int | None:
        return self.row.key_id

    @property
    def is_outage(self) -> bool:
        return incidents.is_outage(self.row)

    @property
    def key_name(self) -> str:
        return str(self.diagnosis.params.get("key") or "")

    @property
    def seller(self) -> str:
        return str(self.diagnosis.params.get("of_seller") or "")

    @cached_property
    def problem(self) -> str:
        """The title without the key's name."""
        return problem_now(self.row, self.diagnosis, self.key, self.lang)

    @cached_property
    def title(self) -> str:
        return _title(self.problem, self.diagnosis, self.concerned, self.lang)

    @cached_property
    def former_title(self) -> str:
        """As it was when it failed, whatever was mended since."""
        return _title(self.diagnosis.problem(self.lang), self.diagnosis, self.concerned, self.lang)

    @cached_property
    def summary(self) -> str:
        told = _summary(self.row, self.diagnosis, self.key, self.state, self.lang)
        denied = self.closed_at is None and incidents.is_denial(self.diagnosis)
        # Where no step asks for a new token, nobody is to put one off.
        if denied and self._is_of_sellers and any(s.id == "save_token" for s in self.diagnosis.steps):
            return f"{told} {texts.t(self.lang, 'diag-many-refused')}"
        return told

    @property
    def _is_of_sellers(self) -> bool:
        """Whether it concerns several sellers."""
        return len({self.keys[m.key_id].seller_id for m in self.members}) > 1

    @cached_property
    def steps(self) -> tuple[StepView, ...]:
        return tuple(_step(self.row, self.diagnosis, step, self.lang) for step in self.diagnosis.steps)

    @cached_property
    def routes(self) -> tuple[tuple[str, str], ...]:
        """The ways out with what they are called, in their order; () where there is one."""
        words = self.diagnosis.words(self.lang)
        return tuple(
            (way, texts.t(self.lang, f"route-{way.replace('_', '-')}", **words))
            for way in rules.routes_of(self.diagnosis.steps)
            if way
        )

    @property
    def route(self) -> str:
        """The way that is gone; "" while that is open."""
        return rules.taken(self.diagnosis.steps, self.row.route)

    @property
    def action(self) -> Action:
        return _action(self.row, self.diagnosis, self.key, self.state, self.members)

    @cached_property
    def help(self) -> tuple[str, ...]:
        """What is tried where it doesn't help, in this order; () where no token is to be looked at."""
        if self.code not in HELPED:
            return ()
        # Where the token has the category, the summary says so: nobody has to see whether it has.
        lacking = self.required_category not in (None, *self.diagnosis.present_categories)
        tried = HELP if lacking else HELP[1:]
        words = self.diagnosis.words(self.lang)
        return tuple(texts.t(self.lang, f"diag-{item.replace('_', '-')}", **words) for item in tried)

    @cached_property
    def support_text(self) -> str:
        return support.support_text(self.diagnosis, self.lang)

    @cached_property
    def owner_text(self) -> str:
        return support.owner_text(self.diagnosis, self.lang)

    @property
    def repeat_run_id(self) -> str | None:
        """The failed import that "Повторить импорт" repeats."""
        return self.row.run_id

    @property
    def repeat_run_ids(self) -> tuple[str, ...]:
        """All of them, of an incident."""
        return tuple(dict.fromkeys(m.run_id for m in self.members if m.run_id))

    @property
    def wait_until(self) -> datetime | None:
        """The end of a wait for WB's quota, for a countdown."""
        until = self.diagnosis.params.get("until")
        moment = datetime.fromisoformat(until) if until else None
        return moment if moment and moment > datetime.now(UTC) else None

    @property
    def other_key(self) -> str:
        """The name of another key of the seller that can do it."""
        return str(self.diagnosis.params.get("other_key") or "")

    @cached_property
    def concerned(self) -> tuple[Concern, ...]:
        """Of an incident, the keys that are in it."""
        return _concerned(self.members, self.keys, self.whose)

    @cached_property
    def past(self) -> tuple[str, ...]:
        """What became of it before, as sentences."""
        return tuple(_past(entry, self.lang) for entry in self.row.past)

    @property
    def created_at(self) -> datetime:
        return self.row.created_at

    @property
    def opened_at(self) -> datetime:
        return self.row.opened_at

    @property
    def snoozed_until(self) -> datetime | None:
        return self.row.snoozed_until

    @property
    def closed_at(self) -> datetime | None:
        """None while it is open."""
        return self.row.closed_at

    @cached_property
    def ending(self) -> str:
        return _ending(self.row, self.lang)

    @property
    def details(self) -> Mapping[str, Any]:
        return self.diagnosis.details

    @property
    def required_category(self) -> str | None:
        return self.diagnosis.required_category

    @property
    def environment(self) -> Environment | None:
        known = self.row.environment or (self.key.environment if self.key else "")
        return cast(Environment, known) or None

    @property
    def done(self) -> int:
        return sum(step.done for step in self.diagnosis.steps)

    @property
    def way(self) -> tuple[Step, ...]:
        """The steps that are to be gone: without those of another way."""
        ways = {"", self.route} if self.route else {step.route for step in self.diagnosis.steps}
        return tuple(s for s in self.diagnosis.steps if not s.not_needed and s.route in ways)

    @property
    def at_step(self) -> int:
        """The number of the next step in ``way``, from 1: what stands before one that is done is behind."""
        way = self.way
        last = max((n for n, step in enumerate(way, 1) if step.done), default=0)
        return min(last + 1, len(way))


def card(session: Session, row: Checklist, lang: str) -> ChecklistView:
    return cards(session, [row], lang)[0]


def cards(
    session: Session, rows: Sequence[Checklist], lang: str, whose: Mapping[int, str] | None = None
) -> list[ChecklistView]:
    """Checklists in a language: two statements, however many there are.

    Args:
        whose: as ``sellers.told`` has it, where that is known already.
    """
    ids = {row.key_id for row in rows if row.key_id is not None}
    ids |= {member.key_id for row in rows for member in incidents.members(row)}
    if not ids:
        return [_card(row, lang, {}, {}) for row in rows]
    two_ways = [row.key_id for row in rows if _has_other_way(row)]
    same_seller = select(Key.seller_id).where(col(Key.id).in_(two_ways))
    asked = select(Key).where(or_(col(Key.id).in_(ids), col(Key.seller_id).in_(same_seller)))
    keys = {key.id: key for key in session.exec(asked) if key.id is not None}
    if whose is None:
        whose = sellers.told(session.exec(select(Seller)))
    others = incidents.with_unseen(session, rows)
    return [
        _part(row, lang, keys, whose) if row.id in others else _card(row, lang, keys, whose) for row in rows
    ]


def for_the_owner(view: ChecklistView) -> ChecklistView:
    """For whoever was sent a link: the owner needs no word that only the owner can do it."""
    steps = tuple(step for step in view.diagnosis.steps if step.id != ASK_OWNER)
    return replace(view, diagnosis=replace(view.diagnosis, steps=steps))


def _part(row: Checklist, lang: str, keys: Mapping[int, Key], whose: Mapping[int, str]) -> ChecklistView:
    """For whoever knows only some sellers: of an outage of many their own part."""
    return replace(_card(incidents.within_sight(row, keys), lang, keys, whose), of_others_too=True)


def _card(row: Checklist, lang: str, keys: Mapping[int, Key], whose: Mapping[int, str]) -> ChecklistView:
    key = keys.get(row.key_id or 0)
    diagnosis = _named(checklist.diagnosis_of(row), row, key, keys, whose)
    if key is not None and _has_other_way(row):
        diagnosis = _with_other_key(diagnosis, row, key, keys.values())
    members = [m for m in incidents.members(row) if m.key_id in keys]
    return ChecklistView(row, diagnosis, lang, _state(row, diagnosis), key, members, keys, whose)


# --- Who and what -------------------------------------------------------------------------------------------


def _named(
    diagnosis: Diagnosis,
    row: Checklist,
    key: Key | None,
    keys: Mapping[int, Key],
    whose: Mapping[int, str],
) -> Diagnosis:
    """With the key's and the seller's names as they are now; of an incident with those of its only key."""
    concerned = {m.key_id for m in incidents.members(row)} & set(keys)
    if key is None and len(concerned) == 1:
        key = keys[next(iter(concerned))]
    if key is None:
        if row.key_id is not None:
            return diagnosis
        return replace(diagnosis, params={**diagnosis.params, "key": "", "of_seller": ""})
    params = {**diagnosis.params, "key": key.name, "of_seller": whose.get(key.seller_id, "")}
    if rules.replaced(diagnosis, key, row.updated_at):
        params["stored"] = TokenFacts.from_record(key.facts).categories
    return replace(diagnosis, params=params)


def _has_other_way(row: Checklist) -> bool:
    return row.closed_at is None and row.diagnosis.get("cause") == "other_key_has_it"


def _with_other_key(diagnosis: Diagnosis, row: Checklist, key: Key, keys: Iterable[Key]) -> Diagnosis:
    """With the other key as it is now: the one that has brought the orders, else one that can; the one that
    was proposed first, else the one saved last. Where none can any more, without that way."""
    did = row.ticks.get(BY_OTHER_KEY) or {}
    if did.get("done"):
        names = {one.id: one.name for one in keys}
        name = names.get(did.get("key_id")) or did.get("key") or diagnosis.params.get("other_key")
        return replace(diagnosis, params={**diagnosis.params, "other_key": name})
    now = datetime.now(UTC)
    able = [
        one
        for one in keys
        if one.seller_id == key.seller_id
        and one.id != key.id
        and not rules.unfit(diagnosis, TokenFacts.from_record(one.facts), now)
    ]
    if able:
        proposed = diagnosis.params.get("other_key")
        best = max(able, key=lambda one: (one.name == proposed, one.token_saved_at))
        return replace(diagnosis, params={**diagnosis.params, "other_key": best.name})
    steps = [step for step in diagnosis.steps if step.route != OTHER_KEY]
    one_way = tuple(replace(step, route="", not_needed=False) for step in steps)
    params = {**diagnosis.params, "other_key": ""}
    return replace(diagnosis, cause="category_missing", steps=one_way, params=params)


def _concerned(
    members: Sequence[incidents.Member], keys: Mapping[int, Key], whose: Mapping[int, str]
) -> tuple[Concern, ...]:
    """By name: whoever looks for a key finds it."""
    methods: dict[int, dict[str, None]] = {}
    for member in members:
        methods.setdefault(member.key_id, {})[member.method] = None
    found = (
        Concern(keys[key_id].name, whose.get(keys[key_id].seller_id, ""), tuple(filter(None, asked)))
        for key_id, asked in methods.items()
    )
    return tuple(sorted(found, key=lambda one: (one.key, one.seller)))


def problem_now(row: Checklist, diagnosis: Diagnosis, key: Key | None, lang: str) -> str:
    """What is wrong; where the token has been replaced by one that will do, what is left."""
    if row.closed_at is None and _is_mended(row, diagnosis, key):
        return texts.t(lang, "diag-mended-title")
    return diagnosis.problem(lang)


def _is_mended(row: Checklist, diagnosis: Diagnosis, key: Key | None) -> bool:
    """Whether another token is stored, in which nothing is seen that stands in the way."""
    replaced = rules.replaced(diagnosis, key, row.updated_at)
    return key is not None and replaced and not _unfit(diagnosis, key)


def _unfit(diagnosis: Diagnosis, key: Key) -> str:
    return rules.unfit(diagnosis, TokenFacts.from_record(key.facts), datetime.now(UTC))


def _title(problem: str, diagnosis: Diagnosis, concerned: Sequence[Concern], lang: str) -> str:
    if len(concerned) < 2:
        return diagnosis.title(lang, problem)
    if len(concerned) <= NAMED:
        listed = ", ".join(one.label(lang) for one in concerned)
        return texts.t(lang, "diag-title-keys", problem=problem, keys=listed)
    told = texts.t(lang, "diag-title-many", problem=problem, count=len(concerned))
    named = {one.seller for one in concerned} - {""}
    if not named:
        return told
    whose = named.pop() if len(named) == 1 else texts.t(lang, "diag-title-sellers", count=len(named))
    return f"{told}, {whose}"


def _summary(row: Checklist, diagnosis: Diagnosis, key: Key | None, state: State, lang: str) -> str:
    """From the facts as they are now: of a token that is no longer stored nothing is said."""
    if row.closed_at is not None:
        return texts.t(lang, "diag-was", summary=diagnosis.summary(lang))
    words = diagnosis.words(lang)
    if state == "import_done":
        return texts.t(lang, "diag-import-done", **words)
    if key is None or not rules.replaced(diagnosis, key, row.updated_at):
        return diagnosis.summary(lang)
    at = texts.format_datetime(lang, key.token_saved_at)
    why = _unfit(diagnosis, key)
    if not why:
        return texts.t(lang, "diag-replaced", at=at, **words)
    facts = TokenFacts.from_record(key.facts)
    of_the_new = {"kind": facts.kind, "expires_at": facts.to_json(datetime.now(UTC))["expires_at"]}
    now = replace(diagnosis, present_categories=facts.categories, params={**diagnosis.params, **of_the_new})
    return texts.t(lang, f"diag-replaced-still-{why}", at=at, **now.words(lang))


def _state(row: Checklist, diagnosis: Diagnosis) -> State:
    if row.closed_at is not None:
        return "closed"
    if checklist.is_put_off(row, datetime.now(UTC)):
        return "snoozed"
    by_other = [s for s in diagnosis.steps if s.route == OTHER_KEY]
    gone = rules.taken(diagnosis.steps, row.route) == OTHER_KEY
    return "import_done" if gone and all(s.done for s in by_other) else "open"


def _action(
    row: Checklist,
    diagnosis: Diagnosis,
    key: Key | None,
    state: State,
    members: Sequence[incidents.Member],
) -> Action:
    """The one next press."""
    if _is_elsewhere(diagnosis):
        return "steps"
    wants_token = key is not None and any(s.id == "save_token" and not s.done for s in diagnosis.steps)
    can_repeat = bool(row.run_id) or any(m.run_id for m in members)
    other_way = (
        diagnosis.cause == "other_key_has_it"
        and row.run_id is not None
        and rules.taken(diagnosis.steps, row.route) in ("", OTHER_KEY)
        and state != "import_done"
    )
    if other_way:
        return "use_other_key"
    if wants_token:
        return "replace_token"
    if can_repeat:
        return "repeat"
    return "check" if key is not None or members else "steps"


def _is_elsewhere(diagnosis: Diagnosis) -> bool:
    """Whether this key's import or check can't end it: another key does, or what no import asks for."""
    if any(step.id == "add_production_key" for step in diagnosis.steps):
        return True
    without_token = all(step.id != "save_token" or step.done for step in diagnosis.steps)
    return without_token and diagnosis.details.get("endpoint") in AGAIN


# --- Steps and the past -------------------------------------------------------------------------------------


def _step(row: Checklist, diagnosis: Diagnosis, step: Step, lang: str) -> StepView:
    state = row.ticks.get(step.id) or {}
    return StepView(
        id=step.id,
        text=diagnosis.step_text(lang, step.id),
        url=step.url,
        done=step.done,
        verified_by=step.verified_by,
        note=_note(state, step, lang),
        route=step.route,
        not_needed=step.not_needed,
        window=diagnosis.window(step.id),
    )


def _note(state: Mapping[str, Any], step: Step, lang: str) -> str:
    if step.not_needed:
        return texts.t(lang, "step-note-not-needed")
    if not state:
        return ""
    at = texts.format_datetime(lang, datetime.fromisoformat(str(state["at"])))
    if not state["done"]:
        return texts.t(lang, "step-note-undone", at=at) if state.get("was_done") else ""
    if state["who"] == checklist.SYSTEM:
        return texts.t(lang, "step-note-system", at=at)
    return texts.t(lang, "step-note-operator", at=at, who=state["who"])


def _past(entry: Mapping[str, Any], lang: str) -> str:
    at = texts.format_datetime(lang, datetime.fromisoformat(str(entry["at"])))
    who, word = str(entry.get("who") or ""), str(entry.get("word") or "")
    return texts.t(lang, f"past-{entry['event']}", at=at, who=who, word=word)


def _ending(row: Checklist, lang: str) -> str:
    """How it ended, as a sentence; "" while it is open."""
    if row.closed_at is None:
        return ""
    at = texts.format_datetime(lang, row.closed_at)
    word = str(row.past[-1].get("word") or "") if row.past else ""
    return texts.t(lang, f"past-{row.ended or 'solved'}", at=at, who=row.solved_by, word=word)
