"""Which tensor is on which device now, and moving them: storage by storage, all of it or nothing.

What is nowhere is in the file, from where it is read when it is needed. Tensors are views of storages: those that share
one move together, once, and share it afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.dtypes import not_shown
from explorer.checkpoint.kinds import TensorKind
from explorer.devices.errors import OutOfMemoryError
from explorer.devices.torch_devices import TorchDevices
from explorer.progress import Report

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.checkpoint.values.reading import Values
    from explorer.checkpoint.values.walks import Walk
    from explorer.devices.host_memory import Room

IN_FILE: Final = "file"
"""Where a tensor is of which nothing was read into memory to stay there."""


class Held(NamedTuple):
    """The bytes of a storage on a device.

    Attributes:
        device: As PyTorch names it.
        data: uint8[nbytes], on that device.
        checksum: As of `explorer.devices.sums`, of the bytes that the file has; None where they were never seen, on
            the meta device.
    """

    device: str
    data: "Tensor"
    checksum: int | None


class Memory:
    """An `explorer.checkpoint.values.memory.Memory`. It refers to no checkpoint: those that hang on it go without it.

    Attributes:
        held: By the storage's number; another mapping each time that something is moved.
    """

    def __init__(self) -> None:
        self.held: Mapping[int, Held] = {}

    def values(self, checkpoint: Checkpoint) -> "Values":
        """As `explorer.checkpoint.values.memory.Memory` says."""
        from explorer.devices.reading import PlacedValues  # noqa: PLC0415 - brings NumPy

        return PlacedValues(checkpoint, self.held)

    def walk(self, checkpoint: Checkpoint, tensor: TensorInfo) -> "Walk | None":
        """As `explorer.checkpoint.values.memory.Memory` says."""
        held = None if tensor.storage is None else self.held.get(tensor.storage.number)
        if held is None:
            return None
        from explorer.devices.reading import walk_there  # noqa: PLC0415 - brings NumPy

        return walk_there(checkpoint, held, tensor)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a move would do.

    Attributes:
        device: Where to; None back into the file.
        targets: Where each storage is to be; None for in the file. Those that are there already are not among them.
        tensors: Of those that were asked for, how many move.
        along: Others that move with them, because they share bytes.
        stay: Of those that were asked for, how many are where they are to be.
        left_out: Why others cannot be moved, as sentences, and how many there are of each.
        needed: Bytes that come to the device; what several tensors share counts once.
        room: Of the device, when the plan was made; None where nothing comes to one.
        names: For each storage the key of the first tensor in it that was asked for.
    """

    device: str | None
    targets: Mapping[int, str | None]
    tensors: int
    along: int = 0
    stay: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    needed: int = 0
    room: "Room | None" = None
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """There is room for it, as far as that is known."""
        return self.room is None or self.room.free is None or self.needed <= self.room.free


class Moved(NamedTuple):
    """What a move has done.

    Attributes:
        numbers: Tensors that are elsewhere now.
        before: Where their storages were, for moving them back.
        nbytes: That were copied.
        checked: Bytes of which a checksum was compared on the device.
    """

    numbers: list[int]
    before: Mapping[int, str | None]
    nbytes: int
    checked: int


class Placement:
    """Of one checkpoint. It changes on the worker, all at once; anybody may look at it.

    Attributes:
        checkpoint: Whose tensors it is about.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Begin with everything in the file.

        Args:
            checkpoint: As it was read; `checkpoint` is the same one, whose values are read from where they are.
        """
        self._memory = Memory()
        self.checkpoint = replace(checkpoint, memory=self._memory)

    @property
    def _held(self) -> Mapping[int, Held]:
        return self._memory.held

    def held(self, storage: int) -> Held | None:
        """What is in memory of a storage; None where nothing is."""
        return self._held.get(storage)

    def nbytes(self) -> dict[str, int]:
        """Bytes that are held on each device; meta tensors take none."""
        found: dict[str, int] = {}
        for held in self._held.values():
            found[held.device] = found.get(held.device, 0) + (0 if held.data.is_meta else held.data.numel())
        return found

    def tensor(self, number: int) -> "Tensor":
        """A tensor as it is on its device: a view that shares its bytes with others, as in the file.

        Args:
            number: Of one that is in memory, and of plain numbers: strided, and not quantized.

        Raises:
            KeyError: It is in the file.
        """
        import torch  # noqa: PLC0415 - it was imported when the tensor was moved

        info = self.checkpoint.tensors[number]
        kind = info.kind
        data = self._held[self.checkpoint.tensors.storage_of[number]].data
        whole = data.numel() - data.numel() % kind.element.itemsize
        # A part is only taken where the whole is no number of elements.
        flat = (data if whole == data.numel() else data[:whole]).view(getattr(torch, kind.dtype))
        view: Tensor = flat.as_strided(kind.stored_shape, kind.stride, info.offset)
        view = view.conj() if kind.conj else view
        return torch._neg_view(view) if kind.neg else view  # noqa: SLF001 - how PyTorch marks it when it loads one

    def plan(self, numbers: Iterable[int], device: str | None, devices: TorchDevices) -> Plan:
        """Find out what moving tensors would take; in the worker.

        Args:
            numbers: Their rows in the table.
            device: Where to; None back into the file.
            devices: Tells how much room there is.
        """
        table = self.checkpoint.tensors
        problems = {kind: why_not_moved(table.kinds[kind]) for kind in set(table.kind_of)}
        halves = {kind for kind in problems if _parts_elsewhere(table.kinds[kind])}
        kept = {storage for kind, storage in zip(table.kind_of, table.storage_of, strict=True) if kind in halves}
        targets: dict[int, str | None] = {}
        names: dict[int, str] = {}
        left_out: dict[str, int] = {}
        asked: set[int] = set()
        stay = 0
        for number in numbers:
            storage = table.storage_of[number]
            problem = problems[table.kind_of[number]] or ("" if storage >= 0 else "The file has no bytes for it.")
            if not problem and storage in kept:
                problem = "It shares its bytes with a tensor that is not moved."
            if problem:
                left_out[problem] = left_out.get(problem, 0) + 1
                continue
            held = self._held.get(storage)
            if (None if held is None else held.device) == device:
                stay += 1
                continue
            asked.add(number)
            targets[storage] = device
            names.setdefault(storage, table.key(number))
        along = sum(storage in targets for storage in table.storage_of) - len(asked) if targets else 0
        needed = 0 if device is None else sum(table.storages[storage].nbytes for storage in targets)
        room = None if device is None else devices.room(device)
        return Plan(device, targets, len(asked), along, stay, left_out, needed, room, names)

    def move(self, plan: Plan, devices: TorchDevices, report: Report) -> Moved:
        """Do what a plan says, all of it; in the worker.

        Until it is done everything is also where it was: if it fails or is cancelled, nothing has changed, and what
        was copied already is freed.

        Args:
            plan: Of this placement, made by it or by `plan_back`.
            devices: Do the copying.
            report: Called with the bytes copied, the bytes in all and the key of the tensor, every few of them; then
                with those compared, and "checksums".

        Returns:
            What was moved, which `plan_back` takes.

        Raises:
            Cancelled: By `report`.
            CheckpointError: The file is gone, damaged or no longer the one that was opened.
            DeviceError: The device has too little room, does not answer, or has other bytes than were sent.
        """
        from explorer.devices.moving import Mover  # noqa: PLC0415 - brings NumPy, which the window starts without

        came = Mover(self.checkpoint, self._held, devices, report).bring(plan)
        table = self.checkpoint.tensors
        before = {
            storage: None if (held := self._held.get(storage)) is None else held.device for storage in plan.targets
        }
        left = {storage: held for storage, held in self._held.items() if storage in plan.targets}
        kept = {storage: held for storage, held in self._held.items() if storage not in left}
        self._memory.held = {**kept, **came}
        if left:
            free(left)
            devices.give_back()
        numbers = [number for number, storage in enumerate(table.storage_of) if storage in plan.targets]
        nbytes = sum(table.storages[storage].nbytes for storage in came)
        checked = sum(held.data.numel() for held in came.values() if not held.data.is_meta)
        return Moved(numbers, before, nbytes, checked if devices.in_pieces else 0)

    def plan_back(self, moved: Moved, devices: TorchDevices) -> Plan:
        """What undoing a move takes: a move, too.

        Args:
            moved: By this placement.
            devices: Tells how much room there is, where all goes to one device.
        """
        table = self.checkpoint.tensors
        targets = {
            storage: device
            for storage, device in moved.before.items()
            if (None if (held := self._held.get(storage)) is None else held.device) != device
        }
        names: dict[int, str] = {}
        for number in moved.numbers:
            names.setdefault(table.storage_of[number], table.key(number))
        where = set(targets.values())
        device = next(iter(where)) if len(where) == 1 else None
        needed = sum(table.storages[storage].nbytes for storage, place in targets.items() if place is not None)
        tensors = sum(table.storage_of[number] in targets for number in moved.numbers)
        room = None if device is None else devices.room(device)
        return Plan(device, targets, tensors, needed=needed, room=room, names=names)

    def release(self) -> None:
        """Have everything in the file again."""
        left, self._memory.held = dict(self._held), {}
        free(left)


def why_not_moved(kind: TensorKind) -> str:
    """Why a tensor of a kind cannot be moved, as a sentence; "" where it can: also where its values are not shown."""
    unread = kind.problem is not None and kind.problem != not_shown(kind.dtype)
    return kind.problem if unread and kind.problem is not None else _parts_elsewhere(kind)


def _parts_elsewhere(kind: TensorKind) -> str:
    """Which parts of a tensor are no values and lie in other storages, as the reason why it stays; "" for none.

    What is known of a tensor is where its values are: were those moved alone, half of it would be on the device.
    """
    if kind.layout.startswith("sparse"):
        return "It is sparse: its indices lie apart from its values, and only whole tensors are moved."
    if kind.layout == "nested":
        return "It is nested: the sizes of its parts lie apart from its values, and only whole tensors are moved."
    if kind.quantization is not None and kind.quantization.axis is not None:
        return "It is quantized by channel: its scales lie apart from its values, and only whole tensors are moved."
    return ""


def free(held: dict[int, Held]) -> None:
    """Let go of storages, so that other threads run meanwhile: giving back gigabytes takes a while.

    Args:
        held: What nobody else needs; it is empty afterwards. Whoever still reads one of them keeps it alive.
    """
    while held:
        data = held.popitem()[1].data
        if type(data).__name__ == "FakeTensor":
            continue
        # Python's lock is held while an object goes, but not while this one is made to refer to nothing.
        last = data.detach()
        del data
        last.set_()  # type: ignore[call-overload]  # PyTorch does not declare that without a source it takes an empty one


def refuse_without_room(plan: Plan) -> None:
    """Refuse before anything is copied.

    Raises:
        OutOfMemoryError: The plan needs more than the device has.
    """
    if not plan.fits and plan.device is not None and plan.room is not None:
        raise OutOfMemoryError(plan.device, plan.needed, plan.room.free)
