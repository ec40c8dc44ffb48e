"""a seed -> a chart or a diagram, as articles print them"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from curate.probe.lettering import Colour, font, word, words
from curate.probe.tones import MAPS, coloured

Generator = np.random.Generator
Pen = ImageDraw.ImageDraw
Box = tuple[float, float, float, float]

PALETTES: tuple[tuple[Colour, ...], ...] = (  # of Matplotlib, ggplot2, a spreadsheet, Nature's journals, print in greys and in black alone
    ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189)),
    ((248, 118, 109), (163, 165, 0), (0, 191, 125), (0, 176, 246), (231, 107, 243)),
    ((68, 114, 196), (237, 125, 49), (165, 165, 165), (255, 192, 0), (91, 155, 213)),
    ((230, 75, 53), (77, 187, 213), (0, 160, 135), (60, 84, 136), (243, 155, 127)),
    ((40, 40, 40), (110, 110, 110), (160, 160, 160), (200, 200, 200), (80, 80, 80)),
    ((0, 0, 0), (0, 0, 0), (90, 90, 90), (0, 0, 0), (150, 150, 150)),
)


def _palette(rng: Generator) -> tuple[Colour, ...]:
    return PALETTES[int(rng.integers(len(PALETTES)))]


def chart(rng: Generator) -> Image.Image:
    """One to six panels of axes with bars, lines, points, survival steps, boxes, intervals, a heat map, a pie or a histogram."""
    across, down = (int(rng.integers(1, 4)), int(rng.integers(1, 3))) if rng.random() < 0.35 else (1, 1)
    width, height = int(rng.integers(260, 768)), int(rng.integers(200, 640))
    page = Image.new("RGB", (width, height), (255, 255, 255) if rng.random() < 0.9 else tuple(int(p) for p in rng.integers(225, 256, 3)))
    pen, palette = ImageDraw.Draw(page), _palette(rng)
    size = int(np.clip(min(width / across, height / down) * rng.uniform(0.03, 0.055), 7, 20))
    for place in range(across * down):
        left, top = (place % across) * width / across, (place // across) * height / down
        box = (left + 4 * size, top + 2.2 * size, left + width / across - size, top + height / down - 3.2 * size)
        if box[2] - box[0] > 30 and box[3] - box[1] > 30:
            _panel(page, pen, rng, box, size, palette)
            if across * down > 1:
                pen.text((left + 2, top + 2), "ABCDEF"[place], fill=(0, 0, 0), font=font(int(1.5 * size)), stroke_width=1)
    return page


def _panel(page: Image.Image, pen: Pen, rng: Generator, box: Box, size: int, palette: tuple[Colour, ...]) -> None:
    draw = PANELS[int(rng.integers(len(PANELS)))]
    if draw not in (_pie, _heat):
        _axes(pen, rng, box, size)
    draw(page, pen, rng, box, palette)
    if rng.random() < 0.6:
        pen.text((box[0] + 0.2 * (box[2] - box[0]), box[1] - 1.8 * size), words(rng, 3), fill=(0, 0, 0), font=font(int(1.2 * size)))
    if rng.random() < 0.5:
        _legend(pen, rng, (box[0] + rng.choice((0.05, 0.6)) * (box[2] - box[0]), box[1] + 4), size, palette)


def _axes(pen: Pen, rng: Generator, box: Box, size: int) -> None:
    left, top, right, bottom = box
    ground, ink = rng.random(), (0, 0, 0) if rng.random() < 0.7 else (90, 90, 90)
    if ground < 0.15:
        pen.rectangle(box, fill=(235, 235, 235))  # ggplot2's grey
    ticks, grid, whole = int(rng.integers(3, 9)), rng.random() < 0.4, rng.random() < 0.4
    for tick in range(ticks):
        share = tick / (ticks - 1)
        row, column = bottom - share * (bottom - top), left + share * (right - left)
        if grid:
            pen.line((left, row, right, row), fill=(255, 255, 255) if ground < 0.15 else (215, 215, 215))
        pen.line((left - 4, row, left, row), fill=ink)
        pen.text((left - 2.6 * size, row - 0.6 * size), f"{share * 10 ** rng.integers(0, 3):.3g}"[:4], fill=ink, font=font(size))
        pen.line((column, bottom, column, bottom + 4), fill=ink)
        pen.text(
            (column - 0.6 * size, bottom + 0.5 * size),
            word(rng, most=1) if rng.random() < 0.4 else str(tick * 10),
            fill=ink,
            font=font(size),
        )
    pen.line((left, top, left, bottom, right, bottom), fill=ink, width=2)
    if whole:
        pen.rectangle(box, outline=ink)
    pen.text((0.5 * (left + right) - 3 * size, bottom + 1.8 * size), words(rng, 2), fill=ink, font=font(size))


def _legend(pen: Pen, rng: Generator, corner: tuple[float, float], size: int, palette: tuple[Colour, ...]) -> None:
    for line, colour in enumerate(palette[: int(rng.integers(2, 5))]):
        top = corner[1] + 1.4 * size * line
        pen.rectangle((corner[0], top + 2, corner[0] + 1.4 * size, top + size * 0.8), fill=colour)
        pen.text((corner[0] + 2 * size, top), word(rng), fill=(0, 0, 0), font=font(size))


def _scaled(box: Box, across: np.ndarray, up: np.ndarray) -> list[tuple[float, float]]:
    left, top, right, bottom = box
    return [(left + x * (right - left), bottom - y * (bottom - top)) for x, y in zip(np.clip(across, 0, 1), np.clip(up, 0, 1))]


def _bars(page: Image.Image, pen: Pen, rng: Generator, box: Box, palette: tuple[Colour, ...]) -> None:
    count, series = int(rng.integers(2, 11)), int(rng.integers(1, 4))
    outline, errors, step = rng.random() < 0.4, rng.random() < 0.5, 1 / count
    for place in range(count):
        for of in range(series):
            start, wide, high = (place + 0.15 + 0.7 * of / series) * step, 0.7 * step / series, rng.uniform(0.05, 0.85)
            (low, foot), (far, head) = _scaled(box, np.array([start, start + wide]), np.array([0, high]))
            pen.rectangle((low, head, far, foot), fill=palette[of], outline=(0, 0, 0) if outline else None)
            if errors:
                middle, reach = (low + far) / 2, rng.uniform(3, 14)
                pen.line((middle, head - reach, middle, head + reach), fill=(0, 0, 0))
                pen.line((middle - 3, head - reach, middle + 3, head - reach), fill=(0, 0, 0))


def _lines(page: Image.Image, pen: Pen, rng: Generator, box: Box, palette: tuple[Colour, ...]) -> None:
    count, marked = int(rng.integers(4, 80)), rng.random() < 0.4
    across = np.linspace(0, 1, count)
    for colour in palette[: int(rng.integers(1, 5))]:
        up = rng.uniform(0.2, 0.8) + rng.uniform(-0.4, 0.4) * across + np.cumsum(rng.normal(0, 0.25 / np.sqrt(count), count))
        if rng.random() < 0.3:
            up = 1 - (1 - across) ** rng.uniform(2, 9)  # a ROC curve
        points = _scaled(box, across, up)
        pen.line(points, fill=colour, width=int(rng.integers(1, 4)))
        for x, y in points if marked and count < 25 else ():
            pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour)


def _points(page: Image.Image, pen: Pen, rng: Generator, box: Box, palette: tuple[Colour, ...]) -> None:
    radius = rng.uniform(1, 4)
    for colour in palette[: int(rng.integers(1, 5))]:
        count, middle = int(rng.integers(10, 200)), rng.uniform(0.25, 0.75, 2)
        across = rng.normal(middle[0], rng.uniform(0.05, 0.2), count)
        up = rng.normal(middle[1], 0.1, count) + rng.uniform(-0.8, 0.8) * (across - middle[0])
        for x, y in _scaled(box, across, up):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _survival(page: Image.Image, pen: Pen, rng: Generator, box: Box, palette: tuple[Colour, ...]) -> None:
    for colour in palette[: int(rng.integers(2, 4))]:
        times = np.sort(rng.random(int(rng.integers(6, 40))))
        left_over = np.cumprod(1 - rng.uniform(0, 2.2 / len(times), len(times)))
        steps = np.repeat(np.concatenate([[0], times, [1]]), 2)[1:-1], np.repeat(np.concatenate([[1], left_over]), 2)
        points = _scaled(box, *steps)
        pen.line(points, fill=colour, width=2)
        for x, y in points[3::4] if rng.random() < 0.6 else ():
            pen.line((x, y - 4, x, y + 4), fill=colour)


def _boxes(page: Image.Image, pen: Pen, rng: Generator, box: Box, palette: tuple[Colour, ...]) -> None:
    count = int(rng.integers(2, 9))
    for place in range(count):
        low, first, middle, third, high = np.sort(rng.uniform(0.05, 0.95, 5))
        start, end = (place + 0.2) / count, (place + 0.8) / count
        (x0, y0), (x1, y1) = _scaled(box, np.array([start, end]), np.array([first, third]))
        (_, bottom), (_, top), (_, line) = _scaled(box, np.zeros(3), np.array([low, high, middle]))
        pen.line(((x0 + x1) / 2, bottom, (x0 + x1) / 2, top), fill=(0, 0, 0))
        pen.rectangle((x0, y1, x1, y0), fill=palette[place % 5] if rng.random() < 0.8 else (255, 255, 255), outline=(0, 0, 0))
        pen.line((x0, line, x1, line), fill=(0, 0, 0), width=2)


def _intervals(page: Image.Image, pen: Pen, rng: Generator, box: Box, palette: tuple[Colour, ...]) -> None:
    """A forest plot: an interval and a square for each study, a line at no effect, a diamond for all."""
    left, top, right, bottom = box
    count, zero = int(rng.integers(4, 16)), rng.uniform(0.35, 0.65)
    pen.line((left + zero * (right - left), top, left + zero * (right - left), bottom), fill=(0, 0, 0))
    for place in range(count):
        row, middle, reach = top + (place + 0.5) / count * (bottom - top), zero + rng.normal(0, 0.12), rng.uniform(0.03, 0.2)
        x, half = left + middle * (right - left), rng.uniform(2, 6)
        pen.line((x - reach * (right - left), row, x + reach * (right - left), row), fill=(0, 0, 0))
        pen.rectangle((x - half, row - half, x + half, row + half), fill=palette[0])
        pen.text((left + 2, row - 5), word(rng), fill=(0, 0, 0), font=font(10))
    x = left + (zero + rng.normal(0, 0.06)) * (right - left)
    pen.polygon([(x - 14, bottom - 6), (x, bottom - 12), (x + 14, bottom - 6), (x, bottom)], fill=palette[1])


def _heat(page: Image.Image, pen: Pen, rng: Generator, box: Box, palette: tuple[Colour, ...]) -> None:
    """A confusion or correlation matrix, or a heat map of many rows."""
    side = int(rng.integers(2, 40))
    levels = rng.random((side, int(rng.integers(2, 40)))) * 0.5
    levels[: min(levels.shape), : min(levels.shape)] += 0.5 * np.eye(min(levels.shape)) * (rng.random() < 0.5)
    maps = (
        *MAPS,
        ((255, 255, 255), (8, 48, 107)),
        ((0, 0, 160), (255, 255, 255), (160, 0, 0)),
        ((68, 1, 84), (33, 145, 140), (253, 231, 37)),
    )
    cells = (coloured(levels, maps[int(rng.integers(len(maps)))]) * 255).astype(np.uint8)
    shown = Image.fromarray(cells).resize((int(box[2] - box[0]), int(box[3] - box[1])), Image.Resampling.NEAREST)
    page.paste(shown, (int(box[0]), int(box[1])))
    for row in range(min(side, 12)):
        pen.text((box[0] - 30, box[1] + row * (box[3] - box[1]) / min(side, 12)), word(rng, most=2), fill=(0, 0, 0), font=font(9))


def _pie(page: Image.Image, pen: Pen, rng: Generator, box: Box, palette: tuple[Colour, ...]) -> None:
    ends = np.concatenate([[0], np.cumsum(rng.dirichlet(np.ones(int(rng.integers(2, 6)))))]) * 360
    side = min(box[2] - box[0], box[3] - box[1])
    where = (box[0], box[1], box[0] + side, box[1] + side)
    for place, (start, end) in enumerate(pairwise(ends)):
        pen.pieslice(where, float(start), float(end), fill=palette[place % 5], outline=(255, 255, 255))
    if rng.random() < 0.3:
        hole = side * 0.3
        pen.ellipse((where[0] + hole, where[1] + hole, where[2] - hole, where[3] - hole), fill=(255, 255, 255))


PANELS: tuple[Callable[[Image.Image, Pen, Generator, Box, tuple[Colour, ...]], None], ...] = (
    _bars, _bars, _lines, _lines, _points, _survival, _boxes, _intervals, _heat, _pie,
)  # fmt: skip


def diagram(rng: Generator) -> Image.Image:
    """Boxes of words joined by arrows (flow charts, network drawings), or labelled outlines."""
    width, height = int(rng.integers(300, 768)), int(rng.integers(240, 768))
    page = Image.new("RGB", (width, height), (255, 255, 255) if rng.random() < 0.85 else tuple(int(p) for p in rng.integers(215, 256, 3)))
    pen, palette, size = ImageDraw.Draw(page), _palette(rng), int(rng.integers(9, 17))
    columns, rows = int(rng.integers(1, 6)), int(rng.integers(2, 7))
    shape, filled = int(rng.integers(4)), rng.random() < 0.6
    centres = []
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.8:
                jitter = rng.normal(0, 0.05, 2)
                centres.append(((column + 0.5 + jitter[0]) / columns * width, (row + 0.5 + jitter[1]) / rows * height))
    half = np.array((0.36 * width / columns, 0.28 * height / rows)) * rng.uniform(0.6, 1)
    for start, end in pairwise(centres):
        _arrow(pen, start, end, palette[0] if rng.random() < 0.3 else (40, 40, 40))
    for place, centre in enumerate(centres):
        pale = tuple(int(255 - (255 - part) * rng.uniform(0.15, 0.8)) for part in palette[place % 5])
        _node(pen, rng, np.array(centre), half, shape if rng.random() < 0.85 else int(rng.integers(4)), pale if filled else None, size)
    return page


def _arrow(pen: Pen, start: tuple[float, float], end: tuple[float, float], colour: Colour) -> None:
    pen.line((*start, *end), fill=colour, width=2)
    way = np.subtract(start, end) / (np.hypot(*np.subtract(start, end)) + 1e-9)
    tip = np.add(start, end) / 2  # where it shows: the boxes cover its ends
    side = np.array((-way[1], way[0])) * 5
    pen.polygon([tuple(tip), tuple(tip + way * 11 + side), tuple(tip + way * 11 - side)], fill=colour)


def _node(pen: Pen, rng: Generator, centre: np.ndarray, half: np.ndarray, shape: int, fill: tuple[int, ...] | None, size: int) -> None:
    box = (*(centre - half), *(centre + half))
    ground, ink = fill or (255, 255, 255), (0, 0, 0)
    match shape:
        case 0:
            pen.rectangle(box, fill=ground, outline=ink, width=int(rng.integers(1, 3)))
        case 1:
            pen.rounded_rectangle(box, 9, fill=ground, outline=ink)
        case 2:
            pen.ellipse(box, fill=ground, outline=ink)
        case _:
            corners = [(centre[0], box[1]), (box[2], centre[1]), (centre[0], box[3]), (box[0], centre[1])]
            pen.polygon(corners, fill=ground, outline=ink)
    for line in range(int(rng.integers(1, 4))):
        limit = max(1, int(1.6 * half[0] / (0.5 * size)))
        pen.text((box[0] + 0.2 * half[0], centre[1] + (line - 1) * 1.2 * size), words(rng, 3)[:limit], fill=ink, font=font(size))
