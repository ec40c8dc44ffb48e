"""arrays -> files of layouts that no library here writes: BMP of every kind, JPEG 2000 with boxes, TIFF by hand, GIF of parts"""

import base64
import io
import struct
from collections.abc import Sequence

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

# 32 x 24 of arithmetic coding (ISO/IEC 10918-1 D), made of a baseline file by the arithmetic encoder of libjpeg
ARITHMETIC = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//yQALCAAY"
    "ACABAREA/8wABgAQEAX/2gAIAQEAAD8A/wCVsF2owyL8zCViQiq8X+tCFbkyl+GVmGD0S0kXGbz1idJg/9k="
)


def coded(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def tiff(*pages: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=bool(options.pop("bigtiff", False)), byteorder=str(options.pop("byteorder", "<"))) as writer:
        for page in pages:
            writer.write(page, metadata=None, **options)
    return out.getvalue()


def bare_tiff(tags: dict[int, tuple[int, Sequence[int]]], strip: bytes, order: str = "<") -> bytes:
    """One page of one strip; a tag's values are SHORT (3), LONG (4) or RATIONAL (5)."""
    tags = {**tags, 273: (4, (8,)), 279: (4, (len(strip),))}
    begin = 8 + len(strip) + len(strip) % 2
    after, entries, extra = begin + 2 + 12 * len(tags) + 4, b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        body = struct.pack(f"{order}{len(values)}{'H' if kind == 3 else 'I'}", *values)
        count = len(values) // 2 if kind == 5 else len(values)
        inside = body.ljust(4, b"\0") if len(body) <= 4 else struct.pack(f"{order}I", after + len(extra))
        extra += body if len(body) > 4 else b""
        entries += struct.pack(f"{order}HHI", tag, kind, count) + inside
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", begin)
    return head + strip.ljust(begin - 8, b"\0") + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + extra


def bmp(rows: bytes, width: int, height: int, bits: int, *, palette: bytes = b"", compression: int = 0, masks: bytes = b"") -> bytes:
    """`height` below 0: the first row is the upper one."""
    begin = 14 + 40 + len(masks) + len(palette)
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(rows), 2835, 2835, len(palette) // 4, 0)
    return struct.pack("<2sIHHI", b"BM", begin + len(rows), 0, 0, begin) + head + masks + palette + rows


def bmp_rows(rows: np.ndarray) -> bytes:
    """Bytes of each row, the lowest first, filled to a multiple of four."""
    return b"".join(bytes(row).ljust(-(-len(bytes(row)) // 4) * 4, b"\0") for row in rows[::-1])


def run_lengths(indices: np.ndarray, bits: int) -> bytes:
    """BI_RLE8 or BI_RLE4: runs, and stretches of three and more in absolute mode."""
    coded = b""
    for row in indices[::-1]:
        values, place = row.tolist(), 0
        while place < len(values):
            run = next((end for end in range(place, len(values)) if values[end] != values[place]), len(values)) - place
            if run == 1 and place + 4 <= len(values):
                stretch = values[place : place + 4]
                packed = bytes(stretch) if bits == 8 else bytes((stretch[0] << 4 | stretch[1], stretch[2] << 4 | stretch[3]))
                coded, place = coded + b"\0\4" + packed, place + 4
            else:
                value = values[place] if bits == 8 else values[place] * 17
                coded, place = coded + bytes((min(run, 255), value)), place + min(run, 255)
        coded += b"\0\0"
    return coded + b"\0\1"


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def jp2(values: np.ndarray, *, colours: int, described: bytes = b"", before: bytes = b"", **options: object) -> bytes:
    """A JP2 file of a lossless codestream; `described` are further boxes of its header, `before` boxes that come before the pixels."""
    stream = imagecodecs.jpeg2k_encode(values, level=0, codecformat="j2k", reversible=True, **options)
    height, width, *samples = values.shape
    head = box(b"ihdr", struct.pack(">IIHBBBB", height, width, samples[0] if samples else 1, 8 * values.itemsize - 1, 7, 0, 0))
    head += box(b"colr", b"\1\0\0" + struct.pack(">I", colours)) + described
    start = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + box(b"jp2h", head) + before + box(b"jp2c", stream)


def jp2_palette(colours: np.ndarray) -> bytes:
    """Boxes of a palette (n, 3) that one component of indices leads through."""
    entries = struct.pack(">HB", len(colours), 3) + b"\7\7\7" + colours.astype(np.uint8).tobytes()
    return box(b"pclr", entries) + box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, column) for column in range(3)))
