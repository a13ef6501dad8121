"""What the reader process writes: frames, and the slices of the table of tensors in them."""

import json
from array import array
from typing import Any, BinaryIO, Final

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.pickles.rebuild import TensorRows

SLICE: Final = 4_096
"""Tensors that are sent at once, at most."""


class Answer:
    """Writes frames, and the slices of the tensor table into them."""

    def __init__(self, stream: BinaryIO) -> None:
        """Write into a stream."""
        self._stream = stream
        self._sent_rows = 0
        self._sent_kinds = 0
        self._sent_storages = 0

    def send(self, message: dict[str, Any]) -> None:
        """Write a frame."""
        data = json.dumps(message, separators=(",", ":")).encode("ascii")
        self._stream.write(len(data).to_bytes(4, "big"))
        self._stream.write(data)

    def send_bytes(self, message: dict[str, Any], data: bytes) -> None:
        """Write a frame that says how many bytes follow it, and these."""
        self.send(message)
        self._stream.write(data)

    def send_progress(self, done: int, total: int, what: str) -> None:
        """Tell whoever waits how far it is: so many of so many shards, or chunks."""
        self.send({"progress": (done, total, what)})
        self._stream.flush()

    def send_rows(self, entry: int, tails: list[Any], table: TensorRows) -> None:
        """Send the tensors that were added since the last slice, with the kinds and storages that are new.

        Args:
            entry: Place of their entry.
            tails: Of each tensor the path below its entry: one key, or several.
            table: What they were added to.
        """
        end = self._sent_rows + len(tails)
        rows, storages = slice(self._sent_rows, end), slice(self._sent_storages, None)
        kinds = table.kinds[self._sent_kinds :]
        columns = [
            *(array("q", column[rows]).tobytes() for column in (table.kind_of, table.storage_of, table.offset_of)),
            *(
                array("q", column[storages]).tobytes()
                for column in (table.positions, table.nbytes, table.stored_nbytes, table.crcs)
            ),
            array("B", table.framings[storages]).tobytes(),
            array("q", table.files[storages]).tobytes(),
        ]
        message = {
            "entry": entry,
            "tails": tails,
            "kinds": [_kind_fields(kind) for kind in kinds],
            "columns": [len(column) for column in columns],
        }
        if table.chunks:
            message["chunks"] = [(number, *whole) for number, whole in table.chunks.items()]
            table.chunks.clear()
        if table.parts:
            message["parts"] = table.parts
            table.parts = []
        self._sent_rows, self._sent_kinds, self._sent_storages = end, len(table.kinds), len(table.positions)
        self.send({"rows": message})
        for column in columns:
            self._stream.write(column)


def _kind_fields(kind: TensorKind) -> list[Any]:
    q = kind.quantization
    return [
        kind.dtype,
        kind.shape,
        kind.stride,
        kind.stored_shape,
        kind.saved_device,
        kind.layout,
        kind.conj,
        kind.neg,
        kind.counts_as_parameters,
        None if q is None else (q.scheme, q.scales, q.zero_points, q.axis),
        kind.problem,
        kind.parts,
    ]


def damage_fields(damage: CheckpointError | None) -> dict[str, str | bool]:
    """What a file that could be listed, but is not sound, adds to the answer."""
    return {} if damage is None else {"verdict": damage.verdict, "message": damage.sentence, "refused": damage.refused}
