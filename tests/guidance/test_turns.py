"""One page is drawn at a time; who waits for something else holds nobody up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from wbcore.guidance import turns
from wbcore.guidance.turns import Turns

LONG_S = 120.0


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Turns:
    monkeypatch.setattr(turns, "LONGEST_S", LONG_S)
    return Turns()


def test_pages_are_drawn_one_after_the_other(patient: Turns) -> None:
    drawing: list[int] = []
    most: list[int] = []

    def page(number: int) -> None:
        with patient.turn():
            drawing.append(number)
            most.append(len(drawing))
            threading.Event().wait(0.002)  # lets all others run
            drawing.remove(number)

    with ThreadPoolExecutor(20) as operators:
        list(operators.map(page, range(40)))
    assert most == [1] * 40


def test_a_page_that_waits_for_something_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_S", 0.05)
    several, answered = Turns(), threading.Event()

    def asks_wb() -> str:
        with several.turn():
            assert answered.wait(LONG_S)
            return "answered"

    def page() -> str:
        with several.turn():
            return "drawn"

    with ThreadPoolExecutor(3) as operators:
        slow = operators.submit(asks_wb)
        assert [operators.submit(page).result(LONG_S) for _ in range(5)] == ["drawn"] * 5
        assert not slow.done()
        answered.set()
        assert slow.result(LONG_S) == "answered"


def test_a_part_that_a_page_draws_has_the_turn_of_its_page(patient: Turns) -> None:
    with patient.turn(), patient.turn():
        pass
    with ThreadPoolExecutor(1) as operators:

        def drawn() -> bool:
            with patient.turn():
                return True

        with patient.turn():
            with patient.turn():
                pass
            other = operators.submit(drawn)
            assert not wait([other], 0.1).done, "the part has given up its page's turn"
        assert other.result(LONG_S)


def test_a_page_that_fails_gives_up_its_turn(patient: Turns) -> None:
    with pytest.raises(LookupError), patient.turn():
        raise LookupError
    with patient.turn():
        pass
