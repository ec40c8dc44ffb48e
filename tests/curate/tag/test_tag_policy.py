import numpy as np
import pytest

from curate.models.prompts import load_prompts
from curate.recipe import RecipeError, Tagging, load_recipe
from curate.tag.decide import Judge, contradiction
from curate.tag.evidence import CAPTION, CAPTION_WEAK, DECLARED, HEADER, QUESTION, Evidence
from curate.tag.look import attributes_of, looks
from curate.tag.reliability import Reliabilities, Witness
from curate.tag.vocabulary import Meaning
from schemas.attribute import Attribute

CLASSES = load_prompts().classes
PIXELS, DEFAULT = "modality_pixels_v1", Tagging()
RIGHT = Reliabilities(
    version=1,
    witnesses={
        DECLARED: Witness(reliability=0.98),
        HEADER: Witness(reliability=0.99),
        CAPTION: Witness(reliability=0.97),
        CAPTION_WEAK: Witness(reliability=0.7),
        QUESTION: Witness(reliability=0.95),
        "heads": Witness(reliability=0.9),
    },
)


def judge(**policy):
    return Judge(policy=Tagging(**policy), reliabilities=RIGHT)


def says(name, modality, **finer):
    return Evidence(name=name, meaning=Meaning(modality=modality, **finer))


def look(policy=DEFAULT, **scores):
    row = np.array([[scores.get(each.name, 0.0) for each in CLASSES]])
    return looks(row, CLASSES, PIXELS, RIGHT, policy)[0]


def decided(evidence, seen=None, **policy):
    found = judge(**policy).decide(tuple(evidence), seen)
    return found.meaning.modality, found.by, found.score, found.margin, found.runner_up


XRAY, CT = says(DECLARED, "xray"), says(CAPTION, "ct")


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        # ct 388 * 0.87325, xray 588 * 0.1 / 12, mri 0.03 * 0.9 + 0.97 * 0.1 / 12, ten others 0.1 / 12
        ({"trust": "source"}, ("xray", DECLARED, 0.0143, -0.9712, "ct")),
        ({"trust": "evidence"}, ("ct", CAPTION, 0.9854, 0.9712, "xray")),
        ({"trust": "model"}, ("ct", CAPTION, 0.9854, 0.9712, "xray")),
    ],
)
def test_the_policy_says_whom_to_believe(policy, wanted):
    assert decided([XRAY, CT], look(ct=0.97, mri=0.03), **policy) == wanted


def test_a_declared_modality_is_as_likely_as_all_the_evidence_makes_it():
    assert decided([XRAY]) == ("xray", DECLARED, 0.98, round(0.98 - 0.02 / 12, 4), "")
    assert decided([XRAY, says(HEADER, "xray")]) == ("xray", DECLARED, 1.0, 1.0, "")
    assert decided([XRAY, says(HEADER, "ct")]) == ("xray", DECLARED, round(588 / 1787, 4), round((588 - 1188) / 1787, 4), "ct")


@pytest.mark.parametrize(
    ("scores", "trust", "wanted"),
    [
        ({"oct": 0.97, "fundus": 0.03}, "model", ("oct", PIXELS)),
        ({"oct": 0.8, "fundus": 0.2}, "model", ("fundus", CAPTION)),  # not sure: the evidence decides
        ({"oct": 0.97, "fundus": 0.03}, "evidence", ("fundus", CAPTION)),
        ({}, "model", ("fundus", CAPTION)),  # its scores rounded away
    ],
)
def test_a_model_that_is_trusted_decides_only_where_it_is_sure(scores, trust, wanted):
    assert decided([says(CAPTION, "fundus")], look(**scores), trust=trust)[:2] == wanted
    assert decided([says(CAPTION, "fundus")], None, trust=trust)[:2] == ("fundus", CAPTION)


@pytest.mark.parametrize(
    ("evidence", "seen", "wanted"),
    [
        ([], None, ("other", "", 0.0, 0.0, "")),
        ([says(CAPTION_WEAK, "oct")], None, ("other", "", 0.0, 0.0, "oct")),  # 0.7 is under 0.8
        ([says(HEADER, "ct"), says(CAPTION, "mri")], None, ("other", "", 0.0, 0.0, "ct")),  # 0.75
        ([], look(ct=0.88, mri=0.12), ("other", "", 0.0, 0.0, "ct")),  # 0.88 * 0.9
        ([], look(ct=0.5, mri=0.5), ("other", "", 0.0, 0.0, "ct")),
        ([], look(ct=0.89, mri=0.11), ("ct", PIXELS, 0.8019, 0.6955, "mri")),
        ([says(CAPTION_WEAK, "oct")], look(oct=0.6, fundus=0.4), ("oct", CAPTION_WEAK, 0.9709, 0.9476, "fundus")),
    ],
)
def test_below_the_limits_nobody_can_tell(evidence, seen, wanted):
    assert decided(evidence, seen) == wanted


def test_the_limits_are_the_recipes():
    assert decided([says(CAPTION_WEAK, "oct")], min_score=0.7)[:2] == ("oct", CAPTION_WEAK)
    close = [says(HEADER, "ct"), says(CAPTION, "mri")]
    assert decided(close, min_score=0.7, min_margin=0.5)[:2] == ("ct", HEADER)  # 0.7486 less 0.2445
    assert decided(close, min_score=0.7, min_margin=0.51)[:2] == ("other", "")
    assert not look(Tagging(min_score=0.4), ct=0.52, mri=0.48).sure
    assert (look(ct=0.8, mri=0.2).sure, look(Tagging(min_score=0.7), ct=0.8, mri=0.2).sure) == (False, True)


@pytest.mark.parametrize(
    ("evidence", "scores", "wanted"),
    [
        ([CT], {"chart": 0.97}, ("other", "chart", PIXELS)),  # words name the subject, pixels show the kind of figure
        ([CT], {"chart": 0.6, "diagram": 0.37}, ("other", "chart", PIXELS)),  # which kind is less sure than that it is one
        ([CT], {"chart": 0.8, "ct": 0.2}, ("ct", "", CAPTION)),  # not sure
        ([CT, says(HEADER, "ct")], {"page": 0.97}, ("ct", "", HEADER)),  # a scanner wrote it
        ([says(HEADER, "other", figure_type="page")], {"page": 0.97}, ("other", "page", HEADER)),
        ([says(HEADER, "other", figure_type="page")], {"ct": 0.97}, ("other", "page", HEADER)),  # a picture of a structured report
        ([CT], {"natural_image": 0.97}, ("other", "natural image", PIXELS)),  # a scanner, as photographed
        ([says(CAPTION, "photography")], {"natural_image": 0.97}, ("photography", "", CAPTION)),
        ([says(CAPTION, "other", figure_type="chart")], {"diagram": 0.97}, ("other", "diagram", CAPTION)),
        ([says(CAPTION, "other", figure_type="chart")], {}, ("other", "chart", CAPTION)),
        ([says(CAPTION, "other", submodality="SPECT")], {"pet": 0.4, "ct": 0.4, "page": 0.2}, ("other", "SPECT", CAPTION)),
        ([says(CAPTION, "other", submodality="SPECT")], {"pet": 0.97}, ("other", "", "")),  # 388 against 108: nobody can tell
        ([], {"page": 0.95}, ("other", "page", PIXELS)),
    ],
)
def test_the_kind_of_figure_is_a_decision_of_its_own(evidence, scores, wanted):
    found = judge().decide(tuple(evidence), look(**scores))
    meaning = found.meaning
    assert (meaning.modality, meaning.figure_type or meaning.submodality, found.by) == wanted


def test_a_source_that_declares_stands_though_the_model_sees_a_chart():
    assert decided([XRAY], look(chart=0.99))[:2] == ("xray", DECLARED)
    assert decided([XRAY], look(chart=0.99), trust="evidence")[:2] == ("other", PIXELS)


@pytest.mark.parametrize(
    ("evidence", "scores", "wanted"),
    [
        ([XRAY, CT], {"ct": 0.97}, "declared xray; caption ct; pixels ct 0.97"),
        ([XRAY, CT], {}, "declared xray; caption ct"),
        ([XRAY], {"ct": 0.97}, "declared xray; pixels ct 0.97"),
        ([XRAY], {"chart": 0.97}, "declared xray; pixels chart 0.97"),
        ([XRAY], {"ct": 0.93}, ""),  # sure enough to be seen, not to refuse
        ([XRAY, says(CAPTION_WEAK, "ct")], {}, ""),
        ([XRAY, says(HEADER, "xray"), CT], {}, ""),  # the header is as sure
        ([XRAY, says(QUESTION, "xray"), CT], {}, "declared xray; caption ct"),  # the question is not
        ([XRAY, says("one_v1", "xray"), says("other_v1", "ct")], {}, ""),  # as sure as each other
        ([XRAY], {"xray": 0.99}, ""),
        ([CT], {"xray": 0.99}, ""),  # nothing is declared
        ([says(DECLARED, "other"), CT], {}, "declared other; caption ct"),
    ],
)
def test_who_contradicts_the_source_is_told(evidence, scores, wanted):
    assert contradiction(judge(), evidence, look(**scores) if scores else None) == wanted


def test_text_made_from_labels_does_not_bear_its_source_out():
    evidence = [XRAY, says(CAPTION, "xray"), says(QUESTION, "ct")]
    assert contradiction(judge(), evidence, None) == ""
    assert contradiction(judge(), evidence, None, from_labels=True) == "declared xray; question ct"


def test_a_look_counts_the_classes_of_one_modality_together():
    seen = look(chart=0.3, diagram=0.4, page=0.25, ct=0.05)
    assert seen.evidence.meaning == Meaning(modality="other", figure_type="diagram")
    assert (seen.evidence.score, seen.certainty, seen.margin, seen.runner_up) == (0.95, 0.8554, 0.8025, "ct")
    assert sum(seen.evidence.shares) == pytest.approx(1)


def test_scores_are_kept_beside_pixels_where_they_matter():
    scores = np.array([[0.75, 0.245, 0.005], [0.0, 0.0099, 0.9901]])
    assert list(attributes_of(["p1", "p2"], CLASSES[:3], scores, PIXELS)) == [
        Attribute(id="pixels:p1", name=PIXELS, value="xray", score=0.75),
        Attribute(id="pixels:p1", name=PIXELS, value="ct", score=0.245),
        Attribute(id="pixels:p2", name=PIXELS, value="mri", score=0.9901),
    ]


RECIPE = "id: r\ntitle: r\ncorpora: [{name: a}]\n"


def test_a_recipe_names_the_policy(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(RECIPE + "tagging: {trust: evidence, disagreement: refuse, min_score: 0.9, min_margin: 0.3}")
    assert load_recipe(path).tagging == Tagging(trust="evidence", disagreement="refuse", min_score=0.9, min_margin=0.3)
    path.write_text(RECIPE)
    assert load_recipe(path).tagging == Tagging(trust="source", disagreement="keep", min_score=0.8, min_margin=0.2)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("{trust: me}", "$.tagging.trust: 'me' is not one of ['source', 'evidence', 'model']"),
        ("{disagreement: drop}", "$.tagging.disagreement: 'drop' is not one of ['keep', 'refuse']"),
        ("{min_score: 1}", "$.tagging.min_score: 1 is greater than the maximum of 0.995"),
        ("{min_margin: -1}", "$.tagging.min_margin: -1 is less than the minimum of 0"),
        ("{reliability: 1}", "$.tagging: Additional properties are not allowed ('reliability' was unexpected)"),
        ("{min_score: 0.3, min_margin: 0.4}", "$.tagging: min_margin 0.4 found, at most min_score 0.3 wanted"),
    ],
)
def test_a_policy_that_is_none_is_told(tmp_path, said, fault):
    path = tmp_path / "r.yaml"
    path.write_text(RECIPE + f"tagging: {said}")
    with pytest.raises(RecipeError) as raised:
        load_recipe(path)
    assert fault in str(raised.value)
