import dataclasses
import hashlib
import io

import numpy as np
import pytest
from PIL import Image as Pillow

from curate.models.biomedclip import ATTRIBUTE, load, prepare
from curate.models.weights import find_weights
from curate.recipe import Limits, Recipe
from curate.screen.pictures import picture_of
from pipelines.run import Options, Run
from pipelines.stage import execute
from pipelines.tag import plan_tag, plan_tag_scores
from schemas.arrow import from_table
from schemas.attribute import Attribute, Tagged
from schemas.image import Image, Ship
from schemas.sample import Screened
from tests.curate.screen.made import image, sample


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    from tests.curate.models.tiny_biomedclip import write_tiny

    return str(write_tiny(tmp_path_factory.mktemp("tiny_biomedclip")))


def png(seed):
    sink = io.BytesIO()
    Pillow.fromarray(np.random.default_rng(seed).integers(0, 256, (80, 100, 3), dtype=np.uint8)).save(sink, "png")
    return sink.getvalue()


def inspected(folder, name, *, seed, root="source", **changes):
    data = png(seed)
    (folder / name).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    place = Ship(root=root, path=name, member="", offset=0, length=len(data), format="png", digest=digest)
    return image(**{"id": f"a/{name}", "pixel_digest": f"p{seed}", "ship": place, **changes})


def run_of(out, data, weights=None, workers=1):
    given = Options(data="", out=str(out), recipe=Recipe(id="r", title="r"), manifests=(), buckets=4, weights=weights, workers=workers)
    tagger = weights and {"model": "biomedclip", "folder": weights, "digest": find_weights(weights).digest(), "device": "cpu"}
    return Run(options=given, folders={"a": str(data)}, resolved={"tokenizer": {}, "tagger": tagger})


def give(run, images, samples):
    """What ingest, inspect and screen would have written, in one part."""
    ingest, inspect, screen = run.facts("ingest"), run.facts("inspect"), run.decisions("screen")
    ingest.commit("f", [ingest.sign("a", "f", [], {"image_parts": {"a-0000": ["a-0000"]}})], 0)
    benchmark = [dataclasses.replace(each, id=f"b{each.id}", source="a@benchmark") for each in images]
    parts = {"a-0000": images, "a@benchmark-0000": benchmark}
    inspect.commit("f", [inspect.sign(part, "f", inspect.write_rows("images", part, rows, Image)) for part, rows in parts.items()], 0)
    by_id = {each.id: each for each in images}
    rows = [
        Screened(id=one.id, sample=one, pictures=tuple(picture_of(by_id[id], Limits()) for id in one.images), tokens=9, group="")
        for one in samples
    ]
    screen.commit("f", [screen.sign("a-0000", "f", screen.write_rows("samples", "a-0000", rows, Screened))], 0)


def scores(run):
    return from_table(run.facts("tag").read("scores", Attribute), Attribute)


def modalities(run):
    rows = from_table(run.decisions("tag").read("modalities", Tagged), Tagged)
    return {row.id: (row.modality, row.by, row.score) for row in rows}


def test_without_a_model_the_other_evidence_decides(tmp_path):
    run = run_of(tmp_path, tmp_path)
    header = image(id="a/h.dcm", header_modality="US")
    give(
        run,
        [image(), header],
        [
            sample(id="a/1", modality="mri"),
            sample(id="a/2", images=("a/h.dcm",)),
            sample(id="a/3", turns=[("assistant", "Axial CT.")]),
            sample(id="a/4"),
            sample(id="a/5", images=()),
        ],
    )
    execute(plan_tag_scores(run), run)
    execute(plan_tag(run), run)
    assert run.index("tag", decided=False).files == []
    assert modalities(run) == {
        "a/1": ("mri", "declared", 1.0),
        "a/2": ("ultrasound", "header", 0.99),
        "a/3": ("ct", "caption", 0.95),
        "a/4": ("other", "", 0.0),
        "a/5": ("text", "declared", 1.0),
    }


def test_a_model_scores_each_set_of_pixels_once_and_never_a_benchmark(tmp_path, tiny):
    data = tmp_path / "data"
    data.mkdir()
    images = [
        inspected(data, "1.png", seed=1),
        inspected(data, "2.png", seed=2),
        inspected(data, "again.png", seed=1),
        image(id="a/bad.png", reason="truncated", pixel_digest="", ship=None),
    ]
    run = run_of(tmp_path / "out", data, tiny, workers=2)
    give(run, images, [sample(id="a/1", images=("a/1.png",))])
    index = execute(plan_tag_scores(run), run)
    embedder = load(find_weights(tiny), "cpu")
    pixels = [prepare(Pillow.open(io.BytesIO(png(seed)))) for seed in (1, 2)]
    wanted = {
        (f"pixels:p{seed}", ATTRIBUTE, name): score
        for seed, row in zip((1, 2), embedder.classify(np.stack(pixels)))
        for name, score in zip(embedder.classes, row.tolist())
        if score > 0
    }
    found = {(row.id, row.name, row.value): row.score for row in scores(run)}
    assert len(found) == len(scores(run)) == len(wanted)
    assert max(abs(found[key] - score) for key, score in wanted.items()) <= 1e-4
    assert [receipt.unit for receipt in index.receipts] == ["a-0000"]


def test_images_rendered_into_a_pack_are_scored_from_there(tmp_path, tiny):
    run = run_of(tmp_path / "out", tmp_path, tiny)
    (tmp_path / "out").mkdir()
    give(run, [inspected(tmp_path / "out", "x.pack", seed=3, root="out", id="a/3.dcm")], [sample(images=("a/3.dcm",))])
    execute(plan_tag_scores(run), run)
    assert {row.id for row in scores(run)} == {"pixels:p3"}


def test_scores_decide_for_those_nobody_else_can_tell(tmp_path):
    run = run_of(tmp_path, tmp_path)
    first, second = image(pixel_digest="p1"), image(id="a/2.png", pixel_digest="p2")
    give(run, [first, second], [sample(id="a/1"), sample(id="a/2", images=("a/2.png",)), sample(id="a/3", modality="oct")])
    room = run.facts("tag")
    rows = [
        Attribute(id="pixels:p1", name=ATTRIBUTE, value="fundus", score=0.9),
        Attribute(id="pixels:p2", name=ATTRIBUTE, value="fundus", score=0.4),
        Attribute(id="pixels:p2", name="another_v1", value="ct", score=1.0),
    ]
    room.commit("f", [room.sign("a-0000", "f", room.write_rows("scores", "a-0000", rows, Attribute))], 0)
    execute(plan_tag(run), run)
    assert modalities(run) == {"a/1": ("fundus", "biomedclip", 0.9), "a/2": ("other", "", 0.0), "a/3": ("oct", "declared", 1.0)}


def test_the_same_pixels_in_two_parts_take_the_first_parts_scores(tmp_path):
    run = run_of(tmp_path, tmp_path)
    give(run, [image(pixel_digest="p1")], [sample(id="a/1")])
    ingest = run.facts("ingest")
    ingest.commit("g", [ingest.sign("a", "g", [], {"image_parts": {"a-0000": ["a-0000", "a-0001"]}})], 0)
    room, score = run.facts("tag"), Attribute(id="pixels:p1", name=ATTRIBUTE, value="", score=0.9)
    receipts = [
        room.sign(part, "f", room.write_rows("scores", part, [dataclasses.replace(score, value=value)], Attribute))
        for part, value in (("a-0000", "ct"), ("a-0001", "mri"))
    ]
    room.commit("f", receipts, 0)
    execute(plan_tag(run), run)
    assert modalities(run) == {"a/1": ("ct", "biomedclip", 0.9)}


def test_another_model_than_the_run_began_with_stops_it(tmp_path, tiny):
    run = run_of(tmp_path / "out", tmp_path, tiny)
    give(run, [inspected(tmp_path, "1.png", seed=1)], [sample(images=("a/1.png",))])
    other = dataclasses.replace(run, resolved={"tagger": {**run.resolved["tagger"], "digest": "0"}})
    with pytest.raises(RuntimeError, match=r"not the one that the run was begun with \(0\)"):
        execute(plan_tag_scores(other), other)
    assert plan_tag_scores(other).fingerprint != plan_tag_scores(run).fingerprint
