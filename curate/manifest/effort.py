"""a parsed regex -> by which power of a text's length its work may grow"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

if sys.version_info >= (3, 11):
    import re._constants as constants
else:
    import sre_constants as constants

BEYOND = frozenset("\u0660\u2028\u4e2d\u3002")  # a digit, a blank, a letter and a mark: they stand for all that are not Latin
ALPHABET = frozenset(map(chr, range(256))) | BEYOND
MAX_PATHS = 64  # alternatives of a regex that are looked at one by one; more are taken as if they followed each other
MAX_TIMES = 8  # repetitions of a group that are looked at
CLASSES = {
    constants.CATEGORY_DIGIT: str.isdecimal,
    constants.CATEGORY_SPACE: str.isspace,
    constants.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
}
OTHERS = {
    constants.CATEGORY_NOT_DIGIT: constants.CATEGORY_DIGIT,
    constants.CATEGORY_NOT_SPACE: constants.CATEGORY_SPACE,
    constants.CATEGORY_NOT_WORD: constants.CATEGORY_WORD,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a regex wants of a text."""

    chars: frozenset[str]  # one of them; empty: a place (its beginning, its end), or what is not known
    needed: bool
    many: bool  # without bound


Path = tuple[Step, ...]
BEGIN, END = Step(frozenset("^"), True, False), Step(frozenset("$"), True, False)


def power(parsed: Any) -> int:
    """Repeats that can take the same characters from each other are tried in every division of them: two take time by the square. So is a
    search that may begin anywhere; what cannot fail any more is not tried again."""
    return max(_power(path) for path in _paths(parsed, parsed.state.flags))


def _power(path: Path) -> int:
    if path and path[0] is BEGIN:
        path = path[1:]
    else:
        path = (Step(ALPHABET, False, True), *path)
    path = tuple(step for step in _settled(path) if step is not BEGIN and step is not END)
    longest: dict[int, int] = {}
    for place, step in enumerate(path):
        if step.many:
            longest[place] = 1 + max((length for before, length in longest.items() if _share(path, before, place)), default=0)
    return max(longest.values(), default=0)


def _settled(path: Path) -> Path:
    """Less the last repeat where nothing after it can fail."""
    end = len(path) - 1
    if end > 0 and path[end] is END and path[end - 1].chars >= ALPHABET:
        end -= 1
    return path[:end] if end > 0 and path[end].many else path


def _share(path: Path, left: int, right: int) -> bool:
    """Whether both repeats can take what stands between them."""
    common = path[left].chars & path[right].chars
    return bool(common) and all(not step.needed or not step.chars or step.chars & common for step in path[left + 1 : right])


def _paths(parsed: Any, flags: int) -> list[Path]:
    paths: list[Path] = [()]
    for operation, argument in parsed:
        options = _steps(operation, argument, flags)
        if len(paths) * len(options) > MAX_PATHS:
            options = [tuple(replace(step, needed=False) for option in options for step in option)]
        paths = [before + after for before, after in itertools.product(paths, options)]
    return paths


def _steps(operation: Any, argument: Any, flags: int) -> list[Path]:
    """The ways in which a part of a regex can be met."""
    if operation is constants.BRANCH:
        return [path for body in argument[1] for path in _paths(body, flags)]
    if operation is constants.SUBPATTERN:
        _, added, removed, body = argument
        return _paths(body, (flags | added) & ~removed)
    if operation in (constants.MAX_REPEAT, constants.MIN_REPEAT) or operation is getattr(constants, "POSSESSIVE_REPEAT", None):
        least, most, body = argument
        return _repeated(least, most, body, flags)
    if operation is getattr(constants, "ATOMIC_GROUP", None):
        return _paths(argument, flags)
    if operation in (constants.ASSERT, constants.ASSERT_NOT):
        return [tuple(replace(step, needed=False) for step in path) for path in _paths(argument[1], flags)]
    if operation is constants.AT:
        anchored = {constants.AT_BEGINNING_STRING: BEGIN, constants.AT_END_STRING: END}
        if not flags & re.MULTILINE:
            anchored |= {constants.AT_BEGINNING: BEGIN, constants.AT_END: END}
        return [(anchored.get(argument, Step(frozenset(), False, False)),)]
    return [(Step(frozenset(_chars(operation, argument, flags)), True, False),)]


def _repeated(least: int, most: Any, body: Any, flags: int) -> list[Path]:
    paths = _paths(body, flags)
    if most is constants.MAXREPEAT:
        chars = frozenset(char for path in paths for step in path for char in step.chars)
        return [(Step(chars, least > 0, True),)]
    if not any(step.many for path in paths for step in path):
        return [tuple(replace(step, needed=step.needed and least > 0) for step in path) for path in paths]
    times = min(int(most), MAX_TIMES)
    return [tuple(replace(step, needed=step.needed and turn < least) for turn in range(times) for step in path) for path in paths]


def _chars(operation: Any, argument: Any, flags: int) -> Iterator[str]:
    if operation is constants.LITERAL:
        yield from (_known(char) for char in (chr(argument), *chr(argument).lower(), *chr(argument).upper()))
    elif operation is constants.NOT_LITERAL:
        yield from ALPHABET - ({chr(argument)} - BEYOND)
    elif operation is constants.ANY:
        yield from ALPHABET if flags & re.DOTALL else ALPHABET - {"\n"}
    elif operation is constants.RANGE:
        low, high = argument
        yield from (char for char in ALPHABET if low <= ord(char) <= high or low <= ord(char.swapcase()[0]) <= high)
        yield from BEYOND if high > 255 else ()
    elif operation is constants.CATEGORY:
        met = CLASSES[OTHERS.get(argument, argument)]
        yield from (char for char in ALPHABET if met(char) is (argument in CLASSES))
    elif operation is constants.IN:
        negated = argument[0][0] is constants.NEGATE
        found = {char for inner, value in argument[negated:] for char in _chars(inner, value, flags)}
        yield from (ALPHABET - found) | BEYOND if negated else found


def _known(char: str) -> str:
    """It, or what stands for it."""
    kinds = (str.isdecimal, "\u0660"), (str.isspace, "\u2028"), (str.isalpha, "\u4e2d")
    return char if char in ALPHABET else next((other for is_kind, other in kinds if is_kind(char)), "\u3002")
