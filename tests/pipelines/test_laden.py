import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageCms

from curate.pixels.digest import pixel_digest
from curate.pixels.render import render
from curate.pixels.strip import strip_metadata
from tests.pipelines.laden_files import ORIENTATION, laden, plain, planted, write_laden
from tests.pipelines.whole_run import Place, Ran, fates, shipped

WEB = {"jpg": "jpeg", "png": "png", "gif": "gif", "webp": "webp"}


@dataclass(frozen=True)
class Laden:
    out: Path
    ran: Ran
    files: dict[str, bytes]
    rows: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Laden:
    folder = tmp_path_factory.mktemp("laden")
    files = write_laden(folder)
    place = Place(folder)
    ran = place.run()
    return Laden(place.out, ran, files, {row["id"]: row for row in shipped(place.out, "medical")})


def cells(value: object) -> Iterator[bytes]:
    match value:
        case bytes():
            yield value
        case str():
            yield value.encode()
        case dict():
            yield from (found for inner in value.values() for found in cells(inner))
        case list():
            yield from (found for inner in value for found in cells(inner))


def test_every_picture_ships(run: Laden) -> None:
    assert run.ran.status == 0
    assert {id: fate for id, fate in fates(run.out).items() if fate != ("", "")} == {}
    assert set(run.rows) == set(run.files)


def test_each_was_planted() -> None:
    """Else nothing is found because nothing is there."""
    for name, data in laden(600).items():
        assert any(form in data for form in planted()), name


def test_nothing_planted_lies_anywhere_in_out(run: Laden) -> None:
    forms, looked = planted(), 0
    for path in sorted(path for path in run.out.rglob("*") if path.is_file()):
        contents = [path.read_bytes(), str(path.relative_to(run.out)).encode()]
        if path.suffix == ".parquet":  # its columns may be compressed
            contents += [cell for row in pq.read_table(path).to_pylist() for cell in cells(row)]
        looked += len(contents)
        assert [form for form in forms if any(form in content for content in contents)] == [], path
    assert looked > 500
    told = (run.ran.said + run.ran.told).encode()
    assert [form for form in forms if form in told] == []


def test_what_ships_has_no_metadata_left_to_take_off(run: Laden) -> None:
    for id, row in run.rows.items():
        (image,) = row["images"]
        format = WEB[image["path"].rpartition(".")[2]]
        assert strip_metadata(image["bytes"], format) is image["bytes"], id
        with Image.open(io.BytesIO(image["bytes"])) as opened:
            texts = {key for key, value in opened.info.items() if isinstance(value, str) or key in ("comment", "xmp", "photoshop")}
            assert (id, texts) == (id, set())
            assert set(opened.getexif()) <= {0x0112}
            assert [form for form in planted() if form in opened.info.get("icc_profile", b"")] == []  # a PNG's lies there deflated


def test_the_pixels_are_those_of_the_original(run: Laden) -> None:
    for id, row in run.rows.items():
        shown = render(row["images"][0]["bytes"]).image
        assert pixel_digest(shown) == pixel_digest(render(run.files[id]).image), id


def test_orientation_and_colour_profile_stay_in_force(run: Laden) -> None:
    screen = ImageCms.createProfile("sRGB")
    for name in ("a.jpg", "b.png", "d.webp", "e.webp", "za.jpg", "mb.png"):
        data = run.rows[f"laden/{name}"]["images"][0]["bytes"]
        with Image.open(io.BytesIO(data)) as after, Image.open(io.BytesIO(run.files[f"laden/{name}"])) as before:
            assert after.getexif()[0x0112] == ORIENTATION
            colours = [
                ImageCms.profileToProfile(opened.convert("RGB"), ImageCms.ImageCmsProfile(io.BytesIO(opened.info["icc_profile"])), screen)
                for opened in (before, after)
            ]
            assert np.array_equal(*map(np.asarray, colours))


def test_a_file_that_says_nothing_ships_byte_for_byte(run: Laden) -> None:
    for name in plain(650):
        assert run.rows[f"laden/{name}"]["images"][0]["bytes"] == run.files[f"laden/{name}"], name
