import dataclasses

import numpy as np
import pytest

from curate.recipe import Limits, Recipe
from curate.screen.said import said_of
from curate.screen.screen import Prepared, group_of, screen_sample, screen_samples
from schemas.sample import Box, Picture, Screened
from tests.curate.screen.made import image, sample

RECIPE = Recipe(id="r", title="r")


def screened(one, *images, recipe=RECIPE, tokens=50, caption_tokens=50, allow_credentialed=False):
    found = {each.id: each for each in images or (image(),)}
    prepared = Prepared(sample=one, cleaned=(), scrubbed=())
    return screen_sample(prepared, found, tokens, caption_tokens, recipe, allow_credentialed=allow_credentialed)


def limits(**changes):
    return dataclasses.replace(RECIPE, limits=Limits(**changes))


def dicom(modality, **facts):
    return image(format="dicom", header_modality=modality, **facts)


def policy(value):
    return dataclasses.replace(RECIPE, license_policy=value)


def test_a_good_sample_keeps_its_pictures_tokens_and_group():
    good = sample(keys={"study": "s1", "patient": "p1"})
    assert screened(good, tokens=61) == Screened(
        id="a/1",
        sample=good,
        pictures=(
            Picture(id="a/1.png", byte_digest="b1", pixel_digest="p1", phash=7, width=100, height=80, bytes=1234, header_modality=None,
                    is_synthetic=False, ship=image().ship),
        ),
        tokens=61,
        group="a:patient=p1",
        said=said_of(good),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "recipe", "fault"),
    [
        (sample(split="test"), RECIPE, ("split_excluded", "test")),
        (sample(split="free text of a cell"), RECIPE, ("split_excluded", "a term of its own")),
        (sample(split=""), dataclasses.replace(RECIPE, splits={"train": "train"}), ("split_excluded", "no split")),
        (sample(commercial="ask"), policy("commercial"), ("license_refused", "CC-BY-4.0: commercial use ask")),
        (sample(commercial="no", license="CC-BY-NC-4.0"), policy("commercial"), ("license_refused", "CC-BY-NC-4.0: commercial use no")),
        (sample(license="unknown"), policy("commercial"), ("license_refused", "unknown: commercial use yes")),
        (sample(license="Unknown"), policy("commercial"), ("license_refused", "Unknown: commercial use yes")),
        (sample(license="CC BY, but ask"), policy("commercial"), ("license_refused", "a term of its own: commercial use yes")),
        (sample(license="CC-BY-NC"), policy("commercial"), ("license_refused", "CC-BY-NC: commercial use yes")),
        (sample(license="CC-BY-NC-SA-4.0"), policy("commercial"), ("license_refused", "CC-BY-NC-SA-4.0: commercial use yes")),
        (sample(license="all-rights-reserved"), policy("research"), ("license_refused", "all-rights-reserved: no use granted")),
        (sample(access="credentialed"), RECIPE, ("access_refused", "credentialed")),
        (sample(turns=[("user", "Describe."), ("assistant", "<image> ")]), RECIPE, ("text_empty", "1 assistant turns")),
        (sample(turns=[("user", "Describe.")]), RECIPE, ("text_empty", "0 assistant turns")),
    ],
)
def test_a_sample_is_refused_for_its_first_fault(one, recipe, fault):
    verdict = screened(one, recipe=recipe)
    assert (verdict.id, verdict.source, verdict.stage, verdict.decision, verdict.winner) == ("a/1", "a", "screen", "rejected", "")
    assert (verdict.reason, verdict.evidence) == fault


@pytest.mark.parametrize(
    ("one", "recipe"),
    [
        (sample(split=""), RECIPE),
        (sample(commercial="no", license="all-rights-reserved"), RECIPE),
        (sample(commercial="no", license="unknown"), policy("research")),
        (sample(), policy("commercial")),
        (sample(license="CC-BY"), policy("commercial")),
        (sample(license="CC BY, but ask"), policy("research")),
        (sample(access="registered"), RECIPE),
    ],
)
def test_what_policy_allows_passes(one, recipe):
    assert isinstance(screened(one, recipe=recipe), Screened)


def test_credentialed_passes_where_it_is_allowed():
    assert isinstance(screened(sample(access="credentialed"), allow_credentialed=True), Screened)


@pytest.mark.parametrize(
    ("found", "recipe", "evidence"),
    [
        (image(reason="image_truncated", evidence="12 bytes"), RECIPE, "a/1.png: image_truncated 12 bytes"),
        (image(reason="decoder_died"), RECIPE, "a/1.png: decoder_died"),
        (image(width=40), RECIPE, "a/1.png: image_too_small 40 < 64"),
        (image(width=63, height=900), RECIPE, "a/1.png: image_too_small 63 < 64"),
        (image(width=63, height=60), limits(side="max"), "a/1.png: image_too_small 63 < 64"),
        (image(blank=True, spread=0.5), RECIPE, "a/1.png: image_blank spread 0.50"),
        (image(burned_in="YES"), RECIPE, "a/1.png: burned_in_text BurnedInAnnotation YES"),
        (image(burned_in="YES"), limits(burned_in="refuse_stated"), "a/1.png: burned_in_text BurnedInAnnotation YES"),
        (dicom("US"), RECIPE, "a/1.png: burned_in_text suspected: US, BurnedInAnnotation absent"),
        (dicom(None), RECIPE, "a/1.png: burned_in_text suspected: no Modality, BurnedInAnnotation absent"),
        (image(is_synthetic=True), dataclasses.replace(RECIPE, allow_synthetic=False), "a/1.png: image_synthetic"),
    ],
)
def test_one_image_refuses_its_sample(found, recipe, evidence):
    verdict = screened(sample(), found, recipe=recipe)
    assert (verdict.reason, verdict.evidence) == ("image_rejected", evidence)


@pytest.mark.parametrize(
    ("found", "recipe"),
    [
        (image(width=64, height=64), RECIPE),
        (image(width=40, height=64), limits(side="max")),
        (image(blank=True), limits(drop_blank=False)),
        (image(burned_in="NO"), RECIPE),
        (dicom("CT"), RECIPE),
        (dicom("US", burned_in="NO"), RECIPE),
        (dicom("US"), limits(burned_in="refuse_stated")),
        (dicom("US"), limits(burned_in="keep")),
        (image(burned_in="YES"), limits(burned_in="keep")),
        (image(header_modality="US"), RECIPE),  # a PNG: no header that could have denied it
        (image(is_synthetic=True), RECIPE),
    ],
)
def test_an_image_at_the_limit_passes(found, recipe):
    assert isinstance(screened(sample(), found, recipe=recipe), Screened)


def test_the_second_image_refuses_its_sample_too():
    verdict = screened(sample(images=("a/1.png", "a/2.png")), image(), image(id="a/2.png", width=10))
    assert verdict.evidence == "a/2.png: image_too_small 10 < 64"


@pytest.mark.parametrize(("tokens", "reason"), [(9, "caption_too_short"), (10, None), (1024, None), (1025, "caption_too_long")])
def test_caption_bounds_are_inclusive(tokens, reason):
    result = screened(sample(), caption_tokens=tokens)
    assert getattr(result, "reason", None) == reason


def test_caption_evidence_is_a_measurement():
    assert screened(sample(), caption_tokens=8).evidence == "8 < 10"
    assert screened(sample(), caption_tokens=2000).evidence == "2000 > 1024"


@pytest.mark.parametrize(
    ("one", "kept"),
    [
        (sample(task="report"), False),
        (sample(task="report", images=()), True),
        (sample(from_labels=True), True),
        (sample(task="vqa"), True),
        (sample(task="qa", images=()), True),
        (sample(task="classification"), True),
    ],
)
def test_only_captions_and_reports_beside_images_are_limited(one, kept):
    assert isinstance(screened(one, caption_tokens=1), Screened) is kept


@pytest.mark.parametrize(
    ("keys", "group"),
    [
        ({}, ""),
        ({"image_of_its_own": "3", "roi": "4"}, "a:image_of_its_own=3"),
        ({"roi": ""}, ""),
        ({"figure": "f1", "article": "PMC7"}, "a:article=PMC7"),
        ({"patient": "", "case": "12"}, "a:case=12"),
        ({"patient": "p=1"}, "a:patient=p=1"),
    ],
)
def test_group_is_the_first_key_that_binds(keys, group):
    assert group_of(sample(keys=keys)) == group


def test_a_batch_is_cleaned_counted_once_and_sifted_in_order():
    calls = []

    def count_words(texts):
        calls.append(list(texts))
        return np.array([len(text.split()) for text in texts])

    prompt = ("user", "Describe it in as many words as you like or can, please.")
    long = sample(id="a/1", turns=[prompt, ("assistant", " \x00one two three four five six seven eight nine ten ")])
    short = sample(id="a/2", turns=[prompt, ("assistant", "one")])
    kept, refused = screen_samples([short, long], {"a/1.png": image()}, count_words, RECIPE, allow_credentialed=False)
    assert [(one.id, one.tokens, one.sample.turns[1].text) for one in kept] == [
        ("a/1", 22, "one two three four five six seven eight nine ten")
    ]
    assert [(verdict.id, verdict.reason, verdict.evidence) for verdict in refused] == [("a/2", "caption_too_short", "1 < 10")]
    assert len(calls) == 1


def test_an_image_nobody_inspected_is_a_bug_and_crashes():
    with pytest.raises(KeyError):
        screen_sample(Prepared(sample=sample(), cleaned=(), scrubbed=()), {}, 50, 50, RECIPE, allow_credentialed=False)


def boxed(*at):
    boxes = tuple(Box(label="x", image=index, x=x, y=y, width=width, height=height) for index, x, y, width, height in at)
    return dataclasses.replace(sample(), boxes=boxes, images=("a/1.png", "a/2.png"))


@pytest.mark.parametrize(
    ("at", "turned", "fault"),
    [
        ((0, -1, -1, 102, 82), False, None),
        ((0, 0, 0, 102, 80), False, ("box_outside", "0, 0, 102, 80 in 100 x 80 pixels")),
        ((0, 0, 70, 20, 12), False, ("box_outside", "0, 70, 20, 82 in 100 x 80 pixels")),
        ((0, 0, 70, 20, 12), True, None),  # the stored image is 80 wide and 100 high
        ((0, 85, 0, 12, 20), True, ("box_outside", "85, 0, 97, 20 in 80 x 100 pixels")),
        ((1, 0, 0, 95, 70), False, ("box_outside", "0, 0, 95, 70 in 90 x 70 pixels")),
        ((0, 3, 3, 0, 5), False, ("box_no_area", "0 x 5 pixels")),
    ],
)
def test_a_box_that_is_no_part_of_its_picture_refuses_the_sample(at, turned, fault):
    pictures = image(turned=turned), image(id="a/2.png", width=90, height=70)
    verdict = screened(boxed((0, 5, 5, 10, 10), at), *pictures)
    assert (None if isinstance(verdict, Screened) else (verdict.reason, verdict.evidence)) == fault
