"""Values are written so that they can be told apart, and no longer than that."""

from decimal import Decimal

import numpy as np
import pytest

from explorer.analysis.value_texts import exactly, texts_of
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.codes import code_table


def kind(dtype: str) -> TensorKind:
    return TensorKind(dtype, (), (), (), None)


@pytest.mark.parametrize(
    "dtype",
    ["bfloat16", "float16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"],
)
def test_every_value_of_few_bits_reads_back_and_none_is_longer_than_torchs(dtype: str) -> None:
    table = code_table(kind(dtype))
    assert table is not None
    some = table[:: 1 if table.size == 256 else 97]
    texts = texts_of(some, kind(dtype))
    finite = np.isfinite(some)
    back = np.array([float(text) for text, fine in zip(texts, finite, strict=True) if fine])
    assert np.array_equal(back.astype(np.float32), some[finite])
    short = [len(text.removeprefix("-")) <= 12 for text, fine in zip(texts, finite, strict=True) if fine]
    whole = [format(Decimal(float(value)), "f").lstrip("-") for value in some[finite]]
    # What is short is the number itself, not one that rounds to it.
    written_out = np.array([len(text) <= 12 for text in whole])
    assert np.array_equal(back[written_out], some[finite][written_out].astype(np.float64))
    assert all(np.array(short)[written_out])
    for text, value in zip(texts, some, strict=True):
        assert len(text) <= len(repr(float(value))) + 1


def test_each_kind_of_number_has_its_own_form() -> None:
    def of(dtype: str, *values: object) -> list[str]:
        return texts_of(np.array(values), kind(dtype))

    assert of("float32", np.float32(0.1), np.nan, np.inf, -np.inf, -0.0, 3, 1e-30)[:6] == [
        "0.1", "NaN", "+Inf", "-Inf", "-0", "3",
    ]  # fmt: skip
    assert of("float64", 0.1 + 0.2) == ["0.30000000000000004"]
    assert texts_of(np.array([0.10009765625], np.float32), kind("bfloat16")) == ["0.100097656"]
    assert of("int64", 2**63 - 1, -5) == ["9223372036854775807", "-5"]
    assert of("bool", True, False) == ["True", "False"]
    assert texts_of(np.array([1 - 2j, complex(0.5, np.nan), complex(0, np.inf)], np.complex64), kind("complex64")) == [
        "1-2j", "0.5+NaNj", "0+Infj",
    ]  # fmt: skip
    assert texts_of(np.array([0.1], np.float32), kind("qint8")) == ["0.1"]


def test_floats_of_few_bits_are_written_out_and_not_rounded() -> None:
    halves = np.array([36256, -59392, -0.21875, 0.1142578125, 0.0999755859375, 6.103515625e-05, -0.0], np.float32)
    assert texts_of(halves, kind("float16")) == [
        *("36256", "-59392", "-0.21875", "0.1142578125", "0.099975586", "6.1035156e-05", "-0"),
    ]  # fmt: skip
    assert texts_of(np.array([36256 - 0.0999755859375j], np.complex64), kind("complex32")) == ["36256-0.099975586j"]
    assert texts_of(np.array([3.3895313892515355e38], np.float32), kind("bfloat16")) == ["3.3895314e+38"]


def test_the_exact_decimal_is_told_where_it_can_be_read() -> None:
    assert exactly(np.float32(0.1)) == "0.100000001490116119384765625"
    assert exactly(np.float32(1e-38)) == ""
    assert exactly(np.float32("nan")) == exactly(np.int64(3)) == ""
