"""Checkpoints, models and panels that are made in memory."""

from pathlib import Path

from PySide6.QtCore import QModelIndex
from pytestqt.qtbot import QtBot

from explorer.checkpoint.document import Checkpoint, Entry, TensorTable
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.tree import Layer
from explorer.ui.layers.model import LayerModel
from explorer.ui.layers.panel import LayersPanel
from explorer.ui.session import Session
from tests.checkpoint.made_up import made_up

F32 = TensorKind("float32", (1000, 3), (3, 1), (1000, 3), "cuda:0")
KEYS = ["conv1.weight", "layer.10.w", "layer.10.b", "layer.9.w", "layer.9.b", "layer", "fc.weight", "fc.bias"]


def checkpoint_of(*entries: list[str], kinds: list[TensorKind] | None = None) -> Checkpoint:
    keys = [key for entry in entries for key in entry]
    entry_of = [place for place, entry in enumerate(entries) for _ in entry]
    kinds = kinds or [F32] * len(keys)
    paths = ["model", "ema"][: len(entries)]
    table = TensorTable(
        entries=[(path,) for path in paths],
        entry_paths=paths,
        kinds=kinds,
        storages=[],
        tails=list(keys),
        entry_of=entry_of,
        kind_of=list(range(len(keys))),
        storage_of=[-1] * len(keys),
        offset_of=[0] * len(keys),
    )
    made = tuple(
        Entry(path, "state_dict", len(entries[place]), 1, place == 0, [n for n, e in enumerate(entry_of) if e == place])
        for place, path in enumerate(paths)
    )
    return made_up(table, made, path=Path("/models/net.pt"))


def model_of(keys: list[str], kinds: list[TensorKind] | None = None) -> LayerModel:
    table = checkpoint_of(keys, kinds=kinds).tensors
    model = LayerModel()
    model.set_layers(Layer.root(table, range(len(keys)), "net.pt"))
    return model


def names(model: LayerModel, parent: QModelIndex) -> list[str]:
    return [model.index(row, 0, parent).data() for row in range(model.rowCount(parent))]


def panel_of(qtbot: QtBot, *entries: list[str]) -> tuple[LayersPanel, Session]:
    session = Session()
    panel = LayersPanel(session)
    qtbot.addWidget(panel)
    panel.resize(900, 600)
    panel.show()
    session.show_checkpoint(checkpoint_of(*entries))
    return panel, session
