"""Statistics and histograms of whole tensors, the file's bytes read on the way, against torch.sum in memory."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.files import ELEMENTS
from benchmarks.rows import ROUNDS, Row
from explorer.analysis.draw.histogram import count_bins, preview
from explorer.analysis.measure.small_statistics import measure_together
from explorer.analysis.measure.statistics import Statistics, measure
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from explorer.checkpoint.values.small_values import small_and_large
from explorer.checkpoint.values.walks import prepare_walk
from explorer.progress import no_report

BINS = 256


def one_pass(single: Path, half: Path) -> list[Row]:
    """Bytes a second of one thread, as parts of those of torch.sum over the same float32 in memory.

    Args:
        single: `benchmarks.files.Files.single`.
        half: Written, with the same as bfloat16.
    """
    torch.set_num_threads(1)
    values = torch.load(single)["weight"]
    torch.save({"weight": values.to(torch.bfloat16)}, half)
    # One after the other in each round, so that whatever else the machine does slows all of them.
    work: dict[str, Callable[[], object]] = {
        "sum": values.sum,
        "statistics": lambda: _measured(open_checkpoint(single)),
        "bins": lambda: _binned(open_checkpoint(single)),
        "bfloat16": lambda: _binned(open_checkpoint(half)),
    }
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, call in work.items():
            taken[name].append(_seconds(call))
    naive = _seconds(lambda: _naive(values))
    speed = {name: 4 * ELEMENTS / statistics.median(times) / 1e9 for name, times in taken.items()}
    speed["bfloat16"] /= 2
    speed["naive"] = 4 * ELEMENTS / naive / 1e9
    rows = [
        ("float32: statistics and counts from the file / torch.sum in memory", "statistics", ">= 0.12"),
        (f"float32: the same and {BINS} exact bins / torch.sum", "bins", ">= 0.06"),
        ("bfloat16: everything exact / torch.sum", "bfloat16", ">= 0.08"),
        ("float32: torch and numpy, one call after the other, in memory / torch.sum", "naive", ""),
    ]
    reference = f"{speed['sum']:.1f} GB/s"
    return [
        *(
            Row(what, f"{speed[name]:.2f} GB/s", reference, f"{speed[name] / speed['sum']:.3f}", w)
            for what, name, w in rows
        ),
        _memory(single),
    ]


def small_tensors(path: Path) -> Row:
    """All statistics of a hundred thousand small tensors, against opening their file."""
    opening, measuring = [], []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        checkpoint = open_checkpoint(path)
        opening.append(time.perf_counter() - begin)
        measuring.append(_seconds(partial(_all_small, checkpoint)))
    ours, reference = statistics.median(measuring), statistics.median(opening)
    return Row(
        "100,000 tensors, zip: all statistics / the open",
        f"{ours * 1e3:.0f} ms",
        f"{reference * 1e3:.0f} ms",
        f"{ours / reference:.2f}",
        "<= 3",
    )


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _measured(checkpoint: Checkpoint) -> Statistics:
    walk = prepare_walk(checkpoint, checkpoint.tensors[0])
    return measure(walk.blocks, walk.total, no_report, walk.multiplicity)


def _binned(checkpoint: Checkpoint) -> object:
    found = _measured(checkpoint)
    low, high = float(found.min or 0), float(found.max or 0)
    if found.exact_values:
        return preview(found, low, high, BINS)
    walk = prepare_walk(checkpoint, checkpoint.tensors[0])
    return count_bins(walk.blocks, walk.total, no_report, low, high, BINS)


def _naive(values: torch.Tensor) -> object:
    numbers = values.numpy()
    return (
        (values.min(), values.max(), values.mean(), values.std(), values.norm()),
        (torch.isnan(values).sum(), torch.isinf(values).sum(), (values == 0).sum()),
        np.histogram(numbers, BINS),
        np.quantile(numbers, [0.01, 0.5, 0.99]),
    )


def _all_small(checkpoint: Checkpoint) -> list[Statistics]:
    small, _large = small_and_large(checkpoint.tensors)
    found: list[Statistics] = []
    with open_values(checkpoint) as values:
        for together in values.together(small):
            found += measure_together(together)
    assert len(found) == len(small)
    return found


def _memory(path: Path) -> Row:
    """The most that measuring adds, between two blocks, to the memory of a process without torch or Qt."""
    program = (
        "import sys;from pathlib import Path\n"
        "from explorer.analysis.draw.histogram import count_bins\n"
        "from explorer.analysis.measure.statistics import measure\n"
        "from explorer.checkpoint.reader import open_checkpoint\n"
        "from explorer.checkpoint.values.walks import prepare_walk\n"
        "def rss(): return int(open('/proc/self/statm').read().split()[1])*4096/2**20\n"
        "seen=[]\n"
        "def report(*_): seen.append(rss())\n"
        "checkpoint=open_checkpoint(Path(sys.argv[1]));walk=prepare_walk(checkpoint,checkpoint.tensors[0]);before=rss()\n"
        "found=measure(walk.blocks,walk.total,report)\n"
        "count_bins(walk.blocks,walk.total,report,found.min,found.max,256);print(max(seen)-before)"
    )
    made = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    return Row(
        "256 MiB float32: memory that measuring adds at most", f"{float(made.stdout):.1f} MiB", "–", "", "<= 16 MiB"
    )
