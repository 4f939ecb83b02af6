"""WB's window in which a token is made: its words and its order, once for all who tell or draw it.

The words are those of WB's cabinet («Интеграции по API», October 2025 to summer 2026), in ``window.ftl``; the
drawing is our own, in HTML that follows the light or dark page around it. The learning cabinet lays out the
same window with live fields. Knows neither Streamlit nor the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import count
from types import MappingProxyType
from typing import Any, Final, Literal

from wbcore.api.catalog import CATEGORIES, Category
from wbcore.guidance import texts

Kind = Literal["personal", "basic", "test"]
KINDS: Final[tuple[Kind, ...]] = ("personal", "basic", "test")
"""The types that the tab "Для интеграции вручную" offers, in its order."""

Access = Literal["read_write", "read_only"]
ACCESSES: Final[tuple[Access, ...]] = ("read_write", "read_only")

MAX_ACTIVE: Final = 20
"""So many active tokens a store may have."""

GOALS: Final[Mapping[str, str]] = MappingProxyType(
    {"orders": "marketplace", "statistics": "statistics", "feed": "analytics"}
)
"""What an operator wants to do -> the category that it takes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What to choose in the window.

    Attributes:
        categories: ids of the boxes to tick.
        kept: those among them that only the former token asks for.
    """

    kind: Kind = "personal"
    categories: tuple[str, ...] = ("marketplace",)
    access: Access = "read_only"
    kept: tuple[str, ...] = ()

    def ticked(self) -> tuple[Category, ...]:
        """The boxes to tick, in the order of the window."""
        return tuple(category for category in CATEGORIES if category.id in self.categories)


# --- What to choose -----------------------------------------------------------------------------------------

STEPS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "create_token": {},
        "create_writing_token": {"access": "read_write"},
        "create_personal_token": {"kind": "personal"},
        "create_production_token": {},
    }
)
"""The steps that are done in this window -> what they ask for, whatever the former token was."""


def for_step(
    step_id: str,
    *,
    required: str | None,
    present: Iterable[str] = (),
    params: Mapping[str, Any] | None = None,
    cause: str = "",
) -> Choice | None:
    """What a step of a checklist asks for; None: the step is done elsewhere.

    The new token keeps what the former one could do, so that nothing that uses it stops working.

    Args:
        required: id of the category that was missing.
        present: ids of the former token's categories.
        params: of the diagnosis: ``kind`` and ``read_only`` of the former token; ``gone``: ids of the
            categories that a poorer token has lost; ``stored``: those of the one that is stored by now.
        cause: of the diagnosis.
    """
    asked = STEPS.get(step_id)
    if asked is None:
        return None
    before = params or {}
    needed = {required} if required else set()
    kept = {*present, *before.get("gone", ()), *before.get("stored", ())} - needed
    chosen: dict[str, Any] = {
        "kind": _kind_for(before, cause),
        "access": "read_only" if before.get("read_only", True) else "read_write",
        **asked,
    }
    wanted = needed | kept or {GOALS["orders"]}
    return Choice(
        categories=tuple(c.id for c in CATEGORIES if c.id in wanted),
        kept=tuple(c.id for c in CATEGORIES if c.id in kept),
        **chosen,
    )


def _kind_for(before: Mapping[str, Any], cause: str) -> Kind:
    """A test token is replaced by a test token, unless it was the mistake; else Personal is the right one."""
    if cause in ("test_on_production", "production_on_test", "no_test_environment"):
        return "test" if cause == "production_on_test" else "personal"
    return "test" if before.get("kind") == "test" else "personal"


def for_goals(
    goals: Iterable[str],
    kept: Iterable[str] = (),
    access: Access = "read_only",
    kind: Kind = "personal",
) -> Choice:
    """What somebody needs who makes a token to do something. Raises KeyError on an unknown goal."""
    needed = {GOALS[goal] for goal in goals}
    more = set(kept) - needed
    return Choice(
        kind=kind,
        categories=tuple(c.id for c in CATEGORIES if c.id in needed | more),
        access=access,
        kept=tuple(c.id for c in CATEGORIES if c.id in more),
    )


# --- In words -----------------------------------------------------------------------------------------------


def path(choice: Choice, lang: str) -> tuple[str, ...]:
    """What to press and to choose, in WB's words and order."""

    def quoted(text: str) -> str:
        return texts.t(lang, "window-quoted", text=text)

    def word(key: str) -> str:
        return quoted(texts.t(lang, f"window-{key}"))

    names = ", ".join(quoted(c.name(lang)) for c in choice.ticked())
    steps = [
        word("section"),
        word("create-token"),
        word("manual"),
        texts.t(lang, "window-path-type", kind=quoted(texts.t(lang, f"kind-{choice.kind}"))),
        texts.t(lang, "window-path-name", name=word("name-example")),
        texts.t(lang, "window-path-categories", names=names),
        word(f"access-{choice.access}"),
        texts.t(lang, "window-path-third-parties", box=word("third-parties")),
        word("create"),
        word("copy-close"),
    ]
    if choice.kind != "personal":
        del steps[7]
    return tuple(steps)


def sentence(choice: Choice, lang: str) -> str:
    """``path`` in one line, for a step, a message or the terminal."""
    return " → ".join(path(choice, lang))


def alt(choice: Choice, lang: str) -> str:
    """The drawing in words, for those who don't see it."""
    return texts.t(lang, "window-alt", path=sentence(choice, lang))


# --- Drawn --------------------------------------------------------------------------------------------------


def html(choice: Choice, lang: str) -> str:
    """The window as a picture. Needs ``assets/window.css`` on the page.

    Only our own words go into it, and they are escaped all the same: no markup comes from a text.
    """
    return _Drawing(choice, lang).figure()


class _Drawing:
    """Puts one picture together; the numbers run in the order of doing."""

    def __init__(self, choice: Choice, lang: str) -> None:
        self.choice = choice
        self.lang = lang
        self._numbers = count(1)

    def figure(self) -> str:
        parts = (self._top(), self._pane(), self._shown_once())
        label = escape(alt(self.choice, self.lang), quote=True)
        return f'<div class="wbw" role="img" aria-label="{label}">{"".join(parts)}</div>'

    def _top(self) -> str:
        head = f'<span class="wbw-head">{self._text("section")}</span>'
        return f'<div class="wbw-top">{head}{self._press("create-token")}</div>'

    def _pane(self) -> str:
        tabs = f'<span class="wbw-tab wbw-off">{self._text("catalogue")}</span>{self._press("manual")}'
        kinds = [self._round(self._escaped(f"kind-{kind}"), kind == self.choice.kind) for kind in KINDS]
        parts = [
            f'<div class="wbw-all">{tabs}</div>',
            self._part("type", f'<div class="wbw-all">{"".join(kinds)}</div>'),
            self._part("name", f'<span class="wbw-field wbw-yes">{self._text("name-example")}</span>'),
            self._part("categories", f'<div class="wbw-grid">{self._boxes()}</div>'),
            self._part("access", f'<div class="wbw-all">{self._accesses()}</div>'),
            f'<div class="wbw-part"><span class="wbw-field wbw-off">{self._text("comment")}</span></div>',
        ]
        if self.choice.kind == "personal":
            box = self._box(self._text("third-parties"), ticked=True)
            parts.append(f'<div class="wbw-part wbw-agree">{self._number()}{box}</div>')
        parts.append(f'<div class="wbw-foot">{self._press("create")}</div>')
        return f'<div class="wbw-pane">{"".join(parts)}</div>'

    def _shown_once(self) -> str:
        field = f'<span class="wbw-off">{self._text("once")}</span>'
        return f'<div class="wbw-pane wbw-foot">{field}{self._press("copy-close")}</div>'

    def _boxes(self) -> str:
        ticked = set(self.choice.categories)
        return "".join(
            self._box(escape(category.name(self.lang)), ticked=category.id in ticked)
            for category in CATEGORIES
        )

    def _accesses(self) -> str:
        return "".join(
            self._round(self._text(f"access-{one}"), one == self.choice.access) for one in ACCESSES
        )

    def _part(self, key: str, inside: str) -> str:
        label = f'<span class="wbw-label">{self._number()}{self._text(key)}</span>'
        return f'<div class="wbw-part">{label}{inside}</div>'

    def _press(self, key: str) -> str:
        return f'<span class="wbw-press">{self._number()}{self._text(key)}</span>'

    @staticmethod
    def _box(text: str, *, ticked: bool) -> str:
        sign = f'<span class="wbw-sign">{"✓" if ticked else ""}</span>'
        return f'<span class="wbw-one{" wbw-yes" if ticked else ""}">{sign}<span>{text}</span></span>'

    @staticmethod
    def _round(text: str, chosen: bool) -> str:
        sign = f'<span class="wbw-sign wbw-round">{"●" if chosen else ""}</span>'
        return f'<span class="wbw-one{" wbw-yes" if chosen else ""}">{sign}<span>{text}</span></span>'

    def _number(self) -> str:
        return f'<span class="wbw-n">{next(self._numbers)}</span>'

    def _text(self, key: str) -> str:
        return self._escaped(f"window-{key}")

    def _escaped(self, key: str) -> str:
        return escape(texts.t(self.lang, key))
