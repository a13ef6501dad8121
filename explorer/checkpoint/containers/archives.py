"""What the records of a zip archive are: the layout of torch.save since 1.6, TorchScript's, or that of torch.package.

Formats: ``_save`` in ``torch/serialization.py``; ``torch/csrc/jit/serialization/export_module.cpp``;
``torch/package/package_exporter.py``. In each a pickle names storages by keys, and a folder has a record for each key.
"""

import io
import time
from functools import partial
from typing import BinaryIO, Final

from explorer.checkpoint.containers.found import Found, Part
from explorer.checkpoint.containers.recovery import RecoveredDirectory, recover
from explorer.checkpoint.containers.zipfiles import (
    Directory,
    NoDirectoryError,
    WrongChecksumError,
    read_directory,
    read_record,
)
from explorer.checkpoint.damage import AGAIN
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.framing import LOCAL_HEADER
from explorer.checkpoint.pickles.rebuild import FindRecord, Record
from explorer.checkpoint.pickles.unpickler import MAX_NAMES, PROTO, InertUnpickler, Named, StorageId, ZipUnpickler, load
from explorer.checkpoint.pread import read_up_to

MAX_PICKLE: Final = 512_000_000
"""Bytes of the pickles that are listed. A million tensors take 120 MB."""

MAX_HEADERS_NBYTES: Final = 1 << 24
"""Up to this size of a file, each record's local header is looked at when it is opened; else when values are read."""

MAX_OTHER_NBYTES: Final = 1 << 24
MAX_OTHERS: Final = 2_000
OTHER_SECONDS: Final = 2.0
"""Bytes, number and processor time of the pickles that are only looked through for names of code."""

MAX_WARNINGS: Final = 5
"""Pickles that are warned of one by one."""

PACKAGE_MARK: Final = ".data/extern_modules"
"""A record that every torch.package has."""

STORAGE_END: Final = ".storage"
"""End of the names of a torch.package's storages."""


def open_archive(descriptor: int, file_nbytes: int, names: dict[str, None]) -> Found:
    """Read the directory and the pickles of an archive that PyTorch wrote.

    Args:
        descriptor: The file, open for reading.
        file_nbytes: Its size.
        names: Takes every name the pickles ask for, also when reading fails.

    Raises:
        CheckpointError: The archive is damaged, or holds something else.
    """
    archive = _Archive(descriptor, file_nbytes, names)
    records = archive.records
    mains = [name for name in records.ending("/data.pkl") if name.count("/") == 1]
    marks = [name for name in records.ending(f"/{PACKAGE_MARK}") if name.count("/") == 2]
    if mains:
        archive.read_saved(mains[0])
    elif marks:
        archive.read_package(marks[0][: -len(PACKAGE_MARK)])
    else:
        archive.look_through(records.ending(".pkl"))
        raise _other_archive(records, file_nbytes)
    return archive.found


class _PackageUnpickler(InertUnpickler):
    """For torch.package, which writes some objects as the id of a call, and TorchScript's storages as their records."""

    def __init__(self, stream: BinaryIO, names: dict[str, None]) -> None:
        super().__init__(stream, names)
        self._made: dict[int, object] = {}

    def persistent_load(self, pid: object, /) -> object:
        if type(pid) is not tuple or len(pid) < 4:
            return super().persistent_load(pid)
        kind, key, what, given, *rest = pid
        if kind == "reduce_package" and type(key) is int and isinstance(what, Named) and type(given) is tuple:
            # One call makes one object, however often it is named.
            return self._made.setdefault(key, what(*given))
        if isinstance(what, str):
            # ``2.storage``, elsewhere ``2``.
            pid = (kind, key, what.removesuffix(STORAGE_END), given, *rest)
        return StorageId(pid)


class _Archive:
    """An archive while it is read.

    Attributes:
        records: Its directory.
        found: What was found in it so far.
    """

    def __init__(self, descriptor: int, file_nbytes: int, names: dict[str, None]) -> None:
        self._descriptor = descriptor
        self._file_nbytes = file_nbytes
        self._left = MAX_PICKLE
        self._finders: dict[tuple[str, str], FindRecord] = {}
        self.found = Found("zip", [], names)
        try:
            self.records = read_directory(descriptor, file_nbytes)
        except NoDirectoryError as lost:
            self.records = recovered = recover(descriptor, file_nbytes, names, lost)
            self.found.damage = recovered.damage
        self.found.others = partial(self.records.others, file_nbytes=file_nbytes)
        self._refuse_alike()

    def _refuse_alike(self) -> None:
        """Note that PyTorch cannot tell records apart; where these are pickles, nothing in the file is certain.

        Raises:
            CheckpointError: They are.
        """
        alike = self.records.alike
        if alike:
            pickles = [name for name in self._pickles() if name in alike]
            first = (pickles or [name for name in self.records.names if name in alike])[0]
            second = next(name for name in alike if name != first and name.lower() == first.lower())
            why = f"PyTorch cannot tell its records {first[:80]!r} and {second[:80]!r} apart: only the case differs"
            self.found.damage = CheckpointError("The zip archive is damaged", why)
            if pickles:
                self.look_through(self._pickles())
                raise self.found.damage

    def read_saved(self, main: str) -> None:
        """Read what torch.save or torch.jit.save wrote into a folder of the archive.

        Args:
            main: The record that lists it.
        """
        folder = main[: -len("data.pkl")]
        constants = self.records.real_name(f"{folder}constants.pkl")
        self.found.parts.append(self._part(self._unpickled(main), f"{folder}data/"))
        self._check_folder(folder)
        others = [name for name in self._pickles() if name != main]
        # Any record may have been added to what torch.save wrote; only TorchScript brings the code of its classes.
        if constants is not None and constants in others and self.records.has_folder(f"{folder}code/"):
            self.found.container = "torchscript"
            others.remove(constants)
            self._try_part(constants, f"{folder}constants/", (), "constants")
            # These are of the program, or repeat what is listed, unless they bring values of their own.
            self._say_not_shown([name for name in others if self._has_values(f"{name.removesuffix('.pkl')}/")])
        else:
            self._say_not_shown(others)
        self.look_through(others)

    def read_package(self, folder: str) -> None:
        """Read the pickles of a torch.package, whose storages are in one folder."""
        self.found.container = "torch.package"
        self._check_folder(folder)
        inside = f"{folder}.data/"
        pickles = self._pickles()
        listed = set()
        for name in pickles:
            path = (name.removeprefix(folder),)
            if not path[0].startswith(".data/"):
                listed.add(name)
                self._try_part(name, inside, path, kind=_PackageUnpickler)
            elif path[0].startswith(".data/ts_code/") and name.endswith("/data.pkl"):
                constants = f"{name.removesuffix('data.pkl')}constants.pkl"
                listed |= {name, constants}
                self._try_part(name, inside, path, kind=_PackageUnpickler)
                if constants in pickles:
                    self._try_part(constants, inside, path, "constants", _PackageUnpickler)
        self.look_through([name for name in pickles if name not in listed])

    def look_through(self, pickles: list[str]) -> None:
        """Note the names of code in pickles that are not listed; what cannot be read is warned of."""
        warn = self.found.warnings.append
        end = time.process_time() + OTHER_SECONDS
        left = MAX_OTHER_NBYTES
        for done, name in enumerate(pickles):
            if done == MAX_OTHERS or time.process_time() > end or len(self.found.names) >= MAX_NAMES:
                warn(f"{len(pickles) - done:,} more pickles in the archive were not looked through for names of code.")
                return
            try:
                data = self._read(name, left)
                left -= len(data)
                stream = io.BytesIO(data)
                load(InertUnpickler(stream, self.found.names), stream, name)
            except Exception as error:  # noqa: BLE001 - a damaged pickle raises anything
                warn(f"{name[:80]!r} could not be looked through to its end: {_reason(error)}.")

    def _try_part(
        self,
        name: str,
        storages: str,
        path: tuple[str, ...],
        attribute: str | None = None,
        kind: type[InertUnpickler] = ZipUnpickler,
    ) -> None:
        """List a pickle that is one of several: where it is damaged, the others are listed all the same."""
        try:
            self.found.parts.append(self._part(self._unpickled(name, kind), storages, path, attribute))
        except Exception as error:  # noqa: BLE001 - as above
            damage = CheckpointError(f"The archive's pickle {name[:80]!r} cannot be read", _reason(error))
            self.found.damage = self.found.damage or damage

    def _part(self, root: object, storages: str, path: tuple[str, ...] = (), attribute: str | None = None) -> Part:
        """What was unpickled, with the folder of its storages."""
        end = STORAGE_END if self.found.container == "torch.package" else ""
        if (storages, end) not in self._finders:
            self._finders[storages, end] = self._finder(storages, end)
        return Part(root, self._finders[storages, end], path, attribute, lambda key: f"{storages}{key}{end}")

    def _unpickled(self, name: str, kind: type[InertUnpickler] = ZipUnpickler) -> object:
        data = self._read(name, self._left)
        self._left -= len(data)
        if kind is ZipUnpickler and not data.startswith(PROTO):
            kind = InertUnpickler  # of protocols 0 and 1, whose ids are text
        # A buffered stream hands the C unpickler its bytes in large pieces, which halves the time.
        stream = io.BufferedReader(io.BytesIO(data), 1 << 20)
        root = load(kind(stream, self.found.names), stream, name)
        unread = len(data) - stream.tell()
        if unread:
            self.found.warnings.append(f"{unread:,} bytes follow the pickle in its record; they were not looked at.")
        return root

    def _read(self, name: str, limit: int) -> bytes:
        record = self.records.find(name)
        if record is None:
            raise CheckpointError("The zip archive is damaged", f"it has no record {name[:80]!r}")
        try:
            return read_record(self._descriptor, record, limit)
        except WrongChecksumError as wrong:
            # What it says may still be right; where it makes no sense, that is said.
            why = f"the checksum of {name[:80]!r} is wrong, so that what it says may be wrong too"
            self.found.damage = self.found.damage or CheckpointError("The file is damaged", why, AGAIN)
            return wrong.data

    def _pickles(self) -> list[str]:
        return self.records.ending("pkl")

    def _check_folder(self, folder: str) -> None:
        """Read the order of bytes in a folder, and see whether all is in it."""
        order = self.records.find(f"{folder}byteorder")
        if order is not None and read_record(self._descriptor, order, 64).strip() == b"big":
            self.found.byteorder = "big"
        first = next(iter(self.records.names))
        if not first.lower().startswith(folder.lower()):
            why = f"its pickle is in the folder {folder[:80]!r}, not with {first[:80]!r}"
            self.found.damage = CheckpointError("The zip archive is damaged", why)
        outside = self.records.leaves_folder()
        if outside is not None:
            warning = f"A record is called {outside[:80]!r}: unpacked, it would leave its folder."
            self.found.warnings.append(warning)

    def _finder(self, folder: str, end: str = "") -> FindRecord:
        """What looks up the storages that have their records in a folder."""
        storage, file_nbytes = self.records.storage, self._file_nbytes

        alike, real_name = self.records.alike, self.records.real_name

        def find(key: str | int) -> Record | None:
            return storage(f"{folder}{key}{end}", file_nbytes)

        def find_distinct(key: str | int) -> Record | None:
            record = find(key)
            if record is not None and real_name(f"{folder}{key}{end}") in alike:
                return record._replace(problem="PyTorch cannot tell its record from another: only their case differs.")
            return record

        def find_checked(key: str | int) -> Record | None:
            record = find_distinct(key) if alike else find(key)
            # A record that was met on the way is where it was met.
            if record is None or record.problem is not None or record.framing == "raw":
                return record
            name = f"{folder}{key}{end}"
            if self._is_headed(record, real_name(name) or name):
                return record
            damage = CheckpointError("The zip archive is damaged", "its directory does not fit")
            self.found.damage = self.found.damage or damage
            return record._replace(problem="Its record in the zip archive is another than the directory says.")

        if file_nbytes <= MAX_HEADERS_NBYTES:
            return find_checked
        return find_distinct if alike else find

    def _is_headed(self, record: Record, name: str) -> bool:
        """Whether a record's local header has that name."""
        wanted = name.encode("utf-8", errors="surrogateescape")
        header = read_up_to(self._descriptor, record.position, LOCAL_HEADER.size + len(wanted))
        return header.startswith(b"PK\x03\x04") and header[LOCAL_HEADER.size :] == wanted

    def _has_values(self, folder: str) -> bool:
        """Whether records in a folder have bytes: example inputs of a traced module are saved without."""
        if not self.records.has_folder(folder):
            return False
        records = (self.records.find(name) for name in self.records.names if name.startswith(folder))
        return any(record is not None and record.nbytes for record in records)

    def _say_not_shown(self, pickles: list[str]) -> None:
        """Warn of pickles that are in no list."""
        self.found.warnings += [
            f"{name[:80]!r} was not shown; the names of code in it are." for name in pickles[:MAX_WARNINGS]
        ]
        left_out = len(pickles) - MAX_WARNINGS
        if left_out > 0:
            self.found.warnings.append(f"Nor were {left_out:,} more pickles in the archive.")


def _reason(error: Exception) -> str:
    """What went wrong in a pickle, as a clause."""
    said = error.why or error.what if isinstance(error, CheckpointError) else str(error)
    return said[:200].rstrip(".") or type(error).__name__


def _other_archive(records: Directory, file_nbytes: int) -> CheckpointError:
    names = set(records.names)
    advice = "this program reads PyTorch and safetensors files"
    if records.ending("/archive_format") or records.ending("/models/model.json"):
        what = "This is a torch.export .pt2 archive"
        advice = "load it with torch.export.load and save the state_dict of its module"
    elif "serialized_exported_program.json" in names:
        what, advice = "This is an old torch.export .pt2 archive", "export the model again"
    elif records.ending(".npy"):
        what, advice = "This is a NumPy .npz archive", "load it with numpy.load"
    elif {"config.json", "model.weights.h5"} <= names:
        what = "This is a Keras model"
    elif "[Content_Types].xml" in names:
        what, advice = "This is an Office document", ""
    elif records.ending(".pth") or records.ending(".pt") or records.ending(".safetensors"):
        what, advice = "This is a zip archive with checkpoints in it", "unpack it first"
    elif isinstance(records, RecoveredDirectory):
        why = "its pickle, which lists the tensors, is not among the records that are here, so that none can be shown"
        return CheckpointError(f"The zip archive is cut at byte {file_nbytes:,}", why, AGAIN)
    else:
        what, advice = "This is a zip archive, but not a PyTorch checkpoint", ""
    return CheckpointError(what, "it has no data.pkl that torch.save writes", advice, verdict="unsupported")
