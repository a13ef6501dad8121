"""Reads what a tensor's histogram needs; called on the worker, where NumPy may take its time to import."""

from typing import TYPE_CHECKING

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.ui.session import Session

if TYPE_CHECKING:
    from explorer.analysis.numbers import Array
    from explorer.checkpoint.walks import Walk


def open_blocks(checkpoint: Checkpoint, tensor: TensorInfo) -> "Walk":
    """What the statistics of a tensor need; called on the worker, where NumPy may take its time to import."""
    from explorer.checkpoint.walks import prepare_walk  # noqa: PLC0415 - as above

    return prepare_walk(checkpoint, tensor)


def open_where_it_is(session: Session, checkpoint: Checkpoint, tensor: TensorInfo) -> "Walk":
    """As `open_blocks`; of a tensor that is in memory the values there, measured on its device."""
    placement = session.placement
    held = None if placement is None or tensor.storage is None else placement.held(tensor.storage.number)
    if placement is not None and placement.checkpoint is checkpoint and held is not None:
        from explorer.devices.reading import placed_walk  # noqa: PLC0415 - as above

        walk = placed_walk(placement, tensor)
        if walk is not None:
            return walk
    return open_blocks(checkpoint, tensor)


def read_sample(checkpoint: Checkpoint, tensor: TensorInfo) -> "Array":
    """Some of a tensor's values, for a first picture; called on the worker."""
    from explorer.checkpoint.values import open_values  # noqa: PLC0415 - as above

    with open_values(checkpoint) as values:
        return values.sample(tensor)
