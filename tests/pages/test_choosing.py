"""A row chosen in a table is that row, also when other rows have come in its place."""

from __future__ import annotations

from wbcore.guidance import views


def test_other_rows_are_another_table() -> None:
    one = views.key_of_rows("history", ["a", "b"])
    assert one == views.key_of_rows("history", ["a", "b"])
    assert (
        len({one, views.key_of_rows("history", ["new", "a"]), views.key_of_rows("orders", ["a", "b"])}) == 3
    )
