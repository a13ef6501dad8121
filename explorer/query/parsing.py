"""Reads what stands in the filter: from its letters to a tree of terms, or to what makes no sense and where."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from explorer.formatting import visible
from explorer.query.figures import FIGURES, About
from explorer.query.nodes import Node, all_of, any_of, not_of
from explorer.query.terms import ABOUTS, Name, NonsenseError, Term, comparison

EXPLAINED: Final = """\
Show only what fits (Ctrl+F): in the tree and in tables
conv bias – both are in the name; "a b" – with its space; name:attn
dtype:bf16   dtype:float   shape:512x512   shape:*,768   device:cuda
role:norm   kind:attention   problem:dead   problem:any   problem:unreadable
params>1M   numel=960   bytes>=10MB
nan>0   nan>10%   inf>0   zeros>50%   min<-1   max>=10   mean   std<1e-6   l2
With a comparison: changed>0   max_diff>1e-3   mean_diff   rel_l2   cosine   state:differs
Signs: <  <=  >  >=  =  !=, where = is what the columns show; params:30 is params=30.
zeros and changed are shares of the elements, in percent with or without %.
nan and inf count elements, and are shares with %; NaN or Inf on one side is changed.
-word, !word or not word – leaves out what fits, as in -dtype:f32
a or b, (a or b) c – and binds more tightly; in quotes, "or" is looked for in names"""

_DEEPEST: Final = 50
"""Parentheses inside one another: far more than anybody writes."""

_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"?')
_BARE: Final = r"(?:\([^()\s]*\)|[^\s()])"
_VALUE: Final = rf'("(?:[^"]|"")*"?|{_BARE}*)'
_SIGN: Final = "(<=|>=|!=|==|[<>=≤≥≠])"
_COMPARED: Final = re.compile(rf"([A-Za-z][A-Za-z0-9_]*)\s*{_SIGN}\s*{_VALUE}")
_FIGURE_COLON: Final = re.compile(rf"({'|'.join(FIGURES)})\s?:\s*{_SIGN}?\s*{_VALUE}", re.IGNORECASE)
_ABOUT: Final = re.compile(rf"({'|'.join(ABOUTS)})(:)\s*{_VALUE}", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"(shape)\s*(:|==|!=|=|≠)\s*(\[[0-9*x×,\s]*\]|\([0-9*x×,\s]*\))", re.IGNORECASE)
"""A shape as the columns and Python show it, with spaces behind its commas."""
_WORD: Final = re.compile(f"{_BARE}+")
_OPERATOR: Final = re.compile(r"(and|or|not)(?![^\s()])", re.IGNORECASE)
_SPACES: Final = re.compile(r"\s*")
_UNIT: Final = re.compile(r"\s+([a-z]{1,2}|%)(?![^\s()])", re.IGNORECASE)
_SIGNS: Final = {"==": "=", ":": "=", "≤": "<=", "≥": ">=", "≠": "!="}


class Wrong(NamedTuple):
    """What makes no sense.

    Attributes:
        sentence: Says what, and what to write instead.
        begin: The place of its first letter in the text.
        end: One after the last; more than `begin`, but may lie behind the text where something is missing at its end.
    """

    sentence: str
    begin: int
    end: int


class Place(NamedTuple):
    """Where a term stands.

    Attributes:
        word: What it begins with: ``changed``; "" for a word of the name.
        about: What it looks at.
        begin: The place of its first letter.
        end: One after the last.
    """

    word: str
    about: About
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for.

    Attributes:
        tree: What fits it is shown; None for everything.
        wrong: What makes no sense; None where all does.
        places: Where its terms stand.
    """

    tree: Node | None = None
    wrong: Wrong | None = None
    places: tuple[Place, ...] = ()

    @property
    def empty(self) -> bool:
        """Everything fits."""
        return self.tree is None and self.wrong is None

    @property
    def problem(self) -> str:
        """What makes no sense, as a sentence; "" where all does."""
        return "" if self.wrong is None else self.wrong.sentence

    def needs(self, about: About) -> bool:
        """Whether a term looks at that."""
        return any(place.about == about for place in self.places)

    def without_comparison(self) -> "Query":
        """The same where nothing is compared: a term that asks for it makes no sense."""
        place = next((place for place in self.places if place.about == "difference"), None)
        if place is None:
            return self
        sentence = f"‘{place.word}’ is known once this checkpoint is compared with another (Compare > Compare with…)."
        return Query(wrong=Wrong(sentence, place.begin, place.end))


class _WrongError(Exception):
    """Something makes no sense."""

    def __init__(self, sentence: str, begin: int, end: int) -> None:
        super().__init__(sentence)
        self.wrong = Wrong(sentence, begin, max(end, begin + 1))


def parse(text: str) -> Query:
    """Understand what stands in the filter; never raises.

    Args:
        text: Words and terms; see `EXPLAINED`.
    """
    reading = _Reading(text)
    try:
        tree = reading.whole()
    except _WrongError as error:
        return Query(wrong=error.wrong)
    return Query(tree, places=tuple(reading.places))


class _Reading:
    """One text, from its beginning to its end.

    ``any = all ("or" all)*``, ``all = part ("and"? part)*``, ``part = ("not" | "-" | "!")* (term | "(" any ")")``.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self.places: list[Place] = []

    def whole(self) -> Node | None:
        """Read all of it."""
        if self._next() == "":
            return None
        tree = self._any()
        if self._next() == ")":
            raise _WrongError(
                "There is no ‘(’ for this ‘)’. In quotes, it is looked for in names.", self._at, self._at + 1
            )
        return tree

    def _next(self) -> str:
        """The operator, in small letters, or else the letter that comes next; "" at the end."""
        match = _SPACES.match(self._text, self._at)
        self._at = self._at if match is None else match.end()
        operator = _OPERATOR.match(self._text, self._at)
        return self._text[self._at : self._at + 1] if operator is None else operator[1].casefold()

    def _any(self) -> Node | None:
        parts = [self._all()]
        while self._next() == "or":
            self._at += 2
            parts.append(self._all())
        return any_of(parts)

    def _all(self) -> Node | None:
        parts = [self._part()]
        while (following := self._next()) not in ("", ")", "or"):
            if following == "and":
                self._at += 3
            parts.append(self._part())
        return all_of(parts)

    def _part(self) -> Node | None:
        negated = False
        while self._next() == "not":
            negated = not negated
            self._at += 3
        if self._text[self._at : self._at + 1] in ("-", "!") and self._follows():
            negated = not negated
            self._at += 1
            found = self._group() if self._text[self._at] == "(" else self._term()
        else:
            following = self._next()
            if following in ("", ")", "and", "or"):
                raise self._nothing(following)
            found = self._group() if following == "(" else self._term()
        return not_of(found) if negated and found is not None else found

    def _follows(self) -> bool:
        """Whether the sign that comes next stands directly before something."""
        following = self._text[self._at + 1 : self._at + 2]
        return bool(following.strip()) and following != ")"

    def _nothing(self, following: str) -> _WrongError:
        """Where something is to come, nothing does."""
        before = self._text[: self._at].split()
        last = before[-1].rpartition("(")[2].casefold() if before else ""
        if following in ("and", "or"):
            sentence = f'Before ‘{following}’ comes something to look for. In quotes, ‘"{following}"’ is a name.'
            return _WrongError(sentence, self._at, self._at + len(following))
        if last in ("and", "or", "not"):
            sentence = f'After ‘{last}’ comes something to look for. In quotes, ‘"{last}"’ is a name.'
            begin = self._text[: self._at].rstrip().casefold().rfind(last)
            return _WrongError(sentence, begin, begin + len(last))
        if following == ")" and self._depth:
            return _WrongError("Between ‘(’ and ‘)’ comes something to look for.", self._at, self._at + 1)
        if following == ")":
            return _WrongError(
                "There is no ‘(’ for this ‘)’. In quotes, it is looked for in names.", self._at, self._at + 1
            )
        begin = self._text.rfind("(", 0, self._at)
        return _WrongError("After ‘(’ comes something to look for.", begin, begin + 1)

    def _group(self) -> Node | None:
        opened = self._at
        if self._depth == _DEEPEST:
            raise _WrongError(f"No more than {_DEEPEST} parentheses fit into one another.", opened, opened + 1)
        self._depth += 1
        self._at += 1
        found = self._any()
        if self._next() != ")":
            raise _WrongError(
                "This ‘(’ is not closed by a ‘)’. In quotes, it is looked for in names.", opened, self._at
            )
        self._depth -= 1
        self._at += 1
        return found

    def _term(self) -> Node | None:
        text, begin = self._text, self._at
        if match := _QUOTED.match(text, begin):
            self._at = match.end()
            return self._told("", Name(match[1].replace('""', '"')), begin) if match[1] else None
        match = _BRACKETED.match(text, begin) or _COMPARED.match(text, begin)
        match = match or _FIGURE_COLON.match(text, begin) or _ABOUT.match(text, begin)
        if match is None:
            match = _WORD.match(text, begin)
            self._at = begin + 1 if match is None else match.end()
            return self._told("", Name(text[begin : self._at]), begin)
        word, sign, value = match[1].casefold(), _SIGNS.get(match[2] or ":", match[2]), _unquoted(match[3])
        self._at = match.end()
        if word in ABOUTS:
            return self._about(match, word, sign, value)
        figure = FIGURES.get(word)
        if figure is None:
            sentence = (
                f"‘{visible(match[1])}’ is no figure: there are {', '.join(FIGURES)}. "
                f'In quotes, ‘"{visible(match[0])}"’, it is looked for in names.'
            )
            raise _WrongError(sentence, begin, match.end(1))
        # The columns show a space before the unit: 44.7 MB.
        if value[-1:].isdigit() and (unit := _UNIT.match(text, self._at)) and unit[1].casefold() in figure.units:
            value, self._at = value + unit[1], unit.end()
        try:
            return self._told(word, comparison(word, sign, value), begin)
        except NonsenseError as nonsense:
            raise _WrongError(str(nonsense), match.start(3) if value else begin, self._at) from None

    def _about(self, match: re.Match[str], word: str, sign: str, value: str) -> Node:
        begin = match.start()
        read, example = ABOUTS[word]
        if sign not in ("=", "!="):
            sentence = f"‘{visible(match[0])}’ compares no number: write {example}, for example."
            raise _WrongError(sentence, begin, match.end())
        try:
            term = read(value)
        except NonsenseError as nonsense:
            raise _WrongError(str(nonsense), match.start(3) if value else begin, match.end()) from None
        told = self._told(word, term, begin)
        return not_of(told) if sign == "!=" else told

    def _told(self, word: str, term: Term, begin: int) -> Term:
        self.places.append(Place(word, term.about, begin, self._at))
        return term


def _unquoted(value: str) -> str:
    match = _QUOTED.fullmatch(value)
    return value if match is None else match[1].replace('""', '"')
