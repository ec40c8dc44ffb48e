"""text burned into pixels: what each word of `burned_in` makes of a header that states, suggests or denies it, and of what was found"""

import pytest

from curate.recipe import Limits
from curate.screen.pictures import image_fault, picture_of
from schemas.image import Region
from tests.curate.screen.made import image

LINE = (Region(left=10, top=5, right=60, bottom=25),)  # of 100 x 80 pixels
PAGE = (Region(left=0, top=0, right=100, bottom=61),)
POLICIES = ("refuse", "refuse_stated", "blank", "keep")
SUSPECTED, STATED = "suspected: US, BurnedInAnnotation absent", "BurnedInAnnotation YES"
FOUND, ALL = "text_v1: 1 region, 12.5 % of the picture", "text_v1: 1 region, 76.2 % of the picture"


def found(text=(), **facts):
    return image(text_by="text_v1", text=text, **facts)


def dicom(text=(), **facts):
    return found(text, format="dicom", header_modality="US", **facts)


@pytest.mark.parametrize(
    ("seen", "evidence"),  # of a refusal, in the order of POLICIES; None: kept; a tuple: kept, these are made black
    [
        (image(), (None, None, None, None)),
        (found(), (None, None, None, None)),
        (found(LINE), (FOUND, None, LINE, None)),
        (found(PAGE), (ALL, None, f"{ALL}: too much to blank", None)),
        (dicom(burned_in="NO"), (None, None, None, None)),
        (dicom(LINE, burned_in="NO"), (FOUND, None, LINE, None)),
        (dicom(), (SUSPECTED, None, f"{SUSPECTED}, no text found to blank", None)),
        (dicom(LINE), (SUSPECTED, None, LINE, None)),
        (dicom(burned_in="YES"), (STATED, STATED, f"{STATED}, no text found to blank", None)),
        (dicom(LINE, burned_in="YES"), (STATED, STATED, LINE, None)),
    ],
)
def test_each_policy(seen, evidence):
    for policy, wanted in zip(POLICIES, evidence, strict=True):
        limits = Limits(burned_in=policy)
        fault = image_fault(seen, limits, allow_synthetic=True)
        if isinstance(wanted, str):
            assert (fault.reason, fault.evidence) == ("burned_in_text", wanted), policy
        else:
            assert fault is None, policy
            assert picture_of(seen, limits).blanked == (wanted or ()), policy


def test_a_picture_that_ships_blanked_counts_as_the_png_it_becomes():
    assert picture_of(found(LINE), Limits(burned_in="blank")).bytes == 4_000
    assert picture_of(found(LINE), Limits(burned_in="keep")).bytes == 1_234
