"""What really comes to a model: what is left out in silence, what a hook brings, and what is kept otherwise."""

from typing import Any

import pytest
import torch

from explorer.loading.load_test import ModelChoice, handed, load_into, whole_top
from explorer.loading.report import LoadReport
from explorer.loading.trial_process import TrialError
from explorer.progress import no_report
from tests.loading.conftest import PLENTY_S, Trials
from tests.loading.test_load_test import save

pytestmark = pytest.mark.timeout(2 * PLENTY_S)

MODELS = """
class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 5)

class Filtering(Two):
    def load_state_dict(self, state, strict=True):
        own = self.state_dict()
        own.update({key: value for key, value in state.items() if own[key].shape == value.shape})
        return super().load_state_dict(own, strict)

class KeepsItsHead(Two):
    def _load_from_state_dict(self, state, prefix, *rest):
        state["head.weight"] = self.head.weight.detach().clone()
        state["head.bias"] = self.head.bias.detach().clone()
        super()._load_from_state_dict(state, prefix, *rest)

class Copying(Two):
    def load_state_dict(self, state, strict=True):
        for key, value in self.state_dict().items():
            if key.startswith("body"):
                value.copy_(state[key])

class Joined(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(4, 12)
    def _load_from_state_dict(self, state, prefix, *rest):
        for name in ("weight", "bias"):
            state["qkv." + name] = torch.cat([state.pop(f"{part}.{name}") for part in "qkv"])

class ThroughNumPy(Two):
    def load_state_dict(self, state, strict=True):
        for key, value in self.state_dict().items():
            value.copy_(torch.tensor(state[key].tolist()))

class Bare(Two):
    def state_dict(self):
        return super().state_dict()

class Hiding(Two):
    def state_dict(self, *args, **options):
        return {key: value for key, value in super().state_dict(*args, **options).items() if "head" not in key}

class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)
    def load_state_dict(self, state, strict=True):
        first, second = state["net"]["parts"].values()
        self.fc.load_state_dict({"weight": first, "bias": second["bias"]})

class Reading(Two):
    def load_state_dict(self, state, strict=True):
        if state["note"].upper() == "A":
            return super().load_state_dict({}, False)

class Numbered(Two):
    def state_dict(self, *args, **options):
        return {3: torch.zeros(1)}

class Listing(Two):
    def load_state_dict(self, state, strict=True):
        class Lists:
            missing_keys = [["a"], {"b": 1}]
            unexpected_keys = "abc"
        return Lists()

class Raw(Two):
    def load_state_dict(self, state, strict=True):
        class Lists:
            missing_keys = [ValueError()]
            unexpected_keys = []
        return Lists()
"""

SCRIPTED = """
class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 5)

scripted = torch.jit.script(Two())
"""
"""By itself: what is compiled cannot be put back, so that each test of its file takes another process."""


def tried(trials: Trials, state: Any, model: str, *, whole: bool = False) -> LoadReport:
    checkpoint = save(state, trials.folder / "weights.pt")
    entry = checkpoint.chosen
    assert entry is not None
    given = whole_top(checkpoint) if whole else handed(checkpoint, entry)
    process = trials.processes[0] if trials.processes else trials.start()
    return load_into(process, ModelChoice(trials.folder / "model_file.py", model), given, no_report, strict=True)


def two(classes: int = 5) -> dict[str, torch.Tensor]:
    shapes = {"body.weight": (4, 3), "body.bias": (4,), "head.weight": (classes, 4), "head.bias": (classes,)}
    return {key: torch.ones(shape) for key, shape in shapes.items()}


def test_it_is_followed_what_comes_to_the_model(trials: Trials) -> None:
    trials.write(MODELS)
    body = {"body.weight", "body.bias"}
    for model in ("Filtering", "KeepsItsHead", "Copying"):
        report = tried(trials, two(9), model)
        assert (report.loads, set(report.loaded), report.complete) == (True, body, False)
        assert {each.key for each in report.size_mismatch} == {"head.weight", "head.bias"}
    kept = tried(trials, two(), "Copying")
    assert (set(kept.loaded), list(kept.size_mismatch)) == (body, [])
    assert (
        kept.remark
        == "load_state_dict leaves 2 tensors (head.bias, head.weight) of the model as made, without a complaint."
    )
    parts = {
        f"{part}.{name}": torch.ones(size) for part in "qkv" for name, size in (("weight", (4, 4)), ("bias", (4,)))
    }
    joined = tried(trials, parts, "Joined")
    assert (set(joined.loaded), joined.complete) == ({"qkv.weight", "qkv.bias"}, True)
    assert joined.states(parts) == dict.fromkeys(parts, "loads")
    lost = tried(trials, two(), "ThroughNumPy")
    assert not lost.loaded
    assert "Whether values of the checkpoint come to 4 tensors" in lost.remark
    assert tried(trials, two(), "Bare").complete
    hiding = tried(trials, {key: value for key, value in two().items() if "head" not in key}, "Hiding")
    assert (hiding.parameters_loaded, hiding.parameters) == (16, 41)
    trials.write(SCRIPTED)
    assert tried(trials, two(), "scripted").parameters == 41


@pytest.mark.filterwarnings("ignore:.*(Sparse CSR|quantize)")
def test_what_is_kept_otherwise_is_handed_over_so(trials: Trials) -> None:
    trials.write(MODELS)
    weight = torch.ones(4, 3)
    for odd in (weight.to_sparse(), weight.to_sparse_csr(), torch.quantize_per_tensor(weight, 0.1, 0, torch.qint8)):
        report = tried(trials, {**two(), "body.weight": odd}, "Two")
        assert (report.loads, report.device, len(report.loaded)) == (False, "cpu", 3)
        assert report.message is not None
        assert "an exception occurred" in report.message
    nested = {"net": {"parts": {"first": weight, "second": {"bias": torch.ones(4)}}}}
    assert tried(trials, nested, "Packed", whole=True).complete
    with pytest.raises(TrialError, match="cannot be tested: load_state_dict looks into note, whose value is not read"):
        tried(trials, {**two(), "note": torch.ones(2).numpy()}, "Reading")


def test_answers_that_make_no_sense_name_their_stage(trials: Trials) -> None:
    trials.write(MODELS)
    for model, stage, said in (
        ("Numbered", "construct", "keys that are no texts"),
        ("Listing", "load", "keys that are no texts"),
        ("Raw", "load", "cannot be written down"),
    ):
        with pytest.raises(TrialError, match=said) as raised:
            tried(trials, two(), model)
        assert raised.value.stage == stage
