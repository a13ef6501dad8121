"""What there is to say of a pair beside its state and its figures."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from explorer import formatting
from explorer.analysis.casts import cast_words

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.compare.pairing import Pair

OTHER_SCALE = "quantized with another scale or zero point"


def remarks(comparison: "Comparison", pair: "Pair", difference: "Difference") -> Iterator[str]:
    """Short sentences without a capital or a full stop, and at last the problem; none where one tensor is missing.

    Args:
        comparison: That found it.
        pair: Which.
        difference: Of the pair.
    """
    if pair.a is None or pair.b is None:
        return
    a = comparison.pairing.a.checkpoint.tensors.kind(pair.a)
    b = comparison.pairing.b.checkpoint.tensors.kind(pair.b)
    known = a.is_known and b.is_known
    if known and a.shape != b.shape:
        part = ", figures of what both have" if difference.overlap else ""
        yield f"{formatting.shape(a.shape)}, in B {formatting.shape(b.shape)}{part}"
    if known and a.dtype != b.dtype:
        equal = difference.equal_after_cast
        cast = "" if equal is None else f", {'' if equal else 'not '}equal after {cast_words(a.dtype, b.dtype)}"
        yield f"{a.dtype}, in B {b.dtype}{cast}"
    if is_coded_otherwise(comparison, pair):
        figures = difference.figures
        yield OTHER_SCALE + (", to equal values" if figures is not None and figures.max_abs == 0 else "")
    if difference.figures is not None and difference.figures.not_finite:
        yield f"{formatting.plural(difference.figures.not_finite, 'place')} with NaN or infinity on one side"
    if difference.problem:
        yield difference.problem


def is_coded_otherwise(comparison: "Comparison", pair: "Pair") -> bool:
    """Whether both are quantized, and the integers of one stand for other numbers than those of the other."""
    if pair.a is None or pair.b is None:
        return False
    a = comparison.pairing.a.checkpoint.tensors.kind(pair.a).quantization
    b = comparison.pairing.b.checkpoint.tensors.kind(pair.b).quantization
    return a is not None and b is not None and a != b
