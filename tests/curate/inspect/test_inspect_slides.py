"""tiles and thumbnails of whole-slide images are images like any other, read by a child process from an open file"""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from curate.inspect.children import Children
from curate.inspect.inspect import InspectLimits
from curate.inspect.route import inspect_group
from schemas.image import ImageRef
from tests.curate.pixels.made_slides import aperio, halved, painted

pytest.importorskip("openslide")
PIXELS = painted()
REFS = [
    ImageRef(id="s/a.svs!tile level0 256#9", source="s", path="a.svs", column="tile level0 256", frame=9),
    ImageRef(id="s/a.svs!tile level0 256#48", source="s", path="a.svs", column="tile level0 256", frame=48),
    ImageRef(id="s/a.svs!thumbnail 512#0", source="s", path="a.svs", column="thumbnail 512", frame=0),
    ImageRef(id="s/a.svs", source="s", path="a.svs"),
]


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("slides") / "a.svs"
    path.write_bytes(aperio(PIXELS, label="SECRET NAME"))
    return path


def test_tiles_and_thumbnails_are_decoded_by_a_child(slide: Path) -> None:
    children = Children()
    try:
        seen = list(inspect_group(REFS, lambda ref: slide.open("rb"), InspectLimits(), children))
    finally:
        children.close()
    (tile, png), (none, nothing), (thumbnail, small), (plain, _) = seen
    assert (tile.reason, tile.format, tile.width, tile.height, tile.mode, tile.bits, tile.ship) == (None, "slide", 256, 256, "RGB", 8, None)
    assert png is not None
    assert small is not None
    assert (np.asarray(Pillow.open(io.BytesIO(png))) == PIXELS[256:512, 256:512]).all()
    assert (none.reason, none.evidence, nothing) == ("no_such_frame", "tile 48 of 48", None)
    assert (np.asarray(Pillow.open(io.BytesIO(small))) == halved(PIXELS, 4)).all()
    assert (plain.reason, plain.width, plain.height) == (None, 1024, 768)
    assert len({image.byte_digest for image in (tile, thumbnail, plain)}) == 3


def test_a_tile_smaller_than_the_recipe_takes_is_known_by_its_header(slide: Path) -> None:
    children = Children()
    try:
        ((image, png),) = inspect_group(REFS[:1], lambda ref: slide.open("rb"), InspectLimits(min_side=300), children)
    finally:
        children.close()
    assert (image.reason, image.evidence, image.width, png) == ("image_too_small", "256 < 300", 256, None)
