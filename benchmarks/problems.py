"""Problems of a whole file against its statistics alone."""

import statistics
import time
from pathlib import Path

import torch

from benchmarks.rows import ROUNDS, Row
from explorer.analysis.judge.health import check
from explorer.analysis.measuring import measure_tensors
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import no_report

TENSORS = 145
SHAPE = (2048, 1179)
"""1.4 GB of float32 in all; rows do not fit into the blocks that are read."""


def problems(path: Path) -> Row:
    """Write a file, and measure it with and without its problems, on one thread."""
    torch.set_num_threads(1)
    made = torch.Generator().manual_seed(0)
    torch.save({f"layers.{number}.weight": torch.randn(SHAPE, generator=made) / 30 for number in range(TENSORS)}, path)
    checkpoint = open_checkpoint(path)
    numbers = range(TENSORS)
    alone, whole = [], []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        measure_tensors(checkpoint, numbers, no_report)
        alone.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        assert not check(checkpoint, no_report).problems
        whole.append(time.perf_counter() - begin)
    ours, reference = statistics.median(whole), statistics.median(alone)
    return Row(
        "1.4 GB float32, 145 tensors: all problems / the statistics alone",
        f"{ours:.2f} s",
        f"{reference:.2f} s",
        f"{ours / reference:.2f}",
        "<= 1.5",
    )
