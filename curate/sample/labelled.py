"""pictures and their labels -> NIH ChestX-ray14, IU X-ray (CSV), PathVQA as published; labels.csv, VOC boxes, DICOM files"""

from __future__ import annotations

import pickle
from functools import partial

import numpy as np

from curate.sample.encode import DicomFacts, dicom, jpeg, png
from curate.sample.gallery import Files, Gallery, csv_bytes, nuclei_in
from curate.sample.originals import dicom_file, halved, package_file, stored

NIH = tuple(f"chest_{row}{column}" for row in range(3) for column in range(3))
NIH_HEADER = b"Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]\n"  # noqa: E501
REPORTED = (("lung_left",), ("lungs_upper", "lungs_lower"), ("heart_shadow",), ("diaphragm",), ("chest",))
LABELLED_KINDS = ("fundus", "histopathology", "microscopy", "ultrasound", "ct", "mri")
NUCLEI = tuple(f"nuclei_{place}" for place in ("00", "01", "10", "11", "13", "20", "21", "22", "23", "31", "32", "33"))  # clear ones
TISSUE = ("glands_00", "glands_02", "glands_10", "glands_11", "glands_20", "glands_21", "skin_epidermis", "skin_keratin")


def nih(gallery: Gallery) -> Files:
    """Nine tiles of one chest radiograph: two patients of the train list, one of the test list; its header splits in its own brackets."""
    rows, files = [], {}
    for number, name in enumerate(NIH):
        patient, follow_up = 90000001 + number // 3, number % 3
        image = f"{patient}_{follow_up:03d}.png"
        height, width = gallery.pixels[name].shape
        label = gallery.shown[name].label
        rows.append(f"{image},{label},{follow_up},{patient},50,F,PA,{width},{height},0.4,0.4")
        files[f"nih_chestxray14/images/{image}"] = png(gallery.pixels[name])
    names = [row.split(",")[0] for row in rows]
    return {
        "nih_chestxray14/Data_Entry_2017_v2020.csv": NIH_HEADER + "".join(f"{row}\n" for row in rows).encode(),
        "nih_chestxray14/train_val_list.txt": "\n".join(names[:6]).encode() + b"\n",
        "nih_chestxray14/test_list.txt": "\n".join(names[6:]).encode() + b"\n",
        **files,
    }


def iu_xray(gallery: Gallery) -> Files:
    """Five reports in the CSV variant: one with two pictures, one without findings, one without both sections."""
    reports = [["uid", "MeSH", "Problems", "image", "indication", "comparison", "findings", "impression"]]
    places, files = [["uid", "filename", "projection"]], {}
    for number, names in enumerate(REPORTED):
        uid = 90001 + number
        seen = " ".join(f"{gallery.shown[name].seen[0].upper()}{gallery.shown[name].seen[1:]}." for name in names)
        findings = "" if number in (2, 4) else f"{seen} No effusion is seen. The bones are intact as far as shown. XXXX."
        signed = " Dictated by: Jane Example, MD, on 4 March 2019." if number == 1 else ""  # both invented
        impression = "" if number == 4 else f"{seen} Compare with earlier films where there are any.{signed}"
        reports.append([str(uid), "normal", "normal", "Xray Chest PA", "Cough.", "None.", findings, impression])
        for view, name in enumerate(names, 1):
            file = f"{uid}_IM-{number + 1:04d}-{view}001.dcm.png"
            places.append([str(uid), file, "Frontal"])
            files[f"iu_xray/images/images_normalized/{file}"] = png(gallery.pixels[name])
    return {"iu_xray/indiana_reports.csv": csv_bytes(reports), "iu_xray/indiana_projections.csv": csv_bytes(places), **files}


def labels_csv(gallery: Gallery) -> Files:
    """A folder with labels.csv (file, modality, label), the modality declared in each row, and a blank picture."""
    rows, files = [["file", "modality", "label"]], {}
    for kind in LABELLED_KINDS:
        for name in gallery.of(kind):
            file = f"{kind}/{name}.{'png' if kind == 'microscopy' else 'jpg'}"
            rows.append([file, kind, gallery.shown[name].label])
            files[f"sample_labelled/{file}"] = (png if kind == "microscopy" else jpeg)(gallery.pixels[name])
    rows.append(["ct/blank.png", "ct", "empty slice"])
    files["sample_labelled/ct/blank.png"] = png(np.full((128, 128), 7, np.uint8))
    return {"sample_labelled/labels.csv": csv_bytes(rows), **files}


def voc_nuclei(gallery: Gallery) -> Files:
    """BCCD's tree: Annotations, JPEGImages, ImageSets/Main; boxes of nuclei as thresholding finds them, counted from 1."""
    files = {}
    stems = [f"Nuclei_{number:05d}" for number in range(len(NUCLEI))]
    for stem, name in zip(stems, NUCLEI, strict=True):
        tile = gallery.pixels[name]
        boxes = "".join(
            f"<object><name>nucleus</name><difficult>0</difficult><bndbox><xmin>{box.left + 1}</xmin><ymin>{box.top + 1}</ymin>"
            f"<xmax>{box.right + 1}</xmax><ymax>{box.bottom + 1}</ymax></bndbox></object>\n"
            for box in nuclei_in(tile)
        )
        size = f"<size><width>{tile.shape[1]}</width><height>{tile.shape[0]}</height><depth>1</depth></size>"
        page = f"<annotation><folder>JPEGImages</folder><filename>{stem}.jpg</filename>{size}\n{boxes}</annotation>\n"
        files[f"sample_nuclei/BCCD/Annotations/{stem}.xml"] = page.encode()
        files[f"sample_nuclei/BCCD/JPEGImages/{stem}.jpg"] = jpeg(tile)
    files["sample_nuclei/BCCD/ImageSets/Main/train.txt"] = "".join(f"{stem}\n" for stem in stems[:9]).encode()
    files["sample_nuclei/BCCD/ImageSets/Main/val.txt"] = "".join(f"{stem}\n" for stem in stems[9:]).encode()
    return files


def pathvqa(gallery: Gallery) -> Files:
    """PathVQA's pickles: a list of image (without extension), question, answer."""
    files, rows = {}, []
    for number, name in enumerate(TISSUE, 1):
        image = f"train_{number:04d}"
        rows += [{"image": image, "question": asked.question, "answer": asked.answer} for asked in gallery.asked(name)[1:]]
        files[f"pathvqa/split/images/train/{image}.jpg"] = jpeg(gallery.pixels[name])
    return {"pathvqa/split/qas/train/train_qa.pkl": pickle.dumps(rows, protocol=4), **files}


INDEX = {  # what is in each DICOM file, in words that do not name its modality
    "cr_chest": "Frontal chest film with several rounded opacities in both lungs, as the plate reader stored it.",
    "cr_leg": "Film of a right lower leg with a lucent area in the distal tibia, as the plate reader stored it.",
    "ct_head": "Section through a head with a displaced midline, values shifted by one thousand and twenty-four.",
    "mr_shoulder": "Section through a shoulder with the round head of the humerus under the deltoid muscle.",
    "us_heart": "Four chambers of a beating heart seen from its apex in a sector of sound.",
    "ct_spine": "Section through one vertebra with its canal and the muscles beside it, reduced in size.",
    "mr_small": "Section through a joint at sixty-four pixels a side, which is just large enough.",
    "us_vessels": "Flow in red and blue in a sector that was recorded through the oesophagus.",
    "mr_truncated": "Section through a joint whose pixels end before the header says they should.",
}


def dicom_folder(gallery: Gallery) -> Files:
    """A folder of DICOM files and an index (file, description): the modality is in the headers alone. Four are the packages' own
    files byte by byte; the others are cut from large ones, as stored: MONOCHROME1, a rescale intercept, RGB, windows."""
    carried = {
        "ct_spine": package_file("pydicom", "data/test_files/CT_small.dcm"),
        "mr_small": package_file("pydicom", "data/test_files/MR_small.dcm"),
        "us_vessels": dicom_file("color-pl"),
        "mr_truncated": package_file("pydicom", "data/test_files/MR_truncated.dcm"),
    }
    data = {**_cut_dicoms(gallery), **{name: path.read_bytes() for name, path in carried.items()}}
    index = csv_bytes([["file", "description"], *([f"{name}.dcm", words] for name, words in INDEX.items())])
    return {"sample_dicom/index.csv": index, **{f"sample_dicom/{name}.dcm": data[name] for name in INDEX}}


def _cut_dicoms(gallery: Gallery) -> Files:
    chest = halved(stored(dicom_file("RG1_UNCR"))).astype(np.uint16)[80:880:2, 40:880:2]
    leg = halved(stored(dicom_file("RG3_UNCR"))).astype(np.uint16)[200:880:2, 200:640:2]
    head = np.clip(stored(dicom_file("693_UNCR"))[60:460, 90:430].astype(np.int32), 0, 4095).astype(np.uint16)
    shoulder = halved(stored(dicom_file("MR2_UNCR"))).astype(np.uint16)[100:400, 60:400]
    plate = partial(DicomFacts, modality="CR", photometric="MONOCHROME1")
    section = partial(DicomFacts, photometric="MONOCHROME2", bits=12)
    heart = DicomFacts(modality="US", photometric="RGB", number=5, bits=8, burned_in="NO")  # looked at: a sector and a dot, no letters
    return {
        "cr_chest": dicom(chest, plate(number=1, bits=15, window=(13000, 22000))),
        "cr_leg": dicom(leg, plate(number=2, bits=10, window=(550, 1023))),
        "ct_head": dicom(head, section(modality="CT", number=3, window=(40, 80), intercept=-1024)),
        "mr_shoulder": dicom(shoulder, section(modality="MR", number=4, window=(250, 500))),
        "us_heart": dicom(gallery.pixels["heart_070"], heart),
    }
