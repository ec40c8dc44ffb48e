"""a file of plain text -> one row, its text"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from curate.read.decoded import Decoded, not_in
from curate.read.opened import ReadFault, Row, Where, has_bad_text, opened
from schemas.verdict import Fault

MAX_BYTES = 64 << 20  # of one text, which is held in memory


def read_text(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """One row with the column `text`. An empty file is an empty text, a row as any other. Raises ReadFault: too_large,
    encoding_differs, bad_encoding."""
    encoding = options.get("encoding", "utf-8")
    with opened(where, may_be_empty=True) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ReadFault("too_large", found=f"more than {MAX_BYTES} bytes", wanted="a smaller text")
    text = Decoded(io.BytesIO(data), encoding).whole()
    if has_bad_text(text):
        yield Fault(reason="bad_encoding", evidence=f"{not_in(encoding, text)}, {len(data)} bytes")
    else:
        yield {"text": text.replace("\r\n", "\n")}
