"""real exam questions as evaluation sets, and real rows that have nothing to do with them"""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from pathlib import Path

from schemas.sample import Sample, Turn


def sample(id: str, turns: Sequence[tuple[str, str]], *, task: str = "qa", images: tuple[str, ...] = ()) -> Sample:
    return Sample(
        id=id, source=id.partition("/")[0], table="t", task=task, domain="medical", split="train", language="en", images=images,
        turns=tuple(Turn(role=role, text=text) for role, text in turns), labels=(), boxes=(), modality=None, keys=(), license="CC0-1.0",
        commercial="yes", access="open", reliability=50, from_labels=False, scope="none", order=0,
    )  # type: ignore[arg-type]  # fmt: skip


def exams(annotations: Path) -> Iterator[Sample]:
    """Rows of the evaluation sets 'pubmedqa' and 'exams' (of MedMCQA, MedQA, MMLU, CMB, CMExam and CMMLU)."""
    truth = json.loads((annotations / "pubmedqa/test_ground_truth.json").read_text("utf-8"))
    asking = json.loads((annotations / "pubmedqa/ori_pqal.json").read_text("utf-8"))
    for number, answer in truth.items():
        yield sample(f"pubmedqa@benchmark/{number}", [("user", asking[number]["QUESTION"]), ("assistant", answer)])
    for language in ("en", "zh"):
        for number, row in enumerate(json.loads((annotations / f"apollo/dev-{language}.json").read_text("utf-8"))):
            if not row["source"].startswith("pubmedqa"):
                yield sample(f"exams@benchmark/{language}/{number}", [("user", row["question"]), ("assistant", _option(row))])
    for number, row in enumerate(json.loads((annotations / "medical-o1/demo_data.json").read_text("utf-8"))):
        yield sample(f"exams@benchmark/o1/{number}", [("user", row["question"]), ("assistant", str(row["answer"]))])


def _option(row: dict[str, object]) -> str:
    """'(B) Aspirin' for '(B)'."""
    lines = (line.strip() for line in str(row["options"]).splitlines())
    return next((line for line in lines if line.startswith(str(row["answer"]))), str(row["answer"]))


def unrelated(annotations: Path, questions: Path) -> Iterator[Sample]:
    """Questions on images, captions, reports and dialogues."""
    with questions.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)):
            yield sample(f"vqa/{number}", [("user", row["question"] or ""), ("assistant", row["answer"] or "")], task="vqa", images=("i",))
    for number, row in enumerate(json.loads((annotations / "chatdoctor/chatdoctor5k.json").read_text("utf-8"))):
        yield sample(f"talk/{number}", [("user", f"{row['instruction']}\n{row['input']}"), ("assistant", row["output"])], task="dialogue")
    with (annotations / "kvasir-vqa/llm_gens.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            yield sample(f"kvasir/{number}", [("user", row["Q"]), ("assistant", row["A"])], task="vqa", images=("i",))
    with (annotations / "iu-xray/indiana_reports.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            turns = [("user", "Write a report."), ("assistant", f"{row['findings']} {row['impression']}")]
            yield sample(f"report/{number}", turns, task="report", images=("i",))
    for kind in ("radiology", "non-radiology"):
        lines = (annotations / f"roco/test-{kind}-captions.txt").read_text("utf-8").splitlines()
        for number, line in enumerate(lines):
            turns = [("user", "Describe the image."), ("assistant", line.partition("\t")[2])]
            yield sample(f"roco/{kind}/{number}", turns, task="caption", images=("i",))
    for path in sorted((annotations / "medquad").glob("*/*.xml")):
        for number, pair in enumerate(ElementTree.parse(path).iter("QAPair")):  # noqa: S314  # as published
            turns = [("user", pair.findtext("Question") or ""), ("assistant", pair.findtext("Answer") or "")]
            yield sample(f"medquad/{path.parent.name}/{path.stem}/{number}", turns)
