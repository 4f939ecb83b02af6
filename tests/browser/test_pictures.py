"""Makes the pictures of ``docs/pictures``, each screen in both languages, themes, widths: ``make pictures``.

Streamlit's texts, a list of WB's and a moment of today are in them: they are looked at, not compared.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import showcase
from tests.browser.conftest import ROOT, Dashboard, serve
from wbcore.guidance import texts
from wbcore.people import users
from wbcore.settings import settings
from wbcore.store import db

pytestmark = [pytest.mark.browser, pytest.mark.pictures, pytest.mark.timeout(1800)]

PLACE = ROOT / "docs" / "pictures"
WIDTHS = {"desk": 1440, "phone": 390}
TALLEST = 1600
COLOURS = 48
"""Of a palette: a screen has few, and its picture is a quarter as heavy then."""
MOST_BYTES = 4_000_000


def keep(page: Page, name: str) -> None:
    """The page as tall as it is, up to TALLEST, as a small PNG; one that could not be drawn is no picture."""
    for lang in texts.LANGUAGES:
        failure = texts.t(lang, "page-failure-unknown", kind="")[:20]
        assert failure not in page.get_by_test_id("stMain").inner_text()
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": size["width"], "height": min(TALLEST, max(900, tall))})
    showcase.settle(page)
    small(page.screenshot(), name)
    page.set_viewport_size(size)


def small(shot: bytes, name: str) -> None:
    from PIL import Image

    PLACE.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(PLACE / f"{name}.png", optimize=True)


def in_all_looks(page: Page, name: str, lang: str) -> None:
    """The page as it stands, in both themes and widths."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width, pixels in WIDTHS.items():
            page.set_viewport_size({"width": pixels, "height": 900})
            showcase.settle(page)
            keep(page, f"{name}-{lang}-{theme}-{width}")


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("name", showcase.SCREENS)
def test_pictures_of_screens(visitor: Page, shown: Dashboard, name: str, lang: str) -> None:
    visitor.set_viewport_size({"width": WIDTHS["desk"], "height": 900})
    showcase.open_screen(visitor, shown, showcase.SCREENS[name], lang)
    in_all_looks(visitor, name, lang)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_pictures_of_what_is_chosen(visitor: Page, shown: Dashboard, lang: str) -> None:
    """States of screens: an order's card, charts as numbers, one key closely, a list with nothing in it."""
    chosen = {
        "orders-none": ("orders?q=no-such-order", ""),
        "pictures-numbers": ("pictures", texts.t(lang, "page-pictures-numbers")),
        "orders-filters": ("orders?status=cancelled", ""),
        "token_health-key": ("token_health?key=3", ""),
    }
    for name, (path, pressed) in chosen.items():
        for theme, width in (("light", "desk"), ("dark", "phone")):
            visitor.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            visitor.set_viewport_size({"width": WIDTHS[width], "height": 900})
            showcase.open_screen(visitor, shown, path, lang)
            if pressed:
                visitor.get_by_text(pressed, exact=True).click()
                showcase.settle(visitor)
            keep(visitor, f"{name}-{lang}-{theme}-{width}")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_pictures_of_a_first_day(visitor: Page, tmp_path: Path, lang: str) -> None:
    """With no key yet: what leads on."""
    for dashboard in serve(tmp_path, None, WB_WORKER="off"):
        for theme, width in (("light", "desk"), ("dark", "phone")):
            visitor.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            visitor.set_viewport_size({"width": WIDTHS[width], "height": 900})
            for name in ("overview", "order_import", "orders", "picking", "pictures"):
                showcase.open_screen(visitor, dashboard, showcase.SCREENS[name], lang)
                keep(visitor, f"{name}-empty-{lang}-{theme}-{width}")
        showcase.open_screen(visitor, dashboard, "", lang)
        visitor.get_by_role("button", name=texts.t(lang, "page-overview-try-demo")).click()
        expect(visitor.get_by_test_id("stMetric").first).to_be_visible()
        for theme, width in (("light", "desk"), ("dark", "phone")):
            visitor.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            visitor.set_viewport_size({"width": WIDTHS[width], "height": 900})
            showcase.open_screen(visitor, dashboard, "learning", lang)
            keep(visitor, f"learning-begun-{lang}-{theme}-{width}")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_pictures_of_sign_in(visitor: Page, tmp_path: Path, lang: str) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WB_DATA_DIR", str(tmp_path))
        settings.cache_clear()
        db.dispose()
        db.prepare()
        with db.session() as session:
            users.add(session, "Анна", "owner", "длинная фраза для входа")
            session.commit()
        db.dispose()
    settings.cache_clear()
    for dashboard in serve(tmp_path, None, WB_WORKER="off", WB_SIGN_IN="1", WB_LANG=lang):
        visitor.goto(dashboard.address(f"login?lang={lang}"))
        expect(visitor.locator("form")).to_be_visible()
        for theme in ("light", "dark"):
            visitor.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for width, pixels in WIDTHS.items():
                visitor.set_viewport_size({"width": pixels, "height": 700})
                small(visitor.screenshot(), f"sign_in-{lang}-{theme}-{width}")


def test_all_of_them_are_light() -> None:
    assert sum(one.stat().st_size for one in PLACE.glob("*.png")) < MOST_BYTES
