import pytest

from curate.tag.header import header_terms, read_header
from curate.tag.vocabulary import Meaning

# PS3.3 C.7.3.1.1.1, table of defined terms, and those it lists as retired
IN_FORCE = """
ANN AR ASMT AU BDUS BI BMD CFM CR CT CTPROTOCOL DG DMS DOC DX ECG EEG EMG EOG EPS ES FID GM HC HD IO IOL IVOCT IVUS KER KO LEN LS
M3D MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS OT PA PLAN POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD
RTRECORD RTSEGANN RTSTRUCT RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA XA XAPROTOCOL XC
"""
RETIRED = "AS CD CF CP CS DD DF DM DS EC FA FS LP MA MS OPR ST VF"


def test_every_term_of_the_standard_is_known_and_no_other():
    beside = {"PET"}  # written by some PET scanners in place of PT
    assert set(header_terms()) == {*IN_FORCE.split(), *RETIRED.split(), *beside}


def test_a_term_that_says_nothing_is_no_evidence():
    assert [term for term, meaning in header_terms().items() if meaning is None] == ["OT", "HC"]


@pytest.mark.parametrize(
    ("term", "meaning"),
    [
        ("DX", Meaning(modality="xray")),
        ("CR", Meaning(modality="xray")),
        ("RTIMAGE", Meaning(modality="xray")),
        ("MG", Meaning(modality="xray", submodality="mammography")),
        ("XA", Meaning(modality="xray", submodality="angiography")),
        ("RF", Meaning(modality="xray", submodality="fluoroscopy")),
        ("IO", Meaning(modality="xray", submodality="dental")),
        ("PX", Meaning(modality="xray", submodality="dental")),
        ("BMD", Meaning(modality="xray", submodality="DXA")),
        ("CT", Meaning(modality="ct")),
        (" mr ", Meaning(modality="mri")),
        ("MA", Meaning(modality="mri", submodality="MRA")),
        ("US", Meaning(modality="ultrasound")),
        ("IVUS", Meaning(modality="ultrasound", submodality="IVUS")),
        ("EC", Meaning(modality="ultrasound", submodality="echocardiography")),
        ("CD", Meaning(modality="ultrasound", submodality="Doppler")),
        ("PT", Meaning(modality="pet")),
        ("NM", Meaning(modality="other", submodality="scintigraphy")),
        ("ST", Meaning(modality="other", submodality="SPECT")),
        ("DMS", Meaning(modality="dermoscopy")),
        ("OP", Meaning(modality="fundus")),
        ("FA", Meaning(modality="fundus", submodality="fluorescein angiography")),
        ("OPT", Meaning(modality="oct")),
        ("OPTENF", Meaning(modality="oct", submodality="OCTA")),
        ("IVOCT", Meaning(modality="oct", submodality="intravascular OCT")),
        ("ES", Meaning(modality="endoscopy")),
        ("CP", Meaning(modality="endoscopy")),
        ("SM", Meaning(modality="histopathology")),
        ("GM", Meaning(modality="microscopy")),
        ("CFM", Meaning(modality="microscopy")),
        ("XC", Meaning(modality="photography")),
        ("SR", Meaning(modality="other", figure_type="page")),
        ("DOC", Meaning(modality="other", figure_type="page")),
        ("PR", Meaning(modality="other", figure_type="page")),
        ("KO", Meaning(modality="other", figure_type="page")),
        ("ECG", Meaning(modality="other", figure_type="chart")),
        ("M3D", Meaning(modality="other", figure_type="rendering")),
        ("SEG", Meaning(modality="other")),
        ("OT", None),
        ("SC", None),  # a secondary capture is a SOP class, no modality
        ("ZZ", None),
        ("", None),
        (None, None),
    ],
)
def test_a_dicom_header_names_its_modality(term, meaning):
    assert read_header(term) == meaning
