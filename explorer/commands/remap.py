"""What ``checkpoint-explorer remap`` does: writes a copy for another device, with other keys, or of a part."""

import argparse
import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

from explorer import formatting
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.writing.options import CAST_TO, CopyMade, CopyOptions
from explorer.commands.options import absolute, device, rule
from explorer.commands.speaking import NOT_DONE, about, be_lenient, complain, one_line, write
from explorer.keys.key_mapping import KeyMappingError, rename_matching
from explorer.progress import no_report

_SHOWN: Final = 20
"""Keys of a list in the text for people; --json has all."""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse keeps the type of its sub-parsers private
    """Add ``remap`` and its options to the program's sub-commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "remap",
        help="save a copy: for another device, with other keys, of a part, in another dtype or format",
        description="Saves a copy, as the window does: a new file that is compared with the source. Nothing of either "
        "is run. Keys are those of --entry, or of the entry that info shows first; what else there is stays as it is.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("out", type=Path, metavar="OUT", help="may not exist; .safetensors, else as torch.save writes")
    parser.add_argument("--device", type=device, help="on which torch.load puts the tensors: cpu, cuda:0 ...")
    parser.add_argument("--only", type=_pattern, metavar="REGEX", help="drop the keys in which it finds nothing")
    about = "rename the keys in which it finds something; a key of which nothing stays is left out"
    parser.add_argument(
        "--map", type=rule, action="append", default=[], metavar="REGEX=REPLACEMENT", dest="rules", help=about
    )
    parser.add_argument("--entry", metavar="PATH", help="write only that state_dict, and not what it stands in")
    parser.add_argument("--dtype", choices=CAST_TO, metavar="D", help="cast floating tensors: float16, bfloat16 ...")
    parser.add_argument("--compact", action="store_true", help="storages only as large as their tensors")
    parser.add_argument("--break-sharing", action="store_true", help="each tensor in a storage of its own")
    parser.add_argument("--salvage", action="store_true", help="of a damaged file, write the tensors that are whole")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.set_defaults(run=run_remap)


def _pattern(text: str) -> "re.Pattern[str]":
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from None


def run_remap(arguments: argparse.Namespace) -> int:
    """Write a copy; returns the exit status."""
    be_lenient(sys.stdout, sys.stderr)
    path, out = arguments.file, arguments.out
    try:
        # NumPy takes a tenth of a second to import, which the other commands and the window need not wait for.
        from explorer.checkpoint.writer import write_copy  # noqa: PLC0415

        path, out = absolute(path), absolute(out)
        names = None
        if arguments.only is not None or arguments.rules:
            names = partial(rename_matching, only=arguments.only, rules=arguments.rules)
        storages = {"compact": arguments.compact, "break_sharing": arguments.break_sharing}
        salvage = arguments.salvage
        options = CopyOptions(arguments.device, arguments.entry, names, arguments.dtype, **storages, salvage=salvage)
        made = write_copy(open_checkpoint(path), out, options, no_report)
    except (CheckpointError, KeyMappingError) as error:
        sentence = error.sentence if isinstance(error, CheckpointError) else str(error)
    except KeyboardInterrupt:
        sentence = "The copy was not written to its end: you interrupted it; nothing was left behind."
    else:
        return write(json.dumps(_as_json(path, made)) if arguments.json else "\n".join(_text(made)))
    if arguments.json:
        write(json.dumps(_refused(path, out, sentence)))
    complain(about(path, sentence))
    return NOT_DONE


def refused(sentence: str) -> dict[str, Any]:
    """What ``--json`` answers where the arguments are wrong."""
    return _refused(None, None, sentence)


def _refused(path: Path | None, out: Path | None, sentence: str) -> dict[str, Any]:
    counts = ("bytes", "tensors", "renamed", "retagged", "cast", "overflowed", "flushed")
    return {
        "file": None if path is None else str(path),
        "out": None if out is None else str(out),
        **dict.fromkeys(counts, 0),
        "dropped": {"tensors": 0, "keys": []},
        "warnings": [],
        "seconds": None,
        "verified": None,
        "message": sentence,
    }


def _as_json(path: Path, made: CopyMade) -> dict[str, Any]:
    checked = made.verified
    return {
        "file": str(path),
        "out": str(made.out),
        "bytes": made.nbytes,
        "tensors": made.tensors,
        "renamed": made.renamed,
        "retagged": made.retagged,
        "cast": made.cast,
        "overflowed": made.overflowed,
        "flushed": made.flushed,
        "dropped": {"tensors": made.dropped, "keys": list(made.dropped_keys)},
        "warnings": list(made.warnings),
        "seconds": round(made.seconds, 3),
        "verified": {
            "tensors": checked.tensors,
            "identical": checked.same,
            "bytes": checked.nbytes,
            "seconds": round(checked.seconds, 3),
        },
        "message": made.message,
    }


def _text(made: CopyMade) -> list[str]:
    took = f"{formatting.duration(made.seconds)}, and {formatting.duration(made.verified.seconds)} to compare"
    lines = [f"{formatting.visible(made.out.name)}, {formatting.nbytes(made.nbytes)}, written in {took}"]
    lines.append(one_line(made.message))
    lines += [f"Warning: {one_line(warning)}" for warning in made.warnings]
    if made.dropped_keys:
        lines += ["", f"Left out ({formatting.exact(len(made.dropped_keys))}):"]
        lines += [f"    {formatting.visible(key)}" for key in made.dropped_keys[:_SHOWN]]
        more = len(made.dropped_keys) - _SHOWN
        lines += [f"    and {formatting.exact(more)} more"] if more > 0 else []
    return lines
