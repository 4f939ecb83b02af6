"""One of a kind: what Streamlit shows twice for an instant is waited out.

While a page is drawn again, Streamlit leaves what the run before drew beside what this one draws: the same
table, button or text stands there twice. A person sees a blink; Playwright's strict mode refuses at once.
Here each act and each expectation waits until one is left. What stays there twice still fails, only later.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from playwright.sync_api import Error, Locator, LocatorAssertions

P = ParamSpec("P")
R = TypeVar("R")

TWICE: Final = "strict mode violation"
LOOK_AGAIN_S: Final = 0.1
ACTS: Final = (
    "bounding_box",
    "check",
    "click",
    "dblclick",
    "evaluate",
    "fill",
    "focus",
    "get_attribute",
    "hover",
    "inner_html",
    "inner_text",
    "input_value",
    "is_checked",
    "is_disabled",
    "is_enabled",
    "is_visible",
    "press",
    "press_sequentially",
    "screenshot",
    "scroll_into_view_if_needed",
    "set_input_files",
    "text_content",
    "uncheck",
    "wait_for",
)


def begin(patience_s: float) -> None:
    """From here on every act and expectation of this process waits so long for one of a kind."""
    expectations = [name for name in vars(LocatorAssertions) if name.startswith(("to_", "not_to_"))]
    for owner, names in ((Locator, ACTS), (LocatorAssertions, expectations)):
        for name in names:
            setattr(owner, name, _waiting(getattr(owner, name), patience_s))


def _waiting(act: Callable[P, R], patience_s: float) -> Callable[P, R]:
    @functools.wraps(act)
    def acted(*args: P.args, **kwargs: P.kwargs) -> R:
        until = time.monotonic() + patience_s
        while True:
            try:
                return act(*args, **kwargs)
            except (Error, AssertionError) as error:
                if TWICE not in str(error) or time.monotonic() > until:
                    raise
            time.sleep(LOOK_AGAIN_S)

    return acted
