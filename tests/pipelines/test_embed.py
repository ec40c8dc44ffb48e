"""Pictures on their way to the model: each set of pixels once, none lost silently, the same rows whoever runs beside"""

import dataclasses
import hashlib
import io
import threading
from concurrent.futures import CancelledError
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pillow

from curate.emit.ship import ChangedImage
from curate.recipe import Recipe
from pipelines import embed
from pipelines.embed import plan_embed, read_embeddings
from pipelines.run import Options, Run
from pipelines.stage import execute
from pipelines.units import write_todo
from schemas.arrow import from_table
from schemas.embedding import Embedding
from schemas.image import Image, Ship
from tests.curate.screen.made import image

TAGGER = {"asked": "auto", "model": "toy", "digest": "d", "device": "cpu", "embedder": "toy:d", "head": "h", "attribute": "a", "probe": ""}


class Toy:
    """An Embedder: the mean colour of a picture, and how many stood in its batch."""

    name, width, batch, lanes = "toy:d", 4, 3, None

    def __init__(self):
        self.sizes = []

    def prepare(self, image):
        return np.asarray(image.convert("RGB").resize((8, 8)))

    def embed(self, batch):
        self.sizes.append(len(batch))
        means = batch.reshape(len(batch), -1, 3).mean(axis=1) / 255
        return np.concatenate([means, np.ones((len(batch), 1))], axis=1).astype(np.float32)


@pytest.fixture
def toy(monkeypatch):
    made = Toy()
    monkeypatch.setattr(embed, "load_embedder", lambda tagger: made)
    return made


def png(seed):
    sink = io.BytesIO()
    Pillow.fromarray(np.full((10, 12, 3), seed, np.uint8)).save(sink, "png")
    return sink.getvalue()


def inspected(folder, name, *, seed, root="source", data=None, **changes):
    data = data or png(seed)
    (folder / name).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    place = Ship(root=root, path=name, member="", offset=0, length=len(data), format="png", digest=digest)
    return image(**{"id": f"a/{name}", "pixel_digest": f"p{seed:03}", "ship": place, **changes})


def run_of(out, data, *, workers=2, tagger=TAGGER):
    given = Options(data="", out=str(out), recipe=Recipe(id="r", title="r"), manifests=(), buckets=4, workers=workers)
    return Run(options=given, folders={"a": str(data)}, resolved={"tagger": tagger})


def give(run, parts):
    """What inspect would have written."""
    room = run.facts("inspect")
    room.commit("f", [room.sign(part, "f", room.write_rows("images", part, rows, Image)) for part, rows in parts.items()], 0)


def rows(run):
    found = from_table(run.facts("tag").read("embeddings", Embedding), Embedding)
    assert len({row.id for row in found}) == len(found)
    return {row.id: row for row in found}


def test_each_set_of_pixels_is_embedded_once_and_an_evaluation_set_never(tmp_path, toy):
    images = [
        inspected(tmp_path, "1.png", seed=1),
        inspected(tmp_path, "2.png", seed=2),
        inspected(tmp_path, "again.png", seed=1),
        image(id="a/bad.png", reason="truncated", pixel_digest="", ship=None),
    ]
    benchmark = [dataclasses.replace(each, id=f"b{each.id}", source="a@benchmark", pixel_digest=f"b{each.pixel_digest}") for each in images]
    run = run_of(tmp_path / "out", tmp_path)
    give(run, {"a-0000": images, "a@benchmark-0000": benchmark})
    index = execute(plan_embed(run), run)
    wanted = {f"pixels:p{seed:03}": np.array([seed / 255] * 3 + [1], "<f2").tobytes() for seed in (1, 2)}
    assert {id: (row.vector, row.width, row.reason) for id, row in rows(run).items()} == {
        id: (vector, 4, None) for id, vector in wanted.items()
    }
    assert [(receipt.unit, receipt.counts) for receipt in index.receipts] == [("a-0000", {"lost": {}})]


def test_without_a_model_nothing_is_looked_at(tmp_path):
    run = run_of(tmp_path / "out", tmp_path, tagger=None)
    give(run, {"a-0000": [inspected(tmp_path, "1.png", seed=1)]})
    assert execute(plan_embed(run), run).files == []


def test_images_rendered_into_a_pack_are_read_from_there(tmp_path, toy):
    (tmp_path / "out").mkdir()
    run = run_of(tmp_path / "out", tmp_path)
    give(run, {"a-0000": [inspected(tmp_path / "out", "x.pack", seed=3, root="out", id="a/3.dcm")]})
    execute(plan_embed(run), run)
    assert list(rows(run)) == ["pixels:p003"]


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_and_rows_are_the_same_with_any_number_of_workers(tmp_path, toy, workers):
    run = run_of(tmp_path / "out", tmp_path, workers=workers)
    parts = {f"a-{part:04}": [inspected(tmp_path, f"{seed}.png", seed=seed) for seed in range(part * 8, part * 8 + 8)] for part in range(3)}
    give(run, parts)
    execute(plan_embed(run), run)
    assert sorted(toy.sizes) == [2, 2, 2, 3, 3, 3, 3, 3, 3]
    found = rows(run)
    assert len(found) == 24
    assert all(np.frombuffer(row.vector, "<f2")[0] == np.float16(int(id[-3:]) / 255) for id, row in found.items())


def test_a_picture_that_does_not_open_this_time_is_told_and_counted(tmp_path, toy, capsys):
    broken = png(9)[:40]
    images = [inspected(tmp_path, "1.png", seed=1), inspected(tmp_path, "9.png", seed=9, data=broken)]
    run = run_of(tmp_path / "out", tmp_path)
    give(run, {"a-0000": images})
    index = execute(plan_embed(run), run)
    lost = rows(run)["pixels:p009"]
    assert (lost.vector, lost.width, lost.reason) == (b"", 0, "truncated")
    assert index.receipts[0].counts == {"lost": {"truncated": 1}}
    assert "the model did not see 1 images that inspect had decoded: truncated 1" in capsys.readouterr().err
    assert read_embeddings(run.facts("tag"), None, ["a-0000"])[0] == ["p001"]


def test_numbers_that_do_not_fit_are_no_embedding(tmp_path, toy):
    toy.embed = lambda batch: np.array([[1, 2, 3, 1e9]] * len(batch), np.float32)
    run = run_of(tmp_path / "out", tmp_path)
    give(run, {"a-0000": [inspected(tmp_path, "1.png", seed=1)]})
    execute(plan_embed(run), run)
    assert [(row.reason, row.width) for row in rows(run).values()] == [("not_finite", 0)]


def test_bytes_that_changed_since_inspect_stop_the_run(tmp_path, toy):
    run = run_of(tmp_path / "out", tmp_path)
    images = [inspected(tmp_path, f"{seed}.png", seed=seed) for seed in range(20)]
    (tmp_path / "7.png").write_bytes(png(8))
    give(run, {"a-0000": images})
    with pytest.raises(ChangedImage, match=r"a: 7\.png: .* inspect saw"):
        execute(plan_embed(run), run)


def test_a_model_that_fails_stops_the_run_and_all_its_threads(tmp_path, toy):
    def fails(batch):
        raise ArithmeticError("no more")

    toy.embed = fails
    run = run_of(tmp_path / "out", tmp_path)
    give(run, {f"a-{part:04}": [inspected(tmp_path, f"{seed}.png", seed=seed) for seed in range(30)] for part in range(4)})
    before = threading.active_count()
    with pytest.raises(ArithmeticError, match="no more"):
        execute(plan_embed(run), run)
    assert threading.active_count() <= before + 1  # Beam's own may linger


def test_where_one_part_fails_no_other_is_gone_on_with(tmp_path, toy):
    run = run_of(tmp_path / "out", tmp_path)
    picture = inspected(tmp_path, "1.png", seed=1)
    give(run, {"a-0000": [picture]})
    worker = embed.Embed(run.facts("tag"), None, images=run.facts("inspect"), threads=1, tagger=TAGGER)
    write_todo(worker.room, [], shared={"folders": run.folders})
    worker.setup()
    row = embed.distinct(run.facts("inspect").read("images", Image, columns=embed.SEEN))
    assert worker._ready(row)[0].shape == (8, 8, 3)
    worker.parts.begin(partial(int, "no number"))
    with pytest.raises(ValueError, match="no number"):
        worker.finish_bundle()
    for work in (worker._ready, worker._compute):
        with pytest.raises(CancelledError):
            work(row)
    worker.teardown()


def test_another_model_is_another_fingerprint_and_another_head_is_not(tmp_path):
    run = run_of(tmp_path / "out", tmp_path)
    give(run, {"a-0000": [inspected(tmp_path, "1.png", seed=1)]})

    def mark(**changes):
        return plan_embed(dataclasses.replace(run, resolved={"tagger": {**TAGGER, **changes}})).fingerprint

    assert mark(head="another", attribute="b", probe="x.npz") == mark()
    assert mark(embedder="toy:e") != mark()


def test_of_pixels_in_two_parts_the_first_parts_count(tmp_path, toy):
    run = run_of(tmp_path / "out", tmp_path)
    room = run.facts("tag")
    given = {"a-0000": ("p", (1, 2)), "a-0001": ("p", (3, 4)), "a-0002": ("q", (5, 6))}
    receipts = []
    for part, (digest, values) in given.items():
        row = Embedding(id=f"pixels:{digest}", width=2, vector=np.array(values, "<f2").tobytes())
        receipts.append(room.sign(part, "f", room.write_rows("embeddings", part, [row], Embedding)))
    room.commit("f", receipts, 0)
    digests, vectors = read_embeddings(room, None, ["a-0000", "a-0001", "a-0002"])
    assert (digests, vectors.tolist(), vectors.dtype) == (["p", "q"], [[1, 2], [5, 6]], np.float32)
    digests, vectors = read_embeddings(room, None, ["a-0001", "a-0002"], pa.array(["q"]))
    assert (digests, vectors.tolist()) == (["q"], [[5, 6]])
    digests, vectors = read_embeddings(room, None, ["a-0001"], pa.array([], pa.string()))
    assert (digests, vectors.shape) == ([], (0, 0))
