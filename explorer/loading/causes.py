"""Says what a failed load left behind, and why shapes differ, where many of them differ in the same way."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from explorer.formatting import exact, plural, visible
from explorer.loading.report import Differing, LoadReport

_NAMED: Final = 2
"""Keys that are named in a sentence."""

Shape = tuple[int, ...]


def causes(report: LoadReport) -> list[str]:
    """Sentences: what was copied though the load failed, and what is the matter with shapes, what explains most first.

    Args:
        report: Of a test.
    """
    turned: list[str] = []
    sizes: dict[tuple[int, int], list[str]] = defaultdict(list)
    for each in report.size_mismatch:
        if _is_turned(each):
            turned.append(each.key)
        elif (pair := _one_size(each)) is not None:
            sizes[pair].append(each.key)
    found = [
        (len(keys), f"{_have(keys)} {exact(have)} in the checkpoint where the model has {exact(want)}.")
        for (have, want), keys in sizes.items()
    ]
    if turned:
        whose = "its shape" if len(turned) == 1 else "their shapes"
        found.append((len(turned), f"{_have(turned)} {whose} the other way round: transposed."))
    return _copied(report) + [said for _count, said in sorted(found, key=lambda cause: -cause[0])]


def _copied(report: LoadReport) -> list[str]:
    """What is in a model that load_state_dict has complained of: it copies first, and raises in the end."""
    if report.loads or report.unlisted is not None or not report.loaded:
        return []
    return [f"PyTorch had copied {plural(len(report.loaded), 'tensor')} into the model by then."]


def _is_turned(each: Differing) -> bool:
    """Of a matrix whose rows are the other one's columns."""
    checkpoint: Shape = each.checkpoint
    return len(checkpoint) == 2 and checkpoint == tuple(reversed(each.model))


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
    named = ", ".join(visible(key) for key in keys[:_NAMED])
    more = ", …" if len(keys) > _NAMED else ""
    return f"{plural(len(keys), 'tensor')} ({named}{more}) {'has' if len(keys) == 1 else 'have'}"
