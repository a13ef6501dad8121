"""Blocks of arrays, in the order of their indices."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from explorer.checkpoint.ordering import ordered_blocks


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
    blocks = list(ordered_blocks(span, view.shape, [step // 4 for step in view.strides], 4, nbytes))
    assert all(len(block) <= nbytes for block in blocks)
    assert b"".join(block.tobytes() for block in blocks) == view.tobytes()
