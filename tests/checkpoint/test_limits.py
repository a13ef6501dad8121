"""What the reader process may use."""

import resource

import pytest

from explorer.checkpoint.limits import limit_memory


def test_a_system_that_takes_no_limit_of_memory_reads_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(which: int, limits: tuple[int, int]) -> None:
        asked.append((which, limits))
        if which == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")  # as on macOS

    monkeypatch.setattr(resource, "setrlimit", refuse)
    limit_memory()
    assert asked[-1] == (resource.RLIMIT_CORE, (0, 0))
