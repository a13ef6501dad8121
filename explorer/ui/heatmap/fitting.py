"""Which part of a table is read for what is seen of it, and whether what was read will do."""

import math

from explorer.checkpoint.values.planes import Bounds

Range = tuple[float, float]


def step_for(length: int, most: int) -> int:
    """How many indices a cell stands for where so many of them get at most so many cells."""
    return max(1, -(-length // most))


def still_fine(step: int, finest: int) -> bool:
    """Whether cells need not be made anew: each has a pixel of its own, and finer ones would show little more.

    Labels, and with them the room of a picture, depend on what is drawn: it must not be drawn again for that.

    Args:
        step: Of the cells.
        finest: The finest step there is room for.
    """
    return finest <= step <= finest * 1.25 + 1


def seen(shown: Range, size: int) -> Bounds:
    """The indices of which something is seen."""
    return max(0, math.floor(shown[0])), min(size, math.ceil(shown[1]))


def part_around(shown: Bounds, size: int, step: int) -> Bounds:
    """What is read around what is seen, so that a small move needs no reading: half as much again on either side.

    Args:
        shown: What is seen.
        size: Indices that there are.
        step: Of a cell, on multiples of which the part begins: else cells would change with each move.
    """
    more = (shown[1] - shown[0]) // 2
    return max(0, (shown[0] - more) // step * step), min(size, -(-(shown[1] + more) // step) * step)


def will_do(part: Bounds, step: int, shown: Bounds, wanted: int) -> bool:
    """Whether a part that was read shows what is seen, in cells that are about as fine as they can be.

    Args:
        part: That was read.
        step: Of its cells.
        shown: What is seen.
        wanted: The finest step there is room for.
    """
    return part[0] <= shown[0] and shown[1] <= part[1] and wanted < 2 * step and step <= math.ceil(wanted * 1.2)
