"""what is wrong in the sample data on purpose -> which stage should see it, and what becomes of it

`stage` and `reason` are those of the sample's verdict under the default recipe; an empty stage: no stage before balance rejects it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    name: str
    id: str  # sample
    file: str  # picture or table below the sample data's folder; '' where there is none
    stage: str = ""
    reason: str = ""
    winner: str = ""  # what stays in its place, or the benchmark row it touches


def _roco(number: int, name: str, stage: str = "", reason: str = "", winner: str = "") -> Trap:
    file = "" if stage == "ingest" else f"roco/data/train/radiology/images/ROCO_{number}.jpg"
    return Trap(name=name, id=f"roco/ROCO_{number}", file=file, stage=stage, reason=reason, winner=winner)


def _figure(image: str, name: str, stage: str = "", reason: str = "", winner: str = "") -> Trap:
    file = "" if stage == "ingest" else f"sample_figures/images/{image}"
    return Trap(name=name, id=f"sample_figures/{image}", file=file, stage=stage, reason=reason, winner=winner)


def _line(number: int, name: str, reason: str) -> Trap:
    return Trap(name=name, id=f"sample_figures/pmc_oa.jsonl:{number}", file="sample_figures/pmc_oa.jsonl", stage="ingest", reason=reason)


def _rad(question: int, picture: int, name: str, stage: str = "", reason: str = "", winner: str = "") -> Trap:
    file = f"vqa_rad/VQA_RAD Image Folder/synpic{picture}.jpg"
    return Trap(name=name, id=f"vqa_rad/{question}", file=file, stage=stage, reason=reason, winner=winner)


def _labelled(picture: str, name: str, stage: str, reason: str, winner: str = "") -> Trap:
    place = f"sample_labelled/{picture}"
    return Trap(name=name, id=place, file=place, stage=stage, reason=reason, winner=winner)


TRAPS: tuple[Trap, ...] = (
    _roco(90101, "exact copy of the bytes", "dedup", "duplicate_image", "roco/ROCO_90001"),
    _roco(90102, "truncated JPEG", "screen", "image_rejected"),
    _roco(90103, "empty file", "screen", "image_rejected"),
    _roco(90104, "missing picture", "ingest", "image_missing"),
    _roco(90105, "short caption", "screen", "caption_too_short"),
    _roco(90106, "long caption", "screen", "caption_too_long"),
    _roco(90107, "40 pixels", "screen", "image_rejected"),
    _roco(90108, "64 pixels"),
    _roco(90109, "benchmark picture re-encoded in another source", "shield", "shield_image", "vqa_rad@benchmark/900110"),
    _roco(90110, "same text on another picture, first"),
    _roco(90111, "same text on another picture, second"),
    _roco(90112, "a caption that names no modality"),
    _roco(90113, "blank picture", "screen", "image_rejected"),
    _roco(90004, "JPEG of what another source has as DICOM", "dedup", "duplicate_image", "sample_dicom/ct_head.dcm"),
    _roco(90009, "a slice"),
    _roco(90010, "its neighbour: the same pHash, another picture"),
    Trap(name="repeated id", id="roco/ROCO_90005~2", file="", stage="ingest", reason="duplicate_id"),
    _figure("PMC9000101_Fig1_0.png", "PNG of a JPEG in another source", "dedup", "duplicate_image", "roco/ROCO_90003"),
    _figure("PMC9000102_Fig1_0.jpg", "smaller copy of a picture in another source", "dedup", "duplicate_image", "roco/ROCO_90013"),
    _figure("PMC9000103_Fig1_0.png", "text under a picture's name", "screen", "image_rejected"),
    _figure("../../slake/imgs/xmlab9001/source.jpg", "path that leaves the source", "ingest", "path_escapes"),
    _figure("PMC9000104_Fig1_0.png", "16-bit PNG; a label, an entity, a name and a date in its caption"),
    _figure("PMC9000105_Fig1_0.jpg", "place and name in a JPEG's metadata"),
    _line(3, "broken JSON line", "row_broken"),
    _line(6, "row that is not UTF-8", "bad_encoding"),
    _rad(900111, 90011, "training row on a benchmark's picture, another question"),
    _rad(999001, 90011, "picture and question of a benchmark", "shield", "shield_image_question", "vqa_rad@benchmark/900113"),
    _rad(999003, 90001, "an answer that says nothing is there", "ingest", "text_missing"),
    Trap(
        name="blank grey picture",
        id="sample_labelled/ct/blank.png",
        file="sample_labelled/ct/blank.png",
        stage="screen",
        reason="image_rejected",
    ),
    Trap(
        name="DICOM file whose pixels end too early",
        id="sample_dicom/mr_truncated.dcm",
        file="sample_dicom/mr_truncated.dcm",
        stage="screen",
        reason="image_rejected",
    ),
    Trap(
        name="ultrasound in DICOM whose header does not deny that text is burned in",
        id="sample_dicom/us_vessels.dcm",
        file="sample_dicom/us_vessels.dcm",
        stage="screen",
        reason="image_rejected",
    ),
    Trap(name="ultrasound in DICOM whose header denies it", id="sample_dicom/us_heart.dcm", file="sample_dicom/us_heart.dcm"),
    Trap(
        name="long answer with one word changed, less reliable source",
        id="alpacare/18",
        file="alpacare/MedInstruct-52k.json",
        stage="dedup",
        reason="duplicate_text",
        winner="medquad/Sample/9000100/9000100-1",
    ),
    Trap(name="identifiers in a text", id="alpacare/19", file="alpacare/MedInstruct-52k.json"),
    Trap(
        name="a question and answer on a picture that another source has too",
        id="vqa_rad/900050",
        file="vqa_rad/VQA_RAD Image Folder/synpic90005.jpg",
        stage="dedup",
        reason="duplicate_text",
        winner="slake/900160",
    ),
    Trap(name="chart", id="drawn_figures/figure_0.png", file="drawn_figures/images/figure_0.png"),
)
