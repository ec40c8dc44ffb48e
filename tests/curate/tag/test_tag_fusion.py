import itertools
import random

import pytest

from curate.tag.evidence import (
    CAPTION,
    CAPTION_WEAK,
    DECLARED,
    HEADER,
    POOLED,
    QUESTION,
    Evidence,
    family,
    shown_as,
    spell,
    unspell,
    voice,
)  # fmt: skip
from curate.tag.fuse import fuse
from curate.tag.reliability import CHANCE, HYPOTHESES, Reliabilities, ReliabilityError, Witness, load_reliabilities
from curate.tag.vocabulary import Meaning
from schemas.modality import MODALITIES

PIXELS = "modality_pixels_v1"
RIGHT = Reliabilities(
    version=1,
    witnesses={
        DECLARED: Witness(reliability=0.98),
        HEADER: Witness(reliability=0.99),
        CAPTION: Witness(reliability=0.97, modalities={"pet": 0.9}),
        CAPTION_WEAK: Witness(reliability=0.7),
        QUESTION: Witness(reliability=0.95),
        POOLED: Witness(reliability=0.95),
        "guess_v1": Witness(reliability=CHANCE),
        "coin_v1": Witness(reliability=0.5),
        "heads": Witness(reliability=0.9),
    },
)


def says(name, modality, **finer):
    return Evidence(name=name, meaning=Meaning(modality=modality, **finer))


def sees(name=PIXELS, **shares):
    best = max(shares, key=lambda modality: shares[modality])
    given = tuple(shares.get(modality, 0.0) for modality in HYPOTHESES)
    return Evidence(name=name, meaning=Meaning(modality=best), score=shares[best], shares=given)


@pytest.mark.parametrize(
    ("evidence", "posterior"),
    [
        ([], {"ct": 1 / 13}),
        ([says(CAPTION, "ct")], {"ct": 0.97, "mri": 0.03 / 12}),  # alone it is its reliability
        ([says(CAPTION, "pet")], {"pet": 0.9, "ct": 0.1 / 12}),  # and that of what it names, where that is known
        # odds against each of the others: 0.97 * 12 / 0.03 = 388 and 0.99 * 12 / 0.01 = 1188
        ([says(CAPTION, "ct"), says(HEADER, "mri")], {"ct": 388 / 1587, "mri": 1188 / 1587, "pet": 1 / 1587}),
        ([says(CAPTION, "ct"), says(HEADER, "ct")], {"ct": 460944 / 460956}),
        # one voice: of two that agree the stronger (0.95 * 12 / 0.05 = 228 adds nothing), of two that differ each for its own
        ([says(CAPTION, "ct"), says(QUESTION, "ct"), says(POOLED, "ct")], {"ct": 388 / 400}),
        ([says(CAPTION, "ct"), says(QUESTION, "mri")], {"ct": 388 / 627, "mri": 228 / 627}),
        # a model: 0.9 * 0.9 + 0.1 * 0.1 / 12, 0.1 * 0.9 + 0.9 * 0.1 / 12, 0.1 / 12; they sum to 1 as they are
        ([sees(ct=0.9, mri=0.1)], {"ct": 9.73 / 12, "mri": 1.17 / 12, "pet": 0.1 / 12}),
        ([sees(ct=1.0)], {"ct": 0.9, "mri": 0.1 / 12}),
        ([sees(ct=0.9, mri=0.1), says(CAPTION, "mri")], {"mri": 453.96 / 464.79, "ct": 9.73 / 464.79}),
        ([sees(other=1.0), says(HEADER, "other")], {"other": 108 * 1188 / (108 * 1188 + 12)}),
    ],
)
def test_the_posterior_is_what_a_hand_computes(evidence, posterior):
    fused = fuse(evidence, RIGHT)
    assert {modality: fused.of(modality) for modality in posterior} == pytest.approx(posterior, rel=1e-12)
    assert sum(fused.posterior) == pytest.approx(1, abs=1e-12)


def test_text_made_from_labels_repeats_what_its_source_declares():
    evidence = [says(DECLARED, "xray"), says(CAPTION, "xray")]
    assert fuse(evidence, RIGHT).of("xray") == pytest.approx(588 * 388 / (588 * 388 + 12))
    assert fuse(evidence, RIGHT, from_labels=True).of("xray") == pytest.approx(0.98)


@pytest.mark.parametrize(
    ("evidence", "winner", "runner_up", "by"),
    [
        ([], "xray", "", ""),
        ([says(CAPTION, "ct")], "ct", "", CAPTION),
        ([says(CAPTION, "ct"), says(HEADER, "mri")], "mri", "ct", HEADER),
        ([says(CAPTION, "ct"), says(HEADER, "ct")], "ct", "", HEADER),
        ([says(QUESTION, "ct"), says(POOLED, "ct")], "ct", "", QUESTION),  # as strong: the earlier witness
        ([says(CAPTION, "ct"), says(CAPTION_WEAK, "ct"), says(HEADER, "mri"), sees(ct=1.0)], "ct", "mri", CAPTION),
        ([says(CAPTION_WEAK, "ct"), sees(ct=0.6, mri=0.4)], "ct", "mri", CAPTION_WEAK),
        ([says(CAPTION_WEAK, "ct"), sees(ct=0.95, pet=0.05), says(HEADER, "pet")], "pet", "ct", HEADER),
    ],
)
def test_who_decides_tells_the_winner_from_the_runner_up_most(evidence, winner, runner_up, by):
    fused = fuse(evidence, RIGHT)
    assert (fused.winner, fused.runner_up, fused.by) == (winner, runner_up, by)
    assert fused.score == fused.of(winner)
    assert fused.margin == pytest.approx(fused.score - sorted(fused.posterior)[-2])


def some_evidence(seed):
    chance = random.Random(seed)
    named = [says(chance.choice(list(RIGHT.witnesses)), chance.choice(HYPOTHESES)) for _ in range(chance.randrange(6))]
    weights = [chance.random() ** 4 for _ in HYPOTHESES]
    model = [sees(**{modality: weight / sum(weights) for modality, weight in zip(HYPOTHESES, weights)})] * chance.randrange(2)
    return named + model


@pytest.mark.parametrize("seed", range(40))
def test_no_order_of_the_evidence_changes_a_bit(seed):
    evidence = some_evidence(seed)
    wanted = fuse(evidence, RIGHT)
    for order in itertools.islice(itertools.permutations(evidence), 0, 120, 7):
        assert fuse(order, RIGHT) == wanted
    assert fuse(evidence[::-1], RIGHT) == wanted


@pytest.mark.parametrize("seed", range(60))
def test_more_evidence_for_a_modality_never_makes_it_less_likely(seed):
    evidence = some_evidence(seed)
    before = fuse(evidence, RIGHT)
    for name in RIGHT.witnesses:
        for modality in HYPOTHESES[::3]:
            assert fuse([*evidence, says(name, modality)], RIGHT).of(modality) >= before.of(modality) - 1e-12
    named = [each for each in evidence if each.name != PIXELS]
    surer = [fuse([*named, sees(ct=ct, mri=0.6 * (1 - ct), pet=0.4 * (1 - ct))], RIGHT).of("ct") for ct in (0, 0.1, 0.5, 0.9, 1)]
    assert surer == sorted(surer)


@pytest.mark.parametrize("seed", range(20))
def test_a_witness_that_knows_nothing_changes_nothing(seed):
    evidence = [each for each in some_evidence(seed) if each.name not in ("guess_v1", "coin_v1")]
    with_guess = fuse([*evidence, says("guess_v1", "mri")], RIGHT)
    assert with_guess.posterior == pytest.approx(fuse(evidence, RIGHT).posterior, abs=1e-12)
    flat = dict.fromkeys(HYPOTHESES, 1 / 13)
    if not any(each.name == PIXELS for each in evidence):
        assert fuse([*evidence, sees(**flat)], RIGHT).posterior == pytest.approx(fuse(evidence, RIGHT).posterior, abs=1e-12)


def test_a_witness_that_is_right_every_second_time_overturns_nobody():
    for name in (DECLARED, HEADER, CAPTION, QUESTION):
        fused = fuse([says(name, "ct"), says("coin_v1", "mri")], RIGHT)
        assert (fused.winner, fused.by) == ("ct", name)
        assert fused.of("ct") > 0.9


def test_a_model_never_says_more_than_its_reliability_allows():
    assert fuse([sees(ct=1.0)], RIGHT).of("ct") == pytest.approx(0.9)
    assert fuse([sees(name="coin_v1", ct=1.0)], RIGHT).of("ct") == pytest.approx(0.5)
    nothing = Evidence(name=PIXELS, meaning=Meaning(modality="ct"), score=0.0, shares=(0.0,) * 13)
    assert fuse([nothing], RIGHT).posterior == pytest.approx([1 / 13] * 13)


def test_witnesses_have_names_for_readers_and_voices():
    names = [DECLARED, HEADER, CAPTION, CAPTION_WEAK, QUESTION, "question_weak_v1", POOLED, "modality_biomedclip_v2", PIXELS, ""]
    assert [family(name) for name in names] == [
        "declared", "header", "caption", "caption", "question", "question", "pooled", "biomedclip", "pixels", "",
    ]  # fmt: skip
    assert [voice(name, from_labels=False) for name in names[:-1]] == ["source", "header", *["text"] * 5, "pixels", "pixels"]
    assert [voice(name, from_labels=True) for name in names[:-1]] == ["source", "header", *["source"] * 5, "pixels", "pixels"]


@pytest.mark.parametrize(
    ("meaning", "value", "shown"),
    [
        (Meaning(modality="ct"), "ct", "ct"),
        (Meaning(modality="pet", submodality="PET/CT"), "pet:PET/CT", "pet"),
        (Meaning(modality="other", figure_type="natural image"), "other::natural image", "natural image"),
        (Meaning(modality="other", submodality="SPECT"), "other:SPECT", "other"),
    ],
)
def test_a_meaning_is_spelled_as_a_value_and_back(meaning, value, shown):
    assert (spell(meaning), unspell(value), shown_as(meaning)) == (value, meaning, shown)


def test_the_shipped_reliabilities_can_be_used():
    shipped = load_reliabilities()
    assert {DECLARED, HEADER, CAPTION, CAPTION_WEAK, QUESTION, "question_weak_v1", POOLED, "heads"} <= set(shipped.witnesses)
    assert shipped.of("modality_somebody_v9", "ct") == shipped.witnesses["heads"].reliability
    assert set(HYPOTHESES) == set(MODALITIES) - {"text"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[]", "is not laid out as reliabilities are (TypeError)"),
        ("version: 1\nwitnesses: {heads: {}}", "is not laid out as reliabilities are (KeyError)"),
        ("version: 1\nwitnesses: {a_v1: {reliability: 0.9}}", "'heads' is missing"),
        ("version: 1\nwitnesses: {heads: {reliability: 1.0}}", "heads: 1.0 found, 0.077 to 0.995 wanted"),
        ("version: 1\nwitnesses: {heads: {reliability: 0.9, modalities: {ct: {reliability: 0.01}}}}", "heads.ct: 0.01 found"),
        ("version: 1\nwitnesses: {heads: {reliability: 0.9, modalities: {cat: {reliability: 0.9}}}}", "no such modality: cat"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, text, wanted):
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(ReliabilityError) as raised:
        load_reliabilities(path)
    assert wanted in str(raised.value)
