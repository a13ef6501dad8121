"""Has a process of its own work out what a copy consists of, and takes down its answer."""

import json
import os
import threading
from typing import IO, Any

from explorer.checkpoint.child_process import end_process, start_process, why_ended
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.writing.options import CopyOptions
from explorer.checkpoint.writing.plan import Plan, PlannedRecord, planned_record
from explorer.progress import Report

POLL_S = 0.02
"""Seconds between two looks at whether the user changed their mind."""


def ask_for_plan(checkpoint: Checkpoint, options: CopyOptions, report: Report) -> Plan:
    """Have a copy planned that keeps the nesting of its source.

    Args:
        checkpoint: A zip archive of torch.save's, or one in the layout before.
        options: What is to be another than in the source.
        report: Asked meanwhile whether to go on.

    Raises:
        CheckpointError: The source cannot be copied so.
        Cancelled: `report` said so.
    """
    request = {
        "path": os.fspath(checkpoint.path),
        "identity": list(checkpoint.identity),
        "container": checkpoint.container,
        "device": options.device,
        "entry": options.entry,
        "top": "" if checkpoint.chosen is None else checkpoint.chosen.path,
        "names": options.names is not None,
        "dtype": options.dtype,
        "compact": options.compact,
        "break_sharing": options.break_sharing,
    }
    process = start_process("explorer.checkpoint.writing.planning_process")
    conversation = _Conversation(request, options, process.stdin, process.stdout)
    thread = threading.Thread(target=conversation.run, name="plan a copy", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            report(0, 0, "reading the structure")
            thread.join(POLL_S)
        if conversation.plan is None and conversation.failure is None:
            raise why_ended(process)
    finally:
        process.kill()  # ends what the thread waits for
        thread.join()
        end_process(process)
    if conversation.failure is not None:
        raise conversation.failure
    assert conversation.plan is not None  # noqa: S101 - looked at above
    return conversation.plan


class _Conversation:
    """Asks, on a thread of its own, since a pipe cannot be waited for with an ear for Cancel.

    Attributes:
        plan: What was answered; None where the process ended before.
        failure: What was raised instead.
    """

    def __init__(
        self, request: dict[str, Any], options: CopyOptions, requests: IO[bytes] | None, answers: IO[bytes] | None
    ) -> None:
        assert requests is not None  # noqa: S101 - opened as pipes
        assert answers is not None  # noqa: S101 - as above
        self._request = request
        self._options = options
        self._requests = requests
        self._answers = answers
        self.plan: Plan | None = None
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            self.plan = self._converse()
        except (BrokenPipeError, EOFError):
            pass  # the process ended
        except Exception as error:  # noqa: BLE001 - raised again by whoever asked: a rule for names may raise anything
            self.failure = error

    def _converse(self) -> Plan:
        self._send(self._request)
        plan = Plan()
        while True:
            message = json.loads(self._read(int.from_bytes(self._read(4), "big")))
            if "records" in message:
                first = len(plan.records)
                plan.records += [planned_record(fields, first + n) for n, fields in enumerate(message["records"])]
            elif "data" in message:
                plan.records.append(PlannedRecord(message["data"], self._read(message["nbytes"])))
            elif "keys" in message:
                assert self._options.names is not None  # noqa: S101 - else nobody asks for them
                names = self._options.names(message["keys"])
                plan.dropped = [key for key in message["keys"] if key not in names]
                self._send({"names": dict(names)})
            elif "error" in message:
                what, why, advice, verdict = message["error"]
                raise CheckpointError(what, why, advice, verdict=verdict)
            else:
                done = message["done"]
                plan.retagged, plan.names, plan.warnings = done["retagged"], done["names"], done["warnings"]
                return plan

    def _send(self, message: dict[str, Any]) -> None:
        self._requests.write(json.dumps(message).encode("ascii") + b"\n")
        self._requests.flush()

    def _read(self, nbytes: int) -> bytes:
        data = self._answers.read(nbytes)
        if len(data) < nbytes:
            raise EOFError
        return data
