"""Runs every benchmark, prints a table and writes it to benchmarks/README.md.

python -m benchmarks [--only PART,PART...]
"""

import argparse
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.alignment import alignment
from benchmarks.comparison import comparison
from benchmarks.copies import copies
from benchmarks.devices import moves
from benchmarks.files import Files
from benchmarks.idle import idle_memory
from benchmarks.interaction import cancel, gaps, idle_gap, preview, preview_while_measuring
from benchmarks.loading import test_load
from benchmarks.looking import heat_map
from benchmarks.many_rows import million_rows
from benchmarks.measures import loop_gap, open_to_tree, reader_cost
from benchmarks.peers.table import kept_section
from benchmarks.problems import problems
from benchmarks.rows import HEAD, Row, as_line
from benchmarks.starting import start_to_window
from benchmarks.statistics import one_pass, small_tensors

HOUSE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--only",
        type=_parts,
        metavar="PART,PART...",
        help=f"measure only these, print them, and leave the README alone: {', '.join(PARTS)}",
    )
    only: list[str] | None = parser.parse_args().only
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="checkpoint-explorer-bench-") as folder:
        files = Files(Path(folder))
        rows = [row for name, measured in PARTS.items() if only is None or name in only for row in measured(files)]
    text = "\n".join(
        [*(_PREFACE if only is None else []), *_machine(whole=only is None), "", *HEAD, *map(as_line, rows)]
    )
    text += "\n"
    print(text)
    if only is None:
        readme = HOUSE / "benchmarks" / "README.md"
        kept = kept_section(readme.read_text("utf-8"))
        readme.write_text(f"{text}\n{kept}" if kept else text, encoding="utf-8")


def _parts(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in PARTS:
            raise argparse.ArgumentTypeError(f"{name!r} is no part; there are {', '.join(PARTS)}")
    return names


def _opening(files: Files) -> list[Row]:
    return [
        open_to_tree("5 GB zip, 219 tensors: path to painted tree / torch.load(mmap=True)", files.large, 1 / 3),
        open_to_tree("5 GB zip, the same with the file evicted", files.large, 1 / 3, evicted=True),
        open_to_tree("100,000 tensors, zip: path to painted tree / torch.load(mmap=True)", files.many, 1 / 8),
        open_to_tree("100,000 tensors, legacy: path to painted tree / torch.load", files.legacy, 1 / 8, mmap=False),
        loop_gap(HOUSE, files.many),
        *reader_cost(files.large),
    ]


def _interaction(files: Files) -> list[Row]:
    return [
        preview(files.single),
        preview_while_measuring(files.beside),
        *gaps("100,000 small tensors", files.many),
        *gaps("one of 256 MiB", files.single),
        idle_gap("100,000 small tensors", files.many),
        cancel(files.single),
    ]


_PREFACE: Final = [
    "# Figures",
    "",
    "Written by `make bench`: medians of five, each a ratio within one run. Timings decide no test.",
    "`python -m benchmarks --only start,idle` measures some of them again, and prints those.",
    "What the window holds after ten minutes of use at random is in [SOAK.md](SOAK.md), written by `make soak`.",
    "Moves to a real device are in [CUDA.md](CUDA.md), written by `python -m benchmarks.devices FILE`.",
    "Loads of real checkpoints are in [LOADS.md](LOADS.md), what hindered new users in [WALKS.md](WALKS.md).",
    "",
]

PARTS: Final[dict[str, Callable[[Files], list[Row]]]] = {
    "opening": _opening,
    "small": lambda files: [small_tensors(files.many)],
    "comparison": lambda files: comparison(files.folder, files.large, files.many),
    "statistics": lambda files: one_pass(files.single, files.folder / "bfloat16.pt"),
    "problems": lambda files: [problems(files.folder / "problems.pt")],
    "interaction": _interaction,
    "looking": lambda files: heat_map(files.folder / "matrix.pt"),
    "many-rows": lambda _files: million_rows(),
    "loading": lambda _files: test_load(),
    "alignment": lambda _files: alignment(),
    "copies": lambda _files: copies(HOUSE),
    "moves": lambda _files: list(moves()),
    "start": lambda _files: [start_to_window(HOUSE)],
    "idle": lambda _files: idle_memory(HOUSE),
}
"""What can be measured by itself, in the order of the table."""


def _machine(*, whole: bool) -> list[str]:
    import numpy as np  # noqa: PLC0415 - only for its version
    import PySide6  # noqa: PLC0415 - as above
    import torch  # noqa: PLC0415 - as above

    processor = subprocess.run(
        ["/bin/sh", "-c", "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    machine = f"{os.cpu_count()} cores ({processor or platform.processor()}), {platform.system()}"
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}"
    # Of a few rows the minute at their end tells more: most of a quarter of an hour was before them.
    minutes, load = ("15 minutes", os.getloadavg()[2]) if whole else ("minute", os.getloadavg()[0])
    return [
        f"Machine: {machine}. {versions}, PySide6 {PySide6.__version__}.",
        f"Load over the last {minutes} of the run: {load:.1f}; that of an idle machine is about 1.",
        "Milliseconds grow with what else runs, ratios less.",
    ]


if __name__ == "__main__":
    main()
