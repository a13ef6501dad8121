"""Installs the other programs, asks all of them, and writes the answers into benchmarks/README.md.

python -m benchmarks.peers [--nbytes N] [--only QUESTION]
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.peers.asking import Ask
from benchmarks.peers.cases import QUESTIONS, Case
from benchmarks.peers.environment import make_environment
from benchmarks.peers.measuring import Conversions, Outcome, measure
from benchmarks.peers.others import programs
from benchmarks.peers.ours import ask as ask_ours
from benchmarks.peers.table import kept_section, row, section

HOUSE = Path(__file__).resolve().parents[2]


def main() -> None:
    """Measure, and write the section into the README, behind what else it holds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--nbytes", type=int, default=1_400_000_000, help="of each large file")
    parser.add_argument("--only", choices=QUESTIONS, help="ask only this, and leave the README alone")
    arguments = parser.parse_args()
    os.chdir(HOUSE)
    python = make_environment(HOUSE / "build" / "peers")
    with tempfile.TemporaryDirectory(prefix="checkpoint-explorer-peers-") as name:
        folder = Path(name)
        everyone: dict[str, Ask] = {"ours": ask_ours} | programs(python, folder / "converted")
        print("Writing the files", flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.peers.files", folder, str(arguments.nbytes)], check=True)
        cases: list[Case] = pickle.loads((folder / "cases.pickle").read_bytes())
        wanted = [case for case in cases if arguments.only in {None, case.question}]
        before = os.getloadavg()[0]
        conversions: Conversions = {}
        outcomes = [(case, _all_asked(case, everyone, conversions)) for case in wanted]
        text = section(outcomes, (before, os.getloadavg()[2]))
    print(text)
    if arguments.only is None:
        readme = HOUSE / "benchmarks" / "README.md"
        held = readme.read_text("utf-8")
        kept = held.removesuffix(kept_section(held)).rstrip("\n")
        readme.write_text(f"{kept}\n\n{text}", encoding="utf-8")


def _all_asked(case: Case, everyone: dict[str, Ask], conversions: Conversions) -> dict[str, Outcome]:
    found = {}
    for name, ask in everyone.items():
        asked = ask(case)
        if asked is None:
            continue
        outcome = found[name] = measure(asked, case, conversions=conversions)
        if outcome.cold is not None:
            print(row(f"{case.question}: {case.about}", name, outcome), flush=True)
    return found


if __name__ == "__main__":
    main()
