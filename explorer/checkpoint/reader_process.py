"""The reader process: parses one file and answers in plain data. Neither torch nor Qt is imported here.

It is started warm, reads one request (a line of JSON on stdin), answers in frames on stdout and ends. A frame is its
length as four bytes, then JSON: ``{"rows": ...}`` slices of at most `SLICE` tensors, each followed by columns of
numbers as they lie in memory, ``{"progress": ...}`` while a sharded checkpoint is read, and last ``{"done": ...}``
or ``{"error": ...}``. Whatever a stranger's file does to the parser, it does here, under a memory and a time limit.
"""

import codecs
import datetime as dt  # noqa: F401 - here, so that nothing is imported once a file is read
import gc
import json
import os
import re
import stat
import sys
from pathlib import Path
from typing import Any

import explorer.checkpoint.pickles.damage  # noqa: F401 - as above
from explorer.checkpoint.answer import Answer
from explorer.checkpoint.containers.files import START, parse_file
from explorer.checkpoint.containers.found import Found
from explorer.checkpoint.containers.shard_index import METADATA, SHARD_END, ShardIndex, find_index, read_index
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.limits import limit_memory
from explorer.checkpoint.listing import send_found, send_header
from explorer.checkpoint.pickles.names import named_code
from explorer.checkpoint.pickles.rebuild import TensorRows
from explorer.checkpoint.pread import read_up_to
from explorer.checkpoint.recognise import open_for_reading
from explorer.checkpoint.shards.distributed import is_distributed, send_distributed
from explorer.checkpoint.shards.files import Shards, as_checkpoint_error
from explorer.checkpoint.shards.indexed import send_sharded

for _encoding in ("ascii", "latin-1", "raw_unicode_escape", "utf-8"):
    codecs.lookup(_encoding)  # what unpickling text may need, loaded before a file is read


def main() -> None:
    """Answer one request and end."""
    gc.disable()
    answer_stream = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    sys.excepthook = _say_nothing
    line = sys.stdin.readline()
    if not line:
        return
    request = json.loads(line)
    answer = Answer(answer_stream)
    names: dict[str, None] = {}
    try:
        limit_memory()
        _read(request["path"], answer, names)
    except Exception as error:  # noqa: BLE001 - a damaged pickle raises anything
        answer.send({"error": _error_fields(as_checkpoint_error(error), names)})
    answer_stream.flush()
    os._exit(0)  # taking a hundred thousand objects apart would only cost time


def _say_nothing(*_error: object) -> None:
    """Keep Python from printing what C code cannot raise: it would parse the lines of source that led there."""


def _error_fields(error: CheckpointError, names: dict[str, None]) -> dict[str, Any]:
    return {
        "what": error.what,
        "why": error.why,
        "advice": error.advice,
        "verdict": error.verdict,
        "code": named_code(names),
    }


def _read(path: str, answer: Answer, names: dict[str, None]) -> None:
    done: dict[str, Any] = {"warnings": [], "byteorder": "little"}
    folder = str(Path(path).parent)
    if _is_folder(path):
        folder = path
        path, others = find_index(folder)
        done["index"] = path
        done["warnings"] += others
    elif path.endswith(SHARD_END) and Path(folder, METADATA).exists():
        raise CheckpointError(
            "This is a part of a distributed checkpoint", "", "open the folder that it lies in", verdict="unsupported"
        )
    descriptor, facts = open_for_reading(path)
    done["identity"] = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
    parsed: ShardIndex | Any
    index = read_index(descriptor, facts.st_size, read_up_to(descriptor, 0, START))
    if index is not None:
        send_sharded(index, Shards(folder), answer, names, done)
    else:
        parsed = parse_file(descriptor, facts.st_size, names)
        if not isinstance(parsed, Found):
            send_header(parsed, answer, done)
        elif is_distributed(parsed):
            send_distributed(parsed, Shards(folder), answer, done)
        else:
            send_found(parsed, descriptor, answer, done, TensorRows())
        if "container" in done and done["container"] != "sharded":
            done["warnings"] += _part_of_several(Path(path).name)
    answer.send({"done": done})


def _part_of_several(name: str) -> list[str]:
    """Say what the name of a shard tells; nothing of any other."""
    found = re.search(r"-(\d{5})-of-(\d{5})\.[a-z]+$", name)
    if found is None or int(found[2]) < 2:
        return []
    part, parts = int(found[1]), int(found[2])
    return [
        f"By its name it is part {part:,} of {parts:,} of a checkpoint: open their folder, or their index, for all."
    ]


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False  # opening it tells why
