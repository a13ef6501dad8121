"""The element types that PyTorch 2.13 knows: their sizes and what kind of number they hold."""

from typing import Final, Literal, NamedTuple

Family = Literal["float", "complex", "int", "bool", "quantized", "packed"]


class DType(NamedTuple):
    """An element type.

    Attributes:
        name: As PyTorch prints it, without ``torch.``.
        itemsize: Bytes per element.
        family: What kind of number an element is. ``packed`` elements hold several numbers, or raw bits.
        short: How the tree abbreviates it.
    """

    name: str
    itemsize: int
    family: Family
    short: str


_TABLE: Final = (
    DType("float64", 8, "float", "f64"),
    DType("float32", 4, "float", "f32"),
    DType("float16", 2, "float", "f16"),
    DType("bfloat16", 2, "float", "bf16"),
    DType("float8_e4m3fn", 1, "float", "f8e4m3"),
    DType("float8_e4m3fnuz", 1, "float", "f8e4m3z"),
    DType("float8_e5m2", 1, "float", "f8e5m2"),
    DType("float8_e5m2fnuz", 1, "float", "f8e5m2z"),
    DType("float8_e8m0fnu", 1, "float", "f8e8m0"),
    DType("float4_e2m1fn_x2", 1, "packed", "f4x2"),
    DType("complex128", 16, "complex", "c128"),
    DType("complex64", 8, "complex", "c64"),
    DType("complex32", 4, "complex", "c32"),
    DType("int64", 8, "int", "i64"),
    DType("int32", 4, "int", "i32"),
    DType("int16", 2, "int", "i16"),
    DType("int8", 1, "int", "i8"),
    DType("uint64", 8, "int", "u64"),
    DType("uint32", 4, "int", "u32"),
    DType("uint16", 2, "int", "u16"),
    DType("uint8", 1, "int", "u8"),
    DType("bool", 1, "bool", "bool"),
    DType("qint32", 4, "quantized", "qi32"),
    DType("qint8", 1, "quantized", "qi8"),
    DType("quint8", 1, "quantized", "qu8"),
    DType("quint4x2", 1, "packed", "qu4x2"),
    DType("quint2x4", 1, "packed", "qu2x4"),
    DType("bits16", 2, "packed", "bits16"),
    DType("bits8", 1, "packed", "bits8"),
    DType("bits4x2", 1, "packed", "bits4x2"),
    DType("bits2x4", 1, "packed", "bits2x4"),
    DType("bits1x8", 1, "packed", "bits1x8"),
    *(DType(f"{sign}int{bits}", 1, "packed", f"{sign or 'i'}{bits}") for bits in range(1, 8) for sign in ("", "u")),
)

DTYPES: Final[dict[str, DType]] = {dtype.name: dtype for dtype in _TABLE}
"""Every dtype by its name."""

UNKNOWN: Final = DType("unknown", 0, "packed", "–")
"""That of a tensor of which only the name is known: what describes it is not there."""


def not_shown(dtype: str) -> str | None:
    """Why values of a dtype are not shown, as a sentence; None when they are, and where it is not known."""
    known = DTYPES.get(dtype)
    if known is None or known.family != "packed":
        return None
    return f"Values of dtype {dtype} are not shown: its elements are not single numbers."


STORAGE_CLASSES: Final[dict[str, str]] = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexDoubleStorage": "complex128",
    "ComplexFloatStorage": "complex64",
    "QInt32Storage": "qint32",
    "QInt8Storage": "qint8",
    "QUInt8Storage": "quint8",
    "QUInt4x2Storage": "quint4x2",
    "QUInt2x4Storage": "quint2x4",
    "UntypedStorage": "uint8",
}
"""Name of a ``torch.*Storage`` class -> dtype of its elements; an UntypedStorage counts bytes."""

STORAGE_CLASS_OF: Final = {dtype: name for name, dtype in STORAGE_CLASSES.items() if name != "UntypedStorage"}
"""The other way round; those that are not here lie in an UntypedStorage."""

SAFETENSORS_DTYPES: Final[dict[str, str]] = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2": "float8_e5m2",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F8_E8M0": "float8_e8m0fnu",
    "C64": "complex64",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
}
"""Name in a safetensors header -> dtype. F4 is not here: two of its elements are one of PyTorch's; nor is F6."""
