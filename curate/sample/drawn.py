"""a seed -> a picture drawn with numpy, for modalities of which no package carries a real one, and what was drawn

Each drawing only suggests its modality (layers with speckle, uptake in a body outline, a lesion on skin ...): it feeds the
pipeline's stages and teaches nobody medicine. Every source that holds drawings says so (`is_synthetic`), and so do their texts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from curate.sample.originals import Pixels

Plane = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    pixels: Pixels
    label: str  # the class that was drawn
    shows: str  # what was drawn, in words
    place: str  # body part the drawing stands for
    count: int  # of the things the label names; 0 where it names none


def drawing(kind: str, number: int) -> Drawing:
    """Drawing `number` of a kind: always the same bytes. Raises KeyError for a kind that is not drawn."""
    return KINDS[kind](np.random.default_rng([sorted(KINDS).index(kind), number]), number)


def noise(rng: np.random.Generator, shape: tuple[int, int], smooth: float) -> Plane:
    """Smooth noise, mean 0, standard deviation 1."""
    field = gaussian_filter(rng.normal(size=shape), smooth)
    return np.asarray((field - field.mean()) / (field.std() + 1e-9))


def bytes_of(values: Plane) -> Pixels:
    return np.clip(values * 255, 0, 255).round().astype(np.uint8)


def grid(height: int, width: int) -> tuple[Plane, Plane]:
    rows, columns = np.mgrid[0:height, 0:width]
    return rows.astype(np.float64), columns.astype(np.float64)


def blob(rng: np.random.Generator, shape: tuple[int, int], centre: tuple[float, float], radius: float, rough: float) -> Plane:
    """Signed depth inside an irregular outline: 1 at the centre, 0 on the outline, negative outside."""
    rows, columns = grid(*shape)
    down, right = rows - centre[0], columns - centre[1]
    angle = np.arctan2(down, right)
    waves = sum(rng.normal() / order * np.cos(order * angle + rng.uniform(0, 6.28)) for order in range(2, 8))
    return np.asarray(1 - np.hypot(down, right) / (radius * (1 + rough * waves)))


def over(ground: Plane, colour: tuple[float, float, float], amount: Plane) -> Plane:
    """A colour laid over an RGB ground where `amount` (0-1) says."""
    share = np.clip(amount, 0, 1)[..., None]
    return np.asarray(ground * (1 - share) + np.array(colour) * share)


def edge(depth: Plane, softness: float) -> Plane:
    return np.asarray(1 / (1 + np.exp(-np.clip(depth / softness, -40, 40))))


SKIN = ((0.93, 0.76, 0.67), (0.86, 0.66, 0.53), (0.72, 0.52, 0.39), (0.52, 0.36, 0.27))
SKIN_WORDS = ("light", "medium", "brown", "dark brown")


def dermoscopy(rng: np.random.Generator, number: int) -> Drawing:
    """A pigmented lesion on skin: outline, pigment, net or globules, hairs."""
    size, tone = (240, 300), int(rng.integers(3))
    picture = np.array(SKIN[tone]) * (1 + 0.03 * noise(rng, size, 14) + 0.015 * noise(rng, size, 1))[..., None]
    label = ("nv", "mel", "bkl", "vasc")[number % 4]
    rough = {"nv": 0.05, "mel": 0.22, "bkl": 0.1, "vasc": 0.08}[label]
    depth = blob(rng, size, (rng.uniform(95, 145), rng.uniform(110, 190)), rng.uniform(45, 90), rough)
    colours = {"nv": (0.45, 0.27, 0.17), "mel": (0.26, 0.16, 0.13), "bkl": (0.62, 0.47, 0.33), "vasc": (0.66, 0.13, 0.18)}
    picture = over(picture, colours[label], 0.85 * edge(depth, 0.05 if label != "mel" else 0.09))
    pattern = {"nv": "a regular net", "mel": "uneven pigment and a blue-grey area", "bkl": "pale round cysts", "vasc": "red lagoons"}
    inside = edge(depth - 0.12, 0.05)
    if label == "mel":
        picture = over(picture, (0.38, 0.42, 0.52), 0.75 * inside * edge(noise(rng, size, 16) - 0.7, 0.2))
        picture = over(picture, (0.12, 0.08, 0.08), 0.8 * inside * edge(noise(rng, size, 11) - 0.9, 0.1))
    else:
        rows, columns = grid(*size)
        step, tilt = rng.uniform(7, 13), rng.uniform(0, 1.5)
        lines = np.cos((rows * np.cos(tilt) + columns * np.sin(tilt)) * 6.28 / step + noise(rng, size, 9))
        lines += np.cos((columns * np.cos(tilt) - rows * np.sin(tilt)) * 6.28 / step + noise(rng, size, 9))
        dark = {"nv": (0.28, 0.16, 0.1), "bkl": (0.92, 0.84, 0.7), "vasc": (0.42, 0.05, 0.1)}[label]
        picture = over(picture, dark, 0.6 * inside * edge(lines - 0.8, 0.2))
    hairs = int(rng.integers(0, 7))
    for _ in range(hairs):
        picture = over(picture, (0.12, 0.09, 0.08), 0.9 * stroke(rng, size))
    shows = f"a lesion with {pattern[label]} on {SKIN_WORDS[tone]} skin" + (", crossed by hairs" if hairs else "")
    return Drawing(pixels=bytes_of(picture), label=label, shows=shows, place="skin", count=1)


def stroke(rng: np.random.Generator, size: tuple[int, int], thick: float = 0.9) -> Plane:
    """A curved line across the picture, 1 on it and 0 off it."""
    rows, columns = grid(*size)
    bend, tilt, offset = rng.uniform(-0.002, 0.002), rng.uniform(-1.2, 1.2), rng.uniform(0.1, 0.9) * size[0]
    away = rows - (offset + tilt * (columns - size[1] / 2) + bend * (columns - size[1] / 2) ** 2)
    return np.exp(-((away / thick) ** 2) / (1 + tilt**2))


# lower and upper edge as a share of the thickness, brightness: pigment layer to nerve fibres
LAYERS = (
    (-0.1, 0.05, 0.95),
    (0.05, 0.17, 0.35),
    (0.17, 0.22, 0.7),
    (0.22, 0.5, 0.22),
    (0.5, 0.62, 0.5),
    (0.62, 0.82, 0.4),
    (0.82, 1.0, 0.85),
)


def oct_scan(rng: np.random.Generator, number: int) -> Drawing:
    """A cross-section of retina: layers round a pit, multiplied by speckle; bumps or fluid in two of three."""
    height, width = 200, 320
    rows, columns = grid(height, width)
    pit, tilt = rng.uniform(110, 210), rng.uniform(-0.16, 0.16)
    base = rng.uniform(118, 150) + tilt * (columns - width / 2) + rng.uniform(-0.0009, 0.0012) * (columns - width / 2) ** 2
    label = ("NORMAL", "DRUSEN", "DME")[number % 3]
    count = 0 if label == "NORMAL" else int(rng.integers(2, 6))
    spots = rng.uniform(40, width - 40, count)
    if label == "DRUSEN":
        base = base - sum((rng.uniform(6, 15) * np.exp(-(((columns - x) / rng.uniform(7, 15)) ** 2)) for x in spots), np.zeros_like(rows))
    thick = rng.uniform(58, 76) - rng.uniform(24, 34) * np.exp(-(((columns - pit) / rng.uniform(24, 40)) ** 2))
    if label == "DME":
        thick = thick + rng.uniform(14, 26) * np.exp(-(((columns - pit) / 60) ** 2))
    height_in = (base - rows) / thick  # 0 on the pigment layer, 1 on the inner surface
    bright = np.zeros_like(rows)
    for low, high, level in LAYERS:
        bright += level * edge(height_in - low, 0.015) * edge(high - height_in, 0.015)
    bright += 0.3 * np.exp(-np.clip(rows - base, 0, None) / 28) * edge(rows - base, 2)
    if label == "DME":
        for x in spots:
            middle = base - 0.45 * thick
            across = ((columns - x) / rng.uniform(8, 17)) ** 2 + ((rows - middle) / rng.uniform(6, 12)) ** 2
            bright *= 1 - 0.9 * edge(1 - across, 0.15)
    speckled = gaussian_filter((0.06 + bright) * rng.gamma(3.0, 1 / 3.0, size=rows.shape), 0.6)
    words = {"NORMAL": "a smooth pit and even layers", "DRUSEN": f"{count} bumps of the pigment layer", "DME": f"{count} dark fluid spaces"}
    return Drawing(pixels=bytes_of(speckled * 0.9), label=label, shows=f"{words[label]} with speckle", place="retina", count=count)


def endoscopy(rng: np.random.Generator, number: int) -> Drawing:
    """A tube seen from inside: folds round a dark lumen, vessels, vignette, highlights; polyps in two of three."""
    size = (260, 300)
    rows, columns = grid(*size)
    centre = (rng.uniform(80, 180), rng.uniform(90, 210))
    away = np.hypot(rows - centre[0], (columns - centre[1]) * rng.uniform(0.8, 1.2)) * (1 + 0.08 * noise(rng, size, 25))
    pinks = ((0.87, 0.5, 0.42), (0.8, 0.42, 0.36), (0.9, 0.6, 0.48))
    light = np.clip(0.22 + away / rng.uniform(110, 170), 0, 1) * (1 + 0.04 * noise(rng, size, 6))
    folds = 0.8 + 0.2 * np.cos(np.sqrt(np.clip(away, 0, None)) * rng.uniform(2.2, 4.2) + rng.uniform(0, 6))
    picture = np.array(pinks[int(rng.integers(3))]) * (light * folds)[..., None]
    for _ in range(int(rng.integers(3, 8))):
        picture = over(picture, (0.6, 0.16, 0.15), 0.45 * stroke(rng, size, 1.3))
    count = (0, 1, 2)[number % 3]
    for _ in range(count):
        angle, far = rng.uniform(0, 6.28), rng.uniform(60, 85)
        spot = (np.clip(centre[0] + far * np.sin(angle), 50, 210), np.clip(centre[1] + far * np.cos(angle), 50, 250))
        depth = blob(rng, size, spot, rng.uniform(17, 34), 0.06)
        picture = over(picture, (0.35, 0.12, 0.1), 0.6 * edge(depth + 0.18, 0.08))
        picture = over(picture, (0.88, 0.42, 0.36), edge(depth, 0.06) * (0.65 + 0.35 * np.clip(depth, 0, 1)))
    picture = over(picture, (1, 1, 0.97), edge(noise(rng, size, 2.2) * light - 2.4, 0.08))
    picture *= edge(1 - np.maximum(np.abs(rows - 130) / 126, np.hypot(rows - 130, columns - 150) / 158), 0.01)[..., None]
    words = ("folds round a dark lumen and no polyp", "one round polyp beside the lumen", "two round polyps beside the lumen")
    return Drawing(pixels=bytes_of(picture), label=("normal", "polyps", "polyps")[count], shows=words[count], place="colon", count=count)


def pet(rng: np.random.Generator, number: int) -> Drawing:
    """Uptake seen from the front in a body outline, dark on light: brain, heart, liver, kidneys, bladder; 0-4 extra spots."""
    height, width = 288, 160
    rows, columns = grid(height, width)
    lean, stout = rng.uniform(-6, 6), rng.uniform(0.88, 1.14)

    def organ(row: float, column: float, tall: float, wide: float, level: float) -> Plane:
        down = (rows - row - rng.normal(0, 3)) / tall
        right = (columns - 80 - lean * row / 288 - column * stout - rng.normal(0, 2)) / (wide * stout)
        return np.asarray(level * np.exp(-((down**2 + right**2) ** 1.6)))

    body = np.clip(organ(34, 0, 26, 17, 1) + organ(118, 0, 62, 36, 1) + organ(208, 0, 70, 30, 1), 0, 1)
    body = np.clip(body + organ(135, -50, 70, 9, 0.8) + organ(135, 50, 70, 9, 0.8), 0, 1)
    uptake = 0.16 * body + organ(26, 0, 15, 12, rng.uniform(0.7, 1)) + organ(101, 8, 11, 10, rng.uniform(0.1, 0.8))
    uptake += organ(128, -15, 15, 17, rng.uniform(0.25, 0.45)) + organ(148, -18, 9, 5, 0.5) + organ(148, 18, 9, 5, 0.5)
    uptake += organ(214, 0, 9, 10, rng.uniform(0.7, 1.1))
    count = number % 5
    for _ in range(count):
        uptake += organ(rng.uniform(62, 190), rng.uniform(-26, 26), rng.uniform(4, 8), rng.uniform(4, 8), rng.uniform(0.8, 1.2))
    seen = gaussian_filter(uptake, 1.6) + 0.03 * noise(rng, (height, width), 1.3) * (0.3 + body)
    words = "uptake in brain, heart, liver, kidneys and bladder" + (
        f" and {count} more {'foci' if count > 1 else 'focus'}" if count else " and no other focus"
    )
    first = int(rng.integers(0, 40))
    seen = seen[first : first + int(rng.integers(200, 248)), int(rng.integers(0, 14)) : width - int(rng.integers(0, 14))]
    return Drawing(pixels=bytes_of(1 - seen), label="foci" if count else "no foci", shows=words, place="whole body", count=count)


def photograph(rng: np.random.Generator, number: int) -> Drawing:
    """A forearm on a cloth with a red wound, a rash or nothing on it."""
    size, tone = (240, 320), int(rng.integers(4))
    rows, columns = grid(*size)
    cloth = ((0.25, 0.45, 0.62), (0.3, 0.52, 0.42), (0.82, 0.82, 0.8), (0.35, 0.35, 0.4))[int(rng.integers(4))]
    weave = 1 + 0.05 * np.cos(rows * 1.7) * np.cos(columns * 1.7) + 0.05 * noise(rng, size, 20)
    picture = np.array(cloth) * weave[..., None]
    middle = rng.uniform(95, 145) + rng.uniform(-0.3, 0.3) * (columns - 160)
    half = rng.uniform(48, 66) - rng.uniform(0.03, 0.12) * columns
    across = (rows - middle) / half
    shade = (0.62 + 0.38 * np.sqrt(np.clip(1 - across**2, 0, 1))) * (1 + 0.03 * noise(rng, size, 4))
    picture = over(picture, (0.05, 0.05, 0.06), 0.35 * edge(1 - np.abs(across - 0.18), 0.08))
    arm = edge(1 - np.abs(across), 0.02)[..., None]
    picture = picture * (1 - arm) + arm * np.array(SKIN[tone]) * shade[..., None]
    label, count = ("wound", "rash", "healthy")[number % 3], (1, int(rng.integers(9, 24)), 0)[number % 3]
    for _ in range(count):
        column = rng.uniform(70, 250)
        row = float(middle[0, int(column)] + rng.uniform(-0.5, 0.5) * half[0, int(column)])
        depth = blob(rng, size, (row, column), rng.uniform(18, 36) if label == "wound" else rng.uniform(3, 8), 0.14)
        picture = over(picture, (0.78, 0.36, 0.32), 0.55 * edge(depth + 0.3, 0.12))
        if label == "wound":
            picture = over(picture, (0.55, 0.08, 0.09), 0.9 * edge(depth, 0.06))
            picture = over(picture, (0.85, 0.72, 0.4), 0.7 * edge(depth - 0.35, 0.08) * edge(noise(rng, size, 5), 0.2))
    words = {"wound": "one open red wound on a forearm", "rash": f"{count} red spots on a forearm", "healthy": "a forearm without a lesion"}
    shows = f"{words[label]}, {SKIN_WORDS[tone]} skin"
    return Drawing(pixels=bytes_of(picture), label=label, shows=shows, place="forearm", count=count)


def sperm(rng: np.random.Generator, number: int) -> Drawing:
    """A grey cell of 128 px as a light microscope shows it: oval head, mid-piece, tail; vacuole in every second."""
    size = (128, 128)
    rows, columns = grid(*size)
    turn, far = rng.uniform(0, 6.28), rng.uniform(17, 23)
    down, right = rows - 64, columns - 64
    along, side = down * np.sin(turn) + right * np.cos(turn), -down * np.cos(turn) + right * np.sin(turn)
    head = edge(1 - np.hypot(along / far, side / (far * rng.uniform(0.55, 0.75))), 0.04)
    tail = np.exp(-(((side - rng.uniform(4, 11) * np.sin(along / 13)) / 2.4) ** 2)) * edge(-along - far * 0.9, 1)
    grey = 0.55 + 0.03 * noise(rng, size, 3) + 0.02 * noise(rng, size, 12) - 0.25 * head - 0.18 * tail
    if number % 2:
        grey += 0.2 * edge(1 - np.hypot((along - 5) / 4.5, (side - 2) / 4.5), 0.12)
    shows = "an oval head with " + ("a pale vacuole" if number % 2 else "no vacuole")
    return Drawing(pixels=bytes_of(grey), label="abnormal" if number % 2 else "normal", shows=shows, place="sperm cell", count=number % 2)


KINDS: dict[str, Callable[[np.random.Generator, int], Drawing]] = {
    "dermoscopy": dermoscopy, "endoscopy": endoscopy, "oct": oct_scan, "pet": pet, "photography": photograph, "sperm": sperm,
}  # fmt: skip
