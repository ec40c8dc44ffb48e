"""the real annotation files of the label sets: every row accounted for, five of each checked by hand"""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

from curate.ingest.example import run_example
from curate.manifest import Manifest
from schemas.found import FileFault
from schemas.sample import Sample
from tests.curate.ingest.reading import give, manifest, rejected
from tests.curate.ingest.real_rows import ANNOTATIONS, MANIFESTS, account, answers, boxes, document, of_reason, pinned, read, table

OURS = [manifest for manifest in MANIFESTS.values() if Path(manifest.path).parent.parent.name == "tests"]


@pytest.mark.parametrize("ours", OURS, ids=lambda ours: ours.name)
def test_a_manifest_for_these_files_gives_what_its_examples_say(ours: Manifest) -> None:
    assert len(ours.examples) == 2
    assert [run_example(ours, example) for example in ours.examples] == [[], []]


def voc(path: Path) -> list[tuple[str, int, int, int, int]]:
    """Label and corners of each object, as the file has them."""
    return [
        (item.findtext("name", ""), *(int(item.findtext(f"bndbox/{side}", "")) for side in ("xmin", "ymin", "xmax", "ymax")))  # type: ignore[misc]
        for item in fromstring(path.read_bytes()).iter("object")
    ]


def test_bccd_by_its_voc_files() -> None:
    published = {path.stem: voc(path) for path in (ANNOTATIONS / "bccd-voc" / "Annotations").iterdir()}
    assert (len(published), sum(map(len, published.values()))) == (120, 1870)
    found = read("bccd", "bccd-voc", {f"JPEGImages/{name}.jpg": (640, 480) for name in published})
    assert account(found) == ({"boxes": (120, 120, 0)}, {})
    drawn = boxes(found)
    assert drawn == {  # corners are pixels counted from 1, the last included
        f"bccd/{name}": [(kind, x - 1, y - 1, right - x + 1, bottom - y + 1) for kind, x, y, right, bottom in corners]
        for name, corners in published.items()
    }
    rows = {
        "00000": ("WBC RBC", "0ea8829abfb9"),
        "00001": ("WBC RBC", "4c5e864f9097"),
        "00037": ("WBC RBC Platelets", "6f234088d843"),
        "00100": ("RBC WBC Platelets", "34c6b4b19edd"),
        "00139": ("RBC WBC Platelets", "0b590759d05e"),
    }
    wanted = {
        f"bccd/BloodImage_{id}": (
            "", "microscopy", "MIT", f"JPEGImages/BloodImage_{id}.jpg", f"bccd_image=BloodImage_{id}", labels, text,
        )
        for id, (labels, text) in rows.items()
    }  # fmt: skip
    assert pinned(found, wanted) == wanted
    edges = drawn["bccd/BloodImage_00000"]  # boxes at each border of the image, by eye
    assert edges[5] == ("RBC", 554.0, 355.0, 86.0, 100.0)
    assert edges[6:8] == [("RBC", 468.0, 411.0, 99.0, 69.0), ("RBC", 0.0, 332.0, 87.0, 105.0)]
    assert edges[15] == ("RBC", 259.0, 0.0, 115.0, 83.0)


def test_bccd_by_the_one_table_of_its_boxes() -> None:
    rows = table("bccd-voc/test.csv")
    names = {row["filename"] for row in rows}
    assert (len(rows), len(names)) == (4888, 364)
    sizes = {f"JPEGImages/{name}": (640, 480) for name in names}
    found = read("bccd", "bccd-voc", sizes, without=("Annotations/",))
    assert account(found) == ({"boxes": (4888, 364, 0)}, {})
    drawn, by_file = boxes(found), boxes(read("bccd", "bccd-voc", sizes))
    assert (sum(map(len, drawn.values())), len(by_file)) == (4886, 120)
    assert {id: drawn[id] for id in by_file} == by_file
    left_out = [row["filename"] for row in rows if row["xmin"] == row["xmax"] or row["ymin"] == row["ymax"]]  # of one pixel, as published
    assert left_out == ["BloodImage_00338.jpg", "BloodImage_00343.jpg"]
    assert [(fault.reason, fault.found, fault.notice) for fault in found if isinstance(fault, FileFault)] == [
        ("box_no_area", "boxes without an area, or too small: 2, in 2 of 364 rows, first in row 3938", True)
    ]


def test_covid_chestxray_with_the_licence_of_each_image() -> None:
    rows = table("covid-chestxray/ieee8023-metadata.csv")
    assert len(rows) == 279
    found = read("covid_chestxray", "covid-chestxray", [f"{row['folder']}/{row['filename'].strip()}" for row in rows])
    assert account(found) == ({"images": (279, 258, 21)}, {"not_selected_by_manifest": 21})
    assert of_reason(found, "not_selected_by_manifest") == {
        f"covid_chestxray/{row['filename']}" for row in rows if row["folder"] == "volumes"
    }
    assert Counter(item.license for item in found if isinstance(item, Sample)) == {
        "unknown": 150, "CC-BY-NC-SA": 100, "CC-BY-NC-ND": 6, "CC-BY": 2,
    }  # fmt: skip
    assert Counter(item.modality for item in found if isinstance(item, Sample)) == {"xray": 235, "ct": 23}
    pins = {  # a first row; two findings; a slice; a blank after the file's name; a film without any finding
        "auntminnie-a-2020_01_28_23_51_6665_2020_01_28_Vietnam_coronavirus.jpeg": (
            "xray",
            "unknown",
            "images",
            2,
            "COVID-19",
            "f7bc103fc5c3",
        ),
        "covid-19-pneumonia-rapidly-progressive-admission.jpg": ("xray", "CC-BY-NC-SA", "images", 96, "COVID-19 ARDS", "7543085bd861"),
        "kjr-21-e24-g001-l-b.jpg": ("ct", "CC-BY-NC-SA", "images", 63, "COVID-19", "b9301a46cc67"),
        "covid-19-caso-70-2-APS.jpg": ("xray", "unknown", "images", 139, "COVID-19", "f519c36f5ec1"),
        "F051E018-DAD1-4506-AD43-BE4CA29E960B.jpeg": ("xray", "unknown", "images", 38, "No Finding", "ae715ae97314"),
    }
    wanted = {
        f"covid_chestxray/{name}": ("", modality, license, f"{folder}/{name}", f"patient={patient}", labels, text)
        for name, (modality, license, folder, patient, labels, text) in pins.items()
    }
    assert pinned(found, wanted) == wanted


def test_figure1_metadata_in_an_encoding_of_single_bytes() -> None:
    rows = table("covid-chestxray/figure1-metadata.csv", "cp1252")
    assert (len(rows), sum(not row["finding"] for row in rows)) == (55, 15)
    found = read("figure1_covid", "covid-chestxray", [f"images/{row['patientid']}.jpg" for row in rows])
    assert account(found) == ({"films": (55, 40, 15)}, {"text_missing": 15})
    assert of_reason(found, "text_missing") == {f"figure1_covid/{row['patientid']}" for row in rows if not row["finding"]}
    pins = {  # a letter is another film of the same patient; 00023 has nothing but its finding
        "00001": ("COVID-19", "cdfd2987f8b0"),
        "00015a": ("COVID-19", "6f73024f463d"),
        "00016": ("COVID-19", "d7b720498d5d"),
        "00023": ("No finding", "01560d8def55"),
    }
    wanted = {
        f"figure1_covid/COVID-{id}": ("", "xray", "unknown", f"images/COVID-{id}.jpg", f"patient=COVID-{id[:5]}", labels, text)
        for id, (labels, text) in pins.items()
    }
    assert pinned(found, wanted) == wanted
    assert answers(found)["figure1_covid/COVID-00016"].count("\N{RIGHT SINGLE QUOTATION MARK}") == 2  # bytes 0x92


def test_figure1_metadata_read_as_utf_8_loses_the_two_rows_that_are_none() -> None:
    turns = [{"user": "{patientid}"}, {"assistant": "{notes}"}]
    source = manifest({"files": ["metadata.csv"], "format": "table", "row": "{patientid}", "turns": turns})
    found = give(source, {"metadata.csv": (ANNOTATIONS / "covid-chestxray/figure1-metadata.csv").read_bytes()})
    assert of_reason(found, "bad_encoding") == {"s/metadata.csv:7", "s/metadata.csv:18"}
    assert len(rejected(found)) == 8  # the other six have no notes


def test_hannover_films_of_the_device_and_projection() -> None:
    rows = table("covid-chestxray/hannover-data.csv")
    assert len(rows) == 243
    found = read("hannover_covid", "covid-chestxray", [f"png/{row['image_id']}.png" for row in rows])
    assert account(found) == ({"films": (243, 243, 0)}, {})
    pins = {  # 7b68340a has no value of any blood test
        "fff13f3a": ("024e7871", "aed920f96993"),
        "b343e657": ("042f06a9", "d0a320824494"),
        "7b68340a": ("663cea67", "9e59d8caa9d3"),
        "90986ce4": ("ff488d3e", "923a309860b9"),
    }
    wanted = {
        f"hannover_covid/{id}": ("", "xray", "CC-BY-3.0", f"png/{id}.png", f"patient={patient}", "COVID-19", text)
        for id, (patient, text) in pins.items()
    }
    assert pinned(found, wanted) == wanted


def test_fitzpatrick17k_without_what_its_publisher_calls_wrong() -> None:
    rows = table("fitzpatrick17k/fitzpatrick17k.csv")
    wrong = {row["md5hash"] for row in rows if row["qc"].startswith("3")}
    unfetched = {row["md5hash"] for row in rows if not row["url"]}
    assert (len(rows), len(wrong), len(unfetched), len(wrong & unfetched)) == (6000, 6, 19, 0)
    found = read("fitzpatrick17k", "fitzpatrick17k", [f"images/{row['md5hash']}.jpg" for row in rows if row["url"]])
    assert account(found) == ({"images": (6000, 5975, 25)}, {"image_missing": 19, "not_selected_by_manifest": 6})
    assert of_reason(found, "image_missing") == {f"fitzpatrick17k/{name}" for name in unfetched}
    assert of_reason(found, "not_selected_by_manifest") == {f"fitzpatrick17k/{name}" for name in wrong}
    pins = {  # 9bc2 has no skin type (-1), d1fb is marked as diagnostic
        "5e82a45bc5d78bd24ae9202d194423f8": ("drug induced pigmentary changes non-neoplastic inflammatory", "2c9d5e6e1830"),
        "9bc21ae9502b720f604907ff56dbc4c7": ("necrobiosis lipoidica non-neoplastic inflammatory", "0e6ca2a82547"),
        "d1fb87ee7ee50f997cd6497dd90d6bbb": ("acne vulgaris non-neoplastic inflammatory", "423a6f669bb1"),
        "b87804452f60aa162a6d29c0f66a2466": ("melanoma malignant malignant melanoma", "dc2a2cfee5d2"),
        "1e119546f5bc2b9165bb10ddd7fe5f69": ("xeroderma pigmentosum non-neoplastic genodermatosis", "6c70e5ec4be6"),
    }
    wanted = {
        f"fitzpatrick17k/{id}": ("", "photography", "CC-BY-NC-SA-3.0", f"images/{id}.jpg", f"fitzpatrick_image={id}", labels, text)
        for id, (labels, text) in pins.items()
    }
    assert pinned(found, wanted) == wanted


def test_isic_archive_with_one_file_for_each_image() -> None:
    names = [json.loads(path.read_text(encoding="utf-8"))["name"] for path in (ANNOTATIONS / "isic-json").iterdir()]
    assert len(set(names)) == 100
    found = read("isic_archive", "isic-json", [f"{name}.jpg" for name in names])
    assert account(found) == ({"images": (100, 100, 0)}, {})
    assert Counter(item.labels for item in found if isinstance(item, Sample)) == {("benign", "nevus"): 79, ("malignant", "melanoma"): 21}
    pins = {  # 0000080 has neither age nor sex
        "0000000": ("benign nevus", "68cfe086bc4b"),
        "0000002": ("malignant melanoma", "2ef1f9a8bd0b"),
        "0000004": ("malignant melanoma", "2ef1f9a8bd0b"),
        "0000080": ("benign nevus", "92301fb8e5e3"),
        "0000099": ("benign nevus", "f35935e64073"),
    }
    wanted = {
        f"isic_archive/ISIC_{id}": ("", "dermoscopy", "CC0-1.0", f"ISIC_{id}.jpg", f"isic_image=ISIC_{id}", labels, text)
        for id, (labels, text) in pins.items()
    }
    assert pinned(found, wanted) == wanted


def test_mhsma_images_and_labels_by_their_place_in_arrays() -> None:
    parts = ("acrosome", "head", "vacuole", "tail")
    arrays = [np.load(ANNOTATIONS / "mhsma" / f"y_{part}_test.npy", allow_pickle=False) for part in parts]
    cells = list(zip(*(array.tolist() for array in arrays)))
    assert [int(array.sum()) for array in arrays] == [87, 81, 38, 16]
    found = read("mhsma", "mhsma")
    assert account(found) == ({"cells": (300, 300, 0)}, {})
    assert [item.images for item in found if isinstance(item, Sample)] == [(f"mhsma/x_64_test.npy#{row}",) for row in range(300)]
    said = [tuple(label.endswith(" abnormal") for label in item.labels) for item in found if isinstance(item, Sample)]
    assert said == [tuple(map(bool, cell)) for cell in cells]
    rows = {  # 1 is normal, 34 in its tail alone; no cell is abnormal in all
        0: "7826303c5513", 1: "3f47df72bc85", 34: "61934be33c44", 150: "5dcb0a94516a", 299: "3cdc7bde4c2a",
    }  # fmt: skip
    states = {id: " ".join(f"{part} {('normal', 'abnormal')[value]}" for part, value in zip(parts, cells[id])) for id in rows}
    wanted = {
        f"mhsma/test/{id}": ("test", "microscopy", "CC-BY-NC-SA-4.0", f"x_64_test.npy#{id}", "", states[id], text)
        for id, text in rows.items()
    }
    assert pinned(found, wanted) == wanted


def gzipped(path: str) -> list[list[str]]:
    with gzip.open(ANNOTATIONS / path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def test_nih_chestxray14_with_all_its_labels_and_boxes() -> None:
    rows, drawn = gzipped("nih-chestxray14/Data_Entry_2017_v2020.csv.gz"), gzipped("nih-chestxray14/BBox_List_2017.csv.gz")
    boxed = {row[0] for row in drawn}
    assert (len(rows), len(drawn), len(boxed)) == (112_120, 984, 880)
    pins = {  # 00025262_000 has most findings; 00030805_000 is the last
        "00000001_000": ("1", "Cardiomegaly", "c57ff3aa3d47"),
        "00000005_001": ("5", "No Finding", "9a03bc4b0feb"),
        "00030805_000": ("30805", "No Finding", "af1f26edd110"),
        "00000013_005": ("13", "Emphysema Infiltration Pleural_Thickening Pneumothorax", "548feb1bbdf9"),
        "00025262_000": (
            "25262", "Atelectasis Consolidation Edema Effusion Infiltration Mass Nodule Pleural_Thickening Pneumonia", "9e4bc3a5304b",
        ),
    }  # fmt: skip
    there = boxed | {f"{id}.png" for id in pins}
    found = read("nih_chestxray14", "nih-chestxray14", {f"images_001/images/{name}": (1024, 1024) for name in there})
    kept = len(there)
    assert account(found) == ({"images": (112_120, kept, 112_120 - kept), "boxes": (984, 880, 0)}, {"image_missing": 112_120 - kept})
    labels = {item.id: "|".join(item.labels) for item in found if isinstance(item, Sample) and item.table == "images"}
    assert labels == {f"nih_chestxray14/{row[0]}": row[1] for row in rows if row[0] in there}
    published: dict[str, list[tuple[float, ...]]] = {}
    for row in drawn:
        published.setdefault(f"nih_chestxray14/boxes/{row[0]}", []).append(tuple(map(float, row[2:6])))
    told = boxes(found)
    assert {id: [box[1:] for box in each] for id, each in told.items()} == published
    wanted = {
        f"nih_chestxray14/{id}.png": (
            "", "xray", "NIH-Attribution", f"images_001/images/{id}.png", f"patient={patient} nih_image={id}.png", labels, text,
        )
        for id, (patient, labels, text) in pins.items()
    }  # fmt: skip
    assert pinned(found, wanted) == wanted
    assert [box[0] for box in told["nih_chestxray14/boxes/00010277_000.png"]] == ["pleural effusion", "infiltration", "a mass", "pneumonia"]


def test_publaynet_pages_with_the_boxes_of_their_parts() -> None:
    pages = document("publaynet/samples.json")
    assert (len(pages["images"]), len(pages["annotations"])) == (20, 193)
    found = read("publaynet", "publaynet", {f"examples/{page['file_name']}": (page["width"], page["height"]) for page in pages["images"]})
    assert account(found) == ({"pages": (193, 20, 0)}, {})
    kinds = {kind["id"]: kind["name"] for kind in pages["categories"]}
    assert boxes(found) == {
        f"publaynet/{page['file_name']}": [
            (kinds[box["category_id"]], *box["bbox"]) for box in pages["annotations"] if box["image_id"] == page["id"]
        ]
        for page in pages["images"]
    }
    pins = {  # 5678782 has the most boxes, 4972521 the fewest
        "PMC4972521_00010": ("text figure", "2cae22b8e379"),
        "PMC3863500_00003": ("text table", "20545acc94c2"),
        "PMC3777717_00006": ("text figure", "0d5ac60a4e01"),
        "PMC5678782_00005": ("text table title", "80dffedd11bc"),
        "PMC4954804_00001": ("text figure list title", "0ca6ab7174a4"),
    }
    wanted = {
        f"publaynet/{id}.jpg": (
            "", "other", "CDLA-Permissive-1.0", f"examples/{id}.jpg", f"article={id[:10]}", labels, text,
        )
        for id, (labels, text) in pins.items()
    }  # fmt: skip
    assert pinned(found, wanted) == wanted
