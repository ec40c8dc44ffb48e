"""members of an archive as its directory tells them -> those that may be read, and why the others may not"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from schemas.image import Member

IGNORED = frozenset({"__MACOSX", ".git", ".DS_Store", ".cache"})  # what unpackers, clones and hub downloads leave beside the data
METHODS = ("plain", "stored", "deflated", "gzipped", "dataset")  # curate.read.archive says how each is read
MEMBERS = pa.schema(
    [
        ("name", pa.large_string()), ("method", pa.int8()), ("offset", pa.int64()), ("stored", pa.int64()), ("size", pa.int64()),
        ("crc", pa.int64()),
    ]
)  # fmt: skip
CHUNK = 1 << 16  # members that are held as Python values at a time
MAX_NAME = 4096  # bytes of a path, as of Linux


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    max_members: int = 5_000_000  # of one archive; the largest published one has 1.6 million (PMC-OA)
    free_bytes: int = 64 << 20  # a member may be as large however little it takes: masks and volumes are mostly zeros
    max_ratio: int = 200  # beyond that: bytes read for each that is stored; deflate itself reaches 1,032


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an archive, or some of its members, may not be read: a countable word, a measurement."""

    reason: str
    found: str
    wanted: str


WANTED = {
    "member_encrypted": "members that are not encrypted",
    "member_escapes": "names that stay below the archive's folder",
    "member_link": "files; links are not followed",
    "member_special": "files; no devices, pipes or sparse files",
    "member_method": "members that are stored or deflated",
    "member_broken": "members that lie inside the archive, each apart",
    "member_bomb": "members that do not inflate beyond measure",
    "bad_name": f"names in UTF-8 of at most {MAX_NAME} bytes",
}


class TooMany(Exception):
    """The archive has more members than the limit."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The members of one archive that may be read, by name; why others may not."""

    members: pa.Table  # MEMBERS
    refusals: tuple[Refusal, ...] = ()

    def member(self, row: int, *, root: str, archive: str) -> Member:
        values = {name: self.members[name][row].as_py() for name in MEMBERS.names}
        return Member(root=root, archive=archive, **{**values, "method": METHODS[values["method"]]})


# Most names need no second look: a pattern is faster than to take each apart.
_ODD = re.compile(r"(?:^|/)(?:\.{1,2}|\._[^/]*|__MACOSX|\.git|\.DS_Store|\.cache)(?:/|$)|//|^/|^[A-Za-z]:|[\0\\\ud800-\udfff]")
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass
class Gathering:
    """Takes members one by one, in the order of the archive."""

    limits: ArchiveLimits
    size: int  # of the archive; what lies beyond it is refused
    refused: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    _rows: dict[str, list[int | str]] = field(default_factory=lambda: {name: [] for name in MEMBERS.names})
    _chunks: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, name: str, *, method: str, offset: int, stored: int, size: int, crc: int = -1) -> None:
        """A file. Raises TooMany."""
        self.count()
        if _ODD.search(name):
            plain = self._plain(name)
            if plain is None:
                return
            name = plain
        if not name or len(name) > MAX_NAME or (len(name) * 4 > MAX_NAME and len(name.encode()) > MAX_NAME):
            self.refuse("bad_name")
            return
        if min(offset, stored, size) < 0 or offset + stored > self.size:
            self.refuse("member_broken")
            return
        if size > self.limits.free_bytes and size > self.limits.max_ratio * stored:
            self.refuse("member_bomb")
            return
        values: tuple[int | str, ...] = (name, METHODS.index(method), offset, stored, size, crc)
        for column, value in zip(self._rows.values(), values):
            column.append(value)
        if len(self._rows["name"]) == CHUNK:
            self._flush()

    def count(self) -> None:
        self.seen += 1
        if self.seen > self.limits.max_members:
            raise TooMany

    def refuse(self, reason: str) -> None:
        self.refused[reason] += 1

    def _plain(self, name: str) -> str | None:
        """The name without '.' and doubled '/'; None where it is refused or of no interest."""
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or (not parts[0] and name) or _DRIVE.match(name):
            self.refuse("member_escapes")
            return None
        if (not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name)) or "\0" in name:
            self.refuse("bad_name")
            return None
        parts = [part for part in parts if part not in ("", ".")]
        return None if any(part in IGNORED or part.startswith("._") for part in parts) else "/".join(parts)

    def _flush(self) -> None:
        self._chunks.append(pa.record_batch(list(self._rows.values()), schema=MEMBERS))
        self._rows = {name: [] for name in MEMBERS.names}

    def contents(self, *refusals: Refusal) -> Contents:
        """What was gathered, by name. Of two members of one name the last stays, as when an archive is unpacked."""
        self._flush()
        table = _last_of_each(self._apart(pa.Table.from_batches(self._chunks, schema=MEMBERS)))
        told = [Refusal(reason=reason, found=f"{count} members", wanted=WANTED[reason]) for reason, count in sorted(self.refused.items())]
        return Contents(table, (*refusals, *told))

    def _apart(self, table: pa.Table) -> pa.Table:
        """Without members that lie over the following one: the bomb that tells the same bytes a million times is of such. Empty ones
        may lie anywhere."""
        placed = table.filter(pc.greater(table["stored"], 0)).sort_by("offset")
        if len(placed) < 2:
            return table
        ends = pc.add(placed["offset"], placed["stored"]).combine_chunks()
        over = pc.greater(ends[:-1], placed["offset"].combine_chunks()[1:])
        if not pc.any(over).as_py():
            return table
        bad = pc.unique(placed["offset"].combine_chunks()[:-1].filter(over))
        is_bad = pc.and_(pc.is_in(table["offset"], value_set=bad), pc.greater(table["stored"], 0))
        self.refused["member_broken"] += pc.sum(is_bad).as_py()
        return table.filter(pc.invert(is_bad))


def _last_of_each(table: pa.Table) -> pa.Table:
    if not len(table):
        return table
    table = table.append_column("place", pa.array(range(len(table)), pa.int64())).sort_by([("name", "ascending"), ("place", "ascending")])
    names = table["name"].combine_chunks()
    repeated = pa.concat_arrays([pc.equal(names[:-1], names[1:]), pa.array([False])])
    if pc.any(repeated).as_py():
        table = table.filter(pc.invert(repeated))
    return table.drop_columns("place").combine_chunks()


def names_of(contents: Contents) -> Iterator[str]:
    for chunk in contents.members["name"].chunks:
        yield from chunk.to_pylist()
