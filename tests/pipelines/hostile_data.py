"""a folder -> data sets in which everything is wrong that can be wrong, each thing with what must become of it"""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SECRET = "zebrafinch"  # stands in every text: must be in no verdict, no message, no report
MANIFEST = """\
id: {id}
title: Generated, {id}
license: CC0-1.0
commercial: yes
layouts:
  - name: only
    if: [{needs}]
    tables:
{tables}
"""
TABLE = """\
      - name: {name}
        files: ["{files}"]
        format: {format}
        options: {options}
        task: {task}
        row: "{row}"{image}
        turns: [{{user: "{user}"}}, {{assistant: "{answer}"}}]
"""
KEPT = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    stage: str
    reason: str
    seen: str = ""  # what inspect says of its image


def picture(number: int, side: int = 96) -> Image.Image:
    """No two are alike: a coarse pattern of random greys."""
    random = np.random.default_rng(number)
    return Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8)).resize((side, side), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png(number: int) -> bytes:
    return encoded(picture(number), "PNG")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png() -> bytes:
    """A header that claims 60,000 x 60,000 pixels, and hardly any data."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1_000)) + chunk(b"IEND", b"")


def swollen_png(number: int) -> bytes:
    """A sound picture whose text chunk unpacks to 200 MB."""
    whole = png(number)
    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    return whole[:33] + bomb + whole[33:]


def long_gif(number: int, frames: int = 3_000) -> bytes:
    first = picture(number, 64).convert("P")
    rest = [Image.new("P", (64, 64), index % 200) for index in range(frames - 1)]
    return encoded(first, "GIF", save_all=True, append_images=rest)


def caption(number: int) -> str:
    words = np.random.default_rng(number).choice(["axial", "lobe", "margin", "vessel", "bright", "dark", "left", "right", "upper", "thin"], 14)
    return f"Chest radiograph {number} {SECRET} with {' '.join(words)} seen here."


class Lines:
    """JSON lines of captions, each with its own picture and fate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[bytes] = []
        self.fates: dict[str, Fate] = {}
        (folder / "images").mkdir(parents=True)

    def add(self, id: object, image: object, data: bytes | None, fate: Fate | None = None, *, text: object = None, local: str = "") -> None:
        """A row. `data` becomes the picture; `local`: the id it must get where that is not `id`."""
        number = len(self.lines) + 1
        row = {"n": id, "image": image, "caption": caption(number) if text is None else text}
        self.lines.append(json.dumps(row).encode())
        self.fates[f"hostile_lines/{local or id}"] = fate or Fate(stage="", reason="")
        if data is not None:
            (self.folder / "images" / str(image)).write_bytes(data)

    def raw(self, line: bytes, reason: str) -> None:
        """A line that is no row: it is named by its place."""
        self.fates[f"hostile_lines/rows.jsonl:{len(self.lines)}"] = Fate(stage="ingest", reason=reason)
        self.lines.append(line)

    def write(self) -> None:
        (self.folder / "rows.jsonl").write_bytes(b"\n".join(self.lines) + b"\n")


def unusable(seen: str) -> Fate:
    return Fate(stage="screen", reason="image_rejected", seen=seen)


def lost(reason: str) -> Fate:
    return Fate(stage="ingest", reason=reason)


def _pictures(rows: Lines) -> None:
    whole = encoded(picture(1), "JPEG")
    rows.add("whole", "whole.jpg", whole)
    rows.add("truncated", "truncated.jpg", encoded(picture(2), "JPEG", quality=95)[:1_500], unusable("truncated"))
    rows.add("empty", "empty.jpg", b"", unusable("empty_file"))
    rows.add("text", "text.png", f"this is no picture, {SECRET}".encode(), unusable("not_an_image"))
    rows.add("markup", "markup.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", unusable("not_an_image"))
    rows.add("huge", "huge.png", huge_png(), unusable("too_large"))
    rows.add("swollen", "swollen.png", swollen_png(3))
    rows.add("frames", "frames.gif", long_gif(4))
    rows.add("flipped", "flipped.png", _flipped(png(5)), unusable("corrupt"))
    rows.add("half", "half.webp", encoded(picture(6), "WEBP")[:200], unusable("corrupt"))
    rows.add("bmp", "bmp.bmp", b"BM" + struct.pack("<IHHIIiiHHIIIIII", 54, 0, 0, 54, 40, 2**31 - 1, 2**31 - 1, 1, 24, 0, 0, 0, 0, 0, 0), unusable("too_large"))
    rows.add("narrow", "narrow.png", encoded(picture(7).resize((20_000, 63)), "PNG"), Fate(stage="screen", reason="image_rejected"))
    rows.add("zip", "zip.png", b"PK\x03\x04" + bytes(100), unusable("unsupported"))
    rows.add("dicom", "dicom.png", bytes(128) + b"DICM" + bytes(50), unusable("corrupt"))
    rows.add("npy", "npy.png", b"\x93NUMPY\x01\x00" + struct.pack("<H", 60) + b"{'descr': '|O', 'fortran_order': False, 'shape': (9,), }".ljust(59) + b"\n", unusable("unsupported"))
    rows.add("cmyk", "cmyk.jpg", encoded(picture(8).convert("CMYK"), "JPEG"))
    rows.add("sixteen", "sixteen.png", encoded(Image.fromarray(np.arange(96 * 96, dtype=np.uint16).reshape(96, 96) * 7), "PNG"))


def _flipped(data: bytes) -> bytes:
    """One byte of the coded pixels is another."""
    place = data.index(b"IDAT") + 400
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def _places(rows: Lines, outside: Path) -> None:
    images = rows.folder / "images"
    rows.add("missing", "missing.png", None, lost("image_missing"))
    rows.add("dots", "../../outside.png", None, lost("path_escapes"))
    rows.add("deep dots", "a/../../../outside.png", None, lost("path_escapes"))
    rows.add("absolute", str(outside), None, lost("image_missing"))
    rows.add("backslashes", "..\\..\\outside.png", None, lost("path_escapes"))
    rows.add("nothing", "", None, lost("image_missing"))
    rows.add("dot", ".", None, lost("image_missing"))
    (images / "link.png").symlink_to(outside)
    rows.add("link", "link.png", None, lost("path_escapes"))
    (images / "dangling.png").symlink_to("nowhere.png")
    rows.add("dangling", "dangling.png", None, lost("path_escapes"))
    (images / "inside.png").symlink_to("whole.jpg")
    rows.add("inside", "inside.png", None, Fate(stage="dedup", reason="duplicate_image"))
    (images / "loop").symlink_to(".")
    rows.add("loop", "loop/loop/whole.jpg", None, lost("image_missing"))
    (images / "folder.png").mkdir()
    rows.add("folder", "folder.png", None, lost("image_missing"))
    os.mkfifo(images / "pipe.png")
    rows.add("pipe", "pipe.png", None, lost("image_missing"))
    (images / "CaSe.PNG").write_bytes(png(21))
    rows.add("case", "cAsE.png", None)
    (images / "closed.png").write_bytes(png(22))
    (images / "closed.png").chmod(0)
    closed = None if os.geteuid() == 0 else unusable("unreadable")
    rows.add("closed", "closed.png", None, closed)


def _names(rows: Lines) -> None:
    for number, name in enumerate(("new\nline.png", "quo'te\".png", "<script>alert(1)<", "\N{BRAIN} scan.png", "blank .png", "%2e%2e.png", "nul\0.png")):
        rows.add(f"name {number}", name, None if "\0" in name else png(30 + number), lost("image_missing") if "\0" in name else None)
    for number, id in enumerate(("with blank", "with/slash", "\N{GREEK SMALL LETTER ALPHA}\N{BRAIN}", "x~2", "x", "../up", "<b>bold</b>", "a#1", "'; drop")):
        rows.add(id, f"id{number}.png", png(40 + number))
    rows.add("x", "again.png", png(50), lost("duplicate_id"), local="x~3")
    rows.add("x", "again.png", None, lost("duplicate_id"), local="x~4")
    for id in ("new\nline", "nul\0", "\ud800", "l" * 400):
        place = f"rows.jsonl:{len(rows.lines)}"
        rows.add(id, "whole.jpg", None, lost("bad_id"), local=place)


def _texts(rows: Lines) -> None:
    rows.add("nul text", "nul_text.png", png(60), text=caption(60).replace("with", "with\0\0"))
    rows.add("surrogate", "surrogate.png", png(61), lost("bad_encoding"), text=f"{caption(61)} \ud83d")
    rows.add("no text", "no_text.png", png(62), lost("text_missing"), text="")
    rows.add("list text", "list_text.png", png(63), text=[caption(63), caption(64)])
    rows.add("short", "short.png", png(65), Fate(stage="screen", reason="caption_too_short"), text=SECRET)
    rows.add("long", "long.png", png(66), Fate(stage="screen", reason="caption_too_long"), text=f"{SECRET} " * 400_000)
    rows.add("marks", "marks.png", png(67), text=caption(67) + " <image>" * 10_000)
    rows.add("html", "html.png", png(68), text=caption(68) + "<script>alert(1)</script>")


def _broken_lines(rows: Lines) -> None:
    rows.raw(b'{"n": "cut", "image": "whole.jpg", "caption": "' + SECRET.encode(), "row_broken")
    rows.raw(b'{"n": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "row_broken")
    rows.raw(b'{"n": "latin", "image": "whole.jpg", "caption": "3 \xd7 4 ' + SECRET.encode() + b'"}', "bad_encoding")
    rows.raw(b"\0" * 40, "row_broken")
    rows.raw(b'{"n": ' + b"9" * 10_000 + b"}", "row_broken")
    rows.raw(b'["no", "object", "' + SECRET.encode() + b'"]', "column_missing")
    rows.raw(b"null", "column_missing")


def write_lines(data: Path) -> dict[str, Fate]:
    outside = data.parent / "outside.png"
    outside.write_bytes(png(99))
    rows = Lines(data / "hostile_lines")
    _pictures(rows)
    _places(rows, outside)
    _names(rows)
    _texts(rows)
    _broken_lines(rows)
    rows.write()
    return rows.fates


def write_tables(data: Path) -> dict[str, Fate]:
    """CSV files: one sound with BOM and CRLF, one with odd rows, and three that cannot be read."""
    folder = data / "hostile_tables"
    folder.mkdir()
    quote = '"'
    (folder / "a_bom.csv").write_bytes(f"\ufeffn,question,answer\r\na1,What is {SECRET} one?,An answer\r\na2,What is {SECRET} two?,An answer\r\n".encode())
    odd = [
        "n,question,answer",
        "b1,What of the first?,Yes",
        "b2,only two",
        "b3,too,many,cells,here",
        f"b4,{quote}{SECRET * 5_000_000}{quote},Yes",  # 50 MB
        "b5,What of \0 the fifth?,Yes",
        f"b6,{quote}line one\nline two {SECRET}?{quote},Yes",
    ]
    (folder / "b_odd.csv").write_text("\n".join(odd) + "\n", encoding="utf-8")
    (folder / "c_renamed.csv").write_text(f"n,qestion,answer\nc1,{SECRET}?,Yes\n", encoding="utf-8")
    (folder / "d_open.csv").write_text(f'n,question,answer\nd1,What of it?,Yes\nd2,"{SECRET} and so on\nd3,What?,No\n', encoding="utf-8")
    (folder / "e_empty.csv").write_bytes(b"")
    (folder / "f_lfs.csv").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")
    (folder / "g_cut.csv.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\x01" * 30)
    broken = Fate(stage="ingest", reason="row_broken")
    return {
        "hostile_tables/a1": Fate(stage="", reason=""),
        "hostile_tables/a2": Fate(stage="", reason=""),
        "hostile_tables/b1": Fate(stage="", reason=""),
        "hostile_tables/b_odd.csv:1": broken,
        "hostile_tables/b_odd.csv:2": broken,
        "hostile_tables/b_odd.csv:3": broken,
        "hostile_tables/b5": Fate(stage="", reason=""),
        "hostile_tables/b6": Fate(stage="", reason=""),
        "hostile_tables/d1": Fate(stage="", reason=""),
    }


class Shell:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch pwned",)


def write_documents(data: Path) -> dict[str, Fate]:
    """XML, pickles, JSON: one sound of each, the others refused."""
    folder = data / "hostile_documents"
    folder.mkdir()
    (folder / "a.xml").write_text(f"<d><q>What {SECRET} is sound?</q><a>This one.</a></d>", encoding="utf-8")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    (folder / "bomb.xml").write_text(f'<!DOCTYPE d [<!ENTITY l0 "{SECRET}">{laughs}]><d><q>&l9;</q><a>b</a></d>', encoding="utf-8")
    (folder / "outside.xml").write_text('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><q>&x;</q><a>b</a></d>', encoding="utf-8")
    (folder / "cut.xml").write_text(f"<d><q>{SECRET}", encoding="utf-8")
    (folder / "deep.xml").write_text("<d>" + "<e>" * 200_000 + "</e>" * 200_000 + "</d>", encoding="utf-8")
    (folder / "a.pkl").write_bytes(pickle.dumps([{"q": f"What {SECRET} is pickled?", "a": "This one."}]))
    (folder / "shell.pkl").write_bytes(pickle.dumps([{"q": Shell(), "a": "b"}]))
    (folder / "cut.pkl").write_bytes(pickle.dumps([{"q": SECRET, "a": "b"}])[:-9])
    (folder / "a.json").write_text(json.dumps([{"q": f"What {SECRET} is in JSON?", "a": "This one."}]), encoding="utf-8")
    (folder / "deep.json").write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")
    (folder / "empty.json").write_bytes(b"")
    (folder / "cut.json").write_text(json.dumps([{"q": "What comes before the break?", "a": "This one."}])[:-1] + f', {{"q": "{SECRET}', encoding="utf-8")
    (folder / "object.json").write_text(json.dumps({"q": SECRET}), encoding="utf-8")
    return {f"hostile_documents/{file}:0": Fate(stage="", reason="") for file in ("a.xml", "a.pkl", "a.json", "cut.json")}


FAULTS = {  # (source, file) -> reason of the file's fault
    ("hostile_tables", "c_renamed.csv"): "column_missing",
    ("hostile_tables", "d_open.csv"): "quote_open",
    ("hostile_tables", "e_empty.csv"): "empty_file",
    ("hostile_tables", "f_lfs.csv"): "lfs_pointer",
    ("hostile_tables", "g_cut.csv.gz"): "unreadable",
    ("hostile_documents", "bomb.xml"): "xml_refused",
    ("hostile_documents", "outside.xml"): "xml_refused",
    ("hostile_documents", "cut.xml"): "xml_broken",
    ("hostile_documents", "shell.pkl"): "pickle_refused",
    ("hostile_documents", "cut.pkl"): "pickle_broken",
    ("hostile_documents", "deep.json"): "json_broken",
    ("hostile_documents", "empty.json"): "empty_file",
    ("hostile_documents", "cut.json"): "json_broken",
    ("hostile_documents", "object.json"): "json_broken",
    ("hostile_empty", ""): "no_layout",
}


def manifest(id: str, needs: str, *tables: dict[str, str]) -> str:
    plain = {"options": "{}", "task": "qa", "row": "{n}", "image": "", "user": "{question}", "answer": "{answer}"}
    return MANIFEST.format(id=id, needs=needs, tables="".join(TABLE.format(**{**plain, **table}) for table in tables))


def write_manifests(folder: Path) -> None:
    folder.mkdir()
    captions = {"name": "rows", "files": "rows.jsonl", "format": "jsonl", "task": "caption", "image": '\n        image: "images/{image}"', "user": "What is shown?"}
    asked = {"row": "{@file}:{@row}", "user": "{q}", "answer": "{a}"}
    columns = '{columns: {q: q, a: a}}'
    texts = {
        "hostile_lines": manifest("hostile_lines", "rows.jsonl", {**captions, "answer": "{caption}"}),
        "hostile_tables": manifest(
            "hostile_tables", '"*.csv"', {"name": "csv", "files": "*.csv", "format": "table"}, {"name": "gz", "files": "*.csv.gz", "format": "table"}
        ),
        "hostile_documents": manifest(
            "hostile_documents",
            '"*.xml"',
            {"name": "xml", "files": "*.xml", "format": "xml", "options": columns, **asked},
            {"name": "pickle", "files": "*.pkl", "format": "pickle", **asked},
            {"name": "json", "files": "*.json", "format": "json", **asked},
        ),
        "hostile_empty": manifest("hostile_empty", "rows.jsonl", {"name": "rows", "files": "rows.jsonl", "format": "jsonl"}),
    }
    for id, text in texts.items():
        (folder / f"{id}.yaml").write_text(text, encoding="utf-8")


def write_hostile(folder: Path) -> dict[str, Fate]:
    """DIR/data and DIR/manifests; gives what must become of every row."""
    data = folder / "data"
    (data / "hostile_empty").mkdir(parents=True)
    write_manifests(folder / "manifests")
    return {**write_lines(data), **write_tables(data), **write_documents(data)}
