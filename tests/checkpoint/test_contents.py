"""What is no tensor is shown as its writer knows it, once, and in words that fit."""

import datetime as dt
from collections import OrderedDict
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
import torch

from explorer.checkpoint.document import ContentRow
from explorer.checkpoint.reader import open_checkpoint


def contents(path: Path, value: object, **how: Any) -> tuple[ContentRow, ...]:
    torch.save(value, path, **how)
    return open_checkpoint(path).contents


def typed_storage(tensor: torch.Tensor) -> object:
    """What ``Tensor.storage()`` gives, without its warning."""
    return torch.storage.TypedStorage(  # type: ignore[no-untyped-call]  # PyTorch gives it none
        wrap_storage=tensor.untyped_storage(), dtype=tensor.dtype, _internal=True
    )


PLUS_TWO = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize(
    ("value", "shown_type", "text"),
    [
        (1 + 2j, "complex", "(1+2j)"),
        (dt.datetime(2024, 1, 2, 3, 4, 5), "datetime.datetime", "2024-01-02 03:04:05"),  # noqa: DTZ001 - as files have it
        (dt.datetime(1999, 12, 31, 23, 59, 59, 7, PLUS_TWO), "datetime.datetime", "1999-12-31 23:59:59.000007+02:00"),
        (dt.date(2020, 2, 29), "datetime.date", "2020-02-29"),
        (dt.time(1, 2, 3, fold=1), "datetime.time", "01:02:03"),
        (dt.timedelta(days=-1, seconds=3), "datetime.timedelta", "-1 day, 0:00:03"),
        (PurePosixPath("/data/runs/3"), "pathlib.PurePosixPath", "/data/runs/3"),
        (PureWindowsPath("C:/data/3"), "pathlib.PureWindowsPath", "C:\\data\\3"),
        (b"\x00\xff", "bytes", "2 bytes: 00 ff"),
        (b"\x07", "bytes", "1 byte: 07"),
        (bytearray(b"ab"), "bytearray", "2 bytes: 61 62"),
        (torch.Size([3, 4]), "torch.Size", "torch.Size([3, 4])"),
        (typed_storage(torch.zeros(10)), "storage", "float32, 10 elements, cpu"),
        (typed_storage(torch.zeros(1, dtype=torch.int64)), "storage", "int64, 1 element, cpu"),
        (torch.zeros(3).untyped_storage(), "storage", "12 bytes, cpu"),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_values_look_as_python_prints_them(
    tmp_path: Path, value: object, shown_type: str, text: str, protocol: int
) -> None:
    (row,) = contents(tmp_path / "a.pt", {"value": value}, pickle_protocol=protocol)
    # From Python 3.13 on the module of paths is called pathlib._local.
    assert (row.type.replace("._local", ""), row.text) == (shown_type, text)


class Call:
    """Pickles as a call with any arguments."""

    def __init__(self, what: Any, *arguments: object) -> None:
        self.what, self.arguments = what, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.what, self.arguments


@pytest.mark.parametrize(
    "value",
    [
        Call(dt.datetime, b"\x07\xe8\x0d\x02\x03\x04\x05\x00\x00\x00"),
        Call(dt.datetime, b"\x07\xe8\x01\x02\x03\x04\x05\x00\x00\x00", "UTC"),
        Call(dt.datetime, b"\x07\xe8"),
        Call(dt.date, b"\xff\xff\xff\xff"),
        Call(dt.timedelta, "a", 10**400),
        Call(dt.timedelta, 10**12),
        Call(complex, "1", 2.0),
        Call(PurePosixPath, "/a", 7),
    ],
)
def test_what_makes_no_sense_stays_the_call_that_it_is(tmp_path: Path, value: Call) -> None:
    row, *below = contents(tmp_path / "a.pt", {"value": value})
    assert row.text.endswith(("item", "items"))
    assert [inner.parent for inner in below] == [0] * len(value.arguments)


@pytest.mark.parametrize("empty", [(), {}, [], set(), frozenset(), OrderedDict()])
def test_empty_containers_are_not_called_the_same_object(tmp_path: Path, empty: object) -> None:
    assert {row.text for row in contents(tmp_path / "a.pt", {"a": empty, "b": empty})} == {"0 items"}


def test_a_tuple_of_plain_values_is_shown_wherever_it_stands(tmp_path: Path) -> None:
    betas = (0.9, 0.999)
    rows = contents(tmp_path / "a.pt", {"first": betas, "second": betas})
    assert [(row.name, row.text) for row in rows] == [
        *(("first", "2 items"), ("0", "0.9"), ("1", "0.999")),
        *(("second", "2 items"), ("0", "0.9"), ("1", "0.999")),
    ]


def test_an_object_that_stands_twice_is_shown_once(tmp_path: Path) -> None:
    shared = {"lr": 0.1}
    rows = contents(tmp_path / "a.pt", {"a": shared, "b": shared})
    assert [(row.name, row.text) for row in rows] == [("a", "1 item"), ("lr", "0.1"), ("b", "the same object as above")]


def test_a_file_that_contains_itself_is_not_shown_twice(tmp_path: Path) -> None:
    content: dict[str, object] = {"epoch": 1, "weight": torch.ones(2)}
    content["self"] = content
    rows = contents(tmp_path / "a.pt", content)
    assert [(row.name, row.text) for row in rows] == [("epoch", "1"), ("self", "the file's outermost object again")]


def test_an_entry_that_stands_twice_says_so_and_is_shown_once(tmp_path: Path) -> None:
    shared = {"weight": torch.ones(2), "step": 3}
    rows = contents(tmp_path / "a.pt", {"a": shared, "b": shared})
    assert [(row.name, row.text) for row in rows] == [
        *(("a", "state_dict, 1 tensor"), ("step", "3")),
        ("b", "state_dict, 1 tensor"),
    ]


def test_of_a_long_list_the_rest_is_counted(tmp_path: Path) -> None:
    rows = contents(tmp_path / "a.pt", {"losses": list(range(1_234))})
    assert rows[0].text == "1,234 items"
    assert (rows[-1].name, rows[-1].type, rows[-1].text) == ("…", "", "734 more")


def test_a_complex_key_is_named_as_python_prints_it(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({1 + 2j: torch.ones(1)}, path)
    assert open_checkpoint(path).tensors[0].path == ("(1+2j)",)


def test_attributes_of_a_parameter_are_shown_and_their_tensors_listed(tmp_path: Path) -> None:
    weight = torch.nn.Parameter(torch.ones(2, 3))
    weight.tag, weight.mask, weight.plan = "first", torch.arange(4.0), {"steps": 3}  # type: ignore[attr-defined]  # as people do
    torch.save({"model": {"weight": weight, "bias": torch.ones(1)}}, tmp_path / "a.pt")
    checkpoint = open_checkpoint(tmp_path / "a.pt")
    entries = [(entry.path, entry.kind, entry.tensors, entry.chosen) for entry in checkpoint.entries]
    assert entries == [("model", "state_dict", 2, True), ("model/weight", "attributes", 1, False)]
    mask = checkpoint.tensors[2]
    assert (mask.path, mask.key, mask.kind.shape, mask.kind.problem) == (
        ("model", "weight", "mask"),
        "mask",
        (4,),
        None,
    )
    assert [(row.parent, row.name, row.type, row.text) for row in checkpoint.contents] == [
        (-1, "model", "dict", "state_dict, 2 tensors"),
        (0, "weight", "attributes", "3 items"),
        (1, "tag", "str", "first"),
        (1, "mask", "tensor", "float32 [4]"),
        (1, "plan", "dict", "1 item"),
        (4, "steps", "int", "3"),
    ]
    module = torch.nn.Linear(2, 2)
    module.weight.tag = "inside"  # type: ignore[attr-defined]  # as above
    assert ("tag", "inside") in [(row.name, row.text) for row in contents(tmp_path / "b.pt", {"model": module})]


def test_more_attributes_than_people_set_are_cut(tmp_path: Path) -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    weight.__dict__.update((f"a{number}", number) for number in range(200))
    rows = contents(tmp_path / "a.pt", weight)
    assert [row.name for row in rows[:2]] == ["a0", "a1"]
    assert (rows[-1].name, rows[-1].text) == ("…", "more than can be shown")
    assert len(rows) == 51


def test_what_hangs_on_a_module_is_shown_once(tmp_path: Path) -> None:
    module = torch.nn.Linear(2, 2)
    module.weight.tag = "inside"  # type: ignore[attr-defined]  # as above
    rows = contents(tmp_path / "a.pt", {"model": module, "epoch": 3})
    assert sorted(row.name for row in rows) == [
        *("epoch", "in_features", "model", "out_features", "tag", "training", "weight")
    ]


def test_tensors_set_on_a_state_dict_are_listed_beside_it(tmp_path: Path) -> None:
    state = OrderedDict(weight=torch.ones(2))
    state.mean, state.about = torch.arange(3.0), "ImageNet"  # type: ignore[attr-defined]  # as people do
    torch.save({"model": state}, tmp_path / "a.pt")
    checkpoint = open_checkpoint(tmp_path / "a.pt")
    entries = [(entry.path, entry.kind, entry.chosen) for entry in checkpoint.entries]
    assert entries == [("model", "state_dict", True), ("model/attributes", "attributes", False)]
    assert [tensor.path for tensor in checkpoint.tensors] == [("model", "weight"), ("model", "attributes", "mean")]
    assert [(row.name, row.text) for row in checkpoint.contents] == [
        *(("model", "state_dict, 1 tensor"), ("mean", "float32 [3]"), ("about", "ImageNet"))
    ]
