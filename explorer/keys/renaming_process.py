"""Applies rules to keys in a process of its own: a regular expression may take for ever, and cannot be interrupted.

It reads one JSON object from its stdin, ``{"keys": [...], "rules": [[pattern, replacement], ...]}``, and writes JSON
lines: ``{"rule": n}`` when it begins with a rule, and in the end what `renaming.Renamed` holds. Or it reads ``{"keys":
[...], "find": pattern}``, and writes in which keys that finds something: ``{"problems": [problem], "found": [...]}``.
"""

import json
import re
import sys

from explorer.keys.key_mapping import KeyMappingError, Rule


def main() -> None:
    """Answer one question."""
    asked = json.load(sys.stdin)
    names = list(asked["keys"])
    if "find" in asked:
        _find(asked["find"], names)
        return
    rules = [Rule(pattern, replacement) for pattern, replacement in asked["rules"]]
    problems: list[str] = []
    counts: list[int] = []
    for place, rule in enumerate(rules):
        _say({"rule": place})
        problem, count = "", 0
        try:
            compiled = rule.compiled()
            if not any(problems):
                renamed = [compiled.sub(rule.replacement, name) for name in names]
                count = sum(before != after for before, after in zip(names, renamed, strict=True))
                names = renamed
        except KeyMappingError as error:
            problem = str(error)
        problems.append(problem)
        counts.append(count)
    _say({"problems": problems, "counts": counts, "names": names})


def _find(pattern: str, keys: list[str]) -> None:
    _say({"rule": 0})
    try:
        found, problem = list(map(bool, map(re.compile(pattern).search, keys))), ""
    except (re.error, RecursionError, OverflowError) as error:
        found, problem = [False] * len(keys), str(error)
    _say({"problems": [problem], "found": found})


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
