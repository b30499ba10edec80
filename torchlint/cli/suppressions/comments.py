"""The comments of a file that silence findings, and those that were meant to and are written so that they do not."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from torchlint.selection import EVERY, Rules, complaint, matching
from torchlint.suggestion import nearest

HINT = re.compile(r"#[^\r\n]*(?:noqa|torch[-_ ]?lint)", re.IGNORECASE)
HINT_OF_OURS = re.compile(r"#[^\r\n]*(?:torch[-_ ]?lint|noqa[^\r\n]*(?:TL[0-9]|[a-z]-[a-z]))", re.IGNORECASE)
CODE = r"[A-Za-z]+[0-9]+x*"
NOQA = re.compile(r"#\s*noqa\b(?P<colon>\s*:)?(?P<said>[^#]*)", re.IGNORECASE)
CODES = re.compile(rf"\s*(?P<words>{CODE}(?:[\s,]+{CODE}\b)*)?")
OWN = re.compile(r"#\s*(?P<tool>torch[-_ ]?lint)\b(?P<colon>\s*:)?\s*(?P<said>[^#]*)", re.IGNORECASE)
DIRECTIVE = re.compile(
    r"ignore(?P<file>-file)?(?:\s*\[(?P<words>[^\[\]]*)\]|\s*$|(?=\s+(?:--?|\u2013|\u2014)\s))", re.IGNORECASE
)
LIKE_A_DIRECTIVE = re.compile(r"(?:ignor|disab|suppress|silenc|skip|allow|no-?qa|no-?lint|off\b)", re.IGNORECASE)
LIKE_OUR_CODES = re.compile(r"TL[0-9]{3}", re.IGNORECASE)
COMMANDS = ("ignore", "ignore-file")
WORD = re.compile(r"[A-Za-z][\w-]*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands, with columns from 1."""

    line: int
    column: int
    end_column: int


@dataclass(slots=True)
class Suppression:
    """One comment. `words` None silences every rule; `own` is False for another tool's comment."""

    place: Place
    words: tuple[str, ...] | None
    own: bool
    whole_file: bool = False
    used: set[str] = field(default_factory=set)

    def silences(self, code: str, rules: Rules) -> bool:
        """Whether it names a rule; what it names is remembered as used."""
        if self.words is None:
            self.used.add(EVERY)
            return True
        naming = {word for word in self.words if code in matching(word, rules)}
        self.used |= naming
        return bool(naming)


@dataclass(frozen=True, slots=True)
class Slip:
    """A comment, or a word in one, that silences nothing by the way it is written; `reason` says why, in one clause."""

    place: Place
    reason: str


@dataclass(slots=True)
class Comments:
    """What a file says about what is to be silenced in it."""

    suppressions: list[Suppression] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)


def speaks_of_us(text: str) -> bool:
    """Whether a comment may be about torchlint or its rules."""
    return HINT_OF_OURS.search(text) is not None


def comments_in(text: str, rules: Rules) -> Comments:
    """The suppressing comments of a file; `rules` are those that a comment may name."""
    found = Comments()
    if HINT.search(text) is None:
        return found
    for line, column, comment in _comments(text):
        for own in OWN.finditer(comment):
            _read_own(own, line, column, rules, found)
        for other in NOQA.finditer(comment):
            _read_noqa(other, line, column, rules, found)
    return found


def _read_own(match: re.Match[str], line: int, column: int, rules: Rules, found: Comments) -> None:
    said = match["said"].rstrip()
    well_begun = match["colon"] is not None and match["tool"].lower() == "torchlint"
    directive = DIRECTIVE.match(said)
    end = directive.end() if directive else len(said)
    place = Place(line, column + match.start() + 1, column + match.start("said") + end + 1)
    if directive is None or not well_begun:
        reason = _slip(said, well_begun, directive is not None, rules)
        if reason is not None:
            found.slips.append(Slip(place, reason))
        return
    words = None if directive["words"] is None else tuple(_words_of(directive["words"]))
    found.suppressions.append(Suppression(place, words, own=True, whole_file=directive["file"] is not None))
    if words == ():
        found.slips.append(Slip(place, "it names no rule"))
    found.slips += [Slip(place, wrong) for word in words or () if (wrong := complaint(word, rules)) is not None]


def _read_noqa(match: re.Match[str], line: int, column: int, rules: Rules, found: Comments) -> None:
    said = match["said"]
    place = Place(line, column + match.start() + 1, column + match.start("said") + len(said.rstrip()) + 1)
    if match["colon"] is None:
        ours = [word for word in re.findall(rf"\A[\s\[(=-]*({CODE})", said) if matching(word, rules)]
        if ours:
            found.slips.append(Slip(place, f"codes follow a colon; did you mean `# noqa: {ours[0]}`?"))
        else:
            found.suppressions.append(Suppression(place, None, own=False))
        return
    codes = CODES.match(said)
    words = re.findall(CODE, codes["words"]) if codes and codes["words"] else []
    # A colon without codes is a slip, and silences nothing, as in ruff.
    found.suppressions.append(Suppression(place, tuple(word.rstrip("xX") for word in words), own=False))
    unknown = [word for word in words if LIKE_OUR_CODES.fullmatch(word) and not matching(word, rules)]
    found.slips += [Slip(place, complaint(word, rules) or "") for word in unknown]
    if not words and (named := _named(said, rules)):
        meant = f"# torchlint: ignore[{', '.join(named)}]"
        found.slips.append(Slip(place, f"`noqa` takes codes, not names; did you mean `{meant}`?"))


def _slip(said: str, well_begun: bool, is_directive: bool, rules: Rules) -> str | None:
    """Why a comment of ours says nothing, with what was meant; None where it was not meant to."""
    first = WORD.match(said)
    command = first[0] if first else ""
    named = _named(said, rules)
    like_one = LIKE_A_DIRECTIVE.match(said) is not None
    if well_begun:
        is_meant = like_one or command in named or nearest(command, COMMANDS, 0.7) is not None
    else:
        is_meant = is_directive or (like_one and named != [])
    if not is_meant:
        return None
    if not well_begun:
        reason = 'it must begin with "torchlint:"'
    elif "[" in said and "]" not in said:
        reason = "its bracket is not closed"
    elif command.lower() in COMMANDS or command in named:
        reason = "the rules to ignore stand in brackets after `ignore`, a reason stands after ` -- `"
    else:
        reason = f'there is no "{command}"'
    return f"{reason}; did you mean `# torchlint: {_meant(said, command, named)}`?"


def _meant(said: str, command: str, named: list[str]) -> str:
    meant = "ignore-file" if "file" in command.lower() else "ignore"
    if "[" in said:
        named = _words_of(said.partition("[")[2].partition("]")[0]) or named
    if named:
        return f"{meant}[{', '.join(named)}]"
    rest = said[len(command) :].strip(" :=-")
    return f"{meant} -- {rest}" if rest and command.lower() in COMMANDS else meant


def _named(said: str, rules: Rules) -> list[str]:
    """The rules that a comment speaks of, by code or by name."""
    words = dict.fromkeys(WORD.findall(said))
    return [word for word in words if (re.fullmatch(CODE, word) or "-" in word) and matching(word, rules)]


def _words_of(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", text) if word]


def _comments(text: str) -> Iterable[tuple[int, int, str]]:
    """Line, column from 0, and text of each comment; after a place that cannot be tokenized, line by line."""
    return (each for each in _all_comments(text) if HINT.search(each[2]))


def _all_comments(text: str) -> Iterator[tuple[int, int, str]]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    last = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            last = token.end[0]
            if token.type == tokenize.COMMENT:
                yield (*token.start, token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        for number, line in enumerate(text.split("\n")[last:], start=last + 1):
            start = line.find("#")
            if start >= 0:
                yield number, start, line[start:]
