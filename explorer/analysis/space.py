"""Where a file's bytes are: in its tensors, in parts of storages that no tensor uses, and in the rest.

Every byte is counted once, so that the parts add up to the size of the file. No value is read, and NumPy is not needed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import product
from math import prod
from typing import Final, NamedTuple

from explorer.analysis.file_bytes import bytes_here, rests
from explorer.checkpoint.document import Checkpoint, TensorPart
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.storages import as_columns
from explorer.checkpoint.tree import Layer
from explorer.progress import Report, asking, no_report

MAX_MARKED: Final = 64_000_000
"""Bytes of a storage that are marked one by one, where views with gaps lie over each other."""
MAX_ROWS: Final = 200_000
"""Rows of such views that are marked, of one storage."""
LARGEST: Final = 12


class Amount(NamedTuple):
    """Some of a file's bytes.

    Attributes:
        name: What they are.
        nbytes: How many.
        items: How many tensors, or records, they are in; 0 where that is no matter.
        number: A tensor to be looked at for it; -1 for none.
        layer: The dotted name of a layer to be looked at for it; "" for none.
    """

    name: str
    nbytes: int
    items: int = 0
    number: int = -1
    layer: str = ""


@dataclass(frozen=True)
class Space:
    """Where the bytes of a file are.

    Attributes:
        total: Size of the file: `tensors` + `unused` + `rest`.
        tensors: Bytes that tensors use, each counted once; with indices, offsets and scales that belong to them.
        unused: Bytes of storages in which tensors lie that none of them uses.
        rest: Everything else.
        entries: `tensors` by entry; bytes that entries share are with the first.
        dtypes: `tensors` by dtype, the same way.
        layers: The largest layers of the chosen entry.
        largest: The largest tensors of the file.
        wasteful: Storages with the most unused bytes, by the name of a tensor in each.
        rests: `rest`, by what it is.
        sharers: Tensors by the number of their storage, where more than one lies in it.
        at_least: More of the storages may be unused: views with gaps lie over each other in one too large to be marked.
    """

    total: int
    tensors: int
    unused: int
    rest: int
    entries: tuple[Amount, ...]
    dtypes: tuple[Amount, ...]
    layers: tuple[Amount, ...]
    largest: tuple[Amount, ...]
    wasteful: tuple[Amount, ...]
    rests: tuple[Amount, ...]
    sharers: dict[int, list[int]]
    at_least: bool


class View(NamedTuple):
    """How a tensor of some kind lies in its storage.

    Attributes:
        extent: Elements from its first to its last; 0 for none.
        distinct: Elements that it uses.
        itemsize: Bytes of an element.
    """

    extent: int
    distinct: int
    itemsize: int


def view_of(kind: TensorKind) -> View:
    """How tensors of a kind lie in their storage."""
    if kind.stored_numel == 0:
        return View(0, 0, kind.element.itemsize)
    steps = list(zip(kind.stored_shape, kind.stride, strict=True))
    extent = 1 + sum((size - 1) * step for size, step in steps)
    distinct = prod(size for size, step in steps if step)
    return View(extent, min(extent, distinct), kind.element.itemsize)


def account(checkpoint: Checkpoint, report: Report = no_report) -> Space:
    """Count where the bytes of a file are.

    Args:
        checkpoint: Of the file; nothing of it is read.
        report: Told of the storages.
    """
    return _Account(checkpoint, report).space()


class _Account:
    """Counts, from the places of storages to the sums."""

    def __init__(self, checkpoint: Checkpoint, report: Report) -> None:
        self._checkpoint = checkpoint
        self._report = report
        self._table = checkpoint.tensors
        self._storages = as_columns(checkpoint.tensors.storages)
        self._sizes = self._storages.nbytes
        self._views: dict[int, View | None] = {}
        self._at_least = False

    def space(self) -> Space:
        checkpoint, table = self._checkpoint, self._table
        count = len(table.storages)
        here, records = bytes_here(checkpoint, self._storages, self._report)
        inside = self._inside(count)
        used = [0] * count
        of_tensor = [0] * len(table)
        for number, numbers in enumerate(asking(inside, self._report, "storages")):
            parts = table.parts.get(number, ())
            nbytes, only = self._sizes[number], numbers[0] if len(numbers) == 1 and not parts else -1
            view = self._view(only) if only >= 0 else None
            if view is not None and view.distinct * view.itemsize == nbytes:
                # Nearly every storage of nearly every file.
                used[number] = here[number]
                of_tensor[only] += here[number]
                continue
            whole, shares = self._used(nbytes, numbers, parts)
            # Of a compressed storage, or one that the end of the file cuts, the same share.
            used[number] = here[number] if nbytes <= whole else here[number] * whole // nbytes
            _share_out(used[number], shares, of_tensor)
        tensors = sum(used)
        unused = sum(here) - tensors
        rest = checkpoint.nbytes - tensors - unused
        entries = tuple(self._entries(of_tensor))
        dtypes = tuple(self._dtypes(of_tensor))
        layers = tuple(self._layers(of_tensor))
        return Space(
            checkpoint.nbytes,
            tensors,
            unused,
            rest,
            entries,
            dtypes,
            layers,
            tuple(self._largest(of_tensor)),
            tuple(self._wasteful(inside, here, used)),
            tuple(Amount(*some) for some in rests(checkpoint, records, rest)),
            {number: numbers for number, numbers in enumerate(inside) if len(numbers) > 1},
            self._at_least,
        )

    def _inside(self, count: int) -> list[list[int]]:
        """Tensors by their storage."""
        inside: list[list[int]] = [[] for _ in asking(range(count), self._report, "storages")]
        for number, storage in enumerate(asking(self._table.storage_of, self._report, "tensors")):
            if storage >= 0:
                inside[storage].append(number)
        return inside

    def _view(self, number: int) -> View | None:
        """As `view_of`; None where what the file says of it makes no sense."""
        place = self._table.kind_of[number]
        if place not in self._views:
            kind = self._table.kinds[place]
            self._views[place] = view_of(kind) if kind.problem is None else None
        return self._views[place]

    def _used(
        self, size: int, numbers: Sequence[int], parts: Sequence[TensorPart]
    ) -> tuple[int, list[tuple[int, int]]]:
        """Bytes of a storage that its tensors use, and what each of them is first to use.

        Args:
            size: Of the storage.
            numbers: Tensors whose values lie in it.
            parts: What else lies in it.
        """
        shares: list[tuple[int, int]] = []
        dense: list[tuple[int, int]] = []
        gaps: list[tuple[int, int]] = []
        seen: set[tuple[int, int]] = set()
        for number in asking(numbers, self._report, "tensors"):
            view = self._view(number)
            if view is None:
                return size, [(number, size)]
            place = (self._table.kind_of[number], self._table.offset_of[number])
            if place in seen or not view.extent:
                continue
            seen.add(place)
            begin = place[1] * view.itemsize
            span = (begin, min(begin + view.extent * view.itemsize, size))
            shares.append((number, view.distinct * view.itemsize))
            (dense if view.distinct == view.extent else gaps).append(span)
        # Their gaps, should they have any, are counted as used.
        shares += [(part.tensor, part.end - part.begin) for part in parts]
        others = [(part.begin, part.end) for part in parts]
        dense += others
        if len(shares) < 2:
            return min(sum(nbytes for _, nbytes in shares), size), shares
        if not gaps:
            return _union(dense), shares
        spans = dense + gaps
        apart = _union(spans) == sum(end - begin for begin, end in spans)
        if apart:
            return sum(nbytes for _, nbytes in shares), shares
        marked = self._marked(size, [number for number, _ in shares[: len(shares) - len(parts)]], others)
        if marked is None:
            self._at_least = True
            return _union(spans), shares
        return marked, shares

    def _marked(self, nbytes: int, numbers: Iterable[int], spans: Iterable[tuple[int, int]]) -> int | None:
        """Bytes that views use together, marked one by one; None where that would take too long."""
        if nbytes > MAX_MARKED:
            return None
        marks = bytearray(nbytes)
        rows = 0
        for begin, end in spans:
            marks[begin:end] = b"\1" * (end - begin)
        for number in numbers:
            kind = self._table.kind(number)
            size = kind.element.itemsize
            steps = [(n, step * size) for n, step in zip(kind.stored_shape, kind.stride, strict=True) if step and n > 1]
            steps.sort(key=lambda dim: dim[1])
            count, step = steps[0] if steps else (1, size)
            outer = steps[1:]
            rows += prod(n for n, _ in outer)
            if rows > MAX_ROWS:
                return None
            first = self._table.offset_of[number] * size
            for places in product(*(range(0, n * step, step) for n, step in outer)):
                begin = first + sum(places)
                if step == size:
                    marks[begin : begin + count * size] = b"\1" * (count * size)
                else:
                    for byte in range(size):
                        end = begin + byte + (count - 1) * step + 1
                        marks[begin + byte : end : step] = b"\1" * count
        return marks.count(1)

    def _entries(self, of_tensor: Sequence[int]) -> list[Amount]:
        return [
            Amount(
                entry.path,
                sum(of_tensor[number] for number in asking(entry.numbers, self._report, "tensors")),
                entry.tensors,
            )
            for entry in self._checkpoint.entries
        ]

    def _dtypes(self, of_tensor: Sequence[int]) -> list[Amount]:
        sums: dict[str, tuple[int, int]] = {}
        names = [kind.dtype for kind in self._table.kinds]
        for number, place in enumerate(asking(self._table.kind_of, self._report, "tensors")):
            nbytes, count = sums.get(names[place], (0, 0))
            sums[names[place]] = (nbytes + of_tensor[number], count + 1)
        found = [Amount(dtype, nbytes, count) for dtype, (nbytes, count) in sums.items()]
        return sorted(found, key=lambda amount: -amount.nbytes)

    def _largest(self, of_tensor: Sequence[int]) -> list[Amount]:
        numbers = asking(range(len(of_tensor)), self._report, "tensors")
        order = nlargest(LARGEST, numbers, key=of_tensor.__getitem__)
        return [Amount(self._table.key(number), of_tensor[number], 1, number) for number in order if of_tensor[number]]

    def _layers(self, of_tensor: Sequence[int]) -> list[Amount]:
        entry = self._checkpoint.chosen
        if entry is None:
            return []
        layer = Layer.root(self._table, entry.numbers, "")
        layer.look_inside(self._report)
        while len(layer.children) == 1 and isinstance(layer.children[0], Layer):
            layer = layer.children[0]
            layer.look_inside(self._report)
        layers = (child for child in asking(layer.children, self._report, "layers") if isinstance(child, Layer))
        sizes = [(sum(of_tensor[number] for number in child.numbers), child) for child in layers]
        largest = nlargest(LARGEST, sizes, key=lambda size: size[0])
        return [
            Amount(child.prefix, nbytes, len(child.numbers), -1, child.prefix) for nbytes, child in largest if nbytes
        ]

    def _wasteful(self, inside: list[list[int]], here: Sequence[int], used: Sequence[int]) -> list[Amount]:
        numbers = asking(range(len(inside)), self._report, "storages")
        unused = [(here[number] - used[number], number) for number in numbers]
        found = []
        for nbytes, number in sorted((pair for pair in unused if pair[0] > 0), reverse=True)[:LARGEST]:
            owners = inside[number] or sorted({part.tensor for part in self._table.parts.get(number, ())})
            if owners:
                found.append(Amount(self._table.key(owners[0]), nbytes, len(owners), owners[0]))
        return found


def _share_out(nbytes: int, shares: Sequence[tuple[int, int]], of_tensor: list[int]) -> None:
    """Give each tensor what it uses, the first of several that use the same first, until nothing is left."""
    left = nbytes
    for number, wanted in shares:
        given = min(wanted, left)
        of_tensor[number] += given
        left -= given
    if left and shares:
        of_tensor[shares[0][0]] += left


def _union(spans: Iterable[tuple[int, int]]) -> int:
    """How many bytes lie in one span at least."""
    total = reached = 0
    for begin, end in sorted(spans):
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total
