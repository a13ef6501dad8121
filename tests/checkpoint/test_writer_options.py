"""Copies that are another than their source: other keys, a part, another dtype, smaller storages, safetensors."""

import argparse
import datetime as dt
import re
from collections import OrderedDict, defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.writer import write_copy
from explorer.checkpoint.writing.options import CAST_TO, CopyMade, CopyOptions
from explorer.keys.key_mapping import KeyMappingError, Rule, rename_matching
from explorer.progress import no_report
from tests.checkpoint.sharded_files import model, save_shards
from tests.checkpoint.test_writer import files, quantized
from tests.checkpoint.writing.saving import same, save, tags_of


def copy(source: Path | Checkpoint, out: Path, *rules: str, only: str | None = None, **options: Any) -> CopyMade:
    checkpoint = open_checkpoint(source) if isinstance(source, Path) else source
    if rules or only:
        parsed, pattern = [Rule.parse(rule) for rule in rules], re.compile(only or "")
        options["names"] = lambda keys: rename_matching(keys, pattern, parsed)
    return write_copy(checkpoint, out, CopyOptions(**options), no_report)


def parallel_state() -> OrderedDict[str, torch.Tensor]:
    """A state_dict of DataParallel's."""
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU())
    state = torch.nn.DataParallel(net).state_dict()
    assert isinstance(state, OrderedDict)
    return state


def test_keys_are_renamed_and_dropped_in_the_chosen_entry_alone(tmp_path: Path) -> None:
    moments = torch.arange(100.0)
    content = {
        "epoch": 3,
        "state_dict": parallel_state(),
        "optimizer": {"state": {0: {"m": moments[10:20], "v": moments[15:30]}}, "param_groups": [{"params": [0]}]},
    }
    content["state_dict"]["module.extra"] = "a value"  # type: ignore[index]  # torch's own have such
    source = save(tmp_path / "source.pth", content, "cuda:0")
    made = copy(source, tmp_path / "copy.pth", r"^module\.=", only="module.[01]|extra", device="cpu")
    loaded = torch.load(made.out, weights_only=True)
    assert list(loaded) == ["epoch", "state_dict", "optimizer"]
    expected = {key.removeprefix("module."): value for key, value in content["state_dict"].items()}  # type: ignore[attr-defined]
    assert list(loaded["state_dict"].items()) != []
    assert all(same(loaded["state_dict"][key], expected[key]) for key in expected)
    assert list(loaded["state_dict"]) == list(expected)
    versions = {module: facts["version"] for module, facts in loaded["state_dict"]._metadata.items()}
    assert versions == {"": 1, "0": 1, "1": 2, "2": 1}
    assert loaded["optimizer"]["state"][0]["m"].untyped_storage().nbytes() == 400
    assert (made.renamed, made.dropped, made.dropped_keys) == (8, 0, ())
    assert made.verified.same == made.tensors == 9


def test_one_entry_is_written_alone_and_what_is_dropped_is_told(tmp_path: Path) -> None:
    checkpoint = open_checkpoint(
        save(tmp_path / "source.pth", {"net/1": {"a.w": torch.ones(2), "b.w": torch.zeros(3)}, "lr": 0.5}, "cpu")
    )
    made = copy(checkpoint, tmp_path / "copy.pth", entry="net~11", only="^a")
    assert same(torch.load(made.out, weights_only=True), {"a.w": torch.ones(2)})
    assert (made.dropped, made.dropped_keys, made.tensors) == (1, ("b.w",), 1)
    with pytest.raises(CheckpointError, match="no entry 'other': it has 'net~11'"):
        copy(checkpoint, tmp_path / "other.pth", entry="other")
    with pytest.raises(KeyMappingError, match="bring two keys onto 'w'"):
        copy(checkpoint, tmp_path / "other.pth", r"^.\.=")
    weights = torch.ones(2)
    nested = open_checkpoint(save(tmp_path / "nested.pth", {"model": {"x": {"w": torch.ones(2)}}}, "cpu"))
    made = copy(nested, tmp_path / "renamed.pth", "w$=weight")
    assert same(torch.load(made.out, weights_only=True), {"model": {"x": {"weight": torch.ones(2)}}})
    with pytest.raises(CheckpointError, match=r"'x\.w' stands in a mapping of its own"):
        copy(nested, tmp_path / "other.pth", "^x=y")
    with pytest.raises(CheckpointError, match="there is a 'x' beside it"):
        copy(
            save(tmp_path / "beside.pth", {"model": {"x": {"w": weights}, "y": weights}}, "cpu"), tmp_path / "o", "^y=x"
        )
    best = {"w": weights}
    twice = save(tmp_path / "twice.pth", {"best": best, "model": best, "list": [best]}, "cpu")
    made = copy(twice, tmp_path / "once.pth", "^w=weight")
    expected = {"best": best, "model": {"weight": weights}, "list": [best]}
    assert same(torch.load(made.out, weights_only=True), expected)
    assert "o" not in files(tmp_path)


def test_storages_become_as_large_as_what_their_tensors_use(tmp_path: Path) -> None:
    whole = torch.arange(100_000.0)
    content = {"a": whole[10:20], "b": whole[15:30], "far": whole[90_000:90_005], "none": whole[5:5]}
    source = save(tmp_path / "source.pth", content, "cpu")
    made = copy(source, tmp_path / "copy.pth", compact=True)
    loaded = torch.load(made.out, weights_only=True)
    assert all(torch.equal(loaded[key], content[key]) for key in content)
    sizes = {key: tensor.untyped_storage().nbytes() for key, tensor in loaded.items()}
    assert sizes == {"a": 80, "b": 80, "far": 20, "none": 80}
    assert loaded["a"].untyped_storage().data_ptr() == loaded["b"].untyped_storage().data_ptr()
    assert made.nbytes < 4_000


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor", "ignore:TypedStorage")
def test_a_cast_is_that_of_torch_and_counts_what_is_lost(tmp_path: Path) -> None:
    values = torch.tensor([1.5, 1e30, -1e30, float("inf"), float("nan"), 1e-30, 0.0, 3.14159])
    eights = torch.ones(4).to(torch.float8_e4m3fn)
    content = {
        "w": torch.nn.Parameter(values),
        "view": values[2:],
        "half": values[:1].half(),
        "steps": torch.tensor(7),
        "scales": quantized(),
        "sparse": torch.eye(2).to_sparse(),
        "mixed": [eights, eights.view(torch.uint16)],
    }
    source = save(tmp_path / "source.pth", content, "cpu")
    for dtype in (torch.float16, torch.bfloat16, torch.float8_e5m2):
        name = str(dtype).removeprefix("torch.")
        made = copy(source, tmp_path / f"{name}.pth", dtype=name)
        loaded = torch.load(made.out, weights_only=True)
        assert same(loaded["w"].detach(), values.to(dtype))
        assert isinstance(loaded["w"], torch.nn.Parameter)
        assert same(loaded["view"], values.to(dtype)[2:])
        assert loaded["half"].dtype == loaded["sparse"].dtype == dtype
        assert (loaded["steps"].dtype, loaded["mixed"][0].dtype) == (torch.int64, eights.dtype)
        assert torch.equal(loaded["scales"].dequantize(), quantized().dequantize())
        lost = {"float16": (2, 1), "bfloat16": (0, 0), "float8_e5m2": (2, 1)}[name]
        assert (made.overflowed, made.flushed) == lost
        assert made.cast == (3 if dtype == torch.float16 else 4)
        assert [warning for warning in made.warnings if "1 storages are used as several dtypes" in warning]
    assert made.warnings[1:] == (
        "2 stored values are too large for float8_e5m2: they are infinite or NaN in the copy.",
        "1 stored values are too small for float8_e5m2: they are 0 in the copy.",
    )


@pytest.mark.parametrize("dtype", [name for name in CAST_TO if name.startswith("float8")])
def test_a_cast_to_eight_bits_counts_all_that_is_beyond_its_range(tmp_path: Path, dtype: str) -> None:
    infinite = float("inf")
    values = torch.tensor([-1.0, 0.0, 1e38, 500.0, -1e9, 1e39 / 4, infinite, -infinite, float("nan"), 1e-30])
    made = copy(save(tmp_path / "source.pth", {"w": values}, "cpu"), tmp_path / "copy.pth", dtype=dtype)
    cut = torch.load(made.out, weights_only=True)["w"].double()
    wide, largest = values.double(), torch.finfo(getattr(torch, dtype)).max
    beyond = [float(each) for each, is_now in zip(wide, cut, strict=True) if abs(each) > largest and each != is_now]
    assert made.overflowed == len(beyond) > 0
    assert made.flushed == int(((wide != 0) & (cut == 0)).sum())
    unsigned = int(((wide <= 0) & (cut > 0)).sum())
    assert bool(unsigned) == (dtype == "float8_e8m0fnu")
    assert sum("negative or 0, which float8_e8m0fnu cannot be" in warning for warning in made.warnings) == bool(
        unsigned
    )
    said = [warning for warning in made.warnings if "too large" in warning]
    assert ("they are at most 448" in said[0]) == (dtype == "float8_e4m3fn")


def test_safetensors_hold_one_entry_each_tensor_with_bytes_of_its_own(tmp_path: Path) -> None:
    weight = torch.arange(6.0).view(2, 3)
    state = {
        "w": weight,
        "tied": weight,
        "t": weight.t(),
        "row": weight[1],
        "n": torch.tensor(1),
        "e": torch.ones(0, 2),
        "one": torch.as_strided(weight, (1, 3), (7, 1)),
    }
    source = save(tmp_path / "source.pth", {"model": state, "epoch": 1, "ema": {"w": weight}}, "cuda:0")
    made = copy(source, tmp_path / "copy.safetensors", device="cpu")
    loaded = load_file(made.out)
    assert {key: tensor.tolist() for key, tensor in loaded.items()} == {k: t.tolist() for k, t in state.items()}
    with safe_open(made.out, "pt") as opened:
        assert opened.metadata() == {"format": "pt"}
    assert "'model' was written, without epoch, ema (1 tensor)." in made.warnings[1]
    assert made.warnings[0] == "5 tensors share storages in the source; here each has bytes of its own."
    assert (made.tensors, made.dropped) == (7, 1)
    cast = copy(source, tmp_path / "cast.safetensors", r"^=net.", entry="ema", dtype="bfloat16")
    assert same(load_file(cast.out), {"net.w": weight.bfloat16()})
    back = copy(made.out, tmp_path / "back.pth", device="cuda:2")
    again = torch.load(back.out, weights_only=True, map_location="cpu")
    assert same({key: again[key] for key in loaded}, loaded)
    odd = {
        "c": torch.ones(1, dtype=torch.complex128),
        "x": torch.ones(1).expand(10**6, 10**6),
        "s": torch.eye(2).to_sparse(),
    }
    checkpoint = open_checkpoint(save(tmp_path / "odd.pth", odd, "cpu"))
    for key, said in (("c", "is complex128"), ("x", "repeats its stored values"), ("s", "is sparse_coo")):
        with pytest.raises(CheckpointError, match=f"'{key}' {said}"):
            copy(checkpoint, tmp_path / "odd.safetensors", only=key)
    assert "odd.safetensors" not in files(tmp_path)


def test_the_metadata_of_safetensors_is_kept(tmp_path: Path) -> None:
    save_file({"b": torch.ones(2), "a": torch.zeros(3)}, tmp_path / "a.safetensors", {"format": "pt", "made by": "me"})
    made = copy(tmp_path / "a.safetensors", tmp_path / "b.safetensors", "^=x.")
    with safe_open(made.out, "pt") as opened:
        assert (opened.metadata(), set(opened.keys())) == ({"format": "pt", "made by": "me"}, {"x.a", "x.b"})
    metadata = {"format": "pt", "config": "long é " * 500, "b": ""}
    save_file({"a": torch.zeros(3)}, tmp_path / "long.safetensors", metadata)
    made = copy(tmp_path / "long.safetensors", tmp_path / "c.safetensors", "^=x.")
    with safe_open(made.out, "pt") as opened:
        assert opened.metadata() == metadata
    assert made.warnings == ()
    (warning,) = copy(tmp_path / "long.safetensors", tmp_path / "c.pth").warnings
    assert warning.startswith("Only safetensors have a place for 2 texts of the file's metadata, left out here: ")
    assert all(repr(name) in warning for name in ("config", "b"))


def test_shards_become_one_file(tmp_path: Path) -> None:
    state = model()
    save_shards(tmp_path / "shards", state)
    made = copy(tmp_path / "shards", tmp_path / "whole.pth", device="cuda:0")
    loaded = torch.load(made.out, weights_only=True, map_location="cpu")
    assert same({key: loaded[key] for key in state}, state)
    made = copy(tmp_path / "shards", tmp_path / "tags.pth", "^=x.")
    assert tags_of(made.out) == {"cpu"}
    made = copy(tmp_path / "shards", tmp_path / "whole.safetensors")
    assert same({key: load_file(made.out)[key] for key in state}, state)


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = torch.nn.Linear(2, 3)
        self.bn = torch.nn.BatchNorm1d(3)


@pytest.mark.filterwarnings("ignore:Couldn't retrieve source code")
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_file_that_names_code_is_carried_over_or_taken_apart(tmp_path: Path, *, legacy: bool) -> None:
    whole = Model()
    source = save(tmp_path / "source.pth", {"model": whole, "epoch": 1}, "cuda:0", legacy=legacy)
    checkpoint = open_checkpoint(source)
    assert checkpoint.verdict == "references-code"
    made = copy(checkpoint, tmp_path / "copy.pth", device="cpu")
    loaded = torch.load(made.out, weights_only=False)  # written above: it is this file's own class
    assert same(loaded["model"].state_dict(), whole.state_dict())
    with pytest.raises(CheckpointError, match=r"named otherwise: .* a pickled module; take it out"):
        copy(checkpoint, tmp_path / "other.pth", "^fc=head")
    made = copy(checkpoint, tmp_path / "state.pth", "^fc=head", entry="model")
    state = torch.load(made.out, weights_only=True, map_location="cpu")
    assert list(state) == [key.replace("fc", "head") for key in whole.state_dict()]
    assert all(same(state[key.replace("fc", "head")], tensor) for key, tensor in whole.state_dict().items())
    assert files(tmp_path) == ["copy.pth", "source.pth", "state.pth"]


def test_values_that_are_only_data_are_written_anew(tmp_path: Path) -> None:
    told = {
        "args": argparse.Namespace(lr=0.5, device="cuda:0"),
        "best": np.float64(0.25),
        "curve": np.arange(3.0),
        "counts": defaultdict(list, {"a": [1]}),
        "at": PurePosixPath("runs/1"),
        "when": dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    }
    source = save(tmp_path / "source.pth", {"model": {"w": torch.ones(2)}, **told}, "cuda:0")
    made = copy(source, tmp_path / "copy.pth", "^=net.", device="cpu")
    loaded = torch.load(made.out, weights_only=False)  # written above
    assert loaded["curve"].tolist() == [0.0, 1.0, 2.0]
    assert [loaded[name] for name in told if name != "curve"] == [told[name] for name in told if name != "curve"]
    assert loaded["counts"]["new"] == []
    assert same(loaded["model"], {"net.w": torch.ones(2)})


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_a_program_is_refused_and_its_state_dict_is_not(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 3)), tmp_path / "program.pt")
    checkpoint = open_checkpoint(tmp_path / "program.pt")
    with pytest.raises(CheckpointError, match=r"TorchScript program.*--entry ''"):
        copy(checkpoint, tmp_path / "copy.pth", device="cpu")
    made = copy(checkpoint, tmp_path / "copy.pth", entry="")
    assert list(torch.load(made.out, weights_only=True)) == ["weight", "bias"]


def test_keys_of_nested_mappings_lists_and_tuples_are_keys_of_their_own(tmp_path: Path) -> None:
    one = torch.ones(2)
    shared = {"w": one, "g": torch.zeros(1)}
    encoder: OrderedDict[str, Any] = OrderedDict(l0={"w": one, "b": torch.ones(3)})
    content = {"enc": encoder, "layers": [{"w": one, "b": one}, {"b": one}], "pair": (one, {"w": one}), "s": shared}
    source = save(tmp_path / "source.pth", {"model": {**content, "again": shared}}, "cpu")

    loaded = torch.load(copy(source, tmp_path / "map.pth", "w$=W").out, weights_only=True)["model"]
    assert [*loaded["enc"]["l0"], *loaded["layers"][0], *loaded["pair"][1]] == ["W", "b", "W", "b", "W"]
    assert loaded["again"] is loaded["s"]

    made = copy(source, tmp_path / "only.pth", only="w$|pair.0|^s.g")
    loaded = torch.load(made.out, weights_only=True)["model"]
    assert {key: set(value) for key, value in loaded.items() if isinstance(value, dict)} == {
        "enc": {"l0"},
        "s": {"w", "g"},
        "again": {"w"},
    }
    assert [set(each) for each in loaded["layers"]] == [{"w"}, set()]
    assert same(loaded["pair"], content["pair"])
    assert made.dropped_keys == ("enc.l0.b", "layers.0.b", "layers.1.b", "again.g")
    assert set(torch.load(copy(source, tmp_path / "b.pth", only="enc").out, weights_only=True)["model"]) == {"enc"}

    for rules, only, why in (
        (["pair.0=x"], None, "'pair.0' is a position of a list"),
        ([], "pair.1", "left out: 'pair.0' is a"),
    ):
        with pytest.raises(CheckpointError, match=why):
            copy(source, tmp_path / "x.pth", *rules, only=only)


def test_keys_of_an_optimizer_are_renamed(tmp_path: Path) -> None:
    weight = torch.nn.Parameter(torch.ones(3))
    adam = torch.optim.Adam([weight])
    weight.grad = torch.ones(3)
    adam.step()
    source = save(tmp_path / "source.pth", {"model": {"w": weight.detach()}, "optimizer": adam.state_dict()}, "cpu")
    made = copy(source, tmp_path / "copy.pth", "exp_avg$=ea", entry="optimizer")
    loaded = torch.load(made.out, weights_only=True)
    assert list(loaded["state"][0]) == ["step", "ea", "exp_avg_sq"]
    assert loaded["param_groups"] == adam.state_dict()["param_groups"]


def test_what_is_dropped_as_one_key_is_told(tmp_path: Path) -> None:
    torch.save(
        {"model": {"a": torch.nn.Parameter(torch.ones(2)), "set": {torch.ones(1), torch.ones(2)}}}, tmp_path / "s"
    )
    made = copy(tmp_path / "s", tmp_path / "copy.pth", only=r"^a|set\.\d")
    assert made.dropped_keys == ("set",)
    assert made.warnings == ("2 tensors were left out with what they stand in, which is one key each: 'set'.",)


def test_the_top_is_only_one_state_dict_where_it_holds_tensors_itself(tmp_path: Path) -> None:
    source = save(tmp_path / "source.pth", {"model": {"w": torch.ones(2)}, "ema": {"w": torch.ones(2)}}, "cpu")
    with pytest.raises(CheckpointError, match="is no state_dict: it only holds some; name one with --entry: 'model'"):
        copy(source, tmp_path / "copy.safetensors", entry="")
    made = copy(source, tmp_path / "COPY.SafeTensors", entry="ema")
    assert load_file(made.out).keys() == {"w"}


@pytest.mark.parametrize("dtype", [None, "float64"])
def test_sharing_is_kept_unless_it_is_to_be_broken(tmp_path: Path, dtype: str | None) -> None:
    base = torch.arange(12.0)
    state = {"a": base.view(3, 4), "t": base.view(3, 4).t(), "row": base[4:8], "none": base[:0], "i": torch.tensor(1)}
    state |= {"tied": state["a"], "p": torch.nn.Parameter(base[2:])}
    source = save(tmp_path / "source.pth", {"model": state}, "cpu")
    for break_sharing in (False, True):
        out = tmp_path / f"{break_sharing}.pth"
        made = copy(source, out, break_sharing=break_sharing, dtype=dtype)
        loaded = torch.load(out, weights_only=True)["model"]
        assert all(torch.equal(loaded[key], state[key]) for key in state)
        assert [loaded[key].stride() for key in state] == [state[key].stride() for key in state]
        places = [loaded[key].untyped_storage().data_ptr() for key in state if key != "none"]
        assert len(set(places)) == (len(places) if break_sharing else 2)
        assert not break_sharing or loaded["row"].untyped_storage().nbytes() == 4 * loaded["row"].element_size()
        assert made.tensors == len(state)
