"""pictures and their captions -> ROCO, LLaVA-Med and a PMC-OA-like list of figures as published, with most of the traps"""

from __future__ import annotations

import json

import numpy as np

from curate.sample.encode import bmp, gif, jpeg, jpeg_with_secrets, png, png16, resized, tiff, truncated, webp
from curate.sample.gallery import Files, Gallery

ROCO = "roco/data/{split}/{part}"
ROCO_TRAIN = (
    "leg", "leg_shaft", "lung_right", "head", "base", "abdomen", "cerebrum_low", "brain_03", "brain_11", "brain_13", "brain_19", "belly",
    "shoulder", "shoulder_roof", "heart_000", "heart_041", "node_left", "pelvis_left",
)  # fmt: skip
ROCO_VALIDATION = ("leg_ankle", "brain_01", "heart_106")
ROCO_OTHER_KINDS = ("glands_00", "glands_12", "skin_epidermis", "nuclei_00", "nuclei_32", "retina", "retina_lower", "cell")
LICENCES = ("CC BY", "CC BY-NC-SA", "CC BY", "CC BY-NC", "NO-CC CODE", "CC0")  # as ROCO's licences.txt writes them

SHORT = "Radiograph of a leg."
VAGUE = "The arrow points at the structure that is discussed in the third paragraph of this section."
SAME_TEXT = "Ultrasound image of the heart from the apex as it is routinely obtained at our department."

FIGURES = (
    "leg_lesion", "head_left", "base_posterior", "cerebrum_high", "brain_07", "brain_23", "belly_liver", "shoulder_head", "heart_023",
    "heart_089", "vessels", "pelvis_right", "retina_disc", "glands_22", "nuclei_13", "cell_close",
)  # fmt: skip
ALIGNED = (
    "chest_10", "abdomen_kidneys", "spine", "brain_15", "shoulder_socket", "node_right", "retina_macula", "retina_upper", "glands_20",
    "skin_keratin", "nuclei_23", "nuclei_11",
)  # fmt: skip
INSTRUCTED = (
    "heart_shadow", "base", "brain_05", "brain_21", "retina_lower", "retina_outer", "retina_upper_temporal", "retina_lower_nasal",
    "glands_01", "glands_10", "glands_11", "glands_21", "skin_epidermis", "leg_ankle",
)  # fmt: skip


def too_long(gallery: Gallery) -> str:
    """Some 1,700 words: the captions of every radiology picture, twice, each time with another beginning."""
    captions = [gallery.shown[name].caption for kind in ("xray", "ct", "mri", "ultrasound") for name in gallery.of(kind)]
    return " ".join(f"{start} {caption}" for start in ("Panel of the composite plate:", "Second reading:") for caption in captions)


def _roco_part(split: str, part: str, rows: list[tuple[str, str]], pictures: dict[str, bytes]) -> Files:
    folder = ROCO.format(split=split, part=part)
    figures = [f"{key},PMC90{int(key[5:])}_sample-{int(key[5:])}-g001.jpg,{LICENCES[int(key[5:]) % 6]}" for key, _ in dict(rows).items()]
    return {
        f"{folder}/captions.txt": "".join(f"{key}\t {caption}\n" for key, caption in rows).encode(),
        f"{folder}/licences.txt": ("ROCO_ID,PMC_ID,CC\n" + "".join(f"{line}\n" for line in figures)).encode(),
        f"{folder}/keywords.txt": "".join(f"{key}\t\timage\tregion\n" for key, _ in rows).encode(),
        **{f"{folder}/images/{key}.jpg": data for key, data in pictures.items()},
    }


def roco(gallery: Gallery) -> Files:
    """Three parts; numbers from 90001 (train), 91001 (non-radiology), 92001 (validation); traps from 90101."""
    parts = (("train", "radiology", ROCO_TRAIN, 90001), ("train", "non-radiology", ROCO_OTHER_KINDS, 91001),
             ("validation", "radiology", ROCO_VALIDATION, 92001))  # fmt: skip
    files: Files = {}
    for split, part, names, first in parts:
        keys = {name: f"ROCO_{first + number}" for number, name in enumerate(names)}
        rows = [(key, gallery.shown[name].caption) for name, key in keys.items()]
        pictures = {key: jpeg(gallery.pixels[name], 75 if name == "lung_right" else 90) for name, key in keys.items()}
        if (split, part) == ("train", "radiology"):
            trap_rows, trap_pictures = _roco_traps(gallery, pictures)
            rows, pictures = rows + trap_rows, {**pictures, **trap_pictures}
        files |= _roco_part(split, part, rows, pictures)
    return files


def _roco_traps(gallery: Gallery, pictures: dict[str, bytes]) -> tuple[list[tuple[str, str]], dict[str, bytes]]:
    pixels, shown = gallery.pixels, gallery.shown
    face = shown["base_face"].caption
    traps: list[tuple[str, str, bytes | None]] = [
        ("ROCO_90101", "Radiograph of the lower leg from the front, seen a second time under another number.", pictures["ROCO_90001"]),
        (
            "ROCO_90102",
            "Radiograph of the ankle with an even joint space, from a download that broke off.",
            truncated(jpeg(pixels["chest_22"])),
        ),
        ("ROCO_90103", "Radiograph of the chest whose file came through without a single byte of content.", b""),
        ("ROCO_90104", "Radiograph of the chest that is listed here although its file was never delivered.", None),
        ("ROCO_90105", SHORT, jpeg(pixels["chest_20"])),
        ("ROCO_90106", too_long(gallery), jpeg(pixels["chest_21"])),
        (
            "ROCO_90107",
            "Axial CT image of the thoracic spine, cut so small that hardly anything is left of it.",
            jpeg(pixels["spine"][20:60, 44:84]),
        ),
        (
            "ROCO_90108",
            "Sagittal MR image of the cerebellum at sixty-four pixels, which is just large enough.",
            jpeg(pixels["hindbrain_6"]),
        ),
        ("ROCO_90109", face, jpeg(pixels["base_face"], 75)),
        ("ROCO_90110", SAME_TEXT, jpeg(pixels["heart_013"])),
        ("ROCO_90111", SAME_TEXT, jpeg(pixels["heart_057"])),
        ("ROCO_90112", VAGUE, jpeg(pixels["nuclei_31"])),
        (
            "ROCO_90113",
            "CT image of the head on which the window was set so that nothing can be seen.",
            jpeg(np.zeros((160, 160), np.uint8)),
        ),
        ("ROCO_90005", "CT image of the skull base, listed a second time under a number that was used before.", None),
    ]
    return [(key, caption) for key, caption, _ in traps], {key: data for key, _, data in traps if data is not None}


def figures(gallery: Gallery) -> Files:
    """PMC-OA's shape: JSON lines with image, caption, pmcid, url_name; many formats; rows that are broken in four ways."""
    writers = (png, jpeg, webp, bmp, gif, tiff)
    endings = ("png", "jpg", "webp", "bmp", "gif", "tif")
    lines: list[bytes] = []
    files: Files = {}
    for number, name in enumerate(FIGURES, 1):
        image = f"PMC90000{number:02d}_Fig1_0.{endings[number % 6]}"
        lines.append(_figure(image, gallery.shown[name].caption))
        files[f"sample_figures/images/{image}"] = writers[number % 6](gallery.pixels[name])
    for image, caption, data in _figure_traps(gallery):
        lines.append(_figure(image, caption))
        if data is not None:
            files[f"sample_figures/images/{image}"] = data
    lines.insert(3, b'{"image": "PMC9000090_Fig1_0.png", "caption": "Axial CT image of the abdo')
    foreign = _figure("PMC9000091_Fig1_0.png", "Frontal radiograph of a hand, 3 \N{MULTIPLICATION SIGN} 4 cm.")
    lines.insert(6, foreign.decode().encode("latin-1"))
    return {"sample_figures/pmc_oa.jsonl": b"\n".join(lines) + b"\n", **files}


def _figure(image: str, caption: str) -> bytes:
    pmc = image.split("_")[0]
    return json.dumps({"image": image, "caption": caption, "pmcid": pmc, "url_name": f"{pmc}-g001.jpg"}, ensure_ascii=False).encode()


def _figure_traps(gallery: Gallery) -> list[tuple[str, str, bytes | None]]:
    pixels = gallery.pixels
    return [
        (
            "PMC9000101_Fig1_0.png",
            "The right lung on a frontal chest radiograph with rounded opacities of different size.",
            png(pixels["lung_right"]),
        ),
        (
            "PMC9000102_Fig1_0.jpg",
            "Oblique coronal MR image of a shoulder joint, printed smaller than it was first shown.",
            jpeg(resized(pixels["shoulder"], 0.6), 85),
        ),
        (
            "PMC9000103_Fig1_0.png",
            "Frontal chest radiograph that someone saved as a text under a picture's name.",
            b"this is a text, not a picture\n",
        ),
        ("../../slake/imgs/xmlab9001/source.jpg", "Axial CT image of the abdomen that lies in the folder of someone else.", None),
        (
            "PMC9000104_Fig1_0.png",
            "Figure 2. Frontal radiograph of the left upper chest of Mr. John Sample, taken on 3 March 2019 and stored with sixteen bits"
            " for every pixel; the bar is &lt;5\u00a0mm.",
            png16(pixels["chest_02"]),
        ),
        (
            "PMC9000105_Fig1_0.jpg",
            "Whole-field fundus photograph of an eye whose file says where and by whom it was taken.",
            jpeg_with_secrets(resized(pixels["retina"], 0.8)[10:330, 30:]),
        ),
    ]


def llava_med(gallery: Gallery) -> Files:
    """The alignment file with its misspelt `conversatons`, the instruct file with several turns."""
    aligned, instructed, files = [], [], {}
    for number, name in enumerate(ALIGNED, 1):
        pair = f"9000{number:04d}_F1"
        turns = [
            {"from": "human", "value": "Describe the figure.\n<image>" if number % 2 else "<image>\nWhat does the figure show?"},
            {"from": "gpt", "value": gallery.shown[name].caption},
        ]
        aligned.append({"id": pair, "image": f"{pair}.jpg", "conversatons": turns})
        files[f"llava_med/data/images/{pair}.jpg"] = jpeg(gallery.pixels[name])
    for number, name in enumerate(INSTRUCTED, 1):
        pair = f"9000{number:04d}_F2"
        instructed.append(_instruction(gallery, name, pair, first=bool(number % 2)))
        files[f"llava_med/data/images/{pair}.jpg"] = jpeg(gallery.pixels[name])
    return {
        "llava_med/data/alignment/llava_med_alignment_500k.json": json.dumps(aligned, indent=1).encode(),
        "llava_med/data/instruct/llava_med_instruct_60k.json": json.dumps(instructed, indent=1).encode(),
        **files,
    }


def _instruction(gallery: Gallery, name: str, pair: str, *, first: bool) -> dict[str, object]:
    turns = [
        {"from": role, "value": words}
        for asked in gallery.asked(name)
        for role, words in (("human", asked.question), ("gpt", asked.answer[0].upper() + asked.answer[1:] + "."))
    ]
    turns[0]["value"] = f"<image>\n{turns[0]['value']}" if first else f"{turns[0]['value']}\n<image>"
    kinds = {"chest_xray": "xray", "mri": "mri", "histology": "histopathology", "gross": "", "ct_scan": "ct"}
    domain = {kind: gallery.shown[name].modality == modality for kind, modality in kinds.items()}
    return {"id": pair, "image": f"{pair}.jpg", "domain": domain, "conversations": turns}


def general(gallery: Gallery) -> Files:
    """LLaVA-1.5's shape, everyday pictures: the general domain."""
    rows, files = [], {}
    for number, name in enumerate(gallery.of("other"), 1):
        key = f"90000000{number}"
        for part, asked in enumerate(gallery.asked(name)[1::2]):
            turns = [{"from": "human", "value": f"<image>\n{asked.question}"}, {"from": "gpt", "value": asked.answer}]
            rows.append({"id": f"{key}{part}", "image": f"coco/train2017/{key}.jpg", "conversations": turns})
        files[f"sample_everyday/coco/train2017/{key}.jpg"] = jpeg(gallery.pixels[name])
    return {"sample_everyday/llava_v1_5_mix665k.json": json.dumps(rows, indent=1).encode(), **files}
