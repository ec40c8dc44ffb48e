"""How often each witness is right on real annotation files: the counts that stand in curate/tag/reliability.yaml"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.tag.evidence import POOLED
from curate.tag.pooled import pooled
from curate.tag.tag import outright, words_of
from curate.tag.vocabulary import Meaning
from schemas.sample import Turn

KEYWORDS = {  # ROCO's own, per caption: weak truth, for they come from the same captions
    "ct": {"ct", "cect", "hrct", "cbct", "mdct", "cta"},
    "mri": {"mri", "mr", "mrcp", "mra", "t1weighted", "t2weighted", "flair"},
    "xray": {"xray", "radiograph", "radiography", "mammogram", "mammography", "fluoroscopy", "orthopantomogram"},
    "ultrasound": {"ultrasound", "ultrasonography", "sonography", "echocardiogram", "echocardiography", "doppler", "sonogram"},
    "pet": {"pet", "petct", "fdg"},
}
SLAKE = {"MRI": "mri", "CT": "ct", "X-Ray": "xray"}
DOMAINS = {"chest_xray": "xray", "mri": "mri", "ct_scan": "ct", "histology": "histopathology", "gross": "photography"}

Row = tuple[str, list[Turn], str]  # picture, turns, what it is
Counts = Counter[tuple[str, str, bool]]  # witness, modality that it names, whether that is so


def count(rows: Iterable[Row]) -> Counts:
    """What words name in each row, and what other rows of its picture name together, against the truth."""
    counts: Counts = Counter()
    named: list[tuple[str, Meaning | None]] = []
    truths = []
    for picture, turns, truth in rows:
        words = words_of(turns)
        counts.update((each.name, each.meaning.modality, each.meaning.modality == truth) for each in words)
        named.append((picture, outright(words)))
        truths.append(truth)
    counts.update((POOLED, said.modality, said.modality == truth) for said, truth in zip(pooled(named), truths) if said)
    return counts


def roco(folder: Path) -> Iterator[Row]:
    """Captions whose keywords name one modality."""
    captions, keywords = (
        dict(line.split("\t", 1) for line in (folder / "roco" / f"test-radiology-{name}.txt").read_text(encoding="utf-8").splitlines())
        for name in ("captions", "keywords")
    )
    for id, words in keywords.items():
        of_it = [modality for modality, ours in KEYWORDS.items() if ours & set(words.split("\t"))]
        if len(of_it) == 1:
            yield id, [_answer(captions[id])], of_it[0]


def slake(folder: Path) -> Iterator[Row]:
    """Questions and answers in English and Chinese, several of each picture; its modality is a column of its own."""
    for name in ("train", "validate"):
        for row in json.loads((folder / "slake" / f"{name}.json").read_text(encoding="utf-8")):
            yield row["img_name"], [Turn(role="user", text=row["question"]), _answer(str(row["answer"]))], SLAKE[row["modality"]]


def llava_med(folder: Path) -> Iterator[Row]:
    """Captions of figures that the publisher puts in one domain, each once."""
    seen: dict[str, Row] = {}
    for line in (folder / "llava-med" / "llava_med_eval_qa50_qa.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        of_it = [DOMAINS[domain] for domain, holds in row["domain"].items() if holds]
        if len(of_it) == 1:
            seen[row["image"]] = (row["image"], [_answer(row["fig_caption"])], of_it[0])
    return iter(seen.values())


def iu_xray(folder: Path) -> Iterator[Row]:
    """Reports of chest films, which also speak of other examinations."""
    with (folder / "iu-xray" / "indiana_reports.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["uid"], [_answer(f"{row['findings']} {row['impression']}")], "xray"


def vqa_rad(folder: Path) -> Iterator[Row]:
    """Questions of pictures of which another row asks for the modality and is answered with one; those rows are left out."""
    files = [folder / "vqa-rad" / f"{name}.json" for name in ("trainset", "testset")]
    rows = [row for file in files for row in json.loads(file.read_text(encoding="utf-8"))]
    asked = [row for row in rows if "MODALITY" in row["question_type"]]
    truth: dict[str, set[str]] = {}
    for row in asked:
        for said in words_of([_answer(str(row["answer"]))]):
            truth.setdefault(row["image_name"], set()).add(said.meaning.modality)
    for row in rows:
        of_it = truth.get(row["image_name"], set())
        if len(of_it) == 1 and "MODALITY" not in row["question_type"]:
            yield row["image_name"], [Turn(role="user", text=row["question"]), _answer(str(row["answer"]))], next(iter(of_it))


SOURCES = {"roco": roco, "slake": slake, "llava_med": llava_med, "iu_xray": iu_xray, "vqa_rad": vqa_rad}


def _answer(text: str) -> Turn:
    return Turn(role="assistant", text=text)
