"""work on many places -> its results in their order: one after the other on a disk, many at once where each waits for an object store"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from pipelines.address import is_remote
from pipelines.objects import StorePath, list_objects
from pipelines.place import Place, place, remove_all

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_ONCE = 16  # requests under way: a store answers in some 50 ms, each of many as quickly as one


def waits(*roots: str | Place) -> int:
    """How many threads are worth it that only wait for what lies below these roots."""
    return AT_ONCE if any(map(is_remote, roots)) else 1


def together(root: str | Place, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """`work` of each item, which asks for something below `root`; of several that raise, what the first raised."""
    items = list(items)
    if not is_remote(root) or len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(AT_ONCE, len(items))) as pool:
        return list(pool.map(work, items))


def files_below(folder: Place) -> dict[str, int]:
    """Path below the folder -> size in bytes of every file, in one walk or one listing; none where there is no such folder."""
    if isinstance(folder, StorePath):
        return {name: status.st_size for name, status in list_objects(folder)}
    found = {}
    for above, _, names in os.walk(folder):
        prefix = "" if above == str(folder) else f"{os.path.relpath(above, folder)}/"
        found.update({f"{prefix}{name}": os.lstat(f"{above}/{name}").st_size for name in names})
    return found


def sizes_of(out: str | Place, paths: Iterable[str]) -> Callable[[str], int | None]:
    """Bytes of each of `paths` below OUT, None where no file is. A store is asked for what lies in their folders, not for each of them."""
    if not is_remote(out):
        return lambda path: _size(Path(str(out), path))
    folders = sorted({"/".join(path.split("/")[:-1][:2]) for path in paths})
    listed = together(out, lambda folder: files_below(place(out, folder)), folders)
    sizes = {f"{folder}/{name}": size for folder, found in zip(folders, listed) for name, size in found.items()}
    return sizes.get


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def remove_files(paths: Iterable[Place]) -> None:
    """All of them, of a store a thousand in a request."""
    paths = list(paths)
    remove_all(path for path in paths if isinstance(path, StorePath))
    for path in paths:
        if isinstance(path, Path):
            path.unlink()
