"""The checksums of a file for Qt: a row for each tensor, what is wrong first."""

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.ui.tables.columns import Column
from explorer.ui.tables.heads import Head
from explorer.ui.tables.model import TableModel

if TYPE_CHECKING:
    from explorer.checkpoint.checksums import Checksums


class _Verified(NamedTuple):
    """What the rows, which are numbers of tensors, are of."""

    checkpoint: Checkpoint
    checksums: "Checksums"


def _key(of: _Verified, number: int) -> str:
    return formatting.visible(of.checkpoint.tensors.key(number), 10_000) or formatting.UNNAMED


def _short_key(of: _Verified, number: int) -> str:
    return formatting.visible(of.checkpoint.tensors.key(number)) or formatting.UNNAMED


def _entry(of: _Verified, number: int) -> str:
    return formatting.visible(of.checkpoint.tensors[number].entry) or "(top)"


def _nbytes(of: _Verified, number: int) -> int | None:
    kind = of.checkpoint.tensors.kind(number)
    return kind.nbytes if kind.is_known else None


def _size(of: _Verified, number: int) -> str:
    nbytes = _nbytes(of, number)
    return formatting.NOTHING if nbytes is None else formatting.nbytes(nbytes)


def _exact_size(of: _Verified, number: int) -> str:
    nbytes = _nbytes(of, number)
    return "It is not known." if nbytes is None else formatting.exact_bytes(nbytes)


def _word(of: _Verified, number: int) -> str:
    return of.checksums.word(number)


_COLUMNS: Final[tuple[Column[_Verified, int], ...]] = (
    Column(Head("Tensor"), _short_key, exact=_key),
    Column(Head("Entry", sample="model_state_dict"), _entry),
    Column(Head("Bytes", figures=True, sample="88.8 GB"), _size, exact=_nbytes, tip=_exact_size),
    Column(
        Head("Checksum", sample="not verified m"),
        _word,
        tip=lambda of, number: of.checksums.why(number),
        tone=lambda of, number: "bad" if _word(of, number) == "wrong" else "",
    ),
)


class ChecksumModel(TableModel[_Verified, int]):
    """Names, entries, sizes and what came out."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_COLUMNS, parent)

    def show_checksums(self, checkpoint: Checkpoint | None, checksums: "Checksums | None") -> None:
        """Show what came out for a file; None for nothing."""
        if checkpoint is None or checksums is None:
            self.show_rows(None, ())
        else:
            self.show_rows(_Verified(checkpoint, checksums), checksums.worst_first)
