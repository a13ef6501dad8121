"""The numbers of an overview as text for other programs."""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.statistics import Statistics
from explorer.checkpoint.document import TensorTable
from explorer.formatting import delimited, visible
from explorer.progress import Report
from explorer.ui.overview.words import BANDS

_TOGETHER = 1_000


def table(
    tensors: TensorTable,
    numbers: NDArray[np.int64],
    bands: NDArray[np.float64],
    known: Mapping[int, Statistics],
    problems: Collection[int],
    separator: Literal[",", "\t"],
    report: Report,
) -> str:
    """Write an overview with a line for each tensor.

    Args:
        tensors: All tensors of the checkpoint.
        numbers: Those that have a line.
        bands: float64[n, 7], of each of them.
        known: Statistics by the tensor's number.
        problems: Numbers of tensors that have none, because they cannot be read.
        separator: Between the columns.
        report: Called with the lines written.

    Returns:
        A head and the lines: what the tensor is, and its figures with all their digits; nothing where there is none.

    Raises:
        Cancelled: By `report`.
    """
    titles = ["tensor", "dtype", "shape", "values", "not finite", *BANDS, "quantiles"]
    return delimited(titles, _lines(tensors, numbers, bands, known, problems, report), separator)


def _lines(
    tensors: TensorTable,
    numbers: NDArray[np.int64],
    bands: NDArray[np.float64],
    known: Mapping[int, Statistics],
    problems: Collection[int],
    report: Report,
) -> Iterator[list[object]]:
    for line, (number, band) in enumerate(zip(numbers.tolist(), bands.tolist(), strict=True)):
        if line % _TOGETHER == 0:
            report(line, len(numbers), "lines")
        kind, statistics = tensors.kind(number), known.get(number)
        what = [visible(tensors.key(number), 10_000), kind.dtype, "×".join(map(str, kind.shape)), kind.numel]
        if statistics is None:
            said = "cannot be read" if number in problems else "not measured"
            yield [*what, "", *[""] * len(BANDS), said]
            continue
        figures = ["" if math.isnan(figure) else figure for figure in band]
        said = "" if not statistics.finite else "exact" if statistics.exact_values else "estimated"
        yield [*what, statistics.count - statistics.finite, *figures, said]
