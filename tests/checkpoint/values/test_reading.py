"""Values read back as they were saved, whatever their dtype, layout and place in the file."""

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

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.decode import decode
from explorer.checkpoint.values.reading import BLOCK, open_values
from explorer.checkpoint.values.views import distinct_numel, multiplicity
from explorer.checkpoint.values.walks import block_source
from tests.checkpoint.stored_bytes import stored_bytes

FLOAT8 = ("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu")
NUMBERS = (
    *("float64", "float32", "float16", "bfloat16", *FLOAT8, "complex128", "complex64", "complex32"),
    *("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"),
)
PACKED = ("float4_e2m1fn_x2", "bits16", "bits8", "bits4x2", "bits2x4", "bits1x8")
"""PyTorch 2.13 does not save its int1 to uint7."""
QUANTIZED = ("qint8", "quint8", "qint32")

LAYOUTS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


def save(path: Path, content: object, *, zipped: bool) -> Checkpoint:
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return open_checkpoint(path)


def by_key(checkpoint: Checkpoint) -> dict[str, TensorInfo]:
    return {tensor.key: tensor for tensor in checkpoint.tensors}


def torch_bytes(tensor: torch.Tensor) -> bytes:
    """The elements in the order of their indices, without conjugation or negation."""
    plain = tensor.int_repr() if tensor.is_quantized else tensor
    return bytes(plain.contiguous().reshape(-1).view(torch.uint8).tolist())


def read_bytes(checkpoint: Checkpoint, key: str) -> bytes:
    with open_values(checkpoint) as values:
        return stored_bytes(values, by_key(checkpoint)[key]).tobytes()


def numbers(checkpoint: Checkpoint, key: str) -> NDArray[Any]:
    """What the blocks hold, one behind the other."""
    return np.concatenate([np.empty(0), *block_source(checkpoint, by_key(checkpoint)[key])()])


def patterns(dtype: str) -> torch.Tensor:
    """Every byte at every place of an element."""
    data = torch.arange(256, dtype=torch.uint8).repeat_interleave(getattr(torch, dtype).itemsize)
    return torch.cat([data, torch.arange(256, dtype=torch.uint8)]).view(getattr(torch, dtype))


def quantized(dtype: str) -> torch.Tensor:
    numbers = torch.linspace(-20, 20, 64)
    return torch.quantize_per_tensor(numbers, 0.25, 3, getattr(torch, dtype))


@LAYOUTS
def test_every_dtype_reads_back_bit_for_bit(tmp_path: Path, *, zipped: bool) -> None:
    tensors = {name: patterns(name) for name in (*NUMBERS, *PACKED)}
    tensors["bool"] = torch.tensor([True, False, True])
    checkpoint = save(tmp_path / "all.pt", tensors, zipped=zipped)
    found = by_key(checkpoint)
    assert list(found) == list(tensors)
    with open_values(checkpoint) as values:
        for name, tensor in tensors.items():
            assert found[name].kind.dtype == name
            assert (found[name].kind.problem is None) == (name not in PACKED)
            assert stored_bytes(values, found[name]).tobytes() == bytes(tensor.view(torch.uint8).tolist()), name


@LAYOUTS
@pytest.mark.filterwarnings("ignore:.*quantize.*")  # PyTorch warns that it will drop quantized tensors
def test_quantized_values_are_those_of_dequantize(tmp_path: Path, *, zipped: bool) -> None:
    tensors = {name: quantized(name) for name in QUANTIZED}
    checkpoint = save(tmp_path / "quantized.pt", tensors, zipped=zipped)
    for name, tensor in tensors.items():
        assert read_bytes(checkpoint, name) == bytes(tensor.int_repr().view(torch.uint8).tolist())
        np.testing.assert_array_equal(numbers(checkpoint, name), tensor.dequantize().numpy())


@LAYOUTS
def test_numbers_are_those_of_torch(tmp_path: Path, *, zipped: bool) -> None:
    names = [name for name in NUMBERS if name != "complex32"]
    tensors = {name: patterns(name) for name in names}
    tensors["bool"] = torch.tensor([True, False, True])
    checkpoint = save(tmp_path / "numbers.pt", tensors, zipped=zipped)
    for name, tensor in tensors.items():
        narrow = tensor.element_size() < 4 and tensor.is_floating_point()
        expected = tensor.float().numpy() if narrow else tensor.numpy()
        blocks = list(block_source(checkpoint, by_key(checkpoint)[name])())
        assert [block.dtype for block in blocks] == [expected.dtype]
        np.testing.assert_array_equal(blocks[0], expected)


@pytest.mark.parametrize("dtype", [*FLOAT8, "bfloat16", "float16"])
def test_every_pattern_of_a_small_float_decodes(dtype: str) -> None:
    kind = TensorKind(dtype, (1,), (1,), (1,), None)
    raw = np.arange(256 if dtype in FLOAT8 else 65_536, dtype=np.uint8 if dtype in FLOAT8 else np.uint16)
    expected = torch.from_numpy(raw).view(getattr(torch, dtype)).float().numpy()
    decoded = decode(raw.view(np.uint8), kind, "little")
    np.testing.assert_array_equal(decoded, expected)
    np.testing.assert_array_equal(np.signbit(decoded[expected == 0]), np.signbit(expected[expected == 0]))


def test_complex32_decodes_to_its_two_halves() -> None:
    halves = np.array([1.5, -2.0, np.inf, 0.25], np.float16)
    decoded = decode(halves.view(np.uint8), TensorKind("complex32", (2,), (1,), (2,), None), "little")
    np.testing.assert_array_equal(decoded, np.array([1.5 - 2j, complex(np.inf, 0.25)], np.complex64))


@LAYOUTS
def test_views_keep_their_order_and_share_their_storage(tmp_path: Path, *, zipped: bool) -> None:
    base = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5)
    tensors = {
        "base": base,
        "transposed": base.transpose(0, 2),
        "permuted": base.permute(1, 2, 0),
        "part": base[1:, ::2, 1:4:2],
        "row": base[2, 1],
        "zero_d": base[1, 2, 3],
        "empty": base[:0],
        "expanded": base[0, :1].expand(7, 5),
        "expanded_inside": base[:, :1, :1].expand(3, 4, 5),
    }
    checkpoint = save(tmp_path / "views.pt", tensors, zipped=zipped)
    found = by_key(checkpoint)
    assert len({tensor.storage.number for tensor in found.values() if tensor.storage}) == 1
    assert checkpoint.sums.nbytes == 240
    for key, tensor in tensors.items():
        info = found[key]
        assert (info.kind.shape, info.kind.stride) == (tuple(tensor.shape), tensor.stride())
        assert info.offset == tensor.storage_offset()
        assert read_bytes(checkpoint, key) == tensor.contiguous().numpy().tobytes()
        assert multiplicity(info) * distinct_numel(info) == tensor.numel()
        repeated = np.repeat(numbers(checkpoint, key), multiplicity(info))
        np.testing.assert_array_equal(np.sort(repeated), np.sort(tensor.numpy(), axis=None))
    assert multiplicity(found["expanded"]) == 7
    assert multiplicity(found["expanded_inside"]) == 20


def test_tied_weights_share_a_number_and_equal_ones_do_not(tmp_path: Path) -> None:
    tied = torch.ones(4)
    checkpoint = save(tmp_path / "tied.pt", {"a": tied, "b": tied, "c": torch.ones(4)}, zipped=True)
    a, b, c = (tensor.storage.number for tensor in checkpoint.tensors if tensor.storage)
    assert a == b != c
    assert checkpoint.sums.nbytes == 32


@LAYOUTS
def test_conjugated_and_negated_views_show_what_they_stand_for(tmp_path: Path, *, zipped: bool) -> None:
    base = torch.tensor([1 + 2j, 3 - 4j, -0.5 + 0j])
    real = base.real.clone()
    tensors = {"conj": base.conj(), "neg": torch._neg_view(real), "imag_of_conj": base.clone().conj().imag}
    checkpoint = save(tmp_path / "flags.pt", tensors, zipped=zipped)
    assert by_key(checkpoint)["conj"].kind.conj
    assert by_key(checkpoint)["neg"].kind.neg
    for key, tensor in tensors.items():
        np.testing.assert_array_equal(numbers(checkpoint, key), tensor.resolve_conj().resolve_neg().numpy())


def test_blocks_are_bounded_and_complete_for_large_views(tmp_path: Path) -> None:
    base = torch.arange(700 * 1000, dtype=torch.int32).reshape(700, 1000)
    tensors = {"whole": base, "transposed": base.t(), "columns": base[:, 3:990:7], "rows": base[::300]}
    checkpoint = save(tmp_path / "large.pt", tensors, zipped=True)
    for key, tensor in tensors.items():
        blocks = list(block_source(checkpoint, by_key(checkpoint)[key])())
        assert max(block.size for block in blocks) <= BLOCK
        np.testing.assert_array_equal(np.sort(np.concatenate(blocks)), np.sort(tensor.numpy(), axis=None))
        assert read_bytes(checkpoint, key) == tensor.contiguous().numpy().tobytes()


def test_big_endian_numbers_are_turned_round(tmp_path: Path) -> None:
    tensors = {
        "f64": torch.tensor([1.5, -2.25], dtype=torch.float64),
        "bf16": torch.tensor([3.0, -0.5], dtype=torch.bfloat16),
        "i16": torch.tensor([258, -3], dtype=torch.int16),
        "c64": torch.tensor([1 + 2j, -3j]),
    }
    widths = (8, 2, 2, 4)
    torch.save(tensors, tmp_path / "little.pt")
    with (
        zipfile.ZipFile(tmp_path / "little.pt") as little,
        zipfile.ZipFile(tmp_path / "big.pt", "w") as big,
    ):
        for record in little.namelist():
            data = little.read(record)
            if record.endswith("/byteorder"):
                data = b"big"
            elif "/data/" in record:
                width = widths[int(record.rpartition("/")[2])]
                data = np.frombuffer(data, f"<u{width}").byteswap().tobytes()
            big.writestr(record, data)
    checkpoint = open_checkpoint(tmp_path / "big.pt")
    assert checkpoint.byteorder == "big"
    for key, tensor in tensors.items():
        expected = tensor.float() if tensor.dtype is torch.bfloat16 else tensor
        np.testing.assert_array_equal(numbers(checkpoint, key), expected.numpy())


def test_deflated_records_are_inflated(tmp_path: Path) -> None:
    weight = torch.arange(500, dtype=torch.float32).reshape(20, 25)
    torch.save({"weight": weight, "turned": weight.t()}, tmp_path / "stored.pt")
    with (
        zipfile.ZipFile(tmp_path / "stored.pt") as stored,
        zipfile.ZipFile(tmp_path / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as deflated,
    ):
        for record in stored.namelist():
            deflated.writestr(record, stored.read(record))
    checkpoint = open_checkpoint(tmp_path / "deflated.pt")
    assert read_bytes(checkpoint, "weight") == weight.numpy().tobytes()
    assert read_bytes(checkpoint, "turned") == weight.t().contiguous().numpy().tobytes()


def test_a_deflated_storage_is_read_once_for_all_its_blocks_and_views(tmp_path: Path) -> None:
    weight = torch.arange(20 * BLOCK, dtype=torch.int32)
    torch.save({"weight": weight, "tail": weight[-5:]}, tmp_path / "stored.pt")
    with (
        zipfile.ZipFile(tmp_path / "stored.pt") as stored,
        zipfile.ZipFile(tmp_path / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as deflated,
    ):
        for record in stored.namelist():
            deflated.writestr(record, stored.read(record))
    checkpoint = open_checkpoint(tmp_path / "deflated.pt")
    counts = Path("/proc/self/io")
    with open_values(checkpoint) as values:
        before = counts.read_text().split() if counts.exists() else None
        blocks = [block for tensor in checkpoint.tensors for block in values.blocks(tensor)]
        reads = 0 if before is None else int(counts.read_text().split()[5]) - int(before[5])
    np.testing.assert_array_equal(np.concatenate(blocks), np.concatenate([weight.numpy(), weight[-5:].numpy()]))
    assert reads < 10


def test_safetensors_read_back_bit_for_bit(tmp_path: Path) -> None:
    names = [name for name in NUMBERS if name not in ("complex32", "complex128", "float8_e4m3fnuz", "float8_e5m2fnuz")]
    tensors = {name: patterns(name) for name in names}
    tensors |= {"bool": torch.tensor([[True], [False]]), "zero_d": torch.tensor(2.5), "empty": torch.empty(0, 3)}
    save_file(tensors, tmp_path / "all.safetensors")
    checkpoint = open_checkpoint(tmp_path / "all.safetensors")
    assert checkpoint.container == "safetensors"
    found = by_key(checkpoint)
    assert set(found) == set(tensors)
    for key, tensor in tensors.items():
        assert found[key].kind.shape == tuple(tensor.shape)
        assert found[key].kind.saved_device is None
        assert read_bytes(checkpoint, key) == torch_bytes(tensor)


@settings(max_examples=10)
@given(
    shape=st.lists(st.integers(0, 4), max_size=4),
    order=st.randoms(use_true_random=False),
    steps=st.lists(st.integers(1, 3), min_size=4, max_size=4),
)
def test_any_view_of_one_storage_reads_like_numpy(
    tmp_path_factory: pytest.TempPathFactory, shape: list[int], order: Any, steps: list[int]
) -> None:
    tensor = torch.arange(int(np.prod(shape)), dtype=torch.int16).reshape(shape)
    axes = list(range(len(shape)))
    order.shuffle(axes)
    view = tensor.permute(axes)[tuple(slice(None, None, step) for step, _ in zip(steps, axes, strict=False))]
    folder = tmp_path_factory.getbasetemp()
    checkpoint = save(folder / "view.pt", {"view": view}, zipped=True)
    assert read_bytes(checkpoint, "view") == view.contiguous().numpy().tobytes()
    np.testing.assert_array_equal(np.sort(numbers(checkpoint, "view")), np.sort(view.numpy(), axis=None))
