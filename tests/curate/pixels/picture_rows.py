"""every layout of a picture, with the array it was written from or another decoder that reads it; `most`: the difference allowed"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.curate.pixels.made_pictures import ARITHMETIC, bare_tiff, bmp, bmp_rows, coded, jp2, jp2_palette, run_lengths, tiff

RANDOM = np.random.default_rng(4)
H, W = 30, 44
GREY = RANDOM.integers(0, 256, (H, W), dtype=np.uint8)
RGB = RANDOM.integers(0, 256, (H, W, 3), dtype=np.uint8)
RGBA = RANDOM.integers(0, 256, (H, W, 4), dtype=np.uint8)
DOWN, ACROSS = np.mgrid[:48, :64]
SMOOTH = np.stack([DOWN * 3 + ACROSS, DOWN + ACROSS * 3, DOWN * 0 + 90], -1).astype(np.uint8)
SIGNED = GREY.astype(np.int16) * 5 - 600
WIDE, WIDE_RGB = GREY.astype(np.uint16), RGB.astype(np.uint16)
PALETTE = RANDOM.integers(0, 256, (256, 3), dtype=np.uint8)
BITS = (GREY > 127).astype(np.uint8)
Make = Callable[[], bytes]
Decode = Callable[[bytes], np.ndarray]


@dataclass(frozen=True)
class Row:
    name: str
    make: Make
    truth: np.ndarray | Decode  # stored values (height, width) or (.., 3); from the file by another decoder where it is lossy
    most: int = 0
    frame: int = -1
    live: str = "convert"  # a program of Debian's that decodes it too; '': none does, or not all of it
    live_most: int | None = None  # None: as `most`


def on_white(values: np.ndarray) -> np.ndarray:
    alpha = values[..., -1:].astype(int)
    mixed = (values[..., :-1] * alpha + 255 * (255 - alpha) + 127) // 255
    return mixed[..., 0] if mixed.shape[-1] == 1 else mixed


def of_inks(inks: np.ndarray) -> np.ndarray:
    """RGB of CMYK without a profile: what each ink leaves of the light."""
    return np.rint((255 - inks[..., :3].astype(int)) * (255 - inks[..., 3:].astype(int)) / 255).astype(int)


def jpeg(**options: object) -> bytes:
    return coded(Image.fromarray(SMOOTH), "JPEG", quality=90, **options)


def jpeg_inks() -> bytes:
    return coded(Image.fromarray(np.dstack([SMOOTH, SMOOTH[..., 0] // 3]), "CMYK"), "JPEG", quality=95)


def film(format: str, **options: object) -> bytes:
    """Three frames, of which the further ones redraw a part of what they lie on."""
    frames = [Image.fromarray(PALETTE[part]) for part in film_frames()]
    return coded(frames[0], format, save_all=True, append_images=frames[1:], duration=40, **options)


def film_frames() -> list[np.ndarray]:
    first = np.zeros((H, W), np.uint8)
    first[:, 8:20] = 3
    second = first.copy()
    second[4:9, 5:30] = 77
    third = second.copy()
    third[20:25, 2:9] = 200
    return [first, second, third]


def ccitt(tag: int, **options: object) -> bytes:
    """Pillow's libtiff is the only encoder of fax coding here."""
    return coded(Image.fromarray(BITS.astype(bool)), "TIFF", compression={2: "tiff_ccitt", 3: "group3", 4: "group4"}[tag], **options)


def packed(values: np.ndarray, bits: int) -> bytes:
    """Each row filled to whole bytes."""
    spread = values.astype(int)[..., None] >> np.arange(bits - 1, -1, -1) & 1
    return np.packbits(spread.reshape(len(values), -1).astype(np.uint8), axis=1).tobytes()


def plane_tiff(values: np.ndarray, bits: int, photometric: int, order: str = "<", **more: tuple[int, tuple[int, ...]]) -> bytes:
    tags = {256: (3, (W,)), 257: (3, (H,)), 258: (3, (bits,)), 259: (3, (1,)), 262: (3, (photometric,)), 277: (3, (1,)), 278: (3, (H,))}
    return bare_tiff({**tags, **{int(tag[1:]): value for tag, value in more.items()}}, packed(values, bits), order)


def ycc_tiff() -> bytes:
    """YCbCr of which colours have half the sides: blocks of four Y, Cb, Cr (TIFF 6.0, 21)."""
    luma, blue, red = GREY[:28, :40], GREY[:14, 20:40], GREY[14:28, :20]
    blocks = np.stack([luma[0::2, 0::2], luma[0::2, 1::2], luma[1::2, 0::2], luma[1::2, 1::2], blue, red], -1)
    tags = {256: (3, (40,)), 257: (3, (28,)), 258: (3, (8, 8, 8)), 259: (3, (1,)), 262: (3, (6,)), 277: (3, (3,)), 278: (3, (28,))}
    return bare_tiff({**tags, 530: (3, (2, 2)), 532: (5, (0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1))}, blocks.tobytes())


def ycc_truth(_: bytes) -> np.ndarray:
    luma = GREY[:28, :40].astype(float)
    blue, red = (np.kron(part.astype(float), np.ones((2, 2))) - 128 for part in (GREY[:14, 20:40], GREY[14:28, :20]))
    return np.clip(np.rint(np.stack([luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue], -1)), 0, 255)


def by_imagecodecs(decode: Callable[..., np.ndarray], **options: object) -> Decode:
    return lambda data: np.asarray(decode(data, **options))


def by_tifffile(data: bytes) -> np.ndarray:
    return np.asarray(tifffile.imread(io.BytesIO(data)))


def by_pillow(data: bytes, frame: int = 0) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as opened:
        if frame == 0 and opened.format != "GIF":
            return np.asarray(opened)
        opened.seek(frame)
        return np.asarray(opened.convert("RGB"))


def carried(package: str, name: str) -> bytes:
    """A file that a package brings with it."""
    folder = Path(str(pytest.importorskip(package).__file__)).parent / "data"
    return (folder / name).read_bytes()


JPEGS = [
    Row("jpeg baseline 4:2:0", jpeg, by_imagecodecs(imagecodecs.jpeg8_decode)),
    Row("jpeg 4:4:4", partial(jpeg, subsampling=0), by_imagecodecs(imagecodecs.jpeg8_decode)),
    Row("jpeg 4:2:2 progressive", partial(jpeg, subsampling=1, progressive=True), by_imagecodecs(imagecodecs.jpeg8_decode)),
    Row("jpeg restart markers", partial(jpeg, restart_marker_blocks=2), by_imagecodecs(imagecodecs.jpeg8_decode)),
    Row("jpeg of RGB", partial(jpeg, keep_rgb=True), by_imagecodecs(imagecodecs.jpeg8_decode)),
    Row("jpeg grey", lambda: coded(Image.fromarray(SMOOTH[..., 0]), "JPEG"), by_imagecodecs(imagecodecs.jpeg8_decode)),
    Row("jpeg CMYK, Adobe's inverted", jpeg_inks, lambda data: of_inks(255 - imagecodecs.jpeg8_decode(data)), most=1),
    Row("jpeg arithmetic", lambda: ARITHMETIC, by_imagecodecs(imagecodecs.jpeg8_decode)),
    Row("mpo", lambda: coded(Image.fromarray(SMOOTH), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))]),
        by_imagecodecs(imagecodecs.jpeg8_decode)),
]  # fmt: skip
PNGS = [
    Row("png grey", lambda: coded(Image.fromarray(GREY), "PNG"), GREY),
    Row("png of 1 bit", lambda: coded(Image.fromarray(BITS.astype(bool)), "PNG"), BITS * 255),
    *(
        Row(f"png palette of {bits} bits", partial(lambda bits: png_palette(bits), bits), PALETTE[GREY >> (8 - bits)])
        for bits in (1, 2, 4, 8)
    ),
    Row("png RGB", lambda: imagecodecs.png_encode(RGB), RGB),
    Row("png interlaced", lambda: png_interlaced(), GREY),
    Row("png RGB and alpha", lambda: imagecodecs.png_encode(RGBA), on_white(RGBA), live_most=1),
    Row("png grey and alpha", lambda: imagecodecs.png_encode(RGBA[..., :2].copy()), on_white(RGBA[..., :2]), live_most=1),
    Row("png transparent colour", lambda: coded(Image.fromarray(RGB), "PNG", transparency=tuple(RGB[0, 0].tolist())),
        np.where((RGB[0, 0] == RGB).all(-1, keepdims=True), 255, RGB)),
    Row("png grey of 16 bits", lambda: imagecodecs.png_encode(WIDE * 3 + 900), WIDE * 3 + 900),
    Row("png RGB of 16 bits", lambda: imagecodecs.png_encode(WIDE_RGB * 200 + 99), (WIDE_RGB * 200 + 99 >> 8).astype(np.uint8)),
    Row("apng, its first frame", partial(film, "PNG"), PALETTE[film_frames()[0]]),
    *(Row(f"apng, frame {frame}", partial(film, "PNG"), PALETTE[film_frames()[frame]], frame=frame, live="") for frame in (1, 2)),
]  # fmt: skip
GIFS = [
    Row("gif", lambda: coded(Image.fromarray(GREY), "GIF"), GREY),
    Row("gif interlaced", lambda: coded(Image.fromarray(GREY), "GIF", interlace=1), GREY),
    Row("gif transparent", lambda: coded(Image.fromarray(GREY), "GIF", transparency=9), np.where(GREY == 9, 255, GREY)),
    *(Row(f"gif, frame {frame}", partial(film, "GIF"), PALETTE[film_frames()[frame]], frame=frame) for frame in (0, 1, 2)),
    *(
        Row(f"gif that restores, frame {frame}", partial(film, "GIF", disposal=2), PALETTE[film_frames()[frame]], frame=frame)
        for frame in (1, 2)
    ),
]
WEBPS = [
    Row("webp lossy", lambda: coded(Image.fromarray(SMOOTH), "WEBP"), by_imagecodecs(imagecodecs.webp_decode), live_most=2),
    Row("webp lossless", lambda: coded(Image.fromarray(RGB), "WEBP", lossless=True), RGB),
    Row("webp lossless with alpha", lambda: coded(Image.fromarray(RGBA), "WEBP", lossless=True, exact=True), on_white(RGBA), live_most=1),
    *(Row(f"webp, frame {frame}", partial(film, "WEBP", lossless=True), PALETTE[film_frames()[frame]], frame=frame, live="")
      for frame in (0, 1, 2)),
    Row("avif", lambda: coded(Image.fromarray(SMOOTH), "AVIF"), by_imagecodecs(imagecodecs.avif_decode), most=1, live=""),
]  # fmt: skip


def png_palette(bits: int) -> bytes:
    picture = Image.fromarray(GREY >> (8 - bits))
    picture.putpalette(PALETTE[: 1 << bits].tobytes())
    return coded(picture, "PNG", bits=bits)


def png_interlaced() -> bytes:
    """Adam7 (ISO/IEC 15948 8.2): seven pictures one after the other, each row with filter 0."""
    import zlib

    from tests.curate.pixels.test_strip import chunk

    passes = [GREY[y::dy, x::dx] for y, x, dy, dx in
              ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))]  # fmt: skip
    body = b"".join(b"\0" + row.tobytes() for part in passes for row in part)
    head = W.to_bytes(4, "big") + H.to_bytes(4, "big") + b"\x08\0\0\0\1"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


QUADS = np.hstack([PALETTE[:, ::-1], np.zeros((256, 1), np.uint8)])
BANDS = np.repeat(GREY[:, :11], 4, axis=1)  # something to run along
HIGH = np.stack([RGB[..., 0] >> 3, RGB[..., 1] >> 2, RGB[..., 2] >> 3], -1).astype(np.uint16)
WORDS = (HIGH[..., 0] << 11 | HIGH[..., 1] << 5 | HIGH[..., 2]).astype("<u2")
MASKS = np.array([0xF800, 0x7E0, 0x1F], "<u4").tobytes()
BMPS = [
    Row("bmp of 1 bit", lambda: bmp(bmp_rows(np.packbits(BITS, axis=1)), W, H, 1, palette=QUADS[:2].tobytes()), PALETTE[BITS]),
    Row("bmp of 4 bits", lambda: bmp(bmp_rows(GREY[:, ::2] & 240 | GREY[:, 1::2] >> 4), W, H, 4, palette=QUADS[:16].tobytes()),
        PALETTE[GREY >> 4]),
    Row("bmp of 8 bits", lambda: bmp(bmp_rows(GREY), W, H, 8, palette=QUADS.tobytes()), PALETTE[GREY]),
    Row("bmp of 8 bits, run lengths", lambda: bmp(run_lengths(BANDS, 8), W, H, 8, palette=QUADS.tobytes(), compression=1), PALETTE[BANDS]),
    Row("bmp of 4 bits, run lengths", lambda: bmp(run_lengths(BANDS >> 4, 4), W, H, 4, palette=QUADS[:16].tobytes(), compression=2),
        PALETTE[BANDS >> 4]),
    Row("bmp of 16 bits, 5-6-5", lambda: bmp(bmp_rows(WORDS), W, H, 16, compression=3, masks=MASKS),
        HIGH * 255 // np.array([31, 63, 31]), most=1),
    Row("bmp of 24 bits", lambda: bmp(bmp_rows(RGB[..., ::-1]), W, H, 24), RGB),
    Row("bmp of 24 bits, top down", lambda: bmp(bmp_rows(RGB[::-1, :, ::-1]), W, -H, 24), RGB),
    Row("bmp of 32 bits", lambda: bmp(bmp_rows(RGBA[..., [2, 1, 0, 3]]), W, H, 32), RGBA[..., :3], live=""),  # the fourth means nothing
]  # fmt: skip
CODECS = ("lzw", "deflate", "packbits", "zstd", "lzma", "jpeg2000", "jpegxl", "lerc", "webp", "png")
TIFFS = [
    *(Row(f"tiff grey {codec}", partial(tiff, GREY, compression=codec), GREY, live="convert" if codec in CODECS[:5] else "")
      for codec in CODECS if codec != "webp"),
    Row("tiff RGB webp", partial(tiff, RGB, photometric="rgb", compression="webp", compressionargs={"level": 100, "lossless": True}), RGB,
        live=""),
    Row("tiff RGB, predictor, tiles", partial(tiff, RGB, photometric="rgb", compression="lzw", predictor=True, tile=(16, 16)), RGB),
    Row("tiff RGB, planes", partial(tiff, np.moveaxis(RGB, -1, 0), photometric="rgb", planarconfig="separate", compression="deflate"), RGB),
    Row("tiff RGB and alpha", partial(tiff, RGBA, photometric="rgb", extrasamples=["unassalpha"]), on_white(RGBA), live_most=1),
    Row("tiff of two samples", partial(tiff, RGBA[..., :2], photometric="minisblack", extrasamples=["unspecified"]), RGBA[..., 0], live=""),
    Row("tiff of five samples", partial(tiff, np.dstack([RGBA, GREY]), photometric="minisblack", planarconfig="contig"), RGBA[..., 0],
        live=""),
    Row("tiff palette", partial(tiff, GREY, photometric="palette", colormap=PALETTE.T.astype(np.uint16) * 257), PALETTE[GREY]),
    Row("tiff palette of bytes", partial(tiff, GREY, photometric="palette", colormap=PALETTE.T.astype(np.uint16)), PALETTE[GREY],
        live="tiff2rgba"),
    Row("tiff min is white", partial(tiff, GREY, photometric="miniswhite"), 255 - GREY),
    Row("tiff CMYK", partial(tiff, RGBA, photometric="separated"), of_inks(RGBA), most=1),
    Row("tiff CMYK of 16 bits", partial(tiff, RGBA.astype(np.uint16) * 257, photometric="separated"), of_inks(RGBA), most=1),
    Row("tiff YCbCr with half the colours", ycc_tiff, ycc_truth, most=2, live="tiff2rgba", live_most=0),
    Row("tiff jpeg", lambda: coded(Image.fromarray(SMOOTH), "TIFF", compression="jpeg", quality=90), by_tifffile,
        most=1),
    Row("tiff jpeg of 12 bits", partial(tiff, SMOOTH[..., 0].astype(np.uint16) * 16, compression="jpeg"),
        by_tifffile, live=""),
    *(Row(f"tiff fax {group}", partial(ccitt, group), BITS * 255) for group in (2, 3, 4)),
    Row("tiff fax, first bit lowest", partial(ccitt, 4, tiffinfo={266: 2}), BITS * 255),
    *(Row(f"tiff of {bits} bits", partial(plane_tiff, GREY >> (8 - bits), bits, 1), (GREY >> (8 - bits)).astype(int) * 255 // (2**bits - 1))
      for bits in (1, 2, 4)),
    *(Row(f"tiff of {bits} bits", partial(plane_tiff, GREY >> (8 - bits), bits, 1),
          (GREY >> (8 - bits)).astype(int) * 255 // (2**bits - 1), most=0, live="") for bits in (3, 6)),
    *(Row(f"tiff of {bits} bits", partial(plane_tiff, WIDE * 3, bits, 1), WIDE * 3, live="")
      for bits in (10, 12, 14)),
    *(Row(f"tiff {dtype}{order}", partial(tiff, (GREY * 7.0 - (0 if dtype[0] == "u" else 800)).astype(dtype), byteorder=order),
          (GREY * 7.0 - (0 if dtype[0] == "u" else 800)).astype(dtype), live="convert" if dtype == "u2" else "")
      for dtype in ("u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8") for order in "<>"),
    Row("tiff i1", partial(tiff, (WIDE - 128).astype(np.int8)), (WIDE - 128).astype(np.int8), live=""),
    Row("tiff f4, predictor, zstd", partial(tiff, GREY.astype("f4"), compression="zstd", predictor=True), GREY.astype("f4"), live=""),
    Row("tiff u2, big", partial(tiff, WIDE * 9, bigtiff=True, tile=(16, 32), compression="lzw"), WIDE * 9),
    Row("tiff u2 min is white", partial(tiff, WIDE * 9, photometric="miniswhite"), -9 * GREY.astype(int), most=1, live=""),
    Row("tiff RGB u2 >", partial(tiff, WIDE_RGB * 257, photometric="rgb", byteorder=">"), RGB),
    Row("tiff RGB f4", partial(tiff, RGB.astype(np.float32) / 255, photometric="rgb"), RGB, live=""),
    *(Row(f"tiff, page {page}", partial(tiff, GREY, RGB[..., 0], RGB[..., 1].T), part, frame=page)
      for page, part in enumerate((GREY, RGB[..., 0], RGB[..., 1].T))),
    *(Row(f"tiff u2, page {page}", partial(tiff, GREY, WIDE * 5, RGB), part, frame=page)
      for page, part in enumerate((GREY, WIDE * 5, RGB))),
]  # fmt: skip
JP2S = [
    Row("jp2 grey", lambda: jp2(GREY, colours=17), GREY, live="opj_decompress"),
    Row("j2k grey", lambda: imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="j2k"), GREY, live="opj_decompress"),
    Row("jp2 RGB", lambda: jp2(RGB, colours=16), RGB, live="opj_decompress"),
    Row("jp2 RGB and alpha", lambda: jp2(RGBA, colours=16), on_white(RGBA), live=""),
    Row("jp2 palette", lambda: jp2(GREY >> 4, colours=16, described=jp2_palette(PALETTE[:16]), bitspersample=4), PALETTE[GREY >> 4],
        live="opj_decompress"),
    Row("jp2 YCC", lambda: jp2(RGB, colours=18, mct=False), by_pillow, most=1,
        live="opj_decompress"),
    Row("jp2 CMYK", lambda: jp2(RGBA, colours=12), of_inks(RGBA), most=1, live=""),
    Row("jp2 RGB of 16 bits", lambda: jp2(WIDE_RGB * 257, colours=16), RGB, live="opj_decompress"),
    Row("jp2 of 4 bits", lambda: jp2(GREY >> 4, colours=17, bitspersample=4), (GREY >> 4) * 17, live=""),
    *(Row(f"jp2 of {bits} bits", lambda bits=bits: jp2(WIDE * 2 ** (bits - 8), colours=17, bitspersample=bits),
          WIDE * 2 ** (bits - 8), live="opj_decompress") for bits in (10, 12, 15)),
    Row("jp2 signed", lambda: imagecodecs.jpeg2k_encode(SIGNED, level=0), SIGNED, live=""),
    Row("jp2 lossy", lambda: imagecodecs.jpeg2k_encode(SMOOTH, level=40, reversible=False), by_pillow,
        live="opj_decompress"),
]  # fmt: skip
CARRIED = [
    *(Row(name, partial(carried, "wsidicom_data", f"encoded/{name}"), by_pillow, most=most, live="opj_decompress") for name, most in (
        ("JPEG_2000_Image_Compression-RGB-8.jp2", 0), ("JPEG_2000_Image_Compression-YBR-8.jp2", 0),
        ("JPEG_2000_Image_Compression_(Lossless_Only)-GRAYSCALE-16.jp2", 0), ("JPEG_2000_Image_Compression_(Lossless_Only)-RGB-8.jp2", 0))),
    *(Row(f"multipage.tif, page {page}", partial(carried, "skimage", "multipage.tif"), lambda data, page=page: tifffile.imread(
        io.BytesIO(data), key=page), frame=page) for page in (0, 1)),
    *(Row(f"no_time_for_that_tiny.gif, frame {frame}", partial(carried, "skimage", "no_time_for_that_tiny.gif"),
          partial(by_pillow, frame=frame), frame=frame) for frame in (0, 11)),
    Row("hubble_deep_field.jpg", partial(carried, "skimage", "hubble_deep_field.jpg"), by_imagecodecs(imagecodecs.jpeg8_decode)),
]  # fmt: skip
ROWS = [*CARRIED, *JPEGS, *PNGS, *GIFS, *WEBPS, *BMPS, *TIFFS, *JP2S]


