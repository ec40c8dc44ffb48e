"""Names of persons: what is found, what only looks like one"""

import pytest

from curate.identifiers.names import found

HOSTILE = ["a", "A", "A.", "Dr. ", "Smith ", ", MD", "O'", "de la ", "'s mother", "A^B", "Name: ", "my name is ", "\ud800", "\0"]


def names(text: str) -> list[str]:
    """Each name once, in order; one within another is the shorter part of it."""
    spans = sorted({(find.start, find.end) for find in found(text)})
    assert {find.kind for find in found(text)} <= {"name"}
    return [text[a:b] for a, b in spans if not any(c <= a and b <= d and (a, b) != (c, d) for c, d in spans)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Patient Name: DOE, JOHN  MRN: 1234567", ["DOE, JOHN"]),
        ("Dictated by: J. Smith MD", ["J. Smith"]),
        ("Electronically signed by Xiulan Zhaoweng, M.D. on", ["Xiulan Zhaoweng"]),
        ("cc: Dr. Adams", ["Adams"]),
        ("Referring Physician: Okonkwo, Chidi", ["Okonkwo, Chidi"]),
        ("Dear Dr. O'Brien, we saw Mrs. Jane van der Berg.", ["O'Brien", "Jane van der Berg"]),
        ("Thank you. Regards,\nMichael", ["Michael"]),
        ("Hi John, how are you?", ["John"]),
        ("my son Michael has a fever", ["Michael"]),
        ("Michael's mother says so", ["Michael"]),
        ("The patient, Mark Foster, denies pain.", ["Mark Foster"]),
        ("Reviewed with Dr. Jean-Luc Picard and Dr. José Müller.", ["Jean-Luc Picard", "José Müller"]),
        ("seen by Drs. Moodley and Shah", ["Moodley", "Shah"]),
        ("Dr. White and Dr. Down and Dr. April Wolff", ["White", "Down", "April Wolff"]),
        ("Ottoline Echeverría, a 101-year-old farmer", ["Ottoline Echeverría"]),
        ("burned in: BENAVIDES^MACARIO^J", ["BENAVIDES^MACARIO^J"]),
        ("We saw Maria Lopez Garcia today.", ["Maria Lopez Garcia"]),
        ("Mr. Jones is well. Jones was discharged.", ["Jones", "Jones"]),
        ("Dr. Crohn is in. Crohn colitis is not his.", ["Crohn"]),
        ("Image courtesy of Frank Gaillard, Radiopaedia", ["Frank Gaillard"]),
        ("C.J. Quispe, FRCR", ["C.J. Quispe"]),
        ("Patient: Ngozichukwu Umezuruike", ["Ngozichukwu Umezuruike"]),
        ("my name is moses kim and i cough", ["moses kim"]),
        ("attending: subramaniam, aino s", ["subramaniam, aino s"]),
    ],
)
def test_a_name_is_found_by_what_stands_beside_it(text, wanted):
    assert names(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Crohn's disease, Parkinson disease, Foley catheter, Gleason 3+4, Swan-Ganz",
        "Smith et al. and Dr. Smith et al. found",
        "Sister Mary Joseph's nodule",
        "MR imaging of MS patients; MR Angiography; DR Congo",
        "The Henry Ford Hospital, Johns Hopkins University, John Wiley & Sons",
        "Patient: Hello doctor, I have a cough. Doctor: Yes.",
        "Drug name: Aspirin. Brand Name: Keppra",
        "Discussed with Radiology. Signed by Neurosurgery.",
        "I am Indian. I am Catholic. This is Graves disease.",
        "Bethesda, MD 20892. Rockville, MD, USA",
        "Kaplan-Meier, Mann Whitney, Osgood Schlatter, Dandy Walker, Arnold Chiari",
        "Axial T2 shows Kerley B lines (Arrow). Hounsfield Units",
        "May I ask? It may help. Will it?",
        "Joseph Solomon (1591-1655)",
    ],
)
def test_what_only_looks_like_a_name_is_left(text):
    assert names(text) == []


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_text_of_anything_is_read_to_its_end(piece):
    for _ in found((piece * (200_000 // len(piece) + 1))[:200_000]):
        pass
