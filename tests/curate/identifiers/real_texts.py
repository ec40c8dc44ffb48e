"""the folder of real files -> their texts, by where they come from"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

from defusedxml import ElementTree

from tests.curate.identifiers.people import reseed
from tests.curate.identifiers.planted import Planted, frames, plant

SENTENCE = re.compile(r"(?<=[.!?。！？]) +(?=[A-Z])|(?<=[。！？])(?=\w)")


def captions(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "roco").glob("*captions.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield line.partition("\t")[2].strip()


def radiology_captions(folder: Path) -> Iterator[str]:
    lines = (folder / "roco" / "test-radiology-captions.txt").read_text(encoding="utf-8").splitlines()
    return (line.partition("\t")[2].strip() for line in lines)


def chest_reports(folder: Path) -> Iterator[str]:
    with (folder / "iu-xray" / "indiana_reports.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield "\n".join(row[column] for column in ("indication", "comparison", "findings", "impression") if row[column])


def dialogues(folder: Path) -> Iterator[str]:
    for row in json.loads((folder / "chatdoctor" / "chatdoctor5k.json").read_text(encoding="utf-8")):
        yield f"{row['input']}\n{row['output']}"


def consumer_answers(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "medquad").rglob("*.xml")):
        for pair in ElementTree.parse(path).iter("QAPair"):
            yield "\n".join(part.text.strip() for part in pair if part.text)


def abstracts(folder: Path) -> Iterator[str]:
    for row in json.loads((folder / "pubmedqa" / "ori_pqal.json").read_text(encoding="utf-8")).values():
        yield "\n".join((row["QUESTION"], *row["CONTEXTS"], row["LONG_ANSWER"]))


def endoscopy_questions(folder: Path) -> Iterator[str]:
    with (folder / "kvasir-vqa" / "llm_gens.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield f"{row['caption']}\n{row['Q']}\n{row['A']}"


def image_questions(folder: Path, language: str) -> Iterator[str]:
    for name in ("train", "validate"):
        for row in json.loads((folder / "slake" / f"{name}.json").read_text(encoding="utf-8")):
            if row["q_lang"] == language:
                yield f"{row['question']}\n{row['answer']}"


def exam_questions(folder: Path, language: str) -> Iterator[str]:
    for row in json.loads((folder / "apollo" / f"dev-{language}.json").read_text(encoding="utf-8")):
        yield f"{row['question']}\n{row['options']}"


def article_figures(folder: Path) -> Iterator[str]:
    for line in (folder / "medicat" / "sample.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["s2_caption"] or ""


TEXTS: Mapping[str, tuple[str, Callable[[Path], Iterator[str]]]] = {  # language, texts
    "roco": ("en", captions),
    "iu-xray": ("en", chest_reports),
    "chatdoctor": ("en", dialogues),
    "medquad": ("en", consumer_answers),
    "pubmedqa": ("en", abstracts),
    "kvasir-vqa": ("en", endoscopy_questions),
    "slake-en": ("en", lambda folder: image_questions(folder, "en")),
    "slake-zh": ("zh", lambda folder: image_questions(folder, "zh")),
    "apollo-en": ("en", lambda folder: exam_questions(folder, "en")),
    "apollo-zh": ("zh", lambda folder: exam_questions(folder, "zh")),
    "medicat": ("en", article_figures),
}
PLANTED = {"roco": 420, "iu-xray": 224, "chatdoctor": 196, "slake-zh": 60, "apollo-zh": 60}  # so many of each get an identifier


def planted_in(folder: Path, seed: int) -> Iterator[tuple[str, Planted]]:
    """(where from, text with a phrase in front, behind or between two sentences)."""
    for name, count in PLANTED.items():
        language, read = TEXTS[name]
        phrases = frames("chinese_phrases" if language == "zh" else "phrases")
        random = Random(f"{seed} {name}")
        reseed(random.randrange(2**31))
        for number, text in enumerate(random.sample(sorted({text for text in read(folder) if len(text) > 10}), count)):
            cuts = [0, *(match.end() for match in SENTENCE.finditer(text)), len(text)]
            cut = random.choice(cuts)
            gap = "" if language == "zh" else " "
            before, behind = text[:cut].rstrip(), text[cut:].lstrip()
            yield (
                name,
                plant(phrases[number % len(phrases)], random, before=before + gap if before else "", behind=gap + behind if behind else ""),
            )
