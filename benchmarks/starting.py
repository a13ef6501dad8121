"""The program's own start, as ``python main.py`` makes it, until its window is painted."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rows import ROUNDS, Row

PATIENCE_S = 60


def start_to_window(house: Path) -> Row:
    """Process start to painted window, against the same with torch imported first; one after the other in each round.

    Args:
        house: Where main.py is.
    """
    taken: dict[str, list[float]] = {"": [], "import torch;": []}
    with tempfile.TemporaryDirectory(prefix="checkpoint-explorer-bench-") as folder:
        for _ in range(ROUNDS + 1):
            for first, times in taken.items():
                begin = time.perf_counter()
                # Its clock is that of the whole machine: the end of the process is not counted.
                program = "import time;from benchmarks.started import run;run(lambda:print(time.perf_counter()))"
                times.append(float(run_apart(house, folder, first + program)) - begin)
    # The first round finds files that were not read before.
    ours, theirs = (statistics.median(times[1:]) for times in taken.values())
    return Row(
        "process start to painted window, the whole program / with torch imported first",
        f"{ours * 1e3:.0f} ms",
        f"{theirs * 1e3:.0f} ms",
        f"1/{theirs / ours:.1f}",
        "<= 1/3",
    )


def run_apart(house: Path, folder: str, program: str, *words: str) -> str:
    """Run Python code that runs the program, with settings of its own; what it prints.

    Args:
        house: Where main.py is.
        folder: For settings and kept figures: nobody's own are read or changed.
        program: The code.
        words: Its arguments.
    """
    own = os.environ | {"XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(
        command,
        cwd=house,
        env=own,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=PATIENCE_S,
    ).stdout
