"""What is said about a file or a layer as a whole, and about a column of its overview."""

from typing import TYPE_CHECKING, Final, Literal

from explorer import formatting
from explorer.analysis.holding import readable_in, tensors_in, unsized_in
from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import SOUND, Verdict
from explorer.checkpoint.tree import Layer

if TYPE_CHECKING:
    from explorer.analysis.draw.axes import Axis
    from explorer.analysis.draw.overview import Overview
    from explorer.analysis.measure.statistics import Statistics
    from explorer.ui.text import Tone

BANDS: Final = ("min", "5 %", "25 %", "median", "75 %", "95 %", "max")
"""What a column tells, from the lowest up."""
Figure = Literal["bands", "std", "largest"]
FIGURES: Final[dict[Figure, str]] = {"bands": "Quantiles", "std": "Std", "largest": "Max |x|"}
"""What may be drawn of every tensor, and how it is called."""
NO_TENSORS: Final = "This file has no tensors."
NONE_FITS: Final = "No tensor fits the filter."

_CONTAINERS: Final = {
    "zip": "zip: what torch.save writes since PyTorch 1.6.",
    "legacy": "legacy: what torch.save wrote before PyTorch 1.6, which still reads it.",
    "safetensors": "safetensors: a list of tensors and their bytes.",
    "torchscript": "torchscript: a program with its weights, as torch.jit.save writes it.",
    "tar": "tar: what torch.save wrote in PyTorch 0.1.",
    "sharded": "sharded: one checkpoint in several files.",
}

_VERDICTS: Final[dict[Verdict, str]] = {
    "data-only": "data only",
    "references-code": "names code",
    "malformed": "damaged",
    "unsupported": "not supported as a whole",
    "limit": "cut short at a limit",
    "unreadable": "not readable as a whole",
}


def legend(*, together: bool, crowded: bool) -> str:
    """What the bands are.

    Args:
        together: Columns stand for several tensors.
        crowded: There is no room for thin lines.
    """
    middle = "lines: medians" if together else "line: median"
    ends = "faint" if crowded else "thin"
    return f"{middle} · inner band: 25 to 75 % of the values · outer: 5 to 95 % · {ends}: smallest to largest"


def bar_legend(figure: Figure, *, together: bool) -> str:
    """What the bars are.

    Args:
        figure: Which is drawn.
        together: Columns stand for several tensors.
    """
    what = "standard deviation" if figure == "std" else "largest magnitude"
    return f"bar: the largest {what} of its tensors · line: from the smallest" if together else f"bar: {what}"


def file_facts(checkpoint: Checkpoint, entry: Entry | None, root: Layer | None, *, verdict: bool = True) -> str:
    """The line under the file's name: ``48 tensors · 36.0 k parameters · 150 kB · zip of 155 kB · data only``.

    Args:
        checkpoint: The file.
        entry: What of it is shown; it is named where it is not all.
        root: The tensors that are shown.
        verdict: Whether there is code in it, which the line below tells too, and its size, which the status bar does.
    """
    parts = []
    if entry is not None and len(checkpoint.entries) > 1:
        parts.append(formatting.visible(entry.name) or "whole file")
    if root is not None:
        parts += _filtered_facts(checkpoint, root, entry)
    container = formatting.container(checkpoint.container, len(checkpoint.shards), len(checkpoint.missing))
    size = formatting.nbytes(checkpoint.nbytes)
    if verdict:
        parts.append(f"{container}, {size} together" if checkpoint.shards else f"{container} of {size}")
        parts.append(_VERDICTS[checkpoint.verdict])
    else:
        parts.append(container)
    parts += ["names code"] if verdict and checkpoint.code and checkpoint.verdict not in SOUND else []
    saved = formatting.devices(checkpoint.saved_devices)
    return " · ".join([*parts, f"saved on {saved}"] if saved else parts)


def _filtered_facts(checkpoint: Checkpoint, root: Layer, entry: Entry | None) -> list[str]:
    """The figures of what the filter leaves, as a part of all where it leaves something out."""
    shown, total = len(root.numbers), len(root.numbers) if entry is None else entry.tensors
    if shown == total:
        tensors = formatting.plural(total, "tensor") if entry is None else tensors_in(checkpoint, entry)
        return [tensors, _size_facts(root, entry), *filter(None, [readable_in(checkpoint, entry)])]
    of_all = f"{formatting.exact(shown)} of {formatting.plural(total, 'tensor')}"
    return [of_all, _size_facts(root, entry)] if shown else [f"{of_all} fit the filter"]


def exact_facts(checkpoint: Checkpoint, entry: Entry | None, root: Layer | None) -> str:
    """The same figures with every digit, and the size of the file; what its container is."""
    which = "All shards together have" if checkpoint.container == "sharded" else "The file has"
    of_file = [f"{which} {formatting.exact_bytes(checkpoint.nbytes)}."]
    of_file += [_CONTAINERS[checkpoint.container]] if checkpoint.container in _CONTAINERS else []
    of_file += filter(None, [unsized_in(checkpoint, entry)])
    return "\n".join(of_file if root is None else [exact_layer_facts(root, entry), *of_file])


def exact_layer_facts(layer: Layer, entry: Entry | None) -> str:
    """The figures of `layer_facts` with every digit, as a sentence."""
    sums = layer.sums
    parts = (formatting.plural(sums.tensors, "tensor"), formatting.plural(sums.parameters, _counted(entry)))
    return f"{', '.join(parts)}, {formatting.exact_bytes(sums.nbytes)}."


def layer_facts(layer: Layer, entry: Entry | None) -> str:
    """The line under a layer's name: ``48 tensors · 36.0 k parameters · 150 kB``; an optimizer has values instead."""
    return f"{formatting.plural(layer.sums.tensors, 'tensor')} · {_size_facts(layer, entry)}"


def _size_facts(layer: Layer, entry: Entry | None) -> str:
    parameters = formatting.about(layer.sums.parameters, _counted(entry))
    return f"{parameters} · {formatting.nbytes(layer.sums.nbytes)}"


def _counted(entry: Entry | None) -> str:
    return "parameter" if entry is None else entry.counted_as


def about_tensor(overview: "Overview", row: int, statistics: "Statistics | None", problem: str | None) -> str:
    """What is read out of a column that stands for one tensor.

    Args:
        overview: What is drawn.
        row: The column.
        statistics: Of the tensor; None while they are not known.
        problem: Why there are none, where that is known.
    """
    number = int(overview.numbers[row])
    kind = overview.table.kind(number)
    key = formatting.visible(overview.table.key(number)) or formatting.UNNAMED
    parts = [key, kind.dtype, formatting.shape(kind.shape)]
    if problem is not None:
        parts.append(problem)
    elif statistics is None:
        parts.append("not measured yet")
    else:
        found = ((statistics.nan, "NaN"), (statistics.posinf, "+Inf"), (statistics.neginf, "−Inf"))
        parts += [f"{formatting.exact(count)} {what}" for count, what in found if count]
        if not statistics.finite:
            parts.append("no finite value")
    return " · ".join(parts)


def about_tensors(overview: "Overview", first: int, end: int) -> str:
    """What is read out of a column that stands for several tensors: the rows from `first` to the one before `end`."""
    keys = (overview.table.key(int(overview.numbers[row])) for row in (first, end - 1))
    low, high = (formatting.visible(key) or formatting.UNNAMED for key in keys)
    count = formatting.plural(end - first, "tensor")
    return f"the outermost figures of {count}, a click zooms in: {low} to {high}"


def health(overview: "Overview") -> list[str]:
    """How far it is, and what deserves a look; "" for nothing."""
    from explorer.analysis.draw.overview import State  # noqa: PLC0415 - brings NumPy

    said = []
    total = len(overview)
    unknown, not_finite = (overview.count(state) for state in (State.UNKNOWN, State.NOT_FINITE))
    lost = unreadable(overview)
    if unknown:
        said.append(f"measured {formatting.exact(total - unknown)} of {formatting.plural(total, 'tensor')}")
    if not_finite:
        has = "has" if not_finite == 1 else "have"
        said.append(f"▼ {formatting.plural(not_finite, 'tensor')} {has} NaN or Inf")
    if lost:
        said.append(f"✕ {formatting.plural(lost, 'tensor')} cannot be read")
    if not unknown and not not_finite and not lost:
        said.append("every value is finite")
    return said


def unreadable(overview: "Overview") -> int:
    """How many tensors cannot be read, also of those that have no column: the tree counts them too."""
    from explorer.analysis.draw.overview import State  # noqa: PLC0415 - brings NumPy

    return overview.count(State.UNREADABLE) + overview.lost


def tone_of(overview: "Overview") -> "Tone | None":
    """The colour of what `health` says."""
    from explorer.analysis.draw.overview import State  # noqa: PLC0415 - brings NumPy

    bad = unreadable(overview) or overview.count(State.NOT_FINITE)
    return "bad" if bad else None


def notes(overview: "Overview", axis: "Axis", together: int) -> list[str]:
    """How the picture is to be read."""
    low, high = overview.span or (0.0, 0.0)
    beyond = max(-low, high) > axis.threshold
    said = [f"y is linear within ±{formatting.figure(axis.threshold)}, logarithmic beyond" if beyond else "y is linear"]
    if together > 1:
        said.insert(0, f"each column: {formatting.plural(together, 'tensor')}")
    if overview.left_out:
        are = "is" if overview.left_out == 1 else "are"
        said.insert(0, f"{formatting.plural(overview.left_out, 'tensor')} of integers or counters {are} left out")
    if overview.estimated:
        said.append("quantiles to about 0.8 %, near 0 to 0.1 % of the range")
    if overview.without_quantiles:
        tensors = formatting.plural(overview.without_quantiles, "tensor")
        said.insert(0, f"the quantiles of {tensors} beyond float32 are not known here: select one to see them")
    return said
