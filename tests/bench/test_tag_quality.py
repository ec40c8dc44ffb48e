"""What the bench tells of a report of held-out pictures"""

from curate.models import pixels
from tests.bench.tag_quality import figures

REPORT = {
    "pictures": 10, "source_balanced_accuracy": 0.8, "balanced_accuracy": 0.7, "ece": 0.2, "recall": {"ct": 0.5, "mri": 1.0},
    "abstention": [
        {"threshold": 0.2, "coverage": 1.0, "accuracy": 0.75}, {"threshold": 0.5, "coverage": 0.61, "accuracy": 0.96},
        {"threshold": 0.9, "coverage": 0.3, "accuracy": 1.0},
    ],
}  # fmt: skip


def test_figures_are_held_where_it_answers_six_in_ten():
    told = {each.name.removeprefix("tag quality: "): each for each in figures(REPORT)}
    assert {name: (each.figure, each.holds) for name, each in told.items()} == {
        "balanced accuracy, sources alike": (0.8, True),
        "balanced accuracy, pictures alike": (0.7, None),
        "right where surest": (0.96, True),
        "expected calibration error": (0.2, None),
        "right if it answers from 0.20": (0.75, None),
        "right if it answers from 0.50": (0.96, None),
        "right if it answers from 0.90": (1.0, None),
        "ct found": (0.5, None),
        "mri found": (1.0, None),
    }
    assert told["right where surest"].note == "61% answered"


def test_what_ships_holds_what_is_asked_of_it():
    told = list(figures(pixels.load_head().fitted["held_out"]["by_source"]))
    assert [each.holds for each in told if each.target] == [True, True]
