"""The one error that opening and reading a checkpoint raises."""

from typing import Final, Literal

Verdict = Literal["data-only", "references-code", "malformed", "unsupported", "limit", "unreadable"]
"""What a file turned out to be. The first two can be shown, whatever the pickle names; the rest say why not."""

SOUND: Final[tuple[Verdict, ...]] = ("data-only", "references-code")
"""Verdicts of files of which everything was read."""


class CheckpointError(Exception):
    """A checkpoint, or a part of it, cannot be read.

    Attributes:
        what: What happened, as a clause without a full stop: "weights.pth is not a checkpoint".
        why: The reason, as a clause: "it is an HTML page".
        advice: What the user can do about it, as a clause, or "".
        verdict: The kind of failure.
        code: Names of code that were met before the failure.
        refused: The file is cut so that whatever loads its kind surely refuses it.
    """

    def __init__(
        self,
        what: str,
        why: str = "",
        advice: str = "",
        *,
        verdict: Verdict = "malformed",
        code: tuple[str, ...] = (),
        refused: bool = False,
    ) -> None:
        self.what = what
        self.why = why
        self.advice = advice
        self.verdict: Verdict = verdict
        self.code = code
        self.refused = refused
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """One plain sentence: what, why, and what to do."""
        said = f"{self.what}: {self.why}" if self.why else self.what
        return f"{said}; {self.advice}." if self.advice else f"{said}."
