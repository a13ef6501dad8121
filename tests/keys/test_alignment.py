"""Which key is which: what is renamed is found again, and nothing is guessed."""

import random
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.keys.alignment import Shape, Sized, align
from explorer.keys.finding_rules import best_rules
from explorer.keys.key_mapping import rename
from explorer.keys.rule_making import rules_for
from explorer.progress import Cancelled

segments = st.sampled_from(["encoder", "decoder", "layers", "0", "1", "2", "10", "conv", "norm", "fc", "a_b", "module"])
last = st.sampled_from(["weight", "bias", "running_mean", "running_var", "scale"])
names = st.builds(lambda parts, end: ".".join([*parts, end]), st.lists(segments, max_size=4), last)
shapes: st.SearchStrategy[Shape] = st.lists(st.integers(1, 4), max_size=3).map(tuple)
trees = st.dictionaries(names, shapes, max_size=30).map(lambda tree: list(tree.items()))


def network() -> list[Sized]:
    """A convolutional network with two stages of blocks and a head."""
    keys: list[Sized] = [("stem.conv.weight", (8, 3, 3, 3)), ("stem.norm.weight", (8,)), ("stem.norm.bias", (8,))]
    for stage, width in enumerate((8, 16), 1):
        for block in range(3):
            at = f"layer{stage}.{block}"
            before = width if block or stage == 1 else width // 2
            keys += [(f"{at}.conv1.weight", (width, before, 3, 3)), (f"{at}.norm1.weight", (width,))]
            keys += [(f"{at}.conv2.weight", (width, width, 3, 3)), (f"{at}.norm2.weight", (width,))]
    return [*keys, ("head.weight", (10, 16)), ("head.bias", (10,))]


RENAMINGS: dict[str, Callable[[str], str]] = {
    "same": lambda key: key,
    "prefix": lambda key: f"module.{key}",
    "nested-prefix": lambda key: f"model.net._orig_mod.{key}",
    "segment": lambda key: key.replace("layer", "stage"),
    "numbers": lambda key: re.sub(r"\.(\d)\.", lambda found: f".{int(found[1]) + 1}.", key),
    "level": lambda key: key.replace("stem.", "stem.inner."),
    "removed-level": lambda key: key.replace("stem.", ""),
    "flattened": lambda key: key.replace(".", "_", key.count(".") - 1),
    "everything": lambda key: "x." + key.replace("layer", "stage").replace("conv", "c").replace("stem", "input"),
}


@pytest.mark.parametrize("name", RENAMINGS.values(), ids=RENAMINGS.keys())
def test_what_was_renamed_is_found(name: Callable[[str], str]) -> None:
    model = network()
    checkpoint = [(name(key), shape) for key, shape in model]
    assert align(checkpoint, model).pairs == {name(key): key for key, _ in model}
    assert align(model, checkpoint).pairs == {key: name(key) for key, _ in model}


def test_another_head_and_more_keys_take_nothing_from_the_rest() -> None:
    model = network()
    checkpoint: list[Sized] = [(f"module.{key}", shape) for key, shape in model[:-2]]
    checkpoint += [("module.head.weight", (7, 16)), ("module.head.bias", (7,)), ("ema.decay", ())]
    assert align(checkpoint, model).pairs == {f"module.{key}": key for key, _ in model[:-2]}


def test_twins_are_left_out() -> None:
    model: list[Sized] = [("left.weight", (3, 3)), ("right.weight", (3, 3)), ("fc.weight", (5, 3))]
    for checkpoint in (
        [("one.weight", (3, 3)), ("fc.weight", (5, 3))],
        [("one.weight", (3, 3)), ("two.weight", (3, 3)), ("three.weight", (3, 3)), ("fc.weight", (5, 3))],
    ):
        assert align(checkpoint, model).pairs == {"fc.weight": "fc.weight"}


def test_a_lazy_parameter_takes_any_shape() -> None:
    assert align([("m.fc.weight", (3, 7)), ("m.fc.bias", (3,))], [("fc.weight", None), ("fc.bias", None)]).pairs == {
        "m.fc.weight": "fc.weight",
        "m.fc.bias": "fc.bias",
    }


@given(trees, trees)
def test_never_two_keys_onto_one_and_shapes_fit(checkpoint: list[Sized], model: list[Sized]) -> None:
    pairs = align(checkpoint, model).pairs
    assert len(set(pairs.values())) == len(pairs)
    ours, theirs = dict(checkpoint), dict(model)
    assert all(ours[key] == theirs[name] for key, name in pairs.items())


@given(trees)
def test_what_has_the_same_names_is_itself(keys: list[Sized]) -> None:
    assert align(keys, keys).pairs == {key: key for key, _ in keys}


@given(trees, st.randoms(use_true_random=False))
def test_the_order_of_keys_with_the_same_names_does_not_matter(keys: list[Sized], chance: random.Random) -> None:
    shuffled = list(keys)
    chance.shuffle(shuffled)
    assert align(shuffled, keys).pairs == {key: key for key, _ in keys}


@given(trees, st.sampled_from(["wrapped.", "model.net.", "x."]))
def test_a_prefix_is_found_with_one_rule(keys: list[Sized], prefix: str) -> None:
    checkpoint = [(prefix + key, shape) for key, shape in keys]
    pairs = align(checkpoint, keys).pairs
    assert all(pairs[ours] == ours.removeprefix(prefix) for ours in pairs)
    rules = rules_for(pairs, [key for key, _ in checkpoint])
    renamed = rename((key for key, _ in checkpoint), rules)
    assert all(renamed[ours] == theirs for ours, theirs in pairs.items())


def test_thousands_of_keys_are_paired() -> None:
    model: list[Sized] = []
    for layer in range(400):
        at = f"layers.{layer}"
        model += [(f"{at}.attention.{name}.weight", (8, 8)) for name in ("q", "k", "v", "o")]
        model += [(f"{at}.{name}.weight", (32, 8)) for name in ("up", "gate")]
        model += [(f"{at}.down.weight", (8, 32)), (f"{at}.norm1.weight", (8,)), (f"{at}.norm2.weight", (8,))]
        model += [(f"{at}.norm2.bias", (8,))]
    assert len(model) == 4_000
    checkpoint = [(f"model.{key}".replace("attention", "attn"), shape) for key, shape in model]
    pairs = align(checkpoint, model).pairs
    assert pairs == {ours: theirs for (ours, _), (theirs, _) in zip(checkpoint, model, strict=True)}


@pytest.mark.parametrize("name", ["{}", "layers.{}", "layer{}"])
def test_layers_that_are_numbered_otherwise_keep_their_order(name: str) -> None:
    def layers(*numbers: int) -> list[Sized]:
        parts: list[Sized] = [("weight", (5, 5)), ("bias", (5,))]
        return [(f"{name.format(number)}.{part}", shape) for number in numbers for part, shape in parts]

    # As of a Sequential, in which layers alternate with parts that hold nothing: all move, or none.
    sparse, dense = layers(0, 2, 4, 6), layers(0, 1, 2, 3)
    for checkpoint, model in ((sparse, dense), (dense, sparse)):
        found = align(checkpoint, model)
        assert found.pairs == {ours: theirs for (ours, _), (theirs, _) in zip(checkpoint, model, strict=True)}
        assert not found.by_order, "their numbers say it"
    # With one too many each could be the one: they stay as they are numbered, and no other fills a gap.
    assert align(layers(0, 2, 4, 6, 8), dense).pairs == {key: key for key, _ in layers(0, 2)}
    # One has another size, and a new one stands in front: the others tell where it belongs.
    own: list[Sized] = [("net.1.weight", (2, 2)), ("net.3.weight", (3, 2)), ("net.5.weight", (4, 4))]
    other: list[Sized] = [("net.0.weight", (7, 7)), ("net.2.weight", (2, 2)), ("net.3.weight", (3, 2))]
    assert align(own, [*other, ("net.4.weight", (4, 4))]).pairs == {
        "net.1.weight": "net.2.weight",
        "net.3.weight": "net.3.weight",
        "net.5.weight": "net.4.weight",
    }


def test_what_only_its_order_tells_is_named() -> None:
    def layers(*names: str) -> list[Sized]:
        return [*((f"{name}.weight", (4, 4)) for name in names), ("out.weight", (2, 4))]

    model = layers("q", "k", "v")
    found = align(layers("x", "y", "z"), model)
    assert [found.pairs[f"{name}.weight"] for name in "xyz"] == ["q.weight", "k.weight", "v.weight"]
    assert found.by_order == {"x.weight", "y.weight", "z.weight"}
    # Here names say it, against the order.
    found = align(layers("value", "key", "query"), model)
    assert [found.pairs[f"{name}.weight"] for name in ("query", "key", "value")] == ["q.weight", "k.weight", "v.weight"]
    assert not found.by_order
    # Numbers say it, but there are several ways to leave some out.
    found = align([(f"h.{n}.weight", (4, 4)) for n in (1, 3, 5)], [(f"h.{n}.weight", (4, 4)) for n in range(5)])
    assert found.pairs == {"h.1.weight": "h.0.weight", "h.3.weight": "h.2.weight", "h.5.weight": "h.4.weight"}
    assert found.by_order == found.pairs.keys()


def test_many_layers_that_are_alike_in_nothing_take_no_time_and_can_be_stopped() -> None:
    ours: list[Sized] = [(f"tables.t{n}x.weight", (10 + n, 8)) for n in range(200)]
    theirs: list[Sized] = [(f"tables.t{n}y.weight", (1000 + n, 8)) for n in range(200)]
    asked = 0

    def report(*_: object) -> None:
        nonlocal asked
        asked += 1
        if asked > 100 and stop:
            raise Cancelled

    stop, begin = False, time.process_time()
    assert not best_rules(ours, theirs, report).pairs
    assert time.process_time() - begin < 5, "pairs of pairs were looked at"
    assert asked > 200, "nobody asked whether to go on while layers were compared"
    stop, asked = True, 0
    with pytest.raises(Cancelled):
        best_rules(ours, theirs, report)


def test_the_likest_are_paired_first_and_rivals_are_not() -> None:
    def layer(name: str, *parts: int) -> list[Sized]:
        return [(f"{name}.p{part}.weight", (part + 1, 3)) for part in parts]

    model = [*layer("one", 1, 2, 3, 4), *layer("two", 1, 2, 3, 9), *layer("three", 20, 21), *layer("four", 20, 22)]
    checkpoint = [*layer("a", 1, 2, 3, 4, 5), *layer("b", 1, 2, 3), *layer("c", 20, 23)]
    layers = {ours.split(".")[0]: theirs.split(".")[0] for ours, theirs in align(checkpoint, model).pairs.items()}
    assert layers == {"a": "one", "b": "two"}, "of c nothing tells which of two it is"
