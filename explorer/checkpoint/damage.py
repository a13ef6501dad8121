"""Words for damage: how much of a file is here, and what of it survives."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from explorer.checkpoint.errors import CheckpointError

if TYPE_CHECKING:
    from explorer.checkpoint.document import TensorInfo, TensorTable

AGAIN: Final = "download or save it again"
"""What helps where bytes are missing or wrong."""

_UNITS: Final = ("kB", "MB", "GB", "TB", "PB", "EB")


def here_of(held_nbytes: int, expected_nbytes: int, *, at_least: bool = False) -> str:
    """How much is here of how much, in one unit: ``3.10 of 4.20 GB``; to the byte, where that would look the same.

    Args:
        held_nbytes: What is here.
        expected_nbytes: What there should be.
        at_least: There should be so much, or more.
    """
    of = "of at least" if at_least else "of"
    for power, unit in reversed(list(enumerate(_UNITS, start=1))):
        if expected_nbytes >= 1000**power:
            digits = 2 if expected_nbytes < 100 * 1000**power else 1
            held, expected = (f"{n / 1000**power:.{digits}f}" for n in (held_nbytes, expected_nbytes))
            if held != expected and float(held):
                return f"{held} {of} {expected} {unit}"
            break
    return f"{held_nbytes:,} {of} {expected_nbytes:,} bytes"


def cut_short(held_nbytes: int, expected_nbytes: int, *, at_least: bool = False) -> CheckpointError:
    """Say that the end of a file is missing.

    Args:
        held_nbytes: Size of the file.
        expected_nbytes: What it should be.
        at_least: It should be so long, or longer; then nothing in it tells what loading makes of it.
    """
    missing = expected_nbytes - held_nbytes
    lost = "1 byte" if missing == 1 else f"{missing:,} bytes"
    are = "is" if missing == 1 and not at_least else "are"
    here = here_of(held_nbytes, expected_nbytes, at_least=at_least)
    why = f"{here} are here, {'at least ' if at_least else ''}{lost} {are} missing"
    return CheckpointError(f"The file is cut at byte {held_nbytes:,}", why, AGAIN, refused=not at_least)


def cut_in_pickle(held_nbytes: int) -> CheckpointError:
    """Say that a file ends before it has listed its tensors.

    Args:
        held_nbytes: Size of the file.
    """
    why = "it ends inside its pickle, which lists the tensors, so that none can be shown"
    return CheckpointError(f"The file is cut at byte {held_nbytes:,}", why, AGAIN)


def past_end(end: int, begin: int, held_nbytes: int) -> str:
    """Why values cannot be read that a cut file has in part, or not at all, as a sentence.

    Args:
        end: Where they should end, in bytes.
        begin: Where they begin.
        held_nbytes: Size of the file.
    """
    if begin >= held_nbytes:
        return f"The file is cut at byte {held_nbytes:,}, before its values."
    return (
        f"The file is cut at byte {held_nbytes:,}: {here_of(held_nbytes - begin, end - begin)} of its values are here."
    )


def is_lost(tensor: "TensorInfo") -> bool:
    """Tell whether the file is damaged where a tensor's values should be."""
    problem = tensor.kind.problem
    if problem is None or tensor.kind.valueless or "not shown" in problem:
        return False
    # Of others it is only not known what their functions make of them.
    return tensor.storage is not None or "does not hold" in problem


def survivors(table: "TensorTable", numbers: Sequence[int]) -> str:
    """What can still be read of a damaged file, as a sentence; "" where it lists no tensors.

    Args:
        table: Its tensors.
        numbers: Of those that are meant.
    """
    total = len(numbers)
    lost = len(set(table.unreadable).intersection(numbers))
    if not total:
        return ""
    if not lost:
        return "Its tensor can still be read." if total == 1 else f"All {total:,} tensors can still be read."
    if lost == total:
        return "Its tensor cannot be read." if total == 1 else f"None of its {total:,} tensors can be read."
    return f"{total - lost:,} of {total:,} tensors can still be read; the other {'one' if lost == 1 else lost} cannot."
