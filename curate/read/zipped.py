"""a zip -> its members, from its central directory; a local header -> where a member's bytes begin"""

from __future__ import annotations

import io
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from curate.read.contents import Gathering

# PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14-16 (ends of it)
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF  # the true number stands in a zip64 field
_ENCRYPTED = 0x0041  # bits 0 and 6 of the flags: encrypted, strongly encrypted
_UTF8 = 0x0800
_METHODS = {0: "stored", 8: "deflated"}
_UNIX = 3  # of the system that wrote it: the upper half of its attributes is a mode


class BrokenZip(Exception):
    """It is no zip, or not a whole one; the message is a measurement."""


@dataclass(frozen=True, slots=True)
class _Directory:
    begin: int
    size: int
    shift: int  # bytes before the first member, as of a program that unpacks itself


def gather_zip(file: BinaryIO, gathering: Gathering) -> None:
    """Raises BrokenZip, TooMany."""
    directory = _directory(file, gathering.size)
    for fields, name, extra in _entries(file, directory):
        _, by, _, flags, method, _, _, crc, stored, size, _, _, _, _, _, attributes, offset = fields
        if name.endswith((b"/", b"\\")):
            continue
        if flags & _ENCRYPTED:
            gathering.count()
            gathering.refuse("member_encrypted")
        elif by >> 8 == _UNIX and stat.S_ISLNK(attributes >> 16):
            gathering.count()
            gathering.refuse("member_link")
        elif method not in _METHODS:
            gathering.count()
            gathering.refuse("member_method")
        else:
            if _FULL32 in (size, stored, offset):
                size, stored, offset = _long(extra, size, stored, offset)
            if method == 0 and stored != size:
                size = -1  # one of the two is a lie
            place = offset + directory.shift
            gathering.add(_text(name, flags), method=_METHODS[method], offset=place, stored=stored, size=size, crc=crc)


def _entries(file: BinaryIO, directory: _Directory) -> Iterator[tuple[tuple, bytes, bytes]]:
    """(fields, name, extra field) of each; one at a time, for there may be millions."""
    file.seek(directory.begin)
    left = directory.size
    while left > 0:
        head = file.read(_CENTRAL.size)
        if len(head) < _CENTRAL.size or not head.startswith(b"PK\1\2"):
            raise BrokenZip(f"{left} bytes of its directory that are none")
        fields = _CENTRAL.unpack(head)
        lengths = fields[10:13]
        rest = file.read(sum(lengths))
        if len(rest) < sum(lengths):
            raise BrokenZip("a directory that is cut")
        yield fields, rest[: lengths[0]], rest[lengths[0] : lengths[0] + lengths[1]]
        left -= len(head) + len(rest)


def _directory(file: BinaryIO, size: int) -> _Directory:
    """Found from the end of the file, where the archive ends with a comment of up to 64 KB."""
    tail_size = min(size, _END.size + _FULL16)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        raise BrokenZip("no end of a zip's directory")
    end = size - tail_size + at
    _, disk, _, _, _, length, begin, _ = _END.unpack_from(tail, at)
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\6\7":
        end, disk, length, begin = _directory64(file, end - 20, int.from_bytes(tail[at - 12 : at - 4], "little"))
    if disk not in (0, _FULL16):
        raise BrokenZip("the last of several parts")
    shift = end - length - begin
    if shift < 0:
        raise BrokenZip(f"{length} bytes of directory from {begin}, {end} bytes before its end")
    return _Directory(begin=end - length, size=length, shift=shift)


def _directory64(file: BinaryIO, locator: int, told: int) -> tuple[int, int, int, int]:
    """(where it ends, disk, length, begin). `told`: where its end record should be, if nothing lies before the archive."""
    for place in (locator - _END64.size, told):
        if place < 0:
            continue
        file.seek(place)
        record = file.read(_END64.size)
        if len(record) == _END64.size and record.startswith(b"PK\6\6"):
            _, _, _, _, disk, _, _, _, length, begin = _END64.unpack(record)
            return place, disk, length, begin
    raise BrokenZip("no zip64 end of its directory")


def _long(extra: bytes, *numbers: int) -> tuple[int, int, int]:
    """Size, stored and offset, those that are full from the zip64 field (4.5.3), -1 where it lacks them."""
    values = b""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            values = extra[4 : 4 + length]
        extra = extra[4 + length :]
    found = []
    for number in numbers:
        if number == _FULL32:
            number, values = int.from_bytes(values[:8], "little") if len(values) >= 8 else -1, values[8:]
        found.append(number)
    return found[0], found[1], found[2]


def _text(name: bytes, flags: int) -> str:
    """UTF-8 where it is said, and where it is not and yet is, as from macOS; else the code page of old (4.4.4, appendix D)."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("utf-8", "surrogateescape") if flags & _UTF8 else name.decode("cp437")


def member_start(file: BinaryIO, offset: int) -> int:
    """Where the bytes of the member with its local header at `offset` begin. Raises BrokenZip."""
    file.seek(offset, io.SEEK_SET)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\3\4"):
        raise BrokenZip("no member where the directory says")
    *_, name, extra = _LOCAL.unpack(head)
    return offset + _LOCAL.size + name + extra
