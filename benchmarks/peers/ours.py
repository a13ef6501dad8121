"""How Checkpoint Explorer is asked."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.peers.asking import Answers, Asked, Cannot, Command, Step
from benchmarks.peers.cases import Case
from benchmarks.peers.running import Run

_PROGRAM = (sys.executable, "-m", "explorer")


def ask(case: Case) -> Asked | Cannot:
    """Ask with the commands that need no window."""
    info: Command = (*_PROGRAM, "info", "--json")
    if case.question == "list":
        return Asked("info --json", [Step([*info, *case.files])], _listed)
    if case.question == "statistics":
        return Asked("info --stats --json, histograms too", [Step([*info, "--stats", *case.files])], _figures)
    if case.question == "health" and "damaged" in case.truths:
        return Asked("info --verify --json", [Step([*info, "--verify", *case.files])], _damage)
    if case.question == "health":
        steps = [Step([*info, "--stats", "--check", *case.files])]
        return Asked("info --stats --check --json, other problems too", steps, _health)
    if case.question == "untrusted":
        return Asked("info --json", [Step([*info, *case.files])], _untrusted)
    compare: Command = (*_PROGRAM, "compare", "--json", *case.files)
    if case.question == "diff":
        return Asked("compare --json", [Step(compare)], _differences)

    def mapped(runs: Sequence[Run]) -> Step:
        # Proposals stand there best first; the first is taken, as a reader would.
        rules = [rule for proposal in _answer(runs)["proposals"][:1] for rule in proposal["map"]]
        return Step([*compare, *(word for rule in rules for word in ("--map", f"{rule['from']}={rule['to']}"))])

    return Asked("compare --json, then with --map as it proposes", [Step(compare), mapped], _pairs)


def _answer(runs: Sequence[Run]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(runs[-1].output)
    return answer


def _chosen(runs: Sequence[Run]) -> list[dict[str, Any]]:
    answer = _answer(runs)
    chosen = [entry["path"] for entry in answer["entries"] if entry["chosen"]]
    return [tensor for tensor in answer["tensors"] if tensor["entry"] in chosen]


def _listed(runs: Sequence[Run]) -> Answers:
    tensors = _chosen(runs)
    return {
        "tensors": len(tensors),
        "numbers in them": sum(tensor["numel"] for tensor in tensors),
        "shapes": {tensor["key"]: tuple(tensor["shape"]) for tensor in tensors},
    }


def _figures(runs: Sequence[Run]) -> Answers:
    statistics = {tensor["key"]: tensor["statistics"] for tensor in _chosen(runs)}
    return {
        name: {key: told[name] for key, told in statistics.items() if told[name] is not None}
        for name in ("min", "max", "mean", "std")
    }


def _health(runs: Sequence[Run]) -> Answers:
    nan = {tensor["key"]: tensor["statistics"]["nan"] for tensor in _chosen(runs)}
    infinite = {
        tensor["key"]: tensor["statistics"]["posinf"] + tensor["statistics"]["neginf"] for tensor in _chosen(runs)
    }
    problems = _answer(runs)["problems"]
    return {
        "tensors with NaN": {problem["key"] for problem in problems if problem["kind"] == "nan"},
        "how many NaN": {key: number for key, number in nan.items() if number},
        "tensors with Inf": {problem["key"] for problem in problems if problem["kind"] in {"posinf", "neginf"}},
        "how many Inf": {key: number for key, number in infinite.items() if number},
    }


def _damage(runs: Sequence[Run]) -> Answers:
    return {"damaged": bool(_answer(runs)["checksums"]["wrong"])}


def _untrusted(runs: Sequence[Run]) -> Answers:
    return {"tells its tensors": len(_chosen(runs)), "names the code": _answer(runs)["code"] == ["posix.mkdir"]}


def _differences(runs: Sequence[Run]) -> Answers:
    tensors = _answer(runs)["tensors"]

    def those(*states: str) -> set[str]:
        return {tensor["key_a"] or tensor["key_b"] for tensor in tensors if tensor["state"] in states}

    return {
        "identical": those("identical"),
        "values changed": those("differs", "close", "not_finite"),
        "largest change": {
            tensor["key_a"]: tensor["max_abs"] for tensor in tensors if tensor["state"] in {"differs", "close"}
        },
        "NaN or Inf came": those("not_finite"),
        "shape changed": those("shape"),
        "dtype changed": those("dtype"),
        "only in the first": those("only_a"),
        "only in the second": those("only_b"),
    }


def _pairs(runs: Sequence[Run]) -> Answers:
    tensors = _answer(runs)["tensors"]
    return {"pairs": {tensor["key_b"]: tensor["key_a"] for tensor in tensors if tensor["key_a"] and tensor["key_b"]}}
