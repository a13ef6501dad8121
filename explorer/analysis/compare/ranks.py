"""What a relative change says of a tensor: much of a weight, less of a bias, little of running statistics."""

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from explorer.analysis.compare.whole_numbers import FAMILIES, kinds_of
from explorer.analysis.counters import NAMES as COUNTER_NAMES

if TYPE_CHECKING:
    from explorer.analysis.compare.pairing import Pair, Pairing

_STATISTICS: Final = ("running_mean", "running_var")


class Rank(IntEnum):
    """What is asked first where the tensor that moved furthest is looked for.

    A relative change, ``|b - a| / |a|``, tells how far training went where a tensor was of some size before. A bias
    begins at 0, and often stays near it: there every step is many times what it was, by nature, and beside weights that
    were trained as long it would always be first. Running statistics follow the data and are no parameters: they change
    where all else is frozen. So each is ranked among its own, weights first; the figures themselves are those of the
    tensors, unweighted, wherever they are shown.
    """

    WEIGHT = 0
    BIAS = 1
    STATISTICS = 2
    COUNTER = 3


RANK_WORDS: Final = {
    Rank.WEIGHT: "weights",
    Rank.BIAS: "biases",
    Rank.STATISTICS: "running statistics",
    Rank.COUNTER: "whole numbers",
}


def rank_of(pairing: "Pairing", pair: "Pair") -> Rank:
    """By the last name of a pair, and by what numbers it is of.

    Args:
        pairing: Whose pair.
        pair: Which.
    """
    name = pair.key.rpartition(".")[2].lower()
    kind = kinds_of(pairing, pair)[0]
    if kind.element.family in FAMILIES or (name in COUNTER_NAMES and kind.numel == 1):
        return Rank.COUNTER
    if name in _STATISTICS:
        return Rank.STATISTICS
    return Rank.BIAS if name == "bias" or name.startswith("bias_") or name.endswith("_bias") else Rank.WEIGHT
