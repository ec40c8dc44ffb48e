"""boxes and masks of a DICOM cross-section: they count its pixels as stored, so one that is shown turned is refused"""

from typing import Any

import numpy as np
import pytest

from tests.curate.ingest.reading import PLAIN, give, manifest, rejected, samples
from tests.curate.pixels.made_sections import dicom

TOLD = {"boxes": {"label": "mass", "xywh": ["1", "2", "3", "4"]}}
DRAWN = {"masks": [{"path": "m.png", "label": "mass"}]}
ROW = '{"id": "1", "q": "Q?", "a": "A"}'


def slice_of(orientation: list[float]) -> bytes:
    return dicom(np.zeros((10, 12), np.int16), 0, ImageOrientationPatient=orientation)


def given(name: str, orientation: list[float], table: dict[str, Any]) -> list[Any]:
    mask = np.zeros((10, 12), int)
    mask[2:6, 1:4] = 1
    files = {"t.jsonl": ROW, name: slice_of(orientation), "m.png": {"png": mask.tolist()}}
    return give(manifest({**PLAIN, "task": "detection", "image": name, **table}), files)


@pytest.mark.parametrize("table", [TOLD, DRAWN], ids=["told", "drawn"])
@pytest.mark.parametrize("name", ["a/x.dcm", "x.DCM", "IM_0001", "a.b/IM1"])
def test_boxes_of_a_section_that_is_not_stored_as_it_is_shown_are_refused(name: str, table: dict[str, Any]) -> None:
    kept = given(name, [1, 0, 0, 0, 1, 0], table)
    assert [[(box.x, box.y, box.width, box.height) for box in sample.boxes] for sample in samples(kept)] == [[(1, 2, 3, 4)]]
    turned = given(name, [1, 0, 0, 0, -1, 0], table)
    assert rejected(turned) == [("s/1", "box_broken", "told of a cross-section that is not stored as it is shown")]


def test_a_section_without_boxes_may_be_turned() -> None:
    assert [sample.images for sample in samples(given("x.dcm", [1, 0, 0, 0, -1, 0], {}))] == [("s/x.dcm",)]
