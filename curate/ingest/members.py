"""archives of a folder -> the paths of their members, as if each were unpacked where it lies"""

from __future__ import annotations

import io
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.manifest.pattern import compile_glob, fold, glob_ends
from curate.read import Opener
from curate.read.archive import archive_folder, archive_kind, inflate, inflated_member, list_members, open_member
from curate.read.contents import Contents, Refusal
from schemas.image import Member

SLICE = 1 << 16  # paths that are Python strings at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An archive that has been looked into."""

    path: str  # in the source's folder
    mtime_ns: int
    contents: Contents
    copy: str = ""  # of a tgz: the plain tar it was copied into, relative to OUT

    @property
    def parent(self) -> str:
        """The folder it lies in, '' or with '/' at its end."""
        return self.path[: self.path.rfind("/") + 1]

    @property
    def folder(self) -> str:
        return archive_folder(self.path) + "/"

    @property
    def beside(self) -> str:
        """The folder its members appear in; those of an HDF5 file are never unpacked beside it."""
        return self.folder if archive_kind(self.path) == "hdf5" else self.parent

    def member(self, row: int) -> Member:
        return self.contents.member(row, root="out" if self.copy else "source", archive=self.copy or self.path)


def look_into(path: str, mtime_ns: int, open: Opener) -> Archive:
    """The archive at `path`; one that the disk does not give is one without members, and says so."""
    try:
        with open(path) as file:
            contents = list_members(file, path)
    except OSError as error:
        refusal = Refusal(reason="unreadable", found=type(error).__name__, wanted="a readable file")
        contents = Contents(list_members(io.BytesIO(), path).members, (refusal,))
    return Archive(path=path, mtime_ns=mtime_ns, contents=contents)


class Members:
    """All members of all archives: 100 bytes for each where dicts of them take 600. A member has the path it would have unpacked where
    its archive lies, and is found by that in a folder of the archive's name too. It is not there where a file on disk has one of the
    two; of two archives the first in order has the first path, the member of the other only the second."""

    def __init__(self, archives: Sequence[Archive], files: Collection[str]) -> None:
        self.archives = sorted(archives, key=lambda archive: archive.path)
        lengths = [len(archive.contents.members) for archive in self.archives]
        owner = pa.array(np.repeat(np.arange(len(lengths), dtype=np.int32), lengths))
        row = pa.array(np.concatenate([np.zeros(0, np.int32), *(np.arange(length, dtype=np.int32) for length in lengths)]))
        names = pa.chunked_array([part for archive in self.archives for part in archive.contents.members["name"].chunks], pa.large_string())
        table = pa.table({"path": self._under("beside", owner, names), "alias": self._under("folder", owner, names),
                          "owner": owner, "row": row})  # fmt: skip
        self._keep(_in_order(_off_disk(table, files)) if len(table) else table)

    def _under(self, folder: str, owner: pa.Array, names: pa.ChunkedArray) -> pa.ChunkedArray:
        folders = pa.array([getattr(archive, folder) for archive in self.archives], pa.large_string())
        return pc.binary_join_element_wise(folders.take(owner), names.combine_chunks(), pa.scalar("", pa.large_string()))

    def _keep(self, table: pa.Table) -> None:
        self.paths: pa.LargeStringArray = table["path"].combine_chunks()
        self._owner, self._row = table["owner"].to_numpy(), table["row"].to_numpy()
        self._has_alias = pc.not_equal(table["path"], table["alias"]).to_numpy()

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[str]:
        """Their paths in order."""
        for start in range(0, len(self.paths), SLICE):
            yield from self.paths[start : start + SLICE].to_pylist()

    def member(self, path: str) -> tuple[Member, int] | None:
        """Where the member of exactly this path lies, and the time of its archive."""
        for place in self._by_path.get(fold(path)):
            if self.paths[place].as_py() == path:
                archive = self.archives[self._owner[place]]
                return archive.member(int(self._row[place])), archive.mtime_ns
        return None

    def find(self, path: str) -> str | None:
        """The path of the member that goes by `path`: as written, then case aside, then in a folder of its archive's name."""
        found = self._nearest(path)
        if found is not None or not self.archives:
            return found
        slash = path.find("/")
        while slash > 0:
            for number in self._folders.get(fold(path[: slash + 1]), ()):
                found = self._nearest(self.archives[number].parent + path[slash + 1 :], number)
                if found is not None:
                    return found
            slash = path.find("/", slash + 1)
        return None

    def _nearest(self, path: str, owner: int | None = None) -> str | None:
        folded, nearest = fold(path), None
        for place in self._by_path.get(folded):
            spelled = self.paths[place].as_py()
            if fold(spelled) == folded and owner in (None, self._owner[place]):
                if spelled == path:
                    return path
                nearest = nearest or spelled
        return nearest

    def named(self, name: str) -> Iterator[tuple[str, str]]:
        """(each way to spell it, its path) of every member of that file name, case aside, in order."""
        folded = fold(name)
        for place in self._by_name.get(folded):
            path = self.paths[place].as_py()
            if fold(path.rpartition("/")[2]) == folded:
                yield path, path
                if self._has_alias[place]:
                    yield self._alias(place, path), path

    def match(self, glob: str) -> Iterator[tuple[str, dict[str, str]]]:
        """(path, captures) of every member the glob fits, by its path or else in a folder of its archive's name; in order."""
        fits, (begin, end) = compile_glob(glob).fullmatch, glob_ends(glob)
        may_alias = np.array([_may_begin(archive.folder, begin) for archive in self.archives], bool)
        for start in range(0, len(self.paths), SLICE):
            paths = self.paths[start : start + SLICE]
            stop = start + len(paths)
            aliased = self._has_alias[start:stop] & may_alias[self._owner[start:stop]]
            for place in np.flatnonzero(_likely(paths, begin, end, aliased)):
                path = paths[place].as_py()
                match = fits(path) or (fits(self._alias(start + int(place), path)) if aliased[place] else None)
                if match:
                    yield path, match.groupdict()

    def _alias(self, place: int, path: str) -> str:
        archive = self.archives[self._owner[place]]
        return archive.folder + path[len(archive.parent) :]

    @cached_property
    def _by_path(self) -> _Index:
        return _Index(map(fold, self), len(self))

    @cached_property
    def _by_name(self) -> _Index:
        return _Index((fold(path.rpartition("/")[2]) for path in self), len(self))

    @cached_property
    def _folders(self) -> dict[str, list[int]]:
        folders: dict[str, list[int]] = {}
        for number, archive in enumerate(self.archives):
            folders.setdefault(fold(archive.folder), []).append(number)
        return folders


class _Index:
    """texts -> their places, by hash: two texts may share one, who asks looks. 16 bytes each."""

    def __init__(self, texts: Iterable[str], count: int) -> None:
        hashes = np.fromiter(map(hash, texts), np.int64, count)
        order = np.argsort(hashes, kind="stable")
        self.hashes = array("q", hashes[order].tobytes())
        self.places = array("q", order.astype(np.int64).tobytes())

    def get(self, text: str) -> Iterator[int]:
        wanted = hash(text)
        at = bisect_left(self.hashes, wanted)
        while at < len(self.hashes) and self.hashes[at] == wanted:
            yield self.places[at]
            at += 1


def _off_disk(table: pa.Table, files: Collection[str]) -> pa.Table:
    there = pa.array(files, pa.large_string())
    on_disk = pc.or_(pc.is_in(table["path"], value_set=there), pc.is_in(table["alias"], value_set=there))
    return table.filter(pc.invert(on_disk))


def _in_order(table: pa.Table) -> pa.Table:
    """Each path once: what has another's path goes by its alias, and is out of reach if that is another's too."""
    table = table.sort_by("path")  # stable: the first archive comes first
    second = _repeats(table["path"])
    if pc.any(second).as_py():
        table = table.set_column(0, "path", pc.if_else(second, table["alias"], table["path"])).sort_by("path")
        table = table.filter(pc.invert(_repeats(table["path"])))
    return table


def _repeats(paths: pa.ChunkedArray) -> pa.Array:
    """Whether each is as the one before it."""
    paths = paths.combine_chunks()
    return pa.concat_arrays([pa.array([False] * min(1, len(paths))), pc.equal(paths[1:], paths[:-1])])


def _may_begin(folder: str, begin: str) -> bool:
    folder, begin = fold(folder), fold(begin)
    return folder.startswith(begin) or begin.startswith(folder)


def _likely(paths: pa.Array, begin: str, end: str, aliased: np.ndarray) -> np.ndarray:
    """Those that a glob of these ends may fit: most are passed by without a regex. Case is folded as regexes do only within ASCII."""
    likely = np.ones(len(paths), bool)
    if begin and begin.isascii():
        likely &= pc.starts_with(paths, begin, ignore_case=True).to_numpy(zero_copy_only=False) | aliased
    if end and end.isascii():
        likely &= pc.ends_with(paths, end, ignore_case=True).to_numpy(zero_copy_only=False)
    return likely


def member_opener(members: Members, open: Opener, open_copy: Opener) -> Opener:
    """Opens a path of a listing wherever it lies: `open` a file of the source's folder, `open_copy` one under OUT."""
    inflating: dict[str, BinaryIO] = {}  # of a tgz without a copy: one at a time, read on from where it stands

    def open_path(path: str) -> BinaryIO:
        found = members.member(path)
        if found is None:
            return open(path)
        member, _ = found
        if member.method != "gzipped":
            return open_member(open_copy(member.archive) if member.root == "out" else open(member.archive), member)
        if member.archive not in inflating:
            for other in inflating.values():
                other.close()
            inflating.clear()
            inflating[member.archive] = inflate(open(member.archive))
        return inflated_member(inflating[member.archive], member)

    return open_path
