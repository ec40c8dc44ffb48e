"""packages that carry real images, a generator of drawings -> a folder of small data sets in the layouts they are published in

| folder | layout it follows | holds |
| --- | --- | --- |
| vqa_rad, slake, pathvqa | as published | questions on real pictures; the benchmarks' test parts |
| roco, llava_med, iu_xray | as published | captions, instructions, reports on real pictures |
| nih_chestxray14 | as published | labels of nine tiles of one real chest film |
| medquad, pubmedqa, alpacare | as published | invented text |
| sample_figures | PMC-OA | captions on real pictures in seven formats, broken rows |
| sample_labelled | labels.csv | six modalities of real pictures, declared row by row |
| sample_nuclei | BCCD (Pascal VOC) | boxes on real micrographs |
| sample_dicom | a folder of files | CR, CT, MR and US whose modality is in the header alone |
| sample_everyday | LLaVA-1.5 | the general domain |
| drawn_dermoscopy, drawn_oct, drawn_endoscopy | HAM10000, OCT2017, Kvasir-VQA | drawings |
| drawn_pet, drawn_photography, drawn_sperm | ROCOv2, PAD-UFES-20, MHSMA | drawings |
| drawn_figures | JSON list | charts and pages |
| holiday_notes | none | a folder that no manifest claims |

traps.py lists what is wrong in it on purpose; LICENCES.md says where each picture comes from.
"""

from __future__ import annotations

from pathlib import Path

from curate.sample import captions, drawings, labelled, questions, texts
from curate.sample.gallery import Files, open_gallery

LICENCES = Path(__file__).with_name("LICENCES.md")


def sample_files() -> Files:
    """Every file of the sample data by its path; the same bytes each time with the same versions of the packages. 10 s, 12 MB.

    Raises PackageMissing, which says what to install, where a package of the extra 'sample' is not there."""
    gallery = open_gallery()
    real = (
        questions.vqa_rad, questions.slake, captions.roco, captions.figures, captions.llava_med, captions.general, labelled.nih,
        labelled.iu_xray, labelled.labels_csv, labelled.voc_nuclei, labelled.pathvqa, labelled.dicom_folder,
    )  # fmt: skip
    invented = (
        drawings.skin, drawings.retina_layers, drawings.bowel, drawings.uptake, drawings.forearms, drawings.sperm_cells,
        drawings.figures_without_modality, texts.medquad, texts.pubmedqa, texts.med_instruct,
    )  # fmt: skip
    files: Files = {"LICENCES.md": LICENCES.read_bytes(), "holiday_notes/readme.txt": b"Nothing here belongs to a data set.\n"}
    for write in real:
        files |= write(gallery)
    for draw in invented:
        files |= draw()
    return files


def write_sample_data(folder: Path) -> None:
    """Writes the sample data below `folder`. A file that is there with the same bytes is left alone, so that a run over it resumes."""
    for path, data in sample_files().items():
        target = folder / path
        if target.is_file() and target.stat().st_size == len(data) and target.read_bytes() == data:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
