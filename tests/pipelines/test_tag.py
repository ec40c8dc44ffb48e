import random

import numpy as np
import pytest

import pipelines.tag
from curate.models.prompts import load_prompts
from curate.recipe import Limits, Recipe, Tagging
from curate.screen.pictures import picture_of
from curate.tag.reliability import load_reliabilities
from pipelines.__main__ import main
from pipelines.run import Options, Run
from pipelines.stage import execute
from pipelines.tag import plan_tag
from schemas.arrow import from_table
from schemas.attribute import Attribute, Tagged
from schemas.embedding import Embedding
from schemas.sample import Screened
from schemas.verdict import Verdict
from tests.curate.screen.made import image, sample

RIGHT = load_reliabilities()
NAMES = [each.name for each in load_prompts().classes]
TAGGER = {"embedder": "toy:1:cpu", "head": "probe:1", "attribute": "modality_toy_v1", "model": "toy", "probe": "toy.npz"}


class Toy:
    """A head whose embeddings are its scores."""

    attribute, classes = "modality_toy_v1", load_prompts().classes

    def scores(self, embeddings):
        return embeddings.astype(np.float64).round(4)


@pytest.fixture(autouse=True)
def toy_head(monkeypatch):
    monkeypatch.setattr(pipelines.tag, "load_head", lambda tagger, out: Toy())
    monkeypatch.setattr(pipelines.tag, "prepare_head", lambda run: None)


def run_of(out, tagger=None, **policy):
    recipe = Recipe(id="r", title="r", tagging=Tagging(**policy))
    return Run(options=Options(data="", out=str(out), recipe=recipe, manifests=(), buckets=4), folders={}, resolved={"tagger": tagger})


def give(run, images, samples, seen=None, parts=("a-0000",)):
    """What ingest, screen and embed would have written: samples in one part, embeddings in `parts`."""
    ingest, screen, facts = run.facts("ingest"), run.decisions("screen"), run.facts("tag")
    ingest.commit("f", [ingest.sign("a", "f", [], {"image_parts": {"a-0000": list(parts)}})], 0)
    by_id = {each.id: each for each in images}
    rows = [
        Screened(id=one.id, sample=one, pictures=tuple(picture_of(by_id[id], Limits()) for id in one.images), tokens=9, group="")
        for one in samples
    ]
    screen.commit("f", [screen.sign("a-0000", "f", screen.write_rows("samples", "a-0000", rows, Screened))], 0)
    receipts = []
    for part, scores in zip(parts, seen or [{}] * len(parts)):
        rows = [embedding(digest, **of) for digest, of in scores.items()]
        receipts.append(facts.sign(part, "f", facts.write_rows("embeddings", part, rows, Embedding)))
    facts.commit("f", receipts, 0)


def embedding(digest, **scores):
    vector = np.array([scores.get(name, 0.0) for name in NAMES], "<f2").tobytes() if scores else b""
    return Embedding(id=f"pixels:{digest}", width=len(vector) // 2, vector=vector, reason=None if scores else "corrupt")


def modalities(run):
    return {row.id: row for row in from_table(run.decisions("tag").read("modalities", Tagged), Tagged)}


def told(run):
    return {id: (row.modality, row.by) for id, row in modalities(run).items()}


def evidence(run):
    rows = from_table(run.decisions("tag").read("evidence", Attribute), Attribute)
    return sorted((row.id, row.name, row.value, row.score) for row in rows)


def test_without_a_model_the_other_evidence_decides(tmp_path):
    run = run_of(tmp_path)
    header = image(id="a/h.dcm", header_modality="US", pixel_digest="p2")
    images = [image(), header, *(image(id=f"a/{place}.png", pixel_digest=f"q{place}") for place in range(2))]
    give(
        run,
        images,
        [
            sample(id="a/1", modality="mri"),
            sample(id="a/2", images=("a/h.dcm",)),
            sample(id="a/3", images=("a/0.png",), turns=[("assistant", "Axial CT.")]),
            sample(id="a/4", images=("a/1.png",)),
            sample(id="a/5", images=()),
        ],
    )
    index = execute(plan_tag(run), run)
    assert told(run) == {
        "a/1": ("mri", "declared"), "a/2": ("ultrasound", "header"), "a/3": ("ct", "caption"), "a/4": ("other", ""),
        "a/5": ("text", "declared"),
    }  # fmt: skip
    assert modalities(run)["a/2"].score == RIGHT.of("header_v2", "ultrasound")
    assert evidence(run) == [
        ("a/1", "declared_v1", "mri", 1.0), ("a/3", "caption_v2", "ct", 1.0), ("a/h.dcm", "header_v2", "ultrasound", 1.0),
    ]  # fmt: skip
    assert index.rows("verdicts") == 0


def test_questions_of_one_picture_are_heard_together(tmp_path):
    run = run_of(tmp_path)
    questions = ["What is seen in this CT?", "Where is the lesion?", "Is it large?"]
    samples = [sample(id=f"a/{place}", turns=[("user", text), ("assistant", "Yes")]) for place, text in enumerate(questions)]
    other = sample(id="a/9", images=("a/2.png",), turns=[("user", questions[1]), ("assistant", "Yes")])
    give(run, [image(), image(id="a/2.png", pixel_digest="p2")], [*samples, other])
    execute(plan_tag(run), run)
    assert told(run) == {"a/0": ("ct", "question"), "a/1": ("ct", "pooled"), "a/2": ("ct", "pooled"), "a/9": ("other", "")}


def test_a_head_tells_what_it_sees_in_the_pixels_of_every_part(tmp_path):
    run = run_of(tmp_path, TAGGER)
    images = [image(id=f"a/{digest}.png", pixel_digest=digest) for digest in ("p1", "p2", "p3", "p4", "p5")]
    samples = [sample(id=f"a/{place}", images=(one.id,)) for place, one in enumerate(images, 1)]
    first = {"p1": {"fundus": 0.97, "oct": 0.03}, "p2": {"fundus": 0.6, "oct": 0.4}, "p3": {}}
    second = {"p1": {"ct": 1.0}, "p4": {"chart": 0.96875, "ct": 0.03125}, "unshown": {"ct": 1.0}}
    give(run, images, samples, [first, second], parts=("a-0000", "a-0001"))
    execute(plan_tag(run), run)
    assert told(run) == {
        "a/1": ("fundus", "toy"),  # of two parts with the same pixels the first counts
        "a/2": ("other", ""), "a/3": ("other", ""), "a/4": ("other", "toy"), "a/5": ("other", ""),
    }  # fmt: skip
    found = modalities(run)
    assert (found["a/1"].seen, round(found["a/1"].seen_score, 2), found["a/4"].seen, found["a/2"].runner_up) == (
        "fundus", 0.97, "chart", "fundus",
    )  # fmt: skip
    assert [row for row in evidence(run) if row[0] == "pixels:p4"] == [
        ("pixels:p4", "modality_toy_v1", "chart", 0.9688), ("pixels:p4", "modality_toy_v1", "ct", 0.0312),
    ]  # fmt: skip
    assert not [row for row in evidence(run) if row[0] == "pixels:unshown"]


def test_a_sample_that_contradicts_its_source_is_refused_where_the_recipe_says_so(tmp_path):
    images = [image(), image(id="a/2.png", pixel_digest="p2")]
    samples = [
        sample(id="a/1", modality="xray", turns=[("assistant", "Axial CT.")]),
        sample(id="a/2", modality="xray", images=("a/2.png",)),
    ]
    for policy, refused in (("keep", []), ("refuse", ["a/1"])):
        run = run_of(tmp_path / policy, TAGGER, disagreement=policy)
        give(run, images, samples, [{"p1": {"xray": 0.5, "ct": 0.5}}])
        execute(plan_tag(run), run)
        assert told(run) == {"a/1": ("xray", "declared"), "a/2": ("xray", "declared")}
        assert from_table(run.decisions("tag").read("verdicts", Verdict), Verdict) == [
            Verdict(
                id=id, source="a", stage="tag", decision="rejected", reason="modality_disagrees", winner="",
                evidence="declared xray; caption ct",
            )
            for id in refused
        ]  # fmt: skip


def test_what_is_decided_is_the_same_in_any_order_and_by_any_policys_own_room(tmp_path):
    questions = ["What is seen in this CT?", "Where?", "这是什么检查？", "Is this an MRI?"]
    images = [image(id=f"a/{place}.png", pixel_digest=f"p{place % 3}", header_modality="CT" if place == 4 else None) for place in range(6)]
    samples = [
        sample(id=f"a/{place}", images=(images[place % 6].id,), turns=[("user", questions[place % 4]), ("assistant", "Yes")])
        for place in range(40)
    ]
    seen = [{"p0": {"ct": 0.97, "mri": 0.03}, "p1": {"mri": 0.7, "ct": 0.3}}]
    digests = set()
    for name in ("one", "two"):
        run = run_of(tmp_path / name, TAGGER)
        give(run, images, samples, seen)
        index = execute(plan_tag(run), run)
        digests.add(index.digest())
        samples = random.Random(1).sample(samples, len(samples))
    assert len(digests) == 1


def test_a_policy_or_a_head_that_changes_is_done_again(tmp_path):
    marks = {plan_tag(run).fingerprint for run in some_runs(tmp_path)}
    assert len(marks) == 4


def test_a_recipe_that_trusts_a_model_wants_one(tmp_path, capsys):
    recipe = tmp_path / "r.yaml"
    recipe.write_text("id: r\ntitle: r\ncorpora: [{name: a}]\ntagging: {trust: model}")
    assert main(["corpus", "--data", str(tmp_path), "--out", str(tmp_path / "out"), "--corpus", str(recipe), "--tagger", "none"]) == 2
    assert "--tagger none: recipe 'r' says tagging.trust: model, and there would be no model" in capsys.readouterr().err


def some_runs(tmp_path):
    for tagger, policy in ((None, {}), (None, {"trust": "evidence"}), (TAGGER, {}), ({**TAGGER, "head": "probe:2"}, {})):
        run = run_of(tmp_path, tagger, **policy)
        give(run, [image()], [sample()])
        yield run
