"""ICC profile -> the same colours without the text in it that could name someone"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAX_PROFILE = 16 << 20  # bytes; the largest printer profiles have some 3 MB
_HEAD = 128  # bytes before the tag table, ICC.1:2022 7.2
_MAX_TAGS = 200
_FIXED = {  # type of a tag -> its bytes, ICC.1:2022 10
    b"XYZ ": (20,),
    b"sf32": (44,),
    b"sig ": (12,),
    b"meas": (36,),
    b"view": (36,),
    b"cicp": (12,),
    b"para": tuple(12 + 4 * count for count in (1, 3, 4, 5, 7)),
    b"chrm": tuple(12 + 8 * count for count in (2, 3, 4)),
}
_TABLES = (b"curv", b"mft1", b"mft2", b"mAB ", b"mBA ", b"mpet")  # of numbers, as long as they like
_COLOURS = frozenset(  # tags that say how numbers become colours
    b"wtpt bkpt rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC chad chrm lumi meas view tech cicp gamt A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 pre0 pre1 "
    b"pre2 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 rig0 rig2".split()
)
_REQUIRED = (b"desc", b"cprt")  # ICC.1:2022 8.2: every profile has them
_TEXTS = (*_REQUIRED, b"dmnd", b"dmdd", b"vued")
_TEXT_TYPES = (b"desc", b"text", b"mluc")
# Words of the profiles that are met everywhere: a text of these alone stays as it is, and with it the file, byte for byte.
_VOCABULARY = """
    adobe all and apple artifex built by c ci color colour companies company compatible copyright d50 d65 default desc display dot en
    enus facebook for free freely gain gamma generic gimp gmt google gray grayscale grey hewlett http icc iec iec61966 image in inc
    incorporated international krita lab license linear little llc microsoft mluc monitor no not of p3 packard photoshop pro profile
    prophoto public r99 rec reference reserved rgb rights romm s scrgb sgray software space srgb standard systems text the trc us use
    v2 v4 viewing condition web working wscrgb www xyz
"""
_WORDS = frozenset(_VOCABULARY.split())
_WORD = re.compile(rb"[A-Za-z][A-Za-z0-9]*|[0-9]+|[\x80-\xff]+")
_NUMBER = re.compile(rb"[0-9]|61966|709|(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class _Tag:
    name: bytes
    data: bytes


def plain_profile(profile: bytes) -> bytes | None:
    """The profile less its texts, device names and private tags; required texts are replaced by a fixed word. Those of standard
    profiles, whose words are all known, stay. Curves, matrices and tables are copied as they are. The same object where nothing had to
    go; None where it is no profile."""
    tags = _tags(profile)
    if tags is None:
        return None
    kept = [tag for tag in map(_plain, tags, [profile[8] >= 4] * len(tags)) if tag is not None]
    if kept == tags and not _has_gaps(profile):
        return profile
    return _built(profile[:_HEAD], kept)


def is_plain_text(text: bytes) -> bool:
    """Whether it holds no word but those of standard profiles. UTF-16 counts as what it spells."""
    words = _WORD.findall(text.replace(b"\0", b""))
    numbers = [word for word in words if _NUMBER.fullmatch(word)]
    is_date = len(numbers) > 2 and any(len(number) == 4 for number in numbers)
    return not is_date and all(word in numbers or word.lower().decode("latin-1") in _WORDS for word in words)


def _tags(profile: bytes) -> list[_Tag] | None:
    if not _HEAD + 4 <= len(profile) <= MAX_PROFILE or profile[36:40] != b"acsp":
        return None
    if int.from_bytes(profile[:4], "big") > len(profile):
        return None
    tags = []
    for name, begin, size in _table(profile):
        if begin < _HEAD or begin + size > len(profile) or size < 8:
            return None
        tags.append(_Tag(name, profile[begin : begin + size]))
    return tags or None


def _table(profile: bytes) -> Iterator[tuple[bytes, int, int]]:
    (count,) = struct.unpack_from(">I", profile, _HEAD)
    if count <= _MAX_TAGS and _HEAD + 4 + 12 * count <= len(profile):
        for number in range(count):
            yield struct.unpack_from(">4sII", profile, _HEAD + 4 + 12 * number)


def _plain(tag: _Tag, is_v4: bool) -> _Tag | None:
    """None: it goes."""
    kind, size = tag.data[:4], len(tag.data)
    if tag.name in _COLOURS:
        return tag if kind in _TABLES or size in _FIXED.get(kind, ()) else None
    if tag.name not in _TEXTS:
        return None
    if kind in _TEXT_TYPES and is_plain_text(tag.data[_text_begin(tag.data) :]):
        return tag
    return _Tag(tag.name, _said(b"profile", as_text=tag.name == b"cprt", is_v4=is_v4)) if tag.name in _REQUIRED else None


def _text_begin(data: bytes) -> int:
    """Behind the counts, and the languages, of a text."""
    return {b"text": 8, b"desc": 12}.get(data[:4], 16 + 12 * int.from_bytes(data[8:12], "big"))


def _said(text: bytes, *, as_text: bool, is_v4: bool) -> bytes:
    """ICC.1:2022 10.15 multiLocalizedUnicodeType; ICC.1:2001 6.5.17 textDescriptionType, 6.5.18 textType."""
    if is_v4:
        wide = text.decode("ascii").encode("utf-16-be")
        return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(wide), 28) + wide
    if as_text:
        return b"text" + bytes(4) + text + b"\0"
    return b"desc" + struct.pack(">II", 0, len(text) + 1) + text + b"\0" + bytes(8 + 3 + 67)


def _has_gaps(profile: bytes) -> bool:
    """Whether bytes that no tag claims, or that the header reserves, hold anything."""
    free = bytearray(profile)
    spans = [(0, 100), (_HEAD, _HEAD + 4 + 12 * len(list(_table(profile)))), *((begin, begin + size) for _, begin, size in _table(profile))]
    for begin, end in spans:
        free[begin:end] = bytes(end - begin)
    return any(free) or int.from_bytes(profile[:4], "big") != len(profile)


def _built(head: bytes, tags: list[_Tag]) -> bytes:
    """Tags with the same bytes share them, as they did. Device, creator and identifier are not told: they were of the old bytes."""
    begin = _HEAD + 4 + 12 * len(tags)
    table, body, places = struct.pack(">I", len(tags)), bytearray(), dict[bytes, int]()
    for tag in tags:
        if tag.data not in places:
            places[tag.data] = begin + len(body)
            body += tag.data + bytes(-len(tag.data) % 4)
        table += struct.pack(">4sII", tag.name, places[tag.data], len(tag.data))
    told = bytearray(head[:48] + bytes(8) + head[56:80] + bytes(_HEAD - 80))
    told[:4] = struct.pack(">I", begin + len(body))
    return bytes(told) + table + bytes(body)
