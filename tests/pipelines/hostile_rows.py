"""a folder -> JSON lines and pictures in which everything is wrong that can be wrong, each with what must become of it"""

from __future__ import annotations

import json
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tests.pipelines.small_data import encoded, picture, sentence

SECRET = "zebrafinch"  # stands in every text: must be in no verdict, no message, no report
SOURCE = "hostile_rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    stage: str = ""  # that rejects it; none: it is kept
    reason: str = ""
    seen: str = ""  # what inspect says of its image


KEPT = Fate()
COPY = Fate(stage="dedup", reason="duplicate_image")


def lost(reason: str) -> Fate:
    return Fate(stage="ingest", reason=reason)


def refused(reason: str) -> Fate:
    return Fate(stage="screen", reason=reason)


def unusable(seen: str) -> Fate:
    return Fate(stage="screen", reason="image_rejected", seen=seen)


def png(number: int) -> bytes:
    return encoded(picture(number), "PNG")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png() -> bytes:
    """A header that claims 60,000 x 60,000 pixels, and hardly any data."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1_000)) + chunk(b"IEND", b"")


def huge_bmp() -> bytes:
    side = 2**31 - 1
    return b"BM" + struct.pack("<IHHIIiiHHIIIIII", 54, 0, 0, 54, 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)


def swollen_png(number: int) -> bytes:
    """A sound picture whose text chunk unpacks to 200 MB."""
    whole = png(number)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(10_000_000)) for _ in range(20)) + packer.flush()
    return whole[:33] + chunk(b"zTXt", b"k\0\0" + packed) + whole[33:]


def flipped_png(number: int) -> bytes:
    """One byte of the coded pixels is another."""
    whole = png(number)
    place = whole.index(b"IDAT") + 400
    return whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]


def long_gif(number: int, frames: int = 3_000) -> bytes:
    rest = [Image.new("P", (64, 64), index % 200) for index in range(frames - 1)]
    return encoded(picture(number, 64).convert("P"), "GIF", save_all=True, append_images=rest)


def object_npy() -> bytes:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (9,), }".ljust(59) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


class Rows:
    """JSON lines of captions, each with a picture of its own and its fate."""

    def __init__(self, folder: Path) -> None:
        self.images = folder / "images"
        self.file = folder / "rows.jsonl"
        self.lines: list[bytes] = []
        self.fates: dict[str, Fate] = {}
        self.images.mkdir(parents=True)

    def add(self, id: str, image: str, data: bytes | None, fate: Fate = KEPT, *, text: object = None, local: str = "") -> None:
        """A row. `data` becomes the picture; `local`: what it must be called where that is not `id`."""
        shown = f"Chest radiograph {SECRET} with {sentence(700 + len(self.lines))} seen here." if text is None else text
        self.fates[f"{SOURCE}/{local or id}"] = fate
        self.lines.append(json.dumps({"n": id, "image": image, "caption": shown}).encode())
        if data is not None:
            (self.images / image).write_bytes(data)

    @property
    def place(self) -> str:
        """What the next row is called if it has no name of its own."""
        return f"rows.jsonl:{len(self.lines)}"

    def raw(self, line: bytes, reason: str) -> None:
        self.fates[f"{SOURCE}/{self.place}"] = lost(reason)
        self.lines.append(line)


def write_rows(data: Path) -> dict[str, Fate]:
    """The source's folder below `data`, and beside `data` a picture that nothing may reach; gives the fate of every row by its id."""
    rows = Rows(data / SOURCE)
    outside = data.parent / "outside.png"
    outside.write_bytes(png(99))
    for write in (_pictures, _names, _ids, _texts, _broken_lines):
        write(rows)
    _places(rows, outside)
    rows.file.write_bytes(b"\n".join(rows.lines) + b"\n")
    return rows.fates


def _pictures(rows: Rows) -> None:
    sixteen = Image.fromarray(np.arange(96 * 96, dtype=np.uint16).reshape(96, 96) * 7)
    rows.add("whole", "whole.jpg", encoded(picture(1), "JPEG"))
    rows.add("truncated", "truncated.jpg", encoded(picture(2), "JPEG", quality=95)[:1_500], unusable("truncated"))
    rows.add("empty", "empty.jpg", b"", unusable("empty_file"))
    rows.add("text", "text.png", f"this is no picture, {SECRET}".encode(), unusable("not_an_image"))
    rows.add("markup", "markup.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", unusable("not_an_image"))
    rows.add("huge", "huge.png", huge_png(), unusable("too_large"))
    rows.add("huge bmp", "huge.bmp", huge_bmp(), unusable("too_large"))
    rows.add("swollen", "swollen.png", swollen_png(3))
    rows.add("frames", "frames.gif", long_gif(4))
    rows.add("flipped", "flipped.png", flipped_png(5), unusable("corrupt"))
    rows.add("half", "half.webp", encoded(picture(6), "WEBP")[:200], unusable("truncated"))
    rows.add("narrow", "narrow.png", encoded(picture(7).resize((20_000, 63)), "PNG"), unusable("image_too_small"))
    rows.add("zip", "zip.png", b"PK\x03\x04" + bytes(100), unusable("unsupported"))
    rows.add("dicom", "dicom.png", bytes(128) + b"DICM" + bytes(50), unusable("dicom_no_pixels"))
    rows.add("objects", "objects.npy", object_npy(), unusable("unsupported"))
    rows.add("cmyk", "cmyk.jpg", encoded(picture(8).convert("CMYK"), "JPEG"))
    rows.add("sixteen", "sixteen.png", encoded(sixteen, "PNG"))


def _names(rows: Rows) -> None:
    names = ("new\nline.png", "quo'te\".png", "<script>alert(1)<", "\N{BRAIN} scan.png", "blank .png", "%2e%2e.png")
    for number, name in enumerate(names):
        rows.add(f"name {number}", name, png(30 + number))
    rows.add("nul name", "nul\0.png", None, lost("path_escapes"))
    (rows.images / "CaSe.PNG").write_bytes(png(37))
    rows.add("case", "cAsE.png", None)


def _ids(rows: Rows) -> None:
    ids = ("with blank", "with/slash", "\N{GREEK SMALL LETTER ALPHA}\N{BRAIN}", "x~2", "x", "../up", "<b>bold</b>", "a#1", "'; drop")
    for number, id in enumerate(ids):
        rows.add(id, f"id{number}.png", png(40 + number))
    rows.add("x", "again.png", png(50), lost("duplicate_id"), local="x~3")  # a row has x~2 as its own
    rows.add("x", "again.png", None, lost("duplicate_id"), local="x~4")
    for id in ("new\nline", "nul\0", "\ud800", "l" * 400):
        rows.add(id, "whole.jpg", None, lost("bad_id"), local=rows.place)


def _texts(rows: Rows) -> None:
    shown = f"Chest radiograph {SECRET}"
    rows.add("nul text", "nul.png", png(60), text=f"{shown} \0\0 {sentence(60)}")
    rows.add("surrogate", "surrogate.png", png(61), lost("bad_encoding"), text=f"{shown} {sentence(61)} \ud83d")
    rows.add("no text", "no_text.png", png(62), lost("text_missing"), text="")
    rows.add("list text", "list.png", png(63), text=[f"{shown} {sentence(63)}", "and more"])
    rows.add("short", "short.png", png(65), refused("caption_too_short"), text=SECRET)
    rows.add("long", "long.png", png(66), refused("caption_too_long"), text=f"{SECRET} " * 400_000)
    rows.add("marks", "marks.png", png(67), text=f"{shown} {sentence(67)}" + " <image>" * 10_000)
    rows.add("html", "html.png", png(68), text=f"{shown} {sentence(68)} <script>alert(1)</script>")


def _broken_lines(rows: Rows) -> None:
    secret = SECRET.encode()
    rows.raw(b'{"n": "cut", "image": "whole.jpg", "caption": "' + secret, "row_broken")
    rows.raw(b'{"n": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "row_broken")
    rows.raw(b'{"n": ' + b"9" * 10_000 + b"}", "row_broken")
    rows.raw(b"\0" * 40, "row_broken")
    rows.raw(b'{"n": "latin", "image": "whole.jpg", "caption": "3 \xd7 4 ' + secret + b'"}', "bad_encoding")
    rows.raw(b'["no", "object", "' + secret + b'"]', "column_missing")
    rows.raw(b"null", "column_missing")


def _places(rows: Rows, outside: Path) -> None:
    """Paths that are not there, that are no file, that leave the folder."""
    (rows.images / "link.png").symlink_to(outside)
    (rows.images / "dangling.png").symlink_to("nowhere.png")
    (rows.images / "inside.png").symlink_to("whole.jpg")
    (rows.images / "loop").symlink_to(".")
    (rows.images / "folder.png").mkdir()
    os.mkfifo(rows.images / "pipe.png")
    for id, path in (("missing", "missing.png"), ("nothing", ""), ("dot", "."), ("loop", "loop/loop/whole.jpg"), ("folder", "folder.png"),
                     ("pipe", "pipe.png"), ("absolute", str(outside))):  # fmt: skip
        rows.add(id, path, None, lost("image_missing"))
    for id, path in (("dots", "../../outside.png"), ("deep dots", "a/../../../outside.png"), ("backslashes", "..\\..\\outside.png"),
                     ("link", "link.png"), ("dangling", "dangling.png")):  # fmt: skip
        rows.add(id, path, None, lost("path_escapes"))
    rows.add("inside", "inside.png", None, COPY, text=f"Chest radiograph {sentence(69, 9)}.")  # the shorter text goes
    (rows.images / "closed.png").write_bytes(png(70))
    (rows.images / "closed.png").chmod(0)
    rows.add("closed", "closed.png", None, KEPT if os.geteuid() == 0 else unusable("unreadable"))
