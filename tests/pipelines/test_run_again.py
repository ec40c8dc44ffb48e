"""What a run does again when data, recipe or OUT have changed since the last one, and that it ends where a fresh run would"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.pipelines.small_data import encoded, picture, write_small
from tests.pipelines.whole_run import Place, account_closes, corpus, digests, fates, index_of, shipped, times, verdicts

SHIPPED = Path(__file__).parents[2] / "manifests" / "corpora"
FACTS = ("ingest", "inspect")
RECIPE = """\
id: mine
title: Two corpora and one that nothing fits
limits: {min_tokens: 3}
corpora:
  - {name: pictures, tasks: [caption, vqa], balance: {mode: strict}}
  - {name: words, tasks: [qa]}
  - {name: nothing, tasks: [dialogue]}
"""
RIVAL = """\
id: rival
title: Another recipe with a corpus of the same name
corpora:
  - {name: medical, tasks: [qa]}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished run over data that nobody may write to; do not change it."""
    place = Place(tmp_path_factory.mktemp("made"))
    write_small(place.folder)
    before = times(place.data())
    closed = [place.data(), *place.data().rglob("*")]
    for path in closed:
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert place.run().status == 0
    for path in closed:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert times(place.data()) == before
    return place


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    """A copy of the finished run, with the times of its files."""
    shutil.copytree(made.folder, tmp_path / "copy")
    return Place(tmp_path / "copy")


def changed(before: dict[str, int], after: dict[str, int], stages: tuple[str, ...] = FACTS) -> set[str]:
    """Receipts of these stages that were written since."""
    return {path for path, moment in after.items() if path.startswith(stages) and before.get(path) != moment}


def test_a_run_that_was_moved_is_as_before(place: Place, made: Place) -> None:
    ran = place.run()
    assert (ran.status, digests(place.out)) == (0, digests(made.out))
    assert {"ingest   as before", "inspect  as before", "balance  as before"} <= set(ran.told.splitlines())


def test_a_limit_reads_so_many_rows_of_each_table_and_the_rest_later(place: Place, made: Place) -> None:
    assert place.run("--limit", "3", out="limited").status == 0
    limited = place.folder / "limited"
    assert set(verdicts(limited)) == {f"small_{name}" for name in (
        "captions/0", "captions/1", "captions/2", "questions/0", "questions/1", "questions/2", "texts/t0", "texts/t1", "texts/t2"
    )}  # fmt: skip
    assert account_closes(limited)
    assert place.run(out="limited").status == 0
    assert digests(limited) == digests(made.out)


def test_one_source_alone_and_then_all(place: Place, made: Place) -> None:
    before = place.receipts()
    assert place.run("--sources", "small_texts").status == 0
    assert Counter(verdict.source for verdict in verdicts(place.out).values()) == {"small_texts": 14}
    assert {row["source"] for row in shipped(place.out, "medical")} == {"small_texts"}
    assert place.run().status == 0
    assert digests(place.out) == digests(made.out)
    assert changed(before, place.receipts()) == set()  # the facts of the others were spared


def test_a_new_source_is_all_that_is_read(place: Place, made: Place) -> None:
    shutil.move(place.data("small_texts"), place.folder / "aside")
    assert place.run().status == 0
    assert {verdict.source for verdict in verdicts(place.out).values()} == {"small_captions", "small_questions"}
    before = place.receipts()
    shutil.move(place.folder / "aside", place.data("small_texts"))
    assert place.run().status == 0
    assert changed(before, place.receipts(), (*FACTS, "screen", "tag")) == {
        "ingest/parts/small_texts.json", "screen/default/parts/small_texts-0000.json", "tag/default/parts/small_texts-0000.json"
    }  # fmt: skip
    assert digests(place.out) == digests(made.out)


def test_a_changed_image_is_inspected_again_with_its_part_alone(place: Place) -> None:
    before = place.receipts()
    place.data("small_captions", "images", "20.jpeg").write_bytes(encoded(picture(999), "JPEG"))
    assert place.run().status == 0
    assert changed(before, place.receipts()) == {"ingest/parts/small_captions.json", "inspect/parts/small_captions-0000.json"}
    assert digests(place.out) == place.fresh()


def test_an_image_that_changed_but_kept_its_time_is_not_shipped_as_another(place: Place) -> None:
    image = place.data("small_captions", "images", "20.jpeg")
    status, content = image.stat(), image.read_bytes()
    image.write_bytes(content[:-30] + bytes([content[-30] ^ 1]) + content[-29:])
    os.utime(image, ns=(status.st_atime_ns, status.st_mtime_ns))
    shutil.rmtree(place.out / "corpora")
    ran = place.run()
    last = ran.told.splitlines()[-1]
    assert (ran.status, last.startswith("failed: small_captions: images/20.jpeg: ")) == (1, True)
    assert "run again, with --hash-inputs if it kept its time" in last
    assert digests(place.out) == {}
    assert place.run("--hash-inputs").status == 0
    assert digests(place.out) == place.fresh()


def test_a_removed_image_is_missing_until_it_is_back(place: Place, made: Place) -> None:
    image = place.data("small_captions", "images", "20.jpeg")
    image.rename(place.folder / "aside.jpeg")
    assert place.run().status == 0
    assert fates(place.out)["small_captions/20"] == ("ingest", "image_missing")
    assert digests(place.out) == place.fresh()
    (place.folder / "aside.jpeg").rename(image)
    assert place.run().status == 0
    assert digests(place.out) == digests(made.out)


def test_a_file_that_was_only_touched_changes_nothing_that_is_decided(place: Place, made: Place) -> None:
    os.utime(place.data("small_captions", "images", "20.jpeg"))
    ran = place.run()
    assert [line for line in ran.told.splitlines() if line.startswith(("screen", "match", "balance", "emit"))] == [
        f"{stage:<8} as before" for stage in ("screen", "match", "balance", "emit")
    ]
    assert digests(place.out) == digests(made.out)


def test_another_recipe_reuses_the_facts_and_makes_its_own_corpora(place: Place, made: Place) -> None:
    (place.folder / "mine.yaml").write_text(RECIPE, encoding="utf-8")
    before = times(place.out / "stages" / "ingest") | times(place.out / "stages" / "inspect")
    ran = place.run("--corpus", place.folder / "mine.yaml")
    assert (ran.status, ran.told.splitlines()[1:3]) == (0, ["ingest   as before", "inspect  as before"])
    assert times(place.out / "stages" / "ingest") | times(place.out / "stages" / "inspect") == before
    assert sorted(digests(place.out)) == ["medical", "nothing", "pictures", "words"]
    assert digests(place.out)["medical"] == digests(made.out)["medical"]
    assert (index_of(place.out, "nothing")["rows"], digests(place.out)["nothing"]) == (0, {})
    assert {row["task"] for row in shipped(place.out, "words")} == {"qa"}
    assert {row["task"] for row in shipped(place.out, "pictures")} == {"caption", "vqa"}
    kept = {id for id, fate in fates(place.out).items() if not fate[0]}
    assert kept == {row["id"] for name in ("words", "pictures") for row in shipped(place.out, name)}
    assert fates(place.out)["small_captions/11"] != ("screen", "caption_too_short")  # three words are enough for this recipe
    (place.folder / "mine.yaml").write_text(RECIPE.replace("  - {name: words, tasks: [qa]}\n", ""), encoding="utf-8")
    assert place.run("--corpus", place.folder / "mine.yaml").status == 0
    assert sorted(digests(place.out)) == ["medical", "nothing", "pictures"]  # what a recipe makes no more goes; others' stay


def test_lingshus_recipe_cuts_nothing_for_balance(place: Place) -> None:
    recipe = yaml.safe_load((SHIPPED / "lingshu.yaml").read_text("utf-8"))
    whole = {"name": "whole", "balance": recipe["corpora"][0]["balance"]}  # of all that is there: it is none of Lingshu's sources
    (place.folder / "mine.yaml").write_text(yaml.safe_dump({**recipe, "id": "mine", "corpora": [whole], "mixtures": []}), encoding="utf-8")
    assert place.run("--corpus", place.folder / "mine.yaml").status == 0
    assert ("balance", "not_selected") not in fates(place.out).values()
    weights = {row["modality"]: row["weight"] for row in shipped(place.out, "whole")}
    assert weights["ct"] > weights["mri"] > weights["ultrasound"] > weights["pet"] > 0  # 18, 12, 8 and 3.3 % wanted; 4 or 5 are there


def test_two_recipes_that_claim_one_corpus_each_write_their_own_again(place: Place, made: Place) -> None:
    (place.folder / "rival.yaml").write_text(RIVAL, encoding="utf-8")
    assert place.run("--corpus", place.folder / "rival.yaml").status == 0
    assert {row["task"] for row in shipped(place.out, "medical")} == {"qa"}
    assert place.run().status == 0
    assert digests(place.out) == digests(made.out)
    assert sorted(path.name for path in (place.out / "corpora" / "medical").glob("*.parquet")) == sorted(digests(made.out)["medical"])


def test_what_is_lost_from_out_is_made_again(place: Place, made: Place) -> None:
    lost = [
        next((place.out / "stages" / "screen" / "default" / "samples").rglob("*.parquet")),
        next((place.out / "verdicts").glob("*.parquet")),
        place.out / "report" / "index.html",
        place.out / "corpora" / "medical" / "index.json",
    ]
    shard = place.out / "corpora" / "medical" / "train-00000-of-00001.parquet"
    shard.write_bytes(shard.read_bytes()[:-1])
    for path in lost:
        path.unlink()
    assert place.run().status == 0
    assert all(path.is_file() for path in lost)
    assert digests(place.out) == digests(made.out)
    assert account_closes(place.out)


@pytest.mark.parametrize("path", ["run.json", "stages/ingest/index.json", "stages/match/default/parts/texts.json"])
def test_a_damaged_record_is_named_and_what_to_do(place: Place, path: str) -> None:
    (place.out / path).write_bytes(b"\0" * 100)
    ran = place.run()
    assert (ran.status, ran.told.splitlines()[-1]) == (2, f"error: {place.out / path}: no JSON; remove it and run again")


def test_other_buckets_need_another_out(place: Place) -> None:
    ran = place.run("--buckets", "16")
    assert (ran.status, "was begun with 8; leave it out, or give a new --out" in ran.told) == (2, True)


def test_names_of_folders_may_hold_what_shells_and_globs_take_for_their_own(place: Place, made: Place) -> None:
    data, out = place.folder / "data [a-z]*?\n%20'\"", place.folder / "out {x} [1]*\n#"
    place.data().rename(data)
    assert corpus(out, "--data", data, "--manifests", place.folder / "manifests").status == 0
    assert digests(out) == digests(made.out)
