"""a folder or an object store, as a user names it -> what is wrong with it, before anything is read"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.address import SCHEMES, is_remote
from pipelines.place import place
from pipelines.store import within

WANTED = f"a folder of this machine, or {' or '.join(f'{scheme}://BUCKET/...' for scheme in SCHEMES)}"
FIRST_WORD = 15.0  # seconds in which a store must answer before a run begins
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")  # S3 and GCS allow less


def place_faults(flag: str, name: str, *, may_be_new: bool = False) -> Iterator[str]:
    """`flag` is what it was given by. What an address holds beside a bucket and names (a key, a password) is never repeated."""
    scheme, is_address, rest = name.partition("://")
    if not is_address:
        yield from _folder_faults(flag, Path(name), may_be_new=may_be_new)
        return
    bucket = rest.partition("/")[0]
    if not is_remote(name):
        yield f"{flag} {scheme[:20]}://...: wanted {WANTED}"
    elif not BUCKET.fullmatch(bucket) or set("?#\0") & set(name):
        yield f"{flag} {scheme}://...: wanted {WANTED}; credentials and endpoints come from the environment"
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
