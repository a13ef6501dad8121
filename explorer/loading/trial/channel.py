"""Frames between the trial and the application: 4 bytes of length, 16 bytes of nonce and JSON.

What comes in brings the nonce that the answer is signed with, so that nothing that a model file writes is taken for
one.
"""

from __future__ import annotations

import json
import os
from typing import Any

NONCE_BYTES = 16
# Kept from before the model file may put others in their place.
_read_json, _write_json = json.loads, json.dumps


class Channel:
    """Frames from and to the application."""

    def __init__(self) -> None:
        """Put them out of reach of the model file's own input and output."""
        self._requests = os.fdopen(os.dup(0), "rb")
        self._answers = os.fdopen(os.dup(1), "wb")
        self._nonce = b""
        # What the model file prints goes where its complaints go, and there is nothing for it to read.
        os.dup2(2, 1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)

    def ask(self) -> dict[str, Any] | None:
        """The next request; None at the end."""
        size = int.from_bytes(self._requests.read(4), "big")
        self._nonce = self._requests.read(NONCE_BYTES)
        data = self._requests.read(size)
        return _read_json(data) if size and len(data) == size else None

    def answer(self, message: dict[str, Any]) -> None:
        """Send an answer, or the stage that has begun."""
        data = _write_json(message).encode("ascii")
        self._answers.write(len(data).to_bytes(4, "big") + self._nonce + data)
        self._answers.flush()


class Teller:
    """Says to the application which stage has begun."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.stage = "import"

    def __call__(self, begun: str) -> None:
        """Say that a stage has begun."""
        self.stage = begun
        self._channel.answer({"stage": begun})
