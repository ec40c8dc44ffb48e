"""what stands below OUT or DATA: a path of this machine, or an object in a store that answers to the same questions"""

from __future__ import annotations

import contextlib
import functools
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.copied import copy_file
from pipelines.address import is_remote
from pipelines.failed import naming
from pipelines.objects import StorePath, list_objects
from pipelines.spilled import spill_folder
from pipelines.store import ask, bucket

Place = Path | StorePath

IN_ONE_PIECE = 64 << 20  # bytes of a file that is uploaded by one request
PART = 16 << 20  # of a larger one: S3 takes 10,000 parts, so 160 GB


def place(root: str | Place, *parts: str) -> Place:
    """A root and what is named below it: pathlib's own Path where the root is local."""
    return StorePath.of(str(root)).joinpath(*parts) if is_remote(root) else Path(str(root), *parts)


def upload(file: Path, path: StorePath) -> None:
    """The object is there when the last request ends well, whole; what a break leaves of its parts no reader sees."""
    if file.stat().st_size <= IN_ONE_PIECE:
        path.write_bytes(file.read_bytes())
        return
    for tries_left in range(4, -1, -1):
        try:
            ask(str(path), lambda: bucket(path.scheme, path.bucket).put(path.key, file, chunk_size=PART, max_concurrency=4))
            return
        except FileNotFoundError:  # no such upload: its end was done and the answer lost, or somebody cleared it away
            if not tries_left:
                raise


def remove_all(paths: Iterable[StorePath]) -> None:
    """Many at once; a name that is not there is no fault."""
    groups: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        groups.setdefault((path.scheme, path.bucket), []).append(path.key)
    for (scheme, name), keys in groups.items():
        with contextlib.suppress(FileNotFoundError):
            ask(f"{scheme}://{name}", functools.partial(bucket(scheme, name).delete, keys))


def remove_tree(folder: Place) -> None:
    """All that lies below it; nothing is no fault."""
    if isinstance(folder, StorePath):
        remove_all(folder / path for path, _ in list_objects(folder))
    else:
        shutil.rmtree(folder, ignore_errors=True)


def remove_named(folder: Place, names: re.Pattern[str]) -> None:
    """What lies right below it under one of these names, with all below that; the folder, if nothing else was in it."""
    if isinstance(folder, StorePath):
        remove_all(folder / path for path, _ in list_objects(folder) if names.fullmatch(path.partition("/")[0]))
        return
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in folder.iterdir():
        if names.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)
            with contextlib.suppress(OSError):  # a file or a link, or it is gone
                path.unlink()
    with contextlib.suppress(OSError):  # somebody else's is in it
        folder.rmdir()


@contextlib.contextmanager
def local_copy(path: Place) -> Iterator[Path]:
    """A file for who needs one of this machine, under its own name; itself where it is that already. Raises NoRoom."""
    if not isinstance(path, StorePath):
        yield path
        return
    with tempfile.TemporaryDirectory(dir=spill_folder()) as folder, path.open("rb") as source:
        copy = Path(folder, path.name)
        with copy.open("wb") as file:
            copy_file(source, file, folder)
        yield copy


@contextlib.contextmanager
def scratch_folder(out: str) -> Iterator[Path]:
    """A folder of this machine for what one worker alone spills: in OUT/tmp where OUT is local, so that it takes OUT's disk and one sweep
    clears what a kill left."""
    above = spill_folder() if is_remote(out) else Path(out, "tmp")
    with naming(out, above):
        above.mkdir(exist_ok=True)  # an OUT that was taken away is not made anew
    with tempfile.TemporaryDirectory(prefix="corpus-", dir=above) as folder:
        yield Path(folder)
