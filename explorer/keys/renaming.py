"""What rules of the user's would make of keys, told in time whatever the rules are."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from explorer.formatting import plural, visible
from explorer.keys.families import fold
from explorer.keys.key_mapping import KeyMappingError, Rule
from explorer.progress import Report

PATIENCE_S: Final = 1.0
"""For one rule over all keys."""
_START_S: Final = 20.0
"""For the process to start, on a machine that is busy."""
_POLL_S: Final = 0.02
_PROGRAM: Final = "import sys;sys.path.append({root!r});from explorer.keys.renaming_process import main;main()"


_SLOW: Final = "It takes too long: there are too many ways to find it in a key. Write it more narrowly."


class Change(NamedTuple):
    """Keys that are renamed alike.

    Attributes:
        before: What they are called, numbers folded.
        after: What they will be called; "" where they are left out.
        keys: How many they are.
    """

    before: str
    after: str
    keys: int


@dataclass(frozen=True, slots=True)
class Renamed:
    """What rules make of keys.

    Attributes:
        problems: Of each rule why it cannot be applied, as a sentence; "" where it can.
        counts: Of each rule how many keys it changes.
        refused: Why the rules together cannot be applied, as a sentence; "" where they can.
        changes: Keys that are called otherwise, in their order.
        changed: How many these are.
        total: All keys.
        fitting: Keys that then have a name and shape of the model's; None where no model is known.
        reshaped: Keys that then have a name of the model's, with another shape; likewise.
    """

    problems: tuple[str, ...]
    counts: tuple[int, ...]
    refused: str
    changes: tuple[Change, ...]
    changed: int
    total: int
    fitting: int | None
    reshaped: int | None = None

    @property
    def left_out(self) -> int:
        """How many keys have no name left."""
        return sum(change.keys for change in self.changes if not change.after)

    @property
    def fine(self) -> bool:
        """The rules can be applied."""
        return not self.refused and not any(self.problems)


class Renaming:
    """One question about rules; `stop` ends it from another thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def stop(self) -> None:
        """End the process."""
        self._stopped = True
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def ask(
        self,
        keys: Sequence[str],
        rules: Sequence[Rule],
        report: Report,
        *,
        shapes: Mapping[str, tuple[int, ...]] | None = None,
        model: Mapping[str, tuple[int, ...] | None] | None = None,
    ) -> Renamed:
        """Apply rules to keys.

        Args:
            keys: Each once.
            rules: In order.
            report: Called again and again; ends it where it raises.
            shapes: Of tensors, by key.
            model: Shapes of the model's tensors, by key; None where there is no model.

        Raises:
            Cancelled: By `report`.
        """
        answer = self._answer(_question(keys, rules), report)
        if "names" not in answer:
            place = answer["rule"]
            problems = tuple(_SLOW if other == place else "" for other in range(len(rules)))
            return Renamed(problems, (0,) * len(rules), "", (), 0, len(keys), None)
        names: list[str] = answer["names"]
        problems = tuple(answer["problems"])
        pairs = [(key, name) for key, name in zip(keys, names, strict=True) if key != name]
        fitting = reshaped = None
        if model is not None and shapes is not None:
            named = [(key, name) for key, name in zip(keys, names, strict=True) if key in shapes and name in model]
            fitting = sum(model[name] in (shapes[key], None) for key, name in named)
            reshaped = len(named) - fitting
        return Renamed(
            problems=problems,
            counts=tuple(answer["counts"]),
            refused="" if any(problems) else _collision(keys, names),
            changes=tuple(_changes(pairs)),
            changed=len(pairs),
            total=len(keys),
            fitting=fitting,
            reshaped=reshaped,
        )

    def rename(self, keys: Sequence[str], rules: Sequence[Rule], report: Report) -> dict[str, str]:
        """Apply rules to keys, as `explorer.keys.key_mapping.rename`; arguments as of `ask`, "" for what is left out.

        Raises:
            Cancelled: By `report`.
            KeyMappingError: As `rename`, or a rule takes too long.
        """
        if not rules:
            return {key: key for key in keys}
        answer = self._answer(_question(keys, rules), report)
        if "names" not in answer:
            raise KeyMappingError(f"The rule {visible(str(rules[answer['rule']]))} cannot be applied. {_SLOW}")
        names: list[str] = answer["names"]
        refused = next(filter(None, answer["problems"]), "") or _collision(keys, names)
        if refused:
            raise KeyMappingError(refused)
        return dict(zip(keys, names, strict=True))

    def matching(self, keys: Sequence[str], pattern: str, report: Report) -> set[str]:
        """The keys in which a regular expression finds something.

        Args:
            keys: Each once.
            pattern: The regular expression.
            report: As of `ask`.

        Raises:
            Cancelled: By `report`.
            KeyMappingError: It is no regular expression, or takes too long.
        """
        answer = self._answer(json.dumps({"keys": list(keys), "find": pattern}).encode("ascii"), report)
        if "found" not in answer:
            raise KeyMappingError(f"{visible(pattern)} cannot be looked for. {_SLOW}")
        if answer["problems"][0]:
            raise KeyMappingError(f"{visible(pattern)} is no regular expression: {answer['problems'][0]}.")
        return {key for key, found in zip(keys, answer["found"], strict=True) if found}

    def _answer(self, question: bytes, report: Report) -> dict[str, Any]:
        """The last line that the process says in time; ``{"rule": n}`` where it did not get beyond that rule."""
        root = str(Path(__file__).resolve().parents[2])
        process = self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program; no shell
            [sys.executable, "-I", "-S", "-c", _PROGRAM.format(root=root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            if self._stopped:
                process.kill()
            return _converse(process, question, report)
        finally:
            process.kill()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
            process.wait()


def _question(keys: Sequence[str], rules: Sequence[Rule]) -> bytes:
    asked = {"keys": list(keys), "rules": [[rule.pattern, rule.replacement] for rule in rules]}
    return json.dumps(asked).encode("ascii")


def _converse(process: "subprocess.Popen[bytes]", question: bytes, report: Report) -> dict[str, Any]:
    said: list[bytes] = []
    reader = _Lines(process, question, said)
    heard, begin = 0, time.monotonic()
    try:
        while reader.alive:
            report(0, 0, "renaming")
            reader.wait(_POLL_S)
            if len(said) > heard:
                heard, begin = len(said), time.monotonic()
            elif time.monotonic() - begin > (PATIENCE_S if heard else _START_S):
                break
    finally:
        # Also where it is cancelled: the thread reads until the process has ended, and nothing is closed before.
        process.kill()
        reader.wait(_START_S)
    report(0, 0, "renaming")
    lines = [line for line in said if line.endswith(b"\n")]
    answer: dict[str, Any] = json.loads(lines[-1]) if lines else {"rule": 0}
    return answer


class _Lines:
    """Writes the question and collects the lines of the answer, on a thread."""

    def __init__(self, process: "subprocess.Popen[bytes]", question: bytes, said: list[bytes]) -> None:
        self._process, self._question, self._said = process, question, said
        self._thread = threading.Thread(target=self._run, name="answers of the renaming", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - made with a pipe
        assert stdout is not None  # noqa: S101 - as above
        with contextlib.suppress(BrokenPipeError):
            stdin.write(self._question)
            stdin.close()
        for line in stdout:
            self._said.append(line)


def _collision(keys: Sequence[str], names: Sequence[str]) -> str:
    """The sentence about two keys that would have one name; "" where there are none."""
    taken: dict[str, str] = {}
    named = ((key, name) for key, name in zip(keys, names, strict=True) if name)
    clashes = [(key, name) for key, name in named if taken.setdefault(name, key) != key]
    if not clashes:
        return ""
    key, name = clashes[0]
    more = f" It is so with {plural(len(clashes) - 1, 'more key')}." if len(clashes) > 1 else ""
    return f"Two keys would be called {visible(name)}: {visible(taken[name])} and {visible(key)}.{more}"


def _changes(pairs: Sequence[tuple[str, str]]) -> list[Change]:
    """Fold what is renamed; where its new names do not fold as its old ones do, key by key."""
    new = dict(pairs)
    changes = []
    for family in fold(new):
        after = fold(dict.fromkeys(new[key] for key in family.keys))
        if len(after) == 1:
            changes.append(Change(family.name, after[0].name, len(family.keys)))
        else:
            changes += [Change(key, new[key], 1) for key in family.keys]
    return changes
