"""a word that no list of a manifest knows -> the one that is meant by it"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# How else it is said; the words are compared without case, blanks, '-', '_' and dots.
OTHERWISE = {
    "table": "csv tsv tab tabular delimited comma",
    "xlsx": "excel xls spreadsheet openpyxl",
    "jsonl": "ndjson jsonlines ldjson jsonlist json-lines",
    "json": "dict coco",
    "text": "txt plain plaintext string",
    "pickle": "pkl",
    "npy": "numpy array",
    "parquet": "pq arrow huggingface hf",
    "xml": "voc pascalvoc",
    "folders": "nifti nii nii.gz images image imagefolder folder directory directories files png jpg jpeg tif tiff dicom dcm volumes",
    "xray": "x-rays radiograph radiographs radiography radiology cxr chestxray dx cr dr mammography mammogram plainfilm",
    "ct": "cta cts computedtomography computerizedtomography catscan ctscan cbct",
    "mri": "mr mrt mris fmri dwi magneticresonance magneticresonanceimaging",
    "ultrasound": "us usg sonography sonogram ultrasonography echo echocardiography echocardiogram doppler",
    "dermoscopy": "dermatoscopy dermoscopic dermatoscopic dermatology skin",
    "fundus": "retina retinal cfp fundusphotography colorfundus colourfundus ophthalmoscopy",
    "histopathology": "histology pathology histopathological wsi h&e he biopsy",
    "microscopy": "microscope microscopic cytology bloodsmear electronmicroscopy",
    "oct": "octa opticalcoherencetomography opticalcoherence",
    "pet": "petct pet/ct spect nuclear nuclearmedicine scintigraphy",
    "endoscopy": "endoscope endoscopic colonoscopy gastroscopy laparoscopy bronchoscopy capsule",
    "photography": "photo photos photograph photographs clinicalphoto camera",
    "caption": "captions captioning imagecaption",
    "report": "reports reportgeneration",
    "vqa": "visualquestionanswering imageqa",
    "classification": "classify class label labels",
    "segmentation": "segment mask",
    "detection": "detect objectdetection boxes",
    "qa": "mcq mcqa multiplechoice questionanswering exam",
    "dialogue": "dialog chat conversation conversations",
    "yes": "true y allowed",
    "no": "false n forbidden noncommercial",
    "ask": "unknown maybe unclear",
    "open": "public free",
    "credentialed": "restricted physionet",
}  # fmt: skip
BLANKS = re.compile(r"[\s_./-]+")
MEANT = {BLANKS.sub("", word): name for name, words in OTHERWISE.items() for word in words.split()}


def meant(word: object, known: Iterable[object]) -> str:
    """`; is 'table' meant?`, `; nearest: ...` where it is only like one, or nothing."""
    names = [str(name) for name in known]
    said = BLANKS.sub("", str(word).casefold())
    by_blanks = {BLANKS.sub("", name): name for name in names}
    for name in (by_blanks.get(said), MEANT.get(said), MEANT.get(said.removesuffix("s"))):
        if name in names:
            return f"; is '{name}' meant?"
    return nearest(str(word), names)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; nearest: 'license'` or nothing."""
    close = difflib.get_close_matches(str(name), [str(word) for word in known], n=1, cutoff=0.6)
    return f"; nearest: '{close[0]}'" if close else ""
