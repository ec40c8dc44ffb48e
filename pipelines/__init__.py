"""The Beam part: every stage is a pipeline over bucketed Parquet tables; it wires what curate/ decides."""

import logging

_UNUSED = "apitools not found, and bigquery client libraries"


def is_wanted(record: logging.LogRecord) -> bool:
    """Beam warns, whenever it is imported without its part for Google Cloud, of a client that nothing here uses. Of the root logger's
    lines that one is left out."""
    return not record.getMessage().startswith(_UNUSED)


logging.getLogger().addFilter(is_wanted)  # here: before any entry point (commands, saved graphs, workers) can import Beam
