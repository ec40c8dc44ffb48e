"""patterns of a manifest: regexes with a guard, globs that capture"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from typing import Any

from curate.manifest.effort import power

if sys.version_info >= (3, 11):
    import re._constants as constants
    import re._parser as parser
else:
    import sre_constants as constants
    import sre_parse as parser

MAX_PATTERN = 300  # characters
# Characters a regex is put to, by the power with which its work grows. The worst that was measured takes 0.01, 0.01, 2.3, 1.8, 1.1 s
MAX_SUBJECT = {0: 1_000_000, 1: 1_000_000, 2: 20_000, 3: 2_000, 4: 250}
SHORT = min(MAX_SUBJECT.values())


class PatternError(ValueError):
    """The regex is refused."""


class TooLong(ValueError):
    """The text is longer than the regex is put to. Says so by numbers alone."""


@functools.lru_cache(maxsize=512)
def compile_pattern(text: str) -> re.Pattern[str]:
    """The regex, if it is short and cannot explode: an unbounded repeat inside another takes exponential time."""
    if len(text) > MAX_PATTERN:
        raise PatternError(f"{len(text)} characters, at most {MAX_PATTERN} wanted")
    try:
        parsed = parser.parse(text)
        compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"no regular expression: {error}") from None
    if _nested(parsed, inside=False):
        raise PatternError("a repeat without bound inside another can take for ever; use one, or {n,m}")
    if power(parsed) not in MAX_SUBJECT:
        wanted = f"at most {max(MAX_SUBJECT)} wanted; bound them: {{n,m}}"
        raise PatternError(f"{power(parsed)} repeats that can take the same text from each other, {wanted}")
    return compiled


def search(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Raises TooLong."""
    if len(text) > SHORT and len(text) > (limit := _limit(pattern.pattern)):
        raise TooLong(f"{len(text)} > {limit} characters")
    return pattern.search(text)


@functools.lru_cache(maxsize=512)
def _limit(text: str) -> int:
    return MAX_SUBJECT[power(parser.parse(text))]


def _nested(parsed: Any, *, inside: bool) -> bool:
    for operation, argument in parsed:
        if operation in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            _, most, body = argument
            unbounded = most is constants.MAXREPEAT
            if (inside and unbounded) or _nested(body, inside=inside or unbounded):
                return True
        elif any(_nested(body, inside=inside) for body in _bodies(operation, argument)):
            return True
    return False


def _bodies(operation: Any, argument: Any) -> list[Any]:
    if operation is constants.SUBPATTERN:
        return [argument[-1]]
    if operation is constants.BRANCH:
        return list(argument[1])
    if operation in (constants.ASSERT, constants.ASSERT_NOT):
        return [argument[1]]
    return []


def fold(path: str) -> str:
    """The form in which paths are compared: without regard to case or to how accents are composed."""
    return (path if path.isascii() else unicodedata.normalize("NFC", path)).casefold()


MAX_WILD, MAX_WILD_IN_ALL = 3, 6  # wildcards of one part of a path, of a whole one: each multiplies the work by a path's length
WILD = re.compile(r"\*+|\{[^{}]*\}")


def check_wildcards(path: str) -> None:
    """Of a glob, or of a template of paths. Raises PatternError where a path that does not fit could take minutes to be told so."""
    found = [len(WILD.findall(part)) for part in path.split("/")]
    if max(found) > MAX_WILD or sum(found) > MAX_WILD_IN_ALL:
        wanted = f"at most {MAX_WILD} in one part of the path and {MAX_WILD_IN_ALL} in all wanted"
        raise PatternError(f"'{path:.80}': {sum(found)} wildcards and columns, {wanted}")


GLOB = re.compile(r"\*\*/|\*\*|\*|\?|\{([A-Za-z_][A-Za-z0-9_]*)\}")


@functools.lru_cache(maxsize=4096)
def compile_glob(glob: str) -> re.Pattern[str]:
    """A regex for whole relative paths: `*` one part, `**` any number, `?` one character, `{name}` captures. Case aside."""
    pieces, end = [], 0
    for token in GLOB.finditer(glob):
        pieces.append(re.escape(glob[end : token.start()]))
        end = token.end()
        if token.group(1):
            seen = f"(?P<{token.group(1)}>" in "".join(pieces)
            pieces.append(f"(?P={token.group(1)})" if seen else f"(?P<{token.group(1)}>[^/]+?)")
        else:
            pieces.append({"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}[token.group()])
    return re.compile("".join([*pieces, re.escape(glob[end:])]), re.IGNORECASE | re.DOTALL)


def glob_ends(glob: str) -> tuple[str, str]:
    """What every path it fits begins with, and what the last part of every one ends with; both may be empty."""
    tokens = list(GLOB.finditer(glob))
    if not tokens:
        return glob, glob.rpartition("/")[2]
    return glob[: tokens[0].start()], glob[tokens[-1].end() :].rpartition("/")[2]


def glob_captures(glob: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.group(1) for match in GLOB.finditer(glob) if match.group(1)))


def alternatives(glob: str) -> tuple[str, ...]:
    """`a | b` -> a, b"""
    return tuple(part.strip() for part in glob.split(" | "))
