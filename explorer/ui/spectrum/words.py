"""What is said about singular values."""

import math
from typing import TYPE_CHECKING, Final

from explorer.checkpoint.kinds import TensorKind
from explorer.formatting import NOTHING, every_digit, exact, figure, plural
from explorer.ui.spectrum.work import Computed

if TYPE_CHECKING:
    from explorer.analysis.draw.spectrum import Spectrum
    from explorer.ui.plots.span_plot import Span

GRID: Final = ("largest", "condition", "effective rank", "stable rank", "rank", "above edge")
NOT_FINITE: Final = "The tensor has values that are NaN or infinite: such a matrix has no singular values."
EXACT_SIDE: Final = 1280
LARGEST: Final = 64
"""The engine's own numbers, checked by a test, so that this needs no NumPy."""

_MEAN_MATTERS: Final = 0.5
"""Of the random edge: a value that the mean alone makes, and that reaches so far, is told."""
_FINE: Final = 1e-10
_RANK: Final = "Singular values above {}: the longer side, times the precision of {}, times the largest"
_BEYOND: Final = (
    "Singular values above {}, where those of a large matrix of independent numbers with the same size and standard "
    "deviation end: std × (√rows + √columns)"
)


def why_none(kind: TensorKind) -> str:
    """Why a tensor has no spectrum, as a sentence; "" where it has one."""
    if kind.stored_shape != kind.shape:
        return f"Only the stored values of this {kind.layout.replace('_', ' ')} tensor are read, which are no matrix."
    if len(kind.shape) < 2:
        what = "a scalar" if not kind.shape else "a tensor of one dimension"
        return f"Singular values are those of a matrix, and this is {what}."
    if min(kind.shape[0], math.prod(kind.shape[1:])) < 2:
        return "A matrix of one row or one column has one singular value: its norm, which Histogram tells."
    return ""


def matrix_words(kind: TensorKind) -> str:
    """Which matrix it is: ``512 × 768``, ``64 × 288 (dimension 0 by the others)``."""
    rows, columns = kind.shape[0], math.prod(kind.shape[1:])
    size = f"{exact(rows)} × {exact(columns)}"
    return size if len(kind.shape) == 2 else f"{size} (dimension 0 by the others)"


def what_is_computed(kind: TensorKind) -> str:
    """What would be computed, as a sentence."""
    side = min(kind.shape[0], math.prod(kind.shape[1:]))
    many = f"all {exact(side)} singular values, in float64" if side <= EXACT_SIDE else _approximately(side)
    return f"Of the matrix {matrix_words(kind)}: {many}."


def _approximately(side: int) -> str:
    return (
        f"the {LARGEST} largest of {exact(side)} singular values, approximately (from random directions, float32); "
        "none is above the true one"
    )


def summary(computed: Computed, spectrum: "Spectrum") -> str:
    """Which matrix, and how its values were computed."""
    kind = computed.tensor.kind
    if not spectrum.exact:
        return f"{matrix_words(kind)} · {_approximately(spectrum.side)}"
    return f"{matrix_words(kind)} · all {exact(spectrum.side)} singular values, in float64"


def notes(computed: Computed, spectrum: "Spectrum") -> list[str]:
    """What else is worth knowing."""
    edge, std = figure(spectrum.random_edge), figure(spectrum.std)
    said = [f"edge of a random matrix of this size with std {std}: {edge} (Marchenko and Pastur)"]
    by_mean = spectrum.mean * math.sqrt(spectrum.rows * spectrum.columns)
    if by_mean > _MEAN_MATTERS * spectrum.random_edge:
        said.append(f"the mean, {figure(spectrum.mean)}, is far enough from 0 for a value of {figure(by_mean)} alone")
    if computed.tensor.kind.quantization is not None:
        said.append("dequantized")
    return said


def figures_of(spectrum: "Spectrum") -> dict[str, tuple[str, str]]:
    """The figures of the grid: as they are shown, and what they are, with every digit."""
    at_least = "" if spectrum.exact else "≥ "
    of_all = "It takes all singular values, which are not computed for a matrix of this size."
    precision = "float64" if spectrum.epsilon < _FINE else "float32"
    effective, condition = spectrum.effective_rank, spectrum.condition
    edge_known = spectrum.exact or spectrum.beyond_random < spectrum.values.size
    rank_known = spectrum.exact or spectrum.rank < spectrum.values.size
    return {
        "largest": (
            figure(spectrum.norm),
            f"The spectral norm: {spectrum.norm!r}" + ("" if spectrum.exact else ", or a little more"),
        ),
        "condition": (
            NOTHING if condition is None else figure(condition),
            of_all if condition is None else f"The largest singular value over the smallest: {condition!r}",
        ),
        "effective rank": (
            NOTHING if effective is None else figure(effective),
            of_all
            if effective is None
            else "The exponential of the entropy of the singular values, as shares of their sum (O. Roy and M. "
            f"Vetterli, 2007): {effective!r} of at most {spectrum.side}",
        ),
        "stable rank": (
            figure(spectrum.stable_rank),
            f"The sum of the squares of all singular values over the largest square: {spectrum.stable_rank!r}",
        ),
        "rank": (
            f"{'' if rank_known else at_least}{exact(spectrum.rank)}",
            _RANK.format(figure(spectrum.floor), precision),
        ),
        "above edge": (
            f"{'' if edge_known else at_least}{exact(spectrum.beyond_random)}",
            _BEYOND.format(repr(spectrum.random_edge)),
        ),
    }


def about_span(computed: Computed, spectrum: "Spectrum", span: "Span", form: str) -> str:
    """What is read out of a value, or of a bin."""
    at = span.first
    if form == "index":
        value, random = float(spectrum.values[at]), float(computed.random[at])
        return (
            f"singular value {exact(at)} of {exact(spectrum.side)}: {every_digit(value)} · "
            f"random matrix: {figure(random)}"
        )
    step = computed.top / len(computed.counts)
    many = plural(int(computed.counts[at]), "singular value")
    return (
        f"from {figure(at * step)} to {figure((at + 1) * step)}: {many} · "
        f"random matrix: {figure(float(computed.expected[at]))}"
    )
