"""The story of one sample or image"""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.digest import digest64
from curate.recipe import Limits
from curate.screen.pictures import picture_of
from curate.tag.reliability import load_reliabilities
from pipelines.run import UsageError
from pipelines.shipped import place_of
from pipelines.tables import Room
from pipelines.why import print_why
from schemas.attribute import Attribute, Tagged
from schemas.cluster import Choice, Member, SampleClusters
from schemas.image import Image, ImageRef, Ship, Window
from schemas.sample import Key, Sample, Screened, Turn
from schemas.verdict import Verdict

SECRET = "a patient of name and a finding"


def sample(id: str, image: str = "a/1.jpg") -> Sample:
    return Sample(
        id=id, source="a", table="train", task="caption", domain="medical", split="train", language="en", images=(image,),
        turns=(Turn(role="user", text="<image>"), Turn(role="assistant", text=SECRET)), labels=(SECRET,), boxes=(), modality=None,
        keys=(Key(name="patient", value="P1"),), license="CC0-1.0", commercial="yes", access="open", reliability=50, from_labels=False,
        scope="global", order=7,
    )  # fmt: skip


def image(id: str) -> Image:
    return Image(
        id=id, source="a", reason=None, evidence=None, byte_digest="b", pixel_digest="p", phash=255, grey=b"", width=64, height=48,
        mode="RGB", bits=8, format="jpeg", blank=False, spread=9.0, header_modality=None, photometric=None, burned_in=None,
        is_synthetic=False,
        ship=Ship(root="source", path="1.jpg", member="", offset=0, length=1234, format="jpeg", digest="d"),
    )  # fmt: skip


def verdict(id: str, stage: str, reason: str, evidence: str = "", winner: str = "") -> Verdict:
    return Verdict(id=id, source="a", stage=stage, decision="rejected", reason=reason, evidence=evidence, winner=winner)


def choice(id: str) -> Choice:
    return Choice(corpus="medical", id=id, selected=True, reason="", weight=1.5, split="train", modality="ct")


def said(id: str, name: str, value: str, score: float = 1.0) -> Attribute:
    return Attribute(id=id, name=name, value=value, score=score)


def right(name: str, modality: str) -> str:
    return f"{load_reliabilities().of(name, modality):.3f}"


EVIDENCE = [
    said("a/1", "caption_v2", "ct:CTA"),
    said("a/1.jpg", "header_v2", "mri"),
    said("pixels:p", "modality_a_v1", "ct", 0.97),
    said("pixels:p", "modality_a_v1", "chart", 0.02),
    said("a/5", "declared_v1", "xray"),
    said("a/5", "question_weak_v1", "ct"),
    said("a/5", "question_weak_v1", "other::chart"),
]
TABLES = {
    "ingest": {
        "samples": (Sample, [sample("a/1"), sample("a/2", "a/2.jpg"), sample("a/3"), sample("a/5", "a/2.jpg")]),
        "verdicts": (Verdict, [verdict("a/4", "ingest", "image_missing", "no file '4.jpg'")]),
        "images": (ImageRef, [ImageRef(id=id, source="a", path=id[2:], size=1234) for id in ("a/1.jpg", "a/2.jpg")]),
    },
    "inspect": {
        "images": (Image, [image("a/1.jpg"), replace(image("a/2.jpg"), window=Window(low=-137.5, high=240, by="manifest column"))])
    },
    "screen": {
        "samples": (
            Screened,
            [
                Screened(id=id, sample=sample(id), pictures=(picture_of(image("a/1.jpg"), Limits()),) * shown, tokens=12, group="g")
                for id, shown in (("a/1", 1), ("a/2", 0), ("a/5", 0))
            ],
        ),
        "verdicts": (Verdict, [verdict("a/3", "screen", "caption_too_short", "3 < 10")]),
    },
    "match": {
        "images": (
            Member,
            [
                Member(cluster="a/1.jpg", id="a/1.jpg", source="a", proof="first", other="", distance=-1, similarity=1.0),
                Member(cluster="a/1.jpg", id="a/2.jpg", source="a", proof="phash", other="a/1.jpg", distance=2, similarity=0.97),
            ],
        ),
        "clusters": (SampleClusters, [SampleClusters(id=id, images=("a/1.jpg",), text="") for id in ("a/1", "a/2")]),
    },
    "shield": {},
    "dedup": {"verdicts": (Verdict, [verdict("a/2", "dedup", "duplicate_image", "phash 2", "a/1")])},
    "tag": {
        "modalities": (
            Tagged,
            [
                Tagged(
                    id="a/1", modality="ct", submodality="CTA", figure_type="", by="caption", score=0.91, margin=0.8321, runner_up="mri",
                    seen="ct", seen_score=0.97, against="header mri",
                ),
                Tagged(id="a/2", modality="other", submodality="", figure_type="", by="", score=0.0, runner_up="oct"),
            ],
        ),
        "evidence": (Attribute, EVIDENCE),
        "verdicts": (Verdict, [verdict("a/5", "tag", "modality_disagrees", "declared xray; caption ct")]),
    },
    "balance": {"selection": (Choice, [choice("a/1")])},
}


@pytest.fixture
def out(tmp_path) -> Path:
    (tmp_path / "run.json").write_text(json.dumps({"version": 1, "buckets": 4, "recipes": {"default": {}}}))
    for stage, tables in TABLES.items():
        room = Room(out=str(tmp_path), stage=stage, buckets=4, recipe="" if stage in ("ingest", "inspect") else "default")
        files = [entry for name, (kind, rows) in tables.items() for entry in room.write_rows(name, "a-0000", rows, kind)]
        room.commit("f", [room.sign("a-0000", "f", files)], 0.0)
    corpus = tmp_path / "corpora" / "medical"
    corpus.mkdir(parents=True)
    pq.write_table(pa.table({"id": ["a/1"]}), corpus / "train-00000-of-00001.parquet")
    (corpus / "index.json").write_text("{}")
    return tmp_path


def story(out: Path, id: str, capsys) -> list[str]:
    assert print_why(id, out=str(out), recipe=None) == 0
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert "P1" not in said.out
    return said.out.replace(str(out), "OUT").splitlines()


LOOKED = (
    "           Decoded from jpeg: 64 x 48 pixels, RGB, 8 bits, pHash 00000000000000ff. It would ship as 1,234 bytes of jpeg, from 1.jpg."
)
HELD = [
    "  ingest   Row 7 (from 0) of its source, in table 'train'; published split 'train'; medical, language en.",
    "           It has 2 turns, 1 image, 1 label, keys patient.",
    "           Its licence is CC0-1.0, its access open, its reliability 50 of 100.",
    "           Its source declares no modality. Copies of its images are looked for in all sources.",
    "  inspect  Image 1 is a/1.jpg.",
    LOOKED,
]
PASSED = "  screen   Passed, with 12 tokens; all of its patient, study or article goes into one split."
UNTOUCHED = "  shield   Passed: nothing in it is of an evaluation set that was compared."
SHARD = "OUT/corpora/medical/train-00000-of-00001.parquet"


def test_a_sample_that_ships_is_told_to_its_shard_and_row_with_what_gave_way_to_it(out, capsys):
    assert story(out, "a/1", capsys) == [
        "a/1: a caption sample of a",
        *HELD,
        PASSED,
        "  match    Image 1 has copies (cluster a/1.jpg).",
        UNTOUCHED,
        "  dedup    Passed: it gives way to no copy.",
        "           1 sample gave way to it: a/2.",
        "  tag      It counts as ct (CTA), by its caption: probability 0.9100, and 0.8321 more than mri.",
        f"           Its caption says ct (CTA); caption_v2 is right in {right('caption_v2', 'ct')}.",
        f"           Image 1: The DICOM header says mri; header_v2 is right in {right('header_v2', 'mri')}.",
        f"           Image 1: The model a sees ct 0.9700, chart 0.0200; modality_a_v1 is right in {right('heads', 'ct')} where it is sure.",
        "           Against it: header mri.",
        "  balance  Corpus medical takes it into split train, as ct, with weight 1.5.",
        f"=> kept: row 0 (from 0) of {SHARD}",
    ]


def test_a_duplicate_is_told_with_the_fate_of_its_winner_and_what_makes_that_better(out, capsys):
    assert story(out, "a/2", capsys)[7:] == [
        PASSED,
        "  match    Image 1 looks like a/1.jpg: pHash 2 bits apart, confirmed by its pixels, similarity 0.9700 (cluster a/1.jpg).",
        UNTOUCHED,
        "  dedup    Rejected, duplicate_image: A better sample with the same images stays in its place (phash 2).",
        "           In its place stays a/1, which ships in medical: its images are larger (3,072 pixels, here 0).",
        "  tag      It counts as other: nobody can tell; oct came nearest.",
        "=> rejected by dedup: duplicate_image",
    ]


def test_a_sample_whose_source_is_contradicted_is_told_by_whom(out, capsys):
    tag = Room(out=str(out), stage="tag", buckets=4, recipe="default")
    rows = [Tagged(id="a/5", modality="xray", submodality="", figure_type="", by="declared", score=0.2, margin=-0.6, runner_up="ct")]
    tag.commit("f", [*tag.receipts().values(), tag.sign("a-0001", "f", tag.write_rows("modalities", "a-0001", rows, Tagged))], 0.0)
    assert story(out, "a/5", capsys)[8:] == [
        "  match    Image 1 looks like a/1.jpg: pHash 2 bits apart, confirmed by its pixels, similarity 0.9700 (cluster a/1.jpg).",
        UNTOUCHED,
        "  dedup    Passed: it gives way to no copy.",
        "  tag      It counts as xray, by its source: probability 0.2000, and -0.6000 more than ct.",
        f"           Its source says xray; declared_v1 is right in {right('declared_v1', 'xray')}.",
        f"           Its question says ct, other (chart) in passing; question_weak_v1 is right in {right('question_weak_v1', 'ct')}, "
        f"{right('question_weak_v1', 'other')}.",
        "  tag      Rejected, modality_disagrees: A sure witness contradicts the modality that its source declares, and the recipe refuses "
        "such samples (declared xray; caption ct).",
        "=> rejected by tag: modality_disagrees",
    ]


def test_a_sample_refused_early_is_not_followed_further(out, capsys):
    assert story(out, "a/3", capsys)[7:] == [
        "  screen   Rejected, caption_too_short: Its caption has fewer tokens than the limit (3 < 10).",
        "=> rejected by screen: caption_too_short",
    ]


def test_a_row_that_gave_no_sample_has_its_reason(out, capsys):
    assert story(out, "a/4", capsys) == [
        "a/4: a row of a",
        "  ingest   Rejected, image_missing: The row names an image that is not on disk (no file '4.jpg').",
        "=> rejected by ingest: image_missing",
    ]


def test_an_image_is_told_with_the_samples_that_show_it_and_their_fates(out, capsys):
    assert story(out, "a/2.jpg", capsys) == [
        "a/2.jpg: an image of a",
        "  ingest   Found at 2.jpg, 1,234 bytes.",
        "  inspect  Decoded from jpeg: 64 x 48 pixels, RGB, 8 bits, pHash 00000000000000ff; shown from -137.5 to 240 (manifest column). "
        "It would ship as 1,234 bytes of jpeg, from 1.jpg.",
        "  match    It looks like a/1.jpg: pHash 2 bits apart, confirmed by its pixels, similarity 0.9700 (cluster a/1.jpg).",
        f"  tag      The model a sees ct 0.9700, chart 0.0200; modality_a_v1 is right in {right('heads', 'ct')} where it is sure.",
        "=> 2 samples of its source show it:",
        "           a/2, which was rejected by dedup: duplicate_image",
        "           a/5, which was rejected by tag: modality_disagrees",
    ]


def test_a_corpus_of_another_recipe_that_holds_it_is_told(out, capsys):
    other = out / "corpora" / "other"
    other.mkdir()
    pq.write_table(pa.table({"id": ["a/2"]}), other / "validation-00000-of-00001.parquet")
    (other / "index.json").write_text("{}")
    assert story(out, "a/2", capsys)[-2:] == [
        "=> rejected by dedup: duplicate_image",
        "=> another recipe's corpus, or an earlier run's, holds it: row 0 (from 0) of OUT/corpora/other/validation-00000-of-00001.parquet",
    ]


def test_what_no_corpus_took_is_told_with_the_reason_of_each(out, capsys):
    reasons = {"x": "over_target", "y": "no_target"}
    refused = [replace(choice("a/1"), corpus=name, selected=False, reason=reason) for name, reason in reasons.items()]
    room = Room(out=str(out), stage="balance", buckets=4, recipe="default")
    room.commit("f", [room.sign("a-0000", "f", room.write_rows("selection", "a-0000", refused, Choice))], 0.0)
    (out / "corpora" / "medical" / "index.json").unlink()
    assert story(out, "a/1", capsys)[-3:] == [
        "  balance  Corpus x does not take it, over_target: Its modality was over its share of the corpus.",
        "  balance  Corpus y does not take it, no_target: The recipe wants nothing of its modality.",
        "=> rejected by balance: x: over_target; y: no_target",
    ]


@pytest.mark.parametrize(("id", "wanted"), [("a/22", "near it: a/2"), ("b/1", "sources here: a")])
def test_an_unknown_id_is_answered_with_near_ones(out, capsys, id, wanted):
    assert print_why(id, out=str(out), recipe=None) == 2
    said = capsys.readouterr().err
    assert f"error: {id}: no sample and no image of that id" in said
    assert said.endswith(f"; {wanted}\n")


def test_a_run_that_ended_early_says_that_nothing_is_decided(out, capsys):
    for stage in ("tag", "balance", "dedup", "shield", "match"):
        (out / "stages" / stage / "default" / "index.json").unlink()
    (out / "corpora" / "medical" / "index.json").unlink()
    assert story(out, "a/1", capsys)[7:] == [PASSED, "=> not decided yet: run 'corpus' again"]


def test_of_several_recipes_one_must_be_named(out):
    (out / "run.json").write_text(json.dumps({"version": 1, "buckets": 4, "recipes": {"default": {}, "other": {}}}))
    with pytest.raises(UsageError, match="default, other"):
        print_why("a/1", out=str(out), recipe=None)
    with pytest.raises(UsageError, match="holds no run of it"):
        print_why("a/1", out=str(out), recipe="strange.yaml")
    assert print_why("a/1", out=str(out), recipe="corpora/default.yaml") == 0


def test_every_sample_is_found_in_its_own_shard(tmp_path):
    ids = sorted((f"a/{number}" for number in range(50)), key=digest64)
    (tmp_path / "index.json").write_text("{}")
    for shard in range(5):
        pq.write_table(
            pa.table({"id": ids[shard * 10 : shard * 10 + 10]}), tmp_path / f"train-{shard:05d}-of-00005.parquet", row_group_size=3
        )
    found = [place_of(tmp_path, "train", id) for id in ids]
    assert [(place.shard.name, place.row) for place in found] == [(f"train-{at // 10:05d}-of-00005.parquet", at % 10) for at in range(50)]
    assert place_of(tmp_path, "train", "a/50") is None
    assert place_of(tmp_path, "validation", ids[0]) is None
