"""Comparing and measuring the same checkpoints of 1.4 GB here and elsewhere; written into benchmarks/README.md.

    python -m benchmarks.peers PYTHON [--nbytes N]

PYTHON is that of an environment with ``sft-cli[torch]==0.2.2`` and ``weightscope==0.4.3``, which are no dependencies.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

HEADING: Final = "## Beside other programs"

_WRITER: Final = """
import sys, torch
folder, nbytes, side = sys.argv[1], int(sys.argv[2]), 1024
random = torch.Generator().manual_seed(0)
made = {f"blocks.{n}.weight": torch.randn(side, side, generator=random) * 0.02 for n in range(nbytes // (4 * side**2))}
torch.save(made, folder + "/a.pth")
if sys.argv[3] == "all":
    made = {key: value + torch.randn(side, side, generator=random) * 1e-3 for key, value in made.items()}
else:
    made["blocks.1.weight"][0, 0] += 1e-3
    made["blocks.2.weight"][0, 0] = float("nan")
    made["blocks.3.weight"][0, 0] = float("inf")
    made["blocks.4.weight"] = made["blocks.4.weight"].to(torch.float16)
    made["blocks.5.weight"] = made["blocks.5.weight"][:-1].clone()
    made["module.blocks.6.weight"] = made.pop("blocks.6.weight")
torch.save(made, folder + "/b.pth")
"""

_CHANGES: Final = {
    "blocks.1.weight": "one number, by 1e-3",
    "blocks.2.weight": "one number to NaN",
    "blocks.3.weight": "one number to infinity",
    "blocks.4.weight": "float32 to float16",
    "blocks.5.weight": "a row cut off",
    "blocks.6.weight": "module. put before the key",
}

_LAUNCHER: Final = (
    "import resource,subprocess,sys,time;begin=time.perf_counter()\n"
    "made=subprocess.run(sys.argv[1:],stdout=sys.stdout,stderr=subprocess.DEVNULL);seconds=time.perf_counter()-begin\n"
    "used=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    "print(seconds,used.ru_utime+used.ru_stime,used.ru_maxrss/1024,file=sys.stderr)"
)
"""A child takes the peak of whoever starts it for its own: so something small has to."""


class Run(NamedTuple):
    """A command that has ended.

    Attributes:
        seconds: By the clock.
        processor: Seconds of processors.
        peak: MiB of memory of the process that had the most.
        output: What it printed.
    """

    seconds: float
    processor: float
    peak: float
    output: str


def peers(python: Path, nbytes: int) -> str:
    """Run all of them over two pairs.

    Args:
        python: Of the environment of the others; their commands lie beside it.
        nbytes: Of either checkpoint.

    Returns:
        A section of Markdown.
    """
    beside = python.parent
    sft, weightscope = str(beside / "sft"), str(beside / "weightscope")
    lines = [
        HEADING,
        "",
        "Written by `python -m benchmarks.peers PYTHON`: each command once, in this order, the files read before.",
        f"Either checkpoint has {nbytes / 1e9:.1f} GB of float32 in tensors of 4 MiB.",
        "sft-cli 0.2.2 (`sft diff --delta --json`) and weightscope 0.4.3 (`weightscope diff` on folders) read",
        "safetensors only, so that `sft convert` has to come first, whose time is a row of its own.",
        "`sft stat` tells mean, std, min, max and counts; ours quantiles and distributions as well.",
    ]
    with tempfile.TemporaryDirectory(prefix="checkpoint-explorer-peers-") as name:
        folder = Path(name)
        for what in ("six", "all"):
            subprocess.run([python, "-c", _WRITER, folder, str(nbytes), what], check=True)
            converted = [_run([sft, "convert", _at(folder, f"{side}.pth"), "-o", _in(folder, side)]) for side in "ab"]
            runs = {
                "ours, .pth": _run(_ours(_at(folder, "a.pth"), _at(folder, "b.pth"))),
                "ours, .safetensors": _run(_ours(_in(folder, "a"), _in(folder, "b"))),
                "sft convert, both": Run(
                    sum(run.seconds for run in converted),
                    sum(run.processor for run in converted),
                    max(run.peak for run in converted),
                    "",
                ),
                "sft diff": _run([sft, "diff", _in(folder, "a"), _in(folder, "b"), "--delta", "--json"]),
                "weightscope diff": _run([weightscope, "diff", _at(folder, "a"), _at(folder, "b")]),
            }
            lines += ["", "Six tensors differ:" if what == "six" else "Every number differs:", "", *_table(runs)]
            if what == "six":
                found = _run([*_ours(_at(folder, "a.pth"), _at(folder, "b.pth")), "--json"])
                lines += ["", *_findings(found.output, runs["sft diff"].output, runs["weightscope diff"].output)]
        lines += ["", "What is in one of them, and whether it is healthy:", "", *_table(_measured(sft, folder))]
    load = f"Load over the last 15 minutes of the run: {os.getloadavg()[2]:.1f} on {os.cpu_count()} cores."
    return "\n".join([*lines, "", load]) + "\n"


def _measured(sft: str, folder: Path) -> dict[str, Run]:
    """Statistics of every tensor here and by `sft stat`, and here the problems too."""
    info = [sys.executable, "-m", "explorer", "info", "--json"]
    return {
        "ours, statistics, .pth": _run([*info, "--stats", _at(folder, "a.pth")]),
        "ours, statistics, .safetensors": _run([*info, "--stats", _in(folder, "a")]),
        "ours, statistics and problems, .safetensors": _run([*info, "--stats", "--check", _in(folder, "a")]),
        "sft stat": _run([sft, "stat", "--json", _in(folder, "a")]),
    }


def kept_section(readme: str) -> str:
    """The section as it stands in a README; "" where there is none."""
    return readme[readme.index(HEADING) :] if HEADING in readme else ""


def _at(folder: Path, name: str) -> str:
    return str(folder / name)


def _in(folder: Path, side: str) -> str:
    (folder / side).mkdir(exist_ok=True)
    return str(folder / side / "model.safetensors")


def _ours(a: str, b: str) -> list[str]:
    return [sys.executable, "-m", "explorer", "compare", a, b]


def _run(command: Sequence[str]) -> Run:
    made = subprocess.run(
        [sys.executable, "-c", _LAUNCHER, *command], capture_output=True, text=True, errors="replace", check=True
    )
    return Run(*map(float, made.stderr.split()[-3:]), made.stdout)


def _table(runs: dict[str, Run]) -> list[str]:
    rows = ["| program | wall time | processor time | peak memory |", "|---|---|---|---|"]
    return rows + [
        f"| {name} | {run.seconds:.1f} s | {run.processor:.1f} s | {run.peak:,.0f} MiB |" for name, run in runs.items()
    ]


def _findings(ours: str, sft: str, weightscope: str) -> list[str]:
    """What each says of the tensors that differ."""
    tensors = {tensor["key_a"]: tensor for tensor in json.loads(ours)["tensors"]}
    proposals = json.loads(ours)["proposals"]
    theirs = json.loads(sft)
    rows = ["| what changed | ours | sft diff | weightscope diff |", "|---|---|---|---|"]
    for key, change in _CHANGES.items():
        tensor = tensors[key]
        said = tensor["state"] + (f", max_abs {tensor['max_abs']:.3g}" if tensor["max_abs"] else "")
        if tensor["state"] == "only_a" and proposals:
            said += f", and the rule: {proposals[0]['why']}"
        rows.append(f"| {change} | {said} | {_of_sft(theirs, key)} | {_of_weightscope(weightscope, key)} |")
    return rows


def _of_sft(found: dict[str, dict[str, dict[str, object]]], key: str) -> str:
    if key in found["value_diffs"]:
        told = found["value_diffs"][key]
        return f"{told['status']}, max_abs {told['max_abs']:.3g}"
    return next((part for part in ("removed", "shape_changed", "dtype_changed") if key in found[part]), "nothing")


def _of_weightscope(found: str, key: str) -> str:
    said = [line.split(".**")[0].lstrip("- *") for line in found.splitlines() if ".**" in line and f"`{key}`" in line]
    # Shape, elements, how many of them changed and their share stand between the key and the largest difference.
    row = re.search(rf"^\| `{re.escape(key)}` \|[^|]*\|[^|]*\|([^|]*)\|[^|]*\|([^|\n]+)\|", found, re.MULTILINE)
    if row is not None:
        said.append(f"{row[1].strip()} changed, max delta {row[2].strip()}")
    return "; ".join(said) or "nothing"


def main() -> None:
    """Measure, and write the section into the README, behind what else it holds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("python", type=Path, metavar="PYTHON")
    parser.add_argument("--nbytes", type=int, default=1_400_000_000)
    arguments = parser.parse_args()
    section = peers(arguments.python, arguments.nbytes)
    print(section)
    readme = Path(__file__).with_name("README.md")
    text = readme.read_text("utf-8")
    readme.write_text(text.removesuffix(kept_section(text)).rstrip("\n") + f"\n\n{section}", encoding="utf-8")


if __name__ == "__main__":
    main()
