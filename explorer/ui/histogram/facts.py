"""What is said about the shown tensor in words and figures: the line under its name, and its statistics."""

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from explorer import formatting
from explorer.checkpoint.document import TensorInfo
from explorer.devices.placement import IN_FILE
from explorer.ui.figures_grid import FiguresGrid

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics import Statistics

NOT_FINITE: Final = "NaN · +Inf · −Inf"
FIGURES: Final = ("min", "max", "mean", "std", "l2 norm", "zeros")
QUANTILES: Final = {"1 %": 0.01, "25 %": 0.25, "median": 0.5, "75 %": 0.75, "99 %": 0.99}
CAPTIONS: Final = (*FIGURES, *QUANTILES, NOT_FINITE)

_PARTS: Final = 100
"""Of the way from minimum to maximum; what lies at least one of them apart looks different."""


def facts(tensor: TensorInfo, here: str = IN_FILE) -> str:
    """The line under the key: ``float32 · 960×160 · 153,600 values · 614 kB · saved on cuda:0, here: cpu``.

    Args:
        tensor: Any.
        here: Where it is now, as `explorer.ui.session.Session.place_of_storage` says it.
    """
    return _line(tensor, formatting.shape(tensor.kind.shape), formatting.nbytes(tensor.kind.nbytes), here)


def exact_facts(tensor: TensorInfo, here: str = IN_FILE) -> str:
    """The same with every dimension and every digit."""
    shape = formatting.shape(tensor.kind.shape, limit=len(tensor.kind.shape) + 1)
    return _line(tensor, shape, formatting.exact_bytes(tensor.kind.nbytes), here)


def _line(tensor: TensorInfo, shape: str, size: str, here: str) -> str:
    kind = tensor.kind
    if not kind.is_known:
        return "Only its name is known."
    parts = [kind.dtype, shape]
    if not kind.valueless:
        parts += [formatting.plural(kind.numel, "value"), size]
    if kind.layout != "strided":
        parts[1:1] = ["tensor subclass" if kind.layout == "subclass" else kind.layout.replace("_", " ")]
    parts += _measured(tensor)
    if kind.parts and not kind.valueless:
        parts.append(formatting.visible(kind.parts))
    places = [] if kind.saved_device is None else [f"saved on {formatting.visible(kind.saved_device)}"]
    places += [] if here == IN_FILE else [f"here: {here}"]
    parts += [", ".join(places)] if places else []
    return " · ".join(parts)


def _measured(tensor: TensorInfo) -> list[str]:
    """What histogram and statistics are about, where that is not simply the tensor's elements."""
    kind = tensor.kind
    if kind.problem is not None:
        return []
    of = []
    if kind.element.family == "complex":
        of.append("of |z|")
    if kind.layout != "strided":
        of.append(f"of the {formatting.plural(kind.stored_numel, 'stored value')}")
    parts = [f"statistics {' '.join(of)}"] if of else []
    return [*parts, "dequantized"] if kind.quantization is not None else parts


class StatisticsGrid(FiguresGrid):
    """The figures of a tensor, or of a layer.

    Quantiles are those of all values, known to within a bucket of the statistics; "≈" says where that is not exact.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(CAPTIONS, len(FIGURES), parent)

    def show_statistics(self, statistics: "Statistics | None") -> None:
        """Fill the grid.

        Args:
            statistics: Of the shown tensor; None empties it.
        """
        self.clear()
        if statistics is None:
            return
        # Minimum, mean and maximum are told apart, however close together they are.
        span = 0.0 if statistics.min is None or statistics.max is None else float(statistics.max) - statistics.min
        for caption, number, step in (
            ("min", statistics.min, span / _PARTS),
            ("max", statistics.max, span / _PARTS),
            ("mean", statistics.mean, span / _PARTS),
            ("std", statistics.std, 0.0),
            ("l2 norm", statistics.l2 if statistics.finite else None, 0.0),
        ):
            self.say(caption, formatting.figure(number, step), "" if number is None else repr(number))
        self.say(
            "zeros",
            formatting.percent(statistics.zeros, statistics.count),
            f"{formatting.exact(statistics.zeros)} of {formatting.plural(statistics.count, 'value')}",
        )
        self._show_quantiles(statistics, span / _PARTS)
        counts = (statistics.nan, statistics.posinf, statistics.neginf)
        self.say(
            NOT_FINITE,
            " · ".join(map(formatting.exact, counts)),
            "{} NaN, {} +Inf, {} −Inf".format(*map(formatting.exact, counts)),
            "bad" if any(counts) else None,
        )

    def _show_quantiles(self, statistics: "Statistics", step: float) -> None:
        from explorer.analysis.measure.statistics import quantile_bounds, quantiles  # noqa: PLC0415 - NumPy is there already

        shares = list(QUANTILES.values())
        numbers = quantiles(statistics, shares)
        # They are told apart, also where what lies far out makes the whole span much wider than theirs.
        spread = 0.0 if not numbers else numbers[-1] / _PARTS - numbers[0] / _PARTS
        step = min(step, spread) if spread > 0 else step
        for caption, number, (low, high) in zip(QUANTILES, numbers, quantile_bounds(statistics, shares), strict=False):
            if low == high and statistics.beyond_float64:
                self.say(caption, f"≈ {formatting.figure(number, step)}", f"{number!r}, rounded to a float64")
            elif low == high:
                self.say(caption, formatting.figure(number, step), repr(number))
            else:
                rough = formatting.rough_figure(number, low, high, step)
                self.say(caption, f"≈ {rough}", f"between {low!r} and {high!r}")
