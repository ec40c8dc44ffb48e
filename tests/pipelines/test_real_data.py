"""Real annotations as their publishers laid them out, and real images by a manifest of one's own: whole runs"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from schemas.modality import TWELVE
from tests.pipelines.whole_run import Ran, account_closes, corpus, fates, ingested, run, shipped, verdicts
from tests.real import REAL, labelled_images

if REAL is None:
    pytest.skip("../shared/real is not here", allow_module_level=True)
ANNOTATIONS, MODALITY = REAL / "annotations", REAL / "modality"

PUBLISHED = {  # file as it lies here, flattened -> where its publisher has it
    **{
        f"roco/test-radiology-{name}.txt": f"roco/data/test/radiology/{name}.txt"
        for name in ("captions", "licences", "keywords", "cuis", "semtypes", "dlinks")
    },
    "roco/test-non-radiology-captions.txt": "roco/data/test/non-radiology/captions.txt",
    "llava-med/llava_med_eval_qa50_qa.jsonl": "llava-med/data/eval/llava_med_eval_qa50_qa.jsonl",
    "llava-med/llava_med_alignment_500k.json.lfs-pointer": "llava-med/data/alignment/llava_med_alignment_500k.json",
    "llava-med/llava_med_instruct_10k.json.lfs-pointer": "llava-med/data/instruct/llava_med_instruct_10k.json",
}
POINTER = "lfs_pointer: found a git-lfs pointer, not the data, wanted the data: run git lfs pull"
OURS = {"figure1_covid": "covid-chestxray", "hannover_covid": "covid-chestxray", "genmedgpt": "chatdoctor"}  # of tests/manifests -> folder
INPUTS = {  # source -> table -> rows of the files that lie here (INDEX.md); of grouped boxes, their images
    "alpacare": {"instructions": 0, "test": 216, "seeds": 167},
    "apollo_corpus": {"development": 853},
    "bccd": {"boxes": 120},
    "biomedica": {"kinds": 217},
    "busi_captions": {"captions": 780},
    "covid_chestxray": {"images": 279},
    "figure1_covid": {"films": 55},
    "fitzpatrick17k": {"images": 6_000},
    "genmedgpt": {"dialogues": 1_500, "diseases": 796},
    "hannover_covid": {"films": 243},
    "healthcaremagic": {"dialogues": 0, "genmedgpt": 1_500, "diseases": 796},
    "isic_archive": {"images": 100},
    "iu_xray": {"csv": 3_851},
    "kvasir_vqa": {"reworded": 8_000},
    "llava_med": {"alignment": 0, "instruct_10k": 0, "instruct_60k": 0, "instruct_60k_inline_mention": 0, "fig_captions": 0, "eval": 193},
    "medical_o1_verifiable": {"problems": 198},
    "medicat": {"figures": 10},
    "medquad": {"documents": 776},
    "mhsma": {"cells": 300},
    "nih_chestxray14": {"images": 112_120, "boxes": 880},
    "pathvqa": {"pairs": 5_429, "sentences": 6_439},
    "publaynet": {"pages": 20},
    "pubmedqa": {"labelled": 1_000, "artificial": 0, "unlabelled": 0},
    "pubtabnet": {"tables": 20},
    "roco": {"radiology": 8_179, "non-radiology": 612},
    "slake": {"train": 9_835, "validation": 2_099, "test": 0},
    "vqa_med_2019": {"train": 0, "validation": 0, "test": 500},
    "vqa_rad": {"train": 3_064, "test": 451},
}
FATES = {
    ("alpacare", "ingest", "not_selected_by_manifest"): 167,  # the seeds have no answers
    ("alpacare", "screen", "split_excluded"): 216,
    ("apollo_corpus", "screen", "split_excluded"): 853,
    ("bccd", "ingest", "image_missing"): 120,
    ("biomedica", "", ""): 169,
    ("biomedica", "dedup", "duplicate_text"): 47,
    ("biomedica", "ingest", "duplicate_id"): 1,
    ("busi_captions", "ingest", "image_missing"): 780,
    ("covid_chestxray", "ingest", "image_missing"): 258,
    ("covid_chestxray", "ingest", "not_selected_by_manifest"): 21,  # volumes
    ("figure1_covid", "ingest", "image_missing"): 55,
    ("fitzpatrick17k", "ingest", "image_missing"): 5_994,
    ("fitzpatrick17k", "ingest", "not_selected_by_manifest"): 6,  # marked 'wrongly labelled' by the publisher
    ("genmedgpt", "", ""): 2_296,
    ("hannover_covid", "ingest", "image_missing"): 243,
    ("healthcaremagic", "ingest", "not_selected_by_manifest"): 2_296,  # other sets of its repository
    ("isic_archive", "ingest", "image_missing"): 100,
    ("iu_xray", "ingest", "image_missing"): 3_851,
    ("kvasir_vqa", "ingest", "image_missing"): 8_000,
    ("llava_med", "ingest", "image_missing"): 193,
    ("medical_o1_verifiable", "", ""): 198,
    ("medicat", "", ""): 9,
    ("medicat", "balance", "not_selected"): 1,
    ("medquad", "", ""): 552,
    ("medquad", "dedup", "duplicate_text"): 1,
    ("medquad", "ingest", "text_missing"): 223,
    ("mhsma", "screen", "split_excluded"): 300,
    ("nih_chestxray14", "ingest", "image_missing"): 113_000,
    ("pathvqa", "ingest", "image_missing"): 11_708,
    ("pathvqa", "ingest", "nothing_to_explode"): 160,  # images without a question
    ("publaynet", "ingest", "image_missing"): 20,
    ("pubmedqa", "", ""): 500,
    ("pubmedqa", "screen", "split_excluded"): 500,
    ("pubtabnet", "ingest", "image_missing"): 20,
    ("roco", "ingest", "image_missing"): 8_791,
    ("slake", "ingest", "image_missing"): 11_934,
    ("vqa_med_2019", "ingest", "image_missing"): 500,
    ("vqa_rad", "ingest", "image_missing"): 3_515,
}
TERMS = {  # of labels.csv, where what is said there is clear
    "CC BY 3.0": "CC-BY-3.0",
    "CC BY 3.0 (IBSI, from TCIA Soft-tissue-Sarcoma)": "CC-BY-3.0",
    "CC BY 4.0 (BreaKHis); repo Apache-2.0": "CC-BY-4.0",
    "CC BY 4.0 (Kermany OCT); repo has no licence": "CC-BY-4.0",
    "CC BY 4.0 (Kermany chest X-ray; via Kaggle)": "CC-BY-4.0",
    "CC BY 4.0 (TCIA Vestibular-Schwannoma-SEG); repo BSD-2-Clause": "CC-BY-4.0",
    "CC BY-NC 3.0 (IBSI-1 CT phantom)": "CC-BY-NC-3.0",
    "CC0 1.0 (repo licence; ISIC archive)": "CC0-1.0",
    "COVID-CT figures (CC BY preprints/PMC OA, per UCSD-AI4H/COVID-CT); repo has no licence": "CC-BY",
    "LC25000 (free use with citation, CC BY per arXiv page); repo has no licence": "CC-BY",
    "MIT (repo); EAD2019 CC BY-NC-SA": "CC-BY-NC-SA",
}


@pytest.fixture(scope="module")
def annotations(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    folder = tmp_path_factory.mktemp("annotations")
    data = folder / "data"
    data.mkdir()
    for source in ANNOTATIONS.iterdir():
        if source.is_dir() and source.name not in ("roco", "llava-med"):
            (data / source.name).symlink_to(source)
    for here, there in PUBLISHED.items():
        (data / there).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ANNOTATIONS / here, data / there)
    roots = [flag for name, place in OURS.items() for flag in ("--root", f"{name}={ANNOTATIONS / place}")]
    return folder / "out", corpus(folder / "out", "--data", data, "--manifests", Path(__file__).parents[1] / "manifests", *roots)


@pytest.mark.timeout(600)
def test_every_source_gives_the_rows_that_its_files_hold(annotations: tuple[Path, Ran]) -> None:
    out, _ = annotations
    counted = {name: counts for name, counts in ingested(out).items() if not name.endswith("@benchmark")}
    assert {name: {table["table"]: table["inputs"] for table in counts["tables"]} for name, counts in counted.items()} == INPUTS
    assert account_closes(out)
    assert {name: counts["samples"] for name, counts in ingested(out).items() if name.endswith("@benchmark")} == {
        "pubmedqa@benchmark": 500,
        "slake@benchmark": 1_061,
        "vqa_rad@benchmark": 451,
    }


def test_the_counts_are_those_of_another_reading(annotations: tuple[Path, Ran]) -> None:
    """The files are opened here by other means than the program's."""
    lines = {name: (ANNOTATIONS / name).read_text(encoding="utf-8").splitlines() for name in PUBLISHED if name.endswith("captions.txt")}
    assert sorted(map(len, lines.values())) == [612, 8_179]
    pairs = sum(path.read_text(encoding="utf-8").count("<QAPair ") for path in (ANNOTATIONS / "medquad").rglob("*.xml"))
    assert pairs == INPUTS["medquad"]["documents"]
    lists = {"vqa-rad/trainset.json": 3_064, "vqa-rad/testset.json": 451, "slake/train.json": 9_835, "slake/validate.json": 2_099,
             "pathvqa/QA_pairs_vb.json": 5_429, "pubmedqa/ori_pqal.json": 1_000}  # fmt: skip
    assert {name: len(json.loads((ANNOTATIONS / name).read_text(encoding="utf-8"))) for name in lists} == lists


def test_rows_without_their_image_are_missing_it_and_the_others_end_as_they_must(annotations: tuple[Path, Ran]) -> None:
    out, _ = annotations
    found = Counter((verdict.source, *fates_of) for verdict, fates_of in zip(verdicts(out).values(), fates(out).values()))
    assert found == FATES


def test_what_was_found_stands_beside_what_was_published(annotations: tuple[Path, Ran]) -> None:
    out, _ = annotations
    figures = json.loads((out / "report" / "figures.json").read_text(encoding="utf-8"))
    shown = {source["id"]: (source["found"], source["published"]) for source in figures["sources"]}
    assert {name: found for name, (found, _) in shown.items()} == {name: sum(tables.values()) for name, tables in INPUTS.items()}
    assert shown["vqa_rad"] == (3_515, 3_515)
    assert shown["slake"] == (11_934, 14_028)
    assert shown["nih_chestxray14"] == (113_000, 113_000)
    assert shown["roco"] == (8_791, 87_925)


def test_what_git_lfs_left_is_a_fault_that_says_what_to_do(annotations: tuple[Path, Ran]) -> None:
    _, ran = annotations
    assert ran.status == 3
    assert sorted(line for line in ran.told.splitlines() if line.startswith("incomplete: ")) == [
        f"incomplete: llava_med: data/alignment/llava_med_alignment_500k.json, table 'alignment': {POINTER}",
        f"incomplete: llava_med: data/instruct/llava_med_instruct_10k.json, table 'instruct_10k': {POINTER}",
    ]
    assert "no manifest claims this folder" not in ran.told


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    folder = tmp_path_factory.mktemp("pictures")
    ran = corpus(folder / "out", *labelled_images(folder))
    return folder / "out", ran


def labels() -> dict[str, dict[str, str]]:
    with (MODALITY / "labels.csv").open(encoding="utf-8", newline="") as file:
        return {f"real_modality/{row['file']}": row for row in csv.DictReader(file)}


def test_a_source_of_ones_own_is_one_file(pictures: tuple[Path, Ran]) -> None:
    out, ran = pictures
    assert (ran.status, account_closes(out), set(verdicts(out))) == (0, True, set(labels()))
    assert Counter(fates(out).values()) == {
        ("", ""): 549,
        ("screen", "image_rejected"): 32,
        ("balance", "not_selected"): 23,
        ("dedup", "duplicate_image"): 1,
    }


def test_the_one_pair_of_real_images_that_is_one_picture_is_found(pictures: tuple[Path, Ran]) -> None:
    """The same slice in two collections, once with wider margins. Looked at; so were the nine pairs next to it, which are not."""
    out, _ = pictures
    found = [(verdict.id, verdict.winner) for verdict in verdicts(out).values() if verdict.stage == "dedup"]
    assert found == [("real_modality/mri/brain-tumor-classification-d__image_246_.jpg", "real_modality/mri/brain-tumors__no_94.jpg")]
    (loser, winner) = found[0]
    assert f"looks like {loser}: pHash 2 bits apart, confirmed by its pixels, similarity 0.9646" in run("why", winner, "--out", out).said
    assert f"In its place stays {winner}, which ships in medical" in run("why", loser, "--out", out).said


def test_images_are_refused_for_what_the_labels_say_of_them(pictures: tuple[Path, Ran]) -> None:
    out, _ = pictures
    refused = {verdict.id: verdict.evidence for verdict in verdicts(out).values() if verdict.reason == "image_rejected"}
    small = {id for id, row in labels().items() if row["width"] and min(int(row["width"]), int(row["height"])) < 64}
    assert {id for id, evidence in refused.items() if ": image_too_small " in evidence} == small
    assert sorted(re.sub(r"^\S+: ", "", evidence) for id, evidence in refused.items() if id not in small) == [
        "no_such_frame no slice is named of 91",  # NIfTI volumes, where one slice of them is a picture
        "no_such_frame no slice is named of 91",
    ]


def test_modality_licence_and_label_are_those_of_the_table(pictures: tuple[Path, Ran]) -> None:
    out, _ = pictures
    rows = list(shipped(out, "medical"))
    table = labels()
    for row in rows:
        known = table[row["id"]]
        assert row["modality"] == ("other" if known["modality"] == "ocr" else known["modality"])
        assert (row["modality_by"], row["license"], row["labels"]) == (
            "declared",
            TERMS.get(known["licence"], known["licence"]),
            [known["label"]],
        )
        assert row["messages"][-1] == {"role": "assistant", "content": known["label"]}
    counts = Counter(row["modality"] for row in rows)
    assert set(counts) == {*TWELVE, "other"}
    assert counts["ct"] == 55  # 77 usable, cut to 1.25 times its share
    assert max(counts.values()) <= 1.25 * sum(counts[modality] for modality in TWELVE) / 12
