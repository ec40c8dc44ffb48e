"""python -m pipelines probe: from pictures of known modality to a file that a run reads, and all that can be wrong with what it is given"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image, ImageDraw

from curate.models import pixels
from curate.models.probe import load_probe
from curate.probe import drawn as kinds
from curate.tag.reliability import load_reliabilities
from pipelines import looked
from pipelines.looked import carried, drawn
from tests.curate.models.tiny_biomedclip import write_tiny
from tests.curate.pixels.made_dicom import plain
from tests.curate.pixels.made_volumes import nifti
from tests.pipelines.whole_run import run

SIDE = 72


def disc(number: int) -> Image.Image:
    """Grey, round, on black."""
    return _around(number, "L", 0, 120 + number % 90)


def eye(number: int) -> Image.Image:
    """Orange, round, on black."""
    return _around(number, "RGB", (0, 0, 0), (180 + number % 60, 90, 30))


def lines(number: int) -> Image.Image:
    """Black lines on white."""
    image = Image.new("L", (SIDE, SIDE), 255)
    for row in range(6, SIDE, 7):
        ImageDraw.Draw(image).line((4, row, 40 + (number * 13 + row * 7) % 28, row), fill=0, width=2)
    return image


def _around(number: int, mode: str, ground: object, colour: object) -> Image.Image:
    image, edge = Image.new(mode, (SIDE, SIDE), ground), 4 + number % 9
    ImageDraw.Draw(image).ellipse((edge, edge, SIDE - edge, SIDE - edge - number % 5), fill=colour)
    speckle = np.random.default_rng(number).integers(-9, 9, np.asarray(image).shape)
    return Image.fromarray(np.clip(np.asarray(image).astype(int) + speckle, 0, 255).astype(np.uint8))


MADE = {"ct": disc, "fundus": eye, "ocr": lines}


def write_table(folder: Path, *, each: int = 3) -> Path:
    """Three classes of two sources; a DICOM file and a volume among the CT; a cut file, one that is not there, a copy."""
    folder.mkdir()
    rows = []
    for place, (modality, make) in enumerate(MADE.items()):
        for number in range(2 * each):
            name = f"{modality}{number}.png"
            make(place * 100 + number).save(folder / name)
            rows.append({"file": name, "modality": modality, "source_repo": f"{modality}/{number % 2}", "patient": f"p{number // 4}"})
    volume = np.repeat(np.asarray(disc(50)).astype("<i2")[:, :, None], 3, axis=2)
    (folder / "v.nii").write_bytes(nifti(volume))
    (folder / "d.dcm").write_bytes(plain(np.asarray(disc(60)).astype(np.uint16) * 16))
    (folder / "cut.png").write_bytes((folder / "ct0.png").read_bytes()[:200])
    (folder / "same.png").write_bytes((folder / "ct0.png").read_bytes())
    more = ("v.nii", "d.dcm", "cut.png", "not.png", "same.png")
    rows += [{"file": name, "modality": "ct", "source_repo": "more/ct", "patient": ""} for name in more]
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "labels.csv"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("probe") / "pictures")


def test_a_table_of_pictures_becomes_a_probe_of_the_embedded_model(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looked, "EACH_DRAWN", 2)
    monkeypatch.setattr(kinds, "KINDS", {"chart": kinds.KINDS["chart"]})
    out = tmp_path / "p.npz"
    ran = run("probe", "--labels", table, "--augment", 1, "--drawn", "--folds", 2, "--penalty", 0.05, "--workers", 2, "--out", out)
    assert (ran.status, ran.told.splitlines()[-3:]) == (
        3, ["left out: not.png: no such file", "left out: cut.png: truncated", "left out: same.png: equal pixels"]
    )  # fmt: skip
    probe = load_probe(out, pixels.name())
    assert (probe.attribute, [each.name for each in probe.classes]) == ("modality_pixels_probe_v1", ["ct", "fundus", "chart", "page"])
    report = json.loads((tmp_path / "p.json").read_text())
    command = "python -m pipelines probe --labels labels.csv --embedder pixels --augment 1 --drawn --penalty 0.05 --folds 2 --out p.npz"
    assert (report["command"], report["penalty"]) == (command, 0.05)
    assert report["sources"]["more/ct"] == {"pictures": {"ct": 2}, "learnt_only": 2}
    assert report["sources"]["drawn"] == {"pictures": {}, "learnt_only": 4}
    assert "chart: learnt from drawn pictures alone, and not measured" in report["warnings"]
    assert report["held_out"]["by_source"]["pictures"] == 20
    assert report["held_out"]["by_source"]["balanced_accuracy"] > 0.8
    assert (report["refused"], report["repeated"], report["probe"]) == (2, 1, probe.name)
    assert "on sources it never saw: 20 pictures, balanced accuracy " in ran.said
    assert ran.said.splitlines()[-1] == f"wrote {out} and p.json; a run reads it by --probe {out}"
    embedder = pixels.load()
    seen = probe.scores(embedder.embed(np.stack([embedder.prepare(make(777)) for make in (disc, eye, lines)])))
    assert [probe.classes[place].name for place in seen.argmax(axis=1)] == ["ct", "fundus", "page"]


def test_a_probe_is_fitted_on_biomedclip_from_its_folder(table: Path, tmp_path: Path) -> None:
    write_tiny(tmp_path / "tiny")
    out = tmp_path / "b.npz"
    assert run("probe", "--labels", table, "--embedder", tmp_path / "tiny", "--folds", 2, "--workers", 2, "--out", out).status == 3
    probe = load_probe(out)
    assert (probe.attribute, probe.width) == ("modality_biomedclip_probe_v1", 64)
    assert [each.name for each in probe.classes] == ["ct", "fundus", "page"]
    assert probe.embedder.startswith("biomedclip:")
    assert json.loads((tmp_path / "b.json").read_text())["held_out"]["by_source"]["pictures"] == 20


MANIFEST = """\
id: {id}
title: Drawn pictures
license: CC0-1.0
commercial: yes
layouts:
  - name: table
    if: [rows.csv]
    tables:
      - name: rows
        files: [rows.csv]
        format: table
        task: classification
        row: "{{n}}"
        image: "{{image}}"
        modality: {{map: modality, default: unknown}}
        keys: {{patient: "{{patient}}"}}
        turns: [{{user: "What is it?"}}, {{assistant: "{{label}}"}}]
"""


def test_sources_that_declare_their_modality_are_learnt_from(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    for source in ("drawn_a", "drawn_b"):
        (tmp_path / "manifests" / f"{source}.yaml").write_text(MANIFEST.format(id=source))
        folder = tmp_path / "data" / source
        folder.mkdir(parents=True)
        rows = ["n,image,modality,patient,label"]
        for number in range(9):
            modality = ("ct", "fundus", "")[number % 3]
            (disc if modality == "ct" else eye)(number + 40 * (source == "drawn_b")).save(folder / f"{number}.png")
            rows.append(f"{number},{number}.png,{modality},P{number // 4},round")
        (folder / "rows.csv").write_text("\n".join(rows) + "\n")
    out = tmp_path / "d.npz"
    data = ("--data", tmp_path / "data", "--manifests", tmp_path / "manifests")
    ran = run("probe", *data, "--folds", 2, "--per-source", 2, "--workers", 2, "--out", out, "--out-run", tmp_path / "run")
    assert ran.status == 0, ran.told
    report = json.loads((tmp_path / "d.json").read_text())
    one = {"access": "open", "learnt_only": 0, "license": "CC0-1.0", "pictures": {"ct": 2, "fundus": 2}}
    assert report["sources"] == {"drawn_a": one, "drawn_b": one}
    assert sorted(path.name for path in (tmp_path / "run" / "stages").iterdir()) == ["files", "ingest", "inspect"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["file,modality", "a.png,xry", "b.png,other", "c.png,MRI scan"], [
            "row 2: 'xry' is no modality; did you mean 'xray'?",
            "row 3: 'other' with figure_type ''; wanted one of chart, diagram, page, natural image",
            "row 4: 'MRI scan' is no modality; wanted one of xray, ct, ",
        ]),
        (["file,modality", "a.png,ct", "a.png,mri"], ["row 3: a.png: mri, and ct before"]),
        (["path,modality", "a.png,ct"], ["no column file; found path, modality"]),
        (["file,modality"], ["no rows"]),
        (["file,modality", "a.png,ct"], ["no picture whose modality is known; 1 were left out"]),
        (["file,modality", "ct0.png,ct", "ct1.png,ct"], ["all pictures are of one class (ct); a probe tells classes apart"]),
        (["file,modality", *["a.png,nothing"] * 30], ["row 11: 'nothing'", "20 more"]),
    ],
)  # fmt: skip
def test_a_faulty_table_is_told_all_at_once(table: Path, tmp_path: Path, rows: list[str], told: list[str]) -> None:
    labels = table.parent / f"{tmp_path.name}.csv"
    labels.write_text("\n".join(rows) + "\n")
    ran = run("probe", "--labels", labels, "--out", tmp_path / "p.npz")
    assert (ran.status, ran.said) == (2, "")
    assert [words for words in told if words not in ran.told] == []
    assert list(tmp_path.iterdir()) == []


def test_faulty_flags_are_told_all_at_once(tmp_path: Path) -> None:
    wrong = ("--embedder", "resnet", "--attribute", "<b> v", "--wrong")
    ran = run("probe", "--labels", tmp_path / "none.csv", "--out", tmp_path / "p.bin", *wrong)
    assert (ran.status, ran.told.splitlines()) == (
        2,
        [
            f"error: --labels {tmp_path / 'none.csv'}: no such file",
            f"       --out {tmp_path / 'p.bin'}: wanted a name that ends in .npz, in a folder that is there",
            "       --attribute <b> v: wanted modality_<name>_v<number>, as modality_pixels_probe_v1",
            "       --embedder resnet: no such embedder; wanted pixels, biomedclip, open_clip:ARCHITECTURE/TAG, open_clip:FOLDER, "
            "or a folder that holds BiomedCLIP",
            "       '--wrong' is no option of probe with --labels; its --help lists them",
        ],
    )
    assert "wanted either --data DIR" in run("probe", "--out", tmp_path / "p.npz").told


def test_reliabilities_stand_beside_no_flag_of_a_head(tmp_path: Path) -> None:
    beside = ("--data", tmp_path, "--drawn", "--folds", 3, "--limit", "x", "--root", "a=b", "--runner=x")
    ran = run("probe", "--reliabilities", tmp_path, "--corpus", "default", *beside)
    alone = "is of a head that is fitted, and --reliabilities fits none; leave it out"
    assert (ran.status, ran.told.removeprefix("error: ").rstrip().split("\n       ")) == (
        2,
        [
            "--limit x: wanted a whole number from 1",
            *(f"--{name}: {alone}" for name in ("data", "drawn", "folds", "root")),
            "'--runner=x' is no option of probe with --reliabilities; its --help lists them",
        ],
    )


def test_what_is_drawn_is_of_classes_that_a_probe_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looked, "EACH_DRAWN", 1)
    pictures = list(drawn())
    assert {"chart", "diagram", "page"} <= {picture.label for picture in pictures}
    assert not any(picture.tested for picture in pictures)
    assert len({picture.draw()[1] for picture in pictures}) == len(pictures)


def test_what_packages_carry_is_tested_and_each_package_is_a_source() -> None:
    pictures = list(carried())
    assert all(picture.tested and picture.group for picture in pictures)
    assert len({picture.id for picture in pictures}) == len(pictures)
    assert {"pydicom/pydicom-data", "skimage"} <= {picture.source for picture in pictures}
    assert {picture.label for picture in pictures if picture.source == "mahotas"} == {"microscopy", "natural_image"}
    shown, digest = pictures[0].draw()
    assert (shown.mode in ("L", "RGB"), len(digest)) == (True, 64)


def test_reliabilities_are_counted_from_the_evidence_of_a_run(sample_out: Path, tmp_path: Path) -> None:
    target = tmp_path / "reliability.yaml"
    ran = run("probe", "--reliabilities", sample_out, "--out", target)
    assert ran.status == 0, ran.told
    written = yaml.safe_load(target.read_text())
    shipped = load_reliabilities()
    assert written["version"] == shipped.version + 1
    assert set(shipped.witnesses) <= set(written["witnesses"])
    counted = {name: said for name, said in written["witnesses"].items() if str(said["from"]).startswith("agreement with what")}
    assert counted
    assert all(1 <= said["right"] <= said["named"] for said in counted.values())
    assert f"wrote {target}" in ran.said
    again = run("probe", "--reliabilities", sample_out, "--out", target)
    assert (again.status, load_reliabilities.__wrapped__(target).version) == (0, shipped.version + 2)
    assert run("probe", "--reliabilities", tmp_path, "--out", target).status == 2
    (tmp_path / "other.yaml").write_text("a: 1\n")
    assert "holds no reliabilities" in run("probe", "--reliabilities", sample_out, "--out", tmp_path / "other.yaml").told
