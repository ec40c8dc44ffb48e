"""a file that is its own row: everything is in its path"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from curate.read.opened import Row, Where
from schemas.verdict import Fault


def read_folders(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """One row without columns: the captures of its path are added to every row."""
    yield {}
