"""All bytes of a tensor, as it is read."""

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.values.reading import Values

_BLOCK = 1 << 20


def stored_bytes(values: Values, tensor: TensorInfo) -> NDArray[np.uint8]:
    """In the order of its indices, one element behind the other.

    Raises:
        CheckpointError: The values cannot be read, or the file changed.
    """
    return np.concatenate([np.empty(0, np.uint8), *values.ordered_bytes(tensor, _BLOCK)])
