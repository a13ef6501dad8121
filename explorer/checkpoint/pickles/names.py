"""Which names of code are ordinary in a checkpoint: those that torch.load(weights_only=True) of PyTorch 2.13 admits."""

from collections.abc import Sequence
from typing import Final

_TENSOR_TYPES: Final = ("BFloat16", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short")
_STORAGE_TYPES: Final = (*_TENSOR_TYPES, "Bool", "ComplexDouble", "ComplexFloat")

ADMITTED: Final[frozenset[str]] = frozenset(
    [
        *(f"torch.{kind}Storage" for kind in (*_STORAGE_TYPES, "QInt32", "QInt8", "QUInt2x4", "QUInt4x2", "QUInt8")),
        *(f"torch.cuda.{kind}Storage" for kind in _STORAGE_TYPES),
        *(f"torch.{kind}Tensor" for kind in (*_TENSOR_TYPES, "Bool")),
        *(f"torch.cuda.{kind}Tensor" for kind in (*_TENSOR_TYPES, "Bool")),
        *(f"torch.sparse.{kind}Tensor" for kind in _TENSOR_TYPES),
        *(f"torch.cuda.sparse.{kind}Tensor" for kind in _TENSOR_TYPES),
        *(f"torch.{sign}int{bits}" for sign in ("", "u") for bits in (1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64)),
        *(f"torch.{name}" for name in ("bfloat16", "float16", "float32", "float64", "float4_e2m1fn_x2", "bool")),
        *(f"torch.float8_{name}" for name in ("e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz", "e8m0fnu")),
        *(f"torch.complex{bits}" for bits in (32, 64, 128)),
        *(f"torch.{name}" for name in ("bits16", "bits1x8", "bits2x4", "bits4x2", "bits8")),
        *(f"torch.{name}" for name in ("qint32", "qint8", "quint2x4", "quint4x2", "quint8")),
        *(f"torch.per_{name}" for name in ("channel_affine", "channel_affine_float_qparams", "channel_symmetric")),
        *(f"torch.per_tensor_{name}" for name in ("affine", "symmetric")),
        *("torch.Size", "torch.Tensor", "torch.device", "torch.nn.parameter.Parameter"),
        *("torch.storage.TypedStorage", "torch.storage.UntypedStorage", "torch.serialization._get_layout"),
        "torch._tensor._rebuild_from_type_v2",
        *(f"torch._utils._rebuild_device_tensor_from_{name}" for name in ("cpu_tensor", "numpy")),
        *(f"torch._utils._rebuild_{name}" for name in ("meta_tensor_no_storage", "nested_tensor", "parameter")),
        *(f"torch._utils._rebuild_{name}" for name in ("parameter_with_state", "qtensor", "sparse_tensor")),
        *(f"torch._utils._rebuild_{name}" for name in ("tensor", "tensor_v2", "tensor_v3", "wrapper_subclass")),
        *("_codecs.encode", "collections.Counter", "collections.OrderedDict"),
    ]
)
"""What PyTorch's restricted unpickler knows without being told, but for builtins; a test holds it against PyTorch's."""

ONLY_DATA: Final[frozenset[str]] = frozenset(
    [
        *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
        *("numpy.dtype", "numpy.ndarray", "argparse.Namespace", "collections.defaultdict", "decimal.Decimal"),
        *(f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")),
        *(f"pathlib.{kind}Path" for kind in ("Posix", "PurePosix", "PureWindows", "Windows")),
        # as Python 3.13 alone calls them
        *(f"pathlib._local.{kind}Path" for kind in ("Posix", "PurePosix", "PureWindows", "Windows")),
    ]
)
"""Names that PyTorch's restricted unpickler does not admit, and that make values and do nothing else."""

_PLAIN_BUILTINS: Final = frozenset(
    f"builtins.{kind.__name__}"
    for kind in (bool, bytearray, bytes, complex, dict, float, frozenset, int, list, object, set, str, tuple)
) | {"builtins.long", "builtins.unicode"}


_COMMANDS: Final = ("system", "popen", "spawnl", "spawnv", "spawnlp", "spawnvp", "execl", "execv", "execvp", "execve")
_RUNNERS: Final[dict[str, str]] = {
    **{f"{module}.{name}": "runs commands of the system" for module in ("os", "posix", "nt") for name in _COMMANDS},
    **{
        f"subprocess.{name}": "runs commands of the system"
        for name in ("Popen", "call", "run", "check_call", "check_output", "getoutput", "getstatusoutput")
    },
    **{f"builtins.{name}": "runs Python code" for name in ("eval", "exec", "compile", "__import__", "execfile")},
    **dict.fromkeys(("runpy.run_path", "runpy._run_code", "importlib.import_module"), "runs Python code"),
    **dict.fromkeys(("pickle.load", "pickle.loads", "_pickle.loads"), "unpickles without any limits"),
}
"""Names whose only use in a checkpoint is to run something, and what that is. No list of all that may do harm."""


def what_it_runs(name: str) -> str:
    """What a name of code does that is there to run something, as a clause with its name; "" for any other."""
    does = _RUNNERS.get(name)
    if does is None:
        return ""
    module, _, function = name.rpartition(".")
    public = f" is os.{function}, which" if module in ("posix", "nt") else ""
    return f"{name}{public} {does}"


def does_something(names: Sequence[str]) -> bool:
    """Tell whether among names of code are others than those that only make values."""
    return not ONLY_DATA.issuperset(names)


def told_of_code(names: Sequence[str], *, refused: bool = False) -> str:
    """Say that a file names code, what of it is there to run something, and what to do, in sentences.

    Args:
        names: All that `named_code` gave; at least one.
        refused: PyTorch refuses the file as it is, before it reads its pickle.
    """
    said = [f"This file names code: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}. It was not run."]
    runs = [clause for name in names if (clause := what_it_runs(name))]
    if runs:
        said.append(f"{'; '.join(runs[:3])}.")
    if does_something(names):
        loaded = "Of a whole file, torch.load" if refused else "torch.load"
        said.append(f"{loaded} with weights_only=False would run it; a copy of its state_dict alone is without it.")
    return " ".join(said)


def named_code(names: dict[str, None]) -> list[str]:
    """The names that are code of somebody's own, in the order the file asks for them."""
    return [name for name in names if name not in ADMITTED and name not in _PLAIN_BUILTINS]
