"""Reads what a tensor's histogram needs; called on the worker, where NumPy may take its time to import."""

from typing import TYPE_CHECKING

from explorer.checkpoint.document import Checkpoint, TensorInfo

if TYPE_CHECKING:
    from explorer.analysis.measure.numbers import Array
    from explorer.checkpoint.values.walks import Walk


def open_blocks(checkpoint: Checkpoint, tensor: TensorInfo) -> "Walk":
    """What the statistics of a tensor need, wherever its values are now; called on the worker."""
    from explorer.checkpoint.values.walks import prepare_walk  # noqa: PLC0415 - as above

    return prepare_walk(checkpoint, tensor)


def read_sample(checkpoint: Checkpoint, tensor: TensorInfo) -> "Array":
    """Some of a tensor's values, for a first picture; called on the worker."""
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415 - as above

    with open_values(checkpoint) as values:
        return values.sample(tensor)
