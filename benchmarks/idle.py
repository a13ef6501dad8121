"""Memory of a window that nobody uses, and of the processes that wait beside it."""

import subprocess
import sys
from pathlib import Path

from benchmarks.measures import make_window, turn
from benchmarks.rows import Row
from explorer.resources_path import resource

IDLE_MS = 5_000


def idle_memory(house: Path) -> list[Row]:
    """PSS, which counts what processes share once, of the window and of the reader that waits for the next file."""
    program = "import sys;from benchmarks.idle import tell;tell(*sys.argv[1:])"
    rows = []
    for what, words in (("without a file", []), ("with the example", [str(resource("example", "digits.pth"))])):
        command = [sys.executable, "-c", program, *words]
        told = subprocess.run(
            command, cwd=house, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ).stdout
        window, others = (float(word) for word in told.split())
        rows.append(
            Row(
                f"memory of an idle window {what} + its reader", f"{window:.0f} + {others:.0f} MB", "–", "", "no figure"
            )
        )
    return rows


def tell(*path: str) -> None:
    """Print the megabytes of this process, with a window, and of its children."""
    app, window = make_window()
    window.warm()
    if path:
        window.open_file(Path(*path))
    turn(IDLE_MS)
    children = Path("/proc/self/task").glob("*/children")
    others = [number for file in children for number in file.read_text(encoding="ascii").split()]
    print(_megabytes("self"), sum(map(_megabytes, others)))
    window.close()
    app.quit()


def _megabytes(process: str) -> float:
    lines = Path("/proc", process, "smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:"))
