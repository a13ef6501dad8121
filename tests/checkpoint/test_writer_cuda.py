"""Copies for cuda:0 open where there is one without ``map_location``, and those for the cpu of what was saved there."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.writer import write_copy
from explorer.checkpoint.writing.options import CopyOptions
from explorer.progress import no_report
from tests.checkpoint.test_writer import quantized, rich
from tests.checkpoint.writing.saving import same, save, tags_of

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.filterwarnings(
        "ignore:torch.quantize_per_tensor", "ignore:Sparse CSR", "ignore:TypedStorage is deprecated"
    ),
]

THERE = "cuda:0"


def copied(source: Path, name: str, device: str) -> Path:
    return write_copy(open_checkpoint(source), source.with_name(name), CopyOptions(device=device), no_report).out


def leaves(content: Any) -> Iterator[torch.Tensor]:
    """All tensors of a loaded value."""
    if isinstance(content, torch.Tensor):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from leaves(value)


def bits(tensor: torch.Tensor) -> torch.Tensor:
    dense = (tensor if tensor.layout == torch.strided else tensor.to_dense()).detach().cpu()
    return dense.resolve_conj().contiguous().reshape(-1).view(torch.uint8)


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("tag", ["cpu", "cuda:3"])
def test_a_copy_for_it_opens_there(tmp_path: Path, tag: str, *, legacy: bool) -> None:
    content = rich(legacy=legacy)
    del content["quantized"]
    source = save(tmp_path / "source.pth", content, tag, legacy=legacy)
    if tag == "cuda:3" and torch.cuda.device_count() < 4:
        with pytest.raises(RuntimeError, match="device"):
            torch.load(source, weights_only=True)
    out = copied(source, "there.pth", THERE)
    loaded = torch.load(out, weights_only=True)
    wanted = torch.load(source, weights_only=True, map_location="cpu")
    assert same(torch.load(out, weights_only=True, map_location="cpu"), wanted)
    there, here = list(leaves(loaded)), list(leaves(wanted))
    assert {str(tensor.device) for tensor in there} == {THERE}
    for one, other in zip(there, here, strict=True):
        assert (one.dtype, one.shape, one.layout, one.is_conj()) == (
            other.dtype,
            other.shape,
            other.layout,
            other.is_conj(),
        )
        if one.layout == torch.strided:
            assert (one.stride(), one.storage_offset()) == (other.stride(), other.storage_offset())
        assert torch.equal(bits(one), bits(other))
    model = loaded["model"]
    assert len({model[key].untyped_storage().data_ptr() for key in model}) == 1, "what was shared is shared"


def test_quantized_tensors_too(tmp_path: Path) -> None:
    source = save(tmp_path / "source.pth", {"q": quantized()}, "cpu")
    loaded = torch.load(copied(source, "there.pth", THERE), weights_only=True)["q"]
    assert str(loaded.device) == THERE
    assert torch.equal(loaded.dequantize().cpu(), quantized().dequantize())


def test_what_was_saved_there_opens_here_and_there_again(tmp_path: Path) -> None:
    weight = torch.randn(6, 5, device=THERE)
    torch.save({"a": weight, "tied": weight.t(), "b": weight.bfloat16()}, tmp_path / "there.pth")
    checkpoint = open_checkpoint(tmp_path / "there.pth")
    assert {tensor.kind.saved_device for tensor in checkpoint.tensors} == {THERE}
    here = copied(tmp_path / "there.pth", "here.pth", "cpu")
    assert tags_of(here) == {"cpu"}
    loaded = torch.load(here, weights_only=True)
    assert {tensor.device.type for tensor in loaded.values()} == {"cpu"}
    assert same(loaded, torch.load(tmp_path / "there.pth", weights_only=True, map_location="cpu"))
    again = torch.load(copied(here, "again.pth", "cuda"), weights_only=True)
    assert all(torch.equal(again[key], value) for key, value in {"a": weight, "tied": weight.t()}.items())
    assert again["tied"].data_ptr() == again["a"].data_ptr()
