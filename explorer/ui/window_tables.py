"""The tables of a window that are there from the start: what they are called, and what writes them."""

from functools import partial
from typing import TYPE_CHECKING

from explorer.ui.layers.export import layer_writer
from explorer.ui.session import place_of
from explorer.ui.tables.taking import Tables

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow
    from explorer.ui.tables.columns import Writer
    from explorer.ui.values.panel import ValuesPanel


def make_tables(window: "MainWindow") -> Tables:
    """Give the tables of a window their menus; those of views that are made later get them there.

    Args:
        window: With its panels made.
    """

    def name() -> str:
        checkpoint = window.session.checkpoint
        return "" if checkpoint is None else checkpoint.path.stem

    def say(sentence: str, bad: bool) -> None:
        if bad:
            window.messages.show_error(sentence)
        else:
            window.status.say(sentence)

    def layers() -> "Writer | None":
        shown = window.layers.model.layer(window.layers.model.index(0, 0))
        checkpoint, placement = window.session.checkpoint, window.session.placement
        if shown is None or checkpoint is None:
            return None
        return layer_writer(shown, window.measurements.known(), partial(place_of, checkpoint, placement))

    tables = Tables(window.settings, name, say, window)
    window.status.add(tables.busy_shown)
    tables.add(window.layers.tree, "tensors", layers).copy_names()
    tables.add(window.contents.tree, "contents", window.contents.model.writer)
    tables.add(window.checksums.table, "checksums", window.checksums.model.writer)
    tables.add(window.devices.table, "devices", window.devices.model.writer)
    problems = window.problems.panel
    tables.add(problems.table, "problems", problems.model.writer).begin = problems.begin_menu
    tables.add(window.space.tree, "bytes", window.space.writer)
    window.histogram.children_table.use(tables)
    take_values(tables, window.looks.values)
    return tables


def take_values(tables: Tables, panel: "ValuesPanel") -> None:
    """Give a table of values its menu: it reads what it writes, and tells how far that is."""
    taking = tables.add(panel.table, "values", lambda: None)
    taking.replace(
        copy=panel.taking.copy_selected, copy_table=panel.taking.copy_table, export=panel.taking.export_table
    )
