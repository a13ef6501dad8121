"""Compares two tensors: what state they are in, and by how much they differ."""

import math
from dataclasses import replace
from itertools import islice
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.casts import agreeing_after_cast, as_common, common_dtype, wider
from explorer.analysis.compare.difference import EXACT, Difference, Figures, Judged, State, Tolerance
from explorer.analysis.compare.difference_tally import DifferenceTally
from explorer.analysis.compare.float32_sums import CHUNK
from explorer.analysis.compare.same_bytes import same_bytes
from explorer.analysis.compare.same_parts import made_of_parts, same_parts
from explorer.analysis.measure.numbers import Array
from explorer.checkpoint.dtypes import DTYPES, not_shown
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.paired_values import PairedBlock, PairedWalk, Side
from explorer.checkpoint.values.reading import Values
from explorer.progress import Report

_READ_AS_STRIDED = ("strided",)

UNFORESEEN: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""What comparing raises where it is wrong itself, or has too little room: that costs one pair and not the others."""


@runtime_checkable
class Compares(Protocol):
    """`explorer.checkpoint.values.reading.Values` that may compare tensors where they are, on another device."""

    def compared(self, a: Side, b: Side, report: Report, tolerance: Tolerance) -> Difference | None:
        """Compare two tensors there.

        Args:
            a: As of `compare_tensors`; they can be compared.
            b: Likewise; either has these values.
            report: Likewise.
            tolerance: Likewise.

        Returns:
            None where neither is on another device, or where that does not compute with them.
        """


def compare_tensors(a: Side, b: Side, report: Report, tolerance: Tolerance = EXACT) -> Difference:
    """Compare all values of two tensors.

    Args:
        a: One tensor, and where its values come from.
        b: Another, possibly of the same file.
        report: Called after each block with the elements done.
        tolerance: What is close.

    Returns:
        The difference: ``unread`` with a problem where values cannot be read, or comparing them fails.

    Raises:
        Cancelled: By `report`.
        CheckpointError: A file is gone or no longer the one that was opened.
    """
    kinds = a.tensor.kind, b.tensor.kind
    state = state_by_kind(*kinds)
    problem = why_unread(*kinds)
    if state == "shape" and not (problem is None and _one_contains_the_other(*kinds)):
        return Difference("shape")
    try:
        if problem is not None:
            return _compared_parts(a, b, report, problem)
        for values in (a.values, b.values):
            # To ask for a protocol takes as long as to read a small tensor.
            if type(values) is not Values and isinstance(values, Compares):
                found = values.compared(a, b, report, tolerance)
                if found is not None:
                    return found
        return _Pass(a, b, state, tolerance, report).result()
    except CheckpointError as error:
        if error.verdict == "unreadable":
            raise
        return Difference(state or "unread", problem=error.sentence)
    except UNFORESEEN as error:
        what = f"{type(error).__name__}: {error}".rstrip(": .")
        return Difference(state or "unread", problem=f"Comparing them failed: {what}.")


def _compared_parts(a: Side, b: Side, report: Report, problem: str) -> Difference:
    """Of tensors whose values are not compared, whether all bits are the same."""
    kinds = a.tensor.kind, b.tensor.kind
    state = state_by_kind(*kinds)
    if state is None and same_meaning(*kinds) and made_of_parts(*kinds):
        if same_parts(a, b, report):
            return Difference("identical")
        layout = kinds[0].layout.replace("_", " ")
        problem = f"Both are {layout}, of different bits: the values of such tensors are not compared."
    return Difference(state or "unread", problem=problem)


def state_by_kind(a: TensorKind, b: TensorKind) -> State | None:
    """The state of two tensors as far as it needs no values: ``shape``, ``dtype``, or None."""
    if not (a.is_known and b.is_known):
        return None
    if a.shape != b.shape:
        return "shape"
    return "dtype" if a.dtype != b.dtype else None


def why_unread(a: TensorKind, b: TensorKind) -> str | None:
    """Why the values of two tensors cannot be compared, as a sentence; None where they can."""
    for name, kind in (("A", a), ("B", b)):
        if kind.problem is not None and kind.problem != not_shown(kind.dtype):
            return f"In {name}: {kind.problem}"
        if kind.layout not in _READ_AS_STRIDED:
            return f"In {name} it is {kind.layout.replace('_', ' ')}: where its values belong is not compared."
    if a.dtype != b.dtype and not_shown(a.dtype):
        return not_shown(a.dtype)
    return not_shown(b.dtype) if a.dtype != b.dtype else None


def _one_contains_the_other(a: TensorKind, b: TensorKind) -> bool:
    """Whether one shape fits into the other, and there is something in both."""
    if len(a.shape) != len(b.shape):
        return False
    smaller = tuple(map(min, a.shape, b.shape))
    return smaller in (a.shape, b.shape) and math.prod(smaller) > 0


def same_meaning(a: TensorKind, b: TensorKind) -> bool:
    """Whether equal bits are equal numbers."""
    return (a.dtype, a.conj, a.neg, a.quantization) == (b.dtype, b.conj, b.neg, b.quantization)


def _same_but_for_signs(a: TensorKind, b: TensorKind) -> bool:
    """Whether equal bits are equal numbers once those that stand for conjugates or negatives have their own signs."""
    flipped = a.element.family in ("float", "complex") and a.dtype not in ("float8_e4m3fnuz", "float8_e5m2fnuz")
    return flipped and same_meaning(replace(a, conj=b.conj, neg=b.neg), b)


class _Pass:
    """One walk over two tensors."""

    def __init__(self, a: Side, b: Side, state: State | None, tolerance: Tolerance, report: Report) -> None:
        self._walk = PairedWalk(a, b)
        self._kinds = a.tensor.kind, b.tensor.kind
        self._state = state
        self._tolerance = tolerance
        self._report = report
        self._tally = DifferenceTally(tolerance)
        self._done = 0
        self._signs_tell = not same_meaning(*self._kinds) and _same_but_for_signs(*self._kinds)
        self._bits_tell = same_meaning(*self._kinds) or self._signs_tell
        self._orders = a.values.byteorder(a.tensor), b.values.byteorder(b.tensor)
        self._swapped = None if self._orders[0] == self._orders[1] else _swap_unit(self._kinds[0])
        dtypes = a.tensor.kind.dtype, b.tensor.kind.dtype
        self._common = common_dtype(*dtypes)
        self._equal_after_cast = True if state == "dtype" and wider(*dtypes) is not None else None

    def result(self) -> Difference:
        """Walk, and say what came out."""
        if DTYPES[self._kinds[0].dtype].family == "packed":
            return self._of_bits()
        if not self._take_in():
            figures = self._figures()
            return Difference("shape", overlap=figures) if self._state == "shape" else Difference("identical", figures)
        figures, judged = self._figures(), Judged(self._tolerance, not self._tally.over, self._tally.excess)
        if self._state == "shape":
            return Difference("shape", overlap=figures)
        if self._state == "dtype":
            return Difference("dtype", figures, equal_after_cast=self._equal_after_cast, judged=judged)
        if self._tally.not_finite:
            return Difference("not_finite", figures, judged=judged)
        return Difference("differs" if self._tally.over else "close", figures, judged=judged)

    def _take_in(self) -> bool:
        """Walk; whether some bits are different.

        As long as all are the same, no more numbers are taken in than it takes to tell a zero vector.
        """
        same = 0
        apart = not self._bits_tell
        for block in self._walk.blocks():
            if self._bits_tell and self._same(block):
                if apart or not self._tally.has_length:
                    self._tally.add_same(self._walk.numbers(block)[0], block.box)
                same += not apart
            else:
                if not apart:
                    apart = True
                    self._take_in_again(same)
                self._add(block)
            self._tell(block)
        return apart

    def _take_in_again(self, same: int) -> None:
        """Take in what was passed by as the same, now that there is something else."""
        self._tally = DifferenceTally(self._tolerance)
        for block in islice(self._walk.blocks(), same):
            self._tally.add_same(self._walk.numbers(block)[0], block.box)
            self._report(self._done, self._walk.count, "comparison")

    def _same(self, block: PairedBlock) -> bool:
        if self._signs_tell:
            sides = zip((block.a, block.b), self._kinds, self._orders, strict=True)
            bits_a, bits_b = (_with_signs(*side) for side in sides)
            return bool(np.array_equal(bits_a, bits_b))
        swap = self._swapped
        return same_bytes(block.a, block.b.view(swap).byteswap().view(np.uint8) if swap is not None else block.b)

    def _add(self, block: PairedBlock) -> None:
        for a, b, first in self._walk.parts(block, CHUNK):
            if self._equal_after_cast:
                self._equal_after_cast = self._agree_after_cast(a, b)
            self._tally.add(as_common(a, self._common), as_common(b, self._common), block.box, first)

    def _agree_after_cast(self, a: Array, b: Array) -> bool:
        dtypes = [kind.dtype for kind in self._kinds]
        wide, narrow, dtype = (a, b, dtypes[1]) if wider(*dtypes) == "a" else (b, a, dtypes[0])
        return bool(agreeing_after_cast(wide, narrow, dtype).all())

    def _of_bits(self) -> Difference:
        """Compare elements that are no single numbers: how many are the same is all that there is to say."""
        different = 0
        itemsize = self._kinds[0].element.itemsize
        for block in self._walk.blocks():
            if not self._same(block):
                apart = (block.a != block.b).reshape(-1, itemsize).any(axis=1)
                different += int(np.count_nonzero(apart))
            self._tell(block)
        if self._state == "shape":
            return Difference("shape", overlap=Figures(changed=different / self._walk.count))
        if not different:
            return Difference("identical", Figures(changed=0.0 if self._walk.count else None))
        return Difference("differs", Figures(changed=different / self._walk.count))

    def _tell(self, block: PairedBlock) -> None:
        self._done += block.box.numel
        self._report(self._done, self._walk.count, "comparison")

    def _figures(self) -> Figures:
        return self._tally.figures(self._walk.index, self._walk.multiplicity)


def _with_signs(raw: NDArray[np.uint8], kind: TensorKind, byteorder: str) -> Array:
    """The bits of numbers, of complex ones those of their parts, with the signs of what they stand for.

    PyTorch resolves conjugates and negatives alike: NaN and zeros too change their sign, and no other bit.
    """
    unit = _swap_unit(kind)
    bits = raw.view(np.dtype(unit).newbyteorder("<" if byteorder == "little" else ">")).astype(unit)
    sign = np.asarray(1 << (8 * bits.itemsize - 1), unit)
    if kind.neg:
        bits ^= sign
    if kind.conj and kind.element.family == "complex":
        bits[1::2] ^= sign
    return bits


def _swap_unit(kind: TensorKind) -> str:
    """Of what elements consist that are in one order of bytes or the other."""
    parts = 2 if kind.element.family == "complex" else 1
    return f"u{kind.element.itemsize // parts}"
