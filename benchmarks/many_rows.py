"""A model of a million rows: how long the window takes to show it, and to filter it."""

import statistics
import time
from array import array
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.interaction import alone, longest_gap, wait
from benchmarks.measures import make_window, turn
from benchmarks.rows import ROUNDS, Row
from explorer.checkpoint.document import Checkpoint, Entry, FileIdentity, TensorTable
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.storages import StorageTable
from explorer.checkpoint.tree import first_layers

TENSORS = 1_000_000
FILTERS = ("7", "77", "layer.77", "layer.777.w", "9.w3")
"""What is in the field after one key and another; what fits goes from most tensors to one in a thousand."""


def million_rows() -> list[Row]:
    """Show and filter; the layers are worked out on the worker, as when a file is opened."""
    shown, gap, answered = (float(word) for word in alone("benchmarks.many_rows", "measure", Path()).split())
    return [
        Row("1,000,000 tensors: from the opened file to the painted tree", f"{shown:.0f} ms", "–", "", "<= 100 ms"),
        Row(
            "1,000,000 tensors, a filter's keystroke: longest event-loop gap",
            f"{gap:.0f} ms",
            "–",
            f"answer after {answered:.0f} ms",
            "<= 150 ms",
        ),
    ]


def measure(_path: Path) -> None:
    """Print milliseconds: until painted, the longest gap of a keystroke, until it is answered; medians."""
    app, window = make_window()
    window.warm()
    turn(1500)
    checkpoint = _checkpoint()
    layers = first_layers(checkpoint)
    shown = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        window.session.show_checkpoint(checkpoint, layers)
        window.layers.tree.viewport().repaint()
        shown.append(time.perf_counter() - begin)
        window.measurements.cancel()
        turn(200)
    gaps, answered = [], []
    for text in FILTERS:
        begin = time.perf_counter()

        def keystroke(text: str = text, begin: float = begin) -> None:
            window.filter.setText(text)
            before = window.layers.count.text()
            wait(lambda: window.layers.count.text() != before)
            app.processEvents()
            answered.append(time.perf_counter() - begin)
            turn(50)

        gaps.append(longest_gap(keystroke))
        window.measurements.cancel()
        turn(200)
    print(1e3 * statistics.median(shown), max(gaps), 1e3 * statistics.median(answered))
    window.close()
    QApplication.processEvents()


def _checkpoint() -> Checkpoint:
    names = [f"layer.{number // 1000}.w{number % 1000}" for number in range(TENSORS)]
    kind = TensorKind("float32", (8,), (1,), (8,), "cpu")
    table = TensorTable(
        entries=[()],
        entry_paths=[""],
        kinds=[kind],
        storages=StorageTable([], [], [], []),
        tails=list(names),
        entry_of=bytes(TENSORS),
        kind_of=array("q", bytes(8 * TENSORS)),
        storage_of=[-1] * TENSORS,
        offset_of=array("q", bytes(8 * TENSORS)),
    )
    entry = Entry("", "state_dict", TENSORS, 8 * TENSORS, chosen=True, numbers=range(TENSORS))
    return Checkpoint(
        path=Path("/none/million.pt"),
        identity=FileIdentity(0, 0, 0, 0),
        container="zip",
        verdict="data-only",
        message=None,
        code=(),
        warnings=(),
        byteorder="little",
        entries=(entry,),
        tensors=table,
        contents=(),
    )
