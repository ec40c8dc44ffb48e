"""-> figures of a corpus that was never made, with the proportions of a real one: to look at the page, and to test its size"""

from __future__ import annotations

import dataclasses
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageDraw

from curate.report.counts import Counts
from curate.report.facts import (
    BenchmarkFacts,
    CellFacts,
    CopyFacts,
    CorpusFacts,
    FeedFacts,
    FileFault,
    FixFacts,
    LimitFacts,
    RunFacts,
    ShieldFacts,
    SourceFacts,
    StageTime,
)
from curate.report.figures import Examples, Figures, draw_figures, to_json
from curate.report.gallery import Pair, Shown, Unusable
from curate.report.page import page
from curate.report.summary import summary
from curate.report.thumbnails import thumbnail
from schemas.modality import TWELVE

# id, title, task, modalities, published, found, licence, access
SOURCES = (
    ("pmc_oa", "PMC-OA", "caption", "histopathology ct xray mri microscopy other", 1_646_592, 1_646_592, "CC-BY-4.0", "open"),
    ("roco", "ROCO (Radiology Objects in Context)", "caption", "xray ct mri ultrasound", 81_825, 81_790, "CC-BY-4.0", "open"),
    ("rocov2", "ROCOv2", "caption", "xray ct mri ultrasound pet", 79_789, 79_789, "CC-BY-NC-4.0", "open"),
    ("llava_med", "LLaVA-Med", "instruction", "ct mri xray histopathology", 60_000, 56_110, "CC-BY-NC-4.0", "open"),
    ("quilt_llava", "Quilt-LLaVA", "instruction", "histopathology", 107_131, 107_131, "CC-BY-NC-ND-3.0", "registered"),
    ("pubmedvision", "PubMedVision", "instruction", "unknown", 1_294_062, 647_031, "Apache-2.0", "open"),
    ("mimic_cxr", "MIMIC-CXR", "report", "xray", 227_835, 227_835, "PhysioNet-1.5.0", "credentialed"),
    ("chexpert", "CheXpert", "classification", "xray", 224_316, 223_414, "Stanford-RUA", "registered"),
    ("nih_cxr14", "NIH ChestX-ray14", "classification", "xray", 112_120, 112_120, "CC0-1.0", "open"),
    ("isic_2020", "ISIC 2020 Challenge", "classification", "dermoscopy", 33_126, 33_126, "CC-BY-NC-4.0", "open"),
    ("fitzpatrick17k", "Fitzpatrick 17k", "classification", "photography", 16_577, 11_204, "CC-BY-NC-SA-3.0", "open"),
    ("eyepacs", "EyePACS diabetic retinopathy 2015", "classification", "fundus", 88_702, 88_702, "unknown", "registered"),
    ("oct_c8", "Retinal OCT-C8", "classification", "oct", 24_000, 24_000, "CC-BY-4.0", "open"),
    ("kvasir_vqa", "Kvasir-VQA", "vqa", "endoscopy", 58_849, 58_849, "CC-BY-NC-4.0", "open"),
    ("bccd", "BCCD blood cells", "detection", "microscopy", 364, 364, "MIT", "open"),
    ("autopet", "AutoPET II", "segmentation", "pet", 1_014, 982, "CC-BY-4.0", "open"),
    ("bus_bra", "BUS-BRA breast ultrasound", "classification", "ultrasound", 1_875, 1_875, "CC-BY-4.0", "open"),
    ("vqa_rad", "VQA-RAD", "vqa", "xray ct mri", 3_515, 3_515, "CC0-1.0", "open"),
    ("slake", "SLAKE", "vqa", "ct mri xray", 14_028, 14_028, "CC-BY-4.0", "open"),
    ("medquad", "MedQuAD", "qa", "text", 47_457, 47_441, "CC-BY-4.0", "open"),
    ("healthcaremagic", "HealthCareMagic-100k", "dialogue", "text", 112_165, 112_165, "unknown", "open"),
    ("covid_cxr", "COVID-19 chest X-ray <i>dataset</i>", "classification", "xray", 950, 0, "Apache-2.0", "open"),
)
REASONS = (
    ("ingest", "image_missing", 0.03),
    ("ingest", "duplicate_id", 0.001),
    ("screen", "image_rejected", 0.004),
    ("screen", "caption_too_short", 0.05),
    ("screen", "caption_too_long", 0.003),
    ("screen", "image_too_small", 0.012),
    ("screen", "split_excluded", 0.04),
    ("screen", "license_refused", 0.02),
    ("screen", "image_blank", 0.0004),
    ("shield", "shield_image", 0.009),
    ("shield", "shield_image_question", 0.0003),
    ("dedup", "duplicate_image", 0.11),
    ("dedup", "duplicate_text", 0.03),
    ("balance", "not_selected", 0.55),
)


def generated_figures(*, pairs: int = 24, editions: int = 1) -> Figures:
    """The same for every call. An edition of all sources holds 3.6 million rows."""
    chance = random.Random(20)
    counts = Counts()
    sources = [(f"{id}_{edition}" if edition else id, *told) for edition in range(editions) for id, *told in SOURCES]
    shields = [shield for source in sources for shield in _count_source(counts, source, chance)]
    corpus = _select(counts, "medical")
    for bin, weight in enumerate((0, 0, 2, 9, 31, 120, 260, 310, 204, 90, 33, 8, 2, 0.3)):
        counts.tokens.update({(bin, "kept"): round(weight * 760), (bin, "rejected"): round(weight * 940 * (1.3 - bin / 20))})
    for bin, weight in enumerate((1, 9, 31, 52, 140, 330, 720, 640, 1_100, 980, 310, 160, 44, 12, 3)):
        counts.sides.update({(bin, "kept"): weight * 190 if bin > 1 else 0, (bin, "rejected"): round(weight * 420 * (1.2 - bin / 20))})
        counts.weights.update({(bin, "kept"): weight * 190 if bin > 1 else 0, (bin, "rejected"): round(weight * 420 * (1.2 - bin / 20))})
    counts.image_faults.update({("image_too_small",): 9_811, ("image_blank",): 2_040, ("truncated",): 310})
    counts.images.update({("roco", ""): 81_000, ("roco", "truncated"): 31, ("pmc_oa", "corrupt"): 212, ("pmc_oa", "not_an_image"): 9})
    counts.windows.update({("roco", "manifest column"): 31_204, ("pmc_oa", "dicom window 1 of 1"): 8_112, ("roco", "ct default"): 903})
    counts.texts.update({("roco", "text_v1", False): 1_210, ("roco", "text_v1", True): 96})
    counts.blanked.update({("roco",): 88})
    gallery = tuple(_pair(number, chance) for number in range(pairs))
    words = tuple(
        Pair(loser=Shown(id=f"medquad/{n}", image="", source="medquad"), winner=Shown(id=f"medquad/{n + 900}", image="", source="medquad"),
             reason="duplicate_text", evidence="similarity 0.913") for n in range(pairs)
    )  # fmt: skip
    broken = tuple(
        Unusable(id=f"pmc_oa/figures/PMC{n}_1.jpg", source="pmc_oa", reason="corrupt", evidence="marker 0xff02") for n in range(100)
    )
    examples = Examples(pairs=gallery, withheld=31, text_pairs=words, unusable=broken)
    return draw_figures(counts, dataclasses.replace(_facts(counts, corpus, sources), shields=tuple(shields)), examples=examples)


def _count_source(counts: Counts, source: tuple, chance: random.Random) -> Iterator[ShieldFacts]:
    id, _, task, modalities, _, found, license, access = source
    left, names = found, modalities.split()
    for stage, reason, share in REASONS:
        gone = min(left, round(found * share * chance.uniform(0, 2) ** 2))
        if stage == "shield" and id not in ("vqa_rad", "slake", "roco", "pmc_oa", "nih_cxr14", "isic_2020"):
            gone = 0
        if gone:
            counts.verdicts[id, stage, "rejected", reason] = gone
            left -= gone
        if gone and stage == "shield":
            rule = "phash" if reason == "shield_image" else "question"
            yield ShieldFacts(benchmark="vqa_rad" if chance.random() < 0.5 else "slake", source=id, rule=rule, count=gone)
    counts.verdicts[id, "emit", "kept", ""] = left
    for number, name in enumerate(names):
        counts.declared[id, name] = round(found / len(names) * (1.4 - 0.8 * number / max(1, len(names) - 1))) if len(names) > 1 else found
    missing = counts.verdicts[id, "ingest", "rejected", "image_missing"]
    counts.tables[id, "train", task, "kept"] = left
    counts.terms[id, license, access, "kept"] = left
    counts.terms[id, license, access, "rejected"] = max(0, found - left - missing)


def _count_tagged(counts: Counts, cell: CellFacts) -> None:
    """Of every modality most are seen as what they are, one in a hundred as the next of the twelve."""
    if cell.name == "general":
        return
    others = TWELVE[(TWELVE.index(cell.name) + 1) % 12] if cell.name in TWELVE else "ct"
    for by, share in (("declared", 0.48), ("caption", 0.22), ("biomedclip", 0.29), ("header", 0.01)):
        declared = cell.name if by == "declared" else "unknown"
        for seen, part in ((cell.name, 0.79), ("", 0.2), (others, 0.01)):
            if cell.name != "other":
                counts.tagged["pmc_oa", declared, cell.name, by, seen, ""] = round(cell.supply * share * part)
    if cell.name == "other":
        counts.tagged["pmc_oa", "unknown", "other", "", "", ""] = cell.selected
        counts.tagged["roco", "unknown", "other", "biomedclip", "chart", "chart"] = cell.supply - cell.selected
    elif cell.name != "text":
        counts.against["pmc_oa", cell.name, "biomedclip", others] = round(cell.supply * 0.0048)


def _select(counts: Counts, corpus: str) -> CorpusFacts:
    entering = dict(zip(TWELVE, (412_311, 301_877, 166_020, 41_950, 30_118, 71_402, 388_211, 96_114, 22_610, 3_911, 52_840, 10_240)))
    cap = 18_000
    while cap < 1.25 / 12 * sum(min(count, cap + 100) for count in entering.values()):
        cap += 100
    after = {modality: min(count, cap) for modality, count in entering.items()}
    size = sum(after.values())
    cells = [
        CellFacts(
            name=name,
            outside=False,
            supply=count,
            selected=after[name],
            target=1 / 12,
            weighted=min(1 / 11, 4 * after[name] / size),
            shortfall=max(0.0, size / 12 - after[name]),
            why="supply" if after[name] == count else "target",
            cut=(("over_target", count - after[name]),) if count > after[name] else (),
        )
        for name, count in entering.items()
    ]
    for name, supply, selected in (("text", 96_000, 96_000), ("general", 0, 0), ("other", 38_120, 8_120)):
        cells.append(CellFacts(name=name, outside=True, supply=supply, selected=selected, target=None, weighted=0.1, shortfall=0))
    for cell in cells:
        counts.selection.update(
            {
                (corpus, "pmc_oa", cell.name, True, ""): cell.selected,
                (corpus, "pmc_oa", cell.name, False, "over_target"): cell.supply - cell.selected,
            }
        )
        _count_tagged(counts, cell)
    kept = sum(cell.selected for cell in cells)
    counts.splits.update({(corpus, "train"): kept - 9_417, (corpus, "validation"): 9_417})
    return CorpusFacts(
        name=corpus,
        title="Balanced over twelve modalities",
        path=f"corpora/{corpus}",
        sizes={"cap": size, "strict": 46_932, "weights": 1_597_604},
        binds=("pet", "photography", "oct", "dermoscopy"),
        feeds=tuple(
            FeedFacts(name=cell.name, source=source, supply=round(cell.supply * share), selected=round(cell.selected * share))
            for cell in cells
            for source, share in (("pmc_oa", 0.6), ("roco", 0.2), ("pubmedvision", 0.1), ("slake", 0.06), ("vqa_rad", 0.04))
            if cell.supply
        ),
        limits=(LimitFacts(reason="over_source_cap", name="pmc_oa", most=300_000, cut=12_041),),
        fixes=(
            FixFacts(name="pet", task="", more=1_000, gain=9_412, then=("pet",)),
            FixFacts(name="pet", task="", more=6_329, gain=59_870, then=("photography", "oct"), enough=True),
            FixFacts(name="photography", task="", more=1_000, gain=4_001, then=("photography", "pet")),
        ),
        shards=412,
        bytes=104_700_000_000,
        cells=tuple(cells),
    )


def _facts(counts: Counts, corpus: CorpusFacts, listed: list[tuple]) -> RunFacts:
    sources = tuple(
        SourceFacts(
            id=id,
            title=title,
            published=published,
            license=license,
            access=access,
            missing=id == "covid_cxr",
            incomplete={"fitzpatrick17k": "images.zip ends early", "autopet": "2 files could not be read"}.get(id, ""),
        )
        for id, title, _, _, published, _, license, access in listed
    )
    times = (
        ("ingest", 141, 3.4e6),
        ("inspect", 6120, 2.6e6),
        ("screen", 402, 3.4e6),
        ("match", 655, 2.6e6),
        ("shield", 18, 2.9e6),
        ("dedup", 77, 2.9e6),
        ("tag", 5214, 2.6e6),
        ("balance", 31, 2.4e6),
        ("emit", 980, 6.2e5),
    )
    return RunFacts(
        recipe="default",
        title="Medical vision-language corpus, balanced over twelve modalities",
        out="/corpus",
        started="2026-11-22 18:40 UTC",
        copies=CopyFacts(
            images=2_613_004, bytes=41_117, pixels=9_023, phash=61_877, phash_confirmed=73_301, phash_refused=18_806, phash_crowded=1_249,
            leaks=3_217,
        ),
        version="0.1.0",
        sources=sources,
        inputs={source: sum(n for key, n in counts.verdicts.items() if key[0] == source) for source in {key[0] for key in counts.verdicts}},
        benchmarks=(
            BenchmarkFacts(id="vqa_rad", title="VQA-RAD", rows=451, covered=451, keys=203, images=203, state="shielded"),
            BenchmarkFacts(
                id="slake",
                title="SLAKE test",
                rows=2094,
                covered=2094,
                keys=180,
                images=96,
                state="partly",
                why="without their images: 1,033 of 2,094 rows",
            ),
            BenchmarkFacts(id="cmb", title="CMB-Exam", rows=11200, covered=11200, questions=11200, others="question", state="shielded"),
            BenchmarkFacts(id="omnimedvqa", title="OmniMedVQA", why="not on disk; none of its keys is published"),
        ),
        corpora=(corpus,),
        times=tuple(
            StageTime(stage=stage, seconds=seconds, rows=int(rows), unit="images" if stage in ("inspect", "match", "tag") else "samples")
            for stage, seconds, rows in times
        ),
        faults=(
            FileFault(
                source="fitzpatrick17k",
                file="images.zip",
                reason="zip_broken",
                found="end of file at byte 1,288,490,188",
                wanted="central directory",
            ),
            FileFault(
                source="autopet",
                file="FDG-PET-CT-Lesions/PETCT_0011f3deaf/03-23-2003-NA-PET-CT/1-1.dcm",
                reason="empty_file",
                found="0 bytes",
                wanted="DICOM",
            ),
            FileFault(
                source="autopet",
                file="labels\u202egpj.csv",
                reason="column_missing",
                found="columns id, label",
                wanted="columns id, label, split",
            ),
        ),
        settings={"tokenizer": "Qwen2.5 (151,643 words)", "tagger": "BiomedCLIP, scores v1", "device": "cuda", "phash": "imagehash 4.3.2"},
    )


def _pair(number: int, chance: random.Random) -> Pair:
    shown = []
    for side in range(2):
        image = Pillow.effect_noise((chance.choice((320, 512, 640)), 480), 34).convert("RGB")
        draw = ImageDraw.Draw(image)
        for _ in range(5):
            x, y, r = chance.randrange(300), chance.randrange(400), chance.randrange(30, 140)
            grey = chance.randrange(40, 230)
            draw.ellipse((x, y, x + r, y + 2 * r), fill=(grey, grey - 20 * (number % 3 == 1), grey - 36 * (number % 3 == 1)))
        small = thumbnail(image)
        source = ("rocov2", "roco", "pmc_oa")[(number + side) % 3]
        path = f"{source}/images/PMC{chance.randrange(10**6, 10**7)}_{side}.jpg"
        shown.append(
            Shown(
                id=f"{source}/{chance.randrange(90000)}", image=path, source=source, uri=small.uri, width=small.width, height=small.height
            )
        )
    proof = (("duplicate_image", "bytes equal"), ("duplicate_image", "pixels equal"), ("duplicate_image", "pHash 2 bits, pixels 0.987"))[
        number % 3
    ]
    return Pair(loser=shown[0], winner=shown[1], reason=proof[0], evidence=proof[1])


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    drawn = generated_figures()
    (folder / "index.html").write_text(page(drawn), encoding="utf-8")
    (folder / "figures.json").write_text(to_json(drawn), encoding="utf-8")
    print(summary(drawn))
