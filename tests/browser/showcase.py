"""One dashboard with something of everything: two sellers, good and failed imports, a schedule, a history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, serve, still
from wbcore.health import checks
from wbcore.imports import foreground, queue, schedules
from wbcore.keys import saving
from wbcore.orders import picking
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import db

FIRST, SECOND = "0a1e0000-0000-4000-8000-000000000001", "0a1e0000-0000-4000-8000-000000000002"
SCREENS = {
    "overview": "",
    "api_keys": "api_keys",
    "order_import": "order_import",
    "orders": "orders",
    "picking": "picking",
    "pictures": "pictures",
    "token_health": "token_health",
    "learning": "learning",
    "users": "users",
}
"""Name -> path."""
AT_REST = """async () => {
    const QUIET_MS = 200, LONGEST_MS = 5000;
    const enough = new Promise((told) => setTimeout(told, LONGEST_MS));
    let watch;
    const quiet = new Promise((told) => {
        let timer = setTimeout(told, QUIET_MS);
        watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(told, QUIET_MS); });
        watch.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
    });
    await Promise.race([quiet, enough]);
    watch.disconnect();
    const fades = document.getAnimations().filter((one) => isFinite(one.effect.getComputedTiming().endTime));
    await Promise.race([Promise.allSettled(fades.map((one) => one.finished)), enough]);
}"""
"""After the last word has come: nothing in the page changes for a while, and its fades have ended. A page
that never rests is looked at all the same."""


def dashboards(place: Path) -> Iterator[Dashboard]:
    """The dashboard until the generator is closed. Nobody works, so that what it shows stays as it is."""
    with Sandbox(orders=260, limits=False) as sandbox, pytest.MonkeyPatch.context() as environment:
        environment.setenv("WB_DATA_DIR", str(place))
        environment.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        db.dispose()
        fill(sandbox)
        queue.close()
        db.dispose()
        settings.cache_clear()
        yield from serve(place, sandbox, WB_WORKER="off")


def fill(sandbox: Sandbox) -> None:
    db.prepare()
    now = datetime.now(UTC)
    keys = {
        "Основной": mint(sid=FIRST),
        "Второй магазин": mint(sid=SECOND, expires=now + timedelta(days=5)),
        "Только статистика": mint(sid=FIRST, bits=[5]),
        "Чтение": mint(sid=SECOND, bits=[4, 5]),
    }
    for name, token in keys.items():
        assert saving.add_key(name, token).saved
    for name, source in (("Основной", "new"), ("Основной", "statistics"), ("Второй магазин", "new")):
        assert foreground.run_import(name, source).status == "done"
    go_on(sandbox)
    assert foreground.run_import("Только статистика").status == "failed"
    sandbox.world.answer_next("orders.new", 403, b'{"title": "forbidden", "status": 403}', {})
    assert foreground.run_import("Чтение").status == "failed"
    schedules.save(1, "new", every_minutes=60)
    schedules.save(2, "statistics", daily_at="07:00")
    checks.check()


def go_on(sandbox: Sandbox) -> None:
    """Orders move on: taken, delivered, bought, cancelled; one of them after its picking list was printed."""
    ways = (("confirm", "waiting"), ("complete", "sorted"), ("complete", "sold"), ("cancel", "canceled"))
    for sid, key in ((FIRST, "Основной"), (SECOND, "Второй магазин")):
        shop = sandbox.world.shop(sid)
        for number in range(250):
            way = ways[(1, 2, 2, 1, 2, 2, 3)[number % 7]] if number < 220 else ways[0]
            sandbox.world.set_status(shop.order_id(number), *way, sid=sid)
        assert foreground.run_import(key, "all").status == "done"
    with db.session() as session:
        for seller in (1, 2):
            assert picking.make(session, seller, "new").id is not None
        session.commit()
    sandbox.world.set_status(sandbox.world.shop(FIRST).order_id(255), "cancel", "canceled", sid=FIRST)
    sandbox.world.add_orders(3, sid=FIRST)
    assert foreground.run_import("Основной", "all").status == "done"


def open_screen(page: Page, dashboard: Dashboard, path: str, lang: str) -> None:
    """A screen once it has been drawn to its end."""
    page.goto(f"{dashboard.address(path)}{'&' if '?' in path else '?'}lang={lang}")
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    settle(page)


def settle(page: Page) -> None:
    still(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.evaluate(AT_REST)
