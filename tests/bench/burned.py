"""lines of invented identities planted in real pictures -> how many are found; pictures as they are -> how many are flagged; the time"""

from __future__ import annotations

import hashlib
import io
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from curate.pixels.digest import as_grey
from curate.pixels.fault import PixelFault
from curate.pixels.render import render
from curate.pixels.text_regions import text_regions
from tests.bench.figure import Figure, interleaved
from tests.real import REAL

LINES = 2_000
HEIGHTS = (10, 12, 16, 20, 28, 40)  # of a capital, pixels
CONTRASTS = (40, 70, 120, 200)  # grey levels between the text and the mean behind it
GROUNDS = ("margin", "even", "busy")  # grey levels by which what is behind the text spreads: 0; up to 15; more
FONTS = ("DejaVuSans", "DejaVuSansMono", "DejaVuSerif-Bold", "LiberationSans-Regular", "LiberationMono-Regular")  # those the machine has
LONGEST = 1_400  # pixels; larger pictures are reduced, so that the text in them is small

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Planted:
    picture: Pixels
    box: tuple[int, int, int, int]  # left, top, right, bottom of the ink
    ink: npt.NDArray[np.bool_]
    ground: str
    contrast: int


def measure(folder: Path, samples: int) -> list[Figure]:
    pictures = list(_pictures())
    if not pictures:
        return [Figure(name="text in pixels", figure=None, unit="", note="no real pictures beside the repository")]
    planted = [line for number in range(LINES) if (line := _line(number, pictures))]
    shares = [(line, _covered(line)) for line in planted]
    figures = [_recall(shares, ground, contrast) for ground in GROUNDS for contrast in CONTRASTS]
    plain = [share for line, share in shares if line.ground != "busy"]
    found = [share for share in plain if share > 0.5]
    figures += [
        Figure(name="text in pixels: lines found, margin or even ground", figure=_share(plain, 0.5), unit="", target=">= 0.98"),
        Figure(name="text in pixels: of these with 99 % of their ink covered", figure=_share(found, 0.99), unit="", target=">= 0.98"),
    ]
    return [*figures, _flagged(pictures), *_cost(pictures)]


def _recall(shares: list[tuple[Planted, float]], ground: str, contrast: int) -> Figure:
    mine = [share for line, share in shares if (line.ground, line.contrast) == (ground, contrast)]
    found = _share(mine, 0.5) if mine else None
    return Figure(name=f"text in pixels: {ground}, contrast {contrast}", figure=found, unit="found", note=f"{len(mine)} lines")


def _share(shares: list[float], least: float) -> float:
    return sum(share > least for share in shares) / len(shares)


def _flagged(pictures: list[tuple[str, Pixels]]) -> Figure:
    """Pictures as they are. Some carry text, 10 of the 307: what is flagged is the most that false alarms can be."""
    seen = Counter(modality for modality, _ in pictures)
    flagged = Counter(modality for modality, grey in pictures if text_regions(grey))
    note = ", ".join(f"{modality} {flagged[modality]}/{seen[modality]}" for modality in sorted(seen))
    return Figure(name="text in pixels: flagged without planted text", figure=sum(flagged.values()), unit=f"of {len(pictures)}", note=note)


def _cost(pictures: list[tuple[str, Pixels]]) -> list[Figure]:
    chosen = [Image.fromarray(grey).resize((512, 512)) for _, grey in pictures[:: len(pictures) // 40]]
    files = [_jpeg(image, 90) for image in chosen]
    looked, decoded, _ = interleaved(
        lambda: [text_regions(image) for image in chosen], lambda: [Image.open(io.BytesIO(data)).convert("RGB") for data in files]
    )
    return [
        Figure(name="text in pixels: one picture of 512 x 512", figure=1e3 * looked / len(chosen), unit="ms"),
        Figure(name="text in pixels: against decoding it", figure=looked / decoded, unit="x", note="JPEG, grey, quality 90"),
    ]


def _pictures() -> Iterator[tuple[str, Pixels]]:
    """The half of the real pictures that the weights were not fitted to."""
    for path in sorted((REAL / "modality").glob("*/*")) if REAL else ():
        if hashlib.sha256(path.name.encode()).digest()[0] & 1 and path.parent.name != "ocr":
            try:
                image = as_grey(render(path.read_bytes()).image)
            except PixelFault:  # volumes, and what its own test looks after
                continue
            image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
            yield path.parent.name, np.asarray(image)


def _line(number: int, pictures: list[tuple[str, Pixels]]) -> Planted | None:
    chance = random.Random(f"line {number}")
    _, picture = chance.choice(pictures)
    contrast, ink = chance.choice(CONTRASTS), _drawn(chance)
    height, width = ink.shape
    if chance.random() < 0.4 or picture.shape[0] < height + 8 or picture.shape[1] < width + 8:
        margin = np.full((height + 16, max(picture.shape[1], width + 16)), chance.choice((0, 0, 20, 235)), np.uint8)
        picture = np.vstack([margin, np.pad(picture, ((0, 0), (0, margin.shape[1] - picture.shape[1])))])
        top, left = 8, chance.randrange(4, picture.shape[1] - width - 3)
    else:
        top, left = chance.randrange(2, picture.shape[0] - height - 1), chance.randrange(2, picture.shape[1] - width - 1)
    place = np.s_[top : top + height, left : left + width]
    behind = picture[place].astype(np.float64)
    grey = next((grey for grey in (behind.mean() + contrast, behind.mean() - contrast) if 0 <= grey <= 255), None)
    if grey is None:
        return None
    drawn = picture.copy()
    drawn[place] = np.rint(behind + (grey - behind) * ink / 255)
    ground = "margin" if behind.std() == 0 else "even" if behind.std() <= 15 else "busy"
    file = _jpeg(Image.fromarray(drawn), chance.choice((75, 90, 95)))
    return Planted(np.asarray(Image.open(io.BytesIO(file))), (left, top, left + width, top + height), ink > 64, ground, contrast)


def _covered(line: Planted) -> float:
    """The share of its ink that lies in what was found."""
    covered = np.zeros(line.picture.shape, bool)
    for region in text_regions(line.picture):
        covered[region.top : region.bottom, region.left : region.right] = True
    left, top, right, bottom = line.box
    return float(covered[top:bottom, left:right][line.ink].mean())


def _drawn(chance: random.Random) -> Pixels:
    text, high = _identity(chance), chance.choice(HEIGHTS)
    fonts = [ImageFont.load_default(high / 0.7), *filter(None, (_font(name, high) for name in FONTS))]
    font = chance.choice(fonts)
    left, top, right, bottom = font.getbbox(text)
    mask = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(mask).text((2 - left, 2 - top), text, fill=255, font=font)
    return np.asarray(mask.crop(mask.getbbox()))


def _font(name: str, high: int) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(f"{name}.ttf", high / 0.72)
    except OSError:
        return None


def _identity(chance: random.Random) -> str:
    """At least five characters, nobody's."""
    first, last = chance.choice(("John", "Maria", "Wei", "Olga", "Ingrid", "Priya")), chance.choice(("Smith", "Garcia", "Okafor", "Tanaka"))
    day = f"{chance.randrange(1930, 2020)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
    return chance.choice((f"{last.upper()}, {first.upper()}", f"{first} {last}", day, str(chance.randrange(10**5, 10**9)), last.upper()))


def _jpeg(image: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()
