"""a folder -> small dialogues, open and credentialed, and the recipe that has them rewritten"""

from __future__ import annotations

import json
from pathlib import Path

from tests.pipelines.small_data import sentence
from tests.pipelines.tiny_llama import NAME

SOURCE = """\
id: {id}
title: Generated dialogues
license: MIT
commercial: yes
access: {access}
layouts:
  - name: lines
    if: [talks.jsonl]
    tables:
      - name: talks
        files: [talks.jsonl]
        format: jsonl
        task: dialogue
        row: "{{n}}"
        turns: [{{user: "{{q1}}"}}, {{assistant: "{{a1}}"}}, {{user: "{{q2}}"}}, {{assistant: "{{a2}}"}}]
      - name: asked
        files: [asked.jsonl]
        format: jsonl
        task: qa
        row: "asked/{{n}}"
        turns: [{{user: "{{q}}"}}, {{assistant: "{{a}}"}}]
"""
RECIPE = """\
id: {id}
title: Rewritten dialogues
limits: {{tokenizer: clip-bpe}}
rewrite: {{model: {model}, max_tokens: 40{more}}}
corpora: [{{name: talks, balance: {{mode: none}}}}]
"""
ENDINGS = {3: "is impossible!", 4: "say it plainly!", 5: "go on, endless!"}  # what the tiny model declines, does not mark, does not end
REFUSED = {3: "rewrite_declined", 4: "rewrite_unmarked", 5: "rewrite_cut"}
ROWS = 8


def write_talks(folder: Path, *, wards: int = 0) -> None:
    """DIR/data and DIR/manifests: ROWS open dialogues of two answers each, two questions, `wards` credentialed dialogues."""
    (folder / "manifests").mkdir(parents=True)
    for id, access, first, rows in (("open_talks", "open", 0, ROWS), ("ward_talks", "credentialed", 50, wards)):
        if not rows:
            continue
        (folder / "manifests" / f"{id}.yaml").write_text(SOURCE.format(id=id, access=access), encoding="utf-8")
        place = folder / "data" / id
        place.mkdir(parents=True)
        lines = [
            {
                "n": n, "q1": f"I ask {sentence(first + n, 60)}", "a1": f"{sentence(900 + first + n, 30)}?",
                "q2": sentence(700 + first + n, 60), "a2": f"{sentence(800 + first + n, 30)} {ENDINGS.get(n, 'so Dr. Alice Miller says.')}",
            }
            for n in range(rows)
        ]  # fmt: skip
        (place / "talks.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    asked = [{"n": n, "q": f"What of {sentence(600 + n, 20)}?", "a": sentence(650 + n, 30)} for n in range(2)]
    (folder / "data" / "open_talks" / "asked.jsonl").write_text("".join(json.dumps(line) + "\n" for line in asked), encoding="utf-8")


def write_recipe(folder: Path, id: str = "talks", *, model: str = NAME, more: str = "", rewrite: bool = True) -> Path:
    path = folder / f"{id}.yaml"
    lines = RECIPE.format(id=id, model=model, more=more).splitlines(keepends=True)
    path.write_text("".join(line for line in lines if rewrite or not line.startswith("rewrite")), encoding="utf-8")
    return path
