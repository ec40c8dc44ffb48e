"""Files -> rows, one module per format: bytes in, plain dict rows out, counted before any mapping"""

from curate.read.opened import Opener, ReadFault, Row, Where
from curate.read.rows import FORMATS, read_rows

__all__ = ["FORMATS", "Opener", "ReadFault", "Row", "Where", "read_rows"]
