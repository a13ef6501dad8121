"""What the reader process may use of memory and processor time, whatever a stranger's file makes of it."""

from contextlib import suppress
from typing import Final

try:
    import resource
except ImportError:  # Windows has none: there only Cancel ends what takes too much
    resource = None  # type: ignore[assignment]  # a module anywhere else

MEMORY_LIMIT: Final = 1_000_000_000
"""Bytes."""

SECONDS: Final = 6
"""Processor time for any file, and one more second for each `BYTES_PER_SECOND` of it that are parsed."""
BYTES_PER_SECOND: Final = 8_000_000
SMALL_SECONDS: Final = 3
"""In place of `SECONDS` for a file of nearly nothing, and one more for each of its first megabytes."""


def limit_memory() -> None:
    """Let the process have so much memory and no more, and leave no image of it behind when it crashes."""
    if resource is not None:
        # macOS refuses every limit below what a process has mapped from the start, which there is more than this.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_time(nbytes: int, rate: int = BYTES_PER_SECOND) -> None:
    """Let the process end by itself once it took longer than any honest file needs; once more for each further file.

    Args:
        nbytes: How much is parsed.
        rate: Bytes that are parsed in a second, at least.
    """
    if resource is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
        # The first limit is in the process's whole time, and each further file's comes on top.
        base = min(SECONDS, SMALL_SECONDS + nbytes // 1_000_000)
        before = base if soft == resource.RLIM_INFINITY else soft
        # To kill it the hard limit is not needed, and it could not be raised again.
        most = before + -(-nbytes // rate)
        resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
