"""published training and evaluation files -> the leaks between them, found by ingest and shield, counted again by other means"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curate.ingest.find import Listing
from curate.ingest.ingest import read_source
from curate.manifest import load_manifests
from curate.shield.rules import Rule, evaluation, overridden
from curate.shield.shield import shield
from pipelines.shield import benchmark_of
from schemas.arrow import to_table
from schemas.cluster import Leak, Member
from schemas.sample import Sample
from schemas.verdict import Verdict
from tests.pipelines.small_data import encoded, picture
from tests.pipelines.whole_run import corpus, verdicts
from tests.real import REAL

if REAL is None:
    pytest.skip("../shared/real is not here", allow_module_level=True)
ANNOTATIONS = REAL / "annotations"
MANIFESTS = {manifest.name: manifest for manifest in load_manifests(Path(__file__).parents[1] / "manifests")}
NO_CLUSTERS, NO_LEAKS = to_table([], Member), to_table([], Leak)  # no image is here: what joins is keys alone


def rows_of(name: str) -> Any:
    """A file as it is, opened by other means than the program's."""
    path = ANNOTATIONS / name
    return json.loads(path.read_text(encoding="utf-8")) if path.suffix == ".json" else list(csv.DictReader(path.open(encoding="utf-8")))


def samples(name: str, files: Mapping[str, str], images: Iterable[str] = ()) -> list[Sample]:
    """What a manifest gives whose `files` (as its publisher calls them -> as they lie here) are there, and its `images` by name alone."""
    listing = Listing(dict.fromkeys([*images, *files], (1, 1)))
    found = read_source(MANIFESTS[name], listing, lambda path: (ANNOTATIONS / files[path]).open("rb"), limit=None)
    return [item for item in found if isinstance(item, Sample)]


def refused(
    name: str, training: Iterable[Sample], rows: Iterable[Sample] = (), *, own_train: Rule | None = None, shipped: bool = True
) -> dict[str, Verdict]:
    """Verdicts of the shield on `training`, by id. Without `rows` the benchmark is not on disk. `shipped`: also by digests of keys."""
    benchmark = overridden(benchmark_of(MANIFESTS[f"{name}@benchmark"]), {name: {"own_train": own_train}} if own_train else {})
    against = evaluation([benchmark if shipped else replace(benchmark, known_keys=frozenset())], rows, NO_CLUSTERS, NO_LEAKS)
    return {verdict.id: verdict for verdict in shield(training, against)}


def key(sample: Sample, name: str) -> str:
    return next((key.value for key in sample.keys if key.name == name), "")


def question(sample: Sample) -> str:
    return sample.turns[0].text.removeprefix("<image>\n")


VQA_RAD = {"trainset.json": "vqa-rad/trainset.json", "testset.json": "vqa-rad/testset.json"}


@pytest.fixture(scope="module")
def radiology() -> tuple[list[Sample], list[Sample]]:
    """VQA-RAD: train rows and benchmark rows."""
    names = {row["image_name"] for name in VQA_RAD.values() for row in rows_of(name)}
    found = samples("vqa_rad", VQA_RAD, (f"VQA_RAD Image Folder/{name}" for name in names))
    return [sample for sample in found if sample.split == "train"], samples("vqa_rad@benchmark", VQA_RAD)


def test_all_test_images_of_vqa_rad_are_in_its_train_set(radiology: tuple[list[Sample], list[Sample]]) -> None:
    train, test = radiology
    by_image = refused("vqa_rad", train, test, own_train="image")
    assert (len(train), len(test), len(by_image)) == (3_064, 451, 1_912)
    assert {verdict.reason for verdict in by_image.values()} == {"shield_key"}
    assert len({key(sample, "synpic") for sample in train if sample.id in by_image}) == 203
    tested = {row["image_name"] for row in rows_of("vqa-rad/testset.json")}
    on_them = [row for row in rows_of("vqa-rad/trainset.json") if row["image_name"] in tested]
    assert {f"vqa_rad/{row['qid']}" for row in on_them} == set(by_image)


def test_of_vqa_rad_only_the_questions_asked_of_the_same_image_are_refused_unless_a_recipe_says_more(
    radiology: tuple[list[Sample], list[Sample]],
) -> None:
    train, test = radiology
    asked = refused("vqa_rad", train, test)
    assert len(asked) == 24  # 16 pairs but for case and punctuation
    assert {verdict.reason for verdict in asked.values()} == {"shield_image_question"}
    tested = {(key(sample, "synpic"), question(sample)) for sample in test}
    verbatim = [pair for sample in train if sample.id in asked and (pair := (key(sample, "synpic"), question(sample))) in tested]
    assert (len(verbatim), len(set(verbatim))) == (22, 14)
    pairs = [{(row["image_name"], row["question"].strip()) for row in rows_of(name)} for name in VQA_RAD.values()]
    assert len(pairs[0] & pairs[1]) == 14


def test_the_shipped_keys_shield_vqa_rad_where_it_is_not_on_disk(radiology: tuple[list[Sample], list[Sample]]) -> None:
    train, _ = radiology
    assert len(refused("vqa_rad", train, own_train="image")) == 1_912
    assert refused("vqa_rad", train) == {}  # a digest tells no question


def test_medpix_joins_vqa_med_to_vqa_rad_by_the_name_of_the_picture(radiology: tuple[list[Sample], list[Sample]]) -> None:
    train, test = radiology
    name = "VQAMed2019_Test_Questions_w_Ref_Answers.txt"
    lines = (ANNOTATIONS / "vqa-med-2019" / name).read_text(encoding="utf-8").splitlines()
    pictures = {line.partition("|")[0] for line in lines}
    med = samples("vqa_med_2019", {name: f"vqa-med-2019/{name}"}, (f"VQAMed2019_Test_Images/{picture}.jpg" for picture in pictures))
    assert (len(med), len(pictures)) == (500, 500)
    shared = {key(sample, "synpic") for sample in med} & {key(sample, "synpic") for sample in [*train, *test]}
    assert len(shared) == 4
    leaking = refused("vqa_rad", med, test)
    assert len(leaking) == len(refused("vqa_rad", med)) == 2
    assert {verdict.reason for verdict in leaking.values()} == {"shield_key"}
    every, tested = ({row["image_name"].partition(".")[0] for name in names for row in rows_of(name)}
                     for names in (VQA_RAD.values(), ["vqa-rad/testset.json"]))  # fmt: skip
    assert (len(pictures & every), len(pictures & tested)) == (4, 2)


SLAKE = {"train.json": "slake/train.json", "validate.json": "slake/validate.json"}
SLAKE_TEST = {f"test_{kind}.csv": f"slake/test_{kind}.csv" for kind in ("open", "close")}


def folders(rows: Iterable[Mapping[str, str]], language: str) -> set[str]:
    return {row["img_name"].partition("/")[0] for row in rows if row.get("q_lang", "en") == language}


@pytest.fixture(scope="module")
def slake() -> dict[str, list[Sample]]:
    """SLAKE by split; the test rows are the English ones."""
    names = {row["img_name"] for name in SLAKE.values() for row in rows_of(name)}
    found = samples("slake", SLAKE, (f"imgs/{name}" for name in names))
    by_split = {split: [sample for sample in found if sample.split == split] for split in ("train", "validation")}
    return {**by_split, "test": samples("slake@benchmark", SLAKE_TEST)}


def test_slake_is_apart_by_image_within_one_language_alone(slake: dict[str, list[Sample]]) -> None:
    english = {row["img_name"].partition("/")[0] for name in SLAKE_TEST.values() for row in rows_of(name)}
    assert (len(slake["test"]), len(english)) == (1_061, 96)
    for split, name, wanted in (("train", "train", 792), ("validation", "validate", 130)):
        on_them = [row for row in rows_of(f"slake/{name}.json") if row["img_name"].partition("/")[0] in english]
        assert {row["q_lang"] for row in on_them} == {"zh"}
        by_image = refused("slake", slake[split], slake["test"], own_train="image", shipped=False)
        assert {f"slake/{row['qid']}" for row in on_them} == set(by_image)
        assert len(by_image) == wanted


def test_the_chinese_test_images_of_slake_follow_from_the_other_files(slake: dict[str, list[Sample]]) -> None:
    """Both languages hold all 642 images, in 450, 96 and 96: what the Chinese files at hand do not show is the Chinese test part."""
    parts = [rows_of(name) for name in SLAKE.values()]
    english = [folders(rows_of(name), "en") for name in SLAKE_TEST.values()]
    tested = set().union(*english)
    chinese = set().union(tested, *(folders(rows, "en") for rows in parts)) - set().union(*(folders(rows, "zh") for rows in parts))
    assert (len(tested), len(chinese), len(tested | chinese)) == (96, 96, 180)
    for split, rows, wanted in zip(("train", "validation"), parts, (1_546, 282)):
        on_them = {f"slake/{row['qid']}" for row in rows if row["img_name"].partition("/")[0] in tested | chinese}
        by_image = refused("slake", slake[split], own_train="image")
        assert set(by_image) == on_them - {f"slake/{row['qid']}" for row in rows if not row["answer"].strip()}
        assert len(on_them) == wanted
    train = refused("slake", slake["train"], own_train="image")
    assert len({key(sample, "slake_image") for sample in slake["train"] if sample.id in train}) == 142


def test_of_slake_nothing_is_refused_by_question_in_the_other_language(slake: dict[str, list[Sample]]) -> None:
    assert refused("slake", slake["train"], slake["test"]) == {}


REPORTS = {f"indiana_{kind}.csv": f"iu-xray/indiana_{kind}.csv" for kind in ("reports", "projections")}


@pytest.fixture(scope="module")
def reports() -> tuple[list[Sample], list[Sample]]:
    """IU X-ray: the reports of the CSV variant, and the benchmark's."""
    images = (f"images/images_normalized/{row['filename']}" for row in rows_of("iu-xray/indiana_projections.csv"))
    return samples("iu_xray", REPORTS, images), samples("iu_xray@benchmark", {"test.json": "iu-xray/medevalkit_test.json"})


def test_a_test_report_of_iu_xray_is_known_by_its_number(reports: tuple[list[Sample], list[Sample]]) -> None:
    training, test = reports
    numbers = {row["id"].removeprefix("open_i_") for row in rows_of("iu-xray/medevalkit_test.json")}
    assert len(test) == len(numbers) == 296
    for leaking in (refused("iu_xray", training, test), refused("iu_xray", training)):
        assert {verdict.reason for verdict in leaking.values()} == {"shield_key"}
        assert {key(sample, "cxr_report") for sample in training if sample.id in leaking} == {f"CXR{number}" for number in numbers}
        assert len(leaking) == 296


def test_rad_restruct_leaks_through_the_rest_of_iu_xray(reports: tuple[list[Sample], list[Sample]]) -> None:
    """Its own rows are not here; the numbers of its 360 test reports are, as digests."""
    training, test = reports
    rad, own = (MANIFESTS[f"{name}@benchmark"].known_keys for name in ("rad_restruct", "iu_xray"))
    assert (len(rad), len(own), len(rad & own), len(rad - own)) == (360, 296, 32, 328)
    assert {digest(f"CXR{row['id'].removeprefix('open_i_')}") for row in rows_of("iu-xray/medevalkit_test.json")} == own
    listed = [row for row in rows_of("iu-xray/indiana_reports.csv") if digest(f"CXR{row['uid']}") in rad]
    written = {f"iu_xray/CXR{row['uid']}" for row in listed if row["findings"].strip() or row["impression"].strip()}
    leaking = set(refused("rad_restruct", training))
    assert (len(listed), len(leaking)) == (360, 359)  # one has neither findings nor impression
    assert leaking == written
    by_iu_xray = set(refused("iu_xray", training, test))
    assert (len(leaking & by_iu_xray), len(leaking - by_iu_xray)) == (32, 327)


def digest(report: str) -> str:
    """What ships of a report's number, made by hand."""
    return hashlib.sha256(f"cxr_report:{report}".encode()).hexdigest()[:32]


PUBMEDQA = {"ori_pqal.json": "pubmedqa/ori_pqal.json"}
TRUTH = {"test_ground_truth.json": "pubmedqa/test_ground_truth.json"}


def test_without_their_ids_the_test_questions_of_pubmedqa_are_known_by_their_words() -> None:
    """The labelled file alone, as re-hosts have it: nothing says which rows are test, and the questions stand below their abstracts."""
    training = [replace(sample, keys=()) for sample in samples("pubmedqa", PUBMEDQA)]
    test = samples("pubmedqa@benchmark", PUBMEDQA | TRUTH)
    asked = refused("pubmedqa", training, test)
    assert (len(training), len(test), len(asked)) == (1_000, 500, 500)
    assert {verdict.reason for verdict in asked.values()} == {"shield_question"}
    assert {id.removeprefix("pubmedqa/") for id in asked} == set(rows_of("pubmedqa/test_ground_truth.json"))
    assert {verdict.winner.partition("/")[2] for verdict in asked.values()} == set(rows_of("pubmedqa/test_ground_truth.json"))
    assert refused("pubmedqa", training) == {}  # digests of ids are no use where there are none


def test_questions_of_pubmedqas_test_set_are_in_the_development_set_of_apollo() -> None:
    """Another project's file, with a context above and options below."""
    truth, asking = rows_of("pubmedqa/test_ground_truth.json"), rows_of("pubmedqa/ori_pqal.json")
    development = samples("apollo_corpus", {"dev-en.json": "apollo/dev-en.json"})
    leaking = refused("pubmedqa", development, samples("pubmedqa@benchmark", PUBMEDQA | TRUTH))
    tested = {asking[pmid]["QUESTION"] for pmid in truth}
    by_hand = [number for number, row in enumerate(rows_of("apollo/dev-en.json")) if row["question"] in tested]
    assert set(leaking) == {f"apollo_corpus/development/en/{number}" for number in by_hand}
    assert len(by_hand) == 26


COPIES = """\
id: copies
title: Pictures of another collection
license: CC0-1.0
commercial: yes
layouts:
  - name: lines
    if: [captions.jsonl]
    tables:
      - name: captions
        files: [captions.jsonl]
        format: jsonl
        task: caption
        row: "{n}"
        image: "{n}.jpg"
        turns: [{user: {prompt: caption}}, {assistant: "{caption}"}]
"""
RECIPE = """\
id: {id}
title: As published
limits: {{min_tokens: 1}}
matching: {{phash_distance: 0}}
shield: {{vqa_rad: {{own_train: "{own_train}"}}}}
corpora: [{{name: medical}}]
"""


def collections(folder: Path) -> tuple[set[str], int]:
    """DIR/data: VQA-RAD with drawn pictures under their own names, and another collection that holds its test pictures scaled and coded
    anew, among as many others. Gives the names of the test pictures, and how many the other collection holds."""
    rows = {name: rows_of(file) for name, file in VQA_RAD.items()}
    names = sorted({row["image_name"] for found in rows.values() for row in found})
    tested = {row["image_name"] for row in rows["testset.json"]}
    rad, copies = folder / "data/vqa_rad", folder / "data/copies"
    (rad / "VQA_RAD Image Folder").mkdir(parents=True)
    copies.mkdir(parents=True)
    for name, file in VQA_RAD.items():
        (rad / name).write_bytes((ANNOTATIONS / file).read_bytes())
    lines = []
    for number, name in enumerate(names):
        drawn = picture(number, 128)
        (rad / "VQA_RAD Image Folder" / name).write_bytes(encoded(drawn, "JPEG", quality=95))
        other = drawn if name in tested else picture(10_000 + number, 128)
        (copies / f"{number}.jpg").write_bytes(encoded(other.resize((96, 96)), "JPEG", quality=50))
        lines.append({"n": number, "caption": f"A picture that is called number {number}."})
    (copies / "captions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (folder / "manifests").mkdir()
    (folder / "manifests/copies.yaml").write_text(COPIES, encoding="utf-8")
    return tested, len(names)


@pytest.mark.slow
@pytest.mark.parametrize(("own_train", "wanted"), [("image+question", 24), ("image", 1_912)])
def test_a_whole_run_refuses_what_leaks_of_vqa_rad_and_every_copy_of_its_pictures(own_train: str, wanted: int, tmp_path: Path) -> None:
    """At distance 0, as published, a picture that was coded anew is no duplicate; the shield finds it all the same."""
    tested, held = collections(tmp_path)
    (tmp_path / "mine.yaml").write_text(RECIPE.format(id="mine", own_train=own_train), encoding="utf-8")
    ran = corpus(tmp_path / "out", "--data", tmp_path / "data", "--manifests", tmp_path / "manifests", "--corpus", tmp_path / "mine.yaml")
    assert ran.status == 0, ran.told
    refusals = [verdict for verdict in verdicts(tmp_path / "out").values() if verdict.stage == "shield"]
    of_rad = [verdict for verdict in refusals if verdict.source == "vqa_rad"]
    assert len(of_rad) == wanted
    assert {verdict.reason for verdict in of_rad} == {"shield_key" if own_train == "image" else "shield_image_question"}
    of_copies = [verdict for verdict in refusals if verdict.source == "copies"]
    assert (len(of_copies), held, len(tested)) == (203, 314, 203)
    assert {verdict.reason for verdict in of_copies} <= {"shield_near_image", "shield_image"}
    assert {verdict.winner.partition("/")[0] for verdict in of_copies} == {"vqa_rad@benchmark"}
