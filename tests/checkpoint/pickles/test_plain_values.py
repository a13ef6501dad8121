"""What is written down of a state_dict beside its tensors."""

from typing import Any

from explorer.checkpoint.pickles.plain_values import MAX_CHARACTERS, MAX_VALUES, plain_of
from explorer.checkpoint.pickles.unpickler import OrderedMapping, TensorCall


def test_plain_data_is_written_down_and_nothing_else() -> None:
    odd: dict[Any, Any] = {"w": TensorCall(), 0: TensorCall(), (1, None): TensorCall(), "n": 5, "object": object()}
    odd |= {"state": {"l": [1, (2.5, True)], 3: "x"}, "tensor inside": {"t": TensorCall()}, "huge": 1 << 5_000}
    assert plain_of(odd) == {
        "values": {"n": 5, "state": ["dict", [["l", ["list", [1, ["tuple", [2.5, True]]]]], [3, "x"]]]},
        "keys": {"0": 0, "(1, None)": ["tuple", [1, None]]},
        "metadata": {},
    }


def test_modules_that_noted_more_than_a_version_are() -> None:
    state = OrderedMapping(w=TensorCall())
    state.state = {"_metadata": OrderedMapping({"": {"version": 1}, "fc": {"version": 2, "layout": "new"}, "x": 3})}
    assert plain_of(state) == {
        "values": {},
        "keys": {},
        "metadata": {"fc": ["dict", [["version", 2], ["layout", "new"]]]},
    }
    state.state = {"_metadata": OrderedMapping({"": {"version": 1}})}
    assert plain_of(state) is None
    assert plain_of(TensorCall()) is None


def test_only_so_much_is() -> None:
    endless: dict[str, Any] = {"a": 1}
    endless["self"] = endless
    found = plain_of({"endless": endless, "last": 2})
    assert found is not None
    assert found["values"] == {"last": 2}
    many = plain_of({str(n): n for n in range(2 * MAX_VALUES)})
    assert many is not None
    assert len(many["values"]) == MAX_VALUES
    assert plain_of({"text": "x" * (MAX_CHARACTERS + 1), "later": 1}) is None
