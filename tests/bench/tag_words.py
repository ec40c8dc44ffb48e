"""what publishers declare, against what captions and questions say: coverage and precision of each strength of words"""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from curate.tag.names import named
from curate.tag.text import read_caption, read_question
from curate.tag.vocabulary import Said
from curate.tag.words import agreed, read_words
from schemas.sample import Turn
from tests.bench.figure import Figure
from tests.curate.tag.counted import SLAKE, SOURCES, Row
from tests.real import REAL

Tally = Counter[tuple[str, str, bool]]  # witness, modality in truth, right; a witness that says nothing is not counted
READERS: dict[str, Callable[[list[Turn]], Said | None]] = {"caption": read_caption, "question": read_question}


def measure(folder: Path, samples: int) -> list[Figure]:
    if REAL is None:
        return [
            Figure(name="tag words: on real captions", figure=None, unit="share", target=">= 0.98", note="no real annotation files here")
        ]
    return [figure for name, rows in real_rows(REAL / "annotations") for figure in _figures(name, rows)] + [_speed(REAL / "annotations")]


def real_rows(annotations: Path) -> Iterator[tuple[str, list[Row]]]:
    """Rows with their declared modality, source by source."""
    for name, read in {**SOURCES, "slake_zh": slake_zh, "kvasir_vqa": kvasir, "pathvqa": pathvqa, "covid": covid, "busi": busi}.items():
        yield name, list(read(annotations))


def slake_zh(folder: Path) -> Iterator[Row]:
    """SLAKE's questions in Chinese alone; they are among SLAKE's too."""
    for name in ("train", "validate"):
        for row in json.loads((folder / "slake" / f"{name}.json").read_text(encoding="utf-8")):
            if row["q_lang"] == "zh":
                yield row["img_name"], _exchange(row["question"], str(row["answer"])), SLAKE[row["modality"]]


def kvasir(folder: Path) -> Iterator[Row]:
    """Questions on pictures of endoscopy, written by a model."""
    with (folder / "kvasir-vqa" / "llm_gens.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            yield str(number), _exchange(row["Q"], row["A"]), "endoscopy"


def pathvqa(folder: Path) -> Iterator[Row]:
    """Questions on figures of textbooks of pathology: the publisher says histopathology of all, gross specimens and schemes included."""
    for row in json.loads((folder / "pathvqa" / "QA_pairs_vb.json").read_text(encoding="utf-8")):
        yield row["Image_ID"], _exchange(row["Questions"], row["Answers"]), "histopathology"


def covid(folder: Path) -> Iterator[Row]:
    """Clinical notes beside films and slices: they tell of other examinations too."""
    with (folder / "covid-chestxray" / "ieee8023-metadata.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["filename"], [Turn(role="assistant", text=row["clinical notes"])], {"X-ray": "xray", "CT": "ct"}[row["modality"]]


def busi(folder: Path) -> Iterator[Row]:
    """Captions by template on ultrasound."""
    with (folder / "busi-captions" / "all_captions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["image_path"], [Turn(role="assistant", text=row["text_caption"])], "ultrasound"


def tally(rows: Iterable[Row], *, hints: bool = True) -> Tally:
    """How often each witness is right; 'hints': the weak words alone of a text in which strong ones stand beside them."""
    counts: Tally = Counter()
    for _, turns, truth in rows:
        for place, read in READERS.items():
            said = read(turns)
            if said:
                counts[f"{place} {said.strength}", truth, said.meaning.modality == truth] += 1
        told = (
            agreed([each for each in named(turns[-1].text) if each.strength == "weak"]) if hints and turns[-1].role == "assistant" else None
        )
        if told:
            counts["hints", truth, told.meaning.modality == truth] += 1
    return counts


def _figures(name: str, rows: list[Row]) -> Iterator[Figure]:
    counts = tally(rows)
    for witness in sorted({witness for witness, _, _ in counts}):
        right = sum(times for (who, _, holds), times in counts.items() if who == witness and holds)
        told = sum(times for (who, _, _), times in counts.items() if who == witness)
        by_truth = ", ".join(
            f"{truth} {counts[witness, truth, True]}/{_told(counts, witness, truth)}" for truth in _truths(counts, witness)
        )
        target = ">= 0.98" if witness == "caption strong" and name == "roco" else ""
        yield Figure(name=f"tag words: {name}, {witness}, right", figure=right / told, unit="share", target=target, note=by_truth)
        yield Figure(name=f"tag words: {name}, {witness}, of all rows", figure=told / len(rows), unit="share", note=f"{len(rows)} rows")


def _told(counts: Tally, witness: str, truth: str) -> int:
    return counts[witness, truth, True] + counts[witness, truth, False]


def _truths(counts: Tally, witness: str) -> list[str]:
    return sorted({truth for who, truth, _ in counts if who == witness})


def _speed(annotations: Path) -> Figure:
    texts = [turns[0].text for _, turns, _ in SOURCES["roco"](annotations)]
    began = time.process_time()  # of one core, whatever else runs
    for text in texts:
        read_words(text)
    rate = len(texts) / (time.process_time() - began)
    return Figure(name="tag words: captions read", figure=rate, unit="texts/s", target=">= 15000", note="one core")


def _exchange(question: str, answer: str) -> list[Turn]:
    return [Turn(role="user", text=question), Turn(role="assistant", text=answer)]
