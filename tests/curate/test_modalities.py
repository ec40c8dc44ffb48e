import copy

import pytest
import yaml

from curate.manifest import load_manifests
from curate.modalities import FILE, fault_of, faults_of, load_modalities, string_key
from curate.models.prompts import load_prompts
from schemas.modality import MODALITIES, TWELVE

RAW = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def broken(change):
    raw = copy.deepcopy(RAW)
    change(raw)
    return faults_of(raw)


def test_the_shipped_file_is_sound_and_has_the_twelve():
    assert faults_of(RAW) == []
    assert set(load_modalities().submodalities) == set(MODALITIES)
    assert load_modalities().figure_types == {"chart", "diagram", "page", "photograph", "natural image", "rendering", "assay"}


def test_each_of_the_twelve_says_what_belongs_to_it_what_does_not_and_who_says_so():
    assert [name for name in TWELVE if not (RAW["modalities"][name]["belongs"] and RAW["modalities"][name]["looks"])] == []
    assert [name for name in TWELVE if len(RAW["modalities"][name]["borders"]) < 2] == []
    borders = [border for each in RAW["modalities"].values() for border in each["borders"]]
    assert {who for each in [*borders, *RAW["figure_types"].values()] for who in each["says"]} == set(RAW["authorities"])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda raw: raw.pop("nothing"), "$: 'nothing' is a required property"),
        (lambda raw: raw["modalities"].pop("pet"), "$.modalities: found"),
        (lambda raw: raw["modalities"]["ct"]["borders"][0].update(goes="cat"), "$.modalities.ct.borders[0].goes: no modality 'cat'"),
        (lambda raw: raw["modalities"]["ct"]["borders"][0].update(says=["me"]), "$.modalities.ct.borders[0].says: no authority 'me'"),
        (lambda raw: raw["figure_types"]["chart"].update(says=["me"]), "$.figure_types.chart.says: no authority 'me'"),
        (lambda raw: raw["modalities"]["ct"]["dicom"].append("MR"), "$: DICOM term 'MR' stands in two places"),
        (lambda raw: raw["nothing"].append("MR"), "$: DICOM term 'MR' stands in two places"),
        (lambda raw: raw["modalities"]["ct"]["strings"].append("x ray"), "$: the string 'x ray' means two things"),
        (lambda raw: raw["modalities"]["ct"]["dicom"].append("mr"), "$.modalities.ct.dicom[1]: 'mr' does not match '^[A-Z0-9]{2,16}$'"),
    ],
)
def test_each_fault_is_told_with_its_place(change, fault):
    assert broken(change)[0].startswith(fault)


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (("ct", "CTA"), None),
        (("xray", "CTA"), "'xray' has no submodality 'CTA'"),
        (("ct", "cta"), "'ct' has no submodality 'cta'"),
        (("cat",), "no modality 'cat'"),
        (("other", "", "chart"), None),
        (("other", "ECG", "chart"), None),
        (("other", "", "charts"), "'other' has no figure type 'charts'"),
        (("ct", "", "chart"), "'ct' has no figure type 'chart'"),
        (("other", "mixed"), None),
    ],
)
def test_a_name_that_is_none_of_ours_is_told(names, fault):
    assert fault_of(*names) == fault


def test_publishers_words_compare_without_case_blanks_and_hyphens():
    assert string_key("X-Ray") == string_key("x_ray") == string_key(" X ray ") == "xray"
    strings = load_modalities().strings
    assert strings[string_key("CT(Computed Tomography)")] == ("ct", "", "")
    assert strings[string_key("us-d - doppler ultrasound")] == ("ultrasound", "Doppler", "")


def test_classes_of_the_prompts_are_names_of_ours():
    assert [fault_of(each.modality, "", each.figure_type) for each in load_prompts().classes] == [None] * len(load_prompts().classes)


def declared():
    """(source, word, what it declares) of every value table of modalities in what ships; '' where there is no table."""
    for manifest in load_manifests(FILE.parent):
        yield manifest.name, "", manifest.modality
        for layout in manifest.layouts:
            for table in layout.tables:
                if isinstance(table.modality, str):
                    yield manifest.name, "", table.modality
                else:
                    yield from ((manifest.name, str(word), said) for word, said in table.modality.get("values", {}).items())


def test_manifests_declare_names_of_ours_and_mean_by_a_publishers_word_what_is_written_here():
    found = set(declared())
    assert [(source, said) for source, _, said in found if said not in (*MODALITIES, "unknown")] == []
    strings = load_modalities().strings
    meant = [(source, word, said, strings[string_key(word)][0]) for source, word, said in found if string_key(word) in strings]
    assert [each for each in meant if each[2] not in (each[3], "unknown")] == []
    assert len(meant) > 10
