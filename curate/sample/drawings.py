"""drawings and their words -> sources of their own, in the shapes of HAM10000, OCT2017, Kvasir-VQA, ROCOv2, PAD-UFES-20, MHSMA; figures

Every text says 'drawn', every manifest `is_synthetic`.
"""

from __future__ import annotations

import io
import json

import numpy as np
from PIL import Image, ImageDraw

from curate.sample.drawn import Drawing, drawing
from curate.sample.encode import jpeg, png
from curate.sample.gallery import Files, csv_bytes

LESIONS = {"nv": "melanocytic nevus", "mel": "melanoma", "bkl": "benign keratosis-like lesion", "vasc": "vascular lesion"}
SITES = ("back", "trunk", "lower extremity", "upper extremity", "abdomen", "unknown")
DIAGNOSES = {"wound": "wound", "rash": "rash", "healthy": "healthy skin"}


def _drawings(kind: str, count: int) -> list[Drawing]:
    return [drawing(kind, number) for number in range(count)]


def skin(count: int = 36) -> Files:
    """HAM10000's metadata and its two picture folders; every third lesion has two pictures."""
    rows, files = [["lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"]], {}
    for number, drawn in enumerate(_drawings("dermoscopy", count)):
        key = f"DRAWN_{number:07d}"
        rows.append([f"LESION_{number - (number % 3 == 1):07d}", key, drawn.label, "drawn", "", "unknown", SITES[number % 6]])
        files[f"drawn_dermoscopy/HAM10000_images_part_{1 + number % 2}/{key}.jpg"] = jpeg(drawn.pixels)
    return {"drawn_dermoscopy/HAM10000_metadata.csv": csv_bytes(rows), **files}


def retina_layers(count: int = 42) -> Files:
    """OCT2017's class folders: no table; one in seven in the test folder."""
    return {
        f"drawn_oct/OCT2017/{'test' if number % 7 == 6 else 'train'}/{drawn.label}/{drawn.label}-{9000 + number}-1.jpeg": jpeg(drawn.pixels)
        for number, drawn in enumerate(_drawings("oct", count))
    }


def bowel(count: int = 33) -> Files:
    """Kvasir-VQA's export: metadata.csv (source, question, answer, img_id) and images; two questions a picture."""
    rows, files = [["source", "question", "answer", "img_id"]], {}
    for number, drawn in enumerate(_drawings("endoscopy", count)):
        key = f"drawn{number:04d}"
        rows.append(["Drawn", "How many polyps are in the drawn image?", str(drawn.count), key])
        rows.append(["Drawn", "What does this drawn endoscopic image show?", drawn.shows, key])
        files[f"drawn_endoscopy/images/{key}.jpg"] = jpeg(drawn.pixels)
    return {"drawn_endoscopy/metadata.csv": csv_bytes(rows), **files}


def uptake(count: int = 40) -> Files:
    """ROCOv2's shape: captions (ID, Caption) by split, a licence for each record in the words of its attribution."""
    drawings = _drawings("pet", count)
    files: Files = {}
    licences = [["ID", "PMCID", "Attribution", "Link"]]
    for split, numbers in (("train", range(count - 6)), ("valid", range(count - 6, count))):
        rows = [["ID", "Caption"]]
        for number in numbers:
            key = f"DRAWN_{split}_{number:06d}"
            rows.append([key, f"Drawn PET projection of the whole body from the front: {drawings[number].shows}.\n"])
            terms = "CC BY" if number % 4 else "CC BY-NC"
            licences.append([key, f"DRAWN{number}", f"Drawn by this program, {terms}", "https://example.org/drawn"])
            files[f"drawn_pet/{split}/{key}.jpg"] = jpeg(drawings[number].pixels)
        files[f"drawn_pet/{split}_captions.csv"] = csv_bytes(rows)
    return {"drawn_pet/license_information.csv": csv_bytes(licences), **files}


def forearms(count: int = 36) -> Files:
    """PAD-UFES-20's table (the columns that matter here) and its picture folders, as PNG."""
    rows, files = [["patient_id", "lesion_id", "region", "diagnostic", "img_id", "biopsed"]], {}
    for number, drawn in enumerate(_drawings("photography", count)):
        key = f"DRAWN_{number}_{number}_{100 + number}.png"
        rows.append([f"DRAWN_{number}", str(number), "FOREARM", DIAGNOSES[drawn.label], key, "False"])
        files[f"drawn_photography/images/imgs_part_{1 + number % 3}/{key}"] = _small_png(drawn)
    return {"drawn_photography/metadata.csv": csv_bytes(rows), **files}


def _small_png(drawn: Drawing) -> bytes:
    """With a palette: a full-colour PNG of it would be six times as large."""
    stream = io.BytesIO()
    Image.fromarray(drawn.pixels).quantize(128, dither=Image.Dither.NONE).save(stream, "PNG")
    return stream.getvalue()


def sperm_cells(count: int = 24, valid: int = 6) -> Files:
    """MHSMA's arrays: pictures and four labels side by side; 0 is normal, 1 abnormal."""
    cells = _drawings("sperm", count)
    files: Files = {}
    for split, part in (("train", cells[:-valid]), ("valid", cells[-valid:])):
        files[f"drawn_sperm/x_128_{split}.npy"] = _npy(np.stack([cell.pixels for cell in part]))
        for name in ("acrosome", "head", "vacuole", "tail"):
            marks = [cell.count if name == "vacuole" else 0 for cell in part]
            files[f"drawn_sperm/y_{name}_{split}.npy"] = _npy(np.array(marks, np.uint8))
    return files


def _npy(values: np.ndarray) -> bytes:  # type: ignore[type-arg]
    stream = io.BytesIO()
    np.save(stream, values, allow_pickle=False)
    return stream.getvalue()


def figures_without_modality(count: int = 6) -> Files:
    """Bar charts, curves and a page of text: what a figure list of articles holds besides medical images."""
    rows, files = [], {}
    for number in range(count):
        kind = ("bar chart", "curve", "page")[number % 3]
        key = f"figure_{number}.png"
        caption = f"Drawn {kind} number {number} with invented values, as articles print them between their pictures."
        rows.append({"image": key, "caption": caption, "kind": kind})
        files[f"drawn_figures/images/{key}"] = png(_figure(kind, number))
    return {"drawn_figures/captions.json": json.dumps(rows, indent=1).encode(), **files}


def _figure(kind: str, number: int) -> np.ndarray:  # type: ignore[type-arg]
    rng = np.random.default_rng([99, number])
    page = Image.new("RGB", (300, 220), "white")
    pen = ImageDraw.Draw(page)
    if kind == "page":
        for line in range(16):
            pen.text((14, 10 + 12 * line), " ".join("x" * int(size) for size in rng.integers(2, 9, 7)), fill="black")
        return np.asarray(page)
    pen.line((40, 10, 40, 190, 290, 190), fill="black", width=2)
    heights = rng.integers(20, 170, 8)
    colour = tuple(int(part) for part in rng.integers(30, 200, 3))
    for place, height in enumerate(heights):
        left, top = 52 + 29 * place, 190 - int(height)
        pen.text((left, 195), str(place + 1), fill="black")
        if kind == "bar chart":
            pen.rectangle((left, top, left + 18, 189), fill=colour)
        elif place:
            pen.line((left - 29, 190 - int(heights[place - 1]), left, top), fill=colour, width=3)
    return np.asarray(page)
