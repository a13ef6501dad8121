"""Says what a failed load left behind, and why shapes differ, where many of them differ in the same way."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from explorer.formatting import exact, plural, visible
from explorer.keys.adapters import adapter
from explorer.keys.factors import in_factors
from explorer.loading.report import Differing, LoadReport

_NAMED: Final = 2
"""Keys that are named in a sentence."""

Shape = tuple[int, ...]


def causes(report: LoadReport) -> list[str]:
    """Sentences: what rules left out, what was copied though the load failed, and what is the matter with shapes.

    Of shapes stands first what explains most.

    Args:
        report: Of a test.
    """
    turned: list[str] = []
    permuted: dict[tuple[int, ...], list[str]] = defaultdict(list)
    sizes: dict[tuple[int, int], list[str]] = defaultdict(list)
    for each in report.size_mismatch:
        if _is_turned(each):
            turned.append(each.key)
        elif (order := _order(each)) is not None:
            permuted[order].append(each.key)
        elif (pair := _one_size(each)) is not None:
            sizes[pair].append(each.key)
    found = [
        (len(keys), f"{_have(keys)} {exact(have)} in the checkpoint where the model has {exact(want)}.")
        for (have, want), keys in sizes.items()
    ]
    if turned:
        whose = "its shape" if len(turned) == 1 else "their shapes"
        found.append((len(turned), f"{_have(turned)} {whose} the other way round: transposed."))
    for order, keys in permuted.items():
        brought = f"permute{order} brings the checkpoint's shape onto the model's" if order else "permuted"
        found.append((len(keys), f"{_have(keys)} the same sizes in another order: {brought}."))
    own = _left_out(report) + _copied(report) + _adapted(report) + _normed(report)
    return own + [said for _count, said in sorted(found, key=lambda cause: -cause[0])]


def _normed(report: LoadReport) -> list[str]:
    """What weight_norm takes apart on one side only: the weight has other values than either factor."""
    missing, unexpected = set(report.missing), set(report.unexpected)
    stored = [key for key in report.missing if in_factors(key, unexpected)]
    wanted = [key for key in report.unexpected if in_factors(key, missing)]
    said = []
    if stored:
        is_stored = "is stored as the two factors" if len(stored) == 1 else "are stored as the two factors each"
        said.append(
            f"{_named(stored)} {is_stored} of weight_norm, weight = g · v / ‖v‖: neither is the weight. Make the model "
            "with weight_norm, load, and remove it then."
        )
    if wanted:
        is_whole = "is a whole weight" if len(wanted) == 1 else "are whole weights"
        said.append(
            f"{_named(wanted)} {is_whole} where the model has the factors of weight_norm, weight = g · v / ‖v‖: load "
            "before weight_norm is applied."
        )
    return said


def _adapted(report: LoadReport) -> list[str]:
    """What LoRA adds to weights, where the model has no place for it."""
    if any(adapter(value.key) is not None for value in report.values):
        return []
    layers = {key: found.layer for key in report.unexpected if (found := adapter(key)) is not None}
    if not layers:
        return []
    weights = plural(len(set(layers.values())), "weight")
    if len(layers) == len(report.unexpected) and not report.loaded and not report.size_mismatch:
        counted = f"All {plural(len(layers), 'key')} are LoRA adapters" if len(layers) > 1 else "The only key is LoRA's"
        said = (
            f"{counted}: they go onto a base model, to {weights} of which B · A is added. Load that model's own "
            "checkpoint, and put them on with what made them, such as peft."
        )
    else:
        stay = "stays" if len(set(layers.values())) == 1 else "stay"
        said = (
            f"{_named(list(layers))} {'is a part' if len(layers) == 1 else 'are parts'} of LoRA adapters: without them "
            f"{weights} {stay} as before fine-tuning. Put LoRA on the model with what made them, as peft, and load "
            "then."
        )
    return [said]


def _left_out(report: LoadReport) -> list[str]:
    """What rules kept from load_state_dict, and what the model has in its place."""
    if not report.left_out:
        return []
    said = f"Rules leave out {_named(report.left_out)} of the checkpoint."
    own = [value.key for value in report.values if value.dtype is not None and value.key not in report.loaded]
    if report.loads and own:
        keep = "keeps the values that it begins" if len(own) == 1 else "keep the values that they begin"
        said += f" {_named(own)} of the model {keep} with."
    return [said]


def _copied(report: LoadReport) -> list[str]:
    """What is in a model that load_state_dict has complained of: it copies first, and raises in the end."""
    if report.loads or report.damage or report.unlisted is not None or not report.loaded:
        return []
    return [f"PyTorch copied {plural(len(report.loaded), 'tensor')} into the model before it refused."]


def _is_turned(each: Differing) -> bool:
    """Of a matrix whose rows are the other one's columns."""
    checkpoint: Shape = each.checkpoint
    return len(checkpoint) == 2 and checkpoint == tuple(reversed(each.model))


def _order(each: Differing) -> tuple[int, ...] | None:
    """In which order the checkpoint's dimensions are the model's; () where several are, None where none is."""
    checkpoint: Shape = each.checkpoint
    model: Shape = each.model
    if len(checkpoint) < 3 or sorted(checkpoint) != sorted(model):
        return None
    return tuple(map(checkpoint.index, model)) if len(set(model)) == len(model) else ()


def _one_size(each: Differing) -> tuple[int, int] | None:
    """What the checkpoint and the model have in the one dimension that differs; None where more do."""
    checkpoint: Shape = each.checkpoint
    model: Shape = each.model
    if len(checkpoint) != len(model):
        return None
    pairs = [(have, want) for have, want in zip(checkpoint, model, strict=True) if have != want]
    return pairs[0] if len(set(pairs)) == 1 else None


def _have(keys: Sequence[str]) -> str:
    """How a sentence begins: ``2 tensors (head.weight, head.bias) have``."""
    return f"{_named(keys)} {'has' if len(keys) == 1 else 'have'}"


def _named(keys: Sequence[str]) -> str:
    """``2 tensors (head.weight, head.bias)``."""
    named = ", ".join(visible(key) for key in keys[:_NAMED])
    more = ", …" if len(keys) > _NAMED else ""
    return f"{plural(len(keys), 'tensor')} ({named}{more})"
