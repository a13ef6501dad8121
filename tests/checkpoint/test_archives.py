"""Archives with more than one pickle: TorchScript, torch.package, and records that somebody added."""

import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.package import package_exporter

from explorer.checkpoint.containers import archives
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from tests.checkpoint.stored_bytes import stored_bytes

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:torch.tensor results are registered as constants"),
    pytest.mark.filterwarnings("ignore:.*TypedStorage is deprecated"),  # torch.package uses it
]


class Payload:
    """Would print, if anybody ran what its pickle asks for."""

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return print, ("was run",)


class Scaled(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(2, 3)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        scaled: torch.Tensor = self.linear(values) * torch.tensor([1.0, 2.0, 3.0])
        return scaled


def save_traced(path: Path) -> torch.jit.ScriptModule:
    traced = torch.jit.trace(Scaled(), torch.ones(1, 2))  # type: ignore[no-untyped-call]  # PyTorch gives it none
    traced.save(path)
    assert isinstance(traced, torch.jit.ScriptModule)
    return traced


def add(path: Path, records: Mapping[str, bytes]) -> Checkpoint:
    """Add records to an archive, in the place of those of the same name."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (held | dict(records)).items():
            archive.writestr(name, data)
    return open_checkpoint(path)


def values(checkpoint: Checkpoint) -> dict[str, list[Any]]:
    with open_values(checkpoint) as reading:
        return {tensor.key: stored_bytes(reading, tensor).view(np.float32).tolist() for tensor in checkpoint.tensors}


def test_constants_of_a_traced_module_are_tensors_of_it(tmp_path: Path) -> None:
    traced = save_traced(tmp_path / "traced.pt")
    checkpoint = open_checkpoint(tmp_path / "traced.pt")
    assert (checkpoint.container, checkpoint.verdict) == ("torchscript", "references-code")
    assert [(entry.path, entry.kind, entry.tensors) for entry in checkpoint.entries] == [("", "module", 3)]
    assert [tensor.path for tensor in checkpoint.tensors] == [("linear.weight",), ("linear.bias",), ("constants.0",)]
    # The constant and the first weight have the same key, each in a folder of its own.
    assert values(checkpoint) == {
        **{name: tensor.flatten().tolist() for name, tensor in traced.state_dict().items()},
        "constants.0": [1, 2, 3],
    }
    assert checkpoint.warnings == ()


def test_a_frozen_module_holds_nothing_but_constants(tmp_path: Path) -> None:
    scripted = torch.jit.script(Scaled().eval())
    torch.jit.freeze(scripted).save(tmp_path / "frozen.pt")
    checkpoint = open_checkpoint(tmp_path / "frozen.pt")
    assert {tensor.path[0].partition(".")[0] for tensor in checkpoint.tensors} == {"constants"}
    assert checkpoint.chosen is not None
    assert checkpoint.chosen.parameters >= 9


def test_code_in_the_constants_is_named(tmp_path: Path) -> None:
    save_traced(tmp_path / "traced.pt")
    checkpoint = add(tmp_path / "traced.pt", {"traced/constants.pkl": pickle.dumps((Payload(),), 2)})
    assert "builtins.print" in checkpoint.code
    assert checkpoint.verdict == "references-code"
    assert [tensor.key for tensor in checkpoint.tensors] == ["linear.weight", "linear.bias"]


def test_damaged_constants_leave_the_module_readable(tmp_path: Path) -> None:
    save_traced(tmp_path / "traced.pt")
    checkpoint = add(tmp_path / "traced.pt", {"traced/constants.pkl": b"\x80\x02(U"})
    assert checkpoint.verdict == "malformed"
    assert checkpoint.message is not None
    assert "constants.pkl" in checkpoint.message
    assert [tensor.key for tensor in checkpoint.tensors] == ["linear.weight", "linear.bias"]


def test_example_inputs_with_values_are_said_not_to_be_shown(tmp_path: Path) -> None:
    save_traced(tmp_path / "traced.pt")
    checkpoint = add(tmp_path / "traced.pt", {"traced/traced_inputs/0": bytes(8)})
    assert checkpoint.warnings == ("'traced/traced_inputs.pkl' was not shown; the names of code in it are.",)


def test_every_pickle_of_an_archive_is_asked_for_names_of_code(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save({"a": torch.ones(2)}, path)
    evil = pickle.dumps(Payload(), 2)
    checkpoint = add(path, {"x/extra.pkl": evil, "x/constants.pkl": pickle.dumps((torch.device("cpu"), iter), 2)})
    # Without the code of its classes it is no TorchScript.
    assert (checkpoint.container, checkpoint.verdict) == ("zip", "references-code")
    assert checkpoint.code == ("builtins.print", "builtins.iter")
    assert [tensor.key for tensor in checkpoint.tensors] == ["a"]
    assert checkpoint.warnings == (
        "'x/extra.pkl' was not shown; the names of code in it are.",
        "'x/constants.pkl' was not shown; the names of code in it are.",
    )


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\x80\x02(U",
        b"\x80\x04r\xff\xff\xff\xff.",
        b"(" * 100_000,
        pickle.dumps(Payload(), 2)[:-1],
        b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62),
    ],
    ids=["empty", "cut", "huge-memo", "marks", "code-before-the-damage", "huge-bytes"],
)
def test_a_damaged_extra_pickle_does_not_spoil_the_file(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "x.pt"
    torch.save({"a": torch.ones(2)}, path)
    checkpoint = add(path, {"x/extra.pkl": damaged})
    assert checkpoint.verdict in ("data-only", "references-code")
    assert checkpoint.code == (("builtins.print",) if b"print" in damaged else ())
    assert values(checkpoint) == {"a": [1, 1]}
    assert any("'x/extra.pkl' could not be looked through" in warning for warning in checkpoint.warnings)


def test_what_is_looked_through_besides_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save({"a": torch.ones(2)}, path)
    large = pickle.dumps(bytes(archives.MAX_OTHER_NBYTES))
    few = {f"x/{number}.pkl": b"N." for number in range(20)}
    checkpoint = add(path, {"x/large.pkl": large, **few})
    assert checkpoint.verdict == "data-only"
    assert any("'x/large.pkl' could not be looked through" in warning for warning in checkpoint.warnings)
    assert len(checkpoint.warnings) == 7
    checkpoint = add(path, {f"x/{number}.pkl": b"N." for number in range(archives.MAX_OTHERS + 5)})
    assert any("6 more pickles" in warning for warning in checkpoint.warnings)


def test_a_zip_archive_of_something_else_names_the_code_in_it(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(Payload(), 4))
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    assert (caught.value.verdict, caught.value.code) == ("unsupported", ("builtins.print",))


class Twice(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.linear(values) + 1
        return result


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, torch.nn.Module]]:
    """A torch.package with a state_dict, a module, a traced graph and a scripted module."""
    monkeypatch.setattr(package_exporter, "_gate_torchscript_serialization", False)
    linear = torch.nn.Linear(3, 2)
    modules: dict[str, torch.nn.Module] = {
        "whole": linear,
        "graph": torch.fx.symbolic_trace(Twice()),
        "script": torch.jit.script(Scaled()),
    }
    with package_exporter.PackageExporter(tmp_path / "package.pt") as exporter:
        exporter.extern("**")
        exporter.save_pickle("state", "model.pkl", {"state_dict": linear.state_dict(), "epoch": 3})
        for name, module in modules.items():
            exporter.save_pickle(name, "model.pkl", module)
        exporter.save_text("notes", "read.me", "hello")
    return tmp_path / "package.pt", modules


def test_the_pickles_of_a_package_are_listed_by_their_names(
    package: tuple[Path, dict[str, torch.nn.Module]],
) -> None:
    path, modules = package
    checkpoint = open_checkpoint(path)
    assert (checkpoint.container, checkpoint.verdict) == ("torch.package", "references-code")
    (script,) = {tensor.path[0] for tensor in checkpoint.tensors if tensor.path[0].startswith(".data")}
    assert script.endswith("/data.pkl")
    assert {tensor.path for tensor in checkpoint.tensors} == {
        ("state/model.pkl", "state_dict", "weight"),
        ("state/model.pkl", "state_dict", "bias"),
        *(("whole/model.pkl", key) for key in modules["whole"].state_dict()),
        *(("graph/model.pkl", key) for key in modules["graph"].state_dict()),
        *((script, key) for key in modules["script"].state_dict()),
    }
    assert {entry.path: entry.kind for entry in checkpoint.entries} == {
        "state~1model.pkl/state_dict": "state_dict",
        "whole~1model.pkl": "module",
        "graph~1model.pkl": "module",
        script.replace("/", "~1"): "module",
    }
    assert "torch.nn.modules.linear.Linear" in checkpoint.code
    assert any(name.startswith("__torch__.") and name.endswith(".Scaled") for name in checkpoint.code)
    assert ("epoch", "3") in {(row.name, row.text) for row in checkpoint.contents}
    saved = {"whole/model.pkl": modules["whole"], "graph/model.pkl": modules["graph"], script: modules["script"]}
    with open_values(checkpoint) as reading:
        for tensor in checkpoint.tensors:
            member, key = tensor.path[0], tensor.key
            expected = saved.get(member, modules["whole"]).state_dict()[key]
            assert stored_bytes(reading, tensor).tobytes() == expected.numpy().tobytes()


def test_storages_that_pickles_of_a_package_share_count_once(
    package: tuple[Path, dict[str, torch.nn.Module]],
) -> None:
    checkpoint = open_checkpoint(package[0])
    shared = {
        tensor.storage for tensor in checkpoint.tensors if tensor.path[0] in ("state/model.pkl", "whole/model.pkl")
    }
    assert len(shared) == 2
    assert checkpoint.verdict == "references-code"


def test_a_damaged_pickle_of_a_package_leaves_the_others_readable(
    package: tuple[Path, dict[str, torch.nn.Module]],
) -> None:
    checkpoint = add(package[0], {"package/state/model.pkl": b"\x80\x03(K"})
    assert checkpoint.verdict == "malformed"
    assert checkpoint.message is not None
    assert "state/model.pkl" in checkpoint.message
    assert {entry.path for entry in checkpoint.entries} >= {"whole~1model.pkl", "graph~1model.pkl"}


def test_an_archive_of_torch_save_without_its_pickle_is_no_package(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save({"a": torch.ones(2)}, path)
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if not name.endswith("data.pkl")}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    with pytest.raises(CheckpointError, match="zip archive, but not a PyTorch checkpoint"):
        open_checkpoint(path)
