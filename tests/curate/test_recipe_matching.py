"""Options of matching: defaults, and those by which near texts would not be found"""

from pathlib import Path

import pytest

from curate.recipe import LEAST_RECALL, Matching, RecipeError, load_recipe


def loaded(tmp_path: Path, matching: str) -> Matching:
    path = tmp_path / "mine.yaml"
    path.write_text(f"{{id: mine, title: Mine, matching: {matching}, corpora: [{{name: a}}]}}", encoding="utf-8")
    return load_recipe(path).matching


def test_defaults_are_five_words_without_images_and_two_with() -> None:
    matching = Matching()
    assert (matching.shingle, matching.image_shingle, matching.text_threshold, matching.keep_contrasts) == (5, 2, 0.8, True)
    assert (matching.band_rows, matching.band_count) == (6, 21)


@pytest.mark.parametrize(
    ("matching", "rows", "bands"),
    [
        ("{bands: auto, permutations: 256}", 8, 32),
        ("{bands: 16}", None, None),
        ("{bands: 30}", 4, 30),
        ("{text_threshold: 0.5}", 3, 42),
        ("{text_threshold: 0.7}", 4, 32),
        ("{text_threshold: 0.9}", 9, 14),
        ("{text_threshold: 1.0}", 128, 1),
        ("{permutations: 16, bands: 16}", 1, 16),
    ],
)
def test_bands_are_as_many_as_find_what_is_near(tmp_path: Path, matching: str, rows: int | None, bands: int | None) -> None:
    if rows is None:
        with pytest.raises(RecipeError, match=r"16 bands of 8 permutations find a pair at text_threshold 0\.8 with a chance of 0\.947"):
            loaded(tmp_path, matching)
        return
    found = loaded(tmp_path, matching)
    assert (found.band_rows, found.band_count) == (rows, bands)
    assert found.chance(found.band_rows, found.band_count) >= LEAST_RECALL


@pytest.mark.parametrize(
    ("matching", "told"),
    [
        ("{bands: 129}", "$.matching.bands: 129 found, at most permutations 128 wanted"),
        ("{permutations: 16, text_threshold: 0.2}", "16 bands of 1 permutations find a pair at text_threshold 0.2 with a chance of 0.972"),
        ("{shingle: 0}", "$.matching.shingle: 0 is less than the minimum of 1"),
        ("{image_shingle: 21}", "$.matching.image_shingle: 21 is greater than the maximum of 20"),
        ("{bands: many}", "$.matching.bands: 'many' is not valid"),
    ],
)
def test_options_that_cannot_find_are_refused_with_a_word(tmp_path: Path, matching: str, told: str) -> None:
    with pytest.raises(RecipeError) as caught:
        loaded(tmp_path, matching)
    assert told in str(caught.value)


def test_faults_of_matching_come_with_the_others(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("{id: other, title: T, matching: {bands: 2}, corpora: [{name: a}, {name: a}]}", encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["$.id", "$.corpora", "$.matching"]
