"""why, plan, report and doctor on the sample corpus: what they tell, and how they end"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.pipelines.whole_run import run, times

SHARD = "corpora/medical/train-00000-of-00001.parquet"


def why(out: Path, id: str) -> list[str]:
    told = run("why", id, "--out", out)
    assert (told.status, told.told) == (0, "")
    return told.said.replace(str(out), "OUT").splitlines()


def test_why_tells_of_a_kept_sample_from_its_row_to_its_shard_and_row(sample_out: Path) -> None:
    lines = why(sample_out, "slake/900160")
    assert lines[0] == "slake/900160: a vqa sample of slake"
    assert lines[1].startswith("  ingest   Row 36 (from 0) of its source, in table 'train'; published split 'train'; ")
    assert lines[5] == "  inspect  Image 1 is slake/imgs/xmlab9007/source.jpg."
    assert lines[6].startswith("           Decoded from jpeg: 512 x 512 pixels, L, 8 bits, pHash ")
    stages = [line[:10].split()[0] for line in lines[1:] if line[:10].strip()]
    assert stages == ["ingest", "inspect", "screen", "match", "shield", "dedup", "tag", "balance", "=>"]
    row = re.fullmatch(rf"=> kept: row (\d+) \(from 0\) of OUT/{SHARD}", lines[-1])
    assert row
    assert pq.read_table(sample_out / SHARD, columns=["id"])["id"][int(row[1])].as_py() == "slake/900160"


def test_why_tells_of_a_duplicate_and_its_winner_of_each_other(sample_out: Path) -> None:
    lines = why(sample_out, "roco/ROCO_90101")
    place = lines.index("  dedup    Rejected, duplicate_image: A better sample with the same images stays in its place (bytes).")
    assert lines[place + 1].startswith("           In its place stays roco/ROCO_90001, which ships in medical: ")
    assert lines[-1] == "=> rejected by dedup: duplicate_image"
    winner = why(sample_out, "roco/ROCO_90001")
    assert winner[-1].endswith(SHARD)
    assert any(line.endswith(" gave way to it: roco/ROCO_90101.") for line in winner)


def test_why_tells_which_row_of_an_evaluation_set_a_shielded_sample_touches(sample_out: Path) -> None:
    lines = why(sample_out, "roco/ROCO_90109")
    rejected = "Rejected, shield_image: One of its images is in an evaluation set (vqa_rad: phash 0, similarity 0.915)."
    place = lines.index(f"  shield   {rejected}")
    assert lines[place + 1] == "           It touches vqa_rad@benchmark/900110, a row of an evaluation set."
    assert lines[-1] == "=> rejected by shield: shield_image"
    benchmark = why(sample_out, "vqa_rad@benchmark/900110")
    assert benchmark[0] == "vqa_rad@benchmark/900110: a row of the evaluation set vqa_rad"
    assert not any("would ship" in line or "Copies of" in line for line in benchmark), "nothing of an evaluation set ships"
    assert re.fullmatch(r"  shield   \d+ samples? (was|were) rejected because of it: .*roco/ROCO_90109.*\.", benchmark[-1])


def test_why_tells_of_an_image(sample_out: Path) -> None:
    lines = why(sample_out, "roco/data/train/radiology/images/ROCO_90102.jpg")
    assert lines[0] == "roco/data/train/radiology/images/ROCO_90102.jpg: an image of roco"
    assert lines[1].startswith("  ingest   Found at data/train/radiology/images/ROCO_90102.jpg, ")
    assert re.fullmatch(
        r"  inspect  Refused, truncated: The image file ends before its pixels do \(jpeg, \d+ bytes: no end mark\)\.", lines[2]
    )
    assert lines[-1] == "           roco/ROCO_90102, which was rejected by screen: image_rejected"
    copy = why(sample_out, "roco/data/train/radiology/images/ROCO_90101.jpg")
    assert copy[3].startswith("  match    It is the same file as roco/data/train/radiology/images/ROCO_90001.jpg (cluster ")


def test_why_tells_of_a_row_that_gave_no_sample(sample_out: Path) -> None:
    assert why(sample_out, "sample_figures/pmc_oa.jsonl:3") == [
        "sample_figures/pmc_oa.jsonl:3: a row of sample_figures",
        "  ingest   Rejected, row_broken: The row cannot be read as its format says (no JSON at character 46 of 73).",
        "           sample_figures: pmc_oa.jsonl, table 'figures': row_broken: found no JSON at character 46 of 73, "
        "in 1 of 24 rows, first in row 3, wanted a row of the format that the manifest names.",
        "=> rejected by ingest: row_broken",
    ]


@pytest.mark.parametrize(
    ("id", "near"),
    [
        ("roco/ROCO_9010", "; near it: roco/ROCO_90110, "),
        ("roko/ROCO_90101", "; sources here: alpacare, drawn_dermoscopy, "),
        ("../../etc/passwd", "; sources here: alpacare, "),
    ],
)
def test_why_answers_an_unknown_id_with_what_is_near(sample_out: Path, id: str, near: str) -> None:
    told = run("why", id, "--out", sample_out)
    assert (told.status, told.said) == (2, "")
    assert told.told.startswith(f"error: {id}: no sample and no image of that id in {sample_out}")
    assert near in told.told


def test_why_and_report_need_a_run(tmp_path: Path) -> None:
    for command in (("why", "a/1"), ("report",)):
        told = run(*command, "--out", tmp_path)
        assert (told.status, told.told) == (2, f"error: {tmp_path}: no run.json; 'make corpus' writes it\n")


def test_plan_tells_what_is_there_what_is_not_and_what_nothing_claims_and_writes_nothing(sample_out: Path) -> None:
    before = times(sample_out)
    sample = Path(__file__).parents[2] / "manifests" / "sample"
    plan = run("plan", "--data", sample_out / "sample-data", "--manifests", sample, "--out", sample_out)
    lines = plan.said.splitlines()
    assert (plan.status, times(sample_out)) == (0, before)
    assert lines[4].startswith("FOUND (22 of ")
    place = next(number for number, line in enumerate(lines) if line.startswith("  pathvqa "))
    assert re.fullmatch(r"  pathvqa +9 files +0\.1 MB   MIT, open, commercial use: ask", lines[place])
    assert lines[place + 1].endswith("/sample-data/pathvqa (original pickles)")
    assert lines[place + 2].split(maxsplit=2) == ["train", "vqa", "1 file, 24 rows of 19,755 published"]
    assert lines[place + 3].split(maxsplit=2) == ["validation", "vqa", "not there: **/qas/val/val_qa.pkl"]
    missing = lines.index("NOT FOUND (folder names under --data; case, '-' and '_' alike; archives may stay packed)")
    assert any(line.startswith("  mhsma ") for line in lines[missing:])
    assert not any(line.split()[:1] in (["get"], ["folder"]) for line in lines[missing:])
    assert lines[lines.index("CLAIMED BY NO MANIFEST") + 1] == f"  {sample_out / 'sample-data'}/holiday_notes"
    commercial = next(line for line in lines if line.startswith("  commercial "))
    assert "alpacare" in commercial
    assert "slake" not in commercial
    assert re.search(r"\n  disk: up to [\d.]+ GB in .*, [\d,]+ GB free\n", plan.said)


def test_plan_says_of_a_folder_that_fits_no_layout_what_was_wanted(tmp_path: Path) -> None:
    (tmp_path / "data" / "SLAKE").mkdir(parents=True)
    (tmp_path / "data" / "SLAKE" / "notes.txt").touch()
    plan = run("plan", "--data", tmp_path / "data", "--out", tmp_path / "out")
    assert plan.status == 3
    assert "\nFOUND (1 of " in plan.said
    assert "no layout fits its 1 file; wanted " in plan.said
    assert not (tmp_path / "out").exists()


def shopping(lines: list[str]) -> int:
    return sum(line.split()[:1] == ["get"] for line in lines)


def test_plan_tells_of_what_is_not_found_a_line_each_or_all_of_it_if_asked_or_if_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "data" / "slake").mkdir(parents=True)
    short, whole = (run("plan", "--data", tmp_path / "data", *flags).said.splitlines() for flags in ((), ("--missing",)))
    line = "  fitzpatrick17k           Fitzpatrick17k: clinical photographs of skin conditions (16,577 rows)"
    assert (line in short, line in whole, shopping(short)) == (True, False, 0)
    asked = run("plan", "--data", tmp_path / "data", "--sources", "slake,fitzpatrick17k").said.splitlines()
    assert shopping(asked) == 1
    (tmp_path / "data" / "slake").rmdir()
    nothing = run("plan", "--data", tmp_path / "data").said.splitlines()
    assert shopping(nothing) == shopping(whole) + 1 > 50


def test_plan_without_data_lists_what_could_be_there(tmp_path: Path) -> None:
    plan = run("plan", "--out", tmp_path / "out")
    assert plan.status == 0
    assert plan.said.splitlines()[:2] == ["recipe default: Balanced medical corpus", "data   none named: this is what could be there"]
    assert not (tmp_path / "out").exists()


def test_report_is_written_again_and_ends_with_the_same_summary(sample_out: Path) -> None:
    page = sample_out / "report" / "index.html"
    page.unlink()
    told = run("report", "--out", sample_out)
    assert told.status == 0
    assert re.search(r"663 inputs\n +568 kept", told.said)
    assert not (sample_out / "tmp").exists()
    assert "The account closes" in page.read_text(encoding="utf-8")


def test_diff_of_a_run_and_its_copy_is_equal_and_knows_what_made_both(sample_out: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(sample_out, copy, ignore=shutil.ignore_patterns("sample-data", "packs"))
    told = run("diff", sample_out, copy)
    lines = told.said.splitlines()
    assert (told.status, lines[-1]) == (0, "=> equal: the same samples, verdicts and rows")
    assert "Nothing differs in what the two runs were asked for" in lines
    assert not any("not known of one of them" in line for line in lines)
    made = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    made["recipes"]["default"]["made_by"]["versions"]["tag"] += 1
    (copy / "run.json").write_text(json.dumps(made), encoding="utf-8")
    version = made["recipes"]["default"]["made_by"]["versions"]["tag"]
    assert f"  version tag: {version - 1} -> {version}" in run("diff", sample_out, copy).said.splitlines()


def test_doctor_looks_at_every_part_of_the_machine() -> None:
    told = run("doctor")
    lines = told.said.splitlines()
    names = [line[9:26].strip() for line in lines if line[:8].strip() in ("ok", "hint", "missing")]
    assert told.status == 0
    assert {"Python", "apache-beam", "torch", "cores", "memory", "GPU", "BiomedCLIP", "tokenizer", "disk", "engine"} <= set(names)
    assert [line for line in lines if line.startswith("missing")] == []
