"""Many small tensors read together are what each of them is alone, and one bad one spoils no other."""

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.torch import save_file

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from explorer.checkpoint.values.small_values import SMALL_NBYTES, is_small

DTYPES = ("float32", "bfloat16", "float16", "float64", "float8_e4m3fn", "complex64", "int8", "uint16", "int64", "bool")
VIEWS = {
    "whole": lambda tensor: tensor,
    "transposed": lambda tensor: tensor.t(),
    "stepped": lambda tensor: tensor[::2, 1:],
    "row": lambda tensor: tensor[-1:],
    "none": lambda tensor: tensor[:0],
    "scalar": lambda tensor: tensor[0, 0],
    "expanded": lambda tensor: tensor[:1].expand(3, -1),
    "copied": lambda tensor: tensor.clone(),
    "negated": torch._neg_view,
    "conjugated": torch.conj,
}


def read(checkpoint: Checkpoint, numbers: list[int] | None = None) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """What comes of the small tensors, and why others do not, by key; each comes once."""
    table = checkpoint.tensors
    rows = range(len(table)) if numbers is None else numbers
    wanted = [table[number] for number in rows if is_small(table.kind(number))]
    found: dict[str, NDArray[Any]] = {}
    failed: dict[str, str] = {}
    told = []
    with open_values(checkpoint) as values:
        for together, joined, starts, dtype, failures in values.together(wanted):
            assert starts[0] == 0
            assert starts[-1] == joined.size
            for place, number in enumerate(together):
                assert table.kind(number).dtype == dtype
                found[table.key(number)] = joined[starts[place] : starts[place + 1]]
            failed |= {table.key(number): why for number, why in failures.items()}
            told += [*together, *failures]
    assert sorted(told) == sorted(tensor.number for tensor in wanted)
    return found, failed


def alone(checkpoint: Checkpoint, key: str) -> NDArray[Any]:
    tensor = next(tensor for tensor in checkpoint.tensors if tensor.key == key)
    with open_values(checkpoint) as values:
        return np.concatenate([np.empty(0, np.int8), *values.blocks(tensor)])


def reads_so_far() -> int:
    """How often this process has read; always 0 where the system does not count."""
    counts = Path("/proc/self/io")
    return int(counts.read_text().split()[5]) if counts.exists() else 0


def rewritten(path: Path, compression: int = zipfile.ZIP_STORED, extra: bytes = b"") -> Path:
    """The same zip with its records compressed, or with longer headers."""
    other = path.with_name(f"other-{path.name}")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(other, "w", compression) as after:
        for name in before.namelist():
            record = zipfile.ZipInfo(name)
            record.compress_type = compression
            record.extra = extra
            after.writestr(record, before.read(name))
    return other


@settings(max_examples=15)
@given(
    tensors=st.lists(
        st.tuples(st.sampled_from(DTYPES), st.sampled_from(sorted(VIEWS)), st.integers(1, 40), st.integers(2, 60)),
        min_size=1,
        max_size=25,
    ),
    written=st.sampled_from(["zip", "legacy", "deflated"]),
    order=st.randoms(use_true_random=False),
)
def test_any_small_tensors_are_what_each_is_alone(
    tmp_path_factory: pytest.TempPathFactory, tensors: list[tuple[str, str, int, int]], written: str, order: Any
) -> None:
    content = {}
    shared: dict[tuple[str, int, int], torch.Tensor] = {}
    for place, (dtype, view, rows, columns) in enumerate(tensors):
        counted = torch.arange(rows * columns).reshape(rows, columns) % 5
        base = shared.setdefault((dtype, rows, columns), counted.to(getattr(torch, dtype)))
        usable = view != "negated" or dtype in ("float32", "complex64", "int64")
        content[f"t{place}"] = VIEWS[view](base) if usable else base
    path = tmp_path_factory.getbasetemp() / "small.pt"
    torch.save(content, path, _use_new_zipfile_serialization=written != "legacy")
    checkpoint = open_checkpoint(rewritten(path, zipfile.ZIP_DEFLATED) if written == "deflated" else path)
    numbers = list(range(len(checkpoint.tensors)))
    order.shuffle(numbers)
    found, failed = read(checkpoint, numbers)
    assert failed == {}
    for key, values in found.items():
        np.testing.assert_array_equal(np.sort(values), np.sort(alone(checkpoint, key)))
        expanded = content[key].numel() > 0 and 0 in content[key].stride()
        assert not expanded


@pytest.mark.parametrize("written", ["zip", "legacy", "safetensors"])
def test_many_take_few_reads(tmp_path: Path, written: str) -> None:
    tensors = {f"layer{number}.weight": torch.full((8,), float(number)) for number in range(3000)}
    path = tmp_path / "many"
    if written == "safetensors":
        save_file(tensors, path)
    else:
        torch.save(tensors, path, _use_new_zipfile_serialization=written == "zip")
    checkpoint = open_checkpoint(path)
    before = reads_so_far()
    found, failed = read(checkpoint)
    assert reads_so_far() - before < 40
    assert failed == {}
    assert all((found[key] == tensor.numpy()).all() for key, tensor in tensors.items())
    assert len(found) == len(tensors)


def test_small_ones_between_large_ones_are_found(tmp_path: Path) -> None:
    tensors = {}
    for number in range(100):
        tensors[f"large{number}"] = torch.zeros(20_000)
        tensors[f"small{number}"] = torch.tensor([number, -number])
    torch.save(tensors, tmp_path / "mixed.pt")
    checkpoint = open_checkpoint(tmp_path / "mixed.pt")
    found, failed = read(checkpoint)
    assert failed == {}
    assert {key: values.tolist() for key, values in found.items()} == {
        f"small{number}": [number, -number] for number in range(100)
    }


def test_parts_of_a_large_storage_are_found(tmp_path: Path) -> None:
    flat = torch.arange(500_000, dtype=torch.float32)
    torch.save({str(first): flat[first : first + 7] for first in range(0, 499_000, 997)}, tmp_path / "flat.pt")
    found, failed = read(open_checkpoint(tmp_path / "flat.pt"))
    assert failed == {}
    assert all(values.tolist() == list(range(int(key), int(key) + 7)) for key, values in found.items())


def test_headers_of_any_length_are_stepped_over(tmp_path: Path) -> None:
    tensors = {str(number): torch.arange(number, number + 4) for number in range(50)}
    torch.save(tensors, tmp_path / "usual.pt")
    extra = b"\x99\x99" + (40_000).to_bytes(2, "little") + bytes(40_000)
    found, failed = read(open_checkpoint(rewritten(tmp_path / "usual.pt", extra=extra)))
    assert failed == {}
    assert {key: values.tolist() for key, values in found.items()} == {
        key: tensor.tolist() for key, tensor in tensors.items()
    }


@pytest.mark.filterwarnings("ignore:.*quantize.*")  # PyTorch warns that it will drop quantized tensors
def test_each_quantized_tensor_keeps_its_own_scale(tmp_path: Path) -> None:
    numbers = torch.linspace(-20, 20, 64)
    tensors = {
        str(place): torch.quantize_per_tensor(numbers, 0.25 * (place + 1), place, torch.qint8) for place in range(20)
    }
    scales, zero_points = torch.tensor([0.5, 0.25], dtype=torch.float64), torch.tensor([1, -1])
    tensors["channels"] = torch.quantize_per_channel(numbers.reshape(2, 32), scales, zero_points, 0, torch.qint8)
    torch.save(tensors, tmp_path / "quantized.pt")
    found, failed = read(open_checkpoint(tmp_path / "quantized.pt"))
    assert failed == {}
    for key, tensor in tensors.items():
        np.testing.assert_array_equal(found[key], tensor.dequantize().reshape(-1).numpy())


def test_big_endian_numbers_are_turned_round(tmp_path: Path) -> None:
    torch.save({str(number): torch.tensor([number + 0.5]) for number in range(9)}, tmp_path / "little.pt")
    with zipfile.ZipFile(tmp_path / "little.pt") as little, zipfile.ZipFile(tmp_path / "big.pt", "w") as big:
        for name in little.namelist():
            data = little.read(name)
            big.writestr(name, b"big" if name.endswith("/byteorder") else data[::-1] if "/data/" in name else data)
    found, failed = read(open_checkpoint(tmp_path / "big.pt"))
    assert failed == {}
    assert {key: values.tolist() for key, values in found.items()} == {str(row): [row + 0.5] for row in range(9)}


def test_what_cannot_be_read_says_why_and_spoils_no_other(tmp_path: Path) -> None:
    tensors = {str(number): torch.full((8,), float(number)) for number in range(6)}
    tensors["bits"] = torch.zeros(4, dtype=torch.bits8)
    tensors["meta"] = torch.zeros(4, device="meta")
    path = tmp_path / "damaged.pt"
    torch.save(tensors, path)
    checkpoint = open_checkpoint(path)
    damaged = checkpoint.tensors[2].storage
    assert damaged is not None
    facts = path.stat()
    with path.open("r+b") as file:
        file.seek(damaged.position)
        file.write(b"XX")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    found, failed = read(checkpoint)
    assert {key: values[0] for key, values in found.items()} == {"0": 0, "1": 1, "3": 3, "4": 4, "5": 5}
    assert failed.keys() == {"2", "bits", "meta"}
    assert "no zip record begins" in failed["2"]
    assert all(why.endswith(".") for why in failed.values())


def test_a_file_that_changed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "changed.pt"
    torch.save({str(number): torch.ones(8) for number in range(9000)}, path)
    checkpoint = open_checkpoint(path)
    with open_values(checkpoint) as values:
        portions = values.together(checkpoint.tensors)
        next(portions)
        with path.open("ab") as file:
            file.write(b"x")
        with pytest.raises(CheckpointError, match="changed"):
            next(portions)


@pytest.mark.parametrize(
    ("kind", "small"),
    [
        (TensorKind("float32", (SMALL_NBYTES // 4,), (1,), (SMALL_NBYTES // 4,), None), True),
        (TensorKind("float32", (SMALL_NBYTES // 4 + 1,), (1,), (SMALL_NBYTES // 4 + 1,), None), False),
        (TensorKind("float32", (3, 4), (0, 1), (3, 4), None), False),
        (TensorKind("float32", (1, 4), (0, 1), (1, 4), None), True),
        (TensorKind("float32", (), (), (), None), True),
    ],
)
def test_only_small_tensors_are_taken(tmp_path: Path, kind: TensorKind, *, small: bool) -> None:
    assert is_small(kind) == small
    torch.save({"large": torch.zeros(SMALL_NBYTES)}, tmp_path / "large.pt")
    checkpoint = open_checkpoint(tmp_path / "large.pt")
    with open_values(checkpoint) as values, pytest.raises(ValueError, match="not a small tensor"):
        next(values.together(checkpoint.tensors))
