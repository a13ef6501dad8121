"""Measures and counts a tensor on the device that it is on; only sums and counts come back."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.buckets import PATTERNS, SIGN, filled_buckets, fold_infinities
from explorer.analysis.measure.moments import CANCELS, NONE, Moments, exponent_for, merged
from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.tally import CodeTally, Seen
from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.codes import code_table
from explorer.checkpoint.values.views import Piece, dims_of, distinct_numel, pieces
from explorer.devices.errors import translated
from explorer.devices.placement import Held
from explorer.progress import Report

if TYPE_CHECKING:
    from torch import Tensor

BLOCK: Final = 1 << 22
"""Elements that are measured at once: float64 and int64 of them take 64 MiB."""

_INTEGERS: Final = ("bool", "int8", "uint8", "int16", "uint16")
_NUMBERS: Final = ("float32", "float64", "int32", "int64")
WITHOUT_DOUBLE: Final = ("mps",)
"""Kinds of devices that do not compute in float64."""

_KEPT_BITS: Final = -(1 << 45)
"""Of a float64: sign, exponent and 7 bits of the fraction, as in `explorer.analysis.measure.buckets`."""


def measurable(kind: TensorKind, held: Held) -> bool:
    """Tell whether a tensor is measured where it is; else its values are copied to the host for it.

    Args:
        kind: Of the tensor.
        held: Its storage.
    """
    if held.data.is_meta or held.data.device.type in WITHOUT_DOUBLE:
        return False
    return _table(kind) is not None or (kind.dtype in _NUMBERS and not kind.neg and kind.quantization is None)


class DeviceValues:
    """An `explorer.analysis.measure.elsewhere.Elsewhere`.

    Numbers are counted by the upper half of their float32 and 16-bit ones by their bits, as on the host. Counts,
    minimum and maximum are equal to the host's; mean, std and l2 are sums of float64 in another order.
    """

    def __init__(
        self, held: Held, tensor: TensorInfo, on_host: Callable[[], Iterator[Array]], block: int = BLOCK
    ) -> None:
        """Describe the values; nothing is computed yet.

        Args:
            held: Their storage, `measurable`.
            tensor: Whose values they are.
            on_host: Hands them over in blocks, copied.
            block: Elements that are taken at once.
        """
        self._held = held
        self._tensor = tensor
        self._on_host = on_host
        self._block = block
        self._table = _table(tensor.kind)
        self._total = distinct_numel(tensor)

    def __call__(self) -> Iterator[Array]:
        """Begin a walk over the values, copied from the device."""
        return self._on_host()

    def seen(self, report: Report) -> Seen:
        """As `Elsewhere.seen`.

        Raises:
            DeviceError: The device does not answer.
        """
        with self._translated():
            if self._table is not None:
                tally = CodeTally(self._table)
                tally.add_counts(self._code_counts(self._table.size, report))
                return tally.seen()
            numbers = _NumberSums()
            for block in self._walk(report):
                numbers.add(block)
            return numbers.seen()

    def slots(self, edges: NDArray[np.float64], report: Report) -> tuple[NDArray[np.int64], int]:
        """As `Elsewhere.slots`.

        Raises:
            DeviceError: The device does not answer.
        """
        with self._translated():
            if self._table is not None:
                return _slots_of_codes(self._table, self._code_counts(self._table.size, report), edges)
            return self._slots_of_numbers(edges, report)

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._held.device, self._block * 16)

    def _slots_of_numbers(self, edges: NDArray[np.float64], report: Report) -> tuple[NDArray[np.int64], int]:
        import torch  # noqa: PLC0415 - it was imported when the tensor was moved

        slots, above = np.zeros(edges.size + 1, np.int64), 0
        device_edges = torch.from_numpy(edges).to(self._held.data.device)
        for block in self._walk(report):
            wide = block.double()
            wide = wide[torch.isfinite(wide)]
            found = torch.searchsorted(device_edges, wide, right=True)
            slots += torch.bincount(found, minlength=slots.size).cpu().numpy()
            above += int((wide > device_edges[-1]).sum())
        return slots, above

    def _code_counts(self, patterns: int, report: Report) -> NDArray[np.int64]:
        import torch  # noqa: PLC0415 - as above

        counts = np.zeros(patterns, np.int64)
        for block in self._walk(report):
            # There is no counting of signed numbers.
            counts += torch.bincount(block.to(torch.int64) & (patterns - 1), minlength=patterns).cpu().numpy()
        return counts

    def _walk(self, report: Report) -> "Iterator[Tensor]":
        """Blocks of numbers, or of the bits of 8 and 16 bits, on the device: 1-D."""
        import torch  # noqa: PLC0415 - as above

        tensor, data = self._tensor, self._held.data
        itemsize = tensor.kind.element.itemsize
        codes = (torch.uint8, torch.int16)
        dtype = getattr(torch, tensor.kind.dtype) if self._table is None else codes[itemsize - 1]
        done = 0
        flat = data[: data.numel() - data.numel() % itemsize].view(dtype)
        for piece in pieces(Piece(tensor.offset, 0, dims_of(tensor)), self._block):
            sizes, steps = [dim.size for dim in piece.dims], [dim.step for dim in piece.dims]
            part = flat.as_strided(sizes, steps, piece.start).reshape(-1)
            for first in range(0, part.numel(), self._block):
                block = part[first : first + self._block]
                yield block
                done += block.numel()
                report(done, self._total, "statistics")


class _NumberSums:
    """What `explorer.analysis.measure.tally.NumberTally` does, of tensors."""

    def __init__(self) -> None:
        self._low: float | int | None = None
        self._high: float | int | None = None
        self._moments = NONE
        self._zeros = self._nan = self._posinf = self._neginf = 0
        self._counts = np.zeros(PATTERNS, np.int64)

    def add(self, block: "Tensor") -> None:
        """Take in float32, float64, int32 or int64."""
        if block.is_floating_point():
            finite = block.isfinite()
            if not bool(finite.all()):
                self._nan += int(block.isnan().sum())
                self._posinf += int(block.isposinf().sum())
                self._neginf += int(block.isneginf().sum())
                block = block[finite]
        if block.numel() == 0:
            return
        low, high = block.min().item(), block.max().item()
        self._low = low if self._low is None else min(self._low, low)
        self._high = high if self._high is None else max(self._high, high)
        wide = block.double()
        self._count(block, wide)
        self._moments = merged(self._moments, _moments_of(wide, float(low), float(high)))

    def _count(self, block: "Tensor", wide: "Tensor") -> None:
        import torch  # noqa: PLC0415 - it was imported when the tensor was moved

        single = (
            block if block.dtype == torch.float32 else (wide.view(torch.int64) & _KEPT_BITS).view(wide.dtype).float()
        )
        halves = (single.view(torch.int32) >> 16).to(torch.int64) & (PATTERNS - 1)
        counts = torch.bincount(halves, minlength=PATTERNS).cpu().numpy()
        # Beside zero, what is nearest to it has the same upper half. By its bits: some devices take that for zero.
        bits = wide.view(torch.int64)
        negative = int((bits == -(1 << 63)).sum())
        zeros = int((bits == 0).sum()) + negative
        counts[SIGN] -= negative
        counts[0] -= zeros - negative
        self._counts += counts
        self._zeros += zeros

    def seen(self) -> Seen:
        """Tell what the blocks were like."""
        fold_infinities(self._counts)
        buckets = filled_buckets(self._counts, self._zeros, float(self._low or 0), float(self._high or 0))
        return Seen(self._low, self._high, self._moments, self._zeros, self._nan, self._posinf, self._neginf, buckets)


def _moments_of(wide: "Tensor", low: float, high: float) -> Moments:
    exponent = exponent_for(max(-low, high))
    if low == high:
        return Moments(wide.numel(), float(np.ldexp(low, -exponent)), 0.0, 0.0, exponent)
    if exponent:
        # In two steps, as no float64 holds the whole factor.
        half = -exponent // 2
        wide = wide * 2.0**half * 2.0 ** (-exponent - half)
    # As `explorer.analysis.measure.moments.moments_of` does it, so that both round alike.
    total, squares = float(wide.sum()), float((wide * wide).sum())
    mean = total / wide.numel()
    around = squares - total * mean
    if around * CANCELS >= squares:
        return Moments(wide.numel(), mean, 0.0, around, exponent)
    distances = wide - mean
    rest = float(distances.sum()) / wide.numel()
    around = float((distances * distances).sum()) - wide.numel() * rest * rest
    return Moments(wide.numel(), mean, rest, max(around, 0.0), exponent)


def _slots_of_codes(
    table: NDArray[Any], counts: NDArray[np.int64], edges: NDArray[np.float64]
) -> tuple[NDArray[np.int64], int]:
    filled = np.flatnonzero((counts > 0) & np.isfinite(table))
    values, counts = table[filled].astype(np.float64), counts[filled]
    slots = np.zeros(edges.size + 1, np.int64)
    np.add.at(slots, np.searchsorted(edges, values, side="right"), counts)
    return slots, int(counts[values > edges[-1]].sum())


def _table(kind: TensorKind) -> NDArray[Any] | None:
    """What each pattern of bits stands for, where an element has 8 or 16 of them; None elsewhere."""
    table = code_table(kind)
    if table is not None or kind.dtype not in _INTEGERS or kind.neg:
        return table
    codes = np.arange(1 << (8 * kind.element.itemsize), dtype=f"u{kind.element.itemsize}")
    # As PyTorch takes them: any byte but 0 is True.
    return (codes != 0).view(np.uint8) if kind.dtype == "bool" else codes.view(kind.dtype)
