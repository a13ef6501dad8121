"""Opens checkpoints through the reader process, and keeps the next one warm."""

import json
import os
import subprocess
import threading
from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from explorer.checkpoint.child_process import end_process, start_process, why_ended
from explorer.checkpoint.chunks import Chunk, Chunked
from explorer.checkpoint.document import (
    Checkpoint,
    ContentRow,
    Entry,
    FileIdentity,
    PlainValues,
    SourceFile,
    TensorPart,
    TensorTable,
)
from explorer.checkpoint.entry_names import ATTRIBUTES, ENTRY_NAMES, STATE_NAMES
from explorer.checkpoint.entry_paths import entry_path
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.kinds import Quantization, TensorKind
from explorer.checkpoint.storages import StorageTable
from explorer.progress import Cancelled, Report, no_report

NO_TENSORS: Final = "The file holds no tensors; what it holds is listed under Contents."
"""Part of the message of a sound file without any."""

ONLY_IN_CONTENTS: Final = "No state_dict is in the file; the tensors that it holds elsewhere are listed under Contents."
"""The same of a file that a model could load nothing of."""


class Reader:
    """Opens one file after the other, each in a process of its own that was started before it was needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: subprocess.Popen[bytes] | None = None
        self._running: subprocess.Popen[bytes] | None = None
        self._spent: list[subprocess.Popen[bytes]] = []
        self._stopped = False
        self._closed = False

    def warm(self) -> None:
        """Start the process that the next `open` will use, if none waits, and clear away those that have answered.

        `open` leaves both to its caller, for after the answer has been shown: together they take longer than reading
        a file of a few hundred tensors.
        """
        with self._lock:
            self._clear_spent()
            if self._waiting is None and not self._closed:
                self._waiting = _start()

    def open(self, path: Path, report: Report = no_report) -> Checkpoint:
        """Read the structure of a file, or of a folder with a sharded checkpoint.

        Called on a worker; `stop` from another thread ends it.

        Raises:
            CheckpointError: It is no checkpoint, damaged, or cannot be read.
            Cancelled: `stop` was called, or `report` said so.
        """
        with self._lock:
            process = self._waiting or _start()
            self._waiting = None
            self._running = process
            self._stopped = False
        try:
            return _converse(process, path.absolute(), report)
        except _Ended:
            if self._stopped:
                raise Cancelled from None
            raise why_ended(process) from None
        finally:
            with self._lock:
                self._running = None
                self._spent.append(process)

    def _clear_spent(self) -> None:
        while self._spent:
            end_process(self._spent.pop())

    def stop(self) -> None:
        """Kill the process that reads, if one does; `open` then raises Cancelled."""
        with self._lock:
            self._stopped = True
            if self._running is not None:
                self._running.kill()

    def close(self) -> None:
        """End every process. The reader cannot be used afterwards."""
        with self._lock:
            self._closed = True
        self.stop()
        with self._lock:
            self._clear_spent()
            if self._waiting is not None:
                end_process(self._waiting)
                self._waiting = None


def open_checkpoint(path: Path, report: Report = no_report) -> Checkpoint:
    """Read the structure of a file, or of a folder with a sharded checkpoint, in a process of its own; for commands.

    Raises:
        CheckpointError: It is no checkpoint, damaged, or cannot be read.
    """
    process = _start()
    try:
        return _converse(process, path.absolute(), report)
    except _Ended:
        raise why_ended(process) from None
    finally:
        end_process(process)


class _Ended(Exception):  # noqa: N818 - as EOFError, which a pickle would raise too
    """The process ended before its answer did."""


def _start() -> subprocess.Popen[bytes]:
    return start_process("explorer.checkpoint.reader_process")


def _converse(process: subprocess.Popen[bytes], path: Path, report: Report) -> Checkpoint:
    columns = _Columns()
    requests, answers = process.stdin, process.stdout
    assert requests is not None  # noqa: S101 - opened as pipes above
    assert answers is not None  # noqa: S101 - as above
    try:
        requests.write(json.dumps({"path": os.fspath(path)}).encode("ascii") + b"\n")
        requests.flush()
    except BrokenPipeError:
        raise _Ended from None
    while True:
        length = answers.read(4)
        if len(length) < 4:
            raise _Ended
        data = answers.read(int.from_bytes(length, "big"))
        try:
            message = json.loads(data)
        except ValueError:
            raise _Ended from None
        if "rows" in message:
            rows = message["rows"]
            columns.add(rows, [answers.read(nbytes) for nbytes in rows["columns"]])
            report(len(columns.tails), 0, "tensors found")
        elif "progress" in message:
            done, total, what = message["progress"]
            report(done, total, what)
        elif "versions" in message:
            columns.versions.setdefault(message["entry"], {}).update(message["versions"])
        elif "plain" in message:
            columns.plain[message["entry"]] = PlainValues(**message["plain"])
        elif "error" in message:
            error = message["error"]
            raise CheckpointError(
                error["what"], error["why"], error["advice"], verdict=error["verdict"], code=tuple(error["code"])
            )
        else:
            return columns.checkpoint(path, message["done"])


class _Columns:
    """Gathers the slices of the answer."""

    def __init__(self) -> None:
        self.tails: list[str | list[str]] = []
        self.kinds: list[TensorKind] = []
        self.entry_of = array("q")
        self.versions: dict[int, dict[str, int]] = {}
        self.plain: dict[int, PlainValues] = {}
        self.kind_of, self.storage_of, self.offset_of = array("q"), array("q"), array("q")
        self.positions, self.nbytes, self.stored_nbytes, self.crcs = array("q"), array("q"), array("q"), array("q")
        self.framings, self.files = array("B"), array("q")
        self.chunks: dict[int, Chunked] = {}
        self.parts: dict[int, list[TensorPart]] = {}

    def add(self, rows: dict[str, Any], columns: list[bytes]) -> None:
        tails = rows["tails"]
        self.tails += tails
        self.entry_of.extend([rows["entry"]] * len(tails))
        self.kinds += [_kind(fields) for fields in rows["kinds"]]
        per_tensor = (self.kind_of, self.storage_of, self.offset_of)
        per_storage = (self.positions, self.nbytes, self.stored_nbytes, self.crcs, self.framings, self.files)
        for storage, shape, itemsize, chunks in rows.get("chunks", ()):
            made = (
                Chunk(tuple(at), tuple(sizes), tuple(stride), file, position, tuple(record), crc)
                for at, sizes, stride, file, position, record, crc in chunks
            )
            self.chunks[storage] = Chunked(tuple(shape), itemsize, tuple(made))
        for row, storage, *place in rows.get("parts", ()):
            self.parts.setdefault(storage, []).append(TensorPart(row, *place))
        for column, data in zip((*per_tensor, *per_storage), columns, strict=True):
            column.frombytes(data)

    def checkpoint(self, path: Path, done: dict[str, Any]) -> Checkpoint:
        paths = [tuple(entry["path"]) for entry in done["entries"]]
        texts = [entry_path(keys) for keys in paths]
        table = TensorTable(
            entries=paths,
            entry_paths=texts,
            kinds=self.kinds,
            storages=StorageTable(
                self.positions, self.nbytes, self.stored_nbytes, self.framings, self.crcs, self.files, self.chunks
            ),
            tails=self.tails,
            entry_of=self.entry_of,
            kind_of=self.kind_of,
            storage_of=self.storage_of,
            offset_of=self.offset_of,
            parts=self.parts,
        )
        entries = _entries(table, texts, done["entries"], self.versions, self.plain)
        code = tuple(done["code"])
        # A damaged container that could still be listed brings its own verdict and sentence.
        said = []
        if "message" in done:
            from explorer.checkpoint.damage import survivors  # noqa: PLC0415 - few files need it

            # A shard that is not the one that the index means has tensors that nobody asked for.
            whole = range(len(table))
            of_index = [entry.numbers for entry in entries if not entry.path] if done["container"] == "sharded" else []
            said = [done["message"], survivors(table, of_index[0] if of_index else whole)]
        if code:
            from explorer.checkpoint.pickles.names import told_of_code  # noqa: PLC0415 - as above

            archive = done["container"] in ("zip", "torchscript", "torch.package")
            said.append(told_of_code(code, refused=archive and done.get("refused", False)))
        if "message" not in done and not len(table):
            held = any(row[2] == "tensor" for row in done["contents"])
            said.append(ONLY_IN_CONTENTS if held else NO_TENSORS)
        return Checkpoint(
            path=path,
            identity=FileIdentity(*done["identity"]),
            container=done["container"],
            verdict=done.get("verdict", "references-code" if code else "data-only"),
            message=" ".join(filter(None, said)) or None,
            code=code,
            warnings=tuple(done["warnings"]),
            byteorder=done["byteorder"],
            entries=entries,
            tensors=table,
            contents=tuple(ContentRow(*row) for row in done["contents"]),
            index=Path(done["index"]) if "index" in done else None,
            shards=tuple(
                SourceFile(Path(shard), FileIdentity(*identity), byteorder)
                for shard, identity, byteorder in done.get("shards", ())
            ),
            records=tuple(FileRecord(*row) for row in done.get("records", ())),
            missing=tuple(map(Path, done.get("missing", ()))),
            refused=done.get("refused", False),
        )


def _kind(fields: list[Any]) -> TensorKind:
    dtype, shape, stride, stored, device, layout, conj, neg, counted, quantized, *said = fields
    quantization = None
    if quantized is not None:
        scheme, scales, zero_points, axis = quantized
        quantization = Quantization(scheme, tuple(scales), tuple(zero_points), axis)
    sizes = tuple(shape), tuple(stride), tuple(stored)
    return TensorKind(dtype, *sizes, device, layout, conj, neg, counted, quantization, *said)


def _entries(
    table: TensorTable,
    paths: list[str],
    found: list[dict[str, Any]],
    versions: dict[int, dict[str, int]],
    plain: dict[int, PlainValues],
) -> tuple[Entry, ...]:
    entries = []
    first = 0
    for place, (path, facts) in enumerate(zip(paths, found, strict=True)):
        numbers = range(first, first + facts["tensors"])
        first = numbers.stop
        parameters = table.sums(numbers).parameters
        of_modules = versions.get(place)
        beside = plain.get(place, PlainValues())
        entries.append(Entry(path, facts["kind"], facts["tensors"], parameters, False, numbers, of_modules, beside))
    best = _chosen(entries)
    return tuple(replace(entry, chosen=entry is best) for entry in entries)


def _chosen(entries: list[Entry]) -> Entry | None:
    """The entry that is most likely the model: by name, else the top, else the largest that is neither extra."""
    entries = [entry for entry in entries if entry.kind != ATTRIBUTES] or entries
    by_path = {entry.path: entry for entry in entries}
    models = [entry for entry in entries if entry.kind not in ("optimizer", "ema")]
    for name in ENTRY_NAMES:
        for path in (*(f"{name}/{inside}" for inside in STATE_NAMES), name):
            if path in by_path:
                return by_path[path]
        parts = [entry for entry in models if entry.path.startswith(f"{name}/")]
        if parts:
            return _largest(parts)
    if "" in by_path:
        return by_path[""]
    return _largest(models or [entry for entry in entries if entry.kind != "optimizer"] or entries)


def _largest(entries: list[Entry]) -> Entry | None:
    return max(entries, key=lambda entry: entry.parameters, default=None)
