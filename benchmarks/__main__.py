"""Runs every benchmark, prints a table and writes it to benchmarks/README.md."""

import os
import platform
import subprocess
import tempfile
from pathlib import Path

from benchmarks.alignment import alignment
from benchmarks.comparison import comparison
from benchmarks.copies import copies
from benchmarks.devices import moves
from benchmarks.files import Files, write_files
from benchmarks.idle import idle_memory
from benchmarks.interaction import cancel, gaps, preview
from benchmarks.loading import test_load
from benchmarks.looking import heat_map
from benchmarks.many_rows import million_rows
from benchmarks.measures import loop_gap, open_to_tree, reader_cost, start_to_window
from benchmarks.peers.table import kept_section
from benchmarks.problems import problems
from benchmarks.rows import HEAD, Row, as_line
from benchmarks.statistics import one_pass, small_tensors

HOUSE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure and report."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="checkpoint-explorer-bench-") as folder:
        files = write_files(Path(folder))
        rows += _opening(files)
        rows.append(loop_gap(HOUSE, files.many))
        rows += reader_cost(files.large)
        rows.append(small_tensors(files.many))
        single = Path(folder) / "float32.pt"
        rows += comparison(Path(folder), files.large, files.many)
        rows += one_pass(single, Path(folder) / "bfloat16.pt")
        rows.append(problems(Path(folder) / "problems.pt"))
        rows.append(preview(single))
        rows += gaps("100,000 small tensors", files.many) + gaps("one of 256 MiB", single)
        rows.append(cancel(single))
        rows += heat_map(Path(folder) / "matrix.pt")
    rows += million_rows()
    rows += test_load()
    rows += alignment()
    rows += copies(HOUSE)
    rows += moves()
    rows.append(start_to_window(HOUSE))
    rows += idle_memory(HOUSE)
    text = _report(rows)
    print(text)
    readme = HOUSE / "benchmarks" / "README.md"
    kept = kept_section(readme.read_text("utf-8"))
    readme.write_text(f"{text}\n{kept}" if kept else text, encoding="utf-8")


def _opening(files: Files) -> list[Row]:
    return [
        open_to_tree("5 GB zip, 219 tensors: path to painted tree / torch.load(mmap=True)", files.large, 1 / 3),
        open_to_tree("5 GB zip, the same with the file evicted", files.large, 1 / 3, evicted=True),
        open_to_tree("100,000 tensors, zip: path to painted tree / torch.load(mmap=True)", files.many, 1 / 8),
        open_to_tree("100,000 tensors, legacy: path to painted tree / torch.load", files.legacy, 1 / 8, mmap=False),
    ]


def _report(rows: list[Row]) -> str:
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
    lines = [
        "# Figures",
        "",
        "Written by `make bench`: medians of five, each a ratio within one run. Timings decide no test.",
        "What the window holds after ten minutes of use at random is in [SOAK.md](SOAK.md), written by `make soak`.",
        "Moves to a real device are in [CUDA.md](CUDA.md), written by `python -m benchmarks.devices FILE`.",
        "Loads of real checkpoints are in [LOADS.md](LOADS.md), what hindered new users in [WALKS.md](WALKS.md).",
        "",
        f"Machine: {machine}. {versions}, PySide6 {PySide6.__version__}.",
        f"Load over the last 15 minutes of the run: {os.getloadavg()[2]:.1f}; that of an idle machine is about 1.",
        "Milliseconds grow with what else runs, ratios less.",
        "",
        *HEAD,
    ]
    lines += map(as_line, rows)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
