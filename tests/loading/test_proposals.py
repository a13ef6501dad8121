"""What would make more load is found and tried; what is proposed loads as many as it says."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.reader import open_checkpoint
from explorer.keys.key_mapping import Rule, rename
from explorer.loading.load_test import handed
from explorer.loading.model_file import Parameter
from explorer.loading.proposals import Making, Proposal, Try, propose, propose_arguments
from explorer.loading.report import LoadReport, report_of
from explorer.loading.trial_process import TrialError

State = dict[str, torch.Tensor]


def network(classes: int = 4) -> nn.Module:
    model = nn.Module()
    model.stem = nn.Conv2d(3, 8, 3)
    model.blocks = nn.Sequential(*[nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8)) for _ in range(3)])
    model.head = nn.Linear(8, classes)
    return model


def deep(vocab: int, width: int = 8, *, heads: int = 2, sizes: Sequence[int] = (3, 3), depth: int = 2) -> nn.Module:
    """A model whose every number leaves its trace in the shapes, but for the heads."""
    assert width % heads == 0, "it does not divide"
    model = nn.Module()
    model.embed = nn.Embedding(vocab, width)
    model.blocks = nn.ModuleList([nn.Linear(width, 3 * width) for _ in range(depth)])
    model.body = nn.Sequential(*[nn.Linear(sizes[0], size) for size in sizes])
    model.head = nn.Linear(width, vocab)
    return model


def pair(first: nn.Module, second: nn.Module) -> nn.Module:
    """A model of others that are made first."""
    return nn.ModuleDict({"first": first, "second": second})


def recurrent(size: int, layers: int) -> nn.Module:
    """Its layers are numbered inside of a name."""
    return nn.LSTM(size, size, layers)


NAMES = {"nn": nn, "deep": deep, "pair": pair, "recurrent": recurrent}
PARAMETERS = tuple(
    Parameter(name, default is None, default, "", variable=False)
    for name, default in (("vocab", None), ("width", "8"), ("heads", "2"), ("sizes", "(3, 3)"), ("depth", "2"))
)

SIGNATURES = {"deep": PARAMETERS, "pair": (Parameter("first", True, None, "", variable=False),)}


def save(saved: Any, folder: Path) -> Checkpoint:
    torch.save(saved, folder / "weights.pt")
    return open_checkpoint(folder / "weights.pt")


def trying(checkpoint: Checkpoint, model: Callable[[], nn.Module]) -> Try:
    """A load is what the same PyTorch does with zeros of the same shapes."""

    def attempt(entry: Entry, rules: Sequence[Rule], build: str | None, *, strict: bool | None = None) -> LoadReport:
        given = handed(checkpoint, entry, rules)
        try:
            made = model() if build is None else eval(build, NAMES)  # noqa: S307 - our own, above
        except AssertionError as error:
            raise TrialError("construct", str(error)) from None
        own = made.state_dict()
        rows = [
            [key, list(value.shape), str(value.dtype)[6:], number] for number, (key, value) in enumerate(own.items())
        ]
        state = {tensor.key: torch.zeros(tensor.shape) for tensor in given.tensors}
        wrong = [key for key in state if key in own and own[key].shape != state[key].shape]
        keys = made.load_state_dict({key: own[key] if key in wrong else state[key] for key in state}, strict=False)
        answer: dict[str, Any] = {
            "model": "Network",
            "device": "cpu",
            "why_not_meta": "",
            "lacking": "",
            "takes_strict": True,
            "seconds": 0.0,
        }
        answer |= {"rows": rows, "raised": None if strict is False and not wrong else "…", "unlisted": None}
        answer |= {"missing": keys.missing_keys, "unexpected": keys.unexpected_keys}
        answer["size_mismatch"] = [[key, list(state[key].shape), list(own[key].shape)] for key in wrong]
        there = [key for key in state if key in own and key not in wrong]
        answer |= {"arrived": there, "taken": there, "unclear": []}
        return report_of(answer, given.tensors, strict=strict is not False)

    return attempt


def proposed(
    saved: Any,
    folder: Path,
    model: Callable[[], nn.Module] = network,
    entry: str | None = None,
    making: Making = Making(),  # noqa: B008 - it cannot be changed
) -> list[Proposal]:
    """Propose for a file with `saved`; a load is what the same PyTorch does with zeros of the same shapes."""
    checkpoint = save(saved, folder)
    chosen = checkpoint.chosen if entry is None else checkpoint.entry(entry)
    assert chosen is not None

    attempt = trying(checkpoint, model)
    return propose(checkpoint, chosen, attempt(chosen, (), None), attempt, making)


def renamed(name: Callable[[str], str]) -> State:
    return {name(key): value for key, value in network().state_dict().items()}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (lambda key: f"module.{key}", "all 25 keys start with ‘module.’"),
        (lambda key: f"model.net._orig_mod.{key}", "all 25 keys start with ‘model.net._orig_mod.’"),
        (lambda key: key.replace("blocks", "layers"), "in 21 of 25 keys, layers is called blocks in the model"),
        (
            lambda key: re.sub(r"blocks\.(\d)", lambda found: f"blocks.{int(found[1]) + 1}", key),
            "of 25 keys have other names in the model",
        ),
        (lambda key: key.replace(".0.", ".inner.0."), ""),
    ],
    ids=["prefix", "nested-prefix", "segment", "numbers", "level"],
)
def test_names_that_were_changed_are_found(name: Callable[[str], str], why: str, tmp_path: Path) -> None:
    best = proposed(renamed(name), tmp_path)[0]
    assert len(best.report.loaded) == 25
    assert why in best.why
    assert best.entry == ""


def test_another_entry_is_found(tmp_path: Path) -> None:
    saved = {"epoch": 3, "state_dict": network().state_dict(), "loose": torch.ones(1)}
    best = proposed(saved, tmp_path, entry="")[0]
    assert (best.entry, best.rules, best.why) == ("state_dict", (), "the model is under state_dict")
    assert len(best.report.loaded) == 25


def test_another_entry_with_a_prefix_is_found(tmp_path: Path) -> None:
    saved = {"ema": {"decay": torch.ones(())}, "state_dict": renamed(lambda key: f"module.{key}")}
    best = proposed(saved, tmp_path, entry="ema")[0]
    assert (best.entry, best.rules) == ("state_dict", (Rule(r"^module\.", ""),))
    assert best.why == "the model is under state_dict and all 25 keys start with ‘module.’"


def test_a_head_of_another_size_stays_as_it_is(tmp_path: Path) -> None:
    best = proposed(renamed(lambda key: f"module.{key}"), tmp_path, lambda: network(9))[0]
    assert best.rules == (Rule(r"^module\.", ""),)
    assert len(best.report.loaded) == 23
    assert [each.key for each in best.report.size_mismatch] == ["head.weight", "head.bias"]


@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_head_of_another_size_is_proposed_to_be_left_out(prefix: str, tmp_path: Path) -> None:
    found = proposed(renamed(lambda key: f"{prefix}{key}"), tmp_path, lambda: network(9))
    last = found[-1]
    assert last.rules[-1] == Rule(r"^head\.(weight|bias)$", "")
    assert last.strict is False, "what it leaves out is missing then"
    assert last.report.loads
    assert (len(last.report.loaded), last.report.missing) == (23, ("head.weight", "head.bias"))
    assert last.why.endswith("without the 2 tensors of another shape the rest loads")
    assert len(found) == (2 if prefix else 1)


def test_what_could_as_well_be_another_is_marked(tmp_path: Path) -> None:
    def attention(names: str = "qkv") -> nn.Module:
        return nn.ModuleDict({name: nn.Linear(4, 4) for name in names})

    (best,) = proposed(attention("xyz").state_dict(), tmp_path, attention)
    assert len(best.report.loaded) == 6
    assert best.ambiguous == "6 tensors may be one another by their shapes, and only their order speaks for this"
    # Layers of a Sequential keep their order; a rule by which only some of them move is not offered.
    state = {f"h.{2 * n}.weight": torch.ones(4, 4) for n in range(4)} | {"out.weight": torch.ones(2, 4)}

    def blocks() -> nn.Module:
        layers = [nn.Linear(4, 4, bias=False) for _ in range(4)]
        return nn.ModuleDict({"layers": nn.ModuleList(layers), "out": nn.Linear(4, 2, bias=False)})

    (best,) = proposed(state, tmp_path, blocks)
    assert (len(best.report.loaded), best.ambiguous) == (5, "")
    assert rename(state, best.rules)["h.6.weight"] == "layers.3.weight"


def test_each_of_two_copies_is_proposed_and_names_the_other(tmp_path: Path) -> None:
    state = network().state_dict()
    both = {f"module.{copy}.{key}": value for copy in ("encoder_q", "encoder_k") for key, value in state.items()}
    first, second = proposed({**both, "module.queue": torch.zeros(3)}, tmp_path)
    assert (first.rules, second.rules) == (
        (Rule(r"^module\.encoder_q\.", ""),),
        (Rule(r"^module\.encoder_k\.", ""),),
    )
    assert first.why == "25 of 51 keys start with ‘module.encoder_q.’"
    assert first.ambiguous == "module.encoder_k. fits as well"
    assert second.ambiguous == "module.encoder_q. fits as well"
    assert len(first.report.loaded) == len(second.report.loaded) == 25
    # A copy that lacks something is none.
    del both["module.encoder_k.head.weight"]
    best = proposed(both, tmp_path)[0]
    assert (len(best.report.loaded), best.ambiguous) == (25, "")
    # Of many the first ones are proposed, and the others counted.
    many = {f"blocks.{n}.{name}": value for n in range(6) for name, value in nn.Linear(3, 4).state_dict().items()}
    found = proposed(many, tmp_path, lambda: nn.Linear(3, 4))
    assert [proposal.rules[0].pattern for proposal in found] == [rf"^blocks\.{n}\." for n in range(5)]
    assert found[0].ambiguous == "blocks.1., blocks.2., blocks.3. and 2 more fit as well"


def test_new_names_of_weight_norm_are_made_old_ones(tmp_path: Path) -> None:
    new = "parametrizations.weight.original"
    state = {f"conv.{new}0": torch.ones(8, 1), f"conv.{new}1": torch.ones(8, 3), "conv.bias": torch.ones(8)}

    def old() -> nn.Module:
        model = nn.Module()
        model.conv = nn.Module()
        for name, shape in (("bias", (8,)), ("weight_g", (8, 1)), ("weight_v", (8, 3))):
            model.conv.register_parameter(name, nn.Parameter(torch.zeros(shape)))
        return model

    best = proposed(state, tmp_path, old)[0]
    assert len(best.report.loaded) == 3


def test_a_factor_of_weight_norm_is_not_offered_as_the_weight(tmp_path: Path) -> None:
    def plain() -> nn.Module:
        return nn.ModuleDict({"c": nn.Conv1d(4, 6, 3), "l": nn.Linear(3, 3)})

    new = "parametrizations.weight.original"
    for factors in (("weight_g", "weight_v"), (f"{new}0", f"{new}1")):
        state = {f"m.c.{factors[0]}": torch.ones(6, 1, 1), f"m.c.{factors[1]}": torch.ones(6, 4, 3)}
        state |= {f"m.l.{factors[0]}": torch.ones(3, 1), f"m.l.{factors[1]}": torch.ones(3, 3)}
        state |= {"m.c.bias": torch.ones(6), "m.l.bias": torch.ones(3)}
        best = proposed(state, tmp_path, plain)[0]
        assert best.report.loaded == {"c.bias", "l.bias"}


def test_adapters_are_seen_through(tmp_path: Path) -> None:
    state = renamed(lambda key: "base_model.model." + key.replace("head.", "head.base_layer."))
    state |= {"base_model.model.head.lora_A.default.weight": torch.ones(2, 8)}
    best = proposed(state, tmp_path)[0]
    assert len(best.report.loaded) == 25


def test_an_adapter_is_not_taken_for_the_weight(tmp_path: Path) -> None:
    wrapped = {
        "base_model.model.head.lora_A.weight": torch.zeros(2, 8),
        "base_model.model.head.lora_B.weight": torch.zeros(4, 2),
    }

    def small(classes: int = 2) -> nn.Module:
        return nn.ModuleDict({"head": nn.Linear(8, classes)})

    taking = {"small": (Parameter("classes", False, "4", "int", variable=False),)}
    NAMES["small"] = small
    # Of two classes it would have the shape of lora_A.
    assert not proposed(wrapped, tmp_path, lambda: small(4), making=Making("small()", taking))
    assert not proposed(wrapped, tmp_path, small)


def test_what_loads_or_has_nothing_in_common_proposes_nothing(tmp_path: Path) -> None:
    assert proposed(network().state_dict(), tmp_path) == []
    assert proposed({"a": torch.ones(77), "b": torch.ones(78)}, tmp_path) == []


@pytest.mark.parametrize(
    ("now", "saved", "fitting"),
    [
        ("deep(10)", "deep(12)", "deep(12)"),
        ("deep(vocab=10, heads=4)", "deep(12, 20)", "deep(vocab=12, heads=4, width=20)"),
        ("deep(10, 16)", "deep(10, 24, depth=5)", "deep(10, 24, depth=5)"),
        ("deep(10, depth=6)", "deep(10, depth=4)", "deep(10, depth=4)"),
        ("deep(10, sizes=[3, 4])", "deep(10, sizes=[3, 7])", "deep(10, sizes=[3, 7])"),
        ("deep(10, 9, heads=3)", "deep(10, 16)", None),
        # Fewer layers would leave less uninitialised, and load nothing either.
        ("recurrent(4, 6)", "nn.Sequential(nn.Linear(9, 7))", None),
        ("pair(deep(10), recurrent(4, 1))", "pair(deep(12), recurrent(4, 3))", "pair(deep(12), recurrent(4, 3))"),
    ],
)
def test_numbers_of_the_checkpoint_are_proposed_as_arguments(
    now: str, saved: str, fitting: str | None, tmp_path: Path
) -> None:
    def made() -> nn.Module:
        model: nn.Module = eval(now, NAMES)  # noqa: S307 - of this file
        return model

    state = eval(saved, NAMES).state_dict()  # noqa: S307 - as above
    # All of it named otherwise too, once: no shape tells which key is which.
    cases: list[tuple[str, tuple[Rule, ...]]] = [("", ())]
    cases += [("module.", (Rule(r"^module\.", ""),))] if "heads=4" in now else []
    for prefix, rules in cases:
        found = proposed(
            {f"{prefix}{key}": value for key, value in state.items()},
            tmp_path,
            made,
            making=Making(now, SIGNATURES),
        )
        if fitting is None:
            assert all(proposal.expression is None for proposal in found), "nothing that cannot be made is proposed"
            continue
        best = found[0]
        assert (best.expression, best.rules) == (fitting, rules)
        assert best.report.complete
        assert "in place of" in best.why
        if "pair" in now:
            numbers = "with 12 in place of 10 for vocab of deep, 3 in place of 1 for argument 2 of recurrent"
            assert best.why == f"{numbers} the checkpoint's shapes fit"


def test_what_the_applied_rules_and_others_lead_to_is_proposed_once(tmp_path: Path) -> None:
    checkpoint = save({f"module.{key}": value for key, value in deep(12).state_dict().items()}, tmp_path)
    attempt, rules = trying(checkpoint, lambda: deep(10)), (Rule(r"^module\.", ""),)
    assert checkpoint.chosen is not None
    report = attempt(checkpoint.chosen, rules, None)
    found = propose(checkpoint, checkpoint.chosen, report, attempt, Making("deep(10)", SIGNATURES), rules)
    without = (*rules, Rule(r"^embed\.weight$", ""), Rule(r"^head\.(weight|bias)$", ""))
    assert [(each.expression, each.rules) for each in found] == [("deep(12)", rules), (None, without)]


def test_numbers_that_are_lacking_are_deduced(tmp_path: Path) -> None:
    checkpoint = save(deep(12, 20, depth=3).state_dict(), tmp_path)
    required = tuple(
        replace(each, required=True, default=None) if each.name == "width" else each for each in PARAMETERS
    )
    attempt = trying(checkpoint, network)
    assert checkpoint.chosen is not None
    (found,) = propose_arguments(checkpoint, checkpoint.chosen, Making("deep()", {"deep": required}), attempt)
    assert found.expression == "deep(vocab=12, width=20, depth=3)"
    assert found.why == "with vocab=12, width=20, depth=3 in place of 2 the checkpoint's shapes fit"
    assert found.report.complete
    # The heads leave no trace, so none is made up.
    required = tuple(replace(each, required=True) if each.name == "heads" else each for each in PARAMETERS)
    assert propose_arguments(checkpoint, checkpoint.chosen, Making("deep()", {"deep": required}), attempt) == []
