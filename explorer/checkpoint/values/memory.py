"""What of a checkpoint is in memory, on this computer or on a device, as the readers of values ask for it."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from explorer.checkpoint.document import Checkpoint, TensorInfo
    from explorer.checkpoint.values.reading import Values
    from explorer.checkpoint.values.walks import Walk


class Memory(Protocol):
    """Hangs on a checkpoint, where some of its storages may be in memory."""

    def values(self, checkpoint: "Checkpoint") -> "Values":
        """Open the file for what is not in memory; everything else is read from where it is.

        Args:
            checkpoint: On which this hangs.

        Raises:
            CheckpointError: As of `Values`.
        """

    def walk(self, checkpoint: "Checkpoint", tensor: "TensorInfo") -> "Walk | None":
        """What measures a tensor on the device that it is on; None where that is done here.

        Args:
            checkpoint: On which this hangs.
            tensor: Of it.
        """
