"""What is decided about a sample follows from what is in it: not from the order of its file, nor from unrelated sources"""

from __future__ import annotations

import csv
import json
import random
import shutil
from pathlib import Path

import pytest

from tests.pipelines.small_data import write_small
from tests.pipelines.whole_run import corpus, verdicts

UNRELATED = """\
id: other_texts
title: Texts of another world
license: MIT
commercial: yes
reliability: 99
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
"""
Decided = dict[str, tuple[str, str, str, str]]  # id -> stage, reason, evidence, winner


def decided(folder: Path, *flags: str) -> Decided:
    """Up to dedup: how many of a modality a corpus takes is for balance to say of all of them."""
    ran = corpus(folder / "out", "--data", folder / "data", "--manifests", folder / "manifests", *flags)
    assert ran.status == 0
    rows = verdicts(folder / "out").values()
    return {row.id: (row.stage, row.reason, row.evidence, row.winner) if row.stage != "balance" else ("", "", "", "") for row in rows}


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Decided]:
    folder = tmp_path_factory.mktemp("as_it_was")
    write_small(folder)
    found = decided(folder, "--workers", "1")
    assert {"shield", "dedup", "screen"} <= {stage for stage, *_ in found.values()}
    return folder, found


def copied(wanted: tuple[Path, Decided], folder: Path) -> Path:
    for name in ("data", "manifests"):
        shutil.copytree(wanted[0] / name, folder / name)
    return folder / "data"


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_shuffled_files_and_more_workers_change_no_decision(wanted: tuple[Path, Decided], tmp_path: Path, seed: int) -> None:
    data, shuffle = copied(wanted, tmp_path), random.Random(seed).shuffle
    lines = (data / "small_captions" / "captions.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    repeated = [line for line in lines if json.loads(line)["n"] == 3]  # the first of them stays: by their order, which the source says
    shuffle(lines)
    turn = iter(repeated)
    lines = [next(turn) if line in repeated else line for line in lines]
    (data / "small_captions" / "captions.jsonl").write_text("".join(lines), encoding="utf-8")
    texts = json.loads((data / "small_texts" / "texts.json").read_text(encoding="utf-8"))
    shuffle(texts)
    (data / "small_texts" / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    with (data / "small_questions" / "questions.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    shuffle(rows)
    with (data / "small_questions" / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    assert decided(tmp_path, "--workers", "2", "--buckets", "4") == wanted[1]


def test_a_source_that_has_nothing_to_do_with_them_changes_no_decision(wanted: tuple[Path, Decided], tmp_path: Path) -> None:
    data = copied(wanted, tmp_path)
    (tmp_path / "manifests" / "other_texts.yaml").write_text(UNRELATED, encoding="utf-8")
    (data / "other_texts").mkdir()
    words = [f"wort{number}" for number in range(400)]
    draw = random.Random(5)
    texts = [{"id": f"o{n}", "question": " ".join(draw.sample(words, 9)), "answer": " ".join(draw.sample(words, 60))} for n in range(300)]
    texts += [{**text, "id": f"c{n}"} for n, text in enumerate(texts[:50])]  # copies among themselves
    (data / "other_texts" / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    found = decided(tmp_path)
    others = {id: found.pop(id) for id in list(found) if id.startswith("other_texts/")}
    assert found == wanted[1]
    assert sum(reason == "duplicate_text" for _, reason, _, _ in others.values()) == 50
