"""real annotation files -> how often each witness of words is right: the counts that stand in curate/tag/reliability.yaml

`python -m tests.curate.tag.counted` writes them there anew."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from curate.probe.reliability import HEAD, Counted, Said, agreement, reliabilities_text
from curate.tag.evidence import CAPTION_WEAK, DECLARED, POOLED, QUESTION_WEAK
from curate.tag.pooled import pooled
from curate.tag.reliability import RELIABILITY
from curate.tag.tag import outright, words_of
from curate.tag.vocabulary import Meaning
from schemas.sample import Turn
from tests.real import REAL

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


def counted(folder: Path) -> dict[str, Counted]:
    """Each witness of words against the truth, on all `SOURCES`, as `probe` counts it."""
    return agreement([said for name, rows in SOURCES.items() for said in said_of(name, rows(folder))])


def said_of(source: str, rows: Iterable[Row]) -> Iterator[Said]:
    """What words name in each row, what other rows of its picture name together, and the truth."""
    named: list[tuple[str, Meaning | None]] = []
    for place, (picture, turns, truth) in enumerate(rows):
        words = words_of(turns)
        named.append((picture, outright(words)))
        yield Said(sample=f"{source}/{place}", source=source, witness=DECLARED, modality=truth)
        for each in words:
            yield Said(sample=f"{source}/{place}", source=source, witness=each.name, modality=each.meaning.modality)
    for place, heard in enumerate(pooled(named)):
        if heard:
            yield Said(sample=f"{source}/{place}", source=source, witness=POOLED, modality=heard.modality)


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


TUNED = 0.98  # no more than this of words: they were tuned on these very files, and are right less often on others
REPEATED = 0.96  # of what other samples said: no more than of a sample's own words
HINTS = (CAPTION_WEAK, QUESTION_WEAK)
HINT = 0.75  # no more than this of hints, under the score from which somebody decides: body words and stains need another witness
UNCOUNTED = 0.5  # of hints at modalities that none of these files shows: 'macula' is said of fundus and OCT alike


def capped(witness: str, said: dict[str, Any]) -> dict[str, Any]:
    """The numbers of a witness of words, as the file holds them."""
    most = HINT if witness in HINTS else most_of(witness)
    own = {name: {**of, "reliability": min(of["reliability"], most)} for name, of in said.get("modalities", {}).items()}
    return {**said, "reliability": min(said["reliability"], most_of(witness)), **({"modalities": own} if own else {})}


def most_of(witness: str) -> float:
    """Of the witness as a whole, which stands for modalities that were not counted by themselves."""
    return {**dict.fromkeys(HINTS, UNCOUNTED), POOLED: REPEATED}.get(witness, TUNED)


def written(before: dict[str, Any], found: dict[str, Counted]) -> str:
    """The file anew."""
    made = "witnesses of words by python -m tests.curate.tag.counted, the others by hand, as each says"
    text = reliabilities_text(before, found, made=made, origin=_origin)
    raw = yaml.safe_load(text)
    raw["witnesses"] |= {name: capped(name, said) for name, said in raw["witnesses"].items() if name in found and name != DECLARED}
    return HEAD + yaml.safe_dump(raw, sort_keys=False, allow_unicode=True, width=140)


def _origin(counts: Counted) -> str:
    cap = f"at most {TUNED}, for words were tuned there, {REPEATED} of what others said, {HINT} of hints ({UNCOUNTED} where not counted)"
    return f"counted on {', '.join(SOURCES)}, at most 1,000 rows of each (tests/curate/tag/counted.py); {cap}"


if __name__ == "__main__":
    assert REAL is not None, "the real files are not here"
    shipped = yaml.safe_load(RELIABILITY.read_text(encoding="utf-8"))
    RELIABILITY.write_text(written(shipped, counted(REAL / "annotations")), encoding="utf-8")
