"""Parquet files -> rows; columns that hold embedded images are left where they are"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curate.read.names import check_columns
from curate.read.opened import ReadFault, Row, Where, opened
from schemas.verdict import Fault


def read_parquet(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """Rows without the columns in `leave`. Raises ReadFault: parquet_broken, column_missing."""
    with opened(where) as file:
        try:
            table = pq.ParquetFile(file)
            names = [name for name in table.schema_arrow.names if name not in options.get("leave", ())]
            check_columns(table.schema_arrow.names, where.needs)
            for batch in table.iter_batches(batch_size=1000, columns=names):
                yield from _rows(batch) if names else ({} for _ in range(batch.num_rows))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise ReadFault("parquet_broken", found="no Parquet, or a file that is cut", wanted="a whole Parquet file") from None


def _rows(batch: pa.RecordBatch) -> list[Row | Fault]:
    try:
        return batch.to_pylist()
    except (ValueError, OverflowError):  # one cell spoils all: which row it is
        return [_row(batch.slice(place, 1)) for place in range(batch.num_rows)]


def _row(batch: pa.RecordBatch) -> Row | Fault:
    """The one row of `batch`."""
    try:
        return batch.to_pylist()[0]
    except UnicodeDecodeError:
        return Fault(reason="bad_encoding", evidence=f"bytes that are not utf-8, {batch.num_columns} cells")
    except (ValueError, OverflowError):
        return Fault(reason="row_broken", evidence=f"a value beyond its type, {batch.num_columns} cells")
