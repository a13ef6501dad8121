"""What tensors can be alike in: dtype, shape, stride, and all else that says how their values are read."""

import math
from dataclasses import dataclass
from typing import Literal

from explorer.checkpoint.dtypes import DTYPES, UNKNOWN, DType

Layout = Literal[
    "strided",
    "sparse_coo",
    "sparse_csr",
    "sparse_csc",
    "sparse_bsr",
    "sparse_bsc",
    "nested",
    "meta",
    "subclass",
]

VALUELESS: tuple[Layout, ...] = ("meta", "subclass")
"""Layouts of tensors that were saved without values of their own: on the meta device, or as several other tensors."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """How the integers of a quantized tensor become numbers: ``(q - zero_point) * scale``.

    Attributes:
        scheme: As PyTorch names it, for example ``per_tensor_affine``.
        scales: One scale, or one for each index of ``axis``.
        zero_points: As many as scales.
        axis: The dimension along which the scales run; None for a whole tensor.
    """

    scheme: str
    scales: tuple[float, ...]
    zero_points: tuple[float, ...]
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class TensorKind:
    """What many tensors of one checkpoint have in common; kept once for all of them.

    Attributes:
        dtype: Name of the dtype; ``unknown``, and a shape without elements, where nothing but the key is known.
        shape: Elements along each dimension.
        stride: Elements from one index to the next, for the stored values.
        stored_shape: Shape of the stored values: ``shape``, but for sparse and nested tensors.
        saved_device: The device the file names, such as ``cuda:0``; None where the format has no such tag.
        layout: ``strided``, or how the stored values stand for the tensor; of `VALUELESS`, none do.
        conj: The stored complex values stand for their conjugates.
        neg: The stored values stand for their negatives.
        counts_as_parameters: Floating or complex, and no running statistic of a norm.
        quantization: For quantized dtypes.
        problem: Why the values cannot be read, as a sentence; None when they can.
        parts: Of what a tensor that is no plain run of numbers is made, for people; "" for others.
    """

    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    stored_shape: tuple[int, ...]
    saved_device: str | None
    layout: Layout = "strided"
    conj: bool = False
    neg: bool = False
    counts_as_parameters: bool = True
    quantization: Quantization | None = None
    problem: str | None = None
    parts: str = ""

    @property
    def valueless(self) -> bool:
        """It was saved without values of its own, which is no fault of the file."""
        return self.layout in VALUELESS

    @property
    def numel(self) -> int:
        """Elements by the shape."""
        return math.prod(self.shape)

    @property
    def stored_numel(self) -> int:
        """Elements whose values are stored: fewer than ``numel`` for sparse tensors."""
        return math.prod(self.stored_shape)

    @property
    def element(self) -> DType:
        """The dtype, with its size and family."""
        return DTYPES.get(self.dtype, UNKNOWN)

    @property
    def is_known(self) -> bool:
        """There is more of it than a key."""
        return self.dtype != UNKNOWN.name

    @property
    def nbytes(self) -> int:
        """``numel`` times the size of an element."""
        return self.numel * self.element.itemsize

    @property
    def walked_nbytes(self) -> int:
        """Bytes of the values that measuring looks at: those stored, without the repeats of an expanded view."""
        if self.problem is not None:
            return 0
        steps = zip(self.stored_shape, self.stride, strict=True)
        return math.prod(size for size, step in steps if step != 0) * self.element.itemsize
