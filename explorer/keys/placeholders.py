"""Rules as people would rather write them: ``blocks.{n}.attn`` for any number, ``{name}`` for any part of a key."""

import re
from typing import Final

from explorer.keys.key_mapping import KeyMappingError, Rule

_PLACE: Final = re.compile(r"\{([A-Za-z_]\w*)\}", re.ASCII)
# Whole parts between dots only: 1 is not found in 11.
_BEGIN, _END = r"(?<![^.])", r"(?![^.])"


def rule_of(find: str, replace: str) -> Rule:
    """Make a rule of what stands in a row of the editor.

    Args:
        find: A regular expression; or, where there is a placeholder in it, a part of a key as it is, from dot to dot:
            ``{n}``, or any other letter, is a number, and ``{name}``, or any other word, is whatever stands between
            two dots. The same placeholder twice is the same text twice.
        replace: What comes in its place: with the groups of the expression, or with the placeholders.

    Raises:
        KeyMappingError: There is nothing to find, or a placeholder comes that is not found. Whether it is a regular
            expression is not looked at.
    """
    if not find:
        raise KeyMappingError("Write what is to be found; ^ is the beginning of a key.")
    parts = _PLACE.split(find)
    names = parts[1::2]
    wanted = _PLACE.findall(replace)
    lacking = next((name for name in wanted if name not in names), None)
    if lacking is not None:
        raise KeyMappingError(f"{{{lacking}}} is in what comes, and not in what is to be found.")
    if not names:
        return Rule(find, replace)
    pattern = "" if find.startswith(".") else _BEGIN
    seen: set[str] = set()
    for place, part in enumerate(parts):
        if place % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            pattern += rf"(?P<{part}>\d+)" if len(part) == 1 else rf"(?P<{part}>[^.]+)"
    pattern += "" if find.endswith(".") else _END
    return Rule(pattern, _PLACE.sub(r"\\g<\1>", replace.replace("\\", r"\\")))
