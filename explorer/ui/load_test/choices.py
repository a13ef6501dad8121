"""What is remembered of tests: which files may run, how models were made, and whose Python."""

import json
import sys
from pathlib import Path
from typing import Any, Final

from explorer.loading.model_file import ModelSource
from explorer.ui.settings import Settings

_MOST: Final = 200
"""Files of which something is remembered; the oldest go first."""


class LoadTestChoices:
    """Kept in the settings as JSON; what is damaged there reads as nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._once: ModelSource | None = None

    @property
    def interpreter(self) -> Path:
        """The Python that models are made with."""
        kept = self._settings.kept("load_test/python")
        return Path(kept) if kept else Path(sys.executable)

    @interpreter.setter
    def interpreter(self, path: Path) -> None:
        own = path == Path(sys.executable)
        self._settings.keep("load_test/python", "" if own else str(path))

    def may_run(self, source: ModelSource) -> bool:
        """Whether it was agreed that a file may run, as it is now: an edited one is another file."""
        return source == self._once or self._mapping("load_test/trusted").get(str(source.path)) == source.sha256

    def let_run(self, source: ModelSource) -> None:
        """Remember that a file may run, as long as it is not changed."""
        self._put("load_test/trusted", str(source.path), source.sha256)

    def let_run_once(self, source: ModelSource) -> None:
        """Let a file run as long as the program does, or until another one may."""
        self._once = source

    @property
    def trusted(self) -> list[Path]:
        """The files that may run."""
        return [Path(path) for path in self._mapping("load_test/trusted")]

    def forget_trust(self) -> None:
        """Have every file ask again."""
        self._once = None
        self._settings.keep("load_test/trusted", "")

    def expressions(self, path: Path) -> dict[str, str]:
        """What made models of a file before, by the name of the class or factory."""
        kept = self._mapping("load_test/expressions").get(str(path))
        made = kept if isinstance(kept, dict) else {}
        return {name: text for name, text in made.items() if isinstance(text, str)}

    def keep_expression(self, path: Path, name: str, expression: str) -> None:
        """Remember what made a model."""
        self._put("load_test/expressions", str(path), {**self.expressions(path), name: expression})

    def _mapping(self, name: str) -> dict[str, Any]:
        try:
            kept = json.loads(self._settings.kept(name) or "{}")
        except (ValueError, RecursionError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _put(self, name: str, key: str, value: object) -> None:
        kept = self._mapping(name)
        kept.pop(key, None)
        kept[key] = value
        newest = dict(list(kept.items())[-_MOST:])
        self._settings.keep(name, json.dumps(newest))
