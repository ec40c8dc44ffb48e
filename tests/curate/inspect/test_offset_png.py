"""CT numbers in 16-bit PNG, from the publisher's table to the picture that ships: each slice by its own window"""

import io
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from PIL import Image as Pillow

from curate.ingest.find import Listing, listing_opener, with_archives
from curate.ingest.ingest import read_source
from curate.inspect.inspect import InspectLimits, inspect_image
from curate.manifest import build_manifest, load_windows
from curate.manifest.plain_yaml import parse_yaml
from curate.rendering import rendering_of, said_by_recipe
from schemas.image import Image, ImageRef, Window
from schemas.sample import Sample

FOLDER = Path(__file__).parents[3] / "manifests"
WINDOWS = load_windows(FOLDER)
RAW = parse_yaml((FOLDER / "sources" / "deeplesion.yaml").read_text(encoding="utf-8"))
WORDINGS = {name: {"en": (name,)} for name in ("detection", "detection_answer")}
HU = (-32768, -2000, -1500, -1000, -900, -500, -175, 0, 1, 40, 50, 240, 275, 499, 500, 3071)  # a pixel of each, in squares of 16 x 16
HEAD = (
    "File_name,Patient_index,Study_index,Series_ID,Key_slice_index,Measurement_coordinates,Bounding_boxes,Lesion_diameters_Pixel_,"
    "Normalized_lesion_location,Coarse_lesion_type,Possibly_noisy,Slice_range,Spacing_mm_px_,Image_size,DICOM_windows,Patient_gender,"
    "Patient_age,Train_Val_Test\n"
)


def row(slice: str, window: str, box: str = "1.5, 2.0, 33.0, 24.0") -> str:
    return f'900001_01_01_{slice}.png,1,1,1,1,"1, 2","{box}","3, 1","0, 0, 0",5,0,"1, 6","1, 1, 5","64, 64","{window}",M,50,1\n'


def offset_png() -> bytes:
    stored = np.array(HU).reshape(4, 4) + 32768
    file = io.BytesIO()
    Pillow.fromarray(np.kron(stored, np.ones((16, 16), dtype=int)).astype(np.uint16)).save(file, "PNG")
    return file.getvalue()


def ran(rows: str, *, recipe: dict[str, dict] | None = None) -> tuple[list[Sample], dict[str, tuple[Image, list[int]]]]:
    """The samples of these rows, whose slices lie in a zip, and of each image its row and the grey of each square."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for slice in ("001", "002", "003"):
            archive.writestr(f"Images_png/900001_01_01/{slice}.png", offset_png())
    files = {"DL_info.csv": (HEAD + rows).encode(), "Images_png_01.zip": packed.getvalue()}

    def open_path(path: str) -> BinaryIO:
        return io.BytesIO(files[path])

    manifest = build_manifest(RAW, path="", wordings=WORDINGS, windows=WINDOWS)
    listing = with_archives(Listing({path: (len(content), 0) for path, content in files.items()}), open_path)
    found = list(read_source(manifest, listing, listing_opener(listing, open_path), limit=None))
    told, wrong = said_by_recipe(recipe or {}, WINDOWS)
    assert wrong == []
    seen = {}
    for ref in (item for item in found if isinstance(item, ImageRef)):
        ref = ImageRef(**{**{name: getattr(ref, name) for name in ref.__dataclass_fields__}, "rendering": rendering_of(ref, told)})
        image, data = inspect_image(ref, lambda ref: open_path(ref.member.archive if ref.member else ref.path), InspectLimits())
        assert (image.reason, image.evidence) == (None, None)
        grey = np.asarray(Pillow.open(io.BytesIO(data or b"")))
        seen[image.id.removeprefix("deeplesion/Images_png/900001_01_01/")] = image, grey[8::16, 8::16].ravel().tolist()
    return [item for item in found if isinstance(item, Sample)], seen


def by_hand(low: int, high: int) -> list[int]:
    """What the publisher's FAQ says: min(255, max(0, (HU - low) / (high - low) * 255)), rounded half up, in whole numbers."""
    return [min(255, max(0, (2 * 255 * (hu - low) + (high - low)) // (2 * (high - low)))) for hu in HU]


def test_each_slice_is_shown_by_the_window_of_its_row() -> None:
    samples, seen = ran(row("001", "-1500, 500") + row("002", "-175, 275") + row("003", ""))
    assert seen["001.png"][1] == [0, 0, 0, 64, 77, 128, 169, 191, 191, 196, 198, 222, 226, 255, 255, 255] == by_hand(-1500, 500)
    assert seen["002.png"][1] == [0, 0, 0, 0, 0, 0, 0, 99, 100, 122, 128, 235, 255, 255, 255, 255] == by_hand(-175, 275)
    assert seen["003.png"][1] == [0, 0, 0, 0, 0, 0, 0, 102, 103, 128, 134, 255, 255, 255, 255, 255] == by_hand(-160, 240)
    assert {name: image.window for name, (image, _) in seen.items()} == {
        "001.png": Window(low=-1500, high=500, by="manifest column"),
        "002.png": Window(low=-175, high=275, by="manifest column"),
        "003.png": Window(low=-160, high=240, by="manifest soft tissue"),
    }
    image = seen["001.png"][0]
    assert (image.format, image.bits, image.width, image.height, image.blank, image.ship) == ("png", 16, 64, 64, False, None)
    assert [(box.x, box.y, box.width, box.height) for box in samples[0].boxes] == [(1.5, 2.0, 31.5, 22.0)]
    assert [sample.images for sample in samples] == [(f"deeplesion/Images_png/900001_01_01/00{n}.png",) for n in (1, 2, 3)]


def test_a_slice_with_several_lesions_is_one_picture_by_its_first_row() -> None:
    samples, seen = ran(row("001", "-1500, 500") + row("001", "-175, 275", "5, 5, 9, 9"))
    assert [len(sample.boxes) for sample in samples] == [2]
    assert {name: image.window and image.window.low for name, (image, _) in seen.items()} == {"001.png": -1500}


@pytest.mark.parametrize("source", ["deeplesion", "*"])
def test_a_recipe_shows_it_otherwise_and_the_numbers_keep_their_meaning(source: str) -> None:
    window = "lung" if source != "*" else {"shares": [0, 100]}
    _, seen = ran(row("001", "-175, 275"), recipe={source: {"window": window}})
    image, grey = seen["001.png"]
    if source == "*":  # the lowest is the background, and does not count
        assert (image.window, grey) == (Window(low=-2000, high=3071, by="recipe percentiles 0-100"), by_hand(-2000, 3071))
    else:
        assert (image.window, grey) == (Window(low=-1350, high=150, by="recipe lung"), by_hand(-1350, 150))
