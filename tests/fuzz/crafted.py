"""sizes, counts -> a file of each format whose header says them, with little behind; zeros by the gigabyte, packed"""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image

from tests.fuzz.seeds import NAME, chunk, picture

PNG = b"\x89PNG\r\n\x1a\n"
GIF_END = b"\x3b"
BLOCK = 1 << 26


@cache
def _block() -> bytes:
    """BLOCK zeros as raw deflate that leans on nothing before it: repeated it is so many times as many."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(bytes(BLOCK)) + deflate.flush(zlib.Z_FULL_FLUSH)


def raw_zeros(blocks: int) -> bytes:
    return _block() * blocks + b"\x03\0"


def zlib_zeros(blocks: int) -> bytes:
    """The same with head and checksum (RFC 1950)."""
    return b"\x78\xda" + raw_zeros(blocks) + struct.pack(">HH", blocks * BLOCK % 65_521, 1)


def png(width: int, height: int, pixels: bytes = b"", extra: bytes = b"") -> bytes:
    """Grey; `extra` chunks before the pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return PNG + head + extra + chunk(b"IDAT", pixels or zlib.compress(b"")) + chunk(b"IEND", b"")


def jpeg(width: int, height: int, extra: bytes = b"") -> bytes:
    """A sound one of 8 x 8 whose frame header says something else."""
    out = io.BytesIO()
    Image.new("L", (8, 8), 90).save(out, "JPEG")
    data = out.getvalue()
    at = data.index(b"\xff\xc0")
    return data[:2] + extra + data[2 : at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def scans(width: int, height: int, count: int) -> bytes:
    """Progressive, grey, with the same scan of the mean again and again (a refinement that adds a bit of 0)."""
    out = io.BytesIO()
    Image.new("L", (8, 8), 90).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    at, scan, end = data.index(b"\xff\xc2"), data.index(b"\xff\xda"), len(data)
    second = data.find(b"\xff\xda", scan + 2)
    first = data[scan : second if second > 0 else end - 2]
    tables = data.rfind(b"\xff\xc4", 0, scan + len(first))
    keep = data[scan:tables] if tables > scan else first
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 : scan] + keep * count + b"\xff\xd9"


def gif(frames: list[tuple[int, int, int, int]], *, screen: tuple[int, int]) -> bytes:
    """Each frame: left, top, width, height, with one pixel of data."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + b"".join(b"\x2c" + struct.pack("<HHHHB", *frame, 0) + b"\x02\x02\x44\x01\x00" for frame in frames) + GIF_END


def webp(width: int, height: int) -> bytes:
    """Lossless, with a header that says so many pixels (at most 2^14 a side) and nothing behind."""
    bits = (width - 1) | (height - 1) << 14
    data = b"\x2f" + struct.pack("<I", bits) + bytes(20)
    return _riff(b"VP8L" + struct.pack("<I", len(data)) + data + bytes(len(data) & 1))


def lossy_webp(width: int, height: int) -> bytes:
    data = b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(20)
    return _riff(b"VP8 " + struct.pack("<I", len(data)) + data)


def webp_film(width: int, height: int, frames: int = 1) -> bytes:
    still = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(still, "WEBP", lossless=True)
    inside = still.getvalue()[12:]
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    head = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + sides
    film = b"ANIM" + struct.pack("<I", 6) + bytes(6)
    body = bytes(6) + b"\3\0\0\3\0\0" + b"\x01\0\0\0" + inside
    return _riff(head + film + (b"ANMF" + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)) * frames)


def _riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def tiff(tags: dict[int, int], *, after: int = 0, counts: dict[int, int] | None = None) -> bytes:
    """One page of grey; `after`: where the next is said to be; `counts`: how many values a tag is said to have."""
    told = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1 << 31, 279: 64, **tags}
    entries = b"".join(struct.pack("<HHII", tag, 4, (counts or {}).get(tag, 1), value) for tag, value in sorted(told.items()))
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(told)) + entries + struct.pack("<I", after)


def pages(count: int) -> bytes:
    """Directories without an entry, one behind the other."""
    first = tiff({256: 8, 257: 8}, after=256).ljust(256, b"\0")
    return first + b"".join(struct.pack("<HI", 0, 256 + 6 * (number + 1)) for number in range(count))


def inflating_tiff() -> bytes:
    """13,300 x 13,300: just below what is allowed; deflated to nearly nothing."""
    side = 13_300
    data = zlib.compress(bytes(side * side), 9)
    head = tiff({256: side, 257: side, 259: 8, 273: 256, 278: side, 279: len(data)}).ljust(256, b"\0")
    return head + data


def j2k(width: int, height: int, tile_width: int, tile_height: int, components: int = 1) -> bytes:
    """A codestream of SIZ, COD, QCD and one empty tile (ISO/IEC 15444-1 annex A)."""
    siz = struct.pack(">HIIIIIIIIH", 0, width, height, 0, 0, tile_width, tile_height, 0, 0, components) + b"\x07\x01\x01" * components
    cod = b"\0\0\0\1\0\5\4\4\0\1"
    qcd = b"\x40" + b"\x48" * 16
    sot = struct.pack(">HIBB", 0, 14, 0, 1)
    return (
        b"\xff\x4f\xff\x51" + struct.pack(">H", len(siz) + 2) + siz + b"\xff\x52" + struct.pack(">H", len(cod) + 2) + cod
        + b"\xff\x5c" + struct.pack(">H", len(qcd) + 2) + qcd + b"\xff\x90\0\x0a" + sot + b"\xff\x93\xff\xd9"
    )  # fmt: skip


# --- DICOM, explicit little endian


def _element(group: int, element: int, kind: bytes, value: bytes) -> bytes:
    value += b"\0" * (len(value) & 1)
    if kind in (b"OB", b"OW", b"SQ", b"UN"):
        return struct.pack("<HH", group, element) + kind + b"\0\0" + struct.pack("<I", len(value)) + value
    return struct.pack("<HH", group, element) + kind + struct.pack("<H", len(value)) + value


def dicom(
    width: int, height: int, *, frames: int = 1, pixels: bytes = b"", before: bytes = b"", syntax: str = "1.2.840.10008.1.2.1"
) -> bytes:
    return _dicom_head(syntax) + dicom_body(width, height, frames=frames, pixels=pixels, before=before)


def _dicom_head(syntax: str) -> bytes:
    meta = _element(2, 2, b"UI", b"1.2.840.10008.5.1.4.1.1.7") + _element(2, 3, b"UI", b"1.2.3") + _element(2, 0x10, b"UI", syntax.encode())
    return bytes(128) + b"DICM" + _element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta


def dicom_body(width: int, height: int, *, frames: int, pixels: bytes, before: bytes) -> bytes:
    said = _element(8, 0x16, b"UI", b"1.2.840.10008.5.1.4.1.1.7") + _element(8, 0x60, b"CS", b"OT") + before
    said += (
        _element(0x10, 0x10, b"PN", NAME.encode())
        + _element(0x28, 2, b"US", struct.pack("<H", 1))
        + _element(0x28, 4, b"CS", b"MONOCHROME2")
    )
    said += _element(0x28, 8, b"IS", str(frames).encode()) if frames > 1 else b""
    for element, value in ((0x10, height), (0x11, width), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)):
        said += _element(0x28, element, b"US", struct.pack("<H", value))
    return said + (pixels if pixels[:4] == b"\xe0\x7f\x10\0" else _element(0x7FE0, 0x10, b"OB", pixels or bytes(64)))


def nested_sequences(depth: int) -> bytes:
    """Sequences of undefined length in each other."""
    begin = struct.pack("<HH", 8, 0x1140) + b"SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    return begin * depth + b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0" * depth


def many_items(count: int) -> bytes:
    return _element(8, 0x1140, b"SQ", b"\xfe\xff\x00\xe0\0\0\0\0" * count)


def deflated_dicom() -> bytes:
    """With an element of more than a gigabyte before its pixels."""
    size = 17 * BLOCK
    body = dicom_body(
        64, 64, frames=1, pixels=bytes(4096), before=b"BEFORE" + struct.pack("<HH", 9, 0x1010) + b"OB\0\0" + struct.pack("<I", size)
    )
    begin, end = body.split(b"BEFORE")
    head = end[:12]
    deflate, rest = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.compressobj(9, zlib.DEFLATED, -15)
    first = deflate.compress(begin + head) + deflate.flush(zlib.Z_FULL_FLUSH)
    return _dicom_head("1.2.840.10008.1.2.1.99") + first + _block() * 17 + rest.compress(end[12:]) + rest.flush()


def encapsulated(frame: bytes) -> bytes:
    frame += b"\0" * (len(frame) & 1)
    items = b"\xfe\xff\x00\xe0\0\0\0\0" + b"\xfe\xff\x00\xe0" + struct.pack("<I", len(frame)) + frame + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return struct.pack("<HH", 0x7FE0, 0x10) + b"OB\0\0\xff\xff\xff\xff" + items


def rle() -> bytes:
    return encapsulated(struct.pack("<16I", 15, *([64] * 15)) + b"\x81\0" * 500_000)


# --- volumes and arrays


def with_sides(data: bytes, *sides: int) -> bytes:
    return data[:40] + struct.pack("<8h", 3, *sides, 1, 1, 1, 1) + data[56:]


def with_offset(data: bytes, offset: float) -> bytes:
    return data[:108] + struct.pack("<f", offset) + data[112:]


def gzipped(begin: bytes, blocks: int) -> bytes:
    """A gz of `begin` and zeros: members of a gz follow each other, and are one."""
    member = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + raw_zeros(1) + struct.pack("<II", zlib.crc32(bytes(BLOCK)), BLOCK)
    return gzip.compress(begin, 9, mtime=0) + member * blocks


def nrrd(sizes: str, encoding: str, data: bytes, more: str = "") -> bytes:
    head = f"NRRD0004\ntype: short\ndimension: 3\nsizes: {sizes}\nencoding: {encoding}\nendian: little\n{more}\n"
    return head.encode() + data


def mha(sizes: str, data: bytes, *, compressed: bool = False, file: str = "LOCAL") -> bytes:
    size = f"CompressedDataSize = {len(data)}\n" if compressed else ""
    head = f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = {compressed}\n{size}"
    return f"{head}DimSize = {sizes}\nElementType = MET_SHORT\nElementDataFile = {file}\n".encode() + data


def npy(shape: str) -> bytes:
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return (
        b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(4096)
        if len(head) < 1 << 16
        else b"\x93NUMPY\x02\x00" + struct.pack("<I", len(head)) + head
    )


def zip_of(name: str, deflated: bytes, size: int) -> bytes:
    """An archive of one member, whose directory says that it has `size` bytes."""
    told = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0x21, 0, len(deflated), size)
    local = struct.pack("<I", 0x04034B50) + told + struct.pack("<HH", len(name), 0) + name.encode()
    entry = struct.pack("<IH", 0x02014B50, 20) + told + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name.encode()
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(entry), len(local) + len(deflated), 0)
    return local + deflated + entry + end


# --- archives


def nested_zip(depth: int = 50) -> bytes:
    """An archive in an archive in an archive; in the innermost a picture."""
    still = io.BytesIO()
    Image.fromarray(picture()).save(still, "PNG")
    name, data = "a.png", still.getvalue()
    for number in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(name, data)
        name, data = f"{number}.zip", out.getvalue()
    return data
