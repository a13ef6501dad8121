"""Who imports whom, and when: rooms go one way, and the folders in a room do not lead back to each other.

Rooms that are not built yet are not missed; a new one has to be given its place in `MAY_IMPORT`.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.test_house import FILES, HOUSE, module_name

MAY_IMPORT = {
    "progress": set[str](),
    "formatting": set[str](),
    "checkpoint": {"progress"},
    "keys": {"formatting", "progress"},
    "analysis": {"checkpoint", "formatting", "keys", "progress"},
    "query": {"analysis", "checkpoint", "formatting", "progress"},
    "loading": {"checkpoint", "formatting", "keys", "progress"},
    # It measures where the bytes are, and gives the same statistics as `analysis`, which knows nothing of devices.
    "devices": {"analysis", "checkpoint", "formatting", "progress"},
    "tasks": {"progress"},
    "resources_path": set[str](),
    "safe_path": set[str](),
    "commands": {"analysis", "checkpoint", "formatting", "keys", "loading", "progress"},
    "ui": {
        *("analysis", "checkpoint", "devices", "formatting", "keys", "loading", "progress", "query"),
        *("resources_path", "tasks"),
    },
    "interruptions": set[str](),
    "app": {"commands", "interruptions", "resources_path", "safe_path", "tasks", "ui"},
    "start": {"app", "interruptions", "safe_path"},
    "__main__": {"start"},
    "": set[str](),
}
"""Room -> the other rooms it may import. "" is the package itself, which tells the version and may be asked by all."""

TRIAL = "explorer.loading.trial"
"""A program of its own for the user's interpreter: it begins with torch, and knows nothing of the rest."""

ROOMS_WITH_QT = {"app", "tasks", "ui"}
QT = {"PySide6", "pyqtgraph", "shiboken6"}


def room(module: str) -> str:
    """``explorer.ui.layers.model`` -> ``ui``."""
    return f"{module}.".split(".")[1]


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Lines and full names of everything that is imported, also inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def absolute_imports(source: str) -> Iterator[str]:
    """Full names of what is imported, but for what stands beside the file that imports it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module)


def wrong_imports(module: str, source: str) -> list[str]:
    """Imports that go against the direction of the house."""
    here = room(module)
    wrong = []
    for line, name in imported(source):
        top, _, below = name.partition(".")
        if top == "explorer":
            other = room(name)
            # What is imported from the package itself is a room, or a name such as __version__.
            allowed = other in MAY_IMPORT.get(here, ()) or other in {here, "", "__version__"}
        elif top in QT:
            allowed = here in ROOMS_WITH_QT and (here != "tasks" or below.split(".")[0] == "QtCore")
        else:
            allowed = True
        if not allowed:
            wrong.append(f"{module}:{line} imports {name}")
    return wrong


def folders_beside(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Which folders each folder imports, but for those that it is in and those in it.

    What stands in a folder itself is what its inner folders share, or what puts them together.

    Args:
        sources: By the names of their modules; a folder is the module that its ``__init__.py`` is.
    """
    folders = {name.rpartition(".")[0] for name in sources} - {""}
    found: dict[str, set[str]] = {}
    for module, source in sources.items():
        here = folder_of(module, folders)
        others = {folder_of(name, folders) for _, name in imported(source) if name.startswith("explorer.")}
        beside = {other for other in others if not f"{here}.".startswith(f"{other}.")}
        found[here] = found.get(here, set()) | {other for other in beside if not other.startswith(f"{here}.")}
    return found


def folder_of(name: str, folders: set[str]) -> str:
    """``explorer.ui.layers.model.LayerModel`` -> ``explorer.ui.layers``."""
    while name not in folders:
        name = name.rpartition(".")[0]
    return name


def loop(graph: Mapping[str, set[str]]) -> list[str]:
    """A way that leads back to where it begins; [] where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        way: list[str] = error.args[1]
        return way[::-1]
    return []


def imports_of(modules: list[str]) -> dict[str, set[str]]:
    """Import modules one after the other in a new process, and tell which top-level modules each brought along."""
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    before = set(sys.modules)\n"
        "    importlib.import_module(name)\n"
        "    print(name, *{module.split('.')[0] for module in set(sys.modules) - before})\n"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *modules],
        cwd=HOUSE.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == "", "importing is silent"
    lines = (line.split() for line in result.stdout.splitlines())
    brought = {name: set(others) for name, *others in lines}
    assert brought.keys() == set(modules), "importing prints nothing"
    return brought


def test_nothing_below_the_window_brings_qt_or_torch() -> None:
    modules = [name for name in map(module_name, FILES) if room(name) not in ROOMS_WITH_QT | {"__main__"}]
    assert "explorer.checkpoint.document" in modules
    bringing = {name: others & (QT | {"torch"}) for name, others in imports_of(modules).items()}
    assert {name: others for name, others in bringing.items() if others and not name.startswith(f"{TRIAL}.")} == {}


def test_the_trial_needs_nothing_but_torch_and_python() -> None:
    files = [file for file in FILES if module_name(file).startswith(f"{TRIAL}.")]
    assert len(files) > 1
    names = [(file.name, name.split(".")[0]) for file in files for name in absolute_imports(file.read_text("utf-8"))]
    assert [(file, name) for file, name in names if name not in sys.stdlib_module_names | {"torch"}] == []


def test_the_window_brings_no_torch() -> None:
    modules = [name for name in map(module_name, FILES) if room(name) in ROOMS_WITH_QT | {"__main__"}]
    assert "explorer.tasks.jobs" in modules
    assert [name for name, others in imports_of(modules).items() if "torch" in others] == []


def test_every_room_has_its_place() -> None:
    assert {room(module_name(file)) for file in FILES} - MAY_IMPORT.keys() == set()


def test_the_readme_tells_of_every_room() -> None:
    built = (HOUSE.parent / "README.md").read_text("utf-8").partition("## How it is built")[2].partition("\n## ")[0]
    rooms = MAY_IMPORT.keys() - {"", "__main__"}
    assert [name for name in sorted(rooms) if f"{name}/" not in built and f"{name}.py" not in built] == []


def test_imports_go_one_way() -> None:
    wrong = [line for file in FILES for line in wrong_imports(module_name(file), file.read_text(encoding="utf-8"))]
    assert wrong == []


def test_no_folder_leads_back_to_itself() -> None:
    """Also by what is imported for its types alone: who reads one folder would have to read the other first."""
    assert loop(folders_beside({module_name(file): file.read_text(encoding="utf-8") for file in FILES})) == []


def test_a_way_back_is_found() -> None:
    sources = {
        "explorer.ui.first.panel": "from explorer.ui.second.words import told",
        "explorer.ui.second.words": "from explorer.ui import text\ndef f():\n    import explorer.ui.third.plot",
        "explorer.ui.third.plot": "if TYPE_CHECKING:\n    from explorer.ui.first import panel",
        "explorer.ui.window": "from explorer.ui.first.panel import Panel",
        "explorer.ui.text": "from explorer.ui.window import Window",
    }
    way = loop(folders_beside(sources))
    assert way[0] == way[-1]
    assert set(way) == {"explorer.ui.first", "explorer.ui.second", "explorer.ui.third"}
    del sources["explorer.ui.third.plot"]
    assert loop(folders_beside(sources)) == []


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("explorer.checkpoint.reader", "from explorer.analysis.measure.statistics import Statistics"),
        ("explorer.checkpoint.reader", "def f():\n    import explorer.ui.theme"),
        ("explorer.checkpoint.reader", "from explorer import analysis"),
        ("explorer.analysis.measure.statistics", "from PySide6.QtCore import QObject"),
        ("explorer.analysis.measure.statistics", "import pyqtgraph as pg"),
        ("explorer.tasks.jobs", "from PySide6.QtWidgets import QWidget"),
        ("explorer.tasks.jobs", "from PySide6 import QtGui"),
        ("explorer.tasks.jobs", "import pyqtgraph"),
        ("explorer.tasks.jobs", "from explorer.checkpoint.document import Checkpoint"),
        ("explorer.commands", "from explorer.tasks.jobs import Job"),
        ("explorer.commands", "from explorer.ui import theme"),
        ("explorer.ui.session", "from explorer.app import main"),
        ("explorer.progress", "from explorer.formatting import count"),
    ],
)
def test_a_wrong_import_is_found(module: str, statement: str) -> None:
    assert len(wrong_imports(module, statement)) == 1


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("explorer.checkpoint.reader", "import torch\nfrom explorer.checkpoint import errors"),
        ("explorer.checkpoint.reader", "from explorer.progress import Report"),
        ("explorer.tasks.jobs", "from PySide6.QtCore import QObject\nfrom PySide6 import QtCore"),
        ("explorer.commands", "from explorer import __version__\nimport explorer"),
        ("explorer.ui.layers.model", "from explorer.tasks.jobs import Job\nfrom PySide6 import QtWidgets"),
        ("explorer.app", "from explorer.ui.main_window import MainWindow\nfrom explorer import commands"),
    ],
)
def test_a_right_import_is_let_through(module: str, statement: str) -> None:
    assert wrong_imports(module, statement) == []
