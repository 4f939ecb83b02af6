"""What came of the press that imports everything is told as it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
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
    assert f"ключ занят другим импортом. Статистика заказов: {key.name}" in found
    assert "второй не нужен" not in found


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_many_keys_that_cannot_are_one_sentence_for_each_reason(
    sqlite: str, screen: Screen, lang: str
) -> None:
    """Thirty keys were thirty lines, each with its key's name twice."""
    agency.fill(12)
    with db.session() as session:
        agency.add_key(session, 99, bits=(4,), ends=agency.NOW - timedelta(days=1))
        session.commit()
    app = screen("order_import", lang)
    next(one for one in app.button if one.label == texts.t(lang, "page-import-all")).click().run()
    assert not app.exception
    (warning,) = [
        one.value for one in app.warning if texts.t(lang, "page-import-all-unable", count=13) in one.value
    ]
    category, expired = warning.split("\n")[2:]
    names = ", ".join(f"Ключ {number:03}" for number in range(8))
    assert category.endswith(f": {texts.t(lang, 'page-import-all-more', names=names, count=4)}")
    assert expired == f"- {texts.t(lang, 'diag-token_expired-title')}: Ключ 099"
    assert warning.count("Ключ 003") == 1
