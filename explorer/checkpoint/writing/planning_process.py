"""The process that works out what a copy consists of: parses one file and answers in plain data.

As the reader process it imports neither torch nor Qt, and has a memory and a time limit. It is asked in one line of
JSON and answers in frames: their length as four bytes, then JSON. ``{"keys": ...}`` asks how keys are to be called,
and is answered by a line ``{"names": ...}``; ``{"data": name, "nbytes": ...}`` is followed by so many bytes;
``{"records": ...}`` are records that are read from the source; last comes ``{"done": ...}`` or ``{"error": ...}``.
"""

import codecs
import contextlib
import gc
import json
import os
import pickletools  # noqa: F401 - here, so that nothing is imported once a file is read
import sys
from functools import partial
from typing import Any, BinaryIO, Final

import explorer.checkpoint.pickles.computed_names  # noqa: F401 - as above
from explorer.checkpoint.answer import SLICE, Answer
from explorer.checkpoint.containers.files import parse_file
from explorer.checkpoint.containers.found import Found
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.limits import limit_memory, limit_time
from explorer.checkpoint.pread import read_up_to  # noqa: F401 - as above
from explorer.checkpoint.recognise import open_for_reading
from explorer.checkpoint.shards.files import as_checkpoint_error
from explorer.checkpoint.writing.carrying import plan_carried
from explorer.checkpoint.writing.naming import AskNames
from explorer.checkpoint.writing.pickling import MAX_DEPTH
from explorer.checkpoint.writing.plan import Plan, record_fields
from explorer.checkpoint.writing.restructuring import Structure, plan_restructured
from explorer.checkpoint.writing.retag import NotCarried

for _encoding in ("ascii", "latin-1", "raw_unicode_escape", "utf-8"):
    codecs.lookup(_encoding)  # what reading text may need, loaded before a file is read

WALK_BYTES_PER_SECOND: Final = 1_000_000
"""Of a pickle, at least: each opcode is looked at in Python."""


FRAMES: Final = 10
"""Calls of functions that a level of nesting takes, at most."""


def main() -> None:
    """Answer one request and end."""
    gc.disable()
    sys.setrecursionlimit(MAX_DEPTH * FRAMES)
    stream = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    line = sys.stdin.readline()
    if not line:
        return
    request = json.loads(line)
    answer = Answer(stream)
    try:
        limit_memory()
        send_plan(_plan(request, partial(_ask, answer, stream)), answer)
    except Exception as error:  # noqa: BLE001 - a damaged pickle raises anything
        failed = as_checkpoint_error(error)
        answer.send({"error": [failed.what, failed.why, failed.advice, failed.verdict]})
    stream.flush()
    os._exit(0)  # taking a hundred thousand objects apart would only cost time


def _plan(request: dict[str, Any], ask: AskNames) -> Plan:
    descriptor, facts = open_for_reading(request["path"])
    if [facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns] != request["identity"]:
        raise CheckpointError("The file changed since it was opened", "", "open it again", verdict="unreadable")
    limit_time(min(facts.st_size, 1 << 27), WALK_BYTES_PER_SECOND)
    names = ask if request["names"] else None
    storages = {name: request[name] for name in ("compact", "break_sharing")}
    wanted = Structure(request["device"], request["entry"], request["top"], names, request["dtype"], **storages)
    anew = wanted.compact or wanted.break_sharing
    if wanted.entry is None and names is None and wanted.dtype is None and not anew:
        # What the zip layout cannot say as the one before did is written anew.
        with contextlib.suppress(NotCarried):
            return plan_carried(descriptor, facts.st_size, request["container"], wanted.device)
    found = parse_file(descriptor, facts.st_size, {})
    assert isinstance(found, Found)  # noqa: S101 - it is asked only for a container that has pickles
    return plan_restructured(found, wanted)


def _ask(answer: Answer, stream: BinaryIO, keys: list[str]) -> dict[str, str]:
    answer.send({"keys": keys})
    stream.flush()
    names: dict[str, str] = json.loads(sys.stdin.readline())["names"]
    return names


def send_plan(plan: Plan, answer: Answer) -> None:
    """Send a plan, record by record and in its order."""
    waiting: list[Any] = []

    def send_waiting() -> None:
        if waiting:
            answer.send({"records": waiting})
            waiting.clear()

    for record in plan.records:
        if record.data is None:
            waiting.append(record_fields(record))
            if len(waiting) == SLICE:
                send_waiting()
        else:
            send_waiting()
            answer.send_bytes({"data": record.name, "nbytes": len(record.data)}, record.data)
    send_waiting()
    answer.send({"done": {"retagged": plan.retagged, "names": plan.names, "warnings": plan.warnings}})
