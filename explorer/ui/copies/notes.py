"""What is to be known of a copy before it is written."""

from collections.abc import Iterator, Sequence

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.writing.beside import named
from explorer.checkpoint.writing.options import NESTED
from explorer.ui.copies.proposing import SAFETENSORS
from explorer.ui.copies.saving import Wish, whole_of


def notes(checkpoint: Checkpoint, entry: Entry | None, wish: Wish, extension: str, others: Sequence[str]) -> str:
    """Say what a copy leaves out or keeps that nobody may expect, in sentences; "" for nothing.

    Args:
        checkpoint: The source.
        entry: Whose keys are written.
        wish: What is chosen.
        extension: Of the copy.
        others: What stands beside the chosen entry, as it is shown.
    """
    return " ".join(_notes(checkpoint, entry, wish, extension, others))


def _notes(
    checkpoint: Checkpoint, entry: Entry | None, wish: Wish, extension: str, others: Sequence[str]
) -> Iterator[str]:
    flat = extension == SAFETENSORS
    if wish.salvage and entry is not None:
        whole = whole_of(checkpoint, entry)
        yield f"The file is damaged: the copy will hold what is whole, {whole}, less what has a wrong checksum."
    elif wish.entry is None and flat and others and entry is not None:
        name = formatting.visible(entry.name) if entry.path else "the top"
        yield f"A safetensors file will hold the tensors of {name} alone, without {named(others)}."
    elif wish.entry is None and not flat and checkpoint.code and checkpoint.container in NESTED:
        code = formatting.visible(", ".join(checkpoint.code[:3]), 200)
        more = " …" if len(checkpoint.code) > 3 else ""
        yield f"The whole file keeps the code that it names: {code}{more}. Its state_dict alone names none."
    if flat and wish.device is not None:
        yield "A safetensors file says nothing of devices: it loads on any."
