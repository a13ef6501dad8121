"""What several tensors hold together, where they may share bytes."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from explorer.progress import Report, asking, in_slices, no_report

if TYPE_CHECKING:
    from explorer.checkpoint.document import TensorTable
    from explorer.checkpoint.kinds import TensorKind


class Sums(NamedTuple):
    """What a layer, an entry or a file holds; what is shared counts once.

    Attributes:
        tensors: How many there are.
        parameters: Elements of those that count as parameters. Of a view that repeats elements, those that are
            stored; of a sparse tensor all that its shape has.
        nbytes: Bytes of the stored elements.
    """

    tensors: int
    parameters: int
    nbytes: int


class _Size(NamedTuple):
    """What a tensor of one kind holds by itself.

    Attributes:
        nbytes: As `Sums.nbytes`.
        parameters: As `Sums.parameters`.
        itemsize: Of an element, in bytes.
        capped: Its parameters are elements of its storage, which cannot have more of them than it holds.
        view: Equal for kinds that, at one offset of one storage, stand for the same elements.
    """

    nbytes: int
    parameters: int
    itemsize: int
    capped: bool
    view: int


def add_up(table: "TensorTable", numbers: Sequence[int], report: Report = no_report) -> Sums:
    """Add up tensors of a table.

    Equal views of a storage count once, and different ones together at most as much as it holds.

    Args:
        table: Of the checkpoint.
        numbers: Rows of the tensors, each once.
        report: Called now and then.

    Raises:
        Cancelled: By `report`.
    """
    whole = isinstance(numbers, range) and len(numbers) == len(table)
    kinds = table.kind_of if whole else _taken(table.kind_of, numbers, report)
    storages = table.storage_of if whole else _taken(table.storage_of, numbers, report)
    views: dict[tuple[int, ...], int] = {}
    counts = _counted(kinds, report)
    sizes = {kind: _size(table.kinds[kind], views) for kind in counts}
    # What is read lies inside its storage; what has a problem may claim to be larger.
    if len(_distinct(storages, report)) == len(storages) and all(table.kinds[kind].problem is None for kind in sizes):
        parameters = sum(sizes[kind].parameters * count for kind, count in counts.items())
        nbytes = sum(sizes[kind].nbytes * count for kind, count in counts.items())
        return Sums(len(numbers), parameters, nbytes)
    parameters = nbytes = 0
    distinct: dict[tuple[int, int, int], _Size] = {}
    for number, kind, storage in asking(zip(numbers, kinds, storages, strict=True), report, "tensors"):
        size = sizes[kind]
        if storage < 0:
            nbytes += size.nbytes
            parameters += size.parameters
            continue
        view = (storage, table.offset_of[number], size.view)
        known = distinct.get(view)
        if known is None or known.parameters < size.parameters:
            distinct[view] = size
    sharing: dict[int, list[_Size]] = {}
    for (storage, _, _), size in asking(distinct.items(), report, "tensors"):
        sharing.setdefault(storage, []).append(size)
    for storage, together in asking(sharing.items(), report, "storages"):
        limit = table.storages[storage].nbytes
        nbytes += min(limit, sum(size.nbytes for size in together))
        parameters += sum(size.parameters for size in together if not size.capped)
        capped = [size for size in together if size.capped and size.parameters]
        if capped:
            most = limit // min(size.itemsize for size in capped)
            parameters += min(most, sum(size.parameters for size in capped))
    return Sums(len(numbers), parameters, nbytes)


def _taken(of_all: Sequence[int], numbers: Sequence[int], report: Report) -> list[int]:
    slices = in_slices(numbers, report, "tensors")
    return list(chain.from_iterable([of_all[number] for number in some] for some in slices))


def _counted(things: Sequence[int], report: Report) -> Counter[int]:
    found: Counter[int] = Counter()
    for some in in_slices(things, report, "tensors"):
        found.update(some)
    return found


def _distinct(things: Sequence[int], report: Report) -> set[int]:
    found: set[int] = set()
    for some in in_slices(things, report, "tensors"):
        found.update(some)
    return found


def _size(kind: "TensorKind", views: dict[tuple[int, ...], int]) -> _Size:
    itemsize = kind.element.itemsize
    stored = 0 if kind.valueless else kind.stored_numel
    if stored and kind.problem is None:
        steps = zip(kind.stored_shape, kind.stride, strict=True)
        stored = min(stored, 1 + sum((size - 1) * step for size, step in steps))
    capped = kind.layout in ("strided", "nested")
    parameters = (stored if capped else kind.numel) if kind.counts_as_parameters else 0
    view = views.setdefault((itemsize, *kind.stored_shape, *kind.stride), len(views))
    return _Size(stored * itemsize, parameters, itemsize, capped, view)
