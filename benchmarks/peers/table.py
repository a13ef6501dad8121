"""What came of it, as a section of Markdown."""

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.peers.cases import QUESTIONS, Case
from benchmarks.peers.judging import Verdict
from benchmarks.peers.measuring import Outcome

HEADING: Final = "## Beside other programs"

_HEAD: Final = (
    "| file | program | cold | warm | processor | peak memory | facts right | wrong or not told | asked by |",
    "|---|---|---|---|---|---|---|---|---|",
)


def kept_section(readme: str) -> str:
    """The section as it stands in a README; "" where there is none."""
    return readme[readme.index(HEADING) :] if HEADING in readme else ""


def section(outcomes: Sequence[tuple[Case, Mapping[str, Outcome]]], loads: tuple[float, float]) -> str:
    """All tables.

    Args:
        outcomes: Of each case, by the program's name.
        loads: Of the machine over a minute, when it began, and over fifteen when it ended.
    """
    lines = [HEADING, "", *_preface(loads)]
    for question, title in QUESTIONS.items():
        of_it = [(case, found) for case, found in outcomes if case.question == question]
        if not of_it:
            continue
        answers = [outcome for _case, found in of_it for outcome in found.values()]
        facts = dict.fromkeys(judged.fact for outcome in answers for judged in outcome.judged)
        lines += ["", f"### {title}", "", f"Facts asked for: {', '.join(facts)}.", "", *_HEAD]
        cannot: dict[str, str] = {}
        for case, found in of_it:
            about = case.about
            for name, outcome in found.items():
                if outcome.cold is None:
                    cannot[name] = outcome.how
                    continue
                lines.append(row(about, name, outcome))
                about = ""
        if cannot:
            lines += ["", "Cannot:", ""]
            lines += [f"- {name}: {why}." for name, why in cannot.items()]
    return "\n".join(lines) + "\n"


def _preface(loads: tuple[float, float]) -> list[str]:
    return [
        "Written by `make bench-peers`, which installs the others into build/peers and runs all programs on the same",
        "files in one run. They use the PyTorch, NumPy and safetensors of the project's environment. The benchmark",
        "writes the files itself and works out in float64 what is true of them; those called real are of the tests'",
        "corpus. A figure is right within 1e-6 of itself, a mean within 1e-6 of its tensor's spread, the rest exactly.",
        "",
        "Each program is asked as its own description shows, and timed as a process, from its start to its end. Cold:",
        "once, with the checkpoint's pages evicted, while the program's own files stay cached. Warm: the median of",
        "three runs after that, or one where the first took over three seconds. Where a file has to be converted",
        "first, that counts, and its part of the warm time is in brackets; it is measured once for all questions about",
        "a file. Processor: seconds of processors of a warm run, which other work on the machine changes least. Peak",
        "memory: of all of the program's processes together; what they share counts in each.",
        "",
        f"Machine: {_processor()}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()},",
        f"torch {version('torch')}, numpy {version('numpy')}. Load {loads[0]:.1f} over the minute before it began,",
        f"{loads[1]:.1f} over the last 15 minutes of it; one program alone makes about 1.",
    ]


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name"))
    return next(names, platform.machine())


def row(about: str, name: str, outcome: Outcome) -> str:
    """A line of a table: how one program answered one question."""
    converting = f" ({_seconds(outcome.before)} converting)" if outcome.before else ""
    right = sum(judged.verdict is Verdict.RIGHT for judged in outcome.judged)
    faults = [f"**{judged.fact}**: {judged.why}" for judged in outcome.judged if judged.verdict is Verdict.WRONG]
    silent = [judged.fact for judged in outcome.judged if judged.verdict is Verdict.SILENT]
    told = [outcome.failure] * bool(outcome.failure) + faults
    told += [f"not told: {', '.join(silent)}"] * bool(silent and not outcome.failure)
    cells = [
        about,
        name,
        _seconds(outcome.cold or 0),
        f"{_seconds(outcome.warm)}{converting}",
        _seconds(outcome.processor),
        f"{outcome.peak:,.0f} MiB",
        f"{right} of {len(outcome.judged)}",
        "; ".join(told),
        outcome.how,
    ]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
