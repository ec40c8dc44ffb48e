"""A PNG whose pixels are inflated before Pillow sees it is what Pillow sees in it"""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from curate.pixels import film
from curate.pixels.fault import PixelFault
from curate.pixels.film import Film
from curate.pixels.inflated import LEAST, inflated

SIDES = (331, 287)


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def drawn(mode: str) -> Image.Image:
    values = np.random.default_rng(5).integers(0, 256, (SIDES[1], SIDES[0], 4), np.uint8)
    values[:, : SIDES[0] // 2] //= 16  # smooth enough for every filter
    return Image.fromarray(values, "RGBA").convert(mode)


def png(mode: str, **options: object) -> bytes:
    out = io.BytesIO()
    drawn(mode).save(out, "PNG", **options)
    return out.getvalue()


def parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the pixels, their stream, what follows."""
    begin, stream, head, name = 8, b"", 0, b""
    while name != b"IEND":
        length, name = int.from_bytes(data[begin : begin + 4], "big"), data[begin + 4 : begin + 8]
        if name == b"IDAT":
            head, stream = head or begin, stream + data[begin + 8 : begin + 8 + length]
            end = begin + 12 + length
        begin += 12 + length
    return data[:head], stream, data[end:]


def built(head: bytes, stream: bytes, tail: bytes = chunk(b"IEND"), *, pieces: int = 1) -> bytes:
    step = -(-len(stream) // pieces)
    return head + b"".join(chunk(b"IDAT", stream[at : at + step]) for at in range(0, len(stream), step)) + tail


def seen(data: bytes) -> object:
    try:
        rendered = Film(data, "png").rendered(-1)
    except PixelFault as fault:
        return fault.reason, fault.evidence
    return rendered.header, rendered.image.mode, rendered.image.size, rendered.image.tobytes()


def as_before(data: bytes, monkeypatch: pytest.MonkeyPatch) -> object:
    with monkeypatch.context() as plain:
        plain.setattr(film, "inflated", lambda data: data)
        return seen(data)


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {}), ("RGB", {"compress_level": 1}), ("RGB", {"compress_type": 2}), ("L", {}), ("LA", {}), ("RGBA", {}), ("P", {}),
        ("P", {"transparency": 3}), ("RGB", {"transparency": (1, 2, 3)}), ("L", {"transparency": 7}),
    ],
    ids=str,
)  # fmt: skip
def test_every_kind_is_inflated_and_seen_as_before(mode: str, options: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    data = png(mode, **options)
    assert inflated(data) is not data
    assert seen(data) == as_before(data, monkeypatch)
    assert seen(built(*parts(data), pieces=7)) == seen(data)


def test_pixels_of_a_few_bits_are_rows_of_whole_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 2, (900, 901), np.uint8) * 255).convert("1").save(out, "PNG")
    assert inflated(out.getvalue()) is not out.getvalue()
    assert seen(out.getvalue()) == as_before(out.getvalue(), monkeypatch)


def test_what_stands_beside_the_rule_is_left_as_it_is() -> None:
    head, stream, tail = parts(png("RGB"))
    deep, interlaced = io.BytesIO(), head[:28] + b"\1" + head[29:]
    Image.fromarray(np.zeros((300, 300), np.uint16)).save(deep, "PNG")
    raw, small = zlib.decompress(stream), zlib.compressobj(wbits=9)
    left = {
        "16 bits": deep.getvalue(),
        "interlaced": built(interlaced, stream),
        "small": built(head[:16] + struct.pack(">II", 8, 8) + head[24:], zlib.compress(raw[:200])),
        "animated": built(head + chunk(b"acTL", bytes(8)), stream),
        "with something behind its pixels": built(head, stream, chunk(b"pHYs", bytes(9)) + tail),
        "of a small window": built(head, small.compress(raw) + small.flush()),
        "cut": built(head, stream[: len(stream) // 2]),
        "of a wrong checksum": built(head, stream[:-1] + bytes((stream[-1] ^ 1,))),
        "with a row too few": built(head, zlib.compress(raw[: -1 - 3 * SIDES[0]])),
        "with a row too many": built(head, zlib.compress(raw + bytes(1 + 3 * SIDES[0]))),
    }
    assert [name for name, data in left.items() if inflated(data) is not data] == []
    assert len(raw) > LEAST


def test_bytes_behind_the_stream_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    head, stream, tail = parts(png("RGB"))
    data = built(head, stream + b"IDAT and more", tail)
    assert inflated(data) is not data
    assert seen(data) == as_before(data, monkeypatch) == seen(built(head, stream, tail))


def test_the_name_of_the_chunk_inside_another_is_no_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    head, stream, tail = parts(png("RGB"))
    data = built(head + chunk(b"tEXt", b"x" + bytes(3) + chunk(b"IDAT", stream)), stream, tail)
    assert inflated(data) is not data
    assert seen(data) == as_before(data, monkeypatch) == seen(built(head, stream, tail))


def test_damage_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bits flipped, bytes lost and added in the stream, with sound CRCs around it: the same fault, or the same picture."""
    head, stream, _ = parts(png("RGB", compress_level=1))
    chance, kinds = random.Random(8), set()
    for _ in range(60):
        damaged, at = bytearray(stream), chance.randrange(2, len(stream))
        match chance.randrange(3):
            case 0:
                damaged[at] ^= 1 << chance.randrange(8)
            case 1:
                del damaged[at : at + chance.randrange(1, 40)]
            case _:
                damaged[at:at] = chance.randbytes(chance.randrange(1, 40))
        data = built(head, bytes(damaged))
        now = seen(data)
        assert now == as_before(data, monkeypatch)
        kinds.add(now[0] if isinstance(now[0], str) else "picture")
    assert "corrupt" in kinds or "truncated" in kinds
