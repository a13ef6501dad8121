"""What there is to say of a compared pair of tensors, in lines. No Qt."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from explorer import formatting
from explorer.analysis.compare.difference import STATE_WORDS

if TYPE_CHECKING:
    from explorer.analysis.compare.difference import Difference, Figures
    from explorer.checkpoint.document import Located


def facts(difference: "Difference", a: "Located | None", b: "Located | None") -> str:
    """State, kinds, how much changed, where the largest difference is, and why there are no figures."""
    kinds = [side[1].kind for side in (a, b) if side is not None]
    state = STATE_WORDS[difference.state]
    said = [f"{state[:1].upper()}{state[1:]}" + (" by checksum, without being read" if difference.by_checksum else "")]
    described = list(dict.fromkeys(f"{kind.dtype} {formatting.shape(kind.shape)}" for kind in kinds))
    said.append(" | ".join(described))
    if difference.equal_after_cast is not None:
        from explorer.analysis.casts import cast_words  # noqa: PLC0415 - brings numpy

        after = f"equal after {cast_words(*(kind.dtype for kind in kinds))}"
        said.append(after if difference.equal_after_cast else f"not {after}")
    lines = [" · ".join(said)]
    figures = difference.figures or difference.overlap
    if figures is not None and not difference.by_checksum:
        more = [*(["Of what both have"] if difference.overlap is not None else []), *_figures(figures)]
        lines += [" · ".join(more)] if more else []
    if difference.problem:
        lines.append(formatting.plain(difference.problem))
    return "\n".join(lines)


def _figures(figures: "Figures") -> Iterator[str]:
    changed = figures.share_changed
    if changed is not None:
        yield f"{formatting.percent(changed, 1)} of the values changed"
    if figures.not_finite:
        places = formatting.plural(figures.not_finite, "place")
        among = "among them " if changed is not None else ""
        which = " at" if figures.not_finite == 1 else ", one of them at"
        at = f"{which} {index_text(figures.odd_index)}" if figures.odd_index else ""
        yield f"{among}{places} with NaN or infinity on one side{at}"
    if figures.worst_index is not None and figures.max_abs:
        at = f" at {index_text(figures.worst_index)}" if figures.worst_index else ""
        yield f"largest difference {formatting.figure(figures.max_abs)}{at}: {_both(figures)}"
        yield f"mean |B − A| {formatting.figure(figures.mean_abs)}"


def index_text(index: Sequence[int]) -> str:
    """``[2, 3]``."""
    return f"[{', '.join(map(str, index))}]"


def _both(figures: "Figures") -> str:
    """Both values at the place of the largest difference, in as many digits as tell them apart."""
    a, b = figures.worst_a, figures.worst_b
    told = [formatting.figure(value, figures.max_abs or 0.0) for value in (a, b)]
    if told[0] == told[1] and a != b:
        told = [repr(a), repr(b)]
    return " → ".join(told)
