"""What is wrong with the singular values of a weight; they are computed only when they are asked for."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from explorer.analysis.draw.spectrum import Spectrum
from explorer.analysis.judge.problems import Kind, Problem
from explorer.analysis.judge.thresholds import Thresholds
from explorer.analysis.roles import Role
from explorer.formatting import exact, figure, plural

_JUDGED: Final = frozenset({Role.LINEAR, Role.CONVOLUTION})
"""Rows of an embedding may be alike, and what LoRA adds is of low rank on purpose."""
_LEAST_SIDE: Final = 32
"""Of a smaller matrix a few directions are a good part of all."""


def judge_spectrum(number: int, role: Role, spectrum: Spectrum, thresholds: Thresholds) -> Iterator[Problem]:
    """Judge a weight by all of its singular values, or by the largest, where those show that there are no more.

    Args:
        number: Of the tensor.
        role: Of it.
        spectrum: Of it.
        thresholds: From where on something is a problem.
    """
    if role not in _JUDGED or not spectrum.norm > 0:
        return
    side, rank = spectrum.side, spectrum.rank
    if not spectrum.exact:
        # Where one of the largest is as good as 0, so are all that are not known.
        if rank < spectrum.values.size and rank < thresholds.collapsed_share * side:
            detail = (
                f"The rank is {exact(rank)} of {exact(side)}: all other singular values are below "
                f"{figure(spectrum.floor)}, which is as good as 0 beside the largest, {figure(spectrum.norm)}."
            )
            yield Problem(number, Kind.RANK_COLLAPSED, detail)
        return
    effective = spectrum.effective_rank or 0.0
    small = int(np.count_nonzero(spectrum.values < thresholds.singular_ratio * spectrum.norm))
    if small:
        detail = (
            f"{exact(small)} of {plural(side, 'singular value')} {'is' if small == 1 else 'are'} below "
            f"{figure(thresholds.singular_ratio)} of the largest, {figure(spectrum.norm)}; the smallest is "
            f"{figure(float(spectrum.values[-1]))}."
        )
        yield Problem(number, Kind.NEAR_SINGULAR, detail)
    if side >= _LEAST_SIDE and effective < thresholds.collapsed_share * side:
        detail = f"The effective rank is {figure(effective)} of {exact(side)}: few directions have nearly all of it."
        yield Problem(number, Kind.RANK_COLLAPSED, detail)
