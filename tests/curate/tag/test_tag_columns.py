import random

from curate.recipe import Limits
from curate.screen.pictures import picture_of
from curate.tag.columns import evidence_table, told_of
from curate.tag.evidence import CAPTION, DECLARED, DOMAIN, HEADER, Evidence
from curate.tag.tag import Shown, Told
from curate.tag.vocabulary import Meaning
from schemas.arrow import from_table, to_table
from schemas.attribute import Attribute
from schemas.sample import Screened
from tests.curate.screen.made import image, sample


def screened(id, headers=(), **changes):
    pictures = tuple(
        picture_of(image(id=f"{id}.{place}", pixel_digest=f"p{place}", header_modality=header), Limits())
        for place, header in enumerate(headers)
    )
    one = sample(id=id, images=tuple(picture.id for picture in pictures), **changes)
    return Screened(id=id, sample=one, pictures=pictures, tokens=1, group="")


def says(name, modality):
    return Evidence(name=name, meaning=Meaning(modality=modality))


SAMPLES = [
    screened("a/1", [None], turns=[("user", "<image>\nDescribe it."), ("assistant", "Axial CT of the chest.")]),
    screened("a/2", [], modality="ct", turns=[("user", "What is a CT?"), ("assistant", "Computed tomography.")]),
    screened("a/3", ["MR", "OT", "ZZ"], modality="mri", from_labels=True),
    screened("a/4", [None], domain="general"),
    screened("a/5", [None], modality="text"),
    screened("a/6", [None], modality="oct", domain="general"),
]
TOLD = [
    Told(
        id="a/1", source="a", from_labels=False, declared=None, words=(says(CAPTION, "ct"),),
        pictures=(Shown(id="a/1.0", pixel_digest="p0", header=None),),
    ),
    Told(id="a/2", source="a", from_labels=False, declared=says(DECLARED, "ct"), words=(), pictures=()),  # words of no picture are not read
    Told(
        id="a/3", source="a", from_labels=True, declared=says(DECLARED, "mri"), words=(),
        pictures=(
            Shown(id="a/3.0", pixel_digest="p0", header=says(HEADER, "mri")),
            Shown(id="a/3.1", pixel_digest="p1", header=None),
            Shown(id="a/3.2", pixel_digest="p2", header=None),
        ),
    ),
    *(
        Told(
            id=id, source="a", from_labels=False, declared=declared, words=(),
            pictures=(Shown(id=f"{id}.0", pixel_digest="p0", header=None),),
        )
        for id, declared in (("a/4", says(DOMAIN, "other")), ("a/5", None), ("a/6", says(DECLARED, "oct")))
    ),
]  # fmt: skip


def test_columns_of_screened_samples_tell_who_says_what():
    assert list(told_of(to_table(SAMPLES, Screened))) == TOLD
    assert list(told_of(to_table([], Screened))) == []


def test_a_slice_is_told_as_its_own_rows():
    table = to_table(SAMPLES, Screened)
    assert [told for start in range(0, 6, 2) for told in told_of(table.slice(start, 2))] == TOLD


def test_evidence_stands_beside_samples_images_and_pixels():
    seen = [Attribute(id="pixels:p0", name="modality_pixels_v1", value="ct", score=0.75)]
    rows = from_table(evidence_table([*TOLD, TOLD[2]], seen), Attribute)
    wanted = [
        ("a/1", CAPTION, "ct", 1.0), ("a/3", DECLARED, "mri", 1.0), ("a/3.0", HEADER, "mri", 1.0), ("a/4", DOMAIN, "other", 1.0),
        ("a/6", DECLARED, "oct", 1.0), ("pixels:p0", "modality_pixels_v1", "ct", 0.75),
    ]  # fmt: skip
    assert [(row.id, row.name, row.value, row.score) for row in rows] == wanted
    assert len(evidence_table([], [])) == 0


def test_no_word_of_a_text_becomes_evidence():
    secret = "Zwischenfall"
    table = evidence_table(told_of(to_table([screened("a/1", [None], turns=[("assistant", f"{secret} on CT")])], Screened)), [])
    assert secret not in str(table.to_pylist())


def test_the_order_of_the_samples_changes_no_row():
    order = random.Random(2).sample(TOLD, len(TOLD))
    assert evidence_table(order, []).sort_by("id") == evidence_table(TOLD, []).sort_by("id")
