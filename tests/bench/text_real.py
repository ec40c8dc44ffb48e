"""real texts beside the repository -> lists of texts by kind, in the order of their files"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from tests.real import REAL

ABSENT = "no real texts beside the repository"
CAPTIONS, ANSWERS = ("caption",), ("kvasir answer", "dialogue", "answer", "report", "reasoning")


def real_texts() -> dict[str, list[str]]:
    """Kind -> its texts, as published, empty ones left out. No files: no kinds."""
    if REAL is None:
        return {}
    return {kind: [text for text in read(REAL) if text.strip()] for kind, read in _KINDS.items()}


def captions_and_answers() -> list[str]:
    """Some 21,000 texts: all captions, answers of people and models, reports."""
    kinds = real_texts()
    return [text for kind in (*CAPTIONS, *ANSWERS) for text in kinds.get(kind, ())]


@cache
def _vqa(root: Path) -> list[dict[str, str]]:
    with (root / "text" / "vqa_questions.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def _questions(root: Path) -> Iterator[str]:
    return (row["question"] for row in _vqa(root) if not _is_chinese(row["question"]))


def _chinese_questions(root: Path) -> Iterator[str]:
    return (row["question"] for row in _vqa(root) if _is_chinese(row["question"]))


def _captions(root: Path) -> Iterator[str]:
    for name in ("radiology", "non-radiology"):
        for line in (root / "annotations" / "roco" / f"test-{name}-captions.txt").read_text(encoding="utf-8").splitlines():
            yield line.partition("\t")[2].strip()


def _reports(root: Path) -> Iterator[str]:
    with (root / "annotations" / "iu-xray" / "indiana_reports.csv").open(encoding="utf-8", newline="") as file:
        return iter([f"{row['findings']} {row['impression']}".strip() for row in csv.DictReader(file)])


def _json(root: Path, name: str) -> list[dict[str, str]]:
    rows = json.loads((root / "annotations" / name).read_text(encoding="utf-8-sig"))
    return list(rows.values()) if isinstance(rows, dict) else rows


def _dialogues(root: Path) -> Iterator[str]:
    return (f"{row['input']}\n{row['output']}" for row in _json(root, "chatdoctor/chatdoctor5k.json"))


def _reasoning(root: Path) -> Iterator[str]:
    return (f"{row['Question']}\n{row['Complex_CoT']}\n{row['Response']}" for row in _json(root, "medical-o1/demo_data.json"))


def _abstracts(root: Path) -> Iterator[str]:
    return (f"{row['QUESTION']}\n{row['LONG_ANSWER']}" for row in _json(root, "pubmedqa/ori_pqal.json"))


def _choices(root: Path) -> Iterator[str]:
    return (f"{row['question']}\n{row['options']}" for row in _json(root, "apollo/dev-en.json"))


def _chinese_choices(root: Path) -> Iterator[str]:
    return (f"{row['question']}\n{row['options']}" for row in _json(root, "apollo/dev-zh.json"))


def _articles(root: Path) -> Iterator[str]:
    for path in sorted((root / "annotations" / "medquad").rglob("*.xml")):
        for pair in ElementTree.parse(path).iter("QAPair"):  # noqa: S314  # files at hand, no stranger's
            if (pair.findtext("Answer") or "").strip():
                yield f"{pair.findtext('Question')}\n{pair.findtext('Answer')}"


def _kvasir(root: Path, column: str) -> Iterator[str]:
    with (root / "annotations" / "kvasir-vqa" / "llm_gens.csv").open(encoding="utf-8", newline="") as file:
        return iter([row[column] for row in csv.DictReader(file)])


_KINDS = {
    "question": _questions,
    "question zh": _chinese_questions,
    "kvasir question": lambda root: _kvasir(root, "Q"),
    "kvasir answer": lambda root: _kvasir(root, "A"),
    "choices": _choices,
    "choices zh": _chinese_choices,
    "caption": _captions,
    "report": _reports,
    "answer": _abstracts,
    "dialogue": _dialogues,
    "article": _articles,
    "reasoning": _reasoning,
}
