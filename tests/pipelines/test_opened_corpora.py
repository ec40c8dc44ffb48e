"""Multiple choice from the publisher's table to the shards: one corpus keeps choices, another opens them, and each tells how many"""

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from tests.pipelines.whole_run import corpus

RECIPE = """
id: opened
title: Opened
limits: {drop_blank: false}
corpora:
  - {name: closed, balance: {mode: none}}
  - {name: pool, choices: open, balance: {mode: none, yes_no_share: 0.25}}
mixtures:
  - {name: reinforcement, corpora: [pool]}
"""
QUESTIONS = (
    ("What plane is shown?", ("Axial", "Coronal", "Sagittal", "Oblique"), "B"),
    ("What organ is marked?", ("The liver", "The spleen", "Both A and B", "None of the above"), "C"),
    ("Which of the following is seen?", ("A cyst", "A stone", "A clip", "A drain"), "A"),
    ("What does the arrow show?", ("The mass grew. It was removed.", "Air", "Gas", "Fat"), "A"),
    ("Is there contrast?", ("Yes", "No", "Later", "Unclear"), "A"),
    ("Is there a fracture?", ("Yes", "No", "Later", "Unclear"), "B"),
    ("Is the heart enlarged?", ("Yes", "No", "Later", "Unclear"), "B"),
)


def written(folder: Path) -> None:
    """PMC-VQA as published, in its second version: seven questions, each on a picture of its own."""
    figures = folder / "data" / "pmc_vqa" / "figures"
    figures.mkdir(parents=True)
    noise = np.random.default_rng(7)
    rows = []
    for number, (question, choices, right) in enumerate(QUESTIONS):
        name = f"PMC{number}_F1.jpg"
        Image.fromarray(noise.integers(0, 256, (96, 96, 3), np.uint8)).save(figures / name)
        listed = [f" {letter}:{choice} " for letter, choice in zip("ABCD", choices, strict=True)]
        rows.append([number, name, "A figure.", question, *listed, right, "train"])
    with (folder / "data" / "pmc_vqa" / "train_2.csv").open("w", encoding="utf-8", newline="") as file:
        head = ["index", "Figure_path", "Caption", "Question", "Choice A", "Choice B", "Choice C", "Choice D", "Answer", "split"]
        csv.writer(file).writerows([head, *rows])


def turns(out: Path, name: str) -> dict[str, list[str]]:
    """Question -> what user and assistant say of it, in a corpus."""
    paths = (out / "corpora" / name).glob("*.parquet")
    said = [[message["content"] for message in row] for path in paths for row in pq.read_table(path)["messages"].to_pylist()]
    return {user.split("\n")[1]: [user.removeprefix("<image>\n"), answer] for user, answer in said}


def test_one_corpus_keeps_choices_another_opens_them_and_each_tells_how_many(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "opened.yaml").write_text(RECIPE, encoding="utf-8")
    out = tmp_path / "out"
    ran = corpus(out, "--data", tmp_path / "data", "--corpus", tmp_path / "opened.yaml")
    assert ran.status == 0, ran.told
    closed, pool = turns(out, "closed"), turns(out, "pool")
    assert len(closed) == 7
    plane = "What plane is shown?"
    assert closed[plane] == [f"{plane}\nA: Axial\nB: Coronal\nC: Sagittal\nD: Oblique", "B: Coronal"]
    assert pool[plane] == [plane, "Coronal"]
    kept = {question for question in pool if pool[question] == closed[question]}
    assert kept == {"What organ is marked?", "Which of the following is seen?", "What does the arrow show?"}
    yes_no = [answer for question, (_, answer) in pool.items() if question not in {*kept, plane}]
    assert yes_no in (["Yes"], ["No"])  # one of five: a quarter at most
    index = json.loads((out / "corpora" / "pool" / "index.json").read_text("utf-8"))
    assert index["choices"] == {"open": 2, "asks_of_choices": 1, "names_choices": 1, "no_phrase": 1}
    assert json.loads((out / "corpora" / "closed" / "index.json").read_text("utf-8"))["choices"] == {}
    card = (out / "corpora" / "pool" / "README.md").read_text("utf-8")
    assert "2 multiple-choice questions are asked without their choices; 3 keep them" in card
    page = (out / "report" / "index.html").read_text("utf-8")
    assert "2 asked without their choices; 1 with them, for the question speaks of them" in page
    assert "Drawn in <code>reinforcement</code>: 100 % of what is drawn, each sample 1 times an epoch" in page
