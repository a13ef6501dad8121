"""What both sides of a comparison are called: as much as tells them apart."""

from pathlib import Path
from typing import TYPE_CHECKING

from explorer import formatting

if TYPE_CHECKING:
    from explorer.analysis.compare.pairing import Chosen, Pairing
    from explorer.checkpoint.document import Checkpoint, Entry


def file_names(a: Path, b: Path) -> tuple[str, str]:
    """The names of two files, to be shown, and where these are the same as much of their folders as differs."""
    kept = 1
    while a.parts[-kept:] == b.parts[-kept:] and kept < len(a.parts):
        kept += 1
    shown = [path.name if a == b else str(Path(*path.parts[-kept:])) for path in (a, b)]
    return formatting.visible(shown[0]), formatting.visible(shown[1])


def side_names(pairing: "Pairing") -> tuple[str, str]:
    """What each side is called: by the names of the files, or of one file by those of its entries."""
    a, b = pairing.a, pairing.b
    names = file_names(a.checkpoint.path, b.checkpoint.path)
    if a.checkpoint.path != b.checkpoint.path:
        return names
    return f"{_entry(a)} of {names[0]}", f"{_entry(b)} of {names[1]}"


def from_to(pairing: "Pairing") -> tuple[str, str]:
    """Which way changes are told, and the same without names."""
    a, b = side_names(pairing)
    turn = "Swap A and B turns it round."
    return f"From A, {a}, to B, {b}. {turn}", f"From A to B. {turn}"


def both_sides(pairing: "Pairing") -> str:
    """``A old.pt | B new.pt``; of one file its entries too."""
    a, b = pairing.a, pairing.b
    names = file_names(a.checkpoint.path, b.checkpoint.path)
    if a.checkpoint.path == b.checkpoint.path:
        return f"A {_entry(a)} | B {_entry(b)} of {names[0]}"
    return f"A {names[0]} | B {names[1]}"


def _entry(side: "Chosen") -> str:
    return formatting.visible(side.entry.name) or "(top)"


def most_like(checkpoint: "Checkpoint", entry: "Entry") -> "Entry":
    """The entry of the same file that is most like one of several, such as an average of it."""
    others = [other for other in checkpoint.entries if other is not entry]
    many = len(entry.numbers)
    return min(others, key=lambda other: (other.kind == "optimizer", abs(len(other.numbers) - many)))
