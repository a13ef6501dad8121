"""Statistics come back from the disk as they were, or not at all."""

import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, from_dtype
from numpy.typing import NDArray

from explorer.analysis.measure.statistics import Statistics, measure
from explorer.analysis.measure.statistics_cache import MAX_NBYTES, Kept, StatisticsCache
from explorer.analysis.measuring import measure_tensors
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from explorer.checkpoint.values.walks import prepare_walk
from explorer.progress import no_report
from tests.checkpoint.sharded_files import model, save_shards, shard_name

DTYPES = [
    "float32",
    "float64",
    "complex64",
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 32, 64)),
]
SHARING = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""What the fixtures make is only read, or made anew for each example."""


def measured(values: NDArray[Any], multiplicity: int = 1) -> Statistics:
    return measure(lambda: iter([values]), values.size, no_report, multiplicity)


def written_out(one: Statistics) -> tuple[object, ...]:
    """All that statistics say, with the type of each number."""
    numbers = (one.count, one.min, one.max, one.mean, one.std, one.l2, one.zeros, one.nan, one.posinf, one.neginf)
    buckets = (one.buckets.lows, one.buckets.highs, one.buckets.counts)
    return (*map(repr, numbers), *((part.dtype, part.tolist()) for part in buckets))


def same(some: dict[int, Statistics], others: dict[int, Statistics]) -> bool:
    return {number: written_out(one) for number, one in some.items()} == {
        number: written_out(one) for number, one in others.items()
    }


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return saved(tmp_path / "weights.pt")


def saved(path: Path) -> Checkpoint:
    numbers = torch.linspace(-3, 5, 500)
    torch.save({"a": numbers, "b": numbers.bfloat16(), "c": torch.arange(7), "d": numbers[:0], "e": numbers / 0}, path)
    return open_checkpoint(path)


@pytest.fixture
def statistics(checkpoint: Checkpoint) -> dict[int, Statistics]:
    found = {}
    with open_values(checkpoint) as values:
        for tensor in checkpoint.tensors:
            walk = prepare_walk(values, tensor)
            found[tensor.number] = measure(walk.blocks, walk.total, no_report, walk.multiplicity)
    return found


@pytest.fixture
def cache(tmp_path: Path) -> StatisticsCache:
    return StatisticsCache(tmp_path / "cache")


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").iterdir())


def test_they_come_back_as_they_were(
    tmp_path: Path, checkpoint: Checkpoint, statistics: dict[int, Statistics], cache: StatisticsCache
) -> None:
    assert cache.load(checkpoint) == {}
    assert cache.nbytes() == 0
    cache.save(checkpoint, statistics)
    again = StatisticsCache(tmp_path / "cache").load(open_checkpoint(checkpoint.path))
    assert len(again) == 5
    assert same(again, statistics)
    assert not any(part.flags.writeable for one in again.values() for part in one.packed[1:])
    (file,) = files(tmp_path)
    assert cache.nbytes() == file.stat().st_size


@SHARING
@given(
    values=st.lists(
        st.sampled_from([np.dtype(name) for name in DTYPES]).flatmap(
            lambda dtype: arrays(dtype, st.integers(0, 30), elements=from_dtype(dtype))
        ),
        max_size=5,
    ),
    multiplicity=st.integers(1, 2**40),
)
def test_any_figures_come_back_to_the_last_bit(
    checkpoint: Checkpoint, cache: StatisticsCache, values: list[NDArray[Any]], multiplicity: int
) -> None:
    cache.clear()
    statistics = {number: measured(part, multiplicity) for number, part in enumerate(values)}
    cache.save(checkpoint, statistics)
    assert same(cache.load(checkpoint), statistics)


def test_later_ones_take_the_place_of_earlier_ones_of_the_same_tensor(
    tmp_path: Path, checkpoint: Checkpoint, statistics: dict[int, Statistics], cache: StatisticsCache
) -> None:
    cache.save(checkpoint, {0: statistics[0], 2: statistics[1]})
    cache.save(checkpoint, {number: one for number, one in statistics.items() if number})
    cache.save(checkpoint, {})
    assert same(cache.load(checkpoint), statistics)
    assert len(files(tmp_path)) == 1


def touch(path: Path) -> None:
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def lengthen(path: Path) -> None:
    facts = path.stat()
    with path.open("ab") as file:
        file.write(b"x")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def replace(path: Path) -> None:
    shutil.copy2(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


@pytest.mark.parametrize("change", [touch, lengthen, replace])
def test_a_file_that_changed_has_none(
    tmp_path: Path,
    checkpoint: Checkpoint,
    statistics: dict[int, Statistics],
    cache: StatisticsCache,
    change: Callable[[Path], None],
) -> None:
    cache.save(checkpoint, statistics)
    change(checkpoint.path)
    assert cache.load(open_checkpoint(checkpoint.path)) == {}
    assert files(tmp_path) == []


def test_a_shard_that_changed_has_none(
    tmp_path: Path, cache: StatisticsCache, statistics: dict[int, Statistics]
) -> None:
    path = save_shards(tmp_path / "model", model())
    checkpoint = open_checkpoint(path)
    cache.save(checkpoint, statistics)
    assert same(cache.load(open_checkpoint(path.parent)), statistics)
    lengthen(path.parent / shard_name(1, 3))
    assert cache.load(open_checkpoint(path)) == {}


def test_each_file_has_its_own(
    tmp_path: Path, checkpoint: Checkpoint, statistics: dict[int, Statistics], cache: StatisticsCache
) -> None:
    other = saved(tmp_path / "other \N{SNOWMAN}\udcff.pt")
    cache.save(checkpoint, statistics)
    assert cache.load(other) == {}
    cache.save(other, {1: statistics[1]})
    assert same(cache.load(other), {1: statistics[1]})
    assert same(cache.load(checkpoint), statistics)


@SHARING
@given(data=st.data())
def test_damaged_files_are_as_if_they_were_not_there(
    tmp_path: Path,
    checkpoint: Checkpoint,
    statistics: dict[int, Statistics],
    cache: StatisticsCache,
    data: st.DataObject,
) -> None:
    cache.save(checkpoint, statistics)
    (file,) = files(tmp_path)
    sound = file.read_bytes()
    damage = data.draw(st.sampled_from(["cut", "random", "changed", "inserted"]))
    place = data.draw(st.integers(0, len(sound) - 1))
    some = data.draw(st.binary(min_size=1, max_size=40))
    file.write_bytes(
        {
            "cut": sound[:place],
            "random": some,
            "changed": sound[:place] + some + sound[place + len(some) :],
            "inserted": sound[:place] + some + sound[place:],
        }[damage]
    )
    found = cache.load(checkpoint)
    # What zip leaves unused may change without harm.
    assert same(found, statistics) if found else files(tmp_path) == []


def records(file: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def rewrite(file: Path, changed: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> None:
    """Write the file anew with other records, all checksums right."""
    content = dict(records(file)) | changed
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


@SHARING
@given(data=st.data())
def test_false_figures_with_right_checksums_do_no_harm(
    tmp_path: Path,
    checkpoint: Checkpoint,
    statistics: dict[int, Statistics],
    cache: StatisticsCache,
    data: st.DataObject,
) -> None:
    cache.save(checkpoint, statistics)
    (file,) = files(tmp_path)
    name, sound = data.draw(st.sampled_from(list(records(file))))
    place = data.draw(st.integers(0, len(sound) - 1))
    some = data.draw(st.binary(min_size=1, max_size=8))
    rewrite(file, {name: sound[:place] + some + sound[place + len(some) :]})
    for one in cache.load(checkpoint).values():
        assert one.buckets.counts.sum() == one.finite
        assert (one.min is None) == (one.finite == 0)
        assert np.all(one.buckets.lows <= one.buckets.highs)


def as_npy(array: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array)
    return out.getvalue()


class Spy:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_pickles_are_not_loaded(
    tmp_path: Path, checkpoint: Checkpoint, statistics: dict[int, Statistics], cache: StatisticsCache
) -> None:
    cache.save(checkpoint, statistics)
    (file,) = files(tmp_path)
    hostile = np.empty(1, object)
    hostile[0] = Spy(tmp_path / "made")
    rewrite(file, {"places5.npy": as_npy(hostile)})
    assert cache.load(checkpoint) == {}
    assert not (tmp_path / "made").exists()
    assert files(tmp_path) == []


def test_nothing_is_inflated(
    tmp_path: Path, checkpoint: Checkpoint, statistics: dict[int, Statistics], cache: StatisticsCache
) -> None:
    cache.save(checkpoint, statistics)
    (file,) = files(tmp_path)
    rewrite(file, {"places5.npy": as_npy(np.zeros(10_000_000))}, zipfile.ZIP_DEFLATED)
    assert cache.load(checkpoint) == {}
    assert files(tmp_path) == []


@pytest.mark.parametrize("shape", ["9999999999999,", "9223372036854775807,", "-1,", "4294967296, 4294967296", "'x',"])
def test_sizes_are_not_believed(
    tmp_path: Path, checkpoint: Checkpoint, statistics: dict[int, Statistics], cache: StatisticsCache, shape: str
) -> None:
    cache.save(checkpoint, statistics)
    (file,) = files(tmp_path)
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}".ljust(117) + "\n"
    rewrite(
        file, {"places5.npy": b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(80)}
    )
    assert cache.load(checkpoint) == {}
    assert files(tmp_path) == []


def test_what_cannot_be_written_or_read_is_silent(
    tmp_path: Path, checkpoint: Checkpoint, statistics: dict[int, Statistics]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("long" * 100)):
        cache = StatisticsCache(folder)
        cache.save(checkpoint, statistics)
        assert cache.load(checkpoint) == {}
        assert cache.nbytes() == 0
        cache.clear()
    assert (tmp_path / "file").read_text() == "not a folder"


def test_clearing_leaves_what_others_put_there(
    tmp_path: Path, checkpoint: Checkpoint, statistics: dict[int, Statistics], cache: StatisticsCache
) -> None:
    cache.save(checkpoint, statistics)
    (tmp_path / "cache" / "notes.txt").write_text("mine")
    (tmp_path / "cache" / "weights.npz").write_text("mine")
    (tmp_path / "cache" / "crashed.statistics.tmp").write_text("of a write that did not end")
    kept = cache.kept()
    assert kept.files == 2
    assert cache.clear() == kept
    assert cache.clear() == cache.kept() == Kept(0, 0)
    assert [file.name for file in files(tmp_path)] == ["notes.txt", "weights.npz"]
    assert cache.nbytes() == 0
    assert cache.load(checkpoint) == {}


def test_figures_of_other_bytes_are_not_kept_beside(
    checkpoint: Checkpoint, statistics: dict[int, Statistics], cache: StatisticsCache
) -> None:
    cache.save(checkpoint, statistics)
    touch(checkpoint.path)
    again = open_checkpoint(checkpoint.path)
    cache.save(again, {1: statistics[1]})
    assert same(cache.load(again), {1: statistics[1]})


def test_of_too_many_the_largest_tensors_are_kept(tmp_path: Path) -> None:
    limit = 5_000_000
    cache = StatisticsCache(tmp_path / "cache", limit)
    torch.save({str(number): torch.zeros(1) for number in range(60)}, tmp_path / "many.pt")
    checkpoint = open_checkpoint(tmp_path / "many.pt")
    full = measured(np.arange(-32_768, 32_768, dtype=np.int16))
    small = measured(np.arange(1000))
    statistics = {number: small if number % 3 else full for number in range(60)}
    cache.save(checkpoint, statistics)
    assert same(cache.load(checkpoint), statistics)

    largest = measured(np.arange(-32_768, 32_768, dtype=np.int16), 2)
    more = dict.fromkeys(range(1, 60), full) | {0: small, 58: largest}
    cache.save(checkpoint, more)
    assert limit * 0.9 < cache.nbytes() <= limit
    kept = cache.load(checkpoint)
    assert 58 in kept
    assert 0 not in kept
    assert same(kept, {number: more[number] for number in kept})


@pytest.mark.parametrize(
    ("dtype", "most"), [(torch.float16, 100_000), (torch.bfloat16, 30_000), (torch.float32, 30_000)]
)
def test_the_figures_of_hundreds_of_ordinary_tensors_are_kept(
    tmp_path: Path, cache: StatisticsCache, dtype: torch.dtype, most: int
) -> None:
    values = torch.from_numpy(np.random.default_rng(0).standard_normal(1_000_000, np.float32)).to(dtype)
    torch.save({str(number): values[:1] if number else values for number in range(300)}, tmp_path / "half.pt")
    checkpoint = open_checkpoint(tmp_path / "half.pt")
    one = measure_tensors(checkpoint, [0], no_report).statistics[0]
    assert one.packed.places.nbytes + one.packed.counts.nbytes < most
    assert one.exact_values == (dtype != torch.float32)
    cache.save(checkpoint, dict.fromkeys(range(300), one))
    assert len(cache.load(checkpoint)) == 300
    assert cache.nbytes() < 300 * most


def test_of_too_many_files_the_oldest_go(
    tmp_path: Path, checkpoint: Checkpoint, statistics: dict[int, Statistics], cache: StatisticsCache
) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    for age in range(22):
        file = folder / f"{age:032}.statistics.npz"
        with file.open("wb") as out:
            out.truncate(50_000_000)
        os.utime(file, ns=(0, (1000 - age) * 10**9))
    cache.save(checkpoint, statistics)
    assert MAX_NBYTES - 50_000_000 < cache.nbytes() <= MAX_NBYTES
    assert {file.name for file in files(tmp_path)} >= {f"{age:032}.statistics.npz" for age in range(19)}
    assert same(cache.load(checkpoint), statistics)
