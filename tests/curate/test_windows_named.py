"""windows by name and in numbers, what a recipe says over a manifest, what a picture's id says of its window"""

from pathlib import Path

import pytest
import yaml

from curate.manifest import ManifestError, load_windows
from curate.rendering import (
    WindowError,
    ends_of,
    read_number,
    rendering_of,
    said_by_recipe,
    said_window,
    shown_as,
    windows_of,
    written_window,
)
from schemas.image import ImageRef, Rendering

SHIPPED = Path(__file__).parents[2] / "manifests"
WINDOWS = load_windows(SHIPPED)
HU = Rendering(slope=1, intercept=-32768)


def test_the_shipped_windows_are_these_and_each_says_what_for_and_by_whom() -> None:
    assert WINDOWS == {
        "brain": (0, 80), "subdural": (-20, 180), "stroke": (20, 60), "temporal bone": (-800, 2000), "neck": (-137.5, 237.5),
        "lung": (-1350, 150), "mediastinum": (-125, 225), "abdomen": (-150, 250), "liver": (-45, 105), "spine": (-75, 175),
        "bone": (-500, 1300), "soft tissue": (-160, 240), "angio": (-130, 470),
    }  # fmt: skip
    said = yaml.safe_load((SHIPPED / "windows.yaml").read_text(encoding="utf-8"))
    assert [name for name, spec in said.items() if not (spec["shows"] and spec["source"])] == []


def test_a_users_own_windows_add_to_ours_and_go_before_them(tmp_path: Path) -> None:
    (tmp_path / "windows.yaml").write_text("{Soft_Tissue: {low: -100, high: 300}, my own: {center: 5, width: 10}}", encoding="utf-8")
    windows = load_windows(SHIPPED, [tmp_path])
    assert (windows["Soft_Tissue"], windows["my own"], windows["lung"]) == ((-100, 300), (0, 10), (-1350, 150))
    assert "soft tissue" not in windows
    assert written_window("SOFT-TISSUE", windows) == ((-100, 300), "Soft_Tissue")


def test_every_fault_of_a_windows_file_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "windows.yaml").write_text(
        "{a: {center: 1}, b: {low: 3, high: 3}, c: {center: 1, width: 0}, d: 5, e: {low: x, high: 1}, f: {low: 1, high: 2, source: 3}, "
        "g: {low: 1, high: 2, why: x}, h: {low: 1, high: 2}, H: {low: 1, high: 2}, i: {low: true, high: 2}}",
        encoding="utf-8",
    )
    with pytest.raises(ManifestError) as caught:
        load_windows(SHIPPED, [tmp_path])
    either = "center and width, or low and high wanted, with 'shows' and 'source'"
    assert [line.removeprefix(f"{tmp_path}/windows.yaml: ") for line in str(caught.value).splitlines()] == [
        f"$.a: {either}",
        "$.b: a low end below the high end wanted",
        "$.c: a width above 0 wanted",
        f"$.d: {either}",
        "$.e: a number wanted in 'low'",
        "$.f: text wanted in 'shows' and 'source'",
        f"$.g: {either}",
        "$.H: called like another but for case, '-', '_' and blanks",
        "$.i: a number wanted in 'low'",
    ]
    assert windows_of([1]) == ({}, ["$: name -> {center, width} or {low, high} wanted"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("lung", ((-1350, 150), "lung")),
        (" Soft-tissue ", ((-160, 240), "soft tissue")),
        ("-1500, 500", ((-1500, 500), "")),
        ("[-175,275]", ((-175, 275), "")),
        ("-1.5e2;250.", ((-150, 250), "")),
    ],
)
def test_a_cell_gives_a_windows_name_or_its_ends(text: str, wanted: object) -> None:
    assert written_window(text, WINDOWS) == wanted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *((text, f"the name of a window or 'low, high' wanted, {len(text)} characters found") for text in ("", "lungs", "5", "1, 2, 3")),
        *((text, "a low end below the high end wanted") for text in ("500, -1500", "3, 3")),
        *((f"{end}, 4", f"a number wanted, {len(end)} characters found") for end in ("nan", "-inf", "1_0", "٣", "1" * 25, "1e400", "x")),
    ],
)
def test_a_cell_that_is_no_window_is_told_without_what_it_holds(text: str, found: str) -> None:
    with pytest.raises(WindowError) as caught:
        written_window(text, WINDOWS)
    assert str(caught.value) == found


def test_ends_and_numbers() -> None:
    assert ends_of({"center": 40, "width": 400}) == (-160, 240)
    assert ends_of({"low": -1, "high": 1.5}) == (-1, 1.5)
    assert read_number(" +.5E1 ") == 5
    with pytest.raises(WindowError):
        ends_of({"low": -1.7e308, "high": 1.7e308})


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("Lung", Rendering(low=-1350, high=150, by="lung")),
        ("0, 2048", Rendering(low=0, high=2048, by="window")),
        ({"center": 0, "width": 10}, Rendering(low=-5, high=5, by="window")),
        ({"shares": [1, 99.5]}, Rendering(low_share=1, high_share=99.5, by="percentiles 1-99.5")),
    ],
)
def test_what_is_said_for_all_rows(spec: object, wanted: Rendering) -> None:
    assert said_window(spec, WINDOWS) == wanted  # type: ignore[arg-type]


def test_a_recipe_says_windows_by_source_and_none_in_numbers_for_all() -> None:
    said = {"a": {"window": "lung"}, "b": {"choice": 2}, "*": {"window": {"shares": [2, 98]}, "choice": 1}}
    assert said_by_recipe(said, WINDOWS) == (
        {
            "a": Rendering(low=-1350, high=150, by="recipe lung"),
            "b": Rendering(choice=2, by="recipe"),
            "*": Rendering(low_share=2, high_share=98, choice=1, by="recipe percentiles 2-98"),
        },
        [],
    )
    _, faults = said_by_recipe({"a": {"window": "lungs"}, "*": {"window": "lung"}, "c": {"window": {"shares": [9, 1]}}}, {"lung": (0, 1)})
    assert faults == [
        "$.rendering.a.window: the name of a window or 'low, high' wanted, 5 characters found; windows: lung",
        "$.rendering.c.window: two percentiles from 0 to 100 wanted, the first below the second; windows: lung",
        "$.rendering.*.window: numbers mean one thing in each source; wanted here: shares, or the sources by their names",
    ]


def ref(source: str, rendering: Rendering | None) -> ImageRef:
    return ImageRef(id=f"{source}/a", source=source, path="a", rendering=rendering)


def test_a_recipes_window_goes_before_a_manifests_and_leaves_it_what_values_mean() -> None:
    manifest = Rendering(low=-1500, high=500, by="column", choice=3, slope=1, intercept=-32768)
    lung, shares = Rendering(low=-1350, high=150, by="recipe lung"), Rendering(low_share=1, high_share=99, by="recipe percentiles 1-99")
    told = {"a": lung, "*": shares}
    assert rendering_of(ref("a", manifest), told) == Rendering(low=-1350, high=150, by="recipe lung", intercept=-32768)
    assert rendering_of(ref("a@benchmark", None), told) == lung
    assert rendering_of(ref("b", None), told) == shares
    assert rendering_of(ref("b", manifest), {"a": lung}) == manifest
    assert rendering_of(ref("b", None), {}) is None


@pytest.mark.parametrize(
    ("rendering", "word"),
    [
        (None, ""),
        (Rendering(), ""),
        (Rendering(choice=1), ""),
        (Rendering(choice=2), "window 2"),
        (Rendering(low=-1350, high=150, by="lung"), "-1350..150"),
        (Rendering(low=-1350.0, high=150.0, choice=2, by="window"), "-1350..150"),
        (Rendering(low=-137.5, high=237.5, intercept=-1024), "-137.5..237.5*1-1024"),
        (Rendering(low_share=0.5, high_share=99.5), "0.5%..99.5%"),
        (Rendering(slope=2, intercept=0.5), "*2+0.5"),
        (HU, "*1-32768"),
    ],
)
def test_a_picture_is_named_by_what_is_shown_whoever_says_so(rendering: Rendering | None, word: str) -> None:
    assert shown_as(rendering) == word
