"""The sample corpus from end to end: its account, its traps, its shards, what they open in"""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from PIL import Image as Pillow

from curate.sample.encode import SECRET
from curate.sample.traps import TRAPS, Trap
from schemas.arrow import from_table
from schemas.image import Image
from schemas.modality import TWELVE
from schemas.sample import Sample
from tests.browser.chromium import CHROMIUM, browser, opened
from tests.browser.told import OVERFLOWING, OVERPRINTED, TABLES, UNDRAWN, UNREADABLE, unlike
from tests.pipelines.conftest import make_sample
from tests.pipelines.figures_by_sql import differences, figures_of
from tests.pipelines.whole_run import Ran, account_closes, fates, index_of, ingested, sha256, shipped, times, verdicts

FATES = {
    ("", ""): 568,
    ("ingest", "bad_encoding"): 1,
    ("ingest", "duplicate_id"): 1,
    ("ingest", "image_missing"): 1,
    ("ingest", "path_escapes"): 1,
    ("ingest", "row_broken"): 1,
    ("ingest", "text_missing"): 3,
    ("screen", "caption_too_long"): 1,
    ("screen", "caption_too_short"): 1,
    ("screen", "image_rejected"): 8,
    ("screen", "split_excluded"): 17,
    ("shield", "shield_image"): 4,
    ("shield", "shield_image_question"): 1,
    ("dedup", "duplicate_image"): 4,
    ("dedup", "duplicate_text"): 5,
    ("balance", "not_selected"): 46,
}
NO_WEB_FORMAT = ("bmp", "tiff", "dicom", "npy")


def samples(out: Path) -> list[Sample]:
    tables = [pq.read_table(path) for path in sorted((out / "stages" / "ingest" / "samples").rglob("*.parquet"))]
    return [sample for table in tables for sample in from_table(table, Sample)]


def seen(out: Path) -> dict[str, Image]:
    tables = [pq.read_table(path) for path in sorted((out / "stages" / "inspect" / "images").rglob("*.parquet"))]
    return {image.id: image for table in tables for image in from_table(table, Image)}


def test_the_run_is_complete_and_its_account_closes(sample_run: tuple[Path, Ran]) -> None:
    out, ran = sample_run
    assert ran.status == 0
    assert account_closes(out)
    assert len(ingested(out)) == 24  # 22 sources, two evaluation sets
    assert sum(counts["faults"] != [] for counts in ingested(out).values()) == 0


def test_every_input_has_the_fate_it_should(sample_out: Path) -> None:
    assert Counter(fates(sample_out).values()) == FATES


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_every_trap_ends_as_the_table_says(sample_out: Path, trap: Trap) -> None:
    verdict = verdicts(sample_out)[trap.id]
    if trap.stage:
        found = (verdict.decision, verdict.stage, verdict.reason, verdict.winner)
        assert found == ("rejected", trap.stage, trap.reason, trap.winner)
    else:
        assert verdict.decision == "kept" or verdict.stage == "balance"


def test_all_twelve_modalities_are_in_the_corpus(sample_out: Path) -> None:
    counts = Counter(row["modality"] for row in shipped(sample_out, "medical"))
    assert set(counts) == {*TWELVE, "text", "other"}
    assert min(counts[modality] for modality in TWELVE) >= 8


def test_the_summary_says_where_the_corpus_and_the_report_are(sample_run: tuple[Path, Ran]) -> None:
    out, ran = sample_run
    assert f"Corpus  {out}/corpora/medical\n" in ran.said
    assert f"Report  {out}/report/index.html\n" in ran.said
    assert re.search(r"663 inputs\n +568 kept +85.7 %\n +95 rejected\n", ran.said)
    assert ran.told.count("no manifest claims this folder") == 1
    stages = re.findall(r"^(\w+) .* in [\d.]+ s$", ran.told, re.MULTILINE)
    assert stages == ["ingest", "inspect", "screen", "match", "shield", "dedup", "tag", "balance", "emit", "report"]


def test_no_text_that_was_read_is_in_a_verdict_or_was_printed(sample_run: tuple[Path, Ran]) -> None:
    out, ran = sample_run
    texts = {turn.text for sample in samples(out) for turn in sample.turns if len(turn.text) >= 12}
    told = "\n".join([ran.said, ran.told, *(f"{verdict.evidence}\n{verdict.reason}" for verdict in verdicts(out).values())])
    assert len(texts) > 350
    assert [text for text in texts if text in told] == []
    assert SECRET not in told


def test_the_index_names_every_shard_with_its_digest_and_nothing_else_is_there(sample_out: Path) -> None:
    folder = sample_out / "corpora" / "medical"
    shards = index_of(sample_out, "medical")["shards"]
    assert {shard["name"]: shard["sha256"] for shard in shards} == {path.name: sha256(path) for path in folder.glob("*.parquet")}
    assert {path.name for path in folder.iterdir()} == {
        *(shard["name"] for shard in shards), "index.json", "README.md", "croissant.json", "ATTRIBUTION.md", "SHA256SUMS", "balance.svg"
    }  # fmt: skip
    assert (folder / "SHA256SUMS").read_text() == "".join(
        f"{sha256(path)}  {path.name}\n" for path in sorted(folder.iterdir()) if path.name not in ("SHA256SUMS", "index.json")
    )
    assert [shard["rows"] for shard in shards] == [pq.read_metadata(folder / shard["name"]).num_rows for shard in shards]
    assert [path.name for path in (sample_out / "corpora").iterdir()] == ["medical"]
    assert not (sample_out / "tmp").exists()


def test_what_a_picture_says_of_place_and_person_is_in_no_shard(sample_out: Path) -> None:
    trap = (sample_out / "sample-data" / "sample_figures" / "images" / "PMC9000105_Fig1_0.jpg").read_bytes()
    assert (trap.count(SECRET.encode()), b"Exif\0\0" in trap) == (2, True)
    for row in shipped(sample_out, "medical"):
        for image in row["images"]:
            assert SECRET.encode() not in image["bytes"]
            assert b"Exif\0\0" not in image["bytes"]
    for path in (sample_out / "corpora").rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()


def test_what_ships_has_the_pixels_of_its_original(sample_out: Path) -> None:
    shown, images, compared = {sample.id: sample for sample in samples(sample_out)}, seen(sample_out), Counter[str]()
    for row in shipped(sample_out, "medical"):
        sample = shown[row["id"]]
        assert len(row["images"]) == len(sample.images)
        for id, image, width, height in zip(sample.images, row["images"], row["widths"], row["heights"]):
            ships = Pillow.open(io.BytesIO(image["bytes"]))
            assert ships.size == (width, height)
            if images[id].format != "dicom" and images[id].bits <= 8:
                np.testing.assert_array_equal(np.asarray(ships.convert("RGB")), original(sample_out, id), err_msg=id)
                compared[images[id].format] += 1
    assert set(compared) == {"jpeg", "png", "gif", "webp", "bmp", "tiff", "npy"}
    assert sum(compared.values()) == 505


def original(out: Path, id: str) -> Any:
    """Pixels of an image where it was found, as RGB."""
    path, _, frame = id.partition("#")
    file = out / "sample-data" / path
    whole = Pillow.fromarray(np.load(file)[int(frame)]) if file.suffix == ".npy" else Pillow.open(file)
    return np.asarray(whole.convert("RGB"))


def test_what_is_no_web_format_ships_as_png_and_the_rest_as_it_was(sample_out: Path) -> None:
    for image in seen(sample_out).values():
        if image.reason is None:
            assert image.ship is not None
            is_rendered = image.format in NO_WEB_FORMAT or image.bits > 8
            assert (image.id, image.ship.root) == (image.id, "out" if is_rendered else "source")
            assert image.ship.format == ("png" if is_rendered else image.format)


def test_datasets_opens_it_with_pictures_and_chat_messages(sample_out: Path, tmp_path: Path) -> None:
    import datasets

    found = datasets.load_dataset(str(sample_out / "corpora" / "medical"), cache_dir=str(tmp_path))
    assert {name: len(split) for name, split in found.items()} == index_of(sample_out, "medical")["splits"]
    assert isinstance(found["train"].features["images"].feature, datasets.Image)
    for row in found["train"]:
        marks = [message["content"].count("<image>") for message in row["messages"]]
        assert (row["id"], sum(marks)) == (row["id"], len(row["images"]))
        assert all(isinstance(image, Pillow.Image) for image in row["images"])
        roles = [message["role"] for message in row["messages"]]
        assert roles[-2:] == ["user", "assistant"]
        assert sum(marks[place] for place, role in enumerate(roles) if role != "user") == 0


def test_pyarrow_polars_and_duckdb_read_the_same_counts(sample_out: Path) -> None:
    index = index_of(sample_out, "medical")
    shards = str(sample_out / "corpora" / "medical" / "*.parquet")
    counts = index["counts"]["modality"]
    frame = polars.read_parquet(shards)
    assert dict(frame["modality"].value_counts().iter_rows()) == counts
    assert dict(duckdb.sql(f"select modality, count(*) from '{shards}' group by 1").fetchall()) == counts
    files = [sample_out / "corpora" / "medical" / shard["name"] for shard in index["shards"]]
    table = pyarrow.dataset.dataset(files).to_table(columns=["modality", "images"])
    assert Counter(table["modality"].to_pylist()) == counts
    assert sum(len(images) for images in table["images"].to_pylist()) == index["images"] == frame["images"].list.len().sum()


def test_no_group_and_no_image_cluster_is_on_both_sides(sample_out: Path) -> None:
    sides: dict[str, set[str]] = {}
    for shard in index_of(sample_out, "medical")["shards"]:
        for row in pq.read_table(sample_out / "corpora" / "medical" / shard["name"], columns=["group", "clusters"]).to_pylist():
            keys = [f"group {row['group']}"] * bool(row["group"]) + [name for name in row["clusters"] if name.startswith("image:")]
            for key in keys:
                sides.setdefault(key, set()).add(shard["split"])
    assert len(sides) > 100
    assert [key for key, splits in sides.items() if len(splits) > 1] == []


def test_every_figure_is_what_sql_counts_in_verdicts_tables_and_shards(sample_out: Path) -> None:
    figures = figures_of(sample_out)
    assert figures["headline"]["account"] == []
    assert len(figures["image_sides"]) > 4
    assert differences(sample_out, figures) == []


def test_a_figure_that_is_wrong_by_one_is_told(sample_out: Path) -> None:
    figures = figures_of(sample_out)
    figures["waterfall"][1]["rejected"] += 1
    figures["sources"][0]["reasons"][0][1] += 1
    figures["image_bytes"][2]["kept"] += 1
    figures["tokens"][1]["rejected"] += 1
    figures["corpora"][0]["rows"][4]["after"] += 1
    told = [line.partition(": figures.json")[0] for line in differences(sample_out, figures)]
    assert told == ["waterfall screen", "alpacare: reasons", "image bytes", "image bytes: all", "medical: dermoscopy", "tokens"]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (nor CHROME_PATH): the page is opened by none")
def test_its_report_opens_in_a_browser_and_tells_what_its_figures_hold(sample_out: Path) -> None:
    path = sample_out / "report" / "index.html"
    with browser() as chromium, opened(chromium, path, width=390) as shown:
        assert (shown.complaints, shown.loaded) == ([], [path.as_uri()])
        assert unlike(shown.evaluate(TABLES), figures_of(sample_out)) == []
        assert shown.evaluate(UNREADABLE) == []
        for width in (390, 768, 1024):
            shown.shape(width=width)
            shown.settle()
            assert [shown.evaluate(wrong) for wrong in (UNDRAWN, OVERFLOWING, OVERPRINTED)] == [[], [], []]


def test_a_second_run_is_as_before_and_changes_no_file(sample_out: Path) -> None:
    before = times(sample_out)
    again = make_sample(sample_out)
    assert (again.status, again.told.count("as before"), len(re.findall(r" in [\d.]+ s$", again.told, re.MULTILINE))) == (0, 11, 0)
    changed = {path for path, moment in times(sample_out).items() if before.get(path) != moment}
    assert {path for path in changed if not path.startswith("stages/files/")} == {".lock", "run.json"}  # what a run must look up and note
    assert before.keys() == times(sample_out).keys()
