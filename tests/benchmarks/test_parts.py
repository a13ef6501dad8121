from argparse import ArgumentTypeError

import pytest

from benchmarks.__main__ import _parts


def test_parts_are_named_one_after_the_other() -> None:
    assert _parts("start,interaction") == ["start", "interaction"]
    with pytest.raises(ArgumentTypeError, match="'starts' is no part; there are opening, "):
        _parts("start,starts")
