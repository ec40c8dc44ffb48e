"""a seed -> a page of print, a table or a screen, as documents and articles hold beside their pictures"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from curate.probe.lettering import Colour, font, glyphs, number, paragraph, word, words

Generator = np.random.Generator
PAPERS: tuple[Colour, ...] = ((255, 255, 255), (252, 251, 245), (244, 244, 246), (238, 232, 215))
INKS: tuple[Colour, ...] = ((0, 0, 0), (30, 30, 30), (70, 70, 70), (20, 30, 90))


def _sheet(rng: Generator, width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    page = Image.new("RGB", (width, height), PAPERS[int(rng.choice(4, p=(0.7, 0.1, 0.1, 0.1)))])
    return page, ImageDraw.Draw(page)


def page(rng: Generator) -> Image.Image:
    """A title and one to three columns of paragraphs, between them a table, a heading or a grey picture."""
    width = int(rng.integers(420, 760))
    height = int(width * rng.uniform(0.6, 1.45))
    sheet, pen = _sheet(rng, width, height)
    ink, han, size = INKS[int(rng.integers(4))], bool(rng.random() < 0.25), int(rng.integers(8, 15))
    columns, margin = int(rng.integers(1, 4)), width * rng.uniform(0.03, 0.1)
    top = margin
    if rng.random() < 0.7:
        pen.text((margin, top), words(rng, int(rng.integers(3, 9))), fill=ink, font=font(2 * size), stroke_width=int(rng.integers(2)))
        top += 3.2 * size
    each = (width - 2 * margin + size) / columns
    for column in range(columns):
        left, right, line = margin + column * each, margin + (column + 1) * each - size, top
        while line + 3 * size < height - margin:
            part = rng.random()
            if part < 0.12:
                pen.text((left, line), words(rng, 3)[: int((right - left) / size)], fill=ink, font=font(int(1.3 * size)), stroke_width=1)
                line += 2.2 * size
            elif part < 0.2:
                line = _grid(pen, rng, (left, line, right, min(height - margin, line + 12 * size)), size, ink)
            elif part < 0.26:
                line = _plate(pen, rng, (left, line, right, min(height - margin, line + 14 * size)))
            else:
                line = paragraph(pen, rng, (left, line, right, height - margin), size, ink, han)
    return _scanned(sheet, rng)


def _plate(pen: ImageDraw.ImageDraw, rng: Generator, box: tuple[float, float, float, float]) -> float:
    left, top, right, bottom = box
    level = int(rng.integers(30, 220))
    pen.rectangle((left, top, right, max(top, bottom - 6)), fill=(level, level, level))
    for _ in range(6):
        corner = rng.uniform((left, top), (right, max(top + 1, bottom)))
        shade = int(rng.integers(0, 256))
        pen.ellipse((*corner, corner[0] + rng.uniform(4, 40), corner[1] + rng.uniform(4, 30)), fill=(shade, shade, shade))
    return bottom + 6


def _grid(pen: ImageDraw.ImageDraw, rng: Generator, box: tuple[float, float, float, float], size: int, ink: Colour) -> float:
    """Rows of words and numbers between rules, with or without uprights and shaded rows."""
    left, top, right, bottom = box
    columns, pitch = int(rng.integers(2, 8)), size * rng.uniform(1.4, 2.4)
    rows = max(2, int((bottom - top) / pitch))
    uprights, rules, shaded = rng.random() < 0.35, rng.random() < 0.4, rng.random() < 0.3
    step, tint = (right - left) / (columns + 1), tuple(int(part) for part in rng.integers(205, 246, 3))
    for row in range(rows):
        line = top + row * pitch
        if shaded and row % 2:
            pen.rectangle((left, line, right, line + pitch), fill=tint)
        if rules or row in (0, 1):
            pen.line((left, line, right, line), fill=ink, width=1 + int(row == 0))
        for column in range(columns):
            said = word(rng) if column == 0 or row == 0 else number(rng)
            place = left + (0 if column == 0 else step * (column + 1))
            pen.text(
                (place + 2, line + 0.15 * pitch), said[: int(2 * step / size) + 1], fill=ink, font=font(size), stroke_width=int(row == 0)
            )
            if uprights and column:
                pen.line((place, top, place, top + rows * pitch), fill=ink)
    pen.line((left, top + rows * pitch, right, top + rows * pitch), fill=ink, width=2)
    return top + rows * pitch + size


def table(rng: Generator) -> Image.Image:
    """One table that fills its picture, as cut out of an article."""
    width, size = int(rng.integers(260, 760)), int(rng.integers(9, 17))
    height = int(rng.integers(90, 520))
    sheet, pen = _sheet(rng, width, height)
    top = 6.0
    if rng.random() < 0.4:
        pen.text((6, top), f"Table {int(rng.integers(1, 9))}. {words(rng, 5)}", fill=(0, 0, 0), font=font(size))
        top += 2 * size
    _grid(pen, rng, (6, top, width - 6, height - 4), size, INKS[int(rng.integers(4))])
    return _scanned(sheet, rng)


def form(rng: Generator) -> Image.Image:
    """A report or form: labels, values, boxes, a stamp, lines to write on; one in four in Han characters."""
    width, height = int(rng.integers(360, 720)), int(rng.integers(300, 900))
    sheet, pen = _sheet(rng, width, height)
    ink, han, size, top = INKS[int(rng.integers(4))], rng.random() < 0.25, int(rng.integers(10, 17)), 12.0
    while top < height - 3 * size:
        for left in (14.0, width / 2):
            if han:
                glyphs(pen, rng, left, top, size, int(rng.integers(2, 12)), ink)
            else:
                pen.text((left, top), f"{word(rng).capitalize()}: {number(rng)} {word(rng)}", fill=ink, font=font(size))
            if rng.random() < 0.3:
                pen.line((left, top + 1.3 * size, left + width * 0.4, top + 1.3 * size), fill=ink)
        top += size * rng.uniform(1.4, 2.6)
    if rng.random() < 0.3:
        middle = rng.uniform(0.3, 0.8, 2) * (width, height)
        pen.ellipse((*(middle - 45), *(middle + 45)), outline=(200, 40, 40), width=4)
    return _scanned(sheet, rng)


def screen(rng: Generator) -> Image.Image:
    """A program's window: bars, menus, buttons, panels with lists and text; light or dark."""
    width, height = int(rng.integers(480, 768)), int(rng.integers(320, 560))
    dark = rng.random() < 0.45
    ground = int(rng.integers(20, 60)) if dark else int(rng.integers(225, 256))
    ink, step = ((225, 225, 225), 18) if dark else ((35, 35, 35), -18)
    accent = tuple(int(part) for part in rng.integers(30, 226, 3))
    sheet = Image.new("RGB", (width, height), (ground,) * 3)
    pen = ImageDraw.Draw(sheet)
    bar, side = int(rng.integers(18, 40)), int(width * rng.uniform(0.15, 0.3))
    pen.rectangle((0, 0, width, bar), fill=accent if rng.random() < 0.5 else (ground + 2 * step,) * 3)
    pen.rectangle((0, bar, side, height), fill=(ground + step,) * 3)
    for place in range(int(rng.integers(3, 9))):
        pen.text((8 + place * 70, bar * 0.25), word(rng).capitalize(), fill=ink, font=font(int(bar * 0.5)))
    for place in range(int(rng.integers(6, 20))):
        pen.text((10, bar + 10 + place * 20), words(rng, 2)[: side // 8], fill=ink, font=font(12))
    top = bar + 14.0
    while top < height - 40:
        if rng.random() < 0.3:
            pen.rounded_rectangle((side + 12, top, side + rng.uniform(80, 200), top + 24), 5, fill=accent)
            top += 36
        else:
            box = (side + 12, top, width - 12, height - 10)
            top = _grid(pen, rng, box, 11, ink) if rng.random() < 0.2 else paragraph(pen, rng, box, 12, ink, False)
    return sheet


def _scanned(sheet: Image.Image, rng: Generator) -> Image.Image:
    """Two in five are scans or photographs: a little turned, soft, with paper's shading."""
    if rng.random() > 0.4:
        return sheet
    turned = sheet.rotate(float(rng.normal(0, 1)), Image.Resampling.BICUBIC, fillcolor=sheet.getpixel((1, 1)))
    soft = turned.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 1.0))))
    levels = np.asarray(soft, dtype=np.float64)
    height, width = levels.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    shade = 1 - rng.uniform(0, 0.3) * np.abs(rows / height - rng.random()) - rng.uniform(0, 0.2) * np.abs(columns / width - rng.random())
    return Image.fromarray(np.clip(levels * shade[..., None] + rng.normal(0, 2, levels.shape), 0, 255).astype(np.uint8))
