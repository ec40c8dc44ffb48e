"""What is wrong with a copy: the file, and one sentence of what was found and what was wanted"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Damage:
    file: str  # below what was named on the command line
    what: str  # measurements and names of files; never what was read inside one


def shown(names: list[str], most: int = 3) -> str:
    """A few of many names."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")
