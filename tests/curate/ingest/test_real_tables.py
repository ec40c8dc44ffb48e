"""real annotation files of lists in lists, of one object of lists, of captions made by a sentence: every row, five of each by digest"""

import json
import re

from schemas.found import FileFault
from schemas.sample import Sample
from tests.curate.ingest.real_rows import account, answers, document, lines, of_reason, pinned, read, table


def test_pubtabnet_whose_cells_are_lists_of_characters() -> None:
    rows = [json.loads(line) for line in lines("pubtabnet/PubTabNet_Examples.jsonl")]
    found = read("pubtabnet", "pubtabnet", [f"{row['split']}/{row['filename']}" for row in rows])
    assert account(found) == ({"tables": (20, 20, 0)}, {})
    assert [item for item in found if isinstance(item, FileFault)] == []
    texts = {row["filename"]: [re.sub("</?(?:b|i|sup|sub)>", "", "".join(cell["tokens"])) for cell in row["html"]["cells"]] for row in rows}
    samples = {item.id.removeprefix("pubtabnet/"): item for item in found if isinstance(item, Sample)}
    assert {name: sample.turns[1].text for name, sample in samples.items()} == {
        name: "\n".join(text.strip() for text in cells if text.strip()) for name, cells in texts.items()
    }
    frames = {row["filename"]: f"<table>{''.join(row['html']['structure']['tokens'])}</table>" for row in rows}
    assert {name: sample.turns[3].text for name, sample in samples.items()} == frames
    assert samples["PMC4517499_004_00.png"].turns[1].text.startswith("Type of delay\nMean\nSD\nMedian\nIQR\nMin\n")
    digests = {
        "PMC4840965_004_00": "4705850b14f6", "PMC4517499_004_00": "fca444eee1a0", "PMC3519711_003_00": "f65874db8e71",
        "PMC5577841_001_00": "619ac4b508e9", "PMC5402779_004_00": "004b4d7a30bc",
    }  # fmt: skip
    wanted = {
        f"pubtabnet/{name}.png": ("train", "other", "CDLA-Permissive-1.0", f"train/{name}.png", f"article={name[:10]}", "", digest)
        for name, digest in digests.items()
    }
    assert pinned(found, wanted) == wanted


def test_biomedica_one_object_of_lists() -> None:
    first, second = "expert_derived_taxonomy", "taxonomy_collapsed_and_filtered"
    found = read("biomedica", "biomedica")
    assert account(found) == ({"kinds": (217, 216, 1)}, {"duplicate_id": 1})
    assert of_reason(found, "duplicate_id") == {f"biomedica/{first}/Plot and Charts/dot plot~2"}  # as published
    assert answers(found) == {
        f"biomedica/{name}/{group}/{kind}": group
        for name in (first, second)
        for group, kinds in document(f"biomedica/{name}.json").items()
        for kind in kinds
    }
    rows = {
        (first, "Ambiguous", "ambiguous"): "93b884f5e35a", (first, "Immuno Assays", "immunofluorescence"): "e2ff0c8be308",
        (first, "Plot and Charts", "plasmid map"): "c79b5081287d", (second, "Ambiguous", "ambiguous"): "93b884f5e35a",
        (second, "Tools and Materials", "tool"): "934dfee2b6fd",
    }  # fmt: skip
    wanted = {f"biomedica/{'/'.join(row)}": ("", "", "MIT", "", "", row[1], digest) for row, digest in rows.items()}
    assert pinned(found, wanted) == wanted


def test_captions_of_busi_are_thirty_sentences() -> None:
    rows = table("busi-captions/all_captions.csv")
    found = read("busi_captions", "busi-captions", [row["image_path"] for row in rows])
    assert account(found) == ({"captions": (780, 780, 0)}, {})
    assert answers(found) == {f"busi_captions/{row['image_path']}": row["text_caption"] for row in rows}
    assert len(set(answers(found).values())) == 30
    digests = {
        "benign/benign (1)": "e007afe9e430", "benign/benign (101)": "b2d4fe314dcf", "benign/benign (37)": "9fb1ce005203",
        "malignant/malignant (156)": "0eadb2a8fa48", "normal/normal (99)": "665ea660bfb2",
    }  # fmt: skip
    wanted = {
        f"busi_captions/{name}.png": ("", "ultrasound", "unknown", f"{name}.png", "", name.partition("/")[0], digest)
        for name, digest in digests.items()
    }
    assert pinned(found, wanted) == wanted
