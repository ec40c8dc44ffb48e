"""blank: black where it is told, every other pixel as it was, nothing of the file's metadata"""

import dataclasses
import hashlib
import io

import imagehash
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image as Pillow

from curate.emit.blank import blank
from curate.emit.write import write_shard
from schemas.image import Region
from tests.curate.emit.tiny_corpus import TinyCorpus

LINES = (Region(left=3, top=2, right=20, bottom=9), Region(left=0, top=30, right=40, bottom=34))


def pixels(mode, size=(40, 34)):
    shape = size[::-1] + ((3,) if mode == "RGB" else ())
    return np.random.default_rng(7).integers(1, 256, shape, dtype=np.uint8)


def coded(array, format, **options):
    sink = io.BytesIO()
    Pillow.fromarray(array).save(sink, format, **options)
    return sink.getvalue()


def blackened(array):
    array = array.copy()
    for line in LINES:
        array[line.top : line.bottom, line.left : line.right] = 0
    return array


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(
    ("format", "options"), [("PNG", {}), ("JPEG", {"comment": b"Jane Doe"}), ("WEBP", {"lossless": True}), ("GIF", {})]
)
def test_the_lines_are_black_and_the_rest_is_as_it_was(mode, format, options):
    data = coded(pixels(mode), format, **options)
    made = blank(data, LINES)
    shown = Pillow.open(io.BytesIO(made.bytes))
    seen = Pillow.open(io.BytesIO(data)).convert(shown.mode)
    assert (shown.format, shown.info, b"Jane" in made.bytes) == ("PNG", {}, False)
    assert np.array_equal(np.asarray(shown), blackened(np.asarray(seen)))
    assert made.phash == int(str(imagehash.phash(shown)), 16)
    assert made.name == f"{hashlib.sha256(made.bytes).hexdigest()[:16]}.png"


def test_a_picture_on_its_side_is_blanked_upright():
    exif = Pillow.Exif()
    exif[0x0112] = 6  # shown turned a quarter to the right
    stored = pixels("L")
    made = blank(coded(stored, "PNG", exif=exif), LINES)
    assert np.array_equal(np.asarray(Pillow.open(io.BytesIO(made.bytes))), blackened(np.rot90(stored, -1)))


def test_of_a_film_the_first_picture_alone_ships():
    frames = [Pillow.fromarray(pixels("L")), Pillow.new("L", (40, 34), 77)]
    sink = io.BytesIO()
    frames[0].save(sink, "GIF", save_all=True, append_images=frames[1:])
    shown = Pillow.open(io.BytesIO(blank(sink.getvalue(), LINES).bytes))
    assert getattr(shown, "n_frames", 1) == 1
    assert np.array_equal(np.asarray(shown.convert("L")), blackened(pixels("L")))


def test_a_shard_holds_the_black_lines_and_the_hash_of_what_it_holds(tmp_path):
    corpus, turns = TinyCorpus(), [("user", "What?"), ("assistant", "A chest.")]
    left, right = coded(pixels("L"), "PNG"), coded(pixels("RGB"), "PNG")
    corpus.add("a/1", turns, {"left.png": left, "right.png": right})
    (row,) = corpus.screened
    pictures = (row.pictures[0], dataclasses.replace(row.pictures[1], blanked=LINES))
    corpus.screened[0] = dataclasses.replace(row, pictures=pictures)
    write_shard(tmp_path / "shard", corpus.rows(), corpus.read, group_bytes=1 << 20)
    (held,) = pq.read_table(tmp_path / "shard").select(["images", "phashes", "widths"]).to_pylist()
    made = blank(right, LINES)
    assert held["images"] == [
        {"bytes": left, "path": f"{hashlib.sha256(left).hexdigest()[:16]}.png"}, {"bytes": made.bytes, "path": made.name}
    ]  # fmt: skip
    assert held["phashes"] == ["ffffffffffffffff", f"{made.phash:016x}"]
    assert held["widths"] == [40, 40]
