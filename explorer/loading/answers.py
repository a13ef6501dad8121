"""Checks what comes from a trial: a model file's own code has had a hand in it, and may have put anything there."""

from collections.abc import Callable
from typing import Any, Final, Literal

Stage = Literal["import", "construct", "load"]
_Fits = Callable[[Any], bool]


class MakesNoSenseError(Exception):
    """An answer that is none: its text is a sentence.

    Attributes:
        stage: Of the test that it came from.
    """

    def __init__(self, stage: Stage, what: str) -> None:
        self.stage: Stage = stage
        super().__init__(f"{what} makes no sense.")


def checked(do: str, done: dict[str, Any]) -> dict[str, Any]:
    """Check the answer to a question.

    Args:
        do: What was asked.
        done: The answer.

    Raises:
        MakesNoSenseError: It is not what such an answer is.
    """
    # A model that cannot be made without memory is not tried.
    fields = _FIELDS[do] if do != "load" or "model" in done else {"why_not_meta": _FIELDS[do]["why_not_meta"]}
    for name, (fits, stage, what) in fields.items():
        if name not in done or not fits(done[name]):
            raise MakesNoSenseError(stage, what)
    return done


def is_frame(message: Any) -> bool:  # noqa: ANN401 - JSON of anybody's
    """Whether a message is an answer at all, or says that a stage has begun."""
    return any(kind(message) for kind in _FRAMES)


def _a(*kinds: type) -> _Fits:
    # True is an int in Python, and no number here.
    return lambda value: isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _or_none(fits: _Fits) -> _Fits:
    return lambda value: value is None or fits(value)


def _list_of(fits: _Fits) -> _Fits:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _row(*each: _Fits) -> _Fits:
    return lambda value: (
        isinstance(value, list)
        and len(value) == len(each)
        and all(fits(part) for fits, part in zip(each, value, strict=True))
    )


def _object(**fields: _Fits) -> _Fits:
    return lambda value: (
        isinstance(value, dict) and all(name in value and fits(value[name]) for name, fits in fields.items())
    )


def _count(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _stage(value: Any) -> bool:  # noqa: ANN401 - JSON
    return value in ("import", "construct", "load", "values", "forward")


_text: Final = _a(str)
_flag: Final = _a(bool)
_seconds: Final = _a(int, float)
_texts: Final = _list_of(_text)
_sizes: Final = _list_of(_count)
_state: Final = _list_of(_row(_text, _or_none(_sizes), _or_none(_text), _or_none(_count)))
_parameter: Final = _object(name=_text, kind=_text, required=_flag, default=_or_none(_text), annotation=_or_none(_text))
_offer: Final = _object(name=_text, kind=_text, of=_text, parameters=_list_of(_parameter))
_forward: Final = _object(
    inputs=_list_of(_row(_or_none(_text), _sizes, _or_none(_text))),
    seconds=_or_none(_seconds),
    outputs=_list_of(_row(_text, _sizes, _text, _or_none(_count), _or_none(_count))),
    others=_list_of(_row(_text, _text)),
    left_out=_count,
    message=_or_none(_text),
    traceback=_text,
)

_beside: Final = {"sources": _list_of(_row(_text, _text)), "as_new": _flag}
_error: Final = _object(stage=_stage, message=_text, traceback=_text, package=_or_none(_text))
_FRAMES: Final = (_object(stage=_text), _object(error=_error, **_beside), _object(done=_a(dict), **_beside))
"""What is in each kind of message."""

_ANSWER: Final = "What the trial answers"
_STATE: Final = "The state_dict() of the model, with keys that are no texts or sizes that are no numbers,"
_KEYS: Final = "What the model's load_state_dict returns, with keys that are no texts,"
_FIELDS: Final[dict[str, dict[str, tuple[_Fits, Stage, str]]]] = {
    "offers": {"offers": (_list_of(_offer), "import", "What the file tells of its classes")},
    "bytes": {"nbytes": (_count, "construct", "The memory that the model says it needs")},
    "load": {
        "model": (_text, "construct", _ANSWER),
        "device": (_text, "construct", _ANSWER),
        "why_not_meta": (_text, "construct", _ANSWER),
        "lacking": (_text, "import", _ANSWER),
        "seconds": (_seconds, "construct", _ANSWER),
        "rows": (_state, "construct", _STATE),
        "hidden": (_state, "construct", "The named_parameters() of the model"),
        "size_mismatch": (_list_of(_row(_text, _sizes, _sizes)), "construct", _STATE),
        "raised": (_or_none(_text), "load", _ANSWER),
        "returned": (_text, "load", _ANSWER),
        "takes_strict": (_flag, "load", _ANSWER),
        "missing": (_or_none(_texts), "load", _KEYS),
        "unexpected": (_or_none(_texts), "load", _KEYS),
        "arrived": (_texts, "load", _STATE),
        "unclear": (_texts, "load", _STATE),
        "taken": (_texts, "load", _ANSWER),
    },
    "values": {
        "raised": (_or_none(_text), "load", _ANSWER),
        "seconds": (_seconds, "load", _ANSWER),
        "peak": (_or_none(_count), "load", _ANSWER),
        "forward": (_or_none(_forward), "load", "What the model's forward pass returns"),
    },
}
"""Of each answer what is in it, and where it is from."""
