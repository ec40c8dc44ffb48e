import hashlib
import io
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import imagehash
import numpy as np
import pytest
from PIL import Image as Pillow
from pydicom.data import get_testdata_file

from curate.inspect.inspect import InspectLimits, inspect_image
from curate.pixels.digest import grey, pixel_digest, spread
from curate.pixels.render import render
from schemas.image import Image, ImageRef, Ship
from tests.real import REAL

NOISE = Pillow.fromarray(np.random.default_rng(1).integers(0, 256, (70, 90), dtype=np.uint8))


def coded(format: str, image: Pillow.Image = NOISE, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def inspected(data: bytes, limits: InspectLimits | None = None, **fields: object) -> tuple[Image, bytes | None]:
    ref = ImageRef(id="s/a.png", source="s", path="a.png", **fields)  # type: ignore[arg-type]
    return inspect_image(ref, lambda path: io.BytesIO(data), limits or InspectLimits())


def test_an_image_is_described_by_its_rendered_form() -> None:
    data = coded("PNG")
    image, png = inspected(data, is_synthetic=True)
    assert png is None
    assert image == Image(
        id="s/a.png",
        source="s",
        reason=None,
        evidence=None,
        byte_digest=hashlib.sha256(data).hexdigest(),
        pixel_digest=pixel_digest(NOISE),
        phash=int(str(imagehash.phash(NOISE)), 16),
        grey=grey(NOISE),
        width=90,
        height=70,
        mode="L",
        bits=8,
        format="png",
        blank=False,
        spread=spread(NOISE),
        header_modality=None,
        photometric=None,
        burned_in=None,
        is_synthetic=True,
        ship=Ship(
            root="source", path="a.png", member="", offset=0, length=len(data), format="png", digest=hashlib.sha256(data).hexdigest()
        ),
    )


@pytest.mark.parametrize("format", ["JPEG", "GIF", "WEBP"])
def test_web_formats_ship_as_they_are(format: str) -> None:
    image, png = inspected(coded(format))
    assert png is None
    assert image.ship is not None
    assert (image.format, image.ship.format, image.ship.digest) == (format.lower(), format.lower(), image.byte_digest)


@pytest.mark.parametrize(
    ("format", "picture"), [("BMP", NOISE), ("TIFF", NOISE), ("PNG", Pillow.fromarray(np.asarray(NOISE).astype(np.uint16) * 9))]
)
def test_what_is_no_web_format_comes_with_a_png_of_its_pixels(format: str, picture: Pillow.Image) -> None:
    data = coded(format, picture)
    image, png = inspected(data)
    assert (image.ship, image.format, image.byte_digest) == (None, format.lower(), hashlib.sha256(data).hexdigest())
    assert png is not None
    assert pixel_digest(render(png).image) == image.pixel_digest == pixel_digest(render(data).image)
    assert inspected(data) == (image, png)


def test_dicom_facts_are_kept() -> None:
    image, png = inspected(Path(str(get_testdata_file("CT_small.dcm", download=False))).read_bytes())
    assert (image.format, image.mode, image.bits) == ("dicom", "MONOCHROME2", 16)
    assert (image.header_modality, image.photometric, image.burned_in) == ("CT", "MONOCHROME2", None)
    assert png is not None


def test_one_frame_of_many_is_rendered_and_the_whole_ships() -> None:
    data = coded("GIF", NOISE, save_all=True, append_images=[NOISE.rotate(180)])
    whole, nothing = inspected(data)
    second, png = inspected(data, frame=1)
    assert nothing is None
    assert whole.ship is not None
    assert whole.pixel_digest != second.pixel_digest
    assert png is not None
    assert (second.ship, pixel_digest(render(png).image)) == (None, second.pixel_digest)


def test_a_row_of_an_array_is_digested_alone() -> None:
    rows = np.stack([np.asarray(NOISE), np.asarray(NOISE), np.asarray(NOISE)[::-1]])
    out = io.BytesIO()
    np.save(out, rows)
    images = [inspected(out.getvalue(), frame=frame)[0] for frame in range(4)]
    assert images[0].byte_digest == images[1].byte_digest != images[2].byte_digest
    assert images[0].pixel_digest == pixel_digest(NOISE)
    assert [image.reason for image in images] == [None, None, None, "no_such_frame"]


def test_a_flat_picture_is_blank() -> None:
    assert inspected(coded("PNG", Pillow.new("L", (64, 64), 40)))[0].blank
    assert not inspected(coded("PNG"))[0].blank


@pytest.mark.parametrize(
    ("data", "reason", "evidence"),
    [
        (b"", "empty_file", "0 bytes"),
        (b"no picture", "not_an_image", "10 bytes of no known image format"),
        (coded("JPEG")[:-300], "truncated", f"jpeg, {len(coded('JPEG')) - 300} bytes: no end mark"),
        (b"\x1f\x8b" + bytes(30), "unsupported", "gzip"),
    ],
)
def test_bad_data_gives_one_row_that_says_why(data: bytes, reason: str, evidence: str) -> None:
    image, png = inspected(data)
    assert png is None
    assert (image.reason, image.evidence, image.pixel_digest, image.width, image.ship) == (reason, evidence, "", 0, None)
    assert image.byte_digest == (hashlib.sha256(data).hexdigest() if reason == "truncated" else "")


def test_a_file_above_the_limit_is_not_read() -> None:
    class Unreadable(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert 0 < size <= 512
            return super().read(size)

    ref = ImageRef(id="s/a", source="s", path="a")
    image, _ = inspect_image(ref, lambda path: Unreadable(coded("PNG")), InspectLimits(max_bytes=100))
    assert (image.reason, image.evidence) == ("too_large", f"{len(coded('PNG'))} > 100 bytes")


def failing(error: OSError) -> Callable[[str], BinaryIO]:
    def open_path(path: str) -> BinaryIO:
        raise error

    return open_path


def test_a_missing_file_is_a_row_and_a_broken_disk_stops() -> None:
    ref = ImageRef(id="s/a", source="s", path="a")
    image, _ = inspect_image(ref, failing(FileNotFoundError("a")), InspectLimits())
    assert (image.reason, image.evidence) == ("unreadable", "FileNotFoundError")
    with pytest.raises(OSError, match="disk"):
        inspect_image(ref, failing(OSError("disk")), InspectLimits())


def test_a_column_of_what_is_no_table_is_named() -> None:
    assert inspected(coded("PNG"), column="image")[0].evidence == "inside a file that is no table"


@pytest.mark.parametrize(("orientation", "turned"), [(1, False), (3, False), (4, False), (5, True), (6, True), (8, True)])
def test_a_picture_that_is_shown_on_its_side_says_so(orientation: int, turned: bool) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image, _ = inspected(coded("JPEG", exif=exif))
    assert (image.width, image.height, image.turned) == ((70, 90, True) if turned else (90, 70, False))


def test_a_further_page_of_another_size_is_not_on_its_side() -> None:
    data = coded("TIFF", save_all=True, append_images=[NOISE.rotate(90, expand=True)])
    image, _ = inspected(data, frame=1)
    assert (image.width, image.height, image.turned) == (70, 90, False)


def mutants(data: bytes, seed: int, count: int) -> list[bytes]:
    """Cut, flipped, overwritten, shortened and spread copies."""
    chance, made = random.Random(seed), []
    for number in range(count):
        broken, place = bytearray(data), chance.randrange(len(data))
        match number % 5:
            case 0:
                del broken[place:]
            case 1:
                for _ in range(chance.choice((1, 4, 40))):
                    broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            case 2:
                broken[chance.randrange(min(600, len(data)))] = chance.choice((0, 127, 128, 255))
            case 3:
                del broken[place : place + chance.randrange(1, 2000)]
            case _:
                broken[place : place + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
        made.append(bytes(broken))
    return made


def test_no_mutant_of_a_drawn_file_raises() -> None:
    reasons: Counter[str | None] = Counter()
    small = NOISE.resize((40, 30)).convert("RGB")
    files = [coded(format, small) for format in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")]
    files += [coded("TIFF", small, compression=name) for name in ("tiff_lzw", "jpeg", "packbits")]
    files.append(coded("GIF", small, save_all=True, append_images=[small.rotate(90)]))
    for seed, data in enumerate(files):
        for broken in mutants(data, seed, 60):
            image, _ = inspected(broken)
            assert (image.reason is None) == (len(image.pixel_digest) == 64)
            reasons[image.reason] += 1
    assert reasons.total() == 600
    assert set(reasons) <= {None, "truncated", "corrupt", "too_large", "not_an_image", "empty_file", "unsupported"}


def test_no_mutant_of_a_real_file_raises_and_evidence_holds_no_content() -> None:
    if REAL is None:
        pytest.skip("../shared/real is not here")
    files = [path for path in sorted((REAL / "modality").glob("*/*")) if path.stat().st_size < 120_000][::12]
    reasons: Counter[str | None] = Counter()
    for seed, path in enumerate(files):
        for broken in mutants(path.read_bytes(), seed, 10):
            image, _ = inspected(broken)
            reasons[image.reason] += 1
            assert len(image.evidence or "") < 100
    assert reasons.total() == 10 * len(files) >= 250
    assert reasons["truncated"] + reasons["corrupt"] > reasons.total() / 3


def test_every_damaged_png_is_seen() -> None:
    data = coded("PNG")
    chance = random.Random(5)
    for _ in range(100):
        broken = bytearray(data)
        broken[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        assert inspected(bytes(broken))[0].reason in ("corrupt", "truncated", "not_an_image")
