"""outlines of points become boxes; boxes drawn on an image of another size are scaled"""

import pytest

from curate.ingest.fitted import fitted
from curate.ingest.points import compile_points
from curate.ingest.render import Unfit
from curate.manifest.outlines import outline_faults
from schemas.sample import Box


def test_the_box_is_the_smallest_rectangle_around_the_points() -> None:
    around = compile_points("{mass}")
    assert around({"mass": [[120.0, 80.5], ["121", "95"], [140.5, 97]]}) == (120.0, 80.5, 20.5, 16.5)


def test_x_and_y_may_be_columns_of_their_own() -> None:
    assert compile_points(["{xs}", "{ys}"])({"xs": ["3", "1"], "ys": ["2", "5"]}) == (1.0, 2.0, 2.0, 3.0)


@pytest.mark.parametrize("nothing", [None, "", []])
def test_no_points_are_no_box(nothing: object) -> None:
    assert compile_points("{mass}")({"mass": nothing}) is None


@pytest.mark.parametrize("broken", ["1, 2", [1, 2], [[1]], [[1, 2, 3]], [["a", 2]], [[None, 2]], [["nan", 2]], [[1, float("inf")]]])
def test_what_is_no_list_of_pairs_of_numbers_is_refused(broken: object) -> None:
    with pytest.raises(Unfit) as refused:
        compile_points("{mass}")({"mass": broken})
    assert refused.value.reason == "box_broken"


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(Unfit) as refused:
        compile_points(["{xs}", "{ys}"])({"xs": [1, 2], "ys": [1]})
    assert (refused.value.reason, refused.value.evidence) == ("lists_differ", "2 and 1 points")


BOX = Box(label="mass", image=0, x=100.0, y=200.0, width=50.0, height=60.0)


@pytest.mark.parametrize("stored", [(1024, 1024), None])
def test_boxes_on_the_image_they_were_drawn_on_stay(stored: tuple[int, int] | None) -> None:
    assert fitted([BOX], (1024, 1024), stored) == [BOX]


def test_boxes_on_a_smaller_copy_shrink_with_it() -> None:
    assert fitted([BOX], (1024, 1024), (512, 512)) == [Box(label="mass", image=0, x=50.0, y=100.0, width=25.0, height=30.0)]


def test_boxes_on_an_image_of_another_shape_are_refused() -> None:
    with pytest.raises(Unfit) as refused:
        fitted([BOX], (1024, 1024), (512, 256))
    assert (refused.value.reason, refused.value.evidence) == ("box_size", "drawn on 1024 x 1024, 512 x 256 pixels found")


@pytest.mark.parametrize(("points", "faults"), [("{mass}", 0), (["{item.xs}", "{item.ys}"], 0), ("mass", 1), (["{xs}", "{ys} px"], 1)])
def test_points_are_columns_alone(points: object, faults: int) -> None:
    assert len(outline_faults("$", {"boxes": {"label": "x", "points": points}})) == faults
