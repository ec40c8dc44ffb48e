"""Files -> rows, one module per format: bytes in, plain dict rows out, counted before any mapping"""

from typing import TYPE_CHECKING, Any

from curate.read.opened import Opener, ReadFault, Row, Where

if TYPE_CHECKING:
    from curate.read.rows import FORMATS, read_rows

__all__ = ["FORMATS", "Opener", "ReadFault", "Row", "Where", "read_rows"]


def __getattr__(name: str) -> Any:
    """The readers are loaded where rows are read: a process that decodes pictures needs one module of this room, and starts in half the
    time."""
    if name not in ("FORMATS", "read_rows"):
        raise AttributeError(f"module 'curate.read' has no attribute '{name}'")
    from curate.read import rows

    return getattr(rows, name)
