"""What came of the press that imports everything is told as it is."""

from __future__ import annotations

from sqlmodel import select

from tests import agency
from tests.pages.test_pages import Screen, screen, told
from wbcore.guidance import texts
from wbcore.imports import queue
from wbcore.store import db
from wbcore.store.models import Key

__all__ = ["screen"]


def test_that_a_key_is_busy_with_another_import_is_no_import_of_everything(
    sqlite: str, screen: Screen
) -> None:
    with db.session() as session:
        agency.add_key(session, 1, bits=(4, 5))
        session.commit()
        key = session.exec(select(Key)).one()
    queue.enqueue_import(key.id or 0, "statistics")
    app = screen("order_import", "ru")
    next(one for one in app.button if one.label == texts.t("ru", "page-import-all")).click().run()
    assert not app.exception
    found = told(app)
    assert f"ключ занят другим импортом. {key.name}: Статистика заказов" in found
    assert "второй не нужен" not in found
