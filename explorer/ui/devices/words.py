"""What is said about moves: before, meanwhile and after."""

from collections.abc import Sequence
from typing import Final

from explorer.checkpoint.document import Checkpoint
from explorer.devices.errors import OutOfMemoryError
from explorer.devices.placement import Placement, Plan
from explorer.devices.torch_devices import Device
from explorer.formatting import devices, duration, exact, nbytes, plural, visible
from explorer.tasks.jobs import Progress
from explorer.ui.devices.placing import Arrived

CHECKSUMS: Final = "checksums"
_MUCH: Final = 10_000_000


_UNCHANGED: Final = "Only memory changes: the file stays as it is."


def proposal(plan: Plan) -> str:
    """What a move would take, what is free, and what stays, in a few sentences."""
    where = plan.device or "the file"
    said = []
    if plan.targets:
        room = plan.room
        free = "" if room is None or room.free is None else f"; {nbytes(room.free)} {_are(room.free)} free there"
        said.append(
            f"Move {plural(plan.tensors, 'tensor')} to {where}? {nbytes(plan.needed)} {_are(plan.needed)} needed{free}."
        )
        if not plan.fits and room is not None:
            said[0] = str(OutOfMemoryError(where, plan.needed, room.free))
        elif plan.device is not None:
            said.append(_UNCHANGED)
        if plan.along:
            others = "1 other tensor shares" if plan.along == 1 else f"{exact(plan.along)} other tensors share"
            comes = "comes" if plan.along == 1 else "come"
            said.append(f"{others} their bytes and {comes} along.")
        if plan.stay:
            said.append(f"{plural(plan.stay, 'tensor')} {'is' if plan.stay == 1 else 'are'} there already.")
    elif plan.stay:
        said.append(f"{'It is' if plan.stay == 1 else 'All of them are'} on {where} already.")
    elif not plan.left_out:
        said.append("There is no tensor to be moved.")
    for reason, count in plan.left_out.items():
        said.append(f"{plural(count, 'tensor')} cannot be moved: {visible(reason, 300)}")
    return " ".join(said)


def _are(size: int) -> str:
    return "is" if size == 1 else "are"


def progress(plan: Plan, moving: Progress) -> str:
    """How far a move is, in a line: where to, which tensor, how much of how much."""
    if moving.what == CHECKSUMS:
        return f"Comparing checksums on {plan.device or 'the devices'}: {nbytes(moving.done)} of {nbytes(moving.total)}"
    size = f"{nbytes(moving.done)} of {nbytes(moving.total)}"
    return f"Moving to {plan.device or 'where it was'}: {moving.what} · {size}"


def row_words(moving: Progress) -> str:
    """What the row of a move says is being done."""
    return "Comparing checksums" if moving.what == CHECKSUMS else "Moving tensors"


def arrival(arrived: Arrived) -> str:
    """What a move has done, in a sentence or two."""
    plan, moved = arrived.plan, arrived.moved
    count = len(moved.numbers)
    tensors, be = plural(count, "tensor"), "is" if count == 1 else "are"
    if not count:
        return "Nothing had to be moved."
    if not moved.nbytes:
        return f"{tensors} {be} in the file again; nothing of {'it' if count == 1 else 'them'} is in memory."
    where = "on their devices again" if plan.device is None else f"on {plan.device}"
    # Of a few bytes it would say nothing about the device.
    rate = f", {nbytes(round(moved.nbytes / arrived.seconds))}/s" if moved.nbytes >= _MUCH else ""
    said = f"{tensors} {be} {where}: {nbytes(moved.nbytes)} in {duration(arrived.seconds)}{rate}."
    if plan.device is not None:
        said += " The file stays as it is."
    if moved.checked:
        said += f" A checksum computed there says that all {nbytes(moved.checked)} are those of the file."
    return said


def given_up(known: Sequence[Device] | None) -> str:
    """That nobody waits any more for which devices there are; what is known of them from before, None for nothing."""
    left = "which there are is not known" if known is None else "what is said of them is from the time before"
    return f"The look for devices was given up: {left}."


def whereabouts(checkpoint: Checkpoint, placement: Placement) -> str:
    """Where the tensors of a file were saved from, and what of them is in memory, in two sentences."""
    saved = devices(checkpoint.saved_devices)
    said = [f"Saved on {saved}." if saved else "The file does not say on which device it was saved."]
    held = placement.nbytes()
    if held:
        said.append(f"In memory: {', '.join(f'{nbytes(size)} on {name}' for name, size in sorted(held.items()))}.")
    else:
        said.append("Nothing of it is in memory: values are read from the file when they are needed.")
    return " ".join(said)
