"""nothing -> small files that claim, or unpack to, far more than anyone can hold; each with what is to be said of it"""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.fuzz.seeds import NAME, chunk, nifti, picture

PNG = b"\x89PNG\r\n\x1a\n"
GIF_END = b"\x3b"
HUGE = 60_000  # pixels of a side: 3.6 billion in all, no side too long
SECOND_AT_MOST = 100_001


@dataclass(frozen=True, slots=True)
class Bomb:
    name: str
    path: str
    make: Callable[[], bytes]
    reason: str | None  # None: it does no harm, and its picture is taken
    evidence: str = ""  # how it begins
    asked: tuple[tuple[str, int], ...] = (("", -1),)


def bombs() -> Iterator[Bomb]:
    yield from _sides()
    yield from _pngs()
    yield from _frames()
    yield from _tiffs()
    yield from _jpegs()
    yield from _dicoms()
    yield from _volumes()


def _sides() -> Iterator[Bomb]:
    """Sides that the header claims and no pixels follow."""
    told = f"{HUGE} x {HUGE}"
    yield Bomb("png of 3.6 billion pixels", "a.png", lambda: png(HUGE, HUGE), "too_large")
    yield Bomb("png that inflates to them", "a.png", lambda: png(HUGE, HUGE, zlib.compress(bytes(HUGE * 100), 9)), "too_large")
    yield Bomb("png of a side of 100,000", "a.png", lambda: png(100_000, 1), "too_large", "100000 x 1")
    yield Bomb("jpeg of 3.6 billion pixels", "a.jpg", lambda: jpeg(HUGE, HUGE), "too_large")
    yield Bomb("gif with a screen of 4 billion", "a.gif", lambda: gif([(0, 0, 1, 1)], screen=(65_535, 65_535)), "too_large")
    yield Bomb("webp of 268 million pixels", "a.webp", lambda: webp(16_384, 16_384), "too_large")
    yield Bomb("webp film on 281 trillion", "a.webp", lambda: webp_film(1 << 24, 1 << 24), "too_large")
    yield Bomb("bmp of 3.6 billion pixels", "a.bmp", lambda: bmp(HUGE, HUGE), "too_large")
    yield Bomb("tiff of 3.6 billion pixels", "a.tif", lambda: tiff({256: HUGE, 257: HUGE}), "too_large")
    yield Bomb("jpeg 2000 of 3.6 billion pixels", "a.j2k", lambda: j2k(HUGE, HUGE, HUGE, HUGE), "too_large", told)
    yield Bomb("jpeg 2000 of 100 million tiles", "a.j2k", lambda: j2k(10_000, 10_000, 1, 1), "*")
    yield Bomb("jpeg 2000 of 16,384 components", "a.j2k", lambda: j2k(4_000, 4_000, 4_000, 4_000, components=16_384), "*")


def _pngs() -> Iterator[Bomb]:
    """Chunks beside the pixels that inflate to a gigabyte."""
    inflating = zlib.compress(bytes(1 << 30), 9)
    profile = chunk(b"iCCP", b"x\0\0" + inflating)
    text = chunk(b"zTXt", f"{NAME}\0\0".encode() + inflating)
    world = chunk(b"iTXt", f"{NAME}\0\1\0\0\0".encode() + inflating)
    for name, extra in (
        ("colour profile", profile),
        ("text", text),
        ("international text", world),
        ("100,000 texts", chunk(b"tEXt", b"a\0b") * 100_000),
    ):
        yield Bomb(f"png, {name}", "a.png", lambda extra=extra: png(80, 80, zlib.compress(bytes(81 * 80)), extra), None)  # type: ignore[misc]
    yield Bomb("png whose pixels inflate to a gigabyte", "a.png", lambda: png(80, 80, inflating), None)
    yield Bomb(
        "png film of a billion frames",
        "a.png",
        lambda: png(80, 80, zlib.compress(bytes(81 * 80)), chunk(b"acTL", struct.pack(">II", 1 << 30, 0))),
        None,
    )


def _frames() -> Iterator[Bomb]:
    yield Bomb(
        "gif of 200,000 frames", "a.gif", lambda: gif([(0, 0, 1, 1)] * 200_000, screen=(80, 80)), "*", asked=(("", -1), ("", 199_999))
    )
    yield Bomb(
        "gif of 20,000 frames of 16 million pixels",
        "a.gif",
        lambda: gif([(0, 0, 1, 1)] * 20_000, screen=(4_000, 4_000)),
        "*",
        asked=(("", 19_999),),
    )
    yield Bomb("gif whose frame leaves its screen", "a.gif", lambda: gif([(0, 0, 65_535, 65_535)], screen=(80, 80)), "*")
    yield Bomb("webp film of 50,000 frames", "a.webp", lambda: webp_film(4_000, 4_000, frames=50_000), "*", asked=(("", 49_999),))


def _tiffs() -> Iterator[Bomb]:
    yield Bomb("tiff whose pages run in a circle", "a.tif", lambda: tiff({256: 8, 257: 8}, after=8), "*")
    yield Bomb("tiff of 200,000 pages", "a.tif", lambda: pages(200_000), "too_large", "tiff of more than 100000 pages")
    yield Bomb("tiff of a strip of 4 GB", "a.tif", lambda: tiff({256: 80, 257: 80, 279: 0xFFFFFFFF}), "*")
    yield Bomb("tiff of 4 billion strips", "a.tif", lambda: tiff({256: 80, 257: 80}, counts={273: 0xFFFFFFFF, 279: 0xFFFFFFFF}), "*")
    yield Bomb("tiff that inflates to 170 million pixels", "a.tif", _inflating_tiff, "*")


def _jpegs() -> Iterator[Bomb]:
    yield Bomb("progressive jpeg of 10,000 scans of 64 million pixels", "a.jpg", lambda: scans(8_000, 8_000, 10_000), "*")
    yield Bomb("progressive jpeg of 100,000 scans", "a.jpg", lambda: scans(2_000, 2_000, 100_000), "*")
    yield Bomb("jpeg of 60,000 comments", "a.jpg", lambda: jpeg(80, 80, b"\xff\xfe\0\x04ab" * 60_000), "*")


def _dicoms() -> Iterator[Bomb]:
    yield Bomb("dicom of 4 billion pixels", "a.dcm", lambda: dicom(65_535, 65_535), "*")
    yield Bomb(
        "dicom of 2 billion frames",
        "a.dcm",
        lambda: dicom(64, 64, frames=2_147_483_647, pixels=bytes(4096)),
        "*",
        asked=(("", -1), ("", 2_000_000_000)),
    )
    yield Bomb("dicom of sequences 10,000 deep", "a.dcm", lambda: dicom(64, 64, pixels=bytes(4096), before=_nested(10_000)), "*")
    yield Bomb("dicom of 500,000 items", "a.dcm", lambda: dicom(64, 64, pixels=bytes(4096), before=_items(500_000)), "*")
    yield Bomb("dicom that deflates to a gigabyte", "a.dcm", _deflated, "*")
    yield Bomb("dicom of RLE segments of 4 GB", "a.dcm", lambda: dicom(8_000, 8_000, syntax="1.2.840.10008.1.2.5", pixels=_rle()), "*")
    for name, syntax in (
        ("jpeg", "1.2.840.10008.1.2.4.50"),
        ("lossless jpeg", "1.2.840.10008.1.2.4.70"),
        ("jpeg 2000", "1.2.840.10008.1.2.4.90"),
    ):
        inside = j2k(HUGE, HUGE, HUGE, HUGE) if name == "jpeg 2000" else jpeg(HUGE, HUGE)
        yield Bomb(
            f"dicom of 64 x 64 that holds a {name} of 3.6 billion",
            "a.dcm",
            lambda s=syntax, i=inside: dicom(64, 64, syntax=s, pixels=_encapsulated(i)),
            "*",
        )  # type: ignore[misc]


def _volumes() -> Iterator[Bomb]:
    asked = (("axial", 3),)
    small = np.zeros((8, 8, 8), np.int16)
    yield Bomb("nifti of 35 trillion voxels", "a.nii", lambda: _sides_of(nifti(small), (32_767, 32_767, 32_767)), "too_large", asked=asked)
    yield Bomb(
        "nifti.gz that inflates to 4 GB",
        "a.nii.gz",
        lambda: _zipped(_sides_of(nifti(small), (2_000, 2_000, 500)), 1 << 32),
        "too_large",
        asked=asked,
    )
    yield Bomb("nifti.gz of 512 bytes of voxels and 4 GB behind", "a.nii.gz", lambda: _zipped(nifti(small), 1 << 32), None, asked=asked)
    yield Bomb(
        "nifti.gz whose voxels begin behind 4 GB", "a.nii.gz", lambda: _zipped(_offset(nifti(small), 2.0**32), 1 << 32), "*", asked=asked
    )
    yield Bomb("nrrd of a trillion voxels", "a.nrrd", lambda: _nrrd("10000 10000 10000", "raw", b""), "too_large", asked=asked)
    yield Bomb("nrrd that inflates to 4 GB", "a.nrrd", lambda: _nrrd("64 64 64", "gzip", _zipped(b"", 1 << 32)), "*", asked=asked)
    yield Bomb("nrrd of another file", "a.nrrd", lambda: _nrrd("8 8 8", "raw", b"", more="data file: /etc/passwd\n"), "*", asked=asked)
    yield Bomb("mha of a trillion voxels", "a.mha", lambda: _mha("10000 10000 10000", b""), "too_large", asked=asked)
    yield Bomb(
        "mha that inflates to 4 GB",
        "a.mha",
        lambda: _mha("64 64 64", zlib.compress(bytes(1 << 30), 9) * 4, compressed=True),
        "*",
        asked=asked,
    )
    yield Bomb("mha of another file", "a.mha", lambda: _mha("8 8 8", b"", file="/etc/passwd"), "*", asked=asked)
    yield Bomb("npy of 10^18 values", "a.npy", lambda: _npy("(1000000000, 1000000000)"), "too_large")
    yield Bomb("npy of 10^12 rows", "a.npy", lambda: _npy("(1000000000000, 64, 64)"), "*", asked=(("", -1), ("", 999_999_999)))
    yield Bomb("npy header nested 100,000 deep", "a.npy", lambda: _npy("(" * 30_000 + ")" * 30_000), "*")
    yield Bomb("npz that inflates to 4 GB", "a.npz", _npz, "*", asked=(("a", -1),))


# --- pictures


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


def _inflating_tiff() -> bytes:
    """13,300 x 13,300: just below what is allowed; deflated to nearly nothing."""
    side = 13_300
    data = zlib.compress(bytes(side * side), 9)
    head = tiff({256: side, 257: side, 259: 8, 273: 256, 279: len(data)}).ljust(256, b"\0")
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


def _nested(depth: int) -> bytes:
    """Sequences of undefined length in each other."""
    begin = struct.pack("<HH", 8, 0x1140) + b"SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    return begin * depth + b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0" * depth


def _items(count: int) -> bytes:
    return _element(8, 0x1140, b"SQ", b"\xfe\xff\x00\xe0\0\0\0\0" * count)


def _deflated() -> bytes:
    body = dicom_body(64, 64, frames=1, pixels=bytes(4096), before=_element(9, 0x1010, b"OB", bytes(1 << 30)))
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return _dicom_head("1.2.840.10008.1.2.1.99") + deflate.compress(body) + deflate.flush()


def _encapsulated(frame: bytes) -> bytes:
    frame += b"\0" * (len(frame) & 1)
    items = b"\xfe\xff\x00\xe0\0\0\0\0" + b"\xfe\xff\x00\xe0" + struct.pack("<I", len(frame)) + frame + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return struct.pack("<HH", 0x7FE0, 0x10) + b"OB\0\0\xff\xff\xff\xff" + items


def _rle() -> bytes:
    return _encapsulated(struct.pack("<16I", 15, *([64] * 15)) + b"\x81\0" * 500_000)


# --- volumes and arrays


def _sides_of(data: bytes, sides: tuple[int, int, int]) -> bytes:
    return data[:40] + struct.pack("<8h", 3, *sides, 1, 1, 1, 1) + data[56:]


def _offset(data: bytes, offset: float) -> bytes:
    return data[:108] + struct.pack("<f", offset) + data[112:]


def _zipped(begin: bytes, size: int) -> bytes:
    """A gz of `begin` and zeros up to `size`: members of a gz follow each other, and are one."""
    block = gzip.compress(bytes(1 << 26), 9, mtime=0)
    return gzip.compress(begin, 9, mtime=0) + block * (size >> 26)


def _nrrd(sizes: str, encoding: str, data: bytes, more: str = "") -> bytes:
    head = f"NRRD0004\ntype: short\ndimension: 3\nsizes: {sizes}\nencoding: {encoding}\nendian: little\n{more}\n"
    return head.encode() + data


def _mha(sizes: str, data: bytes, *, compressed: bool = False, file: str = "LOCAL") -> bytes:
    size = f"CompressedDataSize = {len(data)}\n" if compressed else ""
    head = f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = {compressed}\n{size}"
    return f"{head}DimSize = {sizes}\nElementType = MET_SHORT\nElementDataFile = {file}\n".encode() + data


def _npy(shape: str) -> bytes:
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return (
        b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(4096)
        if len(head) < 1 << 16
        else b"\x93NUMPY\x02\x00" + struct.pack("<I", len(head)) + head
    )


def _npz() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file, file.open("a.npy", "w", force_zip64=True) as member:
        member.write(_npy("(65536, 65536)")[:-4096])
        for _ in range(64):
            member.write(bytes(1 << 26))
    return out.getvalue()


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


def lying_zip(size: int = 1 << 32) -> bytes:
    """A picture of a member that inflates to `size` bytes and says that it has 5,000."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file, file.open("a.png", "w", force_zip64=True) as member:
        for _ in range(size >> 26):
            member.write(bytes(1 << 26))
    return out.getvalue()
