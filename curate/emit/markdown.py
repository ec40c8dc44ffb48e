"""words of publishers -> Markdown in which they stay words"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")


def plain(text: str) -> str:
    """One line that Markdown shows as it is: no table, link, heading or tag can begin in it."""
    line = _BLANKS.sub(" ", text.encode("utf-8", "replace").decode()).strip()
    return line if line.startswith(("https://", "http://")) and not re.search(r"[\s<>|\[\]()`\"]", line) else _SPECIAL.sub(r"\\\1", line)


def code(text: str) -> str:
    return f"`{_BLANKS.sub(' ', text).replace('`', '')}`"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows whose cells are Markdown already."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])
