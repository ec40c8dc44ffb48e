"""pictures and their questions -> VQA-RAD and SLAKE as published

vqa_rad: testset.json is on disk, so the benchmark is shielded; its two pictures are in trainset.json too, as in the real one, and
one train row repeats a test question on its picture word by word. slake: the picture of a Chinese train row is in the English test part.
"""

from __future__ import annotations

import json

from curate.sample.encode import jpeg
from curate.sample.gallery import Files, Gallery

RAD_FOLDER = "vqa_rad/VQA_RAD Image Folder"
RAD_TRAIN = ("chest_01", "chest_10", "leg_shaft", "head", "base", "spine", "brain_09", "brain_17", "shoulder", "belly")
RAD_TEST = ("base_face", "belly_kidney")

SLAKE_PICTURES = ("abdomen", "chest_12", "brain_11", "abdomen_kidneys", "belly_liver", "chest_02", "base", "chest", "brain_05")
SLAKE_TEST = "abdomen_bowel"
SLAKE_MODALITY = {"xray": "X-Ray", "ct": "CT", "mri": "MRI"}
CHINESE = {
    "xray": (("这是什么成像方式？", "X光"), ("图中显示的是CT吗？", "不是")),
    "ct": (("这是什么成像方式？", "CT"), ("这张图像是横断面吗？", "是")),
    "mri": (("这是什么成像方式？", "核磁共振"), ("图中显示的是X光吗？", "不是")),
}


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _rad_rows(gallery: Gallery, name: str, number: int, first: int) -> list[dict[str, object]]:
    shown = gallery.shown[name]
    organ = "CHEST" if "chest" in shown.region else "ABD" if "abdomen" in shown.region or "kidney" in shown.region else "HEAD"
    kinds = {"modality": "MODALITY", "region": "ORGAN", "closed": "MODALITY", "open": "ABN"}
    return [
        {
            "qid": first + offset,
            "image_name": f"synpic{number}.jpg",
            "image_organ": organ,
            "answer": asked.answer,
            "answer_type": "CLOSED" if asked.closed else "OPEN",
            "question_type": kinds[asked.kind],
            "question": asked.question,
            "phrase_type": "freeform",
        }
        for offset, asked in enumerate(gallery.asked(name))
    ]


def vqa_rad(gallery: Gallery) -> Files:
    """10 pictures x 4 questions to train on, 2 x 2 to test with; the test pictures have 3 train rows."""
    pictures = {name: 90001 + number for number, name in enumerate((*RAD_TRAIN, *RAD_TEST))}
    train = [row for name in RAD_TRAIN for row in _rad_rows(gallery, name, pictures[name], 10 * pictures[name])]
    face, kidney = (_rad_rows(gallery, name, pictures[name], 10 * pictures[name]) for name in RAD_TEST)
    test = [face[0], face[3], kidney[0], kidney[3]]
    train += [face[1], kidney[1]]  # other questions on test pictures: the default rule lets them stay in VQA-RAD's own train split
    train.append({**face[3], "qid": 999001})  # image and question verbatim in the test set
    train.append({**train[0], "qid": 999002, "question": "How many lungs are partly seen?", "answer": 2})  # a number, as in the real file
    train.append({**train[1], "qid": 999003, "question": "Is the picture sharp?", "answer": "NULL"})  # how that file says nothing is there
    files = {f"{RAD_FOLDER}/synpic{number}.jpg": jpeg(gallery.pixels[name]) for name, number in pictures.items()}
    return {"vqa_rad/trainset.json": _json(train), "vqa_rad/testset.json": _json(test), **files}


def _slake_rows(gallery: Gallery, name: str, number: int, first: int) -> list[dict[str, object]]:
    shown = gallery.shown[name]
    asked = [(one.question, one.answer, "en", "CLOSED" if one.closed else "OPEN") for one in gallery.asked(name)]
    asked += [(question, answer, "zh", "OPEN") for question, answer in CHINESE[shown.modality]]
    return [
        {
            "img_id": number,
            "img_name": f"xmlab{number}/source.jpg",
            "question": question,
            "answer": answer,
            "q_lang": language,
            "location": shown.region.capitalize(),
            "modality": SLAKE_MODALITY[shown.modality],
            "answer_type": kind,
            "base_type": "vqa",
            "content_type": "Modality",
            "triple": ["vhead", "_", "_"],
            "qid": first + offset,
        }
        for offset, (question, answer, language, kind) in enumerate(asked)
    ]


def slake(gallery: Gallery) -> Files:
    """7 pictures to train on, 2 to validate with, in two languages; 1 in the English test part and the Chinese train part."""
    rows = {name: _slake_rows(gallery, name, 9001 + k, 900100 + 10 * k) for k, name in enumerate((*SLAKE_PICTURES, SLAKE_TEST))}
    tested = rows.pop(SLAKE_TEST)
    train = [row for name in SLAKE_PICTURES[:7] for row in rows[name]] + [row for row in tested if row["q_lang"] == "zh"]
    validation = [row for name in SLAKE_PICTURES[7:] for row in rows[name]]
    pictures = {
        f"slake/imgs/xmlab{9001 + k}/source.jpg": jpeg(gallery.pixels[name]) for k, name in enumerate((*SLAKE_PICTURES, SLAKE_TEST))
    }
    return {
        "slake/train.json": _json(train),
        "slake/validate.json": _json(validation),
        "slake/test.json": _json([row for row in tested if row["q_lang"] == "en"]),
        **pictures,
    }
