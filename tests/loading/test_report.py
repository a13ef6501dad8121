"""A trial's answer in figures and words."""

from typing import Any

from explorer.loading.report import Offered, report_of


def answer(rows: list[list[Any]], **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "model": "Net",
        "device": "meta",
        "why_not_meta": "",
        "lacking": "",
        "takes_strict": True,
        "seconds": 0.1,
    }
    base |= {"raised": None, "unlisted": None, "missing": [], "unexpected": [], "size_mismatch": []}
    base |= {"arrived": [], "unclear": [], "taken": []}
    return base | {"rows": rows} | more


def test_a_message_has_no_escapes() -> None:
    report = report_of(answer([], raised="\x1b[1mError\x1b[0m:\n\tkey"), [], strict=True)
    assert report.message == "Error:\n\tkey"
    assert not report.loads


def test_what_pytorch_filled_in_by_itself_is_not_loaded() -> None:
    rows: list[list[Any]] = [["bn.weight", [3], "float32", 0], ["bn.num_batches_tracked", [], "int64", None]]
    report = report_of(answer(rows, arrived=["bn.weight"]), [Offered("bn.weight", (3,), "float32")], strict=True)
    assert report.loaded == {"bn.weight"}
    assert report.summary == "1 of 2 tensors load, 100 % of parameters; strict: loads."


def test_what_a_hook_brought_is_loaded() -> None:
    rows: list[list[Any]] = [["w.original0", [3, 1], "float32", 0], ["w.original1", [3, 2], "float32", 1]]
    offered = [Offered("w_g", (3, 1), "float32"), Offered("w_v", (3, 2), "float32")]
    followed = {"arrived": ["w.original0", "w.original1"], "taken": ["w_g", "w_v"]}
    assert report_of(answer(rows, **followed), offered, strict=True).loaded == {"w.original0", "w.original1"}
    states = report_of(answer(rows, **followed), offered, strict=True).states(["w_g", "w_v"])
    assert states == {"w_g": "loads", "w_v": "loads"}
    dropped = report_of(answer(rows), offered, strict=True)
    assert not dropped.loaded
    assert dropped.states(["w_g", "w_v"]) == {}


def test_what_is_left_out_without_a_complaint_is_said() -> None:
    rows: list[list[Any]] = [["a", [2], "float32", 0], ["b", [2], "float32", 1], ["n", [], "int64", None]]
    offered = [Offered("a", (2,), "float32"), Offered("b", (2,), "float32")]
    kept = report_of(answer(rows, arrived=["a"], taken=["a"], unclear=["n"]), offered, strict=True)
    assert kept.remark == "load_state_dict leaves 1 tensor (b) of the model as made, without a complaint."
    unclear = report_of(answer(rows, unclear=["a", "b", "n"]), offered, strict=True)
    assert unclear.remark == "Whether values of the checkpoint come to 2 tensors (a, b) of the model is not known."
    assert not unclear.loaded


def test_tied_parameters_count_once_and_values_that_are_no_tensors_not_at_all() -> None:
    rows: list[list[Any]] = [
        ["a", [2, 3], "float32", 0],
        ["b", [2, 3], "float32", 0],
        ["_extra_state", None, None, None],
    ]
    report = report_of(answer(rows, missing=["a"], arrived=["a", "b"]), [Offered("b", (2, 3), "float64")], strict=False)
    assert (report.tensors, report.parameters, report.parameters_loaded) == (2, 6, 6)
    assert [(each.key, each.checkpoint, each.model) for each in report.dtype_differs] == [("b", "float64", "float32")]
    assert report.summary == "1 of 2 tensors load, 100 % of parameters; strict off: loads."


def test_what_becomes_of_a_tensor_is_told_by_its_key() -> None:
    rows: list[list[Any]] = [["a", [2], "float32", 0], ["b", [3], "float32", 1], ["c", [1], "float32", 2]]
    lists: dict[str, Any] = {"size_mismatch": [["b", [4], [3]]], "unexpected": ["x"], "arrived": ["a", "c"]}
    offered = [Offered(key, (2,), "float32") for key in ("a", "b", "x")] + [Offered("c", (1,), "float16")]
    report = report_of(answer(rows, **lists), offered, strict=True)
    assert report.states("abcx") == {"a": "loads", "b": "shape", "c": "cast", "x": "unexpected"}
