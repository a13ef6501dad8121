"""What fits a query beside the tree of layers, found out where the tree's own search is."""

from collections.abc import Callable, Sequence

from explorer.query.parsing import Query

Fitting = Callable[[Sequence[int]], Sequence[int]]
"""Tells which tensors fit, by their numbers."""
Work = Callable[[Query, Fitting], object]
"""Finds out what fits of something beside the tree, where it does so."""


def fitting_of(numbers: Sequence[int]) -> Work:
    """Finds out which of some tensors fit, as a set."""
    return lambda _query, fitting: frozenset(fitting(numbers))
