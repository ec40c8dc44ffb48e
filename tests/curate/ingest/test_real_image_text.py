"""the real annotation files of the image and text sets: every row accounted for, five of each checked by hand"""

import collections
import csv
import json
from dataclasses import replace

import pytest

from curate.screen.clean import clean_sample
from schemas.found import FileFault
from schemas.sample import Sample
from tests.curate.ingest.real_rows import ANNOTATIONS, MANIFESTS, account, lines, pinned, read

ROCO = {
    **{
        f"test-radiology-{name}.txt": f"data/test/radiology/{name}.txt"
        for name in ("captions", "licences", "keywords", "cuis", "semtypes", "dlinks")
    },
    "test-non-radiology-captions.txt": "data/test/non-radiology/captions.txt",
}
POINTERS = {f"llava_med_{name}.json.lfs-pointer": f"llava_med_{name}.json" for name in ("alignment_500k", "instruct_10k")}


def test_vqa_rad_in_its_split_form() -> None:
    names = [row["image_name"] for part in ("trainset", "testset") for row in json.loads("\n".join(lines(f"vqa-rad/{part}.json")))]
    found = read("vqa_rad", "vqa-rad", [f"VQA_RAD Image Folder/{name}" for name in names])
    assert account(found) == ({"train": (3064, 3064, 0), "test": (451, 451, 0)}, {})
    rows = {  # 2392 is answered with a number, 280 asks with tabs
        1: ("train", "54610", "d26ff5693172"), 2392: ("train", "45162", "86a9edc23f00"), 280: ("train", "26158", "58b2fa409a29"),
        11: ("test", "42202", "9eb71ac16209"), 13: ("test", "29265", "16be3f294f0d"),
    }  # fmt: skip
    wanted = {
        f"vqa_rad/{id}": (part, "", "CC0-1.0", f"VQA_RAD Image Folder/synpic{image}.jpg", f"synpic=synpic{image}", "", text)
        for id, (part, image, text) in rows.items()
    }
    assert pinned(found, wanted) == wanted


def test_slake_in_two_languages() -> None:
    found = read("slake", "slake", [f"imgs/xmlab{number}/source.jpg" for number in range(642)])
    assert account(found) == ({"train": (9835, 9834, 1), "validation": (2099, 2099, 0)}, {"text_missing": 1})
    rows = {  # the row before 1623 is the one without an answer
        0: ("train", "mri", 1, "526c53d87fb5"), 4919: ("train", "mri", 0, "649620404e1e"), 1623: ("train", "ct", 281, "98258964af70"),
        9835: ("validation", "mri", 0, "526c53d87fb5"), 11933: ("validation", "ct", 99, "be78ba3c4fe9"),
    }  # fmt: skip
    wanted = {
        f"slake/{id}": (part, modality, "CC-BY-4.0", f"imgs/xmlab{image}/source.jpg", f"slake_image=xmlab{image}", "", text)
        for id, (part, modality, image, text) in rows.items()
    }
    assert pinned(found, wanted) == wanted
    assert {item.id: item.language for item in found if isinstance(item, Sample) and item.id in ("slake/0", "slake/4919")} == {
        "slake/0": "en", "slake/4919": "zh",
    }  # fmt: skip


def test_vqa_med_2019_takes_the_first_accepted_answer() -> None:
    path = "vqa-med-2019/VQAMed2019_Test_Questions_w_Ref_Answers.txt"
    found = read("vqa_med_2019", "vqa-med-2019", [f"VQAMed2019_Test_Images/{line.split('|')[0]}.jpg" for line in lines(path)])
    assert account(found) == ({"test": (500, 500, 0)}, {})
    rows = {  # 35 keeps its brackets, 266 and 499 have alternatives
        0: ("54082", "8e59f53a5e9a"), 35: ("14955", "0846a7be0857"), 266: ("40410", "e41f9729eeeb"), 375: ("47476", "1fa98a7d5714"),
        499: ("54143", "39cd2062c31e"),
    }  # fmt: skip
    wanted = {
        f"vqa_med_2019/test/{row}": (
            "test", "", "CC-BY-4.0", f"VQAMed2019_Test_Images/synpic{image}.jpg", f"synpic=synpic{image}", "", text,
        )
        for row, (image, text) in rows.items()
    }  # fmt: skip
    assert pinned(found, wanted) == wanted


def test_pathvqa_by_the_lists_of_its_repository() -> None:
    book = {row["Image_ID"] for row in json.loads("\n".join(lines("pathvqa/QA_pairs_vb.json")))}
    images = [f"images/{name}.jpg" for name in book] + [f"images/val/val_{number:04}.jpg" for number in range(992)]
    found = read("pathvqa", "pathvqa", images)
    # 992 images, of which 160 have no question; the others 6,279, as the publisher counts
    assert account(found) == ({"pairs": (5429, 5429, 0), "sentences": (992, 6279, 160)}, {"nothing_to_explode": 160})
    rows = {
        "book/0": ("", "Fig.1", "f8ef3b6565a3"), "book/1": ("", "Fig.1", "bdf05e42d2db"), "book/5428": ("", "img_885", "bc9dc452f845"),
        "val/val_0000#0": ("validation", "val/val_0000", "23da790a4dc9"), "val/val_0000#1": ("validation", "val/val_0000", "694d08514fa0"),
    }  # fmt: skip
    wanted = {
        f"pathvqa/{id}": (part, "", "MIT", f"images/{image}.jpg", "", "", text) for id, (part, image, text) in rows.items()
    }
    assert pinned(found, wanted) == wanted


def test_iu_xray_as_two_tables() -> None:
    with (ANNOTATIONS / "iu-xray" / "indiana_projections.csv").open(encoding="utf-8") as file:
        names = [row["filename"] for row in csv.DictReader(file)]
    found = read("iu_xray", "iu-xray", [f"images_normalized/{name}" for name in names])
    assert account(found) == ({"csv": (3851, 3826, 25)}, {"text_missing": 25})
    rows = {  # 3 and 3999 have no findings, 326 has no impression
        1: ("1_IM-0001-4001 1_IM-0001-3001", "61ea89a249cd"), 3: ("3_IM-1384-1001 3_IM-1384-2001", "91b8a747c811"),
        326: ("326_IM-1546-2002 326_IM-1546-12012", "df10006d3157"), 1033: ("1033_IM-0027-4004 1033_IM-0027-2001", "a17a3c1e13cd"),
        3999: ("3999_IM-2049-1001 3999_IM-2049-2001", "6fda475b853e"),
    }  # fmt: skip
    wanted = {
        f"iu_xray/CXR{id}": (
            "", "xray", "CC-BY-NC-ND-4.0", " ".join(f"images_normalized/{image}.dcm.png" for image in images.split()),
            f"study=CXR{id} cxr_report=CXR{id}", "", text,
        )
        for id, (images, text) in rows.items()
    }  # fmt: skip
    assert pinned(found, wanted) == wanted


def test_roco_with_the_licence_of_each_image() -> None:
    images = [
        f"data/test/{part}/images/{line[:10]}.jpg"
        for part in ("radiology", "non-radiology")
        for line in lines(f"roco/test-{part}-captions.txt")
    ]
    found = read("roco", "roco", images, ROCO)
    assert account(found) == ({"radiology": (8179, 8179, 0), "non-radiology": (612, 612, 0)}, {})
    assert collections.Counter(item.license for item in found if isinstance(item, Sample) and item.table == "radiology") == {
        "CC-BY": 3442, "CC-BY-NC-SA": 1501, "CC-BY-NC": 1305, "CC-BY-NC-ND": 973, "unknown": 938, "CC-BY-ND": 9, "CC-BY-SA": 7,
        "CC0-1.0": 4,
    }  # fmt: skip
    rows = {  # 81827 is of the part whose licences are not here
        "00001": ("radiology", "CC-BY-NC", "article=PMC4608653 figure=PMC4608653/cro-0008-0385-g01", "4fff7faece93"),
        "00036": ("radiology", "unknown", "article=PMC5006714 figure=PMC5006714/medscimonit-22-2972-g003", "346e1a395219"),
        "18256": ("radiology", "CC0-1.0", "article=PMC1570091 figure=PMC1570091/ehp0114-001432f7", "dc3af66c482f"),
        "81798": ("radiology", "CC-BY", "article=PMC4063595 figure=PMC4063595/OL-08-01-0446-g02", "013c073b6cee"),
        "81827": ("non-radiology", "unknown", "", "e1369d898bdb"),
    }
    wanted = {
        f"roco/ROCO_{id}": ("test", "", license, f"data/test/{part}/images/ROCO_{id}.jpg", keys, "", text)
        for id, (part, license, keys, text) in rows.items()
    }
    assert pinned(found, wanted) == wanted


def test_medicat_whose_cleaning_cuts_the_labels_of_its_figures() -> None:
    found = read("medicat", "medicat")
    assert account(found) == ({"figures": (10, 10, 0)}, {})
    cleaned = [clean_sample(item) for item in found if isinstance(item, Sample)]
    assert collections.Counter(step for _, steps in cleaned for step in steps) == {"cut_figure_label": 10}
    first, second = "26491ab76c6e8d6acc582e71bb6b3b5f5601ccc2", "57c9ad0f4aab133f96d40992c46926fabc901ffa"
    rows = {
        (first, 3, 4): ("unknown", "10.1001/archopht.117.11.1553", "4900b196617a"),
        **{(second, 2, number): ("CC-BY-NC-ND", "10.14309/crj.2014.54", text)
           for number, text in ((1, "dc4212526231"), (2, "9d8d68a34d5e"), (3, "8caf9743cc63"), (4, "8f32703a1562"))},
    }  # fmt: skip
    wanted = {
        f"medicat/{paper}_{page}-Figure{number}-1.png": (
            "", "", license, f"figures/{paper}_{page}-Figure{number}-1.png",
            f"article={paper} figure={paper}/Figure{number} doi={doi}", "", text,
        )
        for (paper, page, number), (license, doi, text) in rows.items()
    }  # fmt: skip
    assert pinned([sample for sample, _ in cleaned], wanted) == wanted


def test_llava_med_evaluation_rows_and_the_pointers_of_a_clone_without_lfs() -> None:
    images = [f"images/{json.loads(line)['image']}" for line in lines("llava-med/llava_med_eval_qa50_qa.jsonl")]
    found = read("llava_med", "llava-med", images, POINTERS)
    assert account(found) == ({"eval": (193, 193, 0)}, {})
    assert {(item.file, item.reason) for item in found if isinstance(item, FileFault)} == {
        ("llava_med_eval_qa50_qa.jsonl", "value_unlisted"), *((name, "lfs_pointer") for name in POINTERS.values()),
    }  # fmt: skip
    rows = {  # the first two and the last show what is of two kinds
        0: ("", "18063892_F3", "c0fbae67200e"), 1: ("", "18063892_F3", "2560b152dd03"), 50: ("ct", "24554380_Fig23", "344849b3788c"),
        100: ("mri", "30910324_fig3", "d97cf9aa89a1"), 192: ("", "34574873_healthcare-09-01099-f003", "cc6a67f86348"),
    }  # fmt: skip
    wanted = {
        f"llava_med/eval/{id}": (
            "test", modality, "CC-BY-NC-4.0", f"images/{figure}.jpg", f"article={figure[:8]} figure={figure} pmid={figure[:8]}", "", text,
        )
        for id, (modality, figure, text) in rows.items()
    }  # fmt: skip
    assert pinned(found, wanted) == wanted


def test_reworded_questions_of_kvasir_vqa_have_no_images() -> None:
    assert account(read("kvasir_vqa", "kvasir-vqa")) == ({"reworded": (8000, 0, 8000)}, {"image_missing": 8000})


def test_what_the_reworded_questions_say_is_read_right_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their table without its image rule: no row gets as far as its text with it."""
    kvasir = MANIFESTS["kvasir_vqa"]
    layouts = tuple(replace(layout, tables=tuple(replace(table, image=()) for table in layout.tables)) for layout in kvasir.layouts)
    monkeypatch.setitem(MANIFESTS, "kvasir_vqa", replace(kvasir, layouts=layouts))
    found = read("kvasir_vqa", "kvasir-vqa")
    rows = {0: "0882b54bdd1d", 1: "d37e2d610e67", 2500: "01043b1ccc45", 4321: "ca246babb892", 7999: "afbcddad0224"}
    wanted = {f"kvasir_vqa/reworded/{row}": ("", "endoscopy", "CC-BY-NC-4.0", "", "", "", text) for row, text in rows.items()}
    assert pinned(found, wanted) == wanted
