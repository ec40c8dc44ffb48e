import io
import random
import struct
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from curate.pixels.digest import pixel_digest
from curate.pixels.fault import PixelFault
from curate.pixels.kind import HEAD, image_kind
from curate.pixels.orientation import exif_orientation, orientation_exif
from curate.pixels.render import render
from curate.pixels.strip import strip_metadata
from tests.real import REAL

SECRET = b"Doe^Jane 1970-01-01"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PICTURE = Image.effect_noise((40, 30), 60).convert("RGB")


def coded(format: str, image: Image.Image = PICTURE, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = SECRET.decode()
    return tags


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("PatientName", SECRET.decode())
    info.add_text("Long", SECRET.decode(), zip=True)
    return info


PLAIN = {
    "jpeg": coded("JPEG"),
    "png": coded("PNG"),
    "gif": coded("GIF", save_all=True, append_images=[PICTURE.rotate(90)], loop=0),
    "webp": coded("WEBP"),
}
LADEN = {
    "jpeg": coded("JPEG", exif=exif(6), comment=SECRET, dpi=(72, 72), xmp=SECRET, icc_profile=PROFILE),
    "png": coded("PNG", exif=exif(6), pnginfo=text(), icc_profile=PROFILE, dpi=(72, 72)),
    "gif": coded("GIF", comment=SECRET, save_all=True, append_images=[PICTURE.rotate(90)], loop=3),
    "webp": coded("WEBP", exif=exif(6), xmp=SECRET, icc_profile=PROFILE),
}


@pytest.mark.parametrize("format", PLAIN)
def test_a_file_without_metadata_comes_back_as_it_is(format: str) -> None:
    assert strip_metadata(PLAIN[format], format) is PLAIN[format]


@pytest.mark.parametrize("format", PLAIN)
def test_what_follows_the_end_is_dropped(format: str) -> None:
    assert strip_metadata(PLAIN[format] + SECRET, format) == PLAIN[format]


@pytest.mark.parametrize("format", LADEN)
def test_metadata_goes_and_the_picture_stays(format: str) -> None:
    stripped = strip_metadata(LADEN[format], format)
    assert SECRET in LADEN[format]
    assert SECRET not in stripped
    with Image.open(io.BytesIO(LADEN[format])) as before, Image.open(io.BytesIO(stripped)) as after:
        assert after.tobytes() == before.tobytes()
        assert after.info.get("icc_profile") == before.info.get("icc_profile")
        assert after.info.get("loop") == before.info.get("loop")
        assert getattr(after, "n_frames", 1) == getattr(before, "n_frames", 1)
        assert dict(after.getexif()) == ({} if format == "gif" else {0x0112: 6})
    assert strip_metadata(stripped, format) is stripped


@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_an_upright_orientation_is_not_kept(format: str) -> None:
    stripped = strip_metadata(coded(format.upper(), exif=exif(1)), format)
    with Image.open(io.BytesIO(stripped)) as after:
        assert dict(after.getexif()) == {}
    assert b"xif" not in stripped.lower()


def test_png_keeps_what_decides_how_pixels_look() -> None:
    head, rest = PLAIN["png"][:33], PLAIN["png"][33:]
    kept = chunk(b"gAMA", b"\0\0\xb1\x8f") + chunk(b"pHYs", bytes(9))
    data = head + kept + chunk(b"tIME", bytes(7)) + chunk(b"vpAg", bytes(9)) + rest
    assert strip_metadata(data, "png") == head + kept + rest


def test_png_drops_a_damaged_side_chunk_and_refuses_damaged_pixels() -> None:
    head, rest = PLAIN["png"][:33], PLAIN["png"][33:]
    damaged = bytearray(chunk(b"gAMA", b"\0\0\xb1\x8f"))
    damaged[-1] ^= 1
    assert strip_metadata(head + bytes(damaged) + rest, "png") == PLAIN["png"]
    pixels = bytearray(PLAIN["png"])
    pixels[60] ^= 1
    with pytest.raises(PixelFault, match="wrong CRC at 33"):
        strip_metadata(bytes(pixels), "png")


def test_jpeg_keeps_restart_markers_and_the_adobe_segment() -> None:
    restarts = coded("JPEG", restart_marker_blocks=1)
    assert b"\xff\xd0" in restarts
    assert strip_metadata(restarts, "jpeg") is restarts
    cmyk = coded("JPEG", PICTURE.convert("CMYK"))
    assert b"Adobe" in cmyk
    assert strip_metadata(cmyk, "jpeg") is cmyk
    progressive = coded("JPEG", progressive=True)
    assert strip_metadata(progressive, "jpeg") is progressive
    filled = PLAIN["jpeg"][:20] + b"\xff\xff\xff" + PLAIN["jpeg"][20:]
    assert strip_metadata(filled, "jpeg") is filled


def test_gif_keeps_the_loop_and_nothing_hidden_in_it() -> None:
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    assert loop in PLAIN["gif"]
    hidden = PLAIN["gif"].replace(loop, loop[:-1] + bytes([len(SECRET)]) + SECRET + b"\0")
    assert SECRET not in strip_metadata(hidden, "gif")
    xmp = PLAIN["gif"].replace(loop, loop + b"\x21\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET + b"\0")
    assert strip_metadata(xmp, "gif") == PLAIN["gif"]


def test_webp_without_its_extended_header_has_no_orientation() -> None:
    plain = PLAIN["webp"][12:]
    laden = riff(plain, b"EXIF" + struct.pack("<I", 26) + orientation_exif(6))
    assert strip_metadata(laden, "webp") == PLAIN["webp"]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_is_found_in_either_byte_order(orientation: int, order: str) -> None:
    head = b"II*\0" if order == "<" else b"MM\0*"
    body = struct.pack(f"{order}IH", 8, 2) + struct.pack(f"{order}HHI4s", 0x010E, 2, 4, b"Doe\0")
    body += struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(f"{order}I", 0)
    assert exif_orientation(head + body) == orientation
    assert exif_orientation(orientation_exif(orientation)) == orientation


@pytest.mark.parametrize("exif", [b"", b"II*\0", b"MM\0*\xff\xff\xff\xff\0\0", b"MM\0*\0\0\0\x08\xff\xff", orientation_exif(9), b"x" * 64])
def test_broken_exif_is_upright(exif: bytes) -> None:
    assert exif_orientation(exif) == 1


@pytest.mark.parametrize(
    ("format", "data", "reason"),
    [
        ("jpeg", b"\xff\xd8\xff\xe0\x00\x00", "corrupt"),
        ("jpeg", b"\xff\xd8\xff\xe0\x00\x01", "corrupt"),
        ("jpeg", b"\xff\xd8\xff\xe0\xff\xff" + bytes(9), "truncated"),
        ("jpeg", b"\xff\xd8" + b"\xff" * 50, "truncated"),
        ("jpeg", b"\xff\xd8\xff\x00", "corrupt"),
        ("png", PLAIN["png"][:8] + b"\xff\xff\xff\xffIHDR", "truncated"),
        ("png", PLAIN["png"][:8] + chunk(b"IEND", b""), "corrupt"),
        ("png", PLAIN["png"][:33] + PLAIN["png"][8:], "corrupt"),
        ("gif", b"GIF89a" + bytes(7), "truncated"),
        ("gif", b"GIF89a" + bytes(4) + b"\xf7" + bytes(2), "truncated"),
        ("gif", b"GIF89a" + bytes(7) + b"\x99\x00", "corrupt"),
        ("gif", b"GIF89a" + bytes(7) + b"\x2c" + bytes(9), "truncated"),
        ("webp", riff(b"VP8 \xff\xff\xff\xff"), "truncated"),
        ("webp", b"RIFF\xff\xff\xff\xffWEBP", "truncated"),
        ("bmp", b"BM", "unsupported"),
    ],
)
def test_hostile_lengths_are_faults(format: str, data: bytes, reason: str) -> None:
    with pytest.raises(PixelFault) as caught:
        strip_metadata(data, format)
    assert caught.value.reason == reason


def test_a_million_empty_segments_are_refused() -> None:
    with pytest.raises(PixelFault, match="more than 1000000 parts"):
        strip_metadata(b"\xff\xd8" + b"\xff\xfe\0\2" * 1_000_002 + b"\xff\xd9", "jpeg")


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    progressive = coded("JPEG", progressive=True)
    last = progressive[progressive.rindex(b"\xff\xda") : -2]
    with pytest.raises(PixelFault, match="more than 100 scans"):
        strip_metadata(progressive[:-2] + last * 100 + b"\xff\xd9", "jpeg")


@pytest.mark.parametrize("format", LADEN)
def test_every_cut_is_a_fault(format: str) -> None:
    data = strip_metadata(LADEN[format], format)
    for end in random.Random(7).sample(range(12, len(data)), 60):
        with pytest.raises(PixelFault) as caught:
            strip_metadata(data[:end], format)
        assert caught.value.reason == "truncated"


def test_real_files_keep_their_pixels() -> None:
    if REAL is None:
        pytest.skip("../shared/real is not here")
    files = [path for path in sorted((REAL / "modality").glob("*/*")) if path.suffix in (".png", ".jpg", ".jpeg", ".JPG", ".webp")][::6]
    assert len(files) > 80
    for path in files:
        data = path.read_bytes()
        stripped = strip_metadata(data, image_kind(data[:HEAD], len(data)))  # some .png are JPEG
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(stripped)) as after:
            assert after.tobytes() == before.tobytes(), path.name
        assert pixel_digest(render(stripped).image) == pixel_digest(render(data).image)
