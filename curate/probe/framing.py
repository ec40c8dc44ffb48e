"""a picture -> the same cropped, turned, framed or written on: what layout and annotation do"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Generator = np.random.Generator
LETTERS = "ABCDEFGHIKLMNPRSTUVWXYZabcdefghijklmnoprstuvwxyz0123456789.:/-% "


def shown(image: Image.Image) -> Image.Image:
    """Mode L where there is one channel or three equal ones, else RGB; transparency lies on white, 16 bits are stretched to their range."""
    if image.mode.startswith(("I", "F")):
        levels = np.asarray(image, dtype=np.float64)
        low, high = levels.min(), levels.max()
        return Image.fromarray(((levels - low) * (255 / max(high - low, 1e-9))).round().astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", over.size, "white"), over)
    if image.mode in ("L", "1", "LA"):
        return image.convert("L")
    colour = image.convert("RGB")
    levels = np.asarray(colour)
    return colour.getchannel(0) if np.array_equal(levels[..., :2], levels[..., 1:]) else colour


def crop(image: Image.Image, rng: Generator) -> Image.Image:
    """60-100 % of each side, from anywhere."""
    width, height = (max(1, round(side * rng.uniform(0.6, 1))) for side in image.size)
    left, top = int(rng.integers(image.width - width + 1)), int(rng.integers(image.height - height + 1))
    return image.crop((left, top, left + width, top + height))


def unframed(image: Image.Image, rng: Generator) -> Image.Image:
    """Without its dark margin, or as it is where that would leave less than half of a side."""
    box = image.convert("L").point(lambda level: 255 * (level > 12)).getbbox()
    if box is None or 2 * (box[2] - box[0]) < image.width or 2 * (box[3] - box[1]) < image.height:
        return image
    return image.crop(box)


def mirror(image: Image.Image, rng: Generator) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def quarter(image: Image.Image, rng: Generator) -> Image.Image:
    turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270, Image.Transpose.FLIP_TOP_BOTTOM)
    return image.transpose(turns[int(rng.integers(4))])


def turn(image: Image.Image, rng: Generator) -> Image.Image:
    """By up to 12 degrees, corners black."""
    return image.rotate(float(rng.uniform(-12, 12)), Image.Resampling.BILINEAR, expand=bool(rng.integers(2)))


def ground(rng: Generator) -> int:
    """Of slides, pages and viewers: black, white or a grey."""
    return int(rng.choice((0, 255, int(rng.integers(20, 236))), p=(0.5, 0.35, 0.15)))


def letterbox(image: Image.Image, rng: Generator) -> Image.Image:
    """Padded to a square, or by up to a quarter on each side."""
    level = ground(rng)
    if rng.random() < 0.5:
        side = max(image.size)
        width, height = side, side
        left, top = (side - image.width) // 2, (side - image.height) // 2
    else:
        sides = [int(side * share) for side, share in zip((image.width, image.height) * 2, rng.uniform(0, 0.25, 4))]
        left, top = sides[0], sides[1]
        width, height = image.width + sides[0] + sides[2], image.height + sides[1] + sides[3]
    page = Image.new(image.mode, (width, height), level if image.mode == "L" else (level,) * 3)
    page.paste(image, (left, top))
    return page


def words(rng: Generator, longest: int = 18) -> str:
    return "".join(LETTERS[int(place)] for place in rng.integers(len(LETTERS), size=int(rng.integers(1, longest))))


def ink(image: Image.Image, rng: Generator) -> int | tuple[int, int, int]:
    """White, black or, in colour pictures, a bright colour."""
    if image.mode == "L" or rng.random() < 0.6:
        level = 255 * int(rng.random() < 0.7)
        return level if image.mode == "L" else (level, level, level)
    return tuple(int(part) for part in rng.choice((0, 255, 200), 3))  # type: ignore[return-value]


def annotate(image: Image.Image, rng: Generator) -> Image.Image:
    """Lines of text near a corner, an arrow, a panel letter or a circle, as consoles and journals put them."""
    marked = image.copy()
    pen, colour = ImageDraw.Draw(marked), ink(image, rng)
    size = max(8, int(max(image.size) * rng.uniform(0.02, 0.06)))
    font = ImageFont.load_default(size)
    kind = int(rng.integers(4))
    if kind == 0:
        left, top = rng.choice((0.02, 0.6)) * image.width, rng.choice((0.02, 0.75)) * image.height
        for line in range(int(rng.integers(1, 6))):
            pen.text((left, top + 1.2 * size * line), words(rng), fill=colour, font=font)
    elif kind == 1:
        tip, tail = rng.uniform(0.2, 0.8, 2) * image.size, rng.uniform(-0.15, 0.15, 2) * max(image.size)
        side = np.array((-tail[1], tail[0])) * 0.2
        pen.line((*tip, *(tip + tail)), fill=colour, width=max(2, size // 5))
        pen.polygon([tuple(tip), tuple(tip + tail * 0.35 + side), tuple(tip + tail * 0.35 - side)], fill=colour)
    elif kind == 2:
        letter = str(rng.choice(list("ABCDabcd")))
        pen.text((0.02 * image.width, 0.02 * image.height), letter, fill=colour, font=ImageFont.load_default(2 * size))
    else:
        middle, radius = rng.uniform(0.25, 0.75, 2) * image.size, rng.uniform(0.05, 0.2) * min(image.size)
        pen.ellipse((*(middle - radius), *(middle + radius)), outline=colour, width=max(1, size // 6))
    return marked


def scale_bar(image: Image.Image, rng: Generator) -> Image.Image:
    marked = image.copy()
    pen, colour = ImageDraw.Draw(marked), ink(image, rng)
    right, bottom, long = image.width * 0.95, image.height * 0.95, image.width * rng.uniform(0.08, 0.3)
    pen.rectangle((right - long, bottom - max(2, image.height // 100), right, bottom), fill=colour)
    if rng.random() < 0.6:
        size, length = max(8, image.height // 25), int(rng.choice((10, 20, 50, 100, 200)))
        pen.text((right - long, bottom - 1.6 * size), f"{length} um", fill=colour, font=ImageFont.load_default(size))
    return marked


def screenshot(image: Image.Image, rng: Generator) -> Image.Image:
    """A viewer's bar above and a panel of text beside, in grey."""
    bar, panel = max(8, image.height // 12), max(8, image.width // int(rng.integers(4, 9)))
    level, letters = (40, 220) if rng.random() < 0.6 else (225, 30)
    page = Image.new(image.mode, (image.width + panel, image.height + bar), level if image.mode == "L" else (level,) * 3)
    page.paste(image, (panel, bar))
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(max(8, bar // 2))
    colour = letters if image.mode == "L" else (letters,) * 3
    pen.text((4, bar // 5), words(rng, 40), fill=colour, font=font)
    for line in range(int(rng.integers(3, 14))):
        pen.text((4, bar * (1.2 + 0.8 * line)), words(rng, 10), fill=colour, font=font)
    return page
