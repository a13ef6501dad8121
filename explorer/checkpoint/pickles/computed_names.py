"""What is written in a pickle of the names of code that it does not write but computes."""

import io
import pickletools
from typing import Final

_MEMO_FILLS: Final = ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE")
_MEMO_READS: Final = ("GET", "BINGET", "LONG_BINGET")


def computed_names(pickled: bytes) -> list[str]:
    """Find names that a pickle asks for with something else than two texts in their place.

    Nothing is computed here, so that what such a name would be is not known. What is told in its place are the last
    two texts that stand before it: what the pickle goes about to hide.

    Args:
        pickled: The pickle, as far as it can be parsed.

    Returns:
        Each as ``module.name``.
    """
    found: list[str] = []
    written = ["", ""]
    is_text: dict[int, bool] = {}
    texts_in_a_row = 0
    try:
        for opcode, argument, _position in pickletools.genops(io.BytesIO(pickled)):
            if opcode.name in _MEMO_FILLS:
                place = len(is_text) if opcode.name == "MEMOIZE" else int(argument or 0)
                is_text[place] = texts_in_a_row > 0
                continue
            if "UNICODE" in opcode.name:
                written = [written[1], str(argument)]
                texts_in_a_row += 1
            elif opcode.name in _MEMO_READS and is_text.get(int(argument or 0)):
                texts_in_a_row += 1
            else:
                if opcode.name == "STACK_GLOBAL" and texts_in_a_row < 2:
                    found.append(".".join(written))
                texts_in_a_row = 0
    except ValueError:
        pass  # the rest cannot be parsed
    return found
