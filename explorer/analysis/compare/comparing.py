"""Compares the paired tensors of two entries: small ones together, large ones each by itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.analysis.compare.collector_pause import collector_paused
from explorer.analysis.compare.comparison import UNFORESEEN, compare_tensors, same_meaning, state_by_kind, why_unread
from explorer.analysis.compare.difference import EXACT, STATES, Difference, Tolerance, is_close
from explorer.analysis.compare.pairing import Pairing
from explorer.analysis.compare.small_differences import Decoders, SmallPair, compare_small, lies_plainly
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.paired_values import Side
from explorer.checkpoint.values.reading import Values, open_values
from explorer.checkpoint.values.small_values import is_small
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.checkpoint.document import TensorInfo

_TOGETHER_TENSORS: Final = 512
_TOGETHER_NUMEL: Final = 1 << 17
"""So many small pairs are compared at once; each of their numbers takes a hundred bytes meanwhile."""

_LOOKED_UP: Final = 256
"""Pairs between two questions whether to go on, before any is read."""


@dataclass(frozen=True)
class Comparison:
    """Two entries, compared.

    Attributes:
        pairing: What was compared with what.
        tolerance: What counts as close.
        differences: Of each pair, in the order of `Pairing.pairs`.
    """

    pairing: Pairing
    tolerance: Tolerance
    differences: tuple[Difference, ...]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many pairs are in each state, also where none is."""
        found: Counter[str] = Counter(difference.state for difference in self.differences)
        return {state: found[state] for state in STATES}

    def of(self, places: Iterable[int]) -> "Comparison":
        """Some of the pairs alone, in their order.

        Args:
            places: In `Pairing.pairs`, in any order.
        """
        chosen = sorted(places)
        pairing = replace(self.pairing, pairs=tuple(self.pairing.pairs[place] for place in chosen))
        return Comparison(pairing, self.tolerance, tuple(self.differences[place] for place in chosen))

    @property
    def same(self) -> bool:
        """Every tensor has a counterpart with all its bits."""
        return self.counts["identical"] == len(self.differences)


def compare_entries(
    pairing: Pairing, report: Report, tolerance: Tolerance = EXACT, *, trust_checksums: bool = False
) -> Comparison:
    """Compare all pairs; see `compare_pairs`."""
    places = range(len(pairing.pairs))
    found = compare_pairs(pairing, places, report, tolerance, trust_checksums=trust_checksums)
    return Comparison(pairing, tolerance, tuple(found[place] for place in places))


def judge_again(comparison: Comparison, report: Report, tolerance: Tolerance) -> Comparison:
    """The same comparison at another tolerance: read again is only what its figures do not decide.

    Args:
        comparison: That was made already.
        report: As for `compare_pairs`.
        tolerance: What is close now.

    Raises:
        Cancelled: By `report`.
        CheckpointError: A file is gone or no longer the one that was opened.
    """
    differences = list(comparison.differences)
    unsure: list[int] = []
    for place, difference in enumerate(differences):
        if difference.state in ("close", "differs"):
            close = is_close(difference, tolerance)
            if close is None:
                unsure.append(place)
            else:
                differences[place] = replace(difference, state="close" if close else "differs")
    for place, difference in compare_pairs(comparison.pairing, unsure, report, tolerance).items():
        differences[place] = difference
    return Comparison(comparison.pairing, tolerance, tuple(differences))


def verified(comparison: Comparison, report: Report) -> Comparison:
    """The same comparison with all that was identical by checksum read; raises what `judge_again` does."""
    places = [place for place, difference in enumerate(comparison.differences) if difference.by_checksum]
    differences = list(comparison.differences)
    for place, difference in compare_pairs(comparison.pairing, places, report, comparison.tolerance).items():
        differences[place] = difference
    return Comparison(comparison.pairing, comparison.tolerance, tuple(differences))


def compare_pairs(
    pairing: Pairing,
    places: Iterable[int],
    report: Report,
    tolerance: Tolerance = EXACT,
    *,
    trust_checksums: bool = False,
) -> dict[int, Difference]:
    """Compare some of the pairs.

    Args:
        pairing: What is compared with what.
        places: In `Pairing.pairs`.
        report: Called with the bytes done, and the bytes of all of them.
        tolerance: What is close.
        trust_checksums: Tensors for which both files store the same checksum are taken to be identical without being
            read; `Difference.by_checksum` tells.

    Returns:
        The difference of each, by its place.

    Raises:
        Cancelled: By `report`.
        CheckpointError: A file is gone or no longer the one that was opened.
    """
    found: dict[int, Difference] = {}
    small: list[_Work] = []
    large: list[_Work] = []
    sorting = _Sorting(pairing)
    report(0, 0, "comparison")
    with collector_paused(len(pairing.pairs)):
        for count, place in enumerate(places):
            if count % _LOOKED_UP == 0:
                report(0, 0, "comparison")
            work = sorting.work(place)
            if isinstance(work, Difference):
                found[place] = work
            elif trust_checksums and _same_by_checksum(pairing, work):
                found[place] = _BY_CHECKSUM
            else:
                (small if work.is_small else large).append(work)
    if small or large:
        with ExitStack() as stack:
            a = stack.enter_context(open_values(pairing.a.checkpoint))
            b = stack.enter_context(open_values(pairing.b.checkpoint))
            total = sum(work.nbytes for work in (*small, *large))
            _Comparing(pairing, (a, b), tolerance, report, total, found).run(small, large)
    return found


class _Work(NamedTuple):
    """A pair that has to be read; without the tensors themselves, which a hundred thousand of these would hold.

    Attributes:
        place: In `Pairing.pairs`.
        a: The row of the tensor of A.
        b: Likewise in B.
        nbytes: Of the values of both.
        numel: Elements of A that are stored, where many pairs like this are compared together; else 0.
        is_small: They are.
    """

    place: int
    a: int
    b: int
    nbytes: int
    numel: int
    is_small: bool


_BY_CHECKSUM: Final = Difference("identical", by_checksum=True)
"""Without figures: nothing was read of which they could be."""


class _Sorting:
    """Tells what is to be read of a pair; what it has to know of a kind it finds out once."""

    def __init__(self, pairing: Pairing) -> None:
        self._pairing = pairing
        self._tables = pairing.a.checkpoint.tensors, pairing.b.checkpoint.tensors
        self._plain: dict[int, bool] = {}

    def work(self, place: int) -> _Work | Difference:
        """What is to be read of a pair, or what is known without."""
        _, a, b = self._pairing.pairs[place]
        if a is None or b is None:
            return Difference("only_b" if a is None else "only_a")
        tables = self._tables
        kinds = tables[0].kind(a), tables[1].kind(b)
        nbytes = tables[0].walked_nbytes(a) + tables[1].walked_nbytes(b)
        small = kinds[0].shape == kinds[1].shape and self._is_plain(kinds[0]) and self._is_plain(kinds[1])
        return _Work(place, a, b, nbytes, kinds[0].stored_numel, small)

    def _is_plain(self, kind: TensorKind) -> bool:
        # The kind itself would be hashed anew each time: its whole shape and quantization.
        found = self._plain.get(id(kind))
        if found is None:
            found = self._plain[id(kind)] = is_small(kind) and lies_plainly(kind)
        return found


class _Comparing:
    """A run over pairs that have to be read."""

    def __init__(
        self,
        pairing: Pairing,
        values: tuple[Values, Values],
        tolerance: Tolerance,
        report: Report,
        total: int,
        found: dict[int, Difference],
    ) -> None:
        self._tables = pairing.a.checkpoint.tensors, pairing.b.checkpoint.tensors
        self._a, self._b = values
        self._tolerance = tolerance
        self._report = report
        self._total = total
        self._found = found
        self._done = 0

    def run(self, small: Sequence[_Work], large: Sequence[_Work]) -> None:
        with collector_paused(len(small)):
            for together in _portions(small):
                self._compare_together(together)
        for work in large:
            self._compare_one(work)

    def _compare_together(self, together: Sequence[_Work]) -> None:
        table_a, table_b = self._tables
        tensors = [(table_a[work.a], table_b[work.b]) for work in together]
        bytes_a = self._a.small_bytes(a for a, _ in tensors)
        bytes_b = self._b.small_bytes(b for _, b in tensors)
        alike: dict[tuple[str, str, str, str], list[tuple[_Work, TensorInfo, TensorInfo]]] = defaultdict(list)
        for work, (a, b) in zip(together, tensors, strict=True):
            if work.a in bytes_a and work.b in bytes_b:
                orders = self._a.byteorder(a), self._b.byteorder(b)
                alike[a.kind.dtype, b.kind.dtype, *orders].append((work, a, b))
            else:
                self._compare_one(work)
        for works in alike.values():
            pairs = [SmallPair((a.kind, b.kind), bytes_a[work.a], bytes_b[work.b]) for work, a, b in works]
            _, a, b = works[0]
            try:
                decoders = Decoders(self._a.decoder(a), self._b.decoder(b))
                differences = compare_small(pairs, decoders, self._tolerance)
            except UNFORESEEN:
                # One by one it shows of which pair it is.
                for work, _, _ in works:
                    self._compare_one(work)
                continue
            for (work, _, _), difference in zip(works, differences, strict=True):
                self._found[work.place] = difference
            self._advance(sum(work.nbytes for work, _, _ in works))

    def _compare_one(self, work: _Work) -> None:
        nbytes = work.nbytes

        def tell(done: int, of: int, what: str) -> None:
            self._report(min(self._done + nbytes * done // max(1, of), self._total), self._total, what)

        sides = Side(self._a, self._tables[0][work.a]), Side(self._b, self._tables[1][work.b])
        self._found[work.place] = compare_tensors(*sides, tell, self._tolerance)
        self._advance(nbytes)

    def _advance(self, nbytes: int) -> None:
        self._done += nbytes
        self._report(min(self._done, self._total), self._total, "comparison")


def _portions(works: Sequence[_Work]) -> Iterator[list[_Work]]:
    together: list[_Work] = []
    numel = 0
    for work in works:
        together.append(work)
        numel += work.numel
        if len(together) == _TOGETHER_TENSORS or numel >= _TOGETHER_NUMEL:
            yield together
            together, numel = [], 0
    if together:
        yield together


def _same_by_checksum(pairing: Pairing, work: _Work) -> bool:
    """Whether both files say that these are the same bytes, seen in the same way."""
    checkpoints = pairing.a.checkpoint, pairing.b.checkpoint
    a, b = checkpoints[0].tensors[work.a], checkpoints[1].tensors[work.b]
    kinds = a.kind, b.kind
    if a.storage is None or b.storage is None or state_by_kind(*kinds) is not None or why_unread(*kinds) is not None:
        return False
    # PyTorch writes 0 where it was told to compute none; of bytes that would truly come to 0 no more is claimed.
    crc = a.storage.crc
    return (
        bool(crc)
        and crc == b.storage.crc
        and a.storage.nbytes == b.storage.nbytes
        and a.offset == b.offset
        and kinds[0].stride == kinds[1].stride
        and same_meaning(*kinds)
        and checkpoints[0].files[a.storage.file].byteorder == checkpoints[1].files[b.storage.file].byteorder
    )
