"""The probe that ships: what it says of itself, and what it says of pictures"""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from curate.models import pixels
from curate.models.probe import CLASSES
from curate.pixels.render import render
from tests.real import REAL

SHIPPED = Path(pixels.__file__).with_name("probe.json")
SURE = 0.7  # of answers from here up 96 in 100 were right on sources never seen (PROBE.md)


@pytest.fixture(scope="module")
def look():
    model, head = pixels.load(), pixels.load_head()

    def scores(images):
        return head.scores(model.embed(np.stack([model.prepare(image) for image in images])))

    return scores


def test_the_shipped_probe_is_of_the_shipped_embedder_and_knows_every_class():
    head = pixels.load_head()
    assert (head.embedder, head.attribute, head.width) == (pixels.name().rpartition(":")[0], "modality_pixels_v1", 896)
    assert head.classes == CLASSES


def test_what_it_was_worth_on_sources_never_seen_stands_in_it():
    fitted = pixels.load_head().fitted
    held_out = fitted["held_out"]["by_source"]
    assert held_out["source_balanced_accuracy"] >= 0.75
    assert held_out["sure"]["accuracy"] >= 0.95
    assert held_out["sure"]["coverage"] >= 0.6
    assert held_out["sure"]["threshold"] <= SURE
    assert held_out["ece"] <= 0.11
    assert fitted["refused"] == 0
    assert len(fitted["sources"]) >= 35


def test_the_report_beside_it_is_its_own():
    head, told = pixels.load_head(), json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert told.pop("probe") == head.name
    assert (told.pop("embedder"), told.pop("temperature")) == (head.embedder, head.temperature)
    assert told == head.fitted


def test_what_is_no_picture_of_anything_is_not_known(look):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8))
    stripes = Image.fromarray(np.tile(np.arange(256, dtype=np.uint8) * 64, (256, 1)))
    flat = [Image.new("RGB", (64, 64), colour) for colour in ("black", "white", "red", (40, 200, 90))]
    assert look([noise, stripes, *flat]).max() < SURE


def test_a_page_of_text_is_a_page(look):
    page = Image.new("RGB", (600, 800), "white")
    draw = ImageDraw.Draw(page)
    for line in range(40):
        words = "the patients were seen again after six months and nothing was found " if line % 7 else ""
        draw.text((50, 50 + 17 * line), words, fill="black")
    (scores,) = look([page])
    assert CLASSES[scores.argmax()].figure_type == "page"


@pytest.mark.parametrize(
    ("package", "file", "modality"),
    [
        ("skimage", "data/retina.jpg", "fundus"),
        ("skimage", "data/ihc.png", "histopathology"),
        ("pydicom", "data/test_files/CT_small.dcm", "ct"),
        ("pydicom", "data/test_files/examples_ybr_color.dcm", "ultrasound"),
        ("data_store", "data/RG3_UNCR.dcm", "xray"),
        ("data_store", "data/MR2_UNCR.dcm", "mri"),
    ],
)
def test_pictures_of_packages_are_known_upright_mirrored_smaller_and_compressed(look, package, file, modality):
    found = Path(pytest.importorskip(package).__file__).parent / file
    image = render(found.read_bytes()).image
    again = io.BytesIO()
    image.convert("RGB").save(again, "JPEG", quality=60)
    small = image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX)
    scores = look([image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), small, Image.open(again)])
    assert [CLASSES[place].name for place in scores.argmax(axis=1)] == [modality] * 4


@pytest.mark.skipif(REAL is None or not (REAL / "modality").is_dir(), reason="no real pictures here")
def test_the_probe_says_how_many_real_pictures_it_learnt_from_and_knows_them(look):
    assert REAL
    with (REAL / "modality" / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = [{**row, "modality": row["modality"].replace("ocr", "page")} for row in csv.DictReader(file)]
    counts = Counter((row["source_repo"], row["modality"]) for row in rows)
    told = pixels.load_head().fitted["sources"]
    assert all(told[source]["pictures"][modality] >= count - 1 for (source, modality), count in counts.items())
    firsts = {(row["source_repo"], row["modality"]): row for row in rows if not row["file"].endswith((".nii", ".gz", ".hdr", ".img"))}
    images = [render((REAL / "modality" / row["file"]).read_bytes()).image for row in firsts.values()]
    found = [CLASSES[place].name for place in look(images).argmax(axis=1)]
    wrong = [key for key, name in zip(firsts, found, strict=True) if name != key[1]]
    assert len(wrong) <= 1
