"""Which tensors each term keeps."""

from functools import partial

import numpy as np
import pytest

from explorer.analysis.measure.statistics import Statistics, measure
from explorer.checkpoint.kinds import TensorKind
from explorer.progress import no_report
from explorer.query.nodes import Not, terms_of
from explorer.query.parsing import parse


def kind(dtype: str = "float32", *shape: int, device: str | None = None, counts: bool = True) -> TensorKind:
    return TensorKind(dtype, shape, (1,) * len(shape), shape, device, counts_as_parameters=counts)


def measured(*values: float) -> Statistics:
    return measure(partial(list, [np.array(values, np.float64)]), len(values), no_report)


def keeps(text: str, subject: TensorKind | Statistics) -> bool:
    """Whether the only term of a text keeps a tensor."""
    query = parse(text)
    assert query.wrong is None
    (term,) = terms_of(query.tree)
    assert term.about == ("kind" if isinstance(subject, TensorKind) else "statistics")
    fits: bool = term.fits(subject)  # type: ignore[arg-type]  # it is about that
    return fits != isinstance(query.tree, Not)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("dtype:bf16", False),
        ("dtype:f32", True),
        ("dtype:float", True),
        ("dtype:f", True),
        ("dtype:int", False),
        ("-dtype:int", True),
        ("dtype!=f32", False),
        ("-dtype!=f32", True),
        ("shape:512x3x3", True),
        ("shape:*x3x3", True),
        ("shape:3x3", False),
        ("shape:*x3x4", False),
        ("shape!=*×*", True),
        ("shape:scalar", False),
        ("device:cuda", True),
        ("device:CUDA:1", False),
        ("params>4k", True),
        ("params=4.61k", True),
        ("params=4610", False),
        ("params=4608", True),
        ("params!=4608", False),
        ("numel<=4608", True),
        ("numel<4608", False),
        ("bytes=18432", True),
        ("bytes=18.4kB", True),
        ("bytes>=18.5kB", False),
        ("!bytes>1MB", True),
    ],
)
def test_terms_about_what_the_file_says(text: str, kept: bool) -> None:
    assert keeps(text, kind("float32", 512, 3, 3, device="cuda:0")) == kept


def test_a_buffer_has_no_parameters_to_compare() -> None:
    buffer = kind("float32", 5, counts=False)
    assert not keeps("params<10", buffer)
    assert not keeps("params!=10", buffer)
    assert keeps("-params>0", buffer)
    assert keeps("numel<10", buffer)


def test_a_scalar_and_a_tensor_without_a_device() -> None:
    assert keeps("shape:scalar", kind("int64"))
    assert not keeps("device:cpu", kind("int64"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nan>0", True),
        ("nan=2", True),
        ("nan>2", False),
        ("-nan>0", False),
        ("inf>=3", True),
        ("inf>3", False),
        ("nan>10%", True),
        ("nan=20%", True),
        ("nan:20%", True),
        ("nan>20%", False),
        ("nan>=20 %", True),
        ("inf>1%", True),
        ("inf<30%", False),
        ("-inf>30%", True),
        ("zeros>0", True),
        ("zeros=10%", True),
        ("zeros>=10", True),
        ("zeros>10%", False),
        ("zeros<0.5%", False),
        ("min<-1", True),
        ("min=-2", True),
        ("max>=10", False),
        ("max<10", True),
        ("mean=0.2", True),
        ("mean>0", True),
        ("std<1e-6", False),
        ("std=1.721", False),
        ("std=1.720", True),
        ("std!=1.72", False),
        ("std>1.71", True),
        ("l2=3.873", True),
        ("l2=3.872983346207417", True),
        ("l2>3.88", False),
    ],
)
def test_terms_about_what_was_measured(text: str, kept: bool) -> None:
    values = measured(np.nan, np.nan, np.inf, np.inf, -np.inf, 0.0, -2.0, 1.0, -1.0, 3.0)
    assert keeps(text, values) == kept


def test_equal_is_what_the_column_shows_and_less_is_less() -> None:
    # As a float32, 0.1 is a little more.
    tenth = measured(float(np.float32(0.1)))
    assert keeps("max=0.1", tenth)
    assert keeps("max<=0.1", tenth)
    assert keeps("max>0.1", tenth)
    assert not keeps("max!=0.1", tenth)
    assert not keeps("max=0.1001", tenth)


def test_tensors_without_a_finite_value_have_no_extremes() -> None:
    nothing = measured(np.nan, np.inf)
    for text in ("min<0", "min>=0", "max!=0", "mean=0", "std<1", "l2>=0"):
        assert not keeps(text, nothing)
    assert keeps("nan=1", nothing)
    assert keeps("inf=1", nothing)
    assert keeps("nan=50%", nothing)
    assert keeps("inf=50%", nothing)
    assert not keeps("nan>=0%", measured())
    assert not keeps("zeros=0", measured())
