"""whole-slide images: thumbnails and tiles of them, what of them is never read, what cannot be read"""

import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from curate.pixels.fault import PixelFault
from curate.pixels.slide import APART, Slide, SlideFacts, View, grid_of, is_slide, look, read_slide, view_of
from curate.pixels.slide_apart import read
from curate.pixels.tissue import shares, tissue
from tests.curate.pixels.made_slides import GLASS, aperio, halved, painted, tiled, written

openslide = pytest.importorskip("openslide")
PIXELS = painted()
SVS = aperio(PIXELS, label="SECRET NAME")


@pytest.fixture
def slide(tmp_path: Path) -> Iterator[Any]:
    """Opens one as it lies on disk."""
    opened = []

    def of(data: bytes) -> Slide:
        path = tmp_path / f"{len(opened)}.svs"
        path.write_bytes(data)
        opened.append(path.open("rb"))
        return read_slide(opened[-1])

    yield of
    for file in opened:
        file.close()


def shown(slide: Slide, view: str, number: int = -1) -> np.ndarray:
    return np.asarray(slide.rendered(view, number, None).image)


@pytest.mark.parametrize("data", [SVS, tiled(PIXELS), aperio(PIXELS, compression=None), tiled(PIXELS, compression="lzw")])
def test_tiles_are_the_pixels_that_another_reader_sees(slide: Any, data: bytes) -> None:
    found = slide(data)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        fine, coarse = (page.asarray() for page in file.pages if page.is_tiled)
    assert (fine == PIXELS).all()
    for number in (0, 9, 17, 47):
        row, column = divmod(number, 8)
        place = slice(row * 256, row * 256 + 256), slice(column * 256, column * 256 + 256)
        assert (shown(found, "tile level0 256", number) == fine[place]).all()
    assert (shown(found, "tile level1 100", 8) == coarse[100:200, 300:400]).all()
    assert (shown(found, "tile down4 100", 8) == coarse[100:200, 300:400]).all()


def test_jpeg_tiles_are_those_of_another_decoder_within_its_rounding(slide: Any) -> None:
    data = aperio(PIXELS, compression="jpeg")
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        fine = file.pages[0].asarray()
    difference = np.abs(shown(slide(data), "tile level0 256", 9).astype(int) - fine[256:512, 256:512])
    assert difference.max() <= 3


def test_a_resolution_is_told_in_micrometres_a_pixel(slide: Any) -> None:
    found = slide(SVS)  # 0.5 and 2 micrometres a pixel
    assert (shown(found, "tile 0.5um 256", 9) == shown(found, "tile level0 256", 9)).all()
    assert (shown(found, "tile 0.505um 256", 9) == shown(found, "tile level0 256", 9)).all()  # near: not resampled
    assert (shown(found, "tile 2um 100", 8) == shown(found, "tile level1 100", 8)).all()
    twice = shown(found, "tile 1um 256", 2)
    assert twice.shape == (256, 256, 3)
    wanted = np.asarray(Image.fromarray(PIXELS[0:512, 1024:1536]).resize((256, 256), Image.Resampling.LANCZOS))
    assert (twice == wanted).all()


def test_a_thumbnail_is_the_whole_slide_within_a_side(slide: Any) -> None:
    found = slide(SVS)
    assert (shown(found, "thumbnail 512") == halved(PIXELS, 4)).all()
    assert shown(found, "thumbnail 200").shape == (150, 200, 3)
    assert shown(found, "").shape == (768, 1024, 3)
    assert shown(found, "thumbnail 8000").shape == (1536, 2048, 3)  # never enlarged
    assert (shown(found, "thumbnail 512", 0) == shown(found, "thumbnail 512")).all()


def test_a_picture_tells_what_it_is(slide: Any) -> None:
    found = slide(SVS)
    header = found.rendered("tile level0 256", 9, None).header
    assert (header.format, header.width, header.height, header.mode, header.bits, header.frames) == ("slide", 256, 256, "RGB", 8, 48)
    assert found.rendered("thumbnail 512", -1, None).header.frames == 1


def test_a_digest_is_of_place_and_pixels_not_of_the_file(slide: Any) -> None:
    one, other = slide(SVS), slide(tiled(PIXELS))
    assert one.digested("tile level0 256", 9) == b"tile level0 256 9 256 256\n" + PIXELS[256:512, 256:512].tobytes()
    assert one.digested("tile level0 256", 9) == other.digested("tile level0 256", 9)
    assert one.digested("tile level0 256", 0) != one.digested("tile level0 256", 7)  # both glass
    assert one.digested("thumbnail 512", -1) == one.digested("thumbnail 512", 0)


def test_a_slide_in_memory_is_read_from_a_copy() -> None:
    found = read_slide(io.BytesIO(SVS))
    assert not found.path.startswith("/proc")
    assert (shown(found, "tile level0 256", 9) == PIXELS[256:512, 256:512]).all()
    found.close()
    assert not Path(found.path).exists()


def test_labels_are_never_read(slide: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file holds the photograph of a label with a name on it, and the name in its properties."""
    found = slide(SVS)
    associated = found.opened.associated_images
    assert (np.asarray(associated["label"])[..., :3] == written("SECRET NAME")).all()
    assert any("SECRET" in value for value in found.opened.properties.values())

    def never(*_: Any) -> None:
        raise AssertionError("an associated image was read")

    monkeypatch.setattr("openslide.lowlevel.read_associated_image", never)
    found = slide(SVS)
    seen = [shown(found, "thumbnail 2048"), *(shown(found, "tile level0 256", number) for number in range(48))]
    assert min(int(picture.max(axis=2).min()) for picture in seen) > 50  # of black letters nothing
    (tmp_path / "a").write_bytes(SVS)
    told = subprocess.run([sys.executable, "-I", str(APART), str(tmp_path / "a"), "512"], capture_output=True, check=True)
    assert b"SECRET" not in told.stdout + told.stderr
    assert "SECRET" not in repr(found.told)


@pytest.mark.parametrize(
    ("path", "column", "is_one"),
    [
        ("a/b.svs", "", True), ("a/B.NDPI", "", True), ("a.scn", "", True), ("a.bif", "", True), ("a.mrxs", "", True), ("a.tif", "", False),
        ("a.tif", "tile 0.5um 512", True), ("a.tiff", "thumbnail 1024", True), ("a.tif", "axial", False), ("a.svs.jpg", "", False),
    ],
)  # fmt: skip
def test_a_slide_is_known_by_its_name_or_by_what_is_asked_of_it(path: str, column: str, is_one: bool) -> None:
    assert is_slide(path, column) == is_one


@pytest.mark.parametrize(
    "view",
    [
        View(side=512, mpp=0.5), View(side=256, level=2), View(side=64, downsample=4.5), View(side=1024, thumbnail=True),
    ],
)  # fmt: skip
def test_a_view_is_what_its_words_say(view: View) -> None:
    assert view_of(str(view)) == view


FACTS = SlideFacts(left=0, top=0, width=100_000, height=60_000, downsamples=(1.0, 4.0, 16.001), mpp=0.25)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("tile 0.25um 512", (1.0, 0, 195, 117)),
        ("tile 0.5um 512", (2.0, 0, 97, 58)),
        ("tile 1um 512", (4.0, 1, 48, 29)),
        ("tile 4um 512", (16.001, 2, 12, 7)),
        ("tile 3um 512", (12.0, 1, 16, 9)),
        ("tile 40um 512", (160.0, 2, 1, 0)),
        ("tile level2 256", (16.001, 2, 24, 14)),
    ],
)
def test_a_grid_holds_the_whole_tiles_of_a_resolution(column: str, told: tuple[float, int, int, int]) -> None:
    grid = grid_of(FACTS, view_of(column))
    assert (grid.downsample, grid.level, grid.across, grid.count // grid.across) == told


def test_a_tile_lies_where_its_number_says() -> None:
    grid = grid_of(SlideFacts(left=10, top=20, width=9_000, height=5_000, downsamples=(1.0,), mpp=0.4), view_of("tile 0.5um 500"))
    assert (grid.across, grid.count) == (14, 14 * 8)
    assert [grid.place(number) for number in (0, 1, 13, 14, 111)] == [
        (10, 20), (635, 20), (8135, 20), (10, 645), (8135, 4395),
    ]  # fmt: skip


def test_where_a_file_tells_what_was_scanned_the_grid_begins_there(slide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = slide(SVS)
    told = {"openslide.bounds-x": "256", "openslide.bounds-y": "512", "openslide.bounds-width": "1024", "openslide.bounds-height": "512"}
    monkeypatch.setattr("openslide.OpenSlide.properties", told)
    inside = slide(SVS)
    assert (inside.facts.left, inside.facts.top, inside.facts.width, inside.facts.height) == (256, 512, 1024, 512)
    assert (shown(inside, "tile level0 256", 5) == shown(found, "tile level0 256", 8 * 3 + 2)).all()
    assert (shown(inside, "thumbnail 256") == halved(PIXELS[512:1024, 256:1280], 4)).all()
    monkeypatch.setattr("openslide.OpenSlide.properties", {**told, "openslide.bounds-width": "9999"})
    assert slide(SVS).facts.width == 2048  # bounds outside the slide are none


@pytest.mark.parametrize(
    ("view", "number", "fault"),
    [
        ("tile level0 256", 48, ("no_such_frame", "tile 48 of 48")),
        ("tile level0 256", -1, ("no_such_frame", "no tile is named of 48")),
        ("thumbnail 512", 1, ("no_such_frame", "tile 1 of 1")),
        ("tile level2 256", 0, ("no_such_frame", "level 2 of 2")),
        ("tile 0.2um 256", 0, ("unsupported", "a resolution finer than the slide's finest")),
        ("tile down0.5 256", 0, ("unsupported", "a resolution finer than the slide's finest")),
        ("tile level0 8", 0, ("unsupported", "a view of a slide of 8 pixels")),
        ("SECRET", 0, ("unsupported", "a view of a slide that is no thumbnail and no tile")),
    ],
)
def test_what_a_slide_does_not_have_is_a_fault(slide: Any, view: str, number: int, fault: tuple[str, str]) -> None:
    found = slide(SVS)
    with pytest.raises(PixelFault) as raised:
        found.rendered(view, number, None)
    assert raised.value.args == fault
    assert shown(found, "tile level0 256", 0).shape == (256, 256, 3)


def test_a_slide_that_does_not_tell_its_resolution_has_no_tiles_by_it(slide: Any) -> None:
    with pytest.raises(PixelFault, match="does not tell its micrometres"):
        slide(tiled(PIXELS)).rendered("tile 0.5um 256", 0, None)
    assert slide(tiled(PIXELS, mpp=0.25)).facts.mpp == pytest.approx(0.25)
    assert slide(aperio(PIXELS, mpp="SECRET")).facts.mpp is None


def test_one_broken_tile_costs_no_other(slide: Any) -> None:
    data = bytearray(SVS)
    with tifffile.TiffFile(io.BytesIO(SVS)) as file:
        page = file.pages[0]
        place, length = page.dataoffsets[9], page.databytecounts[9]
    data[place : place + length] = b"\xff" * length
    found = slide(bytes(data))
    with pytest.raises(PixelFault) as raised:
        found.rendered("tile level0 256", 9, None)
    assert raised.value.args == ("corrupt", "a part of a whole-slide image that OpenSlide cannot decode")
    assert (shown(found, "tile level0 256", 10) == PIXELS[256:512, 512:768]).all()


PLAIN = io.BytesIO()
Image.fromarray(PIXELS[:64, :64]).save(PLAIN, "TIFF")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", ("empty_file", "0 bytes")),
        (b"SECRET" * 9, ("unsupported", "a whole-slide image that is no TIFF: of several files, or none")),
        (PLAIN.getvalue(), ("unsupported", "a whole-slide image of no format that OpenSlide knows")),
        (SVS[:3000], ("unsupported", "a whole-slide image of no format that OpenSlide knows")),
    ],
)
def test_what_is_no_slide_is_refused_before_it_is_read(data: bytes, fault: tuple[str, str]) -> None:
    for way in (read_slide, look):
        with tempfile.TemporaryFile() as file:
            file.write(data)
            with pytest.raises(PixelFault) as raised:
                way(file)
        assert raised.value.args == fault


def test_without_the_extra_a_slide_is_unsupported_and_says_which(slide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openslide", None)
    with pytest.raises(PixelFault) as raised:
        slide(SVS)
    assert raised.value.args == ("unsupported", 'whole-slide image: the extra "slides" is not installed')


def test_a_region_too_large_to_hold_is_refused_before_it_is_decoded(slide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = slide(SVS)
    monkeypatch.setattr("curate.pixels.slide_apart.MAX_REGION", 1 << 18)
    with pytest.raises(PixelFault) as raised:
        found.rendered("tile level0 1024", 0, None)
    assert raised.value.args == ("too_large", "1024 x 1024 > 262144 pixels of a slide at once")
    assert shown(found, "thumbnail 2000").shape == (384, 512, 3)  # a coarser level is small enough


def test_tissue_is_what_is_stained() -> None:
    found = tissue(halved(PIXELS, 4))
    wanted = (halved(PIXELS, 4) != GLASS).any(axis=2)
    assert (found == wanted).mean() > 0.99
    assert not tissue(np.full((20, 20, 3), GLASS, np.uint8)).any()
    assert not tissue(np.zeros((20, 20, 3), np.uint8)).any()
    assert tissue(np.full((20, 20, 3), (200, 90, 150), np.uint8)).all()  # nothing but tissue


def test_the_share_of_a_tile_is_that_of_its_area() -> None:
    mask = np.zeros((6, 8), bool)
    mask[2:4, 2:5] = True
    assert list(shares(mask, (800, 600), 200.0, 4, 12)) == [0, 0, 0, 0, 0, 1, 0.5, 0, 0, 0, 0, 0]
    assert list(shares(mask, (80_000, 60_000), 2_500.0, 32, 24 * 32))[8 * 32 + 8] == 1.0  # smaller than a pixel of the overview


def test_an_overview_is_made_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.svs").write_bytes(SVS)
    with (tmp_path / "a.svs").open("rb") as file:
        seen = look(file)
    assert seen.facts == SlideFacts(left=0, top=0, width=2048, height=1536, downsamples=(1.0, 4.0), mpp=0.5)
    assert (seen.tissue == (PIXELS != GLASS).any(axis=2)).mean() > 0.99
    assert look(io.BytesIO(SVS)).facts == seen.facts


def test_what_is_transparent_is_white() -> None:
    """As scanners leave tiles out that hold nothing."""

    class Half:
        def read_region(self, place: tuple[int, int], level: int, size: tuple[int, int]) -> Image.Image:
            region = Image.new("RGBA", size, (200, 90, 150, 255))
            region.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
            return region

    assert np.asarray(read(Half(), 0, (0, 0), (4, 1))).tolist() == [[[255] * 3, [255] * 3, [200, 90, 150], [200, 90, 150]]]
