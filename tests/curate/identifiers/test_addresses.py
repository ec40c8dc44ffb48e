"""Addresses: what is smaller than a state"""

import pytest

from curate.identifiers.find import find_identifiers


def addresses(text: str) -> list[str]:
    return [text[find.start : find.end] for find in find_identifiers(text) if find.kind == "address"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("at 221 Baker Street, London NW1 6XE.", ["221 Baker Street, London NW1 6XE"]),
        ("075 Jessica Pass Apt. 917, Albuquerque, SC 47784", ["075 Jessica Pass Apt. 917, Albuquerque, SC 47784"]),
        ("1650 King Street, Suite 602 Alexandria, VA 22314", ["1650 King Street, Suite 602 Alexandria, VA 22314"]),
        ("P.O. Box 123", ["P.O. Box 123"]),
        ("12 Rue de la Paix.", ["12 Rue de la Paix"]),
        ("Hauptstraße 12, 10115 Berlin", ["Hauptstraße 12, 10115 Berlin"]),
        ("Calle Mayor 5, 28013 Madrid", ["Calle Mayor 5, 28013 Madrid"]),
        ("Springfield, IL 62704", ["Springfield, IL 62704"]),
        ("ZIP 62704, postcode SW1A 1AA", ["62704", "SW1A 1AA"]),
        ("She lives in Springfield, Illinois", ["Springfield"]),
        ("I am from Chennai, India", ["Chennai"]),
        ("Address: 12 Elm, Dover  Phone: x", ["12 Elm, Dover"]),
        ("i live at 03749 cody parkway and cough", ["03749 cody parkway"]),
        ("resides at 75/473, Kapoor Road, Warangal 038779.", ["75/473, Kapoor Road, Warangal 038779"]),
    ],
)
def test_an_address_is_found_whole(text, wanted):
    assert addresses(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "University of Boston. Department of Radiology, Boston, MA, USA",
        "lives in Germany; lives in Texas; lives in a city",
        "Figure 2 Axial CT. 5 Axial Ct image; 3 Left Lateral View; 2 Mitral Valve; 12 Lead ST",
        "at T1 2WI; 3 Way Stopcock; Hounsfield Unit 40",
        "adjacent native RCA; home BP; compensator-based IMRT; comes from Orphanet",
        "1, Twin Cays Island, Belize; 2, Rice Valley",
        "Ward 12, bed 4, room 301",
    ],
)
def test_institutions_countries_and_numbers_beside_capitals_are_none(text):
    assert addresses(text) == []


@pytest.mark.parametrize("piece", ["1 A", "1 Aa ", "A ", "12 Oak Street, ", "12345 ", "lives in A", "Box ", "address: A", "12 rue de la "])
def test_a_long_text_of_anything_is_read_to_its_end(piece):
    addresses((piece * (200_000 // len(piece) + 1))[:200_000])
