"""What ingest finds beside samples: faults of whole files, and the count of every table"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """A file that could not be read, not to its end, or not as its manifest says: its source is incomplete, the run goes on with the rest.
    A notice says the same of some of its rows: they are rejected (or kept without the boxes it tells of), the source is complete."""

    source: str
    file: str  # relative to the source's folder; '' where the fault is of the folder
    reason: str  # a countable word: lfs_pointer, json_broken, column_missing, no_layout ...
    found: str  # a measurement, or names of files and columns; never what a cell holds
    wanted: str
    table: str = ""  # that reads it; '' where the fault is of the folder
    row: int = -1  # the first that it costs, by its position in the file; -1: it is of the file as a whole
    rows: int = 0  # that it costs; 0: it is of the file as a whole
    notice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCount:
    """What became of the rows of one table; inputs = kept + rejected."""

    source: str
    table: str
    files: int  # that were opened
    rows: int  # as its reader counted them, before any mapping
    inputs: int  # a row that explodes to n samples counts n, one that gives none counts 1, grouped rows count 1 together
    kept: int
    rejected: int
    elsewhere: int  # rows another table or the benchmark manifest takes: no inputs
    published: int  # rows as published; 0: not known
    missing: tuple[str, ...]  # globs of its own files or of joined ones that match nothing: a partial download
