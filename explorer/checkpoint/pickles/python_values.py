"""Values of Python's own classes as a pickle holds them: as calls, from whose arguments the text is made here.

Formats: ``__reduce__`` of complex, of the classes of datetime, and of pathlib's paths, in Python 2.7 to 3.14.
"""

from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Final

from explorer.checkpoint.pickles.unpickler import Recorded, codec_bytes

if TYPE_CHECKING:
    import datetime as dt

_FOLD: Final = 0x80
"""In the byte of a month or hour: it is the second of two hours that a clock shows when it is set back."""


def complex_number(value: object) -> complex | None:
    """A complex number; None for anything else."""
    if (
        isinstance(value, Recorded)
        and value.called == "builtins.complex"
        and list(map(type, value.args)) == [float] * 2
    ):
        return complex(*value.args)
    return None


def path_text(value: object) -> str | None:
    """A path of pathlib; None for anything else."""
    if not isinstance(value, Recorded) or not value.called.startswith("pathlib.") or not value.args:
        return None
    if any(not isinstance(part, str) for part in value.args):
        return None
    kind: type[PurePath] = PureWindowsPath if value.called.endswith("WindowsPath") else PurePosixPath
    return str(kind(*value.args))


def time_text(value: object) -> str | None:
    """A date, time, both, or a distance between two; None for anything else, and where its bytes make no sense."""
    if not isinstance(value, Recorded) or not value.called.startswith("datetime."):
        return None
    try:
        return _time_text(value)
    except (ValueError, TypeError, OverflowError):  # what the bytes say is no day or hour, or an argument is no number
        return None


def _time_text(value: Recorded) -> str | None:
    import datetime as dt  # noqa: PLC0415 - the reader process has it; the window need not wait for it

    if value.called == "datetime.timedelta":
        return str(dt.timedelta(*value.args))
    held = codec_bytes(value.args[0]) if value.args else None
    zone = _zone(value.args[1]) if len(value.args) > 1 else None
    if held is None or len(value.args) > 2 or (len(value.args) == 2 and zone is None):
        return None
    if value.called == "datetime.date" and len(held) == 4:
        return str(dt.date(_number(held[:2]), held[2], held[3]))
    if value.called == "datetime.datetime" and len(held) == 10:
        day = dt.date(_number(held[:2]), held[2] & ~_FOLD, held[3])
        return str(dt.datetime.combine(day, _clock(held[4:], zone)))
    if value.called == "datetime.time" and len(held) == 6:
        return str(_clock(bytes([held[0] & ~_FOLD, *held[1:]]), zone))
    return None


def _clock(held: bytes, zone: "dt.timezone | None") -> "dt.time":
    import datetime as dt  # noqa: PLC0415 - as above

    return dt.time(held[0], held[1], held[2], _number(held[3:]), zone)


def _number(held: bytes) -> int:
    return int.from_bytes(held, "big")


def _zone(value: object) -> "dt.timezone | None":
    """A fixed distance from UTC; None for the zones of other libraries."""
    import datetime as dt  # noqa: PLC0415 - as above

    if isinstance(value, Recorded) and value.called == "datetime.timezone" and value.args:
        distance = value.args[0]
        if isinstance(distance, Recorded) and distance.called == "datetime.timedelta":
            return dt.timezone(dt.timedelta(*distance.args))
    return None
