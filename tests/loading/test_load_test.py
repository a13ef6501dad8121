"""What is said of a load is what PyTorch itself does with the same file and model."""

import json
import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch.nn.parameter import is_lazy

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.keys.key_mapping import KeyMappingError, Rule
from explorer.loading.load_test import ModelChoice, handed, load_into, whole_top
from explorer.loading.report import LoadReport
from explorer.progress import no_report
from tests.loading.conftest import BEGINNING, PLENTY_S, Trials

MODELS = """
from torch.nn.utils import parametrizations

def plain():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))

def wider():
    return nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Flatten(), nn.Linear(4, 2))

def on_the_cpu():
    model = plain()
    float(model[3].weight.detach().sum())
    return model

class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 2)
        self.head = nn.Linear(2, 5, bias=False)
        self.head.weight = self.embedding.weight

class Extra(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.scale = nn.Parameter(torch.ones(()))
    def get_extra_state(self):
        return {"steps": 3}
    def set_extra_state(self, state):
        self.steps = state["steps"]

class Versioned(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.register_buffer("version", torch.tensor([3.0]))
        self._register_load_state_dict_pre_hook(self.bring_up)
    def bring_up(self, state, prefix, noted, *rest):
        if state["version"][0].item() < 2:
            state["fc.weight"] = state.pop("old.weight")
        if noted.get("layout") == "old":
            state["fc.bias"] = state.pop("b")

class Resized(nn.Module):
    def __init__(self):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(8))
        self.fc = nn.Linear(2, 2)
        self._register_load_state_dict_pre_hook(self.bring_up)
    def bring_up(self, state, *rest):
        state["place"] = state["place"][:8]

class Grown(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("scales", torch.zeros(0))
    def _load_from_state_dict(self, state, *rest):
        self.scales = torch.zeros(state["scales"].shape)
        super()._load_from_state_dict(state, *rest)

class Numbered(nn.Module):
    made = 0
    def __init__(self):
        super().__init__()
        self.add_module(f"fc{self.made}", nn.Linear(2, 2))
        Numbered.made += 1
        torch.zeros(1).item()

class Quiet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
    def load_state_dict(self, state, strict=True):
        super().load_state_dict({"fc." + key: value for key, value in state.items()}, strict=strict)

class Plain(nn.Linear):
    def __init__(self):
        super().__init__(2, 3)
    def load_state_dict(self, state):
        return super().load_state_dict(state)

def lazy():
    return nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.Linear(3, 1))

def weight_normed():
    return nn.Sequential(parametrizations.weight_norm(nn.Linear(2, 3)), nn.Linear(3, 1))

def old_weight_normed():
    return nn.Sequential(nn.utils.weight_norm(nn.Linear(2, 3)), nn.Linear(3, 1))

def empty():
    return nn.ReLU()

ready = plain()
"""

State = dict[Any, Any]


def without(*keys: str) -> Callable[[State], State]:
    def change(state: State) -> State:
        for key in keys:
            del state[key]
        return state

    return change


def with_(**values: object) -> Callable[[State], State]:
    def change(state: State) -> State:
        state.update({key.replace("__", "."): value for key, value in values.items()})
        return state

    return change


def no_metadata(state: State) -> State:
    return dict(state)


def of_old_layout(state: State) -> State:
    state["old.weight"], state["b"] = state.pop("fc.weight"), state.pop("fc.bias")
    state["version"] = torch.tensor([1.0])
    state._metadata[""]["layout"] = "old"  # type: ignore[attr-defined]
    return state


def prefixed(state: State) -> State:
    return {f"module.{key}": value for key, value in state.items()}


def same(state: State) -> State:
    return state


def old_names(state: State) -> State:
    new = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
    return OrderedDict((re.sub("|".join(new), lambda found: new[found[0]], key), value) for key, value in state.items())


CASES: dict[str, tuple[str, str, Callable[[State], State]]] = {
    "same": ("plain", "plain", same),
    "on-the-cpu": ("on_the_cpu", "plain", same),
    "an-instance": ("ready", "plain", same),
    "missing": ("plain", "plain", without("3.bias", "1.running_var")),
    "unexpected": ("plain", "plain", with_(more=torch.ones(2), a__b__c=torch.ones(()))),
    "all-at-once": ("wider", "plain", lambda state: with_(more=torch.ones(2))(without("3.bias")(state))),
    "batches-not-counted": ("plain", "plain", without("1.num_batches_tracked")),
    "batches-not-counted-of-old": (
        "plain",
        "plain",
        lambda state: no_metadata(without("1.num_batches_tracked")(state)),
    ),
    "no-metadata": ("plain", "plain", no_metadata),
    "prefixed": ("plain", "plain", prefixed),
    "prefixed-and-wider": ("wider", "plain", prefixed),
    "other-dtypes": ("plain", "plain", with_(**{"3__weight": torch.ones(2, 4, dtype=torch.float64)})),
    "other-values": ("plain", "plain", with_(epoch=3, name="x", args={"a": 1}, sizes=[1, 2], best=0.5)),
    "a-value-for-a-tensor": ("plain", "plain", with_(**{"3__bias": 3})),
    "nested": ("plain", "plain", with_(more={"weight": torch.ones(2)})),
    "integer-keys": ("plain", "plain", lambda state: {0: torch.ones(2), **state}),
    "a-version-among-the-values": ("Versioned", "Versioned", same),
    "an-old-version-of-the-values": ("Versioned", "Versioned", of_old_layout),
    "tied": ("Tied", "Tied", same),
    "one-of-tied": ("Tied", "Tied", without("head.weight")),
    "extra-state": ("Extra", "Extra", same),
    "no-extra-state": ("Extra", "Extra", without("_extra_state")),
    "one-element-for-none": ("Extra", "Extra", with_(scale=torch.ones(1))),
    "lazy": ("lazy", "plain", lambda _: OrderedDict({"0.weight": torch.ones(3, 7), "0.bias": torch.ones(3)})),
    "weight-norm": ("weight_normed", "weight_normed", same),
    "weight-norm-by-hook": ("weight_normed", "weight_normed", old_names),
    "weight-norm-too-new": ("old_weight_normed", "weight_normed", same),
    "nothing-of-it": ("plain", "Tied", same),
    "empty": ("empty", "plain", same),
}


def models() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(BEGINNING + MODELS, names)  # noqa: S102 - our own source, above
    return names


def by_torch(make: Callable[[], torch.nn.Module], state: State, *, strict: bool) -> dict[str, Any]:
    """What PyTorch says to a strict or lenient load, and the lists by its own load_state_dict."""
    message = None
    try:
        make().load_state_dict(state, strict=strict)
    except Exception as error:  # noqa: BLE001 - hooks raise anything
        own = str(error).startswith("Error(s) in loading")
        message = str(error) if own else f"{type(error).__name__}: {error}"
    model = make()
    own_state = model.state_dict()
    fitting = OrderedDict(state)
    if hasattr(state, "_metadata"):
        fitting._metadata = state._metadata  # type: ignore[attr-defined]
    wrong = {}
    for key, value in state.items():
        mine = own_state.get(key)
        if not isinstance(value, torch.Tensor) or not isinstance(mine, torch.Tensor) or is_lazy(mine):
            continue
        if mine.shape != value.shape and not (mine.dim() == 0 and value.shape == (1,)):
            wrong[key] = (tuple(value.shape), tuple(mine.shape))
            fitting[key] = torch.empty_like(mine)
    try:
        keys = model.load_state_dict(fitting, strict=False)
    except Exception:  # noqa: BLE001 - as above
        return {"message": message, "wrong": wrong}
    return {"message": message, "wrong": wrong, "missing": keys.missing_keys, "unexpected": keys.unexpected_keys}


def save(state: object, path: Path) -> Checkpoint:
    torch.save(state, path)
    return open_checkpoint(path)


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")
@pytest.mark.timeout(2 * PLENTY_S)
def test_it_is_what_pytorch_says(trials: Trials) -> None:
    path = trials.write(MODELS)
    process = trials.start()
    names = models()
    for number, (case, (model, saved, change)) in enumerate(CASES.items()):
        state = change(names[saved]().state_dict())
        checkpoint = save(state, trials.folder / f"{number}.pt")
        made = names[model]
        make = made if not isinstance(made, torch.nn.Module) else names["plain"]
        # What parametrizes a module takes a process of its own each time.
        for strict in (True,) if case.startswith("weight-norm") else (True, False):
            assert checkpoint.chosen is not None
            choice = ModelChoice(path, model)
            report = load_into(process, choice, handed(checkpoint, checkpoint.chosen), no_report, strict=strict)
            expected = by_torch(make, torch.load(checkpoint.path, weights_only=True), strict=strict)
            assert report.message == expected["message"], case
            assert report.loads == (expected["message"] is None), case
            assert {each.key: (each.checkpoint, each.model) for each in report.size_mismatch} == expected["wrong"], case
            if "missing" in expected:
                assert report.unlisted is None, case
                assert list(report.missing) == expected["missing"], case
                assert list(report.unexpected) == expected["unexpected"], case
            else:
                assert report.unlisted, case
            assert report.device == ("cpu" if model in ("on_the_cpu", "ready") else "meta"), case
            assert "/" not in report.summary


def reported(trials: Trials, state: State, model: str, *, strict: bool = True) -> LoadReport:
    checkpoint = save(state, trials.folder / "weights.pt")
    assert checkpoint.chosen is not None
    process = trials.processes[0] if trials.processes else trials.start()
    choice = ModelChoice(trials.folder / "model_file.py", model)
    return load_into(process, choice, handed(checkpoint, checkpoint.chosen), no_report, strict=strict)


@pytest.mark.timeout(2 * PLENTY_S)
def test_it_counts_what_loads(trials: Trials) -> None:
    trials.write(MODELS)
    names = models()
    plain = names["plain"]().state_dict()
    all_of_it = reported(trials, plain, "plain")
    assert (len(all_of_it.loaded), all_of_it.tensors) == (9, 9)
    assert all_of_it.parameters == all_of_it.parameters_loaded == sum(p.numel() for p in names["plain"]().parameters())
    assert all_of_it.summary == "9 of 9 tensors load, 100 % of parameters; strict: loads."
    none = reported(trials, prefixed(plain), "plain", strict=False)
    assert none.summary == (
        "Nothing loads: no tensor has a name and shape of the model's, which load_state_dict does not complain of; "
        "strict off: loads."
    )
    assert "PyTorch does not count 1 tensor (1.num_batches_tracked) as missing" in none.remark
    part = reported(trials, without("3.weight", "3.bias")(names["plain"]().state_dict()), "plain")
    assert (len(part.loaded), part.parameters_loaded, part.parameters) == (7, 120, 130)
    assert part.summary == "7 of 9 tensors load, 92.3 % of parameters; strict: fails."
    by_hook = reported(trials, old_names(names["weight_normed"]().state_dict()), "weight_normed")
    assert (len(by_hook.loaded), by_hook.tensors) == (5, 5)
    tied = reported(trials, names["Tied"]().state_dict(), "Tied")
    assert (len(tied.loaded), tied.parameters) == (2, 10)
    other = reported(trials, with_(**{"3__bias": torch.ones(2, dtype=torch.int64)})(dict(plain)), "plain")
    assert [(each.key, each.checkpoint, each.model) for each in other.dtype_differs] == [("3.bias", "int64", "float32")]
    lazy = reported(trials, {"0.weight": torch.ones(3, 7), "0.bias": torch.ones(3)}, "lazy")
    assert lazy.loaded == {"0.weight", "0.bias"}
    resized = reported(trials, {"place": torch.ones(9), "fc.weight": torch.ones(3, 2)}, "Resized")
    assert resized.loaded == {"place"}, "a hook brings it to its shape"
    assert [each.key for each in resized.size_mismatch] == ["fc.weight"]
    grown = reported(trials, {"scales": torch.ones(99)}, "Grown")
    assert (grown.loads, grown.size_mismatch, grown.device) == (True, (), "cpu")
    assert "given the file's values, since without them it said: Error(s) in loading" in grown.remark
    for _ in range(2):
        numbered = reported(trials, {"fc0.weight": torch.ones(2, 2)}, "Numbered")
        assert (numbered.device, numbered.missing) == ("cpu", ("fc0.bias",)), "it is the first of its class each time"
    assert (
        reported(trials, plain, "empty").summary
        == "The model has no tensors, so there is nothing to load; strict: fails."
    )


@pytest.mark.timeout(2 * PLENTY_S)
def test_a_load_state_dict_of_the_user_s_is_called_as_it_can_be(trials: Trials) -> None:
    trials.write(MODELS)
    report = reported(trials, {"weight": torch.ones(2, 2), "bias": torch.ones(2)}, "Quiet")
    assert report.loads
    assert report.unlisted == "The model's own load_state_dict returns a NoneType, and no lists of keys."
    state = {"weight": torch.ones(3, 2), "bias": torch.ones(3)}
    report = reported(trials, state, "Plain")
    assert (report.loads, report.missing, report.takes_strict) == (True, (), False)
    report = reported(trials, state, "Plain", strict=False)
    assert "unexpected keyword argument 'strict'" in str(report.message)


def test_an_entry_hands_over_what_stands_in_it(tmp_path: Path) -> None:
    model = torch.nn.BatchNorm1d(2).state_dict()
    model |= {"steps": 5, "more": {"weight": torch.ones(3)}}
    saved = {"state_dict": model, "epoch": 3, "loose": torch.ones(1, dtype=torch.float16), "args": {"lr": 0.1}}
    checkpoint = save(saved, tmp_path / "weights.pt")
    entry = checkpoint.entry("state_dict")
    assert entry is not None
    given = handed(checkpoint, entry)
    assert [tensor.key for tensor in given.tensors] == [
        *("weight", "bias", "running_mean", "running_var", "num_batches_tracked"),
    ]
    assert dict(given.others) == {"steps": "int", "more": "dict"}
    assert given.plain.values == {"steps": 5}, "what holds tensors is no plain data"
    assert given.versions == {"": 2}
    assert given.nbytes == 4 * 2 * 4 + 8
    top = whole_top(checkpoint)
    assert [(tensor.key, tensor.shape, tensor.dtype) for tensor in top.tensors] == [("loose", (1,), "float16")]
    assert dict(top.others) == {"state_dict": "OrderedDict", "epoch": "int", "args": "dict"}
    assert top.versions is None


def test_a_top_without_tensors_hands_over_its_values(tmp_path: Path) -> None:
    checkpoint = save({"a/b": {"w": torch.ones(1), "x": 3}, "epoch": 3}, tmp_path / "weights.pt")
    assert dict(whole_top(checkpoint).others) == {"a/b": "dict", "epoch": "int"}
    assert checkpoint.chosen is not None
    assert (checkpoint.chosen.path, handed(checkpoint, checkpoint.chosen).others) == ("a~1b", (("x", "int"),))


def test_rules_rename_all_keys_and_the_modules_of_versions(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.Linear(2, 2)).state_dict()
    model["module.extra"] = 3
    checkpoint = save(model, tmp_path / "weights.pt")
    assert checkpoint.chosen is not None
    given = handed(checkpoint, checkpoint.chosen, [Rule(r"^0\.", "norm."), Rule(r"^module\.", "")])
    assert given.tensors[0].key == "norm.weight"
    assert given.others == (("extra", "int"),)
    assert given.versions == {"norm": 2, "1": 1}
    with pytest.raises(KeyMappingError, match="two keys onto 'extra'"):
        handed(checkpoint, checkpoint.chosen, [Rule("^module.|^1.weight$", ""), Rule("^$", "extra")])


def test_what_the_reader_adds_is_not_handed_over(tmp_path: Path) -> None:
    tensors = {"a.weight": torch.ones(2, 3), "a.bias": torch.ones(2)}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    weights = dict.fromkeys(tensors, "model.safetensors")
    (tmp_path / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": 32}, "weight_map": weights})
    )
    for path in (tmp_path / "model.safetensors", tmp_path / "model.safetensors.index.json"):
        checkpoint = open_checkpoint(path)
        assert checkpoint.chosen is not None
        given = handed(checkpoint, checkpoint.chosen)
        assert {tensor.key for tensor in given.tensors} == set(tensors)
        assert given.others == ()


def test_tensors_of_a_missing_shard_are_missing_and_unread_values_are_said(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "one.safetensors")
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    checkpoint = open_checkpoint(tmp_path)
    assert checkpoint.chosen is not None
    assert [tensor.key for tensor in handed(checkpoint, checkpoint.chosen).tensors] == ["a"]
    data = (tmp_path / "one.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(data[:-1])
    checkpoint = open_checkpoint(tmp_path / "cut.safetensors")
    assert checkpoint.chosen is not None
    assert "71 of 72 bytes are here" in handed(checkpoint, checkpoint.chosen).remark
