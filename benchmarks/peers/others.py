"""How the other programs are asked: each in the way that its own description and --help show."""

import json
import math
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.peers.asking import Answers, Ask, Asked, Cannot, Step
from benchmarks.peers.cases import Case
from benchmarks.peers.running import Run

_HERE: Final = Path(__file__).parent


def programs(python: Path, folder: Path) -> dict[str, Ask]:
    """Every other program, by its name and version; one that has two ways is there twice.

    Args:
        python: Of the environment that they are installed in.
        folder: For what they read only after it is converted: nothing is written beside a file.
    """
    return {
        "ckptkit 0.3.0": partial(_ckptkit, python),
        "sft-cli 0.2.2": partial(_sft, python, folder),
        "weightscope 0.4.3": partial(_weightscope, python, folder),
        "torch-liberator 0.2.1": partial(_liberator, python),
        "torch-liberator 0.2.1, embedding": partial(_liberator_embedding, python),
        "netron 9.3.3": partial(_netron, python),
    }


def _ckptkit(python: Path, case: Case) -> Asked | Cannot:
    program = python.with_name("ckptkit")
    if case.question in {"list", "untrusted"}:
        read = _ckptkit_listed if case.question == "list" else partial(_refused, _ckptkit_listed)
        return Asked("ckptkit info --json", [Step([program, "info", "--json", *case.files])], read)
    if case.question == "statistics":
        return Cannot("ckptkit stats counts numbers and bytes, and reads no values")
    if case.question == "health" and "damaged" in case.truths:
        steps = [Step([program, "validate", *case.files])]
        return Asked("ckptkit validate", steps, lambda runs: {"damaged": runs[-1].status != 0})
    if case.question == "health":
        return Cannot("ckptkit validate reads no values, and of a .pth nothing but its name")
    if case.question == "diff":
        steps = [Step([python, _HERE / "in_peers.py", "ckptkit_diff", *case.files])]
        return Asked("ckptkit.diff, names, shapes and dtypes", steps, _ckptkit_differences)
    return Cannot("pairs keys of the same name only")


def _sft(python: Path, folder: Path, case: Case) -> Asked | Cannot:
    program = python.with_name("sft")
    before, files = _converted(python, folder, case.files)
    named = "after sft convert: " if before else ""
    asking: dict[str, tuple[list[str], str, Callable[[Sequence[Run]], Answers]]] = {
        "list": (["tree", "--json"], "sft tree --json", _sft_listed),
        "untrusted": (["tree", "--json"], "sft tree --json", partial(_refused, _sft_listed)),
        "statistics": (["stat", "--json"], "sft stat --json", _sft_figures),
        "health": (["stat", "--json"], "sft stat --json, which counts NaN and infinities too", _sft_health),
        "diff": (["diff", "--delta", "--json"], "sft diff --delta --json", _sft_differences),
    }
    if case.question not in asking:
        return Cannot("pairs keys of the same name only; sft rename takes rules that one has to know")
    words, how, read = asking[case.question]
    if "damaged" in case.truths:
        words, how = ["check", "--json"], "sft check --json"
        read = _sft_damage
    return Asked(named + how, [*before, Step([program, *words, *files])], read)


def _weightscope(python: Path, folder: Path, case: Case) -> Asked | Cannot:
    if case.question not in {"diff", "align"}:
        return Cannot("compares two, in folders of .safetensors, and does nothing else")
    before, files = _converted(python, folder, case.files)
    named = "after sft convert: " if before else ""
    folders = [path.parent for path in files]
    steps = [*before, Step([python, _HERE / "in_peers.py", "weightscope_diff", *folders])]
    read = _weightscope_differences if case.question == "diff" else _weightscope_pairs
    return Asked(f"{named}weightscope.diff_models, threshold 0", steps, read)


def _liberator(python: Path, case: Case) -> Asked | Cannot:
    if case.question == "align":
        return _liberator_way(python, case, "isomorphism")
    if case.question == "untrusted":
        steps = [Step([python, _HERE / "in_peers.py", "liberator_open", *case.files])]
        return Asked("Pretrained(FILE).load_state_dict()", steps, partial(_refused, _liberator_listed))
    return Cannot("loads what fits into a model, and does nothing else")


def _liberator_embedding(python: Path, case: Case) -> Asked | None:
    return _liberator_way(python, case, "embedding") if case.question == "align" else None


def _liberator_way(python: Path, case: Case, way: str) -> Asked:
    steps = [Step([python, _HERE / "in_peers.py", "liberator_align", way, *case.files])]
    return Asked(f'load_partial_state, association="{way}"', steps, lambda runs: dict(_json(runs)))


def _netron(python: Path, case: Case) -> Asked | Cannot:
    if case.question == "statistics":
        return Cannot("shows those of one tensor, once it is clicked, below 8,388,608 numbers")
    if case.question == "health":
        return Cannot("looks for nothing")
    if case.question in {"diff", "align"}:
        return Cannot("opens one file")
    node = shutil.which("node")
    if node is None:
        return Cannot("there is no Node.js here to run its modules, nor a browser")
    modules = next(python.parents[1].glob("lib/python*/site-packages/netron"))
    read = _netron_listed if case.question == "list" else partial(_refused, _netron_listed)
    steps = [Step([node, _HERE / "netron.mjs", modules, *case.files])]
    return Asked("its own modules in Node.js, without a page to draw", steps, read)


def _converted(python: Path, folder: Path, files: Sequence[Path]) -> tuple[list[Step], list[Path]]:
    """What makes safetensors of files that are none, and where they come to lie."""
    steps, places = [], []
    for path in files:
        place = path
        if path.suffix != ".safetensors":
            # The whole path again, below the folder: files of one name may come from several places.
            place = folder.joinpath(*path.absolute().parts[1:], "model.safetensors")
            place.parent.mkdir(parents=True, exist_ok=True)
            steps.append(Step([python.with_name("sft"), "convert", path, "-o", place], "sft convert"))
        places.append(place)
    return steps, places


def _json(runs: Sequence[Run]) -> Any:  # noqa: ANN401 - each program has its own form
    return json.loads(runs[-1].output)


def _refused(listed: Callable[[Sequence[Run]], Answers], runs: Sequence[Run]) -> Answers:
    """Of the file with code: what is told of it, also in the sentence of a refusal."""
    said = " ".join(run.output + run.complaint for run in runs)
    answers: Answers = {"names the code": "mkdir" in said}
    if runs[-1].status == 0:
        answers["tells its tensors"] = listed(runs)["tensors"]
    return answers


def _of_shapes(shapes: dict[str, tuple[int, ...]]) -> Answers:
    return {"tensors": len(shapes), "numbers in them": sum(map(math.prod, shapes.values())), "shapes": shapes}


def _ckptkit_listed(runs: Sequence[Run]) -> Answers:
    return _of_shapes({told["name"]: tuple(told["shape"]) for told in _json(runs)["tensors"]})


def _ckptkit_differences(runs: Sequence[Run]) -> Answers:
    told = _json(runs)

    def those(kind: str) -> set[str]:
        return {name for change, name in told["entries"] if change == kind}

    return {
        "identical": told["identical"],
        "shape changed": those("shape_changed"),
        "dtype changed": those("dtype_changed"),
        "only in the first": those("removed"),
        "only in the second": those("added"),
    }


def _sft_listed(runs: Sequence[Run]) -> Answers:
    shapes: dict[str, tuple[int, ...]] = {}
    asked = [_json(runs)]
    while asked:
        node = asked.pop()
        asked += node.get("children", [])
        shapes |= {told["name"]: tuple(told["shape"]) for told in node.get("tensors", [])}
    return _of_shapes(shapes)


def _sft_figures(runs: Sequence[Run]) -> Answers:
    told = _json(runs)
    return {
        name: {tensor["name"]: tensor[name] for tensor in told if not math.isnan(tensor[name])}
        for name in ("min", "max", "mean", "std")
    }


def _sft_health(runs: Sequence[Run]) -> Answers:
    counts = {
        kind: {tensor["name"]: tensor[name] for tensor in _json(runs) if tensor[name]}
        for kind, name in (("NaN", "nan_count"), ("Inf", "inf_count"))
    }
    return {f"tensors with {kind}": set(found) for kind, found in counts.items()} | {
        f"how many {kind}": found for kind, found in counts.items()
    }


def _sft_damage(runs: Sequence[Run]) -> Answers:
    return {"damaged": any(run.status != 0 for run in runs)}


def _sft_differences(runs: Sequence[Run]) -> Answers:
    told = _json(runs)
    values = told["value_diffs"]
    changed = {key for key, found in values.items() if found["status"] != "equal"}
    not_finite = {key for key, found in values.items() if not math.isfinite(found["max_abs"])}
    return {
        "identical": values.keys() - changed,
        "values changed": changed,
        "largest change": {key: values[key]["max_abs"] for key in changed - not_finite},
        "NaN or Inf came": not_finite,
        "shape changed": set(told["shape_changed"]),
        "dtype changed": set(told["dtype_changed"]),
        "only in the first": set(told["removed"]),
        "only in the second": set(told["added"]),
    }


def _weightscope_differences(runs: Sequence[Run]) -> Answers:
    told = _json(runs)
    # Another shape is told as infinitely far in every number.
    shape = {
        key for key, changed, of, largest, mean in told["tensors"] if changed == of and mean == largest == math.inf
    }
    alike = [row for row in told["tensors"] if row[0] not in shape]
    not_finite = {key for key, _changed, _of, largest, _mean in alike if not math.isfinite(largest)}
    changed = {row[0] for row in alike if row[1]} | not_finite
    return {
        "identical": {row[0] for row in alike} - changed,
        "values changed": changed,
        "largest change": {row[0]: row[3] for row in alike if row[0] in changed - not_finite},
        "NaN or Inf came": not_finite,
        "shape changed": shape,
        "only in the first": set(told["only_a"]),
        "only in the second": set(told["only_b"]),
    }


def _weightscope_pairs(runs: Sequence[Run]) -> Answers:
    told = _json(runs)
    renamed = dict(told["renames"])
    return {"pairs": {renamed.get(row[0], row[0]): row[0] for row in told["tensors"]}}


def _liberator_listed(runs: Sequence[Run]) -> Answers:
    return dict(_json(runs))


def _netron_listed(runs: Sequence[Run]) -> Answers:
    # What lies in a training checkpoint it shows in boxes of their own, of which a reader takes the model's.
    boxes = _json(runs)["boxes"]
    box = next((boxes[name] for name in ("state_dict", "model", "model_state") if name in boxes), boxes.get("", {}))
    return _of_shapes({name: tuple(shape) for name, shape in box.items()})
