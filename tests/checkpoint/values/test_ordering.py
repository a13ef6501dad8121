"""Blocks of arrays, in the order of their indices."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.ordering import ordered_blocks, spanned


@given(st.lists(st.integers(1, 5), max_size=4), st.data(), st.integers(4, 200))
def test_blocks_are_the_array(shape: list[int], data: st.DataObject, nbytes: int) -> None:
    base = np.arange(np.prod(shape, dtype=int), dtype=np.uint32).reshape(shape)
    view = base.transpose(data.draw(st.permutations(range(base.ndim))))
    if base.ndim:
        view = view[data.draw(arrays.basic_indices(view.shape, allow_ellipsis=False, allow_newaxis=False))]
    if np.ndim(view) == 0 or not view.size or min(view.strides, default=0) < 0:
        return
    begin = (view.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // 4
    span = base.reshape(-1)[begin:].view(np.uint8)
    stride = tuple(step // 4 for step in view.strides)
    kind = TensorKind("float32", view.shape, stride, view.shape, saved_device=None, counts_as_parameters=True)
    assert spanned(kind) <= len(span) // 4
    blocks = list(ordered_blocks(span, kind, nbytes))
    assert all(len(block) <= nbytes for block in blocks)
    assert b"".join(block.tobytes() for block in blocks) == view.tobytes()
