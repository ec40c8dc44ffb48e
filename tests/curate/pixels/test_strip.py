import io
import random
import struct
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from curate.pixels.digest import pixel_digest
from curate.pixels.fault import PixelFault
from curate.pixels.icc import plain_profile
from curate.pixels.kind import HEAD, image_kind
from curate.pixels.orientation import exif_orientation, orientation_exif
from curate.pixels.render import render
from curate.pixels.strip import strip_metadata
from tests.pipelines.laden_files import profile
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


def test_jpeg_headers_lose_what_is_added_to_them() -> None:
    def segment(marker: int, body: bytes) -> bytes:
        return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body

    plain = PLAIN["jpeg"]
    jfif = plain[4 + 2 : 20]
    thumbnail = plain[:2] + segment(0xE0, jfif[:12] + b"\2\1" + SECRET[:6]) + plain[20:]
    assert strip_metadata(thumbnail, "jpeg") == plain[:2] + segment(0xE0, jfif[:12] + b"\0\0") + plain[20:]
    adobe = b"Adobe\0d\0\0\0\0\1"
    assert strip_metadata(plain[:2] + segment(0xEE, adobe + SECRET) + plain[20:], "jpeg") == plain[:2] + segment(0xEE, adobe) + plain[20:]
    for marker in (0xF3, 0xFD, 0x02, 0xBF, 0xC8):  # reserved, and extensions that nobody wrote
        assert strip_metadata(plain[:20] + segment(marker, SECRET) + plain[20:], "jpeg") == plain


def test_a_profile_of_many_segments_is_one_profile() -> None:
    large = profile(private=100_000)
    laden = coded("JPEG", icc_profile=large)
    assert laden.count(b"ICC_PROFILE\0") == 2
    with Image.open(io.BytesIO(strip_metadata(laden, "jpeg"))) as after:
        assert after.info["icc_profile"] == plain_profile(large)
    second = laden.rindex(b"ICC_PROFILE\0")
    twice = laden[: second + 12] + b"\1" + laden[second + 13 :]  # says that it is the first
    with Image.open(io.BytesIO(strip_metadata(twice, "jpeg"))) as after:
        assert "icc_profile" not in after.info


@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_what_is_no_profile_is_not_kept_as_one(format: str) -> None:
    stripped = strip_metadata(coded(format.upper(), icc_profile=SECRET), format)
    assert SECRET not in stripped
    with Image.open(io.BytesIO(stripped)) as after:
        assert "icc_profile" not in after.info


def test_png_keeps_colours_in_their_exact_length_and_no_unknown_critical_chunk() -> None:
    head, rest = PLAIN["png"][:33], PLAIN["png"][33:]
    assert strip_metadata(head + chunk(b"cICP", b"\1\15\0\1") + rest, "png") == head + chunk(b"cICP", b"\1\15\0\1") + rest
    for name in (b"gAMA", b"pHYs", b"sBIT", b"bKGD", b"cICP", b"TEXT"):
        assert strip_metadata(head + chunk(name, SECRET) + rest, "png") == PLAIN["png"], name


def test_a_png_profile_that_names_someone_or_has_more_behind_it_is_written_anew() -> None:
    head, rest = PLAIN["png"][:33], PLAIN["png"][33:]
    packed = zlib.compress(PROFILE)
    plain = head + chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(PROFILE, 9)) + rest
    assert strip_metadata(head + chunk(b"iCCP", b"Doe^Jane\0\0" + packed) + rest, "png") == plain
    assert strip_metadata(head + chunk(b"iCCP", b"ICC Profile\0\0" + packed + SECRET) + rest, "png") == plain
    bomb = head + chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(bytes(64 << 20))) + rest
    assert strip_metadata(bomb, "png") == PLAIN["png"]


def test_webp_frames_and_repeated_chunks_hide_nothing() -> None:
    moving = coded("WEBP", save_all=True, append_images=[PICTURE.rotate(90)], lossless=True)
    begin = moving.index(b"ANMF")
    size = int.from_bytes(moving[begin + 4 : begin + 8], "little")
    note = b"NOTE" + struct.pack("<I", 20) + SECRET + b"\0"
    frame = b"ANMF" + struct.pack("<I", size + len(note)) + moving[begin + 8 : begin + 8 + size] + note
    assert strip_metadata(riff(moving[12:begin] + frame + moving[begin + 8 + size :]), "webp") == moving
    again = b"VP8L" + struct.pack("<I", 20) + SECRET + b"\0"
    still = coded("WEBP", lossless=True)
    assert strip_metadata(riff(still[12:] + again), "webp") == still


@pytest.mark.parametrize(
    ("marker", "bits", "evidence"),
    [(0xC1, 12, "jpeg of 12 bits"), (0xC0, 16, "jpeg of 16 bits"), (0xC3, 8, "lossless jpeg"), (0xCB, 8, "lossless jpeg"),
     (0xC5, 8, "hierarchical jpeg"), (0xCF, 8, "hierarchical jpeg")],
)  # fmt: skip
def test_a_jpeg_that_the_web_does_not_decode_is_refused_before_it_is(marker: int, bits: int, evidence: str) -> None:
    data = bytearray(PLAIN["jpeg"])
    place = data.index(b"\xff\xc0")
    data[place + 1], data[place + 4] = marker, bits
    with pytest.raises(PixelFault) as caught:
        render(bytes(data))
    assert (caught.value.reason, caught.value.evidence) == ("unsupported", evidence)


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
