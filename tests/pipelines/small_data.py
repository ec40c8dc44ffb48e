"""a folder -> three small sources and an evaluation set in which every stage finds work: some 60 rows, a second to write"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

WORDS = (
    "axial", "lobe", "margin", "vessel", "bright", "dark", "left", "right", "upper", "thin", "lower", "nodule", "border", "focal",
    "shadow", "cortex", "fluid", "wall", "mass", "small",
)  # fmt: skip
METHODS = ("Chest X-ray", "Axial CT scan", "T2-weighted MRI", "Ultrasound image", "Fundus photograph", "Dermoscopy image")

MANIFESTS = {
    "small_captions.yaml": """\
id: small_captions
title: Generated captions
license: CC-BY-4.0
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
        keys: {patient: "{patient}"}
        turns: [{user: {prompt: caption}}, {assistant: "{caption}"}]
""",
    "small_questions.yaml": """\
id: small_questions
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
        turns: [{user: "{question}"}, {assistant: "{answer}"}]
""",
    "small_texts.yaml": """\
id: small_texts
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
    "small_test.yaml": """\
id: small_test
kind: benchmark
title: Generated evaluation set
license: CC0-1.0
commercial: yes
folders: [small_test]
rules: {others: image, reason: its questions are of a template}
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


def picture(number: int, side: int = 96) -> Image.Image:
    """No two are alike: a coarse pattern of random colours."""
    random = np.random.default_rng(number)
    return Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8)).resize((side, side), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def sentence(number: int, words: int = 14) -> str:
    return " ".join(np.random.default_rng(number).choice(WORDS, words))


def caption(number: int) -> str:
    return f"{METHODS[number % len(METHODS)]} with {sentence(number)} seen."


def write_captions(folder: Path, rows: int = 30) -> None:
    """Among them a copy in another coding, a TIFF, 16 bits, a short caption, a cut file, a missing one, a repeated id."""
    (folder / "images").mkdir(parents=True)
    lines = []
    for number in range(rows):
        kind = {5: "TIFF", 6: "PNG"}.get(number, "JPEG")
        image = picture(number - 1 if number == 9 else number)
        if number == 6:
            image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 250)
        data = encoded(image, kind, quality=75 if number == 9 else 90)
        text = "Too short." if number == 11 else caption(number)
        if number != 13:
            (folder / "images" / f"{number}.{kind.lower()}").write_bytes(data[:900] if number == 12 else data)
        row = 3 if number == 14 else number
        lines.append({"n": row, "image": f"{number}.{kind.lower()}", "caption": text, "patient": f"P{number // 2}"})
    (folder / "captions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def write_questions(folder: Path, rows: int = 20) -> None:
    """On pictures of their own, three of them the evaluation set's; two questions a picture."""
    folder.mkdir(parents=True)
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["n", "image", "question", "answer", "split", "modality"])
        for number in range(rows):
            name = f"q{number // 2}.png"
            (folder / name).write_bytes(encoded(picture(100 + number // 2), "PNG"))
            split = "test" if number == 19 else "validation" if number in (16, 17) else "train"
            modality = ("pet", "oct", "odd")[number % 3]
            writer.writerow([number, name, f"What of {sentence(number, 4)}?", sentence(200 + number, 3), split, modality])


def write_texts(folder: Path, rows: int = 14) -> None:
    """Two of them nearly the same."""
    folder.mkdir(parents=True)
    texts = [{"id": f"t{n}", "question": f"Why {sentence(300 + n, 5)}?", "answer": sentence(400 + n, 40)} for n in range(rows)]
    texts[7] = {**texts[2], "id": "t7", "answer": f"{texts[2]['answer']} too"}
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")


def write_test(folder: Path) -> None:
    folder.mkdir(parents=True)
    rows = [{"id": f"e{n}", "image": f"e{n}.jpg", "question": f"Is {sentence(500 + n, 3)} there?", "answer": "yes"} for n in range(3)]
    for number, row in enumerate(rows):
        (folder / row["image"]).write_bytes(encoded(picture(103 + number), "JPEG", quality=95))
    (folder / "test.json").write_text(json.dumps(rows), encoding="utf-8")


def write_small(folder: Path) -> list[str]:
    """DIR/data and DIR/manifests; gives the flags that make the pipeline read them."""
    (folder / "manifests").mkdir(parents=True)
    for name, text in MANIFESTS.items():
        (folder / "manifests" / name).write_text(text, encoding="utf-8")
    data = folder / "data"
    write_captions(data / "small_captions")
    write_questions(data / "small_questions")
    write_texts(data / "small_texts")
    write_test(data / "small_test")
    return ["--data", str(data), "--manifests", str(folder / "manifests")]
