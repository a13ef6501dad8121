"""Memory of a window that nobody uses, and of the processes that wait beside it."""

import tempfile
from pathlib import Path

from benchmarks.rows import Row
from benchmarks.starting import run_apart
from explorer.resources_path import resource

_BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
from benchmarks.telling import tell
app = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
window.show()
tell()
"""
_OURS = "import sys;from benchmarks.started import run;from benchmarks.telling import tell;run(tell,*sys.argv[1:])"


def idle_memory(house: Path) -> list[Row]:
    """Of the program as it starts, and of the reader that waits for the next file, beside a window of Qt alone.

    It is what each process has written and has for itself. What it shares with others, or would if there were others,
    as the code of Qt, does not count: one and the same program would get another figure with each that uses Qt, too.

    Args:
        house: Where main.py is.
    """
    rows = []
    with tempfile.TemporaryDirectory(prefix="checkpoint-explorer-bench-") as folder:
        bare = float(run_apart(house, folder, _BARE).split()[0])
        for what, words in (("without a file", []), ("with the example", [str(resource("example", "digits.pth"))])):
            window, others = (float(word) for word in run_apart(house, folder, _OURS, *words).split())
            rows.append(
                Row(
                    f"private memory (Private_Dirty) of an idle window {what} + its reader / of a bare PySide6 window",
                    f"{window:.0f} + {others:.0f} MB",
                    f"{bare:.0f} MB",
                    f"{window + others - bare:.0f} MB more",
                    "no figure",
                )
            )
    return rows
