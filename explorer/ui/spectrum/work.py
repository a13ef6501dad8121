"""What is done for the plot of singular values, most of it in the worker."""

from typing import TYPE_CHECKING, NamedTuple

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.formatting import delimited
from explorer.progress import Report
from explorer.ui.plots.plot_view import Separator

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.analysis.draw.spectrum import Spectrum

BINS = 60


class Computed(NamedTuple):
    """What was computed.

    Attributes:
        tensor: Of what.
        spectrum: None where there is none, because not all values are finite.
        random: float64, as many: what a random matrix of its size and standard deviation would have.
        counts: int64[BINS], how many values are in each bin from 0 to the largest.
        expected: float64[BINS], how many of the random one's.
        top: The upper end of the last bin.
    """

    tensor: TensorInfo
    spectrum: "Spectrum | None"
    random: "NDArray[np.float64]"
    counts: "NDArray[np.int64]"
    expected: "NDArray[np.float64]"
    top: float


def compute(checkpoint: Checkpoint, tensor: TensorInfo, report: Report) -> Computed:
    """Compute the singular values, and what a random matrix would have."""
    # NumPy is imported on the worker, behind the window.
    import numpy as np  # noqa: PLC0415

    from explorer.analysis.draw.marchenko_pastur import between, expected  # noqa: PLC0415 - as above
    from explorer.analysis.draw.spectrum import NotFiniteError, matrix_plane, spectrum_of  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415 - as above

    plane = matrix_plane(tensor.kind)
    none = np.empty(0)
    if plane is None:
        return Computed(tensor, None, none, none.astype(np.int64), none, 0.0)
    try:
        with open_values(checkpoint) as values:
            found = spectrum_of(values, tensor, plane, report)
    except NotFiniteError:
        return Computed(tensor, None, none, none.astype(np.int64), none, 0.0)
    random = expected(found.rows, found.columns, found.std, found.values.size)
    top = max(float(found.values[0]), float(random[0])) or 1.0
    edges = np.linspace(0.0, top, BINS + 1)
    counts = np.histogram(found.values, edges)[0]
    # All of the random ones, also where only the largest are known of the matrix.
    return Computed(tensor, found, random, counts, between(found.rows, found.columns, found.std, edges), top)


def table(computed: Computed, separator: Separator) -> str:
    """A line for each singular value, and what a random matrix has in its place."""
    found = [] if computed.spectrum is None else computed.spectrum.values.tolist()
    rows = enumerate(zip(found, computed.random.tolist() if found else [], strict=True))
    titles = ["index", "singular value", "random matrix"]
    return delimited(titles, ([index, *pair] for index, pair in rows), separator)
