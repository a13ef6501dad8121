"""Tensors that are quantized per channel read as PyTorch dequantizes them, or say why not."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.checkpoint.document import Checkpoint, FileIdentity, TensorInfo, TensorTable
from explorer.checkpoint.kinds import Quantization, TensorKind
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.storages import StorageTable
from explorer.checkpoint.values.reading import BLOCK
from explorer.checkpoint.values.walks import block_source
from tests.checkpoint.made_up import made_up

pytestmark = pytest.mark.filterwarnings("ignore:.*quantize.*")  # PyTorch warns that it will drop quantized tensors

LAYOUTS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
BITS = {"qint8": torch.qint8, "quint8": torch.quint8, "qint32": torch.qint32}


def numbers(checkpoint: Checkpoint, tensor: TensorInfo) -> NDArray[Any]:
    return np.sort(np.concatenate([np.empty(0, np.float32), *block_source(checkpoint, tensor)()]))


def quantized(values: torch.Tensor, axis: int, dtype: torch.dtype, *, floating: bool = False) -> torch.Tensor:
    count = values.shape[axis]
    scales = torch.linspace(0.01, 0.3, count, dtype=torch.float64)
    zero_points = torch.arange(count) % 5
    if floating:
        return torch.quantize_per_channel(values, scales.float(), zero_points + 0.25, axis, dtype)
    return torch.quantize_per_channel(values, scales, zero_points, axis, dtype)


def made() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    image = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    tensors = {f"{name}.rows": quantized(torch.randn(4, 6), 0, dtype) for name, dtype in BITS.items()}
    tensors |= {f"{name}.columns": quantized(torch.randn(4, 6), 1, dtype) for name, dtype in BITS.items()}
    tensors["channels_last"] = quantized(image, 1, torch.qint8)
    tensors["floating"] = quantized(torch.randn(5, 3), 0, torch.quint8, floating=True)
    tensors["part"] = quantized(torch.randn(6, 4), 0, torch.qint8)[2:5]
    tensors["one_channel"] = quantized(torch.randn(1, 7), 0, torch.qint8)
    return tensors


def assert_reads_like_torch(checkpoint: Checkpoint, tensors: dict[str, torch.Tensor]) -> None:
    assert [tensor.key for tensor in checkpoint.tensors] == list(tensors)
    for tensor in checkpoint.tensors:
        saved = tensors[tensor.key]
        assert tensor.kind.problem is None, tensor.key
        quantization = tensor.kind.quantization
        assert quantization is not None
        assert f"torch.{quantization.scheme}" == str(saved.qscheme())
        assert quantization.axis == saved.q_per_channel_axis()
        assert list(quantization.scales) == saved.q_per_channel_scales().tolist()
        assert list(quantization.zero_points) == saved.q_per_channel_zero_points().tolist()
        read = numbers(checkpoint, tensor)
        np.testing.assert_array_equal(read, np.sort(saved.dequantize().numpy(), axis=None), err_msg=tensor.key)


@LAYOUTS
def test_values_are_those_of_dequantize(tmp_path: Path, *, zipped: bool) -> None:
    tensors = made()
    torch.save(tensors, tmp_path / "q.pt", _use_new_zipfile_serialization=zipped)
    assert_reads_like_torch(open_checkpoint(tmp_path / "q.pt"), tensors)


def rewrite(source: Path, target: Path, compression: int, *, big: dict[str, int] | None = None) -> None:
    """Write a checkpoint again: compressed, or with the numbers of storages of those widths turned round."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for name in old.namelist():
            data = old.read(name)
            width = (big or {}).get(name.rpartition("/")[2])
            if big is not None and name.endswith("/byteorder"):
                data = b"big"
            elif big is not None and "/data/" in name and width is not None:
                data = np.frombuffer(data, f"<u{width}").byteswap().tobytes()
            new.writestr(name, data)


def test_compressed_scales_are_inflated(tmp_path: Path) -> None:
    tensors = made()
    torch.save(tensors, tmp_path / "stored.pt")
    rewrite(tmp_path / "stored.pt", tmp_path / "deflated.pt", zipfile.ZIP_DEFLATED)
    assert_reads_like_torch(open_checkpoint(tmp_path / "deflated.pt"), tensors)


@pytest.mark.parametrize("floating", [False, True])
def test_big_endian_scales_are_turned_round(tmp_path: Path, *, floating: bool) -> None:
    tensors = {"q": quantized(torch.randn(4, 6), 1, torch.quint8, floating=floating)}
    torch.save(tensors, tmp_path / "little.pt")
    width = 4 if floating else 8
    rewrite(tmp_path / "little.pt", tmp_path / "big.pt", zipfile.ZIP_STORED, big={"0": 1, "1": width, "2": width})
    checkpoint = open_checkpoint(tmp_path / "big.pt")
    assert checkpoint.byteorder == "big"
    assert_reads_like_torch(checkpoint, tensors)


def test_blocks_that_begin_inside_a_channel_have_its_scale(tmp_path: Path) -> None:
    torch.manual_seed(0)
    tensors = {
        "long_rows": quantized(torch.randn(3, BLOCK + 1001), 0, torch.qint8),
        "many_rows": quantized(torch.randn(1009, 523), 0, torch.qint8),
        "columns": quantized(torch.randn(1009, 523), 1, torch.qint8),
        "middle": quantized(torch.randn(37, 31, 509), 1, torch.qint8),
    }
    torch.save(tensors, tmp_path / "large.pt")
    checkpoint = open_checkpoint(tmp_path / "large.pt")
    for tensor in checkpoint.tensors:
        assert max(block.size for block in block_source(checkpoint, tensor)()) <= BLOCK
        np.testing.assert_array_equal(
            numbers(checkpoint, tensor), np.sort(tensors[tensor.key].dequantize().numpy(), axis=None)
        )


def by_hand(path: Path, kind: TensorKind, offset: int, data: bytes) -> Checkpoint:
    """A file that is nothing but one storage, for views that PyTorch does not make of quantized tensors."""
    path.write_bytes(data)
    facts = path.stat()
    table = TensorTable(
        entries=[()],
        entry_paths=[""],
        kinds=[kind],
        storages=StorageTable([0], [len(data)], [len(data)], [0]),
        tails=["q"],
        entry_of=[0],
        kind_of=[0],
        storage_of=[0],
        offset_of=[offset],
    )
    identity = FileIdentity(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
    return made_up(table, path=path, identity=identity)


def assert_view_reads(path: Path, stored: torch.Tensor, view: torch.Tensor, axis: int) -> None:
    """`view` is one of `stored`; the scale of each of its indices along `axis` is another."""
    count = view.shape[axis]
    scales = 1.5 ** np.arange(1, count + 1) / 7
    zero_points = np.arange(count) % 11 - 5.0
    quantization = Quantization("per_channel_affine", tuple(scales.tolist()), tuple(zero_points.tolist()), axis)
    shape = tuple(view.shape)
    kind = TensorKind("qint8", shape, view.stride(), shape, "cpu", quantization=quantization)
    checkpoint = by_hand(path, kind, int(view.storage_offset()), stored.numpy().tobytes())
    along = [-1 if dimension == axis else 1 for dimension in range(view.dim())]
    expected = (view.numpy().astype(np.float64) - zero_points.reshape(along)) * scales.reshape(along)
    read = numbers(checkpoint, checkpoint.tensors[0])
    np.testing.assert_array_equal(read, np.sort(expected.astype(np.float32), axis=None))


@settings(max_examples=60)
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
    steps=st.lists(st.integers(1, 3), min_size=4, max_size=4),
    first=st.integers(0, 1),
    where=st.integers(0, 3),
)
def test_any_view_has_the_scale_of_each_index(
    tmp_path_factory: pytest.TempPathFactory, shape: list[int], order: Any, steps: list[int], first: int, where: int
) -> None:
    stored = (torch.arange(int(np.prod(shape))) * 37 % 251 - 125).to(torch.int8).reshape(shape)
    axes = list(range(len(shape)))
    order.shuffle(axes)
    parts = (slice(min(first, shape[axis] - 1), None, step) for step, axis in zip(steps, axes, strict=False))
    view = stored.permute(axes)[tuple(parts)]
    assert_view_reads(tmp_path_factory.getbasetemp() / "view", stored, view, where % view.dim())


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_large_views_have_the_scale_of_each_index(tmp_path: Path, order: tuple[int, ...], axis: int) -> None:
    stored = (torch.arange(40 * 60 * 500) % 251 - 125).to(torch.int8).reshape(40, 60, 500)
    view = stored.permute(order)[1:, ::2, 3:]
    if view.shape[axis] > 60:
        view = view.narrow(axis, 5, 60)  # 1.5 to a higher power is more than float32 holds
    assert_view_reads(tmp_path / "view", stored, view, axis)


class Forged:
    """Pickles as a call of ``_rebuild_qtensor`` with a quantizer that PyTorch would not write."""

    def __init__(self, quantizer: tuple[Any, ...], shape: tuple[int, ...] = (2, 3), stride: Any = (3, 1)) -> None:
        self.arguments = (shape, stride, quantizer)

    def __reduce__(self) -> tuple[Any, ...]:
        stored = torch.quantize_per_tensor(torch.ones(2, 3), 0.5, 0, torch.qint8)
        shape, stride, quantizer = self.arguments
        storage = stored._typed_storage()  # type: ignore[no-untyped-call]  # what torch.save takes
        return torch._utils._rebuild_qtensor, (storage, 0, shape, stride, quantizer, False, {})


SCHEME = torch.per_channel_affine
SCALES, ZEROS = torch.tensor([0.5, 0.25], dtype=torch.float64), torch.tensor([1, 2])


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        (Forged((SCHEME, torch.ones(3).double(), ZEROS, 0)), "2 indices, but has 3 scales"),
        (Forged((SCHEME, SCALES, torch.zeros(1).long(), 0)), "2 indices, but has 1 zero points"),
        (Forged((SCHEME, SCALES.half(), ZEROS, 0)), "scales cannot be read: they are of dtype float16"),
        (Forged((SCHEME, SCALES, ZEROS.double(), 0)), "zero points cannot be read: they are of dtype float64"),
        (Forged((SCHEME, SCALES.reshape(2, 1), ZEROS, 0)), "scales cannot be read: they are no plain row"),
        (Forged((SCHEME, torch._neg_view(SCALES), ZEROS, 0)), "scales cannot be read: they are no plain row"),
        (Forged((SCHEME, torch.ones(2, device="meta"), ZEROS, 0)), "scales cannot be read: it was saved on the meta"),
        (Forged((SCHEME, SCALES, ZEROS, 2)), "along a dimension that it does not have"),
        (Forged((SCHEME, SCALES, ZEROS, -1)), "along a dimension that it does not have"),
        (Forged((SCHEME, SCALES, ZEROS, "0")), "along a dimension that it does not have"),
        (Forged((SCHEME, "ab", ZEROS, 0)), "something else stands in a tensor's place"),
        (Forged((SCHEME, ["a", "b"], [0, 0], 0)), "a scale or zero point is no number"),
        (Forged((SCHEME, SCALES, ZEROS)), "arguments are of the wrong kind"),
        (Forged((SCHEME, SCALES, ZEROS, 0), stride=(0, 1)), "repeats the same integers with different scales"),
        (Forged((torch.per_tensor_affine, 10**400, 0)), "arguments are of the wrong kind"),
        (Forged((torch.per_tensor_affine, None, 0)), "a scale or zero point is no number"),
        (Forged((torch.int8, 1.0, 0)), "a quantization scheme that PyTorch 2.13 does not know"),
    ],
)
def test_what_makes_no_sense_is_said_and_the_rest_is_shown(tmp_path: Path, forged: Forged, said: str) -> None:
    torch.save({"bad": forged, "good": torch.ones(2)}, tmp_path / "forged.pt")
    bad, good = open_checkpoint(tmp_path / "forged.pt").tensors
    assert bad.kind.problem is not None
    assert said in bad.kind.problem
    assert bad.kind.problem.endswith(".")
    assert bad.kind.quantization is None
    assert good.kind.problem is None


def test_numbers_that_old_files_write_themselves_are_read(tmp_path: Path) -> None:
    torch.save({"q": Forged((SCHEME, [0.5, 0.25], [0, 1], 0))}, tmp_path / "old.pt")
    checkpoint = open_checkpoint(tmp_path / "old.pt")
    assert numbers(checkpoint, checkpoint.tensors[0]).tolist() == [0.25] * 3 + [1.0] * 3


def test_scales_of_one_stored_number_are_read(tmp_path: Path) -> None:
    scales = torch.tensor([0.5], dtype=torch.float64).expand(2)
    torch.save({"q": Forged((SCHEME, scales, torch.tensor([0, 9, 2, 9])[::2], 0))}, tmp_path / "expanded.pt")
    checkpoint = open_checkpoint(tmp_path / "expanded.pt")
    assert numbers(checkpoint, checkpoint.tensors[0]).tolist() == [0.0] * 3 + [1.0] * 3


def test_more_scales_than_a_mebibyte_are_not_read(tmp_path: Path) -> None:
    tensors = {str(count): quantized(torch.ones(count, 1), 0, torch.qint8) for count in (1 << 17, (1 << 17) + 1)}
    torch.save(tensors, tmp_path / "many.pt")
    fits, too_many = open_checkpoint(tmp_path / "many.pt").tensors
    assert fits.kind.problem is None
    assert too_many.kind.problem == "Its scales cannot be read: they take more than 1,048,576 bytes."


def test_a_file_full_of_scales_is_shown_without_some(tmp_path: Path) -> None:
    one = quantized(torch.ones(1 << 17, 1), 0, torch.qint8)
    torch.save([one] * 10, tmp_path / "full.pt")
    problems = [tensor.kind.problem for tensor in open_checkpoint(tmp_path / "full.pt").tensors]
    assert problems[:8] == [None] * 8
    assert all(problem is not None and "scales and zero points" in problem for problem in problems[8:])


def test_damaged_compressed_scales_are_said(tmp_path: Path) -> None:
    torch.save({"q": quantized(torch.randn(400, 2), 0, torch.qint8)}, tmp_path / "stored.pt")
    rewrite(tmp_path / "stored.pt", tmp_path / "deflated.pt", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(tmp_path / "deflated.pt") as archive:
        record = archive.getinfo("stored/data/1")
    data = bytearray((tmp_path / "deflated.pt").read_bytes())
    begin = record.header_offset + 30 + len(record.filename)
    data[begin : begin + record.compress_size] = b"\xff" * record.compress_size
    (tmp_path / "deflated.pt").write_bytes(data)
    (tensor,) = open_checkpoint(tmp_path / "deflated.pt").tensors
    assert tensor.kind.problem == "Its scales cannot be read: they do not decompress."


@pytest.mark.parametrize("dtype", [torch.quint4x2, torch.quint2x4])
def test_numbers_that_share_a_byte_are_not_shown(tmp_path: Path, dtype: torch.dtype) -> None:
    tensor = torch.quantize_per_channel(torch.ones(4, 4), torch.ones(4), torch.zeros(4), 0, dtype)
    torch.save({"q": tensor}, tmp_path / "packed.pt")
    (found,) = open_checkpoint(tmp_path / "packed.pt").tensors
    assert found.kind.problem is not None
    assert "not single numbers" in found.kind.problem
