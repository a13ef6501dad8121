"""Compares two tensors on the device that one of them is on; what the other has is sent there block by block."""

import sys
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from explorer.analysis.compare.comparison import same_meaning
from explorer.analysis.compare.difference import Difference, Figures, Judged, Tolerance
from explorer.analysis.compare.difference_tally import BlockSums, DifferenceTally
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.paired_values import BLOCK_NBYTES, Box, PairedWalk, Side
from explorer.devices.errors import translated
from explorer.devices.measure import WITHOUT_DOUBLE
from explorer.devices.placement import Held
from explorer.devices.torch_devices import HOST
from explorer.progress import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

_COMPARED: Final = (
    *("float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"),
    *("bool", "int8", "uint8", "int16", "int32"),
)
"""What float64 holds exactly, with room for the squares."""


def comparable(a: TensorKind, b: TensorKind, device: str) -> bool:
    """Tell whether two tensors are compared on a device; else their values are copied to this computer for it.

    Args:
        a: The kind of one.
        b: Of the other.
        device: That one of them is on.
    """
    plain = not (a.neg or a.conj) and a.quantization is None
    alike = a.dtype == b.dtype and a.shape == b.shape and same_meaning(a, b)
    return plain and alike and a.dtype in _COMPARED and device.partition(":")[0] not in WITHOUT_DOUBLE


class DevicePass:
    """One walk over two tensors that are `comparable`, with the results of `explorer.analysis.compare.comparison`.

    Counts, the largest difference and its place are equal to those computed here; means, l2 and cosine are sums of
    float64 in another order.
    """

    def __init__(
        self, sides: tuple[Side, Side], held: tuple[Held | None, Held | None], report: Report, tolerance: Tolerance
    ) -> None:
        """Begin with nothing.

        Args:
            sides: The tensors, A first.
            held: Their storages, where they are in memory; on the device of the first it is done.
            report: As of `explorer.analysis.compare.comparison.compare_tensors`.
            tolerance: Likewise.
        """
        self._sides = sides
        self._held = held
        self._there = next(each for each in held if each is not None and each.device != HOST)
        self._walk = PairedWalk(*sides)
        self._report = report
        self._tolerance = tolerance

    def result(self) -> Difference:
        """Compare.

        Raises:
            Cancelled: By the report.
            CheckpointError: A file cannot be read.
            DeviceError: The device does not answer.
        """
        with translated(self._there.device, BLOCK_NBYTES):
            tally = DifferenceTally(self._tolerance)
            for block in self._blocks():
                if not block.same:
                    break
                # More is not taken in than it takes to tell a zero vector.
                if not tally.has_length:
                    tally.add_sums(_sums(block.a, block.a, self._tolerance), block.box)
            else:
                return Difference("identical", self._figures(tally))
            tally = DifferenceTally(self._tolerance)
            for block in self._blocks():
                tally.add_sums(_sums(block.a, block.b, self._tolerance), block.box)
        judged = Judged(self._tolerance, not tally.over, tally.excess)
        if tally.not_finite:
            return Difference("not_finite", self._figures(tally), judged=judged)
        return Difference("differs" if tally.over else "close", self._figures(tally), judged=judged)

    def _figures(self, tally: DifferenceTally) -> Figures:
        return tally.figures(self._walk.index, self._walk.multiplicity)

    def _blocks(self) -> "Iterator[_Block]":
        import torch  # noqa: PLC0415 - it was imported when the tensor was moved

        done = 0
        for box in self._walk.boxes():
            a, b = (self._part(box, which) for which in (0, 1))
            yield _Block(box, a, b, torch.equal(a.view(torch.uint8), b.view(torch.uint8)))
            done += box.numel
            self._report(done, self._walk.count, "comparison")
        for side in self._sides:
            side.values.check_unchanged()

    def _part(self, box: Box, which: int) -> "Tensor":
        """The numbers of one side in a block, on the device: 1-D, contiguous."""
        import torch  # noqa: PLC0415 - as above

        side, held = self._sides[which], self._held[which]
        tensor, there = side.tensor, self._there.data.device
        dtype, itemsize = getattr(torch, tensor.kind.dtype), tensor.kind.element.itemsize
        first, sizes, steps = self._walk.part(box, which)
        if held is not None and held.device != HOST:
            flat = held.data[: held.data.numel() - held.data.numel() % itemsize].view(dtype)
            part: Tensor = flat.as_strided(sizes, steps, tensor.offset + first).reshape(-1).contiguous().to(there)
            return part
        raw = side.values.view_bytes(tensor, first, sizes, steps)
        if side.values.byteorder(tensor) != sys.byteorder and itemsize > 1:
            raw = raw.view(f"u{itemsize}").byteswap().view(np.uint8)
        sent: Tensor = torch.from_numpy(np.require(raw, requirements=("C", "W"))).to(there).view(dtype)
        return sent


class _Block(NamedTuple):
    """Numbers of the same places of two tensors, on the device.

    Attributes:
        box: Which these are.
        a: Of A, 1-D.
        b: Of B.
        same: All have the same bits.
    """

    box: Box
    a: "Tensor"
    b: "Tensor"
    same: bool


def _sums(a: "Tensor", b: "Tensor", tolerance: Tolerance) -> BlockSums:
    import torch  # noqa: PLC0415 - as above

    wide_a, wide_b = a.double(), b.double()
    finite = wide_a.isfinite() & wide_b.isfinite()
    count, not_finite, alike, odd, places = int(finite.sum()), 0, 0, -1, None
    if count < finite.numel():
        same = (wide_a == wide_b) | (wide_a.isnan() & wide_b.isnan())
        apart_there = (~finite & ~same).nonzero().reshape(-1)
        not_finite = apart_there.numel()
        alike = finite.numel() - count - not_finite
        odd = int(apart_there[0]) if not_finite else -1
        places = finite.nonzero().reshape(-1)
        wide_a, wide_b = wide_a[places], wide_b[places]
    if not count:
        return BlockSums(not_finite, 0, alike=alike, odd=odd)
    apart = wide_b - wide_a
    distances = apart.abs()
    at = int(distances.argmax())
    excess = distances - (wide_b.abs() * tolerance.rtol + tolerance.atol) if tolerance.rtol else distances
    products = (wide_a * wide_a, wide_b * wide_b, apart * apart, wide_a * wide_b)
    squares_a, squares_b, squares_apart, product, total, most = torch.stack(
        [*(each.sum() for each in products), distances.sum(), excess.max()]
    ).tolist()
    largest, worst_a, worst_b = torch.stack([distances[at], wide_a[at], wide_b[at]]).tolist()
    if not a.is_floating_point():
        worst_a, worst_b = int(worst_a), int(worst_b)
    return BlockSums(
        not_finite,
        count,
        squares_a,
        squares_b,
        squares_apart,
        product,
        largest=largest,
        place=at if places is None else int(places[at]),
        worst_a=worst_a,
        worst_b=worst_b,
        total=total,
        changed=int(distances.count_nonzero()),
        excess=most,
        alike=alike,
        odd=odd,
    )
