"""Opens small sound files of every container after a few random changes to their bytes.

    FUZZ_CASES=2000 FUZZ_SEED=0 python -m tests.hostile.fuzz

The same seed changes the same bytes. Of each changed file it is asked that the reader process answers with a verdict,
in time, and does nothing but read; and that reading the values of every tensor that it lists gives them, or says why
not. What went wrong is kept in ``build/fuzz``.
"""

import io
import os
import pickle
import random
import shutil
import sys
import tarfile
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, get_args

import numpy as np
import torch
from safetensors.torch import save
from torch.package.package_exporter import PackageExporter

from explorer.analysis.space import account
from explorer.checkpoint.checksums import verify
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError, Verdict
from explorer.checkpoint.values.reading import open_values
from explorer.progress import no_report
from tests.checkpoint.stored_bytes import stored_bytes
from tests.hostile.audited import ForkingReader, Opened

MAX_SECONDS: Final = 2.0
MAX_CHANGES: Final = 6
MAX_VALUES: Final = 1 << 22
"""Elements of a tensor whose values are read: what a change makes of an expanded view could go on for minutes."""

NUMBERS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 2**63 - 1, 2**63, 2**64 - 1)
"""What a stretch of bytes is likely to be misread as when they stand in it."""

OPCODES: Final = (
    b"(.0125BCFGIJKLMNPQRSTUVX]abcdeghijlopqrstu}\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f"
)


def seeds() -> dict[str, bytes]:
    """Small sound files, one of each container and kind of tensor."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch calls some layouts a beta, and will drop others
        return _seeds()


def _seeds() -> dict[str, bytes]:
    values = torch.arange(24.0).reshape(4, 6)
    state = {
        "weight": torch.nn.Parameter(values),
        "half": values.bfloat16(),
        "column": values[:, 1],
        "again": values,
        "expanded": values[:1].expand(3, 6),
        "conjugated": torch.complex(values, values).conj(),
        "quantized": torch.quantize_per_tensor(values, 0.1, 3, torch.qint8),
        "channels": torch.quantize_per_channel(values, torch.rand(4), torch.zeros(4), 0, torch.qint8),
        "sparse": values.to_sparse(),
        "rows": values.to_sparse_csr(),
        "nested": torch.nested.nested_tensor([values[0], values[:2, 0]]),
        "meta": values.to("meta"),
        "empty": torch.empty(0, 3),
    }
    checkpoint = {"state_dict": state, "epoch": 3, "names": ["a", {"b": (1, 2.5)}], "big": 2**70, "none": None}
    weight = torch.nn.Parameter(torch.ones(2, 3))
    weight.tag, weight.mask = "first", torch.arange(4.0)  # type: ignore[attr-defined]  # as people do
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    arrays = {"numbers": np.arange(6.0).reshape(2, 3), "texts": np.array(["ab", "c"]), "one": np.float32(0.5)}
    plain = {"weight": values[:2], "lr": 0.1, "text": "x" * 30, "set": {1, 2}, "bytes": b"abc", **arrays}
    found = {
        "zip": _saved(checkpoint),
        "zip, protocol 5": _saved(plain, pickle_protocol=5),
        "zip, protocol 0": _saved(plain, pickle_protocol=0),
        "attributes": _saved({"model": {"weight": weight}}),
        "zip, a module": _saved(module),
        "legacy": _saved(checkpoint, _use_new_zipfile_serialization=False),
        "tar": _tar(values),
        **{f"pickle {protocol}": pickle.dumps(plain, protocol) for protocol in range(6)},
        "safetensors": save({"a": values, "b": values.half().clone(), "c": torch.zeros(2, dtype=torch.uint8)}),
        "torchscript": _written(lambda stream: torch.jit.save(torch.jit.script(module), stream)),
        "torch.package": _written(_package),
    }
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(found["zip"])) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return found | {"zip, deflated": packed.getvalue()}


def _written(write: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def _saved(value: object, **options: int) -> bytes:
    return _written(lambda stream: torch.save(value, stream, **options))  # type: ignore[arg-type]  # a bool is an int


def _package(stream: io.BytesIO) -> None:
    with PackageExporter(stream) as exporter:
        exporter.save_pickle("model", "model.pkl", {"weight": torch.ones(2, 3)})


def _tar(values: torch.Tensor) -> bytes:
    """The layout of torch.save before 0.1.10, of one tensor."""
    counted = values.numel().to_bytes(8, "little") + values.numpy().tobytes()
    storages = pickle.dumps(1, 2) + pickle.dumps((1, "cpu", torch.FloatStorage), 2) + counted + pickle.dumps([], 2)
    numbers = [2, 0, *values.shape, *values.stride(), 0]
    sizes = b"".join(
        number.to_bytes(width, "little") for number, width in zip(numbers, [4, 4, 8, 8, 8, 8, 8], strict=True)
    )
    tensors = pickle.dumps(1, 2) + pickle.dumps((5, 1, torch.FloatTensor), 2) + sizes
    root = b"\x80\x02}X\x06\x00\x00\x00weightX\x01\x00\x00\x005Qs."
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in (
            ("sys_info", pickle.dumps({}, 2)),
            ("storages", storages),
            ("tensors", tensors),
            ("pickle", root),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return written.getvalue()


def changed(data: bytes, chance: random.Random) -> bytes:
    """The same bytes after a few changes, each of them small.

    In an archive mostly those of a record are changed, whose checksum is then made to fit: else it would tell of all.
    """
    if not data.startswith(b"PK") or chance.random() < 0.3:
        return _changed_bytes(data, chance)
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(written, "w") as target:
        records = source.infolist()
        pickles = [record for record in records if record.filename.endswith(".pkl")]
        chosen = chance.choice(pickles if pickles and chance.random() < 0.8 else records)
        for record in records:
            content = source.read(record)
            target.writestr(record, _changed_bytes(content, chance) if record is chosen else content)
    return written.getvalue()


def _changed_bytes(data: bytes, chance: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(chance.randint(1, MAX_CHANGES)):
        chance.choice(_CHANGES)(made, chance)
    return bytes(made)


def _flip(data: bytearray, chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _set(data: bytearray, chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _set_opcode(data: bytearray, chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice(OPCODES)


def _set_number(data: bytearray, chance: random.Random) -> None:
    width = chance.choice((1, 2, 4, 8))
    at = chance.randrange(len(data) + 1)
    data[at : at + width] = (chance.choice(NUMBERS) % (1 << 8 * width)).to_bytes(width, "little")


def _set_digit(data: bytearray, chance: random.Random) -> None:
    places = [at for at, byte in enumerate(data) if byte in b"0123456789"]
    if places:
        data[chance.choice(places)] = chance.choice(b"0123456789-.e")


def _cut(data: bytearray, chance: random.Random) -> None:
    if chance.random() < 0.2:
        del data[chance.randrange(len(data) + 1) :]


def _leave_out(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    del data[at : at + chance.randint(1, 16)]


def _repeat(data: bytearray, chance: random.Random) -> None:
    at, to = chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)
    data[to:to] = data[at : at + chance.randint(1, 64)]


def _copy_over(data: bytearray, chance: random.Random) -> None:
    at, to, length = chance.randrange(len(data) + 1), chance.randrange(len(data) + 1), chance.randint(1, 64)
    data[to : to + length] = data[at : at + length]


_CHANGES: Final = (_flip, _set, _set_opcode, _set_number, _set_digit, _cut, _leave_out, _repeat, _copy_over)


def faults_of(opened: Opened) -> list[str]:
    """What is wrong with the answer to a changed file, and with reading its values."""
    faults = [f"it tripped: {event}" for event in opened.events] + [f"it left {what}" for what in opened.left]
    if opened.verdict not in get_args(Verdict):
        faults.append(f"its verdict is {opened.verdict!r}")
    if opened.error is not None and "crashed" in opened.error.sentence:
        faults.append(opened.error.sentence)
    begin = time.process_time()
    if opened.checkpoint is not None:
        try:
            _read_values(opened.checkpoint)
            space = account(opened.checkpoint)
            if space.tensors + space.unused + space.rest != space.total or min(space.unused, space.rest) < 0:
                faults.append(f"its bytes do not add up: {space}")
            verify(opened.checkpoint, no_report)
        except Exception:  # noqa: BLE001 - finding any is what this is for
            faults.append(traceback.format_exc())
    if opened.seconds + time.process_time() - begin >= MAX_SECONDS:
        faults.append(f"it took {opened.seconds + time.process_time() - begin:.1f} s")
    return faults


def _read_values(checkpoint: Checkpoint) -> None:
    with open_values(checkpoint) as values:
        for tensor in checkpoint.tensors:
            for read in (values.blocks, partial(stored_bytes, values), values.sample):
                if tensor.kind.stored_numel > MAX_VALUES:
                    continue
                try:
                    for _ in read(tensor):
                        pass
                except CheckpointError:
                    pass


def main() -> int:
    """Fuzz, and tell the counts; the exit status is 1 where something went wrong."""
    cases, seed = int(os.environ.get("FUZZ_CASES", "2000")), int(os.environ.get("FUZZ_SEED", "0"))
    sound = seeds()
    names = list(sound)
    verdicts: Counter[str] = Counter()
    failed = tensors = 0
    slowest = 0.0
    begin = time.perf_counter()
    kept = Path("build") / "fuzz"
    with tempfile.TemporaryDirectory() as work:
        folder, path = Path(work) / "empty", Path(work) / "case.pt"
        folder.mkdir()
        with ForkingReader(folder) as reader:
            for case in range(cases):
                name = names[case % len(names)]
                path.write_bytes(changed(sound[name], random.Random(f"{seed} {case}")))  # noqa: S311 - hides no secret
                opened = reader.open(path)
                if opened.seconds >= MAX_SECONDS:
                    # Once more: what else the machine does is not the file's fault.
                    opened.seconds = min(opened.seconds, reader.open(path).seconds)
                verdicts[opened.verdict] += 1
                tensors += 0 if opened.checkpoint is None else len(opened.checkpoint.tensors)
                slowest = max(slowest, opened.seconds)
                faults = faults_of(opened)
                if faults:
                    failed += 1
                    kept.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, kept / f"{seed}-{case}.pt")
                    print(f"case {case} ({name}): {'; '.join(faults)}", flush=True)
    print(f"{cases:,} files in {time.perf_counter() - begin:.0f} s, seed {seed}: {failed:,} with something wrong")
    print(", ".join(f"{count:,} {verdict}" for verdict, count in verdicts.most_common()))
    print(f"{tensors:,} tensors read, slowest answer {slowest:.2f} s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
