"""reports in plain text, invented, one for each rule by which they are sectioned"""

import pytest

from curate.read.sections import NAMES, report_section, report_sections, section_name

PLAIN = """                                 FINAL REPORT
 EXAMINATION:  CHEST (PA AND LAT)

 INDICATION:  ___ year old woman with cough  // pneumonia?

 TECHNIQUE:   Chest PA and lateral

 COMPARISON:  ___

 FINDINGS:

 The lungs are clear.  There is no effusion.

 The heart is of normal size.

 IMPRESSION:

 1.  No acute disease.
 2.  Dr. ___ was told at 10:30 AM: no reply.
"""


def test_a_report_is_cut_at_its_headers_and_removed_identifiers_stay() -> None:
    assert report_sections(PLAIN) == {
        "preamble": "FINAL REPORT",
        "examination": "CHEST (PA AND LAT)",
        "indication": "___ year old woman with cough  // pneumonia?",
        "technique": "Chest PA and lateral",
        "comparison": "___",
        "findings": "The lungs are clear.  There is no effusion.\n\n The heart is of normal size.",
        "impression": "1.  No acute disease.\n 2.  Dr. ___ was told at 10:30 AM: no reply.",
    }
    assert report_section(PLAIN, "Findings").startswith("The lungs")
    assert report_section(PLAIN, "history") == ""


def test_windows_line_ends_change_nothing() -> None:
    assert report_sections(PLAIN.replace("\n", "\r\n")) == report_sections(PLAIN)


def test_of_several_sections_of_a_name_the_last_counts_and_empty_findings_are_none() -> None:
    text = "FINAL REPORT\n FINDINGS:  First.\n \n IMPRESSION:  One.\n \n CONCLUSION:  Two.\n \n FINDINGS:\n \n"
    assert report_sections(text) == {"preamble": "FINAL REPORT", "findings": "First.", "impression": "Two."}


def test_a_title_that_names_the_views_is_findings_unless_nothing_stands_below_it() -> None:
    titled = "FINAL REPORT\n CHEST, PA LATERAL:\n \n INDICATION:  Cough.\n \n Lungs are clear.\n \n No effusion.\n"
    assert report_sections(titled) == {
        "preamble": "FINAL REPORT", "indication": "Cough.", "last_paragraph": "Lungs are clear.\n \n No effusion.",
    }  # fmt: skip
    assert report_section("FINAL REPORT\n PORTABLE SUPINE FILM:  Lungs are clear.", "findings") == "Lungs are clear."


def test_without_findings_and_impression_what_follows_the_last_sections_first_paragraph_is_the_last_paragraph() -> None:
    text = "FINAL REPORT\n HISTORY:  Fever.\n \n COMPARISON:  ___.\n \n Clear lungs.\n"
    assert report_sections(text) == {
        "preamble": "FINAL REPORT", "history": "Fever.", "comparison": "___.", "last_paragraph": "Clear lungs.",
    }  # fmt: skip
    assert report_section("FINAL REPORT\n HISTORY:  Fever.\n COMPARISON:  Clear lungs.\n", "comparison") == "Clear lungs."
    with_findings = "FINAL REPORT\n FINDINGS:  Clear.\n \n COMPARISON:  ___.\n \n Told to Dr. ___.\n"
    assert report_section(with_findings, "last_paragraph") == ""


def test_a_report_without_headers_is_one_section_and_its_last_paragraph() -> None:
    text = " WET READ\n \n Lungs are clear.\n"
    assert report_sections(text) == {"full report": "WET READ", "last_paragraph": "Lungs are clear."}
    assert report_sections("Lungs are clear.") == {"full report": "Lungs are clear."}
    assert report_sections("") == {"full report": ""}


def test_no_header_is_looked_for_on_the_line_a_section_begins_with() -> None:
    text = "FINAL REPORT\n EXAM:\n IMPRESSION:  Clear.\n FINDINGS:  Clear lungs.\n"
    assert report_sections(text) == {"preamble": "FINAL REPORT", "examination": "IMPRESSION:  Clear.", "findings": "Clear lungs."}


def test_words_in_capitals_inside_a_line_or_with_digits_are_no_headers() -> None:
    text = "FINAL REPORT\n FINDINGS:  Lines\n The SVC: tip in place. IMPRESSION: none\n T2: normal\n At: noon\n X:y\n"
    assert report_section(text, "findings") == "Lines\n The SVC: tip in place. IMPRESSION: none\n T2: normal\n At: noon\n X:y"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("CONCLUSION", "impression"), ("IMPRESSON", "impression"), ("FINDINGS AND IMPRESSION", "impression"), ("FINDING", "findings"),
        ("PRELIMINARY FINDINGS", "findings"), ("REVISED IMPRESSION", "impression"), ("COMPARISONS", "comparison"), (" HISTORY ", "history"),
        ("REASON FOR EXAM", "indication"), ("PFI", "history"), ("BEDSIDE UPRIGHT, ONE VIEW", "findings"), ("RIBS (LEFT)", "findings"),
        ("RECOMMENDATION(S)", "recommendations"), ("WETREAD", "wet read"), ("ADDENDUM BEGINS", "addendum"), ("NOTE", "note"),
        ("END OF IMPRESSION", "end of impression"),
    ],
)  # fmt: skip
def test_a_name_goes_by_one_spelling(header: str, name: str) -> None:
    assert section_name(header) == name


def test_no_spelling_stands_for_two_names() -> None:
    words = [word for name, others in NAMES.items() for word in (name, *others)]
    assert len(words) == len(set(words)) == 63


def test_an_addendum_above_a_line_of_underscores_is_no_part_of_the_report() -> None:
    text = f""" FINAL ADDENDUM
 ADDENDUM:  After comparison with CT a nodule is seen.

 IMPRESSION:  Nodule.
 {"_" * 78}
                                 FINAL REPORT
 HISTORY:  ___.

 FINDINGS:  Lungs are clear ____ here.
 ___
 And here.
"""
    assert report_sections(text) == {
        "preamble": "FINAL REPORT",
        "addendum": "After comparison with CT a nodule is seen.",
        "impression": "Nodule.",
        "history": "___.",
        "findings": "Lungs are clear ____ here.\n ___\n And here.",
    }
    assert report_section(text + "\n IMPRESSION:  Clear.\n", "impression") == "Clear."


def test_a_report_whose_lines_have_lost_their_blanks_is_cut_at_the_beginnings_of_lines() -> None:
    text = "EXAMINATION: CHEST\nFINDINGS:\nClear lungs. SVC: normal\n\nIMPRESSION: Normal."
    assert report_sections(text) == {
        "preamble": "", "examination": "CHEST", "findings": "Clear lungs. SVC: normal", "impression": "Normal.",
    }  # fmt: skip


def test_a_report_in_one_line_is_cut_at_known_names_alone() -> None:
    text = (
        "NARRATIVE: Chest of 1 Jan. CLINICAL HISTORY: Pain. FINDINGS: SVC: in place. IMPRESSION: 1. No acute disease. END OF IMPRESSION: "
        "SUMMARY: 2-abnormal. ACCESSION NUMBER: 1 2 3"
    )
    assert report_sections(text) == {
        "preamble": "", "narrative": "Chest of 1 Jan.", "history": "Pain.", "findings": "SVC: in place.",
        "impression": "1. No acute disease.", "end of impression": "", "summary": "2-abnormal.", "accession number": "1 2 3",
    }  # fmt: skip


def test_a_hostile_report_costs_time_in_proportion_to_its_length() -> None:
    text = "\n " + "A " * 200_000 + "\n " + ("\n B:" * 50_000) + "\n " * 100_000
    assert set(report_sections(text)) <= {"preamble", "b", "last_paragraph"}
