"""a folder -> three small sources, an evaluation set and a recipe, the same bytes with every version of every package

PNG files are put together by hand, their pixels stored: what zlib makes of pixels is its version's. Colours come from SHA-256."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

SIDE = 96  # pixels
WORDS = (
    "axial", "lobe", "margin", "vessel", "bright", "dark", "left", "right", "upper", "thin", "lower", "nodule", "border", "focal",
    "shadow", "cortex", "fluid", "wall", "mass", "small",
)  # fmt: skip
METHODS = ("Chest X-ray", "Axial CT scan", "T2-weighted MRI", "Ultrasound image", "Fundus photograph", "Dermoscopy image")
LICENSES = ("CC-BY-4.0", "CC0-1.0", "CC-BY-NC-4.0")

MANIFESTS = {
    "golden_captions.yaml": """\
id: golden_captions
title: Generated captions
license: unknown
clean: [unescape_entities, cut_figure_label]
commercial: ask
layouts:
  - name: lines
    if: [captions.jsonl]
    tables:
      - name: captions
        files: [captions.jsonl]
        format: jsonl
        task: caption
        row: "{n}"
        split: "{split}"
        image: "images/{image}"
        license: "{license}"
        keys: {patient: "{patient}"}
        turns: [{user: {prompt: caption}}, {assistant: "{caption}"}]
""",
    "golden_questions.yaml": """\
id: golden_questions
title: Generated questions on pictures
license: CC0-1.0
commercial: yes
reliability: 70
layouts:
  - name: table
    if: [questions.csv]
    tables:
      - name: questions
        files: [questions.csv]
        format: table
        task: vqa
        row: "{n}"
        split: "{split}"
        image: "{image}"
        modality: {map: modality, default: unknown}
        keys: {study: "{study}"}
        turns: [{user: "{question}"}, {assistant: "{answer}"}]
""",
    "golden_texts.yaml": """\
id: golden_texts
title: Generated answers
license: MIT
commercial: yes
layouts:
  - name: list
    if: [texts.json]
    tables:
      - name: texts
        files: [texts.json]
        format: json
        task: qa
        row: "{id}"
        turns: [{user: "{question}"}, {assistant: "{answer}"}]
""",
    "golden_test.yaml": """\
id: golden_test
kind: benchmark
of: golden_questions
title: Generated evaluation set
license: CC0-1.0
commercial: yes
folders: [golden_test]
rules: {own_train: image+question, others: image, reason: its questions are of a template}
layouts:
  - name: list
    if: [test.json]
    tables:
      - name: test
        files: [test.json]
        format: json
        task: vqa
        row: "{id}"
        split: test
        image: "{image}"
        turns: [{user: "{question}"}, {assistant: "{answer}"}]
""",
}
RECIPE = """\
id: golden
title: Golden
limits: {tokenizer: clip-bpe}
splits: {"": train, train: train, validation: validation}
license_policy: any
corpora:
  - name: pictures
    tasks: [caption, vqa]
    balance: {mode: cap, cap: 2}
  - name: all
    balance: {mode: weights, max_repeat: 2}
"""


def noise(seed: str, count: int) -> bytes:
    return b"".join(hashlib.sha256(f"{seed}/{block}".encode()).digest() for block in range(-(-count // 32)))[:count]


def pixels(seed: str, side: int = SIDE) -> npt.NDArray[np.uint8]:
    """(side, side, 3): a coarse pattern of colours of its own."""
    coarse = np.frombuffer(noise(seed, 6 * 6 * 3), np.uint8).reshape(6, 6, 3)
    return coarse.repeat(side // 6 + 1, 0).repeat(side // 6 + 1, 1)[:side, :side]


def png(rows: npt.NDArray[np.uint8], note: bytes = b"") -> bytes:
    """A colour PNG whose pixels lie in one stored block (RFC 1951, 3.2.4); `note`: a comment, other bytes for the same pixels."""
    height, width, _ = rows.shape
    lines = b"".join(b"\0" + line.tobytes() for line in rows)
    blocks = [lines[at : at + 65535] for at in range(0, len(lines), 65535)]
    stored = b"".join(struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks)
    packed = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(lines))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b"")]
    if note:
        chunks.insert(1, (b"tEXt", b"Comment\0" + note))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def dicom(seed: str, modality: str) -> bytes:
    """12 bits, windowed; nothing in it is the writing package's own."""
    file, uid = Dataset(), UID(f"1.2.826.0.1.3680043.8.498.9001.{len(seed)}")
    file.SOPClassUID, file.SOPInstanceUID, file.Modality = CTImageStorage, uid, modality
    file.PhotometricInterpretation, file.SamplesPerPixel, file.Rows, file.Columns = "MONOCHROME2", 1, SIDE, SIDE
    file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 16, 12, 11, 0
    file.RescaleSlope, file.RescaleIntercept, file.WindowCenter, file.WindowWidth = 1, -1024, 900, 1800
    file.PixelData = (pixels(seed)[..., 0].astype("<u2") * 16).tobytes()
    file["PixelData"].VR = "OW"
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID, file.file_meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
    file.file_meta.MediaStorageSOPInstanceUID, file.file_meta.ImplementationClassUID = uid, UID("1.2.826.0.1.3680043.8.498.1")
    file.file_meta.ImplementationVersionName = "GOLDEN"
    stream = io.BytesIO()
    file.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def sentence(seed: str, words: int = 14) -> str:
    return " ".join(WORDS[byte % len(WORDS)] for byte in noise(seed, words))


def write_captions(folder: Path) -> None:
    """Copies by bytes, by pixels and by pHash; too small, blank, cut, missing, too short; a row that is no JSON; two DICOM files."""
    (folder / "images").mkdir(parents=True)
    brighter = np.clip(pixels("4").astype(np.int64) + 1, 0, 255).astype(np.uint8)
    odd = {
        5: png(pixels("4")), 6: png(pixels("4"), b"a copy"), 7: png(brighter), 8: png(pixels("8", 40)),
        9: png(np.full((SIDE, SIDE, 3), 90, np.uint8)), 10: png(pixels("10"))[:900], 11: b"", 14: dicom("fourteen", "CT"),
        15: dicom("15", "US"), 16: png(pixels("test/0")),
    }  # fmt: skip
    lines = []
    for n in range(24):
        name = f"{n}.dcm" if n in (14, 15) else f"{n}.png"
        if n != 12:
            (folder / "images" / name).write_bytes(odd.get(n, png(pixels(str(n)))))
        text = "Too short." if n == 13 else f"{METHODS[n % len(METHODS)]} with {sentence(f'caption/{n}')} seen."
        if n == 14:
            text = f"A section in which {sentence('section')} is seen."
        split = "test" if n == 17 else "validation" if n in (18, 19) else "train"
        if n == 2:
            text = f"Figure 7. {text} The bar is &lt;5 mm. Signed by Jane Doe, MD, on 3 March 2019, for jane@example.org."
        row = {"n": 3 if n == 20 else n, "image": name, "caption": text, "patient": f"P{n // 2}", "split": split}
        lines.append(json.dumps({**row, "license": LICENSES[n % 3]}))
    lines.insert(4, "{no json")
    (folder / "captions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_questions(folder: Path) -> None:
    """Two questions a picture; pictures 0 and 1 are those of the evaluation set, one of its questions too."""
    folder.mkdir(parents=True)
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["n", "image", "question", "answer", "split", "modality", "study"])
        for n in range(16):
            picture = f"test/{n // 2}" if n < 4 else f"question/{n // 2}"
            (folder / f"q{n // 2}.png").write_bytes(png(pixels(picture)))
            asked = f"Is {sentence('test/1', 3)} there?" if n == 2 else f"What of {sentence(f'question/{n}', 4)}?"
            split = "test" if n == 15 else "train"
            writer.writerow([n, f"q{n // 2}.png", asked, sentence(f"answer/{n}", 3), split, ("pet", "oct", "odd")[n % 3], f"S{n // 4}"])


def write_texts(folder: Path) -> None:
    """Two of them nearly the same, one without an answer."""
    folder.mkdir(parents=True)
    texts = [{"id": f"t{n}", "question": f"Why {sentence(f'why/{n}', 5)}?", "answer": sentence(f"long/{n}", 40)} for n in range(8)]
    texts[5] = {**texts[2], "id": "t5", "answer": f"{texts[2]['answer']} too"}
    texts[6]["answer"] = ""
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")


def write_test(folder: Path) -> None:
    folder.mkdir(parents=True)
    rows = [{"id": f"e{n}", "image": f"e{n}.png", "question": f"Is {sentence(f'test/{n}', 3)} there?", "answer": "yes"} for n in range(2)]
    for n, row in enumerate(rows):
        (folder / row["image"]).write_bytes(png(pixels(f"test/{n}")))
    (folder / "test.json").write_text(json.dumps(rows), encoding="utf-8")


def write_golden(folder: Path) -> list[str]:
    """DIR/data, DIR/manifests and DIR/golden.yaml; gives the flags that make the pipeline read them."""
    (folder / "manifests").mkdir(parents=True)
    for name, text in MANIFESTS.items():
        (folder / "manifests" / name).write_text(text, encoding="utf-8")
    (folder / "golden.yaml").write_text(RECIPE, encoding="utf-8")
    write_captions(folder / "data" / "golden_captions")
    write_questions(folder / "data" / "golden_questions")
    write_texts(folder / "data" / "golden_texts")
    write_test(folder / "data" / "golden_test")
    return ["--data", str(folder / "data"), "--manifests", str(folder / "manifests"), "--corpus", str(folder / "golden.yaml")]
