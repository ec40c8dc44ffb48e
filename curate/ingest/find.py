"""a folder -> the listing of its files and of what lies in its archives; DATA -> the folder of each source"""

from __future__ import annotations

import heapq
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

from curate.ingest.members import Archive, Members, look_into, member_opener
from curate.manifest import Manifest, folder_key
from curate.manifest.pattern import compile_glob, fold, glob_ends
from curate.read import Opener
from curate.read.archive import archive_kind
from curate.read.contents import IGNORED
from curate.read.opened import has_bad_text
from schemas.image import Member


@dataclass(frozen=True)
class Listing:
    """The files below a folder, walked once, and the members of its archives: every later question about presence or size is put to it.
    A member goes by the path it would have if its archive were unpacked where it lies."""

    files: Mapping[str, tuple[int, int]]  # on disk: relative path, '/' between parts -> size in bytes, mtime_ns
    escaping: frozenset[str] = frozenset()  # symlinks that lead out of the folder, or nowhere
    misnamed: int = 0  # files and folders left out because their name is no UTF-8
    archives: tuple[Archive, ...] = ()  # those of `files` that were looked into

    def __len__(self) -> int:
        """Files and members."""
        return len(self.files) + len(self.members)

    def paths(self) -> Iterator[str]:
        """Every file and member, in order; the archives too."""
        return heapq.merge(self._sorted, self.members)

    def place(self, path: str) -> tuple[int, int, Member | None]:
        """Size in bytes and mtime_ns of a path of the listing, and where it lies if that is in an archive, whose time it then is."""
        if path in self.files:
            return (*self.files[path], None)
        found = self.members.member(path)
        if found is None:
            raise KeyError(path)
        member, mtime_ns = found
        return member.size, mtime_ns, member

    def find(self, path: str) -> str | None:
        """The path as the folder spells it; without regard to case where it is not there as written."""
        if path in self.files:
            return path
        member = self.members.find(path)
        return member if member == path else self._folded.get(fold(path)) or member

    def first(self, glob: str) -> str | None:
        """The file of that path, or the first in order that the glob fits."""
        return self.find(glob) or (next((path for path, _ in self.match(glob)), None) if "*" in glob else None)

    def escapes(self, path: str) -> bool:
        """Whether the path is, or lies behind, a symlink out of the folder."""
        if not self.escaping:
            return False
        parts = fold(path).split("/")
        return any("/".join(parts[:end]) in self._escaping for end in range(1, len(parts) + 1))

    def named(self, name: str) -> Iterator[tuple[str, str]]:
        """(each way to spell it, its path) of every file and member whose last part is `name`, case aside: files first, in order."""
        yield from ((path, path) for path in self._by_name.get(fold(name), ()))
        yield from self.members.named(name)

    def match(self, glob: str) -> Iterator[tuple[str, dict[str, str]]]:
        """(path, captures) of every file and member the glob fits, in order."""
        return heapq.merge(self._match_files(glob), self.members.match(glob), key=lambda found: found[0])

    def _match_files(self, glob: str) -> Iterator[tuple[str, dict[str, str]]]:
        fits, end = compile_glob(glob).fullmatch, glob_ends(glob)[1].casefold()
        is_plain = end.isascii() and end != ""  # then most paths are passed by without a regex
        for path in self._sorted:
            if (not is_plain or path[-len(end) :].casefold() == end) and (match := fits(path)):
                yield path, match.groupdict()

    @cached_property
    def members(self) -> Members:
        return Members(self.archives, self.files)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.files)

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {fold(path): path for path in reversed(self._sorted)}  # of two that differ by case alone the first stays

    @cached_property
    def _escaping(self) -> frozenset[str]:
        return frozenset(fold(path) for path in self.escaping)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for path in self._sorted:
            names.setdefault(fold(path.rpartition("/")[2]), []).append(path)
        return names


def list_files(folder: Path) -> Listing:
    """One walk. Symlinks are followed as long as they stay in the folder; others are listed as `escaping`. Raises OSError if the folder
    itself cannot be listed; a folder below that cannot be read is left out."""
    root = os.path.realpath(folder)
    files: dict[str, tuple[int, int]] = {}
    escaping: set[str] = set()
    os.scandir(root).close()
    misnamed = 0
    pending: list[tuple[str, str, tuple[str, ...]]] = [(root, "", (root,))]
    while pending:
        path, prefix, above = pending.pop()
        for entry in _entries(path):
            name = prefix + entry.name
            if has_bad_text(name):
                misnamed += 1
                continue
            if entry.is_symlink() and not _inside(entry.path, root):
                escaping.add(name)
                continue
            try:
                status = entry.stat()
            except OSError:
                escaping.add(name)  # a link that leads nowhere
                continue
            if stat.S_ISREG(status.st_mode):
                files[name] = (status.st_size, status.st_mtime_ns)
            elif stat.S_ISDIR(status.st_mode) and (real := os.path.realpath(entry.path)) not in above:
                pending.append((entry.path, f"{name}/", (*above, real)))
    return Listing(files, frozenset(escaping), misnamed)


def list_keys(found: Iterable[tuple[str, int, int]]) -> Listing:
    """The same of what an object store holds below a folder: (key from there on, size in bytes, a number that another object of that key
    would not have). A store knows no links; a key whose parts are no names of files is left out as `misnamed`."""
    files: dict[str, tuple[int, int]] = {}
    misnamed = 0
    for key, size, mark in found:
        parts = key.split("/")
        if parts[-1] == "" or any(_is_ignored(part) for part in parts):  # '' at its end: some programs mark a folder so
            continue
        if has_bad_text(key) or "\0" in key or {"", ".", ".."}.intersection(parts):
            misnamed += 1
        else:
            files[key] = (size, mark)
    return Listing(files, frozenset(), misnamed)


def with_archives(listing: Listing, open: Opener) -> Listing:
    """The listing with what lies in its archives; each is opened once and its directory read, nothing is unpacked."""
    paths = sorted(path for path in listing.files if archive_kind(path))
    return replace(listing, archives=tuple(look_into(path, listing.files[path][1], open) for path in paths))


def listing_opener(listing: Listing, open: Opener, open_copy: Opener | None = None) -> Opener:
    """Opens a path of the listing wherever it lies: `open` a file of its folder, `open_copy` a plain copy of a tgz under OUT."""
    return member_opener(listing.members, open, open_copy or open)


def _entries(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return [entry for entry in entries if not _is_ignored(entry.name)]
    except PermissionError:
        return []


def _is_ignored(name: str) -> bool:
    return name in IGNORED or name.startswith("._")


def _inside(path: str, root: str) -> bool:
    real = os.path.realpath(path)
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)


class Folder(Protocol):
    """A pathlib.Path, or what stands for a folder of an object store."""

    @property
    def name(self) -> str: ...

    def is_dir(self) -> bool: ...

    def iterdir(self) -> Iterator[Any]: ...

    def resolve(self) -> Any: ...


Here = TypeVar("Here", bound=Folder)


def folders_in(data: Here | None) -> list[Here]:
    """The folders of DATA, in order: listed once, whatever is then looked for among them. None where there is no DATA."""
    if data is None or not data.is_dir():
        return []
    return sorted((path for path in data.iterdir() if not path.name.startswith(".") and path.is_dir()), key=lambda path: path.name)


def find_folder(folders: Sequence[Here], manifest: Manifest, roots: Mapping[str, Here]) -> Here | None:
    """Where a source lies: `roots[id]`, else that of the folders of DATA which goes by its id or by one of its other names, in that
    order."""
    for name in (manifest.name, manifest.id, manifest.of):
        if name in roots:
            return roots[name]
    there = {folder_key(path.name): path for path in reversed(folders)}
    wanted = [folder_key(name) for name in (manifest.id, *manifest.folders)]
    return next((there[name] for name in wanted if name in there), None)


def unclaimed(folders: Iterable[Folder], manifests: Iterable[Manifest], roots: Mapping[str, Folder]) -> list[str]:
    """Names of the folders of DATA that no manifest and no root claims."""
    claimed = {folder_key(name) for manifest in manifests for name in (manifest.id, *manifest.folders)}
    given = {folder.resolve() for folder in roots.values()}
    return sorted(path.name for path in folders if folder_key(path.name) not in claimed and path.resolve() not in given)
