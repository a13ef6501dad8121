"""Writes rules that leave keys out, as few and as short as they can be without taking others with them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from explorer.keys.key_mapping import Rule, left_in, rename


def leaving_out(unwanted: Sequence[str], keys: Iterable[str]) -> tuple[Rule, ...]:
    r"""Make rules of which nothing stays of some keys: ``^head\.(weight|bias)$``, or ``^layers\.\d+\.bias$``.

    Args:
        unwanted: The keys that are to be left out.
        keys: All of them, of which the others stay as they are.
    """
    others = set(keys).difference(unwanted)
    rules = []
    for pattern, group in _patterns(unwanted, _any_number):
        compiled = re.compile(pattern)
        narrow = any(map(compiled.search, others))
        rules += [Rule(own, "") for own, _ in _patterns(group, re.escape)] if narrow else [Rule(pattern, "")]
    return tuple(rules)


def naming_alone(rules: Sequence[Rule], keys: Iterable[str]) -> tuple[Rule, ...]:
    """Those rules that name keys; all of them where others cannot go without changing the names.

    Args:
        rules: In order.
        keys: That they were applied to.
    """
    names = {key: key for key in keys}
    naming: list[Rule] = []
    for rule in rules:
        compiled = rule.compiled()
        after = {key: compiled.sub(rule.replacement, name) for key, name in names.items()}
        changed = [name for key, name in after.items() if name != names[key]]
        naming += [rule] if any(changed) or not changed else []
        names = after
    stay = left_in(names)
    return tuple(naming) if rename(stay, naming) == stay else tuple(rules)


def _patterns(keys: Sequence[str], written: Callable[[str], str]) -> Iterator[tuple[str, list[str]]]:
    """An expression for the keys of each layer, with these; the layer's name as `written` says it, part by part."""
    layers: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key in keys:
        *parts, last = key.split(".")
        layers["".join(rf"{written(part)}\." for part in parts)][re.escape(last)].append(key)
    for layer, lasts in layers.items():
        names = f"({'|'.join(lasts)})" if len(lasts) > 1 else next(iter(lasts))
        yield f"^{layer}{names}$", [key for group in lasts.values() for key in group]


def _any_number(part: str) -> str:
    return r"\d+" if part.isascii() and part.isdigit() else re.escape(part)
