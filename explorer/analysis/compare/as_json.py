"""A comparison as one JSON object: what ``compare --json`` prints, and what the window exports."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from explorer.analysis.compare.difference import STATES, Difference, Figures
from explorer.keys.key_mapping import Rule

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.pairing import Pair, RuleProposal

FIGURES: Final = (
    *("max_abs", "mean_abs", "relative_l2", "cosine", "changed", "worst_index", "worst_a", "worst_b", "not_finite"),
)


def as_json(
    comparison: "Comparison | None",
    proposals: "Sequence[RuleProposal]" = (),
    rules: Sequence[Rule] = (),
    error: str | None = None,
) -> dict[str, Any]:
    """Everything that came of a comparison, as what `json.dumps` takes, NaN and infinities as strings.

    Args:
        comparison: None where it was not made.
        proposals: Rules that would pair more.
        rules: That were applied to the keys of B.
        error: What is wrong with the whole, as a sentence.
    """
    pairing = None if comparison is None else comparison.pairing
    rows: list[dict[str, Any]] = []
    counts: dict[str, int] = dict.fromkeys(STATES, 0)
    said = None
    if comparison is not None:
        from explorer.analysis.compare.words import summary  # noqa: PLC0415 - refusing a file need not wait for it

        said = summary(comparison)
        pairs = comparison.pairing.pairs
        rows = [_row(comparison, *row) for row in zip(pairs, comparison.differences, strict=True)]
        counts |= comparison.counts
    return {
        "entry_a": None if pairing is None else pairing.a.entry.path,
        "entry_b": None if pairing is None else pairing.b.entry.path,
        "summary": said,
        "mapping": _rules(rules),
        "proposals": [
            {
                "why": proposal.why,
                "map": _rules(proposal.rules),
                "paired": proposal.paired,
                "ambiguous": proposal.ambiguous or None,
            }
            for proposal in proposals
        ],
        "counts": counts,
        "tensors": rows,
        "error": error,
    }


def _rules(rules: Sequence[Rule]) -> list[dict[str, str]]:
    return [{"from": each.pattern, "to": each.replacement} for each in rules]


def _row(comparison: "Comparison", pair: "Pair", difference: Difference) -> dict[str, Any]:
    pairing = comparison.pairing
    kinds = [
        None if number is None else side.checkpoint.tensors.kind(number)
        for side, number in ((pairing.a, pair.a), (pairing.b, pair.b))
    ]
    return {
        "key_a": pairing.key_a(pair),
        "key_b": pairing.key_b(pair),
        "state": difference.state,
        **_figures(difference.figures),
        "equal_after_cast": difference.equal_after_cast,
        "overlap": None if difference.overlap is None else _figures(difference.overlap),
        **{f"dtype_{side}": None if kind is None else kind.dtype for side, kind in zip("ab", kinds, strict=True)},
        **{f"shape_{side}": None if kind is None else list(kind.shape) for side, kind in zip("ab", kinds, strict=True)},
        "by_checksum": difference.by_checksum,
        "problem": difference.problem or None,
    }


def _figures(figures: Figures | None) -> dict[str, Any]:
    if figures is None:
        return dict.fromkeys(FIGURES)
    return {name: _number(getattr(figures, name)) for name in FIGURES}


def _number(value: Any) -> Any:  # noqa: ANN401 - a figure, or indices
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
