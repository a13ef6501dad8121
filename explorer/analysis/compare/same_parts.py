"""Whether sparse and nested tensors have the same bits in all that they are made of."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from explorer.analysis.compare.same_bytes import same_bytes
from explorer.checkpoint.document import TensorInfo, TensorPart
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.paired_values import PairedWalk, Side

if TYPE_CHECKING:
    from explorer.checkpoint.storages import Storage
    from explorer.progress import Report

_PARTS: Final = {"sparse_coo": 1, "sparse_csr": 2, "sparse_csc": 2, "sparse_bsr": 2, "sparse_bsc": 2, "nested": 1}
"""How many parts of a tensor say where its values belong, at least."""


def made_of_parts(a: TensorKind, b: TensorKind) -> bool:
    """Whether two tensors are of one layout that `same_parts` takes, and can be read."""
    return a.layout == b.layout and a.layout in _PARTS and a.problem is None and b.problem is None


def same_parts(a: Side, b: Side, report: "Report") -> bool:
    """Compare the bits of the stored values and of the indices, offsets or sizes of two tensors.

    Args:
        a: One that is `made_of_parts`.
        b: Another of the same shape and dtype, whose values mean the same.
        report: Called with the elements done.

    Returns:
        Whether all are equal; False also where the files have them in other orders of bytes, or lying otherwise.

    Raises:
        Cancelled: By `report`.
        CheckpointError: They cannot be read, or a file changed.
    """
    if a.tensor.kind.stored_shape != b.tensor.kind.stored_shape:
        return False
    if a.values.byteorder(a.tensor) != b.values.byteorder(b.tensor):
        return False
    parts_a, parts_b = _parts(a), _parts(b)
    if parts_a.keys() != parts_b.keys() or len(parts_a) < _PARTS[a.tensor.kind.layout]:
        return False
    walks = [PairedWalk(a, b), *(PairedWalk(part, parts_b[form]) for form, part in parts_a.items())]
    total, done = sum(walk.count for walk in walks), 0
    for walk in walks:
        for block in walk.blocks():
            if not same_bytes(block.a, block.b):
                return False
            done += block.box.numel
            report(done, total, "comparison")
    return True


def _parts(side: Side) -> dict[str, Side]:
    found = side.values.parts_of(side.tensor)
    return {part.form: side._replace(tensor=_as_bytes(side.tensor, storage, part)) for storage, part in found}


def _as_bytes(tensor: TensorInfo, storage: "Storage", part: TensorPart) -> TensorInfo:
    """A part as a tensor of bytes."""
    shape = (part.end - part.begin,)
    kind = TensorKind("uint8", shape, (1,), shape, tensor.kind.saved_device)
    return replace(tensor, kind=kind, storage=storage, offset=part.begin)
