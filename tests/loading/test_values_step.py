"""Values that are loaded for real, and the forward pass: bit for bit, said in figures, and contained."""

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.loading.load_test import ModelChoice, handed
from explorer.loading.trial_process import TrialError
from explorer.loading.values_step import Input, ValuesError, ValuesReport, load_values, parse_inputs
from explorer.loading.warm_trial import WarmTrial
from explorer.progress import no_report
from tests.checkpoint.sharded_files import grid, save_chunks
from tests.loading.conftest import PLENTY_S, Trials

HOLDER = """
from pathlib import Path
from collections import namedtuple
EXPECTED = torch.load(Path(__file__).with_name("expected.pt"), weights_only=True)
Both = namedtuple("Both", "left right")

class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        for name, value in EXPECTED.items():
            self.register_buffer(name, torch.zeros_like(value).contiguous())
    def forward(self, x, *, scale=None):
        assert not self.training and not torch.is_grad_enabled()
        for name, value in EXPECTED.items():
            assert torch.equal(getattr(self, name), value.resolve_conj().resolve_neg()), name
        bad = torch.tensor([1.0, float("nan"), float("inf"), -float("inf")])
        return {"seen": x, "both": Both([bad, None], scale), "words": "words"}

def endless():
    model = Holder()
    def forward(x):
        while True: pass
    model.forward = forward
    return model

def leaving():
    model = Holder()
    model.forward = lambda x: sys.exit(3)
    return model

ready = Holder()
"""
STATE = {
    "plain": torch.arange(24.0).reshape(4, 6) / 7,
    "turned": torch.arange(24.0).reshape(6, 4).t(),
    "late": torch.arange(30, dtype=torch.int16)[7:],
    "brain": torch.tensor([1.5, -0.0, 3.0], dtype=torch.bfloat16),
    "flags": torch.tensor([True, False, True]),
    "none": torch.ones(0, 3),
    "one": torch.tensor(3, dtype=torch.int64),
    "waves": torch.tensor([1 + 2j, -3j]).conj(),
}


def rezipped(path: Path, target: Path, *, big: bool = False) -> Path:
    """Written again: deflated, or with its numbers the other way round."""
    widths = dict.fromkeys(("bool",), 1) | {"bfloat16": 2, "int16": 2, "float32": 4, "complex64": 4, "int64": 8}
    order = {place: widths[str(value.dtype)[6:]] for place, value in enumerate(STATE.values())}
    with (
        zipfile.ZipFile(path) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_STORED if big else zipfile.ZIP_DEFLATED) as made,
    ):
        for record in source.namelist():
            data = source.read(record)
            if big and record.endswith("/byteorder"):
                data = b"big"
            elif big and "/data/" in record and data:
                width = order[int(record.rpartition("/")[2])]
                data = np.frombuffer(data, f"<u{width}").byteswap().tobytes()
            made.writestr(record, data)
    return target


def valued(
    process: WarmTrial,
    folder: Path,
    checkpoint: Checkpoint,
    inputs: str | None,
    name: str = "Holder",
    device: str = "cpu",
) -> ValuesReport:
    assert checkpoint.chosen is not None
    return load_values(
        process,
        ModelChoice(folder / "model_file.py", name, device=device),
        checkpoint,
        handed(checkpoint, checkpoint.chosen),
        None if inputs is None else parse_inputs(inputs),
        no_report,
        strict=True,
        seconds=PLENTY_S,
    )


@pytest.mark.timeout(2 * PLENTY_S)
def test_values_arrive_bit_for_bit_however_they_are_stored(trials: Trials, tmp_path: Path) -> None:
    torch.save({name: value.clone() for name, value in STATE.items()}, tmp_path / "expected.pt")
    trials.write(HOLDER)
    torch.save(STATE, tmp_path / "zip.pt")
    torch.save(STATE, tmp_path / "legacy.pt", _use_new_zipfile_serialization=False)
    solid = {name: value.resolve_conj().contiguous() for name, value in STATE.items()}
    save_file(solid, tmp_path / "model.safetensors")
    rezipped(tmp_path / "zip.pt", tmp_path / "deflated.pt")
    rezipped(tmp_path / "zip.pt", tmp_path / "big.pt", big=True)
    cut = {"plain": grid((4, 6), [[1, 3], [2]]), "late": grid((23,), [[5]])}
    save_chunks(tmp_path / "chunks", solid, cut, transposed=True)
    process = trials.start()
    for name in ("zip.pt", "legacy.pt", "model.safetensors", "deflated.pt", "big.pt", "chunks"):
        report = valued(process, tmp_path, open_checkpoint(tmp_path / name), "2,3; scale=2:int64")
        assert report.message is None, name
        assert report.forward is not None
        assert report.forward.message is None, (name, report.forward.traceback)
    assert report.forward is not None
    assert report.tensors == len(STATE)
    assert report.forward.inputs == (Input(None, (2, 3), "float32"), Input("scale", (2,), "int64"))
    found = [(output.path, output.shape, output.dtype, output.nan, output.inf) for output in report.forward.outputs]
    assert found == [
        ("output['seen']", (2, 3), "float32", 0, 0),
        ("output['both'].left[0]", (4,), "float32", 1, 2),
        ("output['both'].right", (2,), "int64", 0, 0),
    ]
    assert report.forward.others == (("output['words']", "str"),)
    assert "gave 3 outputs, of which 3 values are not finite." in report.forward.summary
    assert report.wrong
    assert report.nbytes == sum(value.nbytes for value in STATE.values())
    if sys.platform == "linux":
        assert report.peak is not None
        assert 50e6 < report.peak < 5e9, "that of a process with torch in it"
    _odd_ends(process, tmp_path)


def _odd_ends(process: WarmTrial, folder: Path) -> None:
    """What does not arrive, in the same process, which an import of torch less takes."""
    checkpoint = open_checkpoint(folder / "zip.pt")
    # An instance has the values that its file gave it, also after a test has loaded others into it.
    assert valued(process, folder, checkpoint, None, "ready").message is None
    # The meta device is one that every PyTorch has, and of the others this one has none of that number.
    there = valued(process, folder, checkpoint, None, device="meta")
    assert there.message is None
    assert " were loaded on meta in " in there.summary
    with pytest.raises(TrialError, match=r"The model cannot be put on cuda:99: .+\."):
        valued(process, folder, checkpoint, None, device="cuda:99")
    failing = valued(process, folder, checkpoint, "2,3; more=1")
    assert failing.forward is not None
    assert failing.forward.summary.startswith("The forward pass of 2×3 float32, more 1 float32 fails: TypeError: ")
    leaving = valued(process, folder, checkpoint, "1", "leaving")
    assert leaving.forward is not None
    assert leaving.forward.message == "SystemExit: 3"
    del STATE_WITHOUT["plain"]
    torch.save(STATE_WITHOUT, folder / "less.pt")
    less = valued(process, folder, open_checkpoint(folder / "less.pt"), "1")
    assert less.message is not None
    assert 'Missing key(s) in state_dict: "plain"' in less.message
    assert less.forward is None, "what was not loaded is not run"
    torch.save({"plain": torch.ones(2).to_sparse(), "more": torch.ones(1)}, folder / "sparse.pt")
    with pytest.raises(ValuesError, match=r"values of 1 tensor \(plain\) cannot be handed over: it is sparse_coo"):
        valued(process, folder, open_checkpoint(folder / "sparse.pt"), None)
    with pytest.raises(TrialError, match=r"with memory of its own, and 4,000,000,000,\d+ bytes are needed"):
        valued(process, folder, checkpoint, "100000000,10000")
    (folder / "zip.pt").write_bytes((folder / "less.pt").read_bytes())
    with pytest.raises(CheckpointError, match="changed since it was opened"):
        valued(process, folder, checkpoint, None)
    assert checkpoint.chosen is not None
    with pytest.raises(TrialError, match=r"stopped after 1 s, while the forward pass was running") as raised:
        load_values(
            process,
            ModelChoice(folder / "model_file.py", "endless"),
            open_checkpoint(folder / "deflated.pt"),
            handed(checkpoint, checkpoint.chosen),
            parse_inputs("1"),
            no_report,
            strict=True,
            seconds=1,
        )
    assert raised.value.stage == "timeout"
    assert raised.value.message == "It was stopped after 1 s, while the forward pass was running."


STATE_WITHOUT = dict(STATE)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("1,3,224,224", [Input(None, (1, 3, 224, 224), None)]),
        (" 1×3x4 ; (2, 5):int64 ;", [Input(None, (1, 3, 4), None), Input(None, (2, 5), "int64")]),
        (
            "ids=1,16:torch.int64;mask=7,:bool",
            [Input("ids", (1, 16), "int64"), Input("mask", (7,), "bool")],
        ),
        ("", []),
    ],
)
def test_inputs_are_read_as_people_write_them(text: str, inputs: list[Input]) -> None:
    assert list(parse_inputs(text)) == inputs
    assert list(parse_inputs(";".join(each.written for each in inputs))) == inputs


@pytest.mark.parametrize("text", ["a", "1,-2", "1,,2", "1:int65", "1:qint8", "a b=1", "=1", "1.5", "1;2;x"])
def test_what_is_no_input_is_said(text: str) -> None:
    with pytest.raises(ValuesError, match=r"no (shape|dtype|name)"):
        parse_inputs(text)


@pytest.mark.cuda
@pytest.mark.timeout(2 * PLENTY_S)
def test_values_and_forward_pass_on_a_real_device(trials: Trials, tmp_path: Path) -> None:
    trials.write(LINEAR)
    torch.save(torch.nn.Linear(3, 2).state_dict(), tmp_path / "a.pt")
    report = valued(trials.start(), tmp_path, open_checkpoint(tmp_path / "a.pt"), "5,3", "There", "cuda:0")
    assert report.message is None
    assert report.forward is not None
    assert report.forward.message is None
    found = [(output.path, output.shape, output.nan) for output in report.forward.outputs]
    assert found == [("output[0]", (5, 2), 0), ("output[1]", (1,), 0)]
    assert report.forward.others == ()
    assert " were loaded on cuda:0 in " in report.summary


LINEAR = """
import torch

class There(torch.nn.Linear):
    def __init__(self):
        super().__init__(3, 2)

    def forward(self, given):
        assert given.is_cuda and self.weight.is_cuda
        return super().forward(given), torch.ones(1, device=given.device)
"""
