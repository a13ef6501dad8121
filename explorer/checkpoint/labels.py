"""What keys and types are called: text for whatever a pickle holds, without ever printing something huge or nested."""

from typing import Final

from explorer.checkpoint.pickles.python_values import complex_number
from explorer.checkpoint.pickles.unpickler import Named, OrderedMapping, Recorded, StorageId, TensorCall, codec_bytes

_PLAIN_TYPES: Final = frozenset(
    f"builtins.{kind.__name__}" for kind in (bytearray, bytes, complex, frozenset, range, set, slice)
)


def key_text(key: object) -> str:
    """A mapping's key as its ``str`` would be."""
    if isinstance(key, str):
        return key
    if isinstance(key, int) and key.bit_length() > 4_096:
        return "(a very large number)"
    if key is None or isinstance(key, (bool, int, float, complex, bytes)):
        return str(key)
    if isinstance(key, Named):
        return key.full_name
    if isinstance(key, tuple):
        parts = ["(…)" if isinstance(part, tuple) else _part_text(part) for part in key[:16]]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    raw = codec_bytes(key)
    if raw is not None:
        return str(raw)
    number = complex_number(key)
    if number is not None:
        return str(number)
    if isinstance(key, Recorded) and key.called == "torch.device":
        return ":".join(key_text(part) for part in key.args)
    if isinstance(key, Recorded) and key.called == "torch.Size" and len(key.args) == 1 and type(key.args[0]) is tuple:
        return f"torch.Size([{', '.join(_part_text(part) for part in key.args[0][:16])}])"
    return f"<{type_name(key)}>"


def _part_text(part: object) -> str:
    return repr(part) if isinstance(part, str) else key_text(part)


def type_name(node: object) -> str:
    """What a value is, in the file's own words."""
    if isinstance(node, OrderedMapping):
        return "OrderedDict"
    if isinstance(node, Recorded):
        if node.called == "_codecs.encode" and codec_bytes(node) is not None:
            return "bytes"
        return node.called.removeprefix("builtins.") if node.called in _PLAIN_TYPES else node.called
    if isinstance(node, Named):
        return "name"
    if isinstance(node, TensorCall):
        return "tensor"
    if isinstance(node, StorageId):
        return "storage" if node[:1] == ("storage",) else "persistent id"
    return "None" if node is None else type(node).__name__
