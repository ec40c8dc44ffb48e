"""The wiring of the report: tables of all stages in, verdicts and a page out"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image as Pillow

from curate.recipe import Recipe
from curate.report.account import AccountError
from pipelines import match, screen
from pipelines.lock import Locked, locked
from pipelines.report import plan_report, print_report, summarise
from pipelines.run import Changed, Options, Run, write_run
from pipelines.stage import execute
from pipelines.tables import Room
from schemas.arrow import from_table
from schemas.attribute import Tagged
from schemas.cluster import Choice
from schemas.image import Image, Ship
from schemas.sample import Sample, Screened
from schemas.verdict import Verdict
from tests.curate.report.rows import choice, kept, rejected


def picture(shade: int) -> bytes:
    target = io.BytesIO()
    Pillow.new("L", (80, 64), shade).save(target, "PNG")
    return target.getvalue()


def image(id: str, data: bytes, **facts: Any) -> Image:
    digest = hashlib.sha256(data).hexdigest()
    ship = Ship(root="source", path=id.split("/")[1], member="", offset=0, length=len(data), format="png", digest=digest)
    given: dict[str, Any] = {
        "id": id, "source": id.split("/")[0], "reason": None, "evidence": None, "byte_digest": digest, "pixel_digest": digest, "phash": 1,
        "grey": b"", "width": 80, "height": 64, "mode": "L", "bits": 8, "format": "png", "blank": False, "spread": 9.0,
        "header_modality": None, "photometric": None, "burned_in": None, "is_synthetic": False, "ship": ship,
    }  # fmt: skip
    return Image(**{**given, **facts})


def sample(id: str, *, license: str = "CC0-1.0") -> Sample:
    return Sample(
        id=id, source=id.split("/")[0], table="train", task="caption", domain="medical", split="train", language="en",
        images=(f"{id}.png",), turns=(), labels=(), boxes=(), modality="xray", keys=(), license=license, commercial="yes", access="open",
        reliability=50, from_labels=False, scope="global", order=0,
    )  # fmt: skip


def screened(id: str) -> Screened:
    return Screened(id=id, sample=sample(id), pictures=(), tokens=12, group="")


CELL = {"name": "xray", "outside": False, "supply": 2, "selected": 1, "target": 1.0, "weighted": 1.0, "shortfall": 0.0, "weight": 1.0}
CELL |= {"why": "", "cut": [], "floor": None, "floor_met": True}
REPORT = {
    "corpus": "medical", "mode": "cap", "cap": 1.25, "sizes": [{"mode": "cap", "modalities": 1, "whole": 1}], "binding": [],
    "cells": [CELL], "feeds": [], "limits": [], "fixes": [],
}  # fmt: skip


def made(tmp_path: Path, *, counted: int = 6, recipe: str = "r") -> Run:
    """OUT as it is when emit has ended: sample a/1 kept, the others rejected on their way."""
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    options = Options(data=str(data), out=str(tmp_path / "out"), recipe=Recipe(id=recipe, title="Small corpus"), manifests=(), buckets=4)
    run = Run(options=options, folders={"a": str(data)}, resolved={"tokenizer": {"name": "clip-bpe"}, "tagger": None})
    write_run(options, run.resolved)
    pictures = {f"a/{n}.png": picture(40 * n) for n in range(1, 6)}
    for id, content in pictures.items():
        (data / id.split("/")[1]).write_bytes(content)
    licenses = {4: "CC-BY-NC-ND-4.0"}
    tables: dict[str, tuple[bool, list[tuple[str, list[Any], type]], dict[str, Any]]] = {
        "ingest": (
            False,
            [
                ("samples", [sample(f"a/{n}", license=licenses.get(n, "CC0-1.0")) for n in range(1, 6)], Sample),
                ("verdicts", [rejected("a/0", "ingest", "image_missing")], Verdict),
            ],
            {"samples": 5, "rejected": counted - 5, "faults": []},
        ),
        "inspect": (False, [("images", [image(id, content) for id, content in pictures.items()], Image)], {}),
        "screen": (
            True,
            [
                ("samples", [screened(f"a/{n}") for n in (1, 3, 4, 5)], Screened),
                ("verdicts", [rejected("a/2", "screen", "caption_too_short", evidence="3 < 10")], Verdict),
            ],
            {"cleaned": {"drop_tags": 2}, "scrubbed": {"date": 1}, "identifiers": {"date": 3}},
        ),
        "match": (True, [], {}),
        "shield": (True, [("verdicts", [], Verdict)], {"shielded": {"slake": {"near question": 2}}}),
        "dedup": (
            True,
            [("verdicts", [rejected(f"a/{n}", "dedup", "duplicate_image", evidence="bytes", winner="a/1") for n in (3, 4)], Verdict)],
            {"kept_apart": 4},
        ),
        "tag": (
            True,
            [
                (
                    "modalities",
                    [Tagged(id=f"a/{n}", modality="xray", submodality="", figure_type="", by="declared", score=1.0) for n in (1, 5)],
                    Tagged,
                )
            ],
            {},
        ),
        "balance": (
            True,
            [("selection", [choice("medical", "a/1"), choice("medical", "a/5", "over_target")], Choice)],
            {"reports": [REPORT]},
        ),
        "emit": (True, [], {}),
    }  # fmt: skip
    for stage, (decided, written, counts) in tables.items():
        room = run.decisions(stage) if decided else run.facts(stage)
        files = [entry for table, rows, row_type in written for entry in room.write_rows(table, "a-0000", rows, row_type)]
        room.commit("f", [room.sign("a" if stage == "ingest" else "a-0000", "f", files, counts)], 1.5)
    folder = tmp_path / "out" / "corpora" / "medical"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.json").write_text(json.dumps({"rows": 1, "bytes": 99, "shards": [{"bytes": 99}]}), encoding="utf-8")
    return run


def final(out: Path) -> list[Verdict]:
    return sorted(
        (row for path in out.glob("verdicts/*.parquet") for row in from_table(pq.read_table(path), Verdict)), key=lambda row: row.id
    )


def test_every_input_has_one_final_verdict_under_out_verdicts(tmp_path: Path) -> None:
    run = made(tmp_path)
    execute(plan_report(run), run)
    assert final(tmp_path / "out") == [
        rejected("a/0", "ingest", "image_missing"),
        kept("a/1"),
        rejected("a/2", "screen", "caption_too_short", evidence="3 < 10"),
        rejected("a/3", "dedup", "duplicate_image", evidence="bytes", winner="a/1"),
        rejected("a/4", "dedup", "duplicate_image", evidence="bytes", winner="a/1"),
        rejected("a/5", "balance", "not_selected", evidence="medical: over_target"),
    ]


def test_how_copies_were_known_is_told_as_match_counted_it_and_again_when_it_counts_otherwise(tmp_path: Path) -> None:
    run, found = made(tmp_path), []
    for refused in (3, 4):
        counts = {"images": 5, "bytes": 2, "pixels": 0, "phash": 1, "phash_confirmed": 1, "phash_refused": refused, "phash_crowded": 0,
                  "leaks": 0}  # fmt: skip
        room = run.decisions("match")
        room.commit("f", [room.sign("images", "f", [], counts)], 1.5)
        execute(plan_report(run), run)
        found.append((json.loads((tmp_path / "out/report/figures.json").read_text("utf-8"))["copies"], counts))
    assert all(told == counted for told, counted in found)


def test_what_was_done_to_texts_and_what_shields_found_is_told_as_receipts_counted_it(tmp_path: Path) -> None:
    run = made(tmp_path)
    room = run.decisions("match")
    counts = {"texts": 4, "exact": 1, "near": 2, "pairs": 9, "refused": 7, "crowded": 0, "repeated": 1, "clusters": 3}
    room.commit("f", [room.sign("texts", "f", [], counts)], 1.5)
    execute(plan_report(run), run)
    told = json.loads((tmp_path / "out/report/figures.json").read_text("utf-8"))
    assert [(row["word"], row["samples"], row["count"], row["sources"]) for row in (*told["cleaned"], *told["scrubbed"])] == [
        ("drop_tags", 2, 2, [["a", 2]]),
        ("date", 1, 3, [["a", 1]]),
    ]
    near = {"texts": 4, "exact": 1, "near": 2, "pairs": 9, "refused": 7, "crowded": 0, "repeated": 1, "kept_apart": 4}
    assert told["near_texts"] == near
    assert told["shields"] == [{"benchmark": "slake", "source": "a", "rule": "near question", "count": 2}]


def test_the_figures_are_those_of_the_tables_and_the_page_shows_what_terms_allow(tmp_path: Path) -> None:
    run = made(tmp_path)
    execute(plan_report(run), run)
    figures = json.loads((tmp_path / "out/report/figures.json").read_text("utf-8"))
    html = (tmp_path / "out/report/index.html").read_text("utf-8")
    assert figures["headline"] == {"inputs": 6, "kept": 1, "rejected": 5, "account": [], "incomplete": [], "missing": [], "fault_count": 0}
    assert [(step["stage"], step["rejected"]) for step in figures["waterfall"]] == [
        ("ingest", 1), ("screen", 1), ("shield", 0), ("dedup", 2), ("balance", 1),
    ]  # fmt: skip
    assert figures["settings"] == [["tagger", "none"], ["tokenizer", "clip-bpe"]]
    assert figures["times"][1] == {"stage": "inspect", "seconds": 1.5, "rows": 5, "unit": "images", "reused": False}
    assert [(pair["loser"]["id"], pair["winner"]["id"]) for pair in figures["pairs"]] == [("a/3", "a/1")]
    assert figures["withheld"] == 1
    assert html.count("data:image/webp;base64,") == 2


def also(room: Room, table: str, rows: list[Any], row_type: type, **counts: Any) -> None:
    """More rows of a stage that has one unit."""
    index = room.index()
    assert index is not None
    (receipt,) = index.receipts
    more = room.write_rows(table, "more-0000", rows, row_type)
    room.commit("g", [room.sign(receipt.unit, "g", [*receipt.files, *more], {**receipt.counts, **counts})], 1.5)


def test_images_that_cannot_be_used_are_named_and_duplicate_texts_told_by_their_ids(tmp_path: Path) -> None:
    run = made(tmp_path)
    broken = dataclasses.replace(image("a/9.png", b""), reason="truncated", evidence="12 bytes", ship=None)
    also(run.facts("inspect"), "images", [broken], Image)
    texts = [dataclasses.replace(sample(f"a/{n}"), images=()) for n in (6, 7)]
    also(run.facts("ingest"), "samples", texts, Sample, samples=7)
    near = [rejected("a/6", "dedup", "duplicate_text", evidence="similarity 0.91", winner="a/7")]
    also(run.decisions("dedup"), "verdicts", near, Verdict)
    also(run.decisions("balance"), "selection", [choice("medical", "a/7", "over_target")], Choice)
    execute(plan_report(run), run)
    told = json.loads((tmp_path / "out/report/figures.json").read_text("utf-8"))
    assert told["unusable"] == [{"id": "a/9.png", "source": "a", "reason": "truncated", "evidence": "12 bytes"}]
    pairs = [(pair["loser"]["id"], pair["winner"]["id"], pair["evidence"]) for pair in told["text_pairs"]]
    assert pairs == [("a/6", "a/7", "similarity 0.91")]
    assert [pair["loser"]["id"] for pair in told["pairs"]] == ["a/3"]


def test_a_report_that_stands_is_not_written_again_and_one_of_another_recipe_is(tmp_path: Path) -> None:
    run = made(tmp_path)
    execute(plan_report(run), run)
    page = tmp_path / "out/report/index.html"
    page.write_text("stands", encoding="utf-8")
    execute(plan_report(run), run)
    assert page.read_text("utf-8") == "stands"
    other = made(tmp_path, recipe="s")
    execute(plan_report(other), other)
    execute(plan_report(run), run)
    assert json.loads((tmp_path / "out/report/figures.json").read_text("utf-8"))["recipe"] == "r"
    assert "<code>r</code>" in page.read_text("utf-8")


def test_a_row_of_an_evaluation_set_that_ingest_rejected_is_no_input(tmp_path: Path) -> None:
    run = made(tmp_path)
    room, index = run.facts("ingest"), run.facts("ingest").index()
    assert index is not None
    broken = room.write_rows("verdicts", "b-0000", [rejected("b@benchmark/1", "ingest", "text_missing")], Verdict)
    room.commit("g", [*index.receipts, room.sign("b@benchmark", "g", broken, {"samples": 0, "rejected": 1, "faults": []})], 1.5)
    execute(plan_report(run), run)
    assert [verdict.id for verdict in final(tmp_path / "out")] == [f"a/{number}" for number in range(6)]


@pytest.mark.parametrize("change", ["recipe", "settings", "faults"])
def test_a_page_is_written_again_if_what_it_tells_changed_and_no_table_did(tmp_path: Path, change: str) -> None:
    run = made(tmp_path)
    execute(plan_report(run), run)
    told = tmp_path / "out/report/figures.json"
    before = json.loads(told.read_text("utf-8"))
    if change == "recipe":
        run = dataclasses.replace(run, options=dataclasses.replace(run.options, recipe=Recipe(id="r", title="Other words")))
    elif change == "settings":
        run = dataclasses.replace(run, resolved={"tokenizer": {"name": "qwen2.5"}, "tagger": None})
    else:
        room, index = run.facts("ingest"), run.facts("ingest").index()
        assert index is not None
        (receipt,) = index.receipts
        fault = {"source": "a", "file": "b.csv", "reason": "unreadable", "found": "PermissionError", "wanted": "a readable file"}
        room.commit("g", [room.sign("a", "g", receipt.files, {**receipt.counts, "faults": [fault]})], 1.5)
    execute(plan_report(run), run)
    after = json.loads(told.read_text("utf-8"))
    seen = {"recipe": "title", "settings": "settings", "faults": "headline"}[change]
    assert (before[seen], after[seen]) in (
        ("Small corpus", "Other words"),
        ([["tagger", "none"], ["tokenizer", "clip-bpe"]], [["tagger", "none"], ["tokenizer", "qwen2.5"]]),
        (before["headline"], {**before["headline"], "fault_count": 1}),
    )


def test_verdicts_that_a_killed_report_of_another_recipe_wrote_over_are_written_again(tmp_path: Path) -> None:
    run = made(tmp_path)
    execute(plan_report(run), run)
    before = final(tmp_path / "out")
    other = made(tmp_path, counted=7, recipe="s")  # ends before it has told of itself
    with pytest.raises(AccountError):
        execute(dataclasses.replace(plan_report(other), finish=_end), other)
    path = next((tmp_path / "out/verdicts").glob("*.parquet"))
    path.write_bytes(bytes(path.stat().st_size))
    run = made(tmp_path)
    execute(plan_report(run), run)
    assert final(tmp_path / "out") == before


def _end(receipts: object) -> None:
    raise AccountError("killed here")


def test_an_account_that_does_not_close_fails_the_run_and_the_page_says_so(tmp_path: Path) -> None:
    run = made(tmp_path, counted=7)
    with pytest.raises(AccountError, match="a: 7 inputs, but 1 kept \\+ 5 rejected = 6"):
        execute(plan_report(run), run)
    assert "The account does not close." in (tmp_path / "out/report/index.html").read_text("utf-8")
    assert run.decisions("report").index() is None


def test_report_is_written_again_from_out_alone_even_where_an_image_is_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = made(tmp_path)
    execute(plan_report(run), run)
    before = (tmp_path / "out/report/figures.json").read_text("utf-8")
    (tmp_path / "out/report/index.html").unlink()
    assert print_report(str(tmp_path / "out"), None) == 0
    assert capsys.readouterr().out == summarise(run) + "\n"
    assert (tmp_path / "out/report/figures.json").read_text("utf-8") == before
    (tmp_path / "data/3.png").unlink()
    assert print_report(str(tmp_path / "out"), "r") == 0
    assert (tmp_path / "out/report/index.html").read_text("utf-8").count("data:image/webp;base64,") == 1


def test_no_report_is_written_of_tables_that_another_version_made(tmp_path: Path) -> None:
    run = made(tmp_path)
    execute(plan_report(run), run)
    path = tmp_path / "out/run.json"
    told = json.loads(path.read_text())
    told["recipes"]["r"]["made_by"] = {"versions": {"screen": screen.VERSION, "match": match.VERSION - 1, "gone": 1}}
    path.write_text(json.dumps(told))
    with pytest.raises(Changed) as caught:
        print_report(run.out, "r")
    assert str(caught.value) == (
        f"{run.out}: made by another version of the program (match {match.VERSION - 1}, here {match.VERSION}; gone 1, here none); "
        "'corpus' with the same arguments makes it anew"
    )


def test_no_report_is_written_over_the_verdicts_of_another_recipe_or_beside_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    run = made(tmp_path)
    execute(plan_report(run), run)
    with locked(out), pytest.raises(Locked):
        print_report(out, "r")
    for path in Path(out, "verdicts").glob("*.parquet"):
        path.write_bytes(path.read_bytes()[::-1])
    capsys.readouterr()
    assert print_report(out, "r") == 2
    assert capsys.readouterr().err == f"error: {out}/verdicts are those of another run; 'corpus --corpus r' writes them again\n"
