"""DICOM Modality (0008,0060) -> what the image is"""

from __future__ import annotations

from collections.abc import Mapping

from curate.tag.words import Meaning

# PS3.3 C.7.3.1.1.1, defined terms; the retired ones still lie in old archives
_TERMS: Mapping[Meaning, str] = {
    Meaning(modality="xray"): "CR DX RG RTIMAGE BMD",
    Meaning(modality="xray", submodality="mammography"): "MG",
    Meaning(modality="xray", submodality="fluoroscopy"): "RF DF VF CF",
    Meaning(modality="xray", submodality="angiography"): "XA DS",
    Meaning(modality="xray", submodality="dental"): "IO PX",
    Meaning(modality="ct"): "CT",
    Meaning(modality="mri"): "MR",
    Meaning(modality="mri", submodality="MRA"): "MA",
    Meaning(modality="mri", submodality="MRS"): "MS",
    Meaning(modality="ultrasound"): "US BDUS",
    Meaning(modality="ultrasound", submodality="IVUS"): "IVUS",
    Meaning(modality="ultrasound", submodality="doppler"): "CD DD",
    Meaning(modality="ultrasound", submodality="echocardiography"): "EC",
    Meaning(modality="pet"): "PT PET",
    Meaning(modality="other", submodality="SPECT"): "NM ST",
    Meaning(modality="dermoscopy"): "DMS",
    Meaning(modality="fundus"): "OP FS",
    Meaning(modality="fundus", submodality="fluorescein angiography"): "FA",
    Meaning(modality="oct"): "OPT OCT IVOCT OPTBSV OPTENF",
    Meaning(modality="endoscopy"): "ES CP CS LP",
    Meaning(modality="histopathology"): "SM GM",
    Meaning(modality="photography"): "XC",
    Meaning(modality="other", figure_type="page"): "SR DOC PR KO PLAN RTPLAN RTRECORD",
    Meaning(modality="other", figure_type="chart"): "ECG EEG EMG EOG EPS HD RESP",
    Meaning(modality="other"): "SEG REG RTDOSE RTSTRUCT RWV FID AU SMR TG BI LS",
}
HEADER = {term: meaning for meaning, terms in _TERMS.items() for term in terms.split()}


def read_header(modality: str | None) -> Meaning | None:
    """What a DICOM Modality says, or None: absent, OT ('other' of the standard says nothing), or no term of the standard."""
    return HEADER.get((modality or "").strip().upper())
