"""The files that the benchmarks open, written anew for each run."""

from collections import OrderedDict
from functools import cached_property
from pathlib import Path

import torch

ELEMENTS = 64 << 20
"""Of the single tensor."""
OTHERS = 12
OTHER_ELEMENTS = 32 << 20


class Files:
    """Each is written when it is first asked for, so that a part of the benchmarks waits for its own alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def large(self) -> Path:
        """5 GB in a few large tensors, sparse on disk."""
        path = self.folder / "large.pth"
        large = OrderedDict((f"blocks.{i // 6}.part{i % 6}.weight", torch.empty(2440, 2560)) for i in range(219))
        with torch.serialization.skip_data():
            torch.save(large, path)
        return path

    @cached_property
    def many(self) -> Path:
        """A hundred thousand small tensors."""
        path = self.folder / "many.pth"
        torch.save(_many(), path)
        return path

    @cached_property
    def legacy(self) -> Path:
        """The same in the format of old."""
        path = self.folder / "legacy.pth"
        torch.save(_many(), path, _use_new_zipfile_serialization=False)
        return path

    @cached_property
    def single(self) -> Path:
        """One float32 tensor of `ELEMENTS`, called ``weight``."""
        path = self.folder / "float32.pt"
        torch.save({"weight": _values(ELEMENTS)}, path)
        return path

    @cached_property
    def beside(self) -> Path:
        """Such a tensor behind `OTHERS` of half its size: those are measured before it."""
        path = self.folder / "beside.pt"
        values = _values(OTHER_ELEMENTS)
        others = {f"layers.{number}.weight": values.clone() for number in range(OTHERS)}
        torch.save(others | {"weight": _values(ELEMENTS)}, path)
        return path


def _many() -> OrderedDict[str, torch.Tensor]:
    return OrderedDict((f"blocks.{i // 10}.part{i % 10}.weight", torch.full((8,), float(i))) for i in range(100_000))


def _values(elements: int) -> torch.Tensor:
    return torch.randn(elements, generator=torch.Generator().manual_seed(0)) * 0.02
