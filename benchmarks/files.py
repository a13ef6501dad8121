"""The files that the benchmarks open, written anew for each run."""

from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import torch


class Files(NamedTuple):
    """One file of a few large tensors, and two of a hundred thousand small ones."""

    large: Path
    many: Path
    legacy: Path


def write_files(folder: Path) -> Files:
    """Write all of them into a folder; the large one is sparse on disk."""
    files = Files(folder / "large.pth", folder / "many.pth", folder / "legacy.pth")
    large = OrderedDict((f"blocks.{i // 6}.part{i % 6}.weight", torch.empty(2440, 2560)) for i in range(219))
    with torch.serialization.skip_data():
        torch.save(large, files.large)
    many = OrderedDict((f"blocks.{i // 10}.part{i % 10}.weight", torch.full((8,), float(i))) for i in range(100_000))
    torch.save(many, files.many)
    torch.save(many, files.legacy, _use_new_zipfile_serialization=False)
    return files
