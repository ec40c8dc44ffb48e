"""What tests of whole-slide images need: a small pyramid as a scanner writes it, with a label that carries a name"""

import io

import numpy as np
import tifffile
from PIL import Image, ImageDraw

SIDE = 256  # of a tile of the file
APERIO = (
    "Aperio Image Library v12.0.15\r\n{width}x{height} [0,0 {width}x{height}] ({side}x{side}) "
    "|AppMag = 20|MPP = {mpp}|Patient = SECRET^NAME"
)
GLASS, STAIN = (243, 241, 244), (200, 90, 150)


def painted(width: int = 2048, height: int = 1536, *, seed: int = 1) -> np.ndarray:
    """Glass with two pieces of tissue on it, whose left, top, right and bottom are shares of it: 1/8 1/6 3/8 5/6, 5/8 1/3 7/8 2/3."""
    noise = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), GLASS, np.uint8)
    for left, top, right, bottom in ((1 / 8, 1 / 6, 3 / 8, 5 / 6), (5 / 8, 1 / 3, 7 / 8, 2 / 3)):
        place = slice(round(top * height), round(bottom * height)), slice(round(left * width), round(right * width))
        pixels[place] = np.clip(STAIN + noise.normal(0, 12, (*pixels[place].shape[:2], 1)), 0, 255).astype(np.uint8)
    return pixels


def halved(pixels: np.ndarray, times: int) -> np.ndarray:
    height, width = (side // times for side in pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))


def written(text: str) -> np.ndarray:
    """A label as it sticks on the glass."""
    label = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(label).text((20, 80), text, fill="black", font_size=40)
    return np.asarray(label)


def aperio(
    pixels: np.ndarray, *, mpp: str = "0.5", compression: str | None = "deflate", levels: tuple[int, ...] = (1, 4), label: str = ""
) -> bytes:
    """An .svs: the levels tiled, a thumbnail behind the first, label and macro at the end."""
    height, width = pixels.shape[:2]
    said = APERIO.format(width=width, height=height, side=SIDE, mpp=mpp)
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=False) as file:
        for number, times in enumerate(levels):
            file.write(
                halved(pixels, times) if times > 1 else pixels, tile=(SIDE, SIDE), photometric="rgb", compression=compression,
                description=said, metadata=None,
            )  # fmt: skip
            if number == 0:
                file.write(halved(pixels, 8), photometric="rgb", rowsperstrip=64, description=said, metadata=None)
        for name, subfile in (("label", 1), ("macro", 9)) if label else ():
            file.write(
                written(label), photometric="rgb", rowsperstrip=50, subfiletype=subfile,
                description=f"Aperio Image Library v12.0.15\r\n{name} 300x200", metadata=None,
            )  # fmt: skip
    return out.getvalue()


def tiled(pixels: np.ndarray, *, levels: tuple[int, ...] = (1, 4), compression: str | None = "deflate", mpp: float | None = None) -> bytes:
    """A pyramid of no maker: tiled, every level reduced."""
    out = io.BytesIO()
    told = {} if mpp is None else {"resolution": (10_000 / mpp, 10_000 / mpp), "resolutionunit": "CENTIMETER"}
    with tifffile.TiffWriter(out, bigtiff=False) as file:
        for number, times in enumerate(levels):
            file.write(
                halved(pixels, times) if times > 1 else pixels, tile=(SIDE, SIDE), photometric="rgb", compression=compression,
                subfiletype=int(number > 0), metadata=None, **told,
            )  # fmt: skip
    return out.getvalue()
