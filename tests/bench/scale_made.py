"""a number -> sources of so many samples in all, an evaluation set, and their manifests: small pictures that many rows share, and texts"""

from __future__ import annotations

import csv
import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.modality import TWELVE
from tests.captions import MODALITIES, WORDS, Captions, encoded, picture

PICTURED, TALKING = 5, 2  # sources
ASKED = 30  # questions to a picture; with its caption and its label 32 rows show it
TOGETHER = 10_000  # pictures of one tar, or of one folder
SIDE = 72  # pixels: under 2 KB as a JPEG; what is under 64 is refused
TEST = 2_000  # rows of the evaluation set, or a hundredth of the samples
FINDINGS = ("normal", "mild", "moderate", "severe")

PICTURES = """\
id: {name}
title: Made pictures
license: CC0-1.0
commercial: yes
reliability: {reliability}
published: {{captions: {pictures}, questions: {questions}, labels: {pictures}}}
layouts:
  - name: made
    if: [captions.csv]
    tables:
      - name: captions
        files: [captions.csv]
        format: table
        task: caption
        row: "c{{number}}"
        split: train
        image: "{{image}}"
        turns: [{{user: {{prompt: caption}}}}, {{assistant: "{{caption}}"}}]
      - name: questions
        files: [questions.jsonl]
        format: jsonl
        task: vqa
        row: "q{{number}}"
        split: train
        image: "{{image}}"
        turns: [{{user: "{{question}}"}}, {{assistant: "{{answer}}"}}]
      - name: labels
        files: [labels.parquet]
        format: parquet
        task: classification
        row: "l{{number}}"
        split: train
        image: "{{image}}"
        modality: {{map: kind}}
        labels: ["{{finding}}"]
        keys: {{patient: "{{patient}}"}}
        turns: [{{user: {{prompt: classification}}}}, {{assistant: "The picture is {{finding}}."}}]
examples:
  - files:
      captions.csv: "number,image,caption\\n1,0/1.jpg,A small nodule"
      0/1.jpg: ""
    gives:
      - {{id: {name}/c1, images: [{name}/0/1.jpg]}}
"""
TALKS = """\
id: {name}
title: Made talks
license: CC-BY-4.0
commercial: yes
published: {{talks: {talks}}}
layouts:
  - name: made
    if: [talks.jsonl]
    tables:
      - name: talks
        files: [talks.jsonl]
        format: jsonl
        task: qa
        row: "{{number}}"
        split: train
        turns: [{{user: "{{question}}"}}, {{assistant: "{{answer}}"}}]
examples:
  - files:
      talks.jsonl: '{{"number": 1, "question": "How?", "answer": "So."}}'
    gives:
      - {{id: {name}/1}}
"""
TESTED = """\
kind: benchmark
id: made_test
title: Made test set
license: CC0-1.0
commercial: yes
rules: {{own_train: image, others: image, near_images: true, reason: made}}
published: {{test: {rows}}}
layouts:
  - name: made
    if: [test.csv]
    tables:
      - name: test
        files: [test.csv]
        format: table
        task: vqa
        row: "{{number}}"
        split: test
        image: "{{image}}"
        turns: [{{user: "{{question}}"}}, {{assistant: "{{answer}}"}}]
examples:
  - files:
      test.csv: "number,image,question,answer\\n1,1.jpg,What?,That."
      1.jpg: ""
    gives:
      - {{id: made_test@benchmark/1}}
"""


@dataclass(frozen=True, slots=True)
class Made:
    """What of each there is. A picture is shown by a caption, a label and ASKED questions; a fifth of the samples are talks."""

    samples: int

    @property
    def pictures(self) -> int:
        """Of one source."""
        return self.samples * 4 // 5 // (PICTURED * (ASKED + 2))

    @property
    def talks(self) -> int:
        """Of one source."""
        return self.samples // 5 // TALKING

    @property
    def rows(self) -> int:
        return PICTURED * self.pictures * (ASKED + 2) + TALKING * self.talks


def write_made(folder: Path, samples: int, *, processes: int = 2) -> list[str]:
    """Write DIR/data and DIR/manifests; gives the flags that make the pipeline read them. The same number gives the same files."""
    made, manifests = Made(samples), folder / "manifests"
    manifests.mkdir(parents=True)
    work = []
    for number in range(PICTURED):
        fields = {"pictures": made.pictures, "questions": made.pictures * ASKED, "reliability": 50 + 5 * number}
        name = f"made_pictures_{number}"
        (manifests / f"{name}.yaml").write_text(PICTURES.format(name=name, **fields), encoding="utf-8")
        work += [(folder / "data" / name, number, begin, made.pictures) for begin in range(0, made.pictures, TOGETHER)]
    for number in range(TALKING):
        name = f"made_talks_{number}"
        (manifests / f"{name}.yaml").write_text(TALKS.format(name=name, talks=made.talks), encoding="utf-8")
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        pictures = [pool.submit(_write_pictures, *task) for task in work]
        talks = [pool.submit(_write_talks, folder / "data" / f"made_talks_{number}", number, made.talks) for number in range(TALKING)]
        for future in [*pictures, *talks]:
            future.result()
    for number in range(PICTURED):
        _join(folder / "data" / f"made_pictures_{number}")
    rows = _write_test(folder / "data" / "made_test", min(TEST, max(1, samples // 100)), made)
    (manifests / "made_test.yaml").write_text(TESTED.format(rows=rows), encoding="utf-8")
    return ["--data", str(folder / "data"), "--manifests", str(manifests)]


def _write_pictures(folder: Path, source: int, begin: int, count: int) -> None:
    """The pictures from `begin` on, TOGETHER of them, and the rows that show them. Sources 0 and 1 are loose files, others tars."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(begin, min(begin + TOGETHER, count))
    part = f"{begin // TOGETHER:04d}"
    if source < 2:
        (folder / part).mkdir(exist_ok=True)
        for number in numbers:
            (folder / part / f"{number}.jpg").write_bytes(_picture(source, number))
    else:
        with tarfile.open(folder / f"{part}.tar", "w") as archive:
            for number in numbers:
                member, data = tarfile.TarInfo(f"{part}/{number}.jpg"), _picture(source, number)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    names = [f"{part}/{number}.jpg" for number in numbers]
    with (folder / f"captions-{part}").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((number, name, _caption(source, number)) for number, name in zip(numbers, names))
    with (folder / f"questions-{part}").open("w", encoding="utf-8") as file:
        for number, name in zip(numbers, names):
            file.writelines(json.dumps({"image": name, **row}) + "\n" for row in _questions(source, number))
    kinds = [TWELVE[number % len(TWELVE)] for number in numbers]
    found = [FINDINGS[number * 7 % 11 % len(FINDINGS)] for number in numbers]
    patients = [f"p{number // 4}" for number in numbers]
    rows = {"number": list(numbers), "image": names, "kind": kinds, "finding": found, "patient": patients}
    pq.write_table(pa.table(rows), folder / f"labels-{part}")


def _picture(source: int, number: int) -> bytes:
    """One in 20 is the very file of the source before; one in 50 shows the same, coded again."""
    again, recoded = number % 20 == 19, number % 50 == 7
    drawn = source - 1 if source and (again or recoded) else source
    return encoded(picture(number, _style(drawn)), _style(drawn, quality=60 if recoded and source else 80))


def _style(source: int, quality: int = 80) -> Captions:
    return Captions(samples=0, side=SIDE, quality=quality, noise=3, seed=source + 1)


def _words(random: np.random.Generator, count: int) -> str:
    return " ".join(map(WORDS.__getitem__, random.integers(0, len(WORDS), count).tolist()))


def _caption(source: int, number: int) -> str:
    return f"{MODALITIES[number % len(MODALITIES)]} showing {_words(np.random.default_rng([source, number, 1]), 18)}."


def _questions(source: int, number: int) -> Iterator[dict[str, str]]:
    """Two of them ask the same and answer nearly the same: near copies on one picture."""
    random = np.random.default_rng([source, number, 2])
    for place in range(ASKED):
        question = f"What does the {_words(random, 6)} show?"
        answer = ("yes", "no")[place % 2] if place < 2 else f"It shows {_words(random, 8)}."
        if place == 4 and number % 10 == 0:
            kept = question, answer
        if place == 5 and number % 10 == 0:
            question, answer = kept
        yield {"number": f"{number}-{place}", "question": question, "answer": answer}


def _write_talks(folder: Path, source: int, count: int) -> None:
    """One in 20 says what the one before says, but for a word."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "talks.jsonl").open("w", encoding="utf-8") as file:
        for number in range(count):
            random = np.random.default_rng([source, number - (number % 20 == 19), 3])
            question, answer = f"How is {_words(random, 8)} treated?", f"By {_words(random, 40)}"
            end = " always." if number % 20 == 19 else "."
            file.write(json.dumps({"number": number, "question": question, "answer": answer + end}) + "\n")


def _join(folder: Path) -> None:
    """One table of the pieces of each."""
    header = {"captions.csv": b"number,image,caption\r\n", "questions.jsonl": b""}
    for name, first in header.items():
        with (folder / name).open("wb") as whole:
            whole.write(first)
            for piece in sorted(folder.glob(f"{name.partition('.')[0]}-*")):
                with piece.open("rb") as file:
                    shutil.copyfileobj(file, whole)
                piece.unlink()
    pieces = sorted(folder.glob("labels-*"))
    with pq.ParquetWriter(folder / "labels.parquet", pq.read_schema(pieces[0])) as writer:
        for piece in pieces:
            writer.write_table(pq.read_table(piece))
            piece.unlink()


def _write_test(folder: Path, rows: int, made: Made) -> int:
    """Its pictures are of nobody, but for one in ten, which source 2 has too, coded otherwise."""
    folder.mkdir(parents=True)
    with (folder / "test.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "image", "question", "answer"])
        for number in range(rows):
            shown = number * 3 % made.pictures if number % 10 == 0 else number
            style = _style(2 if number % 10 == 0 else PICTURED + 1, quality=70)
            (folder / f"{number}.jpg").write_bytes(encoded(picture(shown, style), style))
            row = next(islice(_questions(PICTURED, number), 2, None))
            writer.writerow([number, f"{number}.jpg", row["question"], row["answer"]])
    return rows
