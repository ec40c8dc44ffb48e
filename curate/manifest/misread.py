"""a text that is no YAML, and where its parser stopped -> what its writer did, in a line"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

BLOCKS = ("<block mapping start>", "<block sequence start>", "'?'", "'-'")
LISTED = re.compile(r"( *)- +")
SHOWN = 3  # lines above that are named


def misread(error: yaml.YAMLError, text: str) -> str:
    """` line 3, no YAML: ...`: the line, what is wrong in it, and with which lines above it must agree."""
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    if mark is None or not isinstance(error, yaml.MarkedYAMLError):
        return f" no YAML: {error}"
    lines, problem = text.splitlines(), str(error.problem)
    line = lines[mark.line] if mark.line < len(lines) else ""
    begun = error.context_mark
    within = f", in what begins in line {begun.line + 1}" if begun and begun.line != mark.line else ""
    return f" line {mark.line + 1}, no YAML: {_said(problem, line, mark, lines) or problem + within}"


def _said(problem: str, line: str, mark: yaml.Mark, lines: list[str]) -> str:
    indent = _indent(line)
    if problem.startswith("mapping values"):
        above = next((index for index in range(mark.line - 1, -1, -1) if lines[index].strip()), None)
        if above is not None and indent > _indent(lines[above]) and not lines[above].rstrip().endswith(":"):
            return _indentation(indent, mark.line, lines)
        return "a second ': ' in a line; put quotes round what holds one"
    if problem.startswith("expected <block end>"):
        if mark.column == indent and any(block in problem for block in BLOCKS):
            return _indentation(indent, mark.line, lines)
        if "'<scalar>'" in problem:
            return f"text after what ends in column {mark.column}; put quotes round the whole, so that {{ }} and quotes in it are text"
    if problem == "a key is no word" and "{{" in line:
        return "'{{' without quotes; put quotes round the text"
    return "a tab; YAML is indented with blanks" if "'\\t'" in problem else ""


def _indentation(indent: int, number: int, lines: list[str]) -> str:
    above = "; ".join(f"line {line + 1}: {blanks}{dash}" for blanks, line, dash in _levels(number, lines))
    return f"it begins after {indent} blanks; what it could belong to begins after others ({above})"


def _levels(number: int, lines: list[str]) -> list[tuple[int, int, str]]:
    """(blanks, line, " with '- '" of a list) of the blocks that are open above a line, the innermost first."""
    open: list[tuple[int, int, str]] = []
    for index in range(number - 1, -1, -1):
        for blanks, dash in _begins(lines[index]):
            if not open or blanks < open[-1][0]:
                open.append((blanks, index, dash))
    return open[:SHOWN]


def _begins(line: str) -> Iterator[tuple[int, str]]:
    """After how many blanks a line begins something: of a list's item what follows its dash, and the dash."""
    if line.strip() and not line.lstrip().startswith("#"):
        listed = LISTED.match(line)
        yield from ((len(listed.group()), ""),) if listed else ()
        yield _indent(line), " with '- '" if listed else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
