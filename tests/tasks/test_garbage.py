"""Garbage is collected between events, and what a file brought is left alone."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from explorer.tasks.garbage import DATA, PAUSE, REST, YOUNG, Collecting


class Ring:
    """Refers to itself: only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collecting(qtbot: QtBot) -> Iterator[Collecting]:  # noqa: ARG001 - it needs an event loop
    made = Collecting()
    yield made
    made.stop()
    assert gc.isenabled()
    assert not gc.get_freeze_count()


@pytest.mark.usefixtures("collecting")
def test_rings_are_freed_while_the_event_loop_turns(qtbot: QtBot) -> None:
    assert not gc.isenabled()
    rings = [Ring() for _ in range(YOUNG + 1)]
    last = weakref.ref(rings[-1])
    del rings
    assert last() is not None
    qtbot.waitUntil(lambda: last() is None)


def looked_through() -> set[int]:
    """What a collection looks at."""
    return set(map(id, gc.get_objects()))


def test_what_comes_in_masses_is_looked_through_once(collecting: Collecting) -> None:
    collecting.collect()
    data = [[number] for number in range(2 * DATA)]
    assert set(map(id, data)) <= looked_through()
    collecting.collect()
    assert not set(map(id, data)) & looked_through()


def test_little_is_looked_at_again(collecting: Collecting) -> None:
    collecting.collect()
    few = [[number] for number in range(YOUNG // 10)]
    collecting.collect()
    assert set(map(id, few)) <= looked_through()


def test_what_became_garbage_after_a_look_goes_in_a_pause(collecting: Collecting) -> None:
    rings = [Ring() for _ in range(YOUNG + 1)]
    collecting.collect()
    last = weakref.ref(rings[-1])
    del rings
    assert last() is not None
    for _ in range(PAUSE + 1):
        collecting.collect()
    assert last() is None


def test_what_came_with_a_file_and_became_garbage_later_goes_when_nobody_is_there(collecting: Collecting) -> None:
    ring = Ring()
    data = [[number] for number in range(2 * DATA)]
    collecting.collect()
    last = weakref.ref(ring)
    del ring, data
    for _ in range(REST - 1):
        collecting.collect()
    assert last() is not None
    collecting.collect()
    assert last() is None


def test_what_a_closed_window_leaves_goes_in_the_next_pause(collecting: Collecting) -> None:
    ring = Ring()
    data = [[number] for number in range(2 * DATA)]
    collecting.collect()
    last = weakref.ref(ring)
    del ring, data
    collecting.expect_much()
    for _ in range(PAUSE):
        collecting.collect()
    assert last() is None


def test_everything_is_looked_through_once(collecting: Collecting, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []
    look = collecting.collect_all

    def counted() -> None:
        times.append(1)
        look()

    monkeypatch.setattr(collecting, "collect_all", counted)
    data = [[number] for number in range(2 * DATA)]
    for _ in range(3 * REST):
        collecting.collect()
    assert len(times) == 1
    assert len(data) == 2 * DATA
