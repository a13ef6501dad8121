"""Where in its tensor a problem is."""

from typing import TYPE_CHECKING

from explorer.checkpoint.kinds import TensorKind
from explorer.ui.tensor_views import Place

if TYPE_CHECKING:
    from explorer.analysis.judge.problems import Problem


def place_of(problem: "Problem", kind: TensorKind) -> Place | None:
    """The first value that a problem is about, and the channel that it is about.

    Args:
        problem: Any.
        kind: Of its tensor.

    Returns:
        None where it is about the whole tensor, or the stored values are others than those that it tells of.
    """
    shape = kind.stored_shape
    if not problem.index or shape != kind.shape:
        return None
    told = [max(at, 0) for at in problem.index]
    in_channel = problem.index[0] < 0 or (len(problem.channels) == 1 and len(problem.rows) > 1)
    return Place((*told, *[0] * (len(shape) - len(told))), 1 if in_channel else 0)
