"""a folder -> a source whose pictures say in every place a file has for it who and where the patient is"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tifffile
from PIL import Image, ImageCms, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from tests.pipelines.small_data import encoded, picture, sentence

NAME = "Zebrafinch^Quillon"
BORN = "1931-02-29"
PLACE = ((48_131, 1_009), (7_919, 6_007), (52_711, 4_001))  # degrees, minutes, seconds of no place
TOLD = f"{NAME} {BORN}"
ORIENTATION = 6
MANIFEST = """\
id: laden
title: Pictures that tell who and where
license: CC0-1.0
commercial: yes
layouts:
  - name: lines
    if: [captions.jsonl]
    tables:
      - name: captions
        files: [captions.jsonl]
        format: jsonl
        task: caption
        row: "{n}"
        image: "images/{image}"
        turns: [{user: {prompt: caption}}, {assistant: "{caption}"}]
      - name: embedded
        files: [embedded.parquet]
        format: parquet
        options: {leave: [image.bytes]}
        task: caption
        row: "{n}"
        image: {path: "{@file}", frame: "{@row}", column: image.bytes}
        turns: [{user: {prompt: caption}}, {assistant: "{caption}"}]
"""


def planted() -> list[bytes]:
    """All forms in which it was planted."""
    texts = [NAME, NAME.partition("^")[0], NAME.partition("^")[2], BORN]
    forms = [text.encode(coding) for text in texts for coding in ("ascii", "utf-16-le", "utf-16-be")]
    return forms + [struct.pack(f"{order}II", *rational) for rational in PLACE for order in "<>"]


def exif(orientation: int = ORIENTATION) -> Image.Exif:
    """Name, UTF-16 name, place, a maker's note, a user's comment."""
    tags = Image.Exif()
    tags[0x0112], tags[0x010E], tags[0x013B] = orientation, TOLD, NAME
    tags[0x9C9D] = TOLD.encode("utf-16-le") + b"\0\0"
    tags.get_ifd(0x8769).update({0x927C: TOLD.encode(), 0x9286: b"ASCII\0\0\0" + TOLD.encode()})
    degrees = tuple(IFDRational(*part) for part in PLACE)
    tags.get_ifd(0x8825).update({1: "N", 2: degrees, 3: "E", 4: degrees})
    return tags


def xmp() -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description dc:creator="{TOLD}"/></x:xmpmeta>'.encode()


def profile(private: int = 0) -> bytes:
    """sRGB as a screen of somebody's: its name, its maker's text and a private tag tell, this with so many bytes more."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = int.from_bytes(plain[128:132], "big")
    tags = [struct.unpack_from(">4sII", plain, 132 + 12 * number) for number in range(count)]
    parts = {name: plain[begin : begin + size] for name, begin, size in tags}
    wide = TOLD.encode("utf-16-be")
    text = b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(wide), 28) + wide
    parts.update(dict.fromkeys((b"desc", b"cprt", b"dmnd"), text))
    parts.update({b"meta": b"dict" + bytes(4) + TOLD.encode(), b"priv": b"data" + TOLD.encode() + bytes(private)})
    table, body, begin = struct.pack(">I", len(parts)), b"", 132 + 12 * len(parts)
    for name, part in parts.items():
        table += struct.pack(">4sII", name, begin + len(body), len(part))
        body += part + bytes(-len(part) % 4)
    return struct.pack(">I", begin + len(body)) + plain[4:128] + table + body


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg(image: Image.Image, thumbnail: bytes) -> bytes:
    data = encoded(image, "JPEG", quality=90, exif=exif(), comment=TOLD.encode(), xmp=xmp(), icc_profile=profile())
    jfif = b"JFIF\0\1\1\0\0\1\0\1\2\1" + TOLD.encode()[:6]  # a thumbnail of 2 x 1
    planted = [
        segment(0xE0, jfif), segment(0xE0, b"JFXX\0\x10" + thumbnail), segment(0xE2, b"MPF\0" + TOLD.encode()),
        segment(0xE7, TOLD.encode()),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(TOLD)) + TOLD.encode()),
        segment(0xEE, b"Adobe\0d\0\0\0\0\1" + TOLD.encode()),
    ]  # fmt: skip
    return data[:2] + b"".join(planted) + data[2:] + thumbnail + TOLD.encode()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(image: Image.Image) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", TOLD)
    info.add_text("Long", TOLD * 9, zip=True)
    info.add_itxt("Author", TOLD, "en", TOLD, zip=True)
    info.add_itxt("XML:com.adobe.xmp", xmp().decode())
    data = encoded(image, "PNG", pnginfo=info, exif=exif())
    named = chunk(b"iCCP", NAME.encode() + b"\0\0" + zlib.compress(profile()))
    hidden = b"".join(chunk(name, bytes(9) + TOLD.encode()) for name in (b"pHYs", b"tIME", b"xXxx", b"XXXX"))
    return data[:33] + named + hidden + data[33:] + TOLD.encode()


def gif(image: Image.Image) -> bytes:
    data = encoded(image.quantize(), "GIF", comment=TOLD.encode())
    blocks = b"\x21\xff\x0bXMP DataXMP" + bytes((len(TOLD),)) + TOLD.encode() + b"\0"
    blocks += b"\x21\x01\x0c" + bytes(12) + bytes((len(TOLD),)) + TOLD.encode() + b"\0"
    return data[:-1] + blocks + b"\x3b" + TOLD.encode()


def webp(image: Image.Image, *, moving: bool = False) -> bytes:
    frames = {"save_all": True, "append_images": [image.rotate(180)], "duration": 40} if moving else {}
    data = encoded(image, "WEBP", lossless=True, exif=exif(), xmp=xmp(), icc_profile=profile(), **frames)
    hidden = b"NOTE" + struct.pack("<I", len(TOLD) + len(TOLD) % 2) + TOLD.encode() + bytes(len(TOLD) % 2)
    if moving:
        begin = data.index(b"ANMF")
        size = int.from_bytes(data[begin + 4 : begin + 8], "little")
        end = begin + 8 + size
        data = data[: begin + 4] + struct.pack("<I", size + len(hidden)) + data[begin + 8 : end] + hidden + data[end:]
    body = data[8:] + hidden
    return b"RIFF" + struct.pack("<I", len(body)) + body + TOLD.encode()


def tiff(image: Image.Image) -> bytes:
    out = io.BytesIO()
    more = [(270, "s", 0, TOLD, True), (315, "s", 0, NAME, True), (700, "B", 0, xmp(), True), (33_723, "B", 0, TOLD.encode(), True),
            (34_675, "B", 0, profile(), True), (65_000, "s", 0, TOLD, True)]  # fmt: skip
    tifffile.imwrite(out, np.asarray(image), photometric="rgb", extratags=more, metadata=None)
    return out.getvalue() + TOLD.encode()


def jp2(image: Image.Image) -> bytes:
    data = imagecodecs.jpeg2k_encode(np.asarray(image), level=0, codecformat="jp2")
    boxes = b"".join(struct.pack(">I", 8 + len(body)) + body for body in (b"xml " + xmp(), b"uuid" + bytes(16) + TOLD.encode()))
    return data + boxes


def dicom(image: Image.Image) -> bytes:
    pixels = np.asarray(image.convert("L"))
    dataset = Dataset()
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = NAME, NAME, BORN.replace("-", "")
    dataset.InstitutionName, dataset.ImageComments, dataset.SeriesDescription = TOLD, TOLD, TOLD
    dataset.private_block(0x0009, "SOMEBODY", create=True).add_new(1, "LO", TOLD)
    dataset.OtherPatientIDsSequence = [Dataset()]
    dataset.OtherPatientIDsSequence[0].PatientID = NAME
    dataset.Modality, dataset.BurnedInAnnotation, dataset.PhotometricInterpretation = "CR", "NO", "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 1, 8, 8, 7, 0
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.826.0.1.3680043.8.498.1"
    dataset.PixelData = pixels.tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def laden(number: int) -> dict[str, bytes]:
    """Name -> a file of each kind, of pictures that begin at `number`."""
    thumbnail = encoded(picture(1).resize((16, 12)), "JPEG", comment=TOLD.encode())
    pictures = iter(picture(number + step) for step in range(20))
    return {
        "a.jpg": jpeg(next(pictures), thumbnail), "b.png": png(next(pictures)), "c.gif": gif(next(pictures)),
        "d.webp": webp(next(pictures)), "e.webp": webp(next(pictures), moving=True),
        "f.tif": tiff(next(pictures)), "g.jp2": jp2(next(pictures)),
        "h.dcm": dicom(next(pictures)), "i.bmp": encoded(next(pictures), "BMP") + TOLD.encode(),
        "j.avif": encoded(next(pictures), "AVIF", exif=exif().tobytes(), xmp=xmp(), quality=90),
        "k.jpg": encoded(next(pictures), "MPO", save_all=True, append_images=[picture(1)], exif=exif(), comment=TOLD.encode()),
    }  # fmt: skip


def plain(number: int) -> dict[str, bytes]:
    """Files that say nothing, of every format that ships as it is."""
    pictures = iter(picture(number + step) for step in range(9))
    return {
        "p.jpg": encoded(next(pictures), "JPEG", quality=90), "q.jpg": encoded(next(pictures), "JPEG", progressive=True),
        "r.png": encoded(next(pictures), "PNG"), "s.gif": encoded(next(pictures).quantize(), "GIF"),
        "t.webp": encoded(next(pictures), "WEBP", lossless=True), "u.webp": encoded(next(pictures), "WEBP", quality=80),
        "v.jpg": encoded(next(pictures), "JPEG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
    }  # fmt: skip


def caption(number: int) -> str:
    """All of one modality: balance keeps them all."""
    return f"Chest X-ray with {sentence(number)} seen."


def write_laden(folder: Path) -> dict[str, bytes]:
    """DIR/data and DIR/manifests; gives the files by the id of their row."""
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests" / "laden.yaml").write_text(MANIFEST, encoding="utf-8")
    data = folder / "data" / "laden"
    data.mkdir(parents=True)
    files = {**laden(600), **plain(650)}
    with zipfile.ZipFile(data / "images.zip", "w") as archive:
        for name, content in laden(700).items():
            archive.writestr(f"images/z{name}", content)
            files[f"z{name}"] = content
    (data / "images").mkdir()
    lines = []
    for number, (name, content) in enumerate(files.items()):
        if not name.startswith("z"):
            (data / "images" / name).write_bytes(content)
        lines.append({"n": name, "image": name, "caption": caption(number)})
    (data / "captions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    embedded = [(f"m{name}", content) for name, content in laden(800).items()]
    rows = [{"n": name, "image": {"bytes": content}, "caption": caption(90 + row)} for row, (name, content) in enumerate(embedded)]
    pq.write_table(pa.Table.from_pylist(rows), data / "embedded.parquet")
    return {f"laden/{name}": content for name, content in {**files, **dict(embedded)}.items()}
