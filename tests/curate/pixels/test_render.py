import io
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import GifImagePlugin, Image

from curate.pixels.fault import PixelFault
from curate.pixels.film import read_film
from curate.pixels.header import MAX_PIXELS, MAX_SIDE, Header, read_header
from curate.pixels.kind import image_kind
from curate.pixels.render import render
from curate.pixels.tiff import Tiff
from curate.pixels.window import min_max, percentiles, stretch, window_min_max
from schemas.image import Rendering, Window
from tests.curate.pixels.made_pictures import ARITHMETIC, bare_tiff

GRADIENT = np.add.outer(np.arange(48) * 2, np.arange(64) * 2).astype(np.uint8)  # 0 at the top left, brighter to the right and below


def coded(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def tiff(values: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, values, **options)
    return out.getvalue()


def fault(data: bytes, frame: int = -1) -> tuple[str, str]:
    with pytest.raises(PixelFault) as caught:
        render(data, frame=frame)
    return caught.value.reason, caught.value.evidence


@pytest.mark.parametrize(
    ("format", "options", "header"),
    [
        ("JPEG", {}, Header(format="jpeg", width=64, height=48, mode="L", bits=8, frames=1)),
        ("PNG", {}, Header(format="png", width=64, height=48, mode="L", bits=8, frames=1)),
        ("GIF", {}, Header(format="gif", width=64, height=48, mode="P", bits=8, frames=1)),
        ("WEBP", {"lossless": True}, Header(format="webp", width=64, height=48, mode="RGB", bits=8, frames=1)),
        ("BMP", {}, Header(format="bmp", width=64, height=48, mode="L", bits=8, frames=1)),
        ("TIFF", {"compression": "tiff_lzw"}, Header(format="tiff", width=64, height=48, mode="L", bits=8, frames=1)),
    ],
)
def test_every_format_is_read_by_its_content(format: str, options: dict[str, object], header: Header) -> None:
    data = coded(Image.fromarray(GRADIENT), format, **options)
    assert read_header(io.BytesIO(data)) == header
    rendered = render(data)
    assert rendered.header == header
    shown = np.asarray(rendered.image.convert("L")).astype(int)
    assert rendered.image.size == (64, 48)
    assert np.abs(shown - GRADIENT).max() <= (4 if format == "JPEG" else 0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("empty_file", "0 bytes")),
        (b"Figure 1: no picture at all", ("not_an_image", "27 bytes of no known image format")),
        (b"BMI of the patients was high" * 9, ("not_an_image", "252 bytes of no known image format")),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 40, ("truncated", "jpeg2000, 52 bytes: no codestream")),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 40, ("unsupported", "heif")),
        (b"\0" * 344 + b"n+1\0" + b"\0" * 8, ("unsupported", "nifti")),
        (b"\x89PNG\r\n\x1a\n", ("truncated", "png, 8 bytes: no end mark")),
        (b"\xff\xd8\xff", ("truncated", "jpeg, 3 bytes: no end mark")),
    ],
)
def test_what_is_no_image_says_so(data: bytes, expected: tuple[str, str]) -> None:
    assert fault(data) == expected


def test_a_riff_file_that_is_no_webp_is_no_image() -> None:
    with pytest.raises(PixelFault, match="not_an_image"):
        image_kind(b"RIFF\0\0\0\0WAVEfmt ", 16)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_is_applied_once(format: str, orientation: int) -> None:
    picture = Image.fromarray(GRADIENT).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = coded(picture, format, exif=exif, **({"quality": 100} if format == "JPEG" else {"lossless": True} if format == "WEBP" else {}))
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # orientation -> Image.Transpose
    expected = np.asarray(picture.transpose(Image.Transpose(turned[orientation])) if orientation > 1 else picture).astype(int)
    shown = np.asarray(render(data).image).astype(int)
    assert shown.shape == expected.shape
    assert np.abs(shown - expected).max() <= 3


def test_sixteen_bits_are_windowed_not_clipped() -> None:
    values = GRADIENT.astype(np.uint16) * 100 + 300
    for format in ("PNG", "TIFF"):
        rendered = render(coded(Image.fromarray(values), format))
        assert (rendered.header.mode, rendered.header.bits) == ("I;16", 16)
        low, high = percentiles(values)
        assert rendered.window == Window(low=low, high=high, by="percentiles 0.5-99.5")
        assert np.array_equal(np.asarray(rendered.image), stretch(values, low, high))
        asked = render(coded(Image.fromarray(values), format), rendering=Rendering(low=1000, high=2000, by="lung"))
        assert asked.window == Window(low=1000, high=2000, by="manifest lung")
        assert np.array_equal(np.asarray(asked.image), stretch(values, 1000, 2000))


def test_offset_hounsfield_units_are_asked_for_in_their_own_units() -> None:
    """DeepLesion: 16-bit PNG of HU + 32768."""
    hounsfield = GRADIENT.astype(np.int32) * 10 - 1000
    rendering = Rendering(intercept=-32_768, low=-160, high=240, by="soft tissue")
    rendered = render(coded(Image.fromarray((hounsfield + 32_768).astype(np.uint16)), "PNG"), rendering=rendering)
    assert rendered.window == Window(low=-160, high=240, by="manifest soft tissue")
    assert np.array_equal(np.asarray(rendered.image), stretch(hounsfield, -160, 240))


@pytest.mark.parametrize("factor", [257, 256])
def test_eight_bits_written_as_sixteen_are_what_they_were(factor: int) -> None:
    values = (GRADIENT.astype(np.uint16) + 20) * factor
    for format in ("PNG", "TIFF"):
        rendered = render(coded(Image.fromarray(values), format))
        assert rendered.window == Window(low=0, high=255 * factor, by="full range")
        assert np.array_equal(np.asarray(rendered.image), GRADIENT + 20)
    assert render(coded(Image.fromarray(np.full((8, 8), 300, np.uint16)), "PNG")).window == Window(low=300, high=300, by="full range")


@pytest.mark.parametrize(("most", "full"), [(255, 255), (256, 4095), (4095, 4095), (4096, 65_535), (65_535, 65_535)])
def test_deep_colours_are_shown_from_black_to_the_most_they_could_be(most: int, full: int) -> None:
    values = np.random.default_rng(1).integers(0, most + 1, (9, 7, 3)).astype(np.uint16)
    values[0, 0] = most
    shown = np.right_shift(values, 8) if full == 65_535 else values if full == 255 else stretch(values, 0, 4095)
    for data in (imagecodecs.png_encode(values), tiff(values, photometric="rgb"), imagecodecs.jpeg2k_encode(values, level=0)):
        rendered = render(data)
        assert rendered.window == Window(low=0, high=full, by="full range")
        assert np.array_equal(np.asarray(rendered.image), shown)


def test_alpha_of_sixteen_bits_lies_on_white() -> None:
    values = np.array([[[0, 65_535], [30_000, 65_535], [60_000, 65_535], [9, 0], [60_000, 32_768]]], np.uint16)
    for data in (imagecodecs.png_encode(values), tiff(values, photometric="minisblack", extrasamples=["unassalpha"])):
        assert np.asarray(render(data, rendering=Rendering(low=0, high=60_000)).image).tolist() == [[0, 128, 255, 255, 255]]
    colour = np.array([[[65_535, 0, 256, 65_535], [65_535, 0, 256, 0]]], np.uint16)
    for data in (imagecodecs.png_encode(colour), tiff(colour, photometric="rgb", extrasamples=["unassalpha"])):
        assert np.asarray(render(data).image).tolist() == [[[255, 0, 1], [255, 255, 255]]]


def test_a_window_keeps_eight_bits_as_they_are() -> None:
    every = np.arange(256, dtype=np.uint16)
    assert stretch(every, 0, 255).tolist() == list(range(256))
    assert stretch(np.tile(every, 300), 0, 255).tolist() == list(range(256)) * 300  # by table


def test_a_window_of_hostile_numbers_is_still_a_picture() -> None:
    assert window_min_max(np.array([[np.nan, np.inf, -np.inf, 1.0, 3.0]])).tolist() == [[0, 255, 0, 0, 255]]
    assert window_min_max(np.array([[-1.7e308, 1.7e308, 0.0]])).tolist() == [[0, 255, 128]]
    assert window_min_max(np.full((2, 2), 7.0)).tolist() == [[0, 0], [0, 0]]
    assert min_max(np.array([-2000, 5, 9]), padding=-2000) == (5.0, 9.0)


def test_alpha_lies_on_white() -> None:
    rgba = Image.new("RGBA", (4, 2), (200, 100, 0, 0))
    rgba.putpixel((0, 0), (200, 100, 0, 255))
    rgba.putpixel((1, 0), (200, 100, 0, 128))
    shown = render(coded(rgba, "PNG")).image
    assert shown.mode == "RGB"
    assert [shown.getpixel((x, 0)) for x in range(3)] == [(200, 100, 0), (227, 177, 127), (255, 255, 255)]
    grey = render(coded(Image.new("LA", (4, 2), (90, 0)), "PNG")).image
    assert (grey.mode, grey.getpixel((0, 0))) == ("L", 255)


def test_a_transparent_colour_of_a_palette_or_of_rgb_lies_on_white() -> None:
    palette = Image.new("P", (4, 2), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert render(coded(palette, "PNG")).image.getpixel((0, 0)) == (10, 20, 30)
    assert render(coded(palette, "PNG", transparency=1)).image.getpixel((0, 0)) == (255, 255, 255)
    assert render(coded(Image.new("RGB", (4, 2), (1, 2, 3)), "PNG", transparency=(1, 2, 3))).image.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "CMYK", "LAB", "I", "F"])
def test_every_mode_becomes_eight_bits_of_grey_or_rgb(mode: str) -> None:
    image = Image.fromarray(GRADIENT).convert("RGB").convert(mode) if mode != "LAB" else Image.new("LAB", (64, 48), (128, 0, 0))
    rendered = render(coded(image, "TIFF"))
    assert rendered.image.mode == ("L" if mode in ("1", "I", "F") else "RGB")
    assert rendered.image.size == (64, 48)


def test_frames_are_counted_and_chosen() -> None:
    frames = [Image.new("L", (8, 8), shade) for shade in (10, 100, 200)]
    for format in ("GIF", "TIFF"):
        data = coded(frames[0], format, save_all=True, append_images=frames[1:])
        assert read_header(io.BytesIO(data)).frames == 3
        assert [render(data, frame=frame).image.convert("L").getpixel((0, 0)) for frame in (-1, 0, 2)] == [10, 10, 200]
        assert fault(data, frame=3) == ("no_such_frame", "frame 3 of 3")


@pytest.mark.parametrize(("format", "options"), [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {})])
def test_frames_of_one_opening_stay_what_they_were(format: str, options: dict[str, object]) -> None:
    frames = [Image.fromarray(np.roll(GRADIENT, 5 * step, axis=1)).convert("RGB") for step in range(4)]
    data = coded(frames[0], format, save_all=True, append_images=frames[1:], **options)
    opened = Tiff(io.BytesIO(data)) if format == "TIFF" else None
    film = read_film(data, format.lower()) if opened is None else None
    for order in ([0, 1, 2, 3], [3, 1, 2, 0, -1]):
        shown = [(opened.rendered("", frame) if opened else film.rendered(frame)).image for frame in order]
        assert [image.tobytes() for image in shown] == [render(data, frame=frame).image.tobytes() for frame in order]
    assert len({image.tobytes() for image in shown}) == 4


def test_frames_in_their_order_are_decoded_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [Image.fromarray(np.roll(GRADIENT, step, axis=1)) for step in range(30)]
    film = read_film(coded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "gif")
    steps = []
    seek = GifImagePlugin.GifImageFile._seek
    monkeypatch.setattr(GifImagePlugin.GifImageFile, "_seek", lambda self, *rest: (steps.append(rest[0]), seek(self, *rest)))
    for frame in range(30):
        film.rendered(frame)
    assert steps == list(range(1, 30))


def test_a_page_is_told_as_it_is_stored_and_shown_as_it_is_turned() -> None:
    for values, mode in ((GRADIENT, "L"), (GRADIENT.astype(np.uint16) * 9, "I;16")):
        rendered = render(tiff(values, extratags=[(274, "H", 1, 6, True)], metadata=None))
        assert (rendered.header.width, rendered.header.height, rendered.header.mode) == (64, 48, mode)
        assert rendered.image.size == (48, 64)
        upright = render(tiff(values, metadata=None)).image
        assert rendered.image.tobytes() == upright.transpose(Image.Transpose.ROTATE_270).tobytes()


def test_no_tag_of_a_tiff_makes_another_file_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.ome.tif"
    other.write_bytes(tiff(np.full((48, 64), 40_000, np.uint16), metadata=None))
    told = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        'DimensionOrder="XYCZT" Type="uint16" SizeX="64" SizeY="48" SizeC="1" SizeZ="1" SizeT="1"><TiffData><UUID '
        'FileName="other.ome.tif">urn:uuid:1</UUID></TiffData></Pixels></Image></OME>'
    )
    monkeypatch.chdir(tmp_path)
    values = GRADIENT.astype(np.uint16) * 9
    data = tiff(values, description=told, metadata=None)
    (tmp_path / "own.ome.tif").write_bytes(data)
    with (tmp_path / "own.ome.tif").open("rb") as file:
        image = Tiff(file).rendered("", 0).image
    assert image.tobytes() == render(tiff(values, metadata=None)).image.tobytes()


def test_a_page_too_large_when_decoded_is_refused_before_it_is() -> None:
    tags = {256: (4, (12_000,)), 257: (4, (12_000,)), 258: (3, (64,)), 259: (3, (1,)), 262: (3, (1,)), 277: (3, (1,)), 339: (3, (3,))}
    assert fault(bare_tiff(tags, bytes(8))) == ("too_large", f"a page of {12_000 * 12_000 * 8} > {1 << 30} bytes")
    tags[256] = (4, (70_000,))
    assert fault(bare_tiff(tags, bytes(8))) == ("too_large", f"70000 x 12000 > {MAX_PIXELS} pixels")


def test_strips_that_are_not_there_are_told() -> None:
    tags = {256: (4, (4,)), 257: (4, (4,)), 258: (3, (16,)), 259: (3, (1,)), 262: (3, (1,)), 277: (3, (1,)), 278: (3, (4,))}
    data = bare_tiff(tags, bytes(range(32)))
    assert render(data).image.size == (4, 4)
    assert fault(data.replace(struct.pack("<HHII", 273, 4, 1, 8), struct.pack("<HHII", 273, 4, 1, 9_999)))[0] == "truncated"
    assert fault(data.replace(struct.pack("<HHII", 279, 4, 1, 32), struct.pack("<HHII", 279, 4, 1, 0)))[0] == "truncated"


def test_a_jpeg_2000_is_refused_by_its_header() -> None:
    data = bytearray(imagecodecs.jpeg2k_encode(GRADIENT, level=0, codecformat="j2k"))
    assert read_header(io.BytesIO(bytes(data))) == Header(format="jpeg2000", width=64, height=48, mode="L", bits=8, frames=1)
    assert fault(bytes(data[:-30])) == ("truncated", f"jpeg2000, {len(data) - 30} bytes: no end mark")
    data[8:16] = struct.pack(">II", 70_000, 70_000)
    assert fault(bytes(data)) == ("too_large", f"70000 x 70000 > {MAX_PIXELS} pixels")
    data[8:16], data[40:42] = struct.pack(">II", 64, 48), b"\0\5"
    assert fault(bytes(data)) == ("unsupported", "jpeg2000 of 5 components")


def test_a_jpeg_of_arithmetic_coding_is_decoded_and_does_not_pass_for_a_web_format() -> None:
    assert render(ARITHMETIC).header.format == "jpeg-arithmetic"


def test_a_tiff_of_endless_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.pixels.tiff_pages.MAX_PAGES", 40)
    data = bytearray(coded(Image.new("L", (8, 8)), "TIFF"))
    begin, whole = int.from_bytes(data[4:8], "little"), len(data)
    after = begin + 2 + 12 * int.from_bytes(data[begin : begin + 2], "little")
    data[after : after + 4] = whole.to_bytes(4, "little")

    def pages(count: int) -> bytes:
        """Six bytes each: no entries, and where the next one lies."""
        following = [whole + 6 * number for number in range(1, count)]
        return bytes(data) + b"".join(bytes(2) + place.to_bytes(4, "little") for place in [*following, 0])

    assert render(pages(39)).header.frames == 40
    assert fault(pages(40)) == ("too_large", "tiff of more than 40 pages")


def test_a_circle_of_tiff_pages_ends() -> None:
    data = bytearray(coded(Image.new("L", (8, 8)), "TIFF"))
    begin = int.from_bytes(data[4:8], "little")
    after = begin + 2 + 12 * int.from_bytes(data[begin : begin + 2], "little")
    data[after : after + 4] = data[4:8]
    assert render(bytes(data)).header.frames == 1
    assert fault(bytes(data), frame=1) == ("no_such_frame", "frame 1 of 1")
    big = coded(Image.new("L", (8, 8), 7), "TIFF", big_tiff=True, save_all=True, append_images=[Image.new("L", (8, 8), 9)])
    assert [render(big, frame=frame).image.getpixel((0, 0)) for frame in (0, 1)] == [7, 9]


def test_a_side_too_long_is_refused() -> None:
    assert fault(coded(Image.new("L", (65_536, 1)), "PNG")) == ("too_large", f"65536 x 1: a side > {MAX_SIDE} pixels")
    assert render(coded(Image.new("L", (65_535, 1)), "PNG")).image.size == (65_535, 1)


def test_a_picture_too_large_is_refused_before_it_is_decoded() -> None:
    png = bytearray(coded(Image.new("L", (8, 8)), "PNG"))
    png[16:24] = (70_000).to_bytes(4, "big") * 2
    png[29:33] = zlib.crc32(png[12:29]).to_bytes(4, "big")
    gif = bytearray(coded(Image.new("L", (8, 8)), "GIF"))
    gif[6:10] = b"\xff\xff\xff\xff"
    assert fault(bytes(png)) == ("too_large", f"70000 x 70000 > {MAX_PIXELS} pixels")
    assert fault(bytes(gif)) == ("too_large", f"65535 x 65535 > {MAX_PIXELS} pixels")
    with pytest.raises(PixelFault, match="too_large"):
        read_header(io.BytesIO(bytes(png)))


def test_a_picture_without_width_is_corrupt() -> None:
    bmp = bytearray(coded(Image.new("L", (8, 8)), "BMP"))
    bmp[18:22] = b"\0\0\0\0"
    assert fault(bytes(bmp)) == ("corrupt", f"bmp header, {len(bmp)} bytes: SyntaxError")
