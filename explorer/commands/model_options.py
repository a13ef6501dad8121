"""The options that say into which model a checkpoint is loaded: of `load-test`, and of a window that does the same."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.options import rule

if TYPE_CHECKING:
    from explorer.loading.values_step import Input


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """Have a window test-load: ``--model`` and the options of ``load-test``."""
    parser.add_argument("--model", type=model, metavar="MODEL.py:NAME", help="test-load into it")
    add_test_options(parser)


def add_test_options(parser: argparse.ArgumentParser) -> None:
    """Add what says how a model is made and what is loaded into it."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--args", type=_arguments, default=[], metavar="JSON", help="of NAME, by name or by place")
    how.add_argument("--build", metavar="EXPRESSION", help="Python that makes the model, in the file's namespace")
    parser.add_argument(
        "--strict", action=argparse.BooleanOptionalAction, default=True, help="as load_state_dict takes it"
    )
    parser.add_argument("--values", action="store_true", help="load the values for real")
    parser.add_argument(
        "--forward", type=_inputs, metavar="SHAPE", help="load them and run the model once: 1,3,224,224 or 1,16:int64"
    )
    parser.add_argument("--entry", metavar="PATH", help="of the state_dict in the checkpoint")
    about = "rename the keys in which it finds something; a key of which nothing stays is left out"
    parser.add_argument(
        "--map", type=rule, action="append", default=[], metavar="REGEX=REPLACEMENT", dest="rules", help=about
    )
    parser.add_argument("--python", type=Path, default=Path(sys.executable), metavar="INTERPRETER")
    parser.add_argument("--trust", action="store_true", help="MODEL.py may run, as you, with your files and network")


def model(text: str) -> tuple[Path, str]:
    """Read ``MODEL.py:NAME``.

    Raises:
        argparse.ArgumentTypeError: It is not written so.
    """
    file, colon, name = text.rpartition(":")
    if not (file and colon and name):
        raise argparse.ArgumentTypeError(f"{text!r} names no model: write it as MODEL.py:NAME")
    return Path(file), name


def _arguments(text: str) -> object:
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"it is no JSON: {error}") from None
    if not isinstance(arguments, (dict, list)):
        raise argparse.ArgumentTypeError("it is neither an object nor a list")
    return arguments


def _inputs(text: str) -> "tuple[Input, ...]":
    from explorer.loading.values_step import ValuesError, parse_inputs  # noqa: PLC0415 - most windows test nothing

    try:
        return parse_inputs(text)
    except ValuesError as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None
