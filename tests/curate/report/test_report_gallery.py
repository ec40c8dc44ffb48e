"""The gallery: which duplicates, which images may be shown, and how small they become"""

from __future__ import annotations

import base64
import io
from typing import Any

import pyarrow as pa
import pytest
from PIL import Image as Pillow

from curate.report.gallery import Unusable, candidates, may_show, named, unusable
from curate.report.thumbnails import MOST_BYTES, thumbnail
from schemas.image import Image, Region
from tests.curate.report.rows import kept, rejected, verdicts


def image(**facts: Any) -> Image:
    given = {
        "id": "a/1.png", "source": "a", "reason": None, "evidence": None, "byte_digest": "", "pixel_digest": "", "phash": 0, "grey": b"",
        "width": 64, "height": 64, "mode": "L", "bits": 8, "format": "png", "blank": False, "spread": 1.0, "header_modality": None,
        "photometric": None, "burned_in": None, "is_synthetic": False, "ship": None,
    }  # fmt: skip
    return Image(**{**given, **facts})


@pytest.mark.parametrize(
    ("access", "license", "shown"),
    [
        ("open", "CC-BY-4.0", True),
        ("open", "CC-BY-NC-SA-4.0", True),
        ("open", "CC0-1.0", True),
        ("open", "CC-BY-NC-ND-4.0", False),
        ("open", "unknown", False),
        ("open", "", False),
        ("registered", "CC-BY-4.0", False),
        ("credentialed", "CC0-1.0", False),
    ],
)
def test_only_open_sources_whose_terms_allow_a_copy_are_shown(access: str, license: str, shown: bool) -> None:
    assert may_show(access=access, license=license) is shown


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, True),
        ({"burned_in": "YES"}, False),
        ({"format": "dicom", "header_modality": "CT"}, True),
        ({"format": "dicom", "header_modality": "US"}, False),
        ({"format": "dicom", "header_modality": "US", "burned_in": "NO"}, True),
        ({"format": "dicom", "header_modality": None}, False),
        ({"text_by": "text_v1"}, True),
        ({"text_by": "text_v1", "text": (Region(left=1, top=2, right=9, bottom=8),)}, False),
    ],
)
def test_an_image_that_may_have_text_burned_in_is_not_shown(facts: dict[str, Any], shown: bool) -> None:
    assert may_show(access="open", license="CC0-1.0", image=image(**facts)) is shown


def test_candidates_are_spread_over_sources_and_reasons() -> None:
    many = [rejected(f"a/{n}", "dedup", "duplicate_image", winner="c/1") for n in range(30)]
    few = [rejected("b/1", "dedup", "duplicate_image", winner="c/1"), rejected("a/99", "dedup", "duplicate_text", winner="c/1")]
    chosen = candidates([verdicts(*many, *few)], most=4)
    groups = [(row["source"], row["reason"]) for row in chosen]
    assert groups[:3] == [("a", "duplicate_image"), ("b", "duplicate_image"), ("a", "duplicate_text")]
    assert groups[3:] == [("a", "duplicate_image")]


def test_candidates_do_not_depend_on_the_order_of_tables() -> None:
    tables = [
        verdicts(*(rejected(f"{s}/{b}{n}", "dedup", "duplicate_image", winner="z/1") for n in range(9) for s in "abc")) for b in range(4)
    ]
    assert candidates(tables, most=8) == candidates(tables[::-1], most=8)
    assert len(candidates(tables, most=8)) == 8


def test_what_was_kept_or_has_no_winner_is_no_candidate() -> None:
    assert candidates([verdicts(kept("a/1"), rejected("a/2", "dedup", "duplicate_image"))], most=4) == []


def test_unusable_images_are_named_in_turns_over_reasons_and_sources_alike_for_any_buckets() -> None:
    rows = [(f"a/{n}.png", "a", "truncated") for n in range(40)]
    rows += [("b/1.png", "b", "corrupt"), ("c@benchmark/1.png", "c@benchmark", "corrupt")]
    rows += [(f"a/whole{n}.png", "a", None) for n in range(9)]
    columns = {name: pa.array(values, pa.string()) for name, values in zip(("id", "source", "reason"), zip(*rows))}
    images = pa.table({**columns, "evidence": pa.nulls(len(rows), pa.string())})
    whole = named(unusable(images, most=5), most=5)
    parts = [row for at in (30, 0, 15) for row in unusable(images.slice(at, 15 if at < 30 else 99), most=5)]
    assert named(parts, most=5) == whole
    assert whole[0] == Unusable(id="b/1.png", source="b", reason="corrupt", evidence="")
    assert [image.reason for image in whole] == ["corrupt", *["truncated"] * 4]


def test_a_thumbnail_is_small_keeps_its_proportions_and_carries_no_metadata() -> None:
    found = Pillow.effect_noise((900, 600), 90)
    found.info.update(icc_profile=b"profile of SMITH JOHN", exif=b"Exif\0\0SMITH JOHN", comment=b"SMITH JOHN")
    small = thumbnail(found)
    data = base64.b64decode(small.uri.removeprefix("data:image/webp;base64,"))
    assert (small.width, small.height) == (112, 75)
    assert Pillow.open(io.BytesIO(data)).size == (112, 75)
    assert len(data) <= MOST_BYTES
    assert b"SMITH" not in data


def test_a_small_image_is_not_blown_up_and_a_transparent_one_lies_on_white() -> None:
    small = thumbnail(Pillow.new("RGBA", (40, 20), (0, 0, 0, 0)))
    data = base64.b64decode(small.uri.removeprefix("data:image/webp;base64,"))
    assert (small.width, small.height) == (40, 20)
    assert Pillow.open(io.BytesIO(data)).convert("RGB").getpixel((20, 10)) == (255, 255, 255)
