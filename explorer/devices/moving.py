"""Brings storages to devices, from the file or from where they are, and proves that their bytes are the same."""

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.values.open_files import check_unchanged
from explorer.checkpoint.values.reading import PIECE as FILE_PIECE
from explorer.devices.errors import DeviceError, OutOfMemoryError, is_out_of_memory, let_go, translated
from explorer.devices.placement import Held, Plan, free, refuse_without_room
from explorer.devices.reading_ahead import ReadingAhead
from explorer.devices.stored_bytes import StoredBytes, word_size
from explorer.devices.sums import ByteSum, device_rows
from explorer.devices.torch_devices import HOST, META, PIECE, TorchDevices
from explorer.formatting import visible
from explorer.progress import Report

if TYPE_CHECKING:
    from torch import Tensor

_LOOK_NBYTES: Final = 1 << 28
"""So many bytes are taken from this computer's memory between two looks at what is free."""

CHECKING: Final = "checksums"
"""What a move reports while it compares them."""


class Mover:
    """Does one move."""

    def __init__(self, checkpoint: Checkpoint, held: Mapping[int, Held], devices: TorchDevices, report: Report) -> None:
        """Begin with nothing.

        Args:
            checkpoint: Whose storages they are.
            held: What is in memory now; it stays as it is.
            devices: Do the copying.
            report: As `Placement.move` says.
        """
        self._checkpoint = checkpoint
        self._held = held
        self._devices = devices
        self._report = report
        self._opened = ExitStack()
        self._file: StoredBytes | None = None
        self._done = self._total = 0
        self._what = ""
        self._thread: ThreadPoolExecutor | None = None
        self._buffers: dict[str, list[Tensor]] = {}
        self._unlooked = 0
        # So that it can be freed, if it does not arrive.
        self._arriving: dict[int, Held] = {}

    def bring(self, plan: Plan) -> dict[int, Held]:
        """Bring every storage of a plan to where it is to be; those that go into the file need nothing.

        Returns:
            What is held now of them.

        Raises:
            Cancelled: By `report`.
            CheckpointError: As of `Placement.move`.
            DeviceError: Likewise.
        """
        came: dict[int, Held] = {}
        try:
            refuse_without_room(plan)
            self._see_that_nothing_is_lost(plan)
            self._total = plan.needed
            with self._opened:
                for number, device in plan.targets.items():
                    if device is not None:
                        self._what = visible(plan.names.get(number, ""))
                        came[number] = self._bring(number, device)
                        self._arriving = {}
                if self._file is not None:
                    self._file.check_unchanged()
            self._check(came, plan.names)
        except BaseException as error:
            # Whoever is told of it keeps the error, and with it all that is in these calls.
            let_go(error)
            free(came)
            free(self._arriving)
            if self._done:
                self._devices.give_back()
            raise
        return came

    def _see_that_nothing_is_lost(self, plan: Plan) -> None:
        """Let go of what is in memory only where the file still has it."""
        table, files = self._checkpoint.tensors.storages, self._checkpoint.files
        left = {number for number, device in plan.targets.items() if device in (None, META)}
        numbers = {table[number].file for number in left & self._held.keys() if self._held[number].device != META}
        try:
            check_unchanged([files[number] for number in sorted(numbers)])
        except CheckpointError as error:
            why = f"{error.what}: {error.why}" if error.why else error.what
            raise DeviceError(f"{why}. What is in memory stays there, as there is no other copy.") from None

    def _bring(self, number: int, device: str) -> Held:
        storage = self._checkpoint.tensors.storages[number]
        if device == META:
            self._report(self._done, self._total, self._what)
            return Held(device, self._devices.empty(storage.nbytes, device), None)
        if device == HOST:
            self._see_that_there_is_room(storage.nbytes)
        held = self._held.get(number)
        before = self._done
        with translated(device, storage.nbytes, lambda: self._devices.room(device).free):
            if held is None or held.device == META:
                return self._from_file(storage, device)
            try:
                return self._from_device(held, device)
            except RuntimeError as error:
                if held.device == HOST or is_out_of_memory(error):
                    raise
                # The device that it is on may have vanished; the file has the same bytes.
                let_go(error)
                self._done = before
                return self._from_file(storage, device)

    def _see_that_there_is_room(self, nbytes: int) -> None:
        """Some systems promise memory that they do not have, and end whoever makes use of it."""
        self._unlooked -= nbytes
        if self._unlooked < 0:
            self._unlooked = _LOOK_NBYTES
            free = self._devices.room(HOST).free
            if free is not None and nbytes > free:
                raise OutOfMemoryError(HOST, nbytes, free)

    def _room_for(self, nbytes: int, device: str) -> "Tensor":
        target = self._devices.empty(nbytes, device)
        self._arriving = {0: Held(device, target, None)}
        return target

    def _from_device(self, held: Held, device: str) -> Held:
        if not self._devices.in_pieces:
            self._done += held.data.numel()
            return Held(device, self._devices.whole(held.data, device), held.checksum)
        target = self._room_for(held.data.numel(), device)
        rooms, pieces = (data.split(PIECE) for data in (target, held.data))  # type: ignore[no-untyped-call]  # in PyTorch
        for room, piece in zip(rooms, pieces, strict=True):
            self._devices.copy(room, piece)
            self._step(piece.numel())
        self._devices.wait(device)
        return Held(device, target, held.checksum)

    def _from_file(self, storage: Storage, device: str) -> Held:
        if not self._devices.in_pieces:
            host = np.empty(storage.nbytes, np.uint8)
            checksum = self._fill(storage, host)
            return Held(device, self._devices.whole(self._devices.from_host(host), device), checksum)
        target = self._room_for(storage.nbytes, device)
        if device == HOST:
            return Held(device, target, self._fill(storage, target.numpy()))
        checksum = self._send(storage, target)
        self._devices.wait(device)
        return Held(device, target, checksum)

    def _fill(self, storage: Storage, host: NDArray[np.uint8]) -> int:
        """Read a storage into memory of this computer; the checksum of what was read."""
        checksum, at = ByteSum(), 0
        with self._reading(storage) as reading:
            reading.begin(host)
            while came := reading.filled():
                piece, at = host[at : at + came], at + came
                reading.begin(host[at:])
                self._add(checksum, piece)
        return checksum.value(storage.nbytes)

    def _send(self, storage: Storage, target: "Tensor") -> int:
        """Read a storage and send it to a device: what comes next is read while this is under way and summed up."""
        checksum, at, turn = ByteSum(), 0, 0
        kind = target.device.type
        buffers = self._buffers[kind] = self._buffers.get(kind) or self._devices.buffers(kind)
        hosts = [buffer.numpy() for buffer in buffers]
        waits = [_sent_already] * len(buffers)
        with self._reading(storage) as reading:
            reading.begin(hosts[turn])
            while came := reading.filled():
                waits[turn] = self._devices.send(target[at : at + came], buffers[turn][:came])
                piece, at, turn = hosts[turn][:came], at + came, (turn + 1) % len(buffers)
                waits[turn]()
                reading.begin(hosts[turn])
                self._add(checksum, piece)
        for wait in waits:
            wait()
        return checksum.value(storage.nbytes)

    def _add(self, checksum: ByteSum, data: NDArray[np.uint8]) -> None:
        for begin in range(0, data.size, FILE_PIECE):
            piece = data[begin : begin + FILE_PIECE]
            checksum.add(piece)
            self._step(piece.size)

    def _reading(self, storage: Storage) -> ReadingAhead:
        pieces = self._pieces(storage)
        if storage.nbytes <= FILE_PIECE:
            return ReadingAhead(pieces, PIECE, None)
        if self._thread is None:
            # It ends before the file is closed, which was opened first.
            self._thread = self._opened.enter_context(ThreadPoolExecutor(1, "reading ahead"))
        return ReadingAhead(pieces, PIECE, self._thread)

    def _pieces(self, storage: Storage) -> Iterator[NDArray[np.uint8]]:
        if self._file is None:
            self._file = StoredBytes(self._checkpoint)
            self._opened.callback(self._file.close)
        return self._file.native_bytes(storage, self._word_size(storage))

    def _word_size(self, storage: Storage) -> int:
        """Bytes of its numbers, where their order is not this computer's."""
        table = self._checkpoint.tensors
        if self._checkpoint.files[storage.file].byteorder == sys.byteorder:
            return 1
        places = (number for number, other in enumerate(table.storage_of) if other == storage.number)
        return word_size({table.kind(number) for number in places})

    def _step(self, nbytes: int) -> None:
        self._done += nbytes
        self._report(self._done, self._total, self._what)

    def _check(self, came: Mapping[int, Held], names: Mapping[int, str]) -> None:
        """Compare the bytes on the devices with those that the file had."""
        if not self._devices.in_pieces:
            return
        done, total = 0, sum(held.data.numel() for held in came.values())
        for number, held in came.items():
            if held.checksum is None:
                continue
            checksum = ByteSum()
            # On the host, what is computed for them is to stay in a core's cache.
            step = FILE_PIECE if held.data.device.type == HOST else PIECE
            for begin in range(0, held.data.numel(), step):
                self._report(done, total, CHECKING)
                piece = held.data[begin : begin + step]
                with translated(held.device, piece.numel()):
                    for row in device_rows(piece):
                        checksum.add_row(row)
                done += piece.numel()
            if checksum.value(held.data.numel()) != held.checksum:
                key = visible(names.get(number, ""))
                raise DeviceError(f"{held.device} has other bytes of {key} than the file; nothing was moved.")


def _sent_already() -> None:
    """Nothing has to be waited for."""
