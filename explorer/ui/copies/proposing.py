"""Names that are proposed for copies."""

from pathlib import Path
from typing import Final

from explorer.checkpoint.entry_paths import entry_keys
from explorer.ui.copies.saving import Wish

SAFETENSORS: Final = ".safetensors"
_EXTENSIONS: Final = (".pth", ".pt", ".bin", ".ckpt", SAFETENSORS)
_ARCHIVE: Final = ".tar"
"""Files of torch.save are often called ``.pth.tar``, though they are none."""
_LETTERS: Final = 40


def extension_of(path: Path) -> str:
    """The extension that a copy of a file gets, if nothing else is wished for."""
    return path.suffix if path.suffix in _EXTENSIONS else ".pth"


def file_name(source: Path, wish: Wish, extension: str) -> str:
    """Propose a name that says what is another in the copy: ``petnet_cuda3-cpu.pth``.

    Args:
        source: The file that is copied.
        wish: What is to be another.
        extension: Of the copy.
    """
    name = source.name.removesuffix(_ARCHIVE)
    stem = Path(name).stem if Path(name).suffix.lower() in _EXTENSIONS else name
    entry = "" if wish.entry is None else ".".join(entry_keys(wish.entry))
    parts = [part for part in (entry, wish.device, wish.dtype) if part] or ["copy"]
    # A colon is nothing that every system takes in a name, nor is what a key may hold.
    plain = ["".join(letter for letter in part if letter.isalnum() or letter in "._-")[:_LETTERS] for part in parts]
    return "-".join(filter(None, [stem, *plain])) + extension
