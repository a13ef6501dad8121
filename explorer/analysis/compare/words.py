"""Says in one sentence what a comparison found, and no more than its numbers say."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice, takewhile
from math import isfinite
from sys import float_info
from typing import Final

from explorer.analysis.casts import cast_words
from explorer.analysis.compare.comparing import Comparison
from explorer.analysis.compare.difference import EXACT
from explorer.analysis.compare.ranks import RANK_WORDS, Rank, rank_of
from explorer.analysis.compare.remarks import is_coded_otherwise
from explorer.checkpoint.errors import SOUND
from explorer.formatting import UNNAMED, devices, exact, figure, plural, visible
from explorer.progress import Report, asking, no_report

_WHOLE: Final = ("int", "bool")
_LAYERS_NAMED: Final = 3


def summary(comparison: Comparison, report: Report = no_report) -> str:
    """The sentence on top: "27 of 417 tensors changed; 390 are bit-identical, among them all of decoder.*; …".

    Raises:
        Cancelled: By `report`, which is called now and then without figures.
    """
    counts = comparison.counts
    lonely = [
        f"{exact(counts[state])} {'is' if counts[state] == 1 else 'are'} only in {where}"
        for state, where in (("only_a", "A"), ("only_b", "B"))
        if counts[state]
    ]
    paired = len(comparison.differences) - counts["only_a"] - counts["only_b"]
    if not paired:
        return f"No tensor of A has a counterpart in B: {' and '.join(lonely)}."
    parts = [*_changed(comparison, paired, report), *lonely, *_largest(comparison, report)]
    if counts["unread"]:
        parts.append(f"{plural(counts['unread'], 'tensor')} could not be compared")
    return f"{'; '.join(parts)}."


def incomplete(comparison: Comparison) -> str | None:
    """Why not all of both files could be compared, as a sentence; None where it could."""
    for side in (comparison.pairing.a, comparison.pairing.b):
        checkpoint = side.checkpoint
        if checkpoint.verdict not in SOUND:
            return f"{visible(checkpoint.path.name)}: {checkpoint.message or f'The file is {checkpoint.verdict}.'}"
    unread = [difference.problem for difference in comparison.differences if difference.problem]
    if not unread:
        return None
    return f"{plural(len(unread), 'tensor')} could not be compared; the first: {unread[0]}"


def _changed(comparison: Comparison, paired: int, report: Report) -> Iterator[str]:
    counts = comparison.counts
    changed = paired - counts["identical"] - counts["unread"]
    if counts["identical"] == paired:
        yield _all_the_same(comparison, paired)
        yield from _saved_elsewhere(comparison)
        return
    compared = paired - counts["unread"]
    if compared:
        yield f"{exact(changed)} of {plural(compared, 'tensor')} changed{_how(comparison)}"
    if counts["identical"]:
        unread = sum(difference.by_checksum for difference in comparison.differences)
        some = f" ({exact(unread)} of them by checksum)" if unread else ""
        by_checksum = " by checksum" if unread == counts["identical"] else some
        are = "is" if counts["identical"] == 1 else "are"
        same = "identical" if unread else "bit-identical"
        yield f"{exact(counts['identical'])} {are} {same}{by_checksum}{_which_stayed(comparison, report)}"


def _all_the_same(comparison: Comparison, paired: int) -> str:
    unread = sum(difference.by_checksum for difference in comparison.differences)
    lonely = paired != len(comparison.differences)
    subject = f"{plural(paired, 'tensor')} that both have" if lonely else plural(paired, "tensor")
    are = f"The {subject} is" if paired == 1 else f"All {subject} are"
    if unread == paired:
        return f"{are} identical by checksum, without being read"
    return f"{are} identical, {exact(unread)} of them by checksum" if unread else f"{are} bit-identical"


def _saved_elsewhere(comparison: Comparison) -> Iterator[str]:
    """On which devices both were saved, where these are not the same and there is no other difference to tell."""
    a, b = (devices(side.checkpoint.saved_devices) for side in (comparison.pairing.a, comparison.pairing.b))
    if a and b and a != b:
        yield f"A was saved on {a}, B on {b}"


def _how(comparison: Comparison) -> str:
    """In what respects tensors changed, unless all of them did so in their values."""
    counts = comparison.counts
    within = "only in the sign of zeros or the bits of NaN" if comparison.tolerance == EXACT else "within the tolerance"
    recoded = _only_coded_otherwise(comparison)
    kind = comparison.pairing.a.checkpoint.tensors.kind
    whole = sum(
        difference.state == "differs" and pair.a is not None and kind(pair.a).element.family in _WHOLE
        for difference, pair in zip(comparison.differences, comparison.pairing.pairs, strict=True)
    )
    values = f" ({exact(whole)} of them whole numbers)" if whole else ""
    ways = [
        f"{exact(count)} {words}"
        for count, words in (
            (counts["differs"], f"in value{values}"),
            (counts["close"] - recoded, within),
            (recoded, "only in how they are quantized"),
            (counts["not_finite"], "in NaN or infinity"),
            (counts["dtype"], f"in dtype{_after_cast(comparison)}"),
            (counts["shape"], "in shape"),
        )
        if count
    ]
    return f": {', '.join(ways)}" if len(ways) > 1 or (ways and (whole or not counts["differs"])) else ""


def _only_coded_otherwise(comparison: Comparison) -> int:
    """Pairs whose equal values come of other integers."""
    return sum(
        difference.state == "close"
        and difference.figures is not None
        and not difference.figures.max_abs
        and is_coded_otherwise(comparison, pair)
        for difference, pair in zip(comparison.differences, comparison.pairing.pairs, strict=True)
    )


def _after_cast(comparison: Comparison) -> str:
    """How many of those in other dtypes are equal once they are cast, and to what."""
    kinds = [side.checkpoint.tensors.kind for side in (comparison.pairing.a, comparison.pairing.b)]
    casts = Counter(
        cast_words(kinds[0](pair.a).dtype, kinds[1](pair.b).dtype)
        for difference, pair in zip(comparison.differences, comparison.pairing.pairs, strict=True)
        if difference.equal_after_cast and pair.a is not None and pair.b is not None
    )
    said = [f"{exact(count)} equal after {words}" for words, count in casts.most_common()]
    return f" ({', '.join(said)})" if said else ""


def _largest(comparison: Comparison, report: Report) -> Iterator[str]:
    """The largest relative change, that of running statistics for itself, and how many changed from all 0.

    What was trained comes first: the largest of weights, and of biases only where it is larger, as `Rank` has it.
    """
    from_zero = 0
    largest: dict[Rank, tuple[float, str]] = {}
    pairs = zip(comparison.differences, comparison.pairing.pairs, strict=True)
    for difference, pair in asking(pairs, report, "summary"):
        figures = difference.figures
        if figures is None or not figures.relative_l2 or pair.a is None:
            continue
        rank = rank_of(comparison.pairing, pair)
        if rank == Rank.COUNTER:
            continue
        if figures.from_zero:
            from_zero += 1
        elif rank not in largest or figures.relative_l2 > largest[rank][0]:
            largest[rank] = figures.relative_l2, pair.key
    if largest:
        yield f"largest relative change {', '.join(_by_rank(largest))}"
    if from_zero:
        yield f"{plural(from_zero, 'tensor')} {'was' if from_zero == 1 else 'were'} all 0 in A"


def _by_rank(largest: dict[Rank, tuple[float, str]]) -> Iterator[str]:
    """What is told, each with what it is of where there is more than one."""
    first = min(largest)
    told = [
        rank for rank in sorted(largest) if rank in (first, Rank.STATISTICS) or largest[rank][0] > largest[first][0]
    ]
    for rank in told:
        change, key = largest[rank]
        much = figure(change) if isfinite(change) else f"over {figure(float_info.max)}"
        of = f"of {RANK_WORDS[rank]} " if len(told) > 1 else ""
        yield f"{of}{much} in {visible(key) or UNNAMED}"


def _which_stayed(comparison: Comparison, report: Report) -> str:
    """Which layers are as they were, by naming them or, where these are many, the only one that is not."""
    moved = _where_all_moved(comparison, report)
    if any(pair.key == moved for pair in comparison.pairing.pairs):
        return ""
    whole = _whole_layers(comparison, report)
    if moved and len(whole) > _LAYERS_NAMED:
        outside = _identical_outside(comparison, moved, report)
        if outside:
            these = ":" if outside == comparison.counts["identical"] else ", among them"
            return f"{these} all outside {visible(moved)}"
    largest = sorted(whole, key=lambda layer: -whole[layer])[:_LAYERS_NAMED]
    named = [f"{visible(layer)}.*" for layer in whole if layer in largest]
    if len(whole) > len(named):
        named.append(plural(len(whole) - len(named), "more layer"))
    listed = " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))
    return f", among them all of {listed}" if listed else ""


def _where_all_moved(comparison: Comparison, report: Report) -> str:
    """What the keys of all tensors that are not identical begin with, up to a dot; "" where that is nothing."""
    common: list[str] | None = None
    pairs = zip(comparison.differences, comparison.pairing.pairs, strict=True)
    for difference, pair in asking(pairs, report, "summary"):
        if difference.state == "identical":
            continue
        parts = pair.key.split(".")
        if common is None:
            common = parts
        else:
            same = (one == other for one, other in zip(common, parts, strict=False))
            common = list(islice(parts, sum(takewhile(bool, same))))
    return ".".join(common or [])


def _identical_outside(comparison: Comparison, layer: str, report: Report) -> int:
    """How many tensors outside a layer are identical."""
    pairs = zip(comparison.differences, comparison.pairing.pairs, strict=True)
    return sum(
        difference.state == "identical" and not pair.key.startswith(f"{layer}.")
        for difference, pair in asking(pairs, report, "summary")
    )


def _whole_layers(comparison: Comparison, report: Report) -> dict[str, int]:
    """The outermost layers of which every tensor is identical, with how many tensors each has."""
    tensors: dict[str, int] = defaultdict(int)
    changed: set[str] = set()
    pairs = zip(comparison.differences, comparison.pairing.pairs, strict=True)
    for difference, pair in asking(pairs, report, "summary"):
        layer = pair.key
        while "." in layer:
            layer = layer.rpartition(".")[0]
            if difference.state == "identical":
                tensors[layer] += 1
            else:
                changed.add(layer)
    whole = {layer for layer in tensors if layer not in changed}
    return {layer: tensors[layer] for layer in tensors if layer in whole and layer.rpartition(".")[0] not in whole}
