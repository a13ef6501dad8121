"""Checkpoints that were read from no file."""

from pathlib import Path

from explorer.checkpoint.document import Checkpoint, ContentRow, Entry, FileIdentity, TensorTable

NOWHERE = FileIdentity(0, 0, 0, 0)


def no_tensors() -> TensorTable:
    return TensorTable(
        entries=[],
        entry_paths=[],
        kinds=[],
        storages=[],
        tails=[],
        entry_of=[],
        kind_of=[],
        storage_of=[],
        offset_of=[],
    )


def made_up(
    tensors: TensorTable | None = None,
    entries: tuple[Entry, ...] = (),
    contents: tuple[ContentRow, ...] = (),
    code: tuple[str, ...] = (),
    path: Path = Path("weights.pt"),
    identity: FileIdentity = NOWHERE,
) -> Checkpoint:
    """A checkpoint with these parts; all that is left out is as in a small, sound file."""
    return Checkpoint(
        path=path,
        identity=identity,
        container="zip",
        verdict="references-code" if code else "data-only",
        message=None,
        code=code,
        warnings=(),
        byteorder="little",
        entries=entries,
        tensors=no_tensors() if tensors is None else tensors,
        contents=contents,
    )
