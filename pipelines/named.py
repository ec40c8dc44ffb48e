"""a folder or an object store, as a user names it -> what is wrong with it, before anything is read"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipelines.address import address_fault, is_address, without_names
from pipelines.place import place
from pipelines.store import within

FIRST_WORD = 15.0  # seconds in which a store must answer before a run begins


def place_faults(flag: str, name: str, *, may_be_new: bool = False) -> Iterator[str]:
    """`flag` is what it was given by. What an address holds beside a bucket and names (a key, a password) is never repeated."""
    if not is_address(name):
        yield from _folder_faults(flag, Path(name), may_be_new=may_be_new)
    elif fault := address_fault(name):
        yield f"{flag} {without_names(name)}: {fault}"
    else:
        yield from _store_faults(flag, name, may_be_new=may_be_new)


def _folder_faults(flag: str, folder: Path, *, may_be_new: bool) -> Iterator[str]:
    if may_be_new:
        if folder.exists() and not folder.is_dir():
            yield f"{flag} {folder}: a file found, a folder wanted"
    elif not folder.is_dir():
        yield f"{flag} {folder}: no such folder"
    elif not os.access(folder, os.R_OK | os.X_OK):
        yield f"{flag} {folder}: cannot be read with your rights"


def _store_faults(flag: str, name: str, *, may_be_new: bool) -> Iterator[str]:
    try:
        with within(FIRST_WORD):
            there = place(name).is_dir()
        if not there and not may_be_new:
            yield f"{flag} {name}: nothing lies there"
    except OSError as error:
        yield f"{flag} {name}: {error.strerror}"
