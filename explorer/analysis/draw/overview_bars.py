"""One figure of every tensor of an overview, as bars from zero."""

import copy
from typing import TYPE_CHECKING, Literal

import numpy as np

from explorer.analysis.draw.overview import Overview

if TYPE_CHECKING:
    from numpy.typing import NDArray

BarFigure = Literal["std", "largest"]


def bars_of(overview: Overview, figure: BarFigure) -> Overview:
    """The same tensors, each with a band from 0 to its figure.

    Args:
        overview: Of which nothing but the bands is left out.
        figure: Standard deviations, or largest magnitudes.
    """
    made = copy.copy(overview)
    made.bands = np.empty_like(overview.bands)
    refresh(made, overview, figure)
    return made


def refresh(bars: Overview, overview: Overview, figure: BarFigure) -> None:
    """Take over what was filled since.

    Args:
        bars: As of `bars_of`.
        overview: Of the same tensors.
        figure: As above.
    """
    values: NDArray[np.float64] = overview.stds if figure == "std" else overview.largest
    bars.bands[:, :3] = np.where(np.isfinite(values), 0.0, np.nan)[:, None]
    bars.bands[:, 3:] = values[:, None]
    bars.forget()
