"""licences as records say them -> terms that can be counted, never guessed"""

import csv
from collections import Counter

import pytest

from curate.licenses import commercial_use, is_unclear, license_term
from tests.real import REAL


@pytest.mark.parametrize(
    ("text", "wanted", "commercial"),
    [
        # ROCO, licences.txt
        ("CC BY", "CC-BY", "yes"),
        ("CC BY-NC-SA", "CC-BY-NC-SA", "no"),
        ("CC BY-NC", "CC-BY-NC", "no"),
        ("NO-CC CODE", "unknown", "ask"),
        ("CC BY-NC-ND", "CC-BY-NC-ND", "no"),
        ("CC BY-ND", "CC-BY-ND", "ask"),
        ("CC0", "CC0-1.0", "yes"),
        ("CC BY-SA", "CC-BY-SA", "yes"),
        ("CC", "unknown", "ask"),
        # MedICaT, oa_info.oa.license (Unpaywall)
        ("cc-by", "CC-BY", "yes"),
        ("cc-by-nc", "CC-BY-NC", "no"),
        ("cc-by-nc-nd", "CC-BY-NC-ND", "no"),
        ("cc-by-nc-sa", "CC-BY-NC-SA", "no"),
        ("cc-by-sa", "CC-BY-SA", "yes"),
        ("cc-by-nd", "CC-BY-ND", "ask"),
        ("cc0", "CC0-1.0", "yes"),
        ("pd", "public-domain", "yes"),
        ("implied-oa", "implied-oa", "ask"),
        ("publisher-specific, author manuscript", "publisher-specific", "ask"),
        ("elsevier-specific: oa user license", "Elsevier-user-license", "ask"),
        ("acs-specific: authorchoice/editors choice usage agreement", "ACS-AuthorChoice", "ask"),
        ("", "unknown", "ask"),
        # ROCOv2, Attribution
        ("Doe et al. (2020), CC BY", "CC-BY", "yes"),
        ("Doe et al. (2020), CC BY-NC", "CC-BY-NC", "no"),
        ("CC BY-NC [Roe et al. (2019)]", "CC-BY-NC", "no"),
        ("CC BY 4.0, Roe (2019)", "CC-BY-4.0", "yes"),
        ("Roe C, CC BY NC.", "CC-BY-NC", "no"),
        # MAMA-MIA, by prefix of the id
        ("CC BY 3.0", "CC-BY-3.0", "yes"),
        ("CC BY 4.0", "CC-BY-4.0", "yes"),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0", "no"),
        # ISIC 2024, copyright_license
        ("CC-0", "CC0-1.0", "yes"),
        ("CC-BY", "CC-BY", "yes"),
        ("CC-BY-NC", "CC-BY-NC", "no"),
        # OpenI, ccLicense
        ("byncnd", "CC-BY-NC-ND", "no"),
        # the COVID chest X-ray collection
        ("CC BY-NC-SA 4.0", "CC-BY-NC-SA-4.0", "no"),
        ("Apache 2.0", "Apache-2.0", "yes"),
        # addresses
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/", "CC-BY-NC-ND-4.0", "no"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", "yes"),
        ("CC BY (https://creativecommons.org/licenses/by/2.0/)", "CC-BY-2.0", "yes"),
        # terms stay
        ("CC-BY-NC-SA-3.0", "CC-BY-NC-SA-3.0", "no"),
        ("CC0-1.0", "CC0-1.0", "yes"),
        ("MIT", "MIT", "yes"),
        ("GPL-3.0-only", "GPL-3.0-only", "ask"),
        ("PhysioNet-Credentialed", "PhysioNet-Credentialed", "ask"),
        ("NIH-Attribution", "NIH-Attribution", "ask"),
        ("CDLA-Permissive-1.0", "CDLA-Permissive-1.0", "ask"),
        ("unknown", "unknown", "ask"),
        ("all rights reserved", "all-rights-reserved", "no"),
        ("© 2020 Roe. All rights reserved.", "all-rights-reserved", "no"),
        ("CC BY 2020", "CC-BY", "yes"),
        ("CC BY 4", "CC-BY-4.0", "yes"),
    ],
)
def test_a_licence_that_is_clear_goes_by_its_id(text: str, wanted: str, commercial: str) -> None:
    assert (license_term(text), commercial_use(wanted)) == (wanted, commercial)
    assert license_term(wanted) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "CC BY or CC BY-NC, see the article",
        "CC BY-SA-ND",
        "CC BY 3.0 and CC BY 4.0",
        "the CC by law of the land",
        "All rights reserved, figures CC BY",
        "free for everyone",
        "ACC BY-NC",
        "CC BYNC-X",
        "CC BY-NonCommercial 4.0",
        "CC BY, non-commercial use only",
        "CC BY 4.0 except the figures",
    ],
)
def test_what_names_two_or_none_stays_as_it_is_and_is_unclear(text: str) -> None:
    assert license_term(text) == text
    assert (is_unclear(text), commercial_use(text) == "yes") == (True, False)


def test_a_long_text_is_no_licence() -> None:
    assert license_term("CC BY " * 2_000) == "unknown"


def test_a_name_is_clear_and_nothing_is_not() -> None:
    assert [is_unclear(name) for name in ("MIT", "publisher-specific", "Unknown", "", "some words")] == [False, False, True, True, True]


@pytest.mark.skipif(REAL is None, reason="no real data beside the repository")
def test_every_licence_of_a_published_list_is_known() -> None:
    assert REAL is not None
    with (REAL / "annotations" / "roco" / "test-radiology-licences.txt").open(encoding="utf-8", newline="") as file:
        found = Counter(license_term(row["CC"]) for row in csv.DictReader(file))
    assert found == {
        "CC-BY": 3442, "CC-BY-NC-SA": 1501, "CC-BY-NC": 1305, "CC-BY-NC-ND": 973, "unknown": 938, "CC-BY-ND": 9, "CC-BY-SA": 7,
        "CC0-1.0": 4,
    }  # fmt: skip
