"""How large storages are said to be, by the ids under which a pickle names them."""

from typing import BinaryIO

from explorer.checkpoint.dtypes import DTYPES, STORAGE_CLASSES
from explorer.checkpoint.pickles.unpickler import InertUnpickler, Named, StorageId


class NotingUnpickler(InertUnpickler):
    """Also notes the first id of each storage: only the ids tell how large it is said to be."""

    def __init__(self, stream: BinaryIO, names: dict[str, None], ids: dict[object, StorageId]) -> None:
        """Read from `stream`; note names in `names`, and ids by their keys in `ids`."""
        super().__init__(stream, names)
        self._ids = ids

    def persistent_load(self, pid: object, /) -> object:
        """Return the id itself."""
        made = super().persistent_load(pid)
        if isinstance(made, StorageId) and len(made) >= 5 and made[0] == "storage":
            self._ids.setdefault(made[2], made)
        return made


def declared_nbytes(named: object, elements: object) -> int | None:
    """Bytes of a storage of that class with so many elements; None where that makes no sense."""
    dtype = STORAGE_CLASSES.get(named.qualname) if isinstance(named, Named) else None
    if dtype is None or type(elements) is not int or elements < 0:
        return None
    return elements * DTYPES[dtype].itemsize
