"""Numbers for people, and names from files as text that hides nothing."""

import csv
import io
import math
import re
import sys
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, Literal, SupportsIndex

ELLIPSIS: Final = "…"
NOTHING: Final = "–"
"""Stands where there is no figure."""
UNNAMED: Final = "(unnamed)"
"""Stands where a name is empty."""

_COUNTS: Final = ("k", "M", "B", "T")
_BYTES: Final = ("kB", "MB", "GB", "TB", "PB", "EB")
_MOST: Final = 10**30
"""Above this no real file counts: hostile shapes do, and Python refuses to print some of them."""

_DEVICES_NAMED: Final = 5

_EXACT_INTEGERS: Final = 9_999_999
_DIGITS: Final = 4
_ALL_DIGITS: Final = 17
"""No two float64 are equal in so many."""
_FIXED_BELOW: Final = 12
"""The power of ten from which on numbers have an exponent, however many digits they are to have."""
_LEAST_MARKED: Final = 60
_CHECKED: Final = 200_000
"""A name cut to `_LEAST_MARKED` characters or more ends in its checksum, which is of so many characters."""
_MARKS: Final = 3
"""Combining marks on one letter; living scripts need no more."""

_BLANK: Final = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFFFC, 0x16FE4, 0x1D159}
    | {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
)
"""Drawn as nothing or as a gap, though `str.isprintable` takes them: fillers, joiners, variation selectors."""
_ORDINARY: Final = re.compile("[ -~\\n\\t°±×÷–—‘’“”•…≈≠≤≥−]*")
"""Texts that need not be looked through letter by letter: nearly all that are not a file's."""


def count(n: int) -> str:
    """Say how many, in three significant digits: ``993``, ``5.57 k``, ``11.7 M``, ``6.71 B``, ``1.20 T``."""
    return _stepped(n, "", _COUNTS)


def nbytes(n: int) -> str:
    """Say how many bytes, in three significant digits and decimal units: ``512 B``, ``614 kB``, ``44.7 MB``."""
    return _stepped(n, " B", _BYTES)


def _stepped(n: int, below: str, units: Sequence[str]) -> str:
    if n < 0:
        return f"-{_stepped(-n, below, units)}"
    if n < 1000:
        return f"{n}{below}"
    for power, unit in enumerate(units, start=1):
        for decimals in (2, 1, 0):
            step = 10 ** (3 * power - decimals)
            rounded = (n + step // 2) // step
            if rounded < 1000:
                return f"{rounded / 10**decimals:.{decimals}f} {unit}"
    return f"> 999 {units[-1]}"


def exact(n: int) -> str:
    """Every digit, in groups of three: ``2,359,296``."""
    return f"{n:,}" if abs(n) < _MOST else count(n)


def steps(n: float) -> str:
    """A count that may be stored as any number: every digit, in groups of three, where it is whole."""
    return exact(int(n)) if n.is_integer() else figure(n)


def exact_bytes(n: int) -> str:
    """Every digit of a size: ``2,359,296 bytes``."""
    return plural(n, "byte")


def plural(n: int, one: str, many: str = "") -> str:
    """Count things by name: ``1 tensor``, ``340 tensors``.

    Args:
        n: How many.
        one: The name of one.
        many: The name of several, where it is not ``one`` with an s.
    """
    return f"{exact(n)} {one if n == 1 else many or one + 's'}"


def container(name: str, shards: int, missing: int = 0) -> str:
    """How a checkpoint is laid out: ``zip``, ``sharded in 3 files``, ``sharded, 2 of 3 files``.

    Args:
        name: Of the container.
        shards: Files that it is spread over; 0 where it is one.
        missing: Further ones that are not there.
    """
    if missing:
        return f"{name}, {exact(shards)} of {plural(shards + missing, 'file')}"
    return f"{name} in {plural(shards, 'file')}" if shards else name


def about(n: int, one: str) -> str:
    """Count things by name as `count` does: ``1 parameter``, ``11.7 M parameters``.

    Args:
        n: How many.
        one: The name of one.
    """
    return f"{count(n)} {one if n == 1 else one + 's'}"


def figure(x: float | None, step: float = 0.0) -> str:
    """A statistic in four significant digits, ready to be copied into other programs (ASCII minus, no groups).

    Numbers from ten thousand to a million show all digits before the point; smaller than 0.0001 and from a million
    on they are written with an exponent. Integers up to 9,999,999 are exact. Both zeros are ``0``.

    Args:
        x: A number, or None where there is none, which gives a dash.
        step: Numbers that are so far apart are to look different, which may take more digits: ``1.00002`` beside
            ``1.00004``. 0 for any distance.
    """
    if x is None:
        return NOTHING
    # To ask whether a float supports __index__ takes longer than all the rest.
    if type(x) is not float and isinstance(x, SupportsIndex) and abs(x) <= _EXACT_INTEGERS:
        return str(int(x))
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "+Inf" if x > 0 else "-Inf"
    if x == 0:
        return "0"
    digits = _digits(x, step)
    if digits > _DIGITS:
        # With so many digits an exponent would only be in the way, as long as all of them are before or near the point.
        power = _power(x)
        written = f"{x:.{max(0, digits - 1 - power)}f}" if -4 <= power < _FIXED_BELOW else f"{x:.{digits}g}"
        return written.rstrip("0").rstrip(".") if "." in written and "e" not in written else written
    # The upper end lies half a unit below a million: from there on the digits would round up to it.
    return f"{x:.0f}" if 1e4 <= abs(x) < 999_999.5 else f"{x:.4g}"


def every_digit(x: float) -> str:
    """A number in as many digits as tell it from all others: ``0.1``, ``3``; else as `figure`."""
    return repr(float(x)).removesuffix(".0") if math.isfinite(x) and x != 0 else figure(x)


def rough_figure(x: float, low: float, high: float, step: float = 0.0) -> str:
    """A number that is known to lie between two others, in no more digits than these leave certain.

    Args:
        x: The number, from `low` to `high`.
        low: It is not below this.
        high: It is not above this.
        step: As for `figure`.

    Returns:
        As `figure`; where not even the first digit is certain, both ends in one digit: ``-2e+300 to 3e+38``.
    """
    # Halves, because the whole way may be more than float64 holds.
    doubt = high / 2 - low / 2
    if doubt <= 0 or x == 0:
        return figure(x, step)
    certain = _power(x) - math.ceil(math.log10(doubt)) + 1
    if certain < 1:
        return f"{low:.1g} to {high:.1g}"
    rounded = float(f"{x:.{min(certain, _ALL_DIGITS)}g}")
    # With one digit less than `figure` would need to tell such numbers apart.
    power = min(_power(x) - certain + 2, sys.float_info.max_10_exp)
    return figure(rounded, step if certain >= _digits(x, step) else 10.0**power)


def _digits(x: float, step: float) -> int:
    """Significant digits that tell a number from those a step away."""
    if not 0 < step < math.inf:
        return _DIGITS
    # One power of ten below the step's own: on that grid no rounding makes two neighbours one.
    return min(max(_DIGITS, _power(x) - math.ceil(math.log10(step)) + 2), _ALL_DIGITS)


def _power(x: float) -> int:
    return math.floor(math.log10(abs(x)))


def percent(part: float, whole: float) -> str:
    """A share, rounded down, so that it never says more than is true: only all of it is ``100 %``.

    Between 1 % and 99 % it has one decimal, near both ends two; ``<0.01 %`` is little but not nothing.

    Args:
        part: From 0 to ``whole``.
        whole: What ``part`` belongs to; a share of nothing is a dash.
    """
    if whole == 0:
        return NOTHING
    if part == 0:
        return "0.0 %"
    if part == whole:
        return "100 %"
    # 0.29 is 29 %, though the float nearest to it is smaller.
    share = (Fraction(part) / Fraction(whole)).limit_denominator(10**12)
    hundredths = min(math.floor(share * 10_000), 9_999)
    if hundredths < 1:
        return "<0.01 %"
    if 100 <= hundredths < 9_900:
        return f"{hundredths // 10 / 10:.1f} %"
    return f"{hundredths / 100:.2f} %"


def share(part: int, whole: int) -> str:
    """A part of what other parts stand beside: rounded, with one decimal, so that they add up and stand in line.

    Args:
        part: From 0 to ``whole``; only nothing is ``0.0 %``, and only all ``100.0 %``.
        whole: What ``part`` belongs to; a share of nothing is a dash.
    """
    if whole == 0:
        return NOTHING
    tenths = (2000 * part + whole) // (2 * whole)
    if part and not tenths:
        return "<0.1 %"
    tenths = min(tenths, 999) if part < whole else tenths
    return f"{tenths // 10}.{tenths % 10} %"


def shape(dimensions: Sequence[int], limit: int = 8) -> str:
    """A shape: ``64×3×7×7``, ``960``; without dimensions ``scalar``.

    Args:
        dimensions: Elements along each dimension.
        limit: With more dimensions than this the middle ones are left out.
    """
    if not dimensions:
        return "scalar"
    parts = [str(size) if abs(size) < _MOST else count(size) for size in dimensions]
    if len(parts) > limit:
        parts = [*parts[: limit - limit // 2], ELLIPSIS, *parts[len(parts) - limit // 2 :]]
    return "×".join(parts)


def duration(seconds: float) -> str:
    """A time for people: ``35 ms``, ``3.2 s``, ``42 s``, ``3 min 5 s``, ``2 h 3 min``."""
    milliseconds = round(seconds * 1000)
    if milliseconds < 100:
        return f"{milliseconds} ms"
    if milliseconds < 9_950:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    larger, smaller, units = (*divmod(whole, 60), "min s") if whole < 3600 else (*divmod(whole // 60, 60), "h min")
    first, second = units.split()
    return f"{larger} {first} {smaller} {second}" if smaller else f"{larger} {first}"


def devices(names: Sequence[str]) -> str:
    """Names of devices as ``cpu, cuda:3``; of many, only some."""
    more = " and others" if len(names) > _DEVICES_NAMED else ""
    return ", ".join(map(visible, names[:_DEVICES_NAMED])) + more


def visible(name: str, limit: int = 200) -> str:
    """A name from a file as one line that hides nothing: different short names never look equal by what is unseen.

    Control and bidi characters, blanks other than a space, unassigned and private characters, lone surrogates and
    marks heaped on one letter are written as ``‹U+202E›``; so is a space at either end, and ``‹`` itself. Ordinary
    names stay as they are. To be applied once, to the bare name; for a sentence that holds such names see `plain`.

    Args:
        name: Any string at all.
        limit: The most characters to return; longer names lose their middle, and end in a checksum of the whole, like
            ``‹#1f2e3d4c›``, so that those that differ in what is lost do not look the same.

    Returns:
        Printable text, not yet escaped for HTML.
    """
    if len(name) <= limit and name.isascii() and name.isprintable() and name.strip(" ") == name:
        return name
    return _shown(name, limit, kept="", one_line=True)


def plain(text: str, limit: int = 20_000) -> str:
    r"""A message as text that hides nothing: as `visible`, but ``\n``, ``\t``, outer spaces and ``‹`` stay.

    What it returned it leaves alone, so it may be applied again.

    Args:
        text: Any string at all.
        limit: The most characters to return; longer texts lose their middle.

    Returns:
        Text of printable characters, tabs and line ends, not yet escaped for HTML.
    """
    if len(text) <= limit and _ORDINARY.fullmatch(text):
        return text
    return _shown(text, limit, kept="\n\t", one_line=False)


def _shown(text: str, limit: int, kept: str, *, one_line: bool) -> str:
    # A text of a hundred megabytes costs no more than the ends of it that can be shown.
    start = _pieces(text[:limit], kept, one_line=one_line)
    end = start if len(text) <= limit else _pieces(text[-limit:], kept, one_line=one_line)
    if one_line:
        start[:1] = [_escape(" ") if piece == " " else piece for piece in start[:1]]
        end[-1:] = [_escape(" ") if piece == " " else piece for piece in end[-1:]]
    if len(text) <= limit and sum(map(len, start)) <= limit:
        return "".join(start)
    mark = _checksum(text) if one_line and limit >= _LEAST_MARKED else ""
    room = limit - len(ELLIPSIS) - len(mark)
    head = _fitting(start, room - room // 2)
    tail = _fitting(reversed(end), room // 2)
    return "".join([*head, ELLIPSIS, *reversed(tail), mark])


def _checksum(text: str) -> str:
    """Tells names apart of which only the ends are shown; very long ones by more of their ends, and their length."""
    if len(text) > _CHECKED:
        text = f"{text[: _CHECKED // 2]}{len(text)}{text[-_CHECKED // 2 :]}"
    return f"‹#{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}›"


def _pieces(text: str, kept: str, *, one_line: bool) -> list[str]:
    pieces: list[str] = []
    marks = _MARKS
    for character in text:
        if character in kept:
            pieces.append(character)
            marks = _MARKS
        elif not character.isprintable() or ord(character) in _BLANK or (one_line and character == "‹"):
            pieces.append(_escape(character))
            marks = _MARKS
        elif unicodedata.category(character) not in {"Mn", "Me"}:
            pieces.append(character)
            marks = 0
        elif marks < _MARKS:
            pieces[-1] += character
            marks += 1
        else:
            pieces.append(_escape(character))
    return pieces


def _escape(character: str) -> str:
    return f"‹U+{ord(character):04X}›"


def _fitting(pieces: Iterable[str], room: int) -> list[str]:
    taken: list[str] = []
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        taken.append(piece)
    return taken


def delimited(titles: Iterable[object] | None, rows: Iterable[Iterable[object]], separator: Literal[",", "\t"]) -> str:
    """A table for other programs, its titles first, and nothing where there is None.

    Args:
        titles: Of the columns; None for rows alone.
        rows: Of cells; one that can be stopped raises on its way.
        separator: Between the cells.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    if titles is not None:
        writer.writerow(titles)
    writer.writerows(rows)
    return text.getvalue()
