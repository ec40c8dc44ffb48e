"""A tiny corpus as the stages before balance leave it: their tables under OUT, its pictures in a source's folder"""

from pathlib import Path

from curate.recipe import CorpusPlan, Recipe, Shards
from pipelines.run import Options, Run
from schemas.attribute import Tagged
from schemas.cluster import SampleClusters
from schemas.sample import Screened
from schemas.verdict import Verdict
from tests.curate.emit.tiny_corpus import TinyCorpus, png

CORPORA = (CorpusPlan(name="medical", title="A tiny corpus"), CorpusPlan(name="text", tasks=("qa",)))


def many() -> TinyCorpus:
    """30 X-rays, 20 CT, 4 PET, two questions without an image, one of them twice; patient 1 is half in validation."""
    corpus = TinyCorpus()
    for modality, count in (("xray", 30), ("ct", 20), ("pet", 4)):
        for number in range(count):
            name, colour = f"{modality}{number}", (number, len(modality), count)
            corpus.add(f"slake/{name}", [("user", "?"), ("assistant", "!")], {f"{name}.png": png(colour, side=64)}, modality=modality)
    corpus.add("medquad/1", [("user", "What is gout?"), ("assistant", "An arthritis.")], modality="text")
    corpus.add("medquad/2", [("user", "What is gout?"), ("assistant", "An arthritis.")], modality="text")
    return corpus


def run_of(tmp_path: Path, *, corpora=CORPORA, recipe="tiny", shards: Shards | None = None, flags=(), workers=1) -> Run:
    plans = tuple(CorpusPlan(name=plan.name, title=plan.title, tasks=plan.tasks, shards=shards or plan.shards) for plan in corpora)
    options = Options(
        data=str(tmp_path / "data"), out=str(tmp_path / "out"), recipe=Recipe(id=recipe, title="Tiny", corpora=plans), manifests=(),
        buckets=4, beam_flags=tuple(flags), workers=workers,
    )  # fmt: skip
    return Run(options=options, folders={"slake": str(tmp_path / "data")}, resolved={"tokenizer": {"name": "clip-bpe"}, "tagger": None})


def give(run: Run, corpus: TinyCorpus, *, dropped: tuple[str, ...] = ("medquad/2",)) -> None:
    """What every stage up to tag would have written."""
    folder = Path(run.options.data)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in corpus.files.items():
        (folder / name).write_bytes(data)
    lost = [
        Verdict(id=id, source=id.split("/")[0], stage="dedup", decision="rejected", reason="duplicate_text", evidence="", winner="")
        for id in dropped
    ]
    tables = {
        "screen": ("samples", corpus.screened, Screened),
        "match": ("clusters", corpus.clusters, SampleClusters),
        "shield": ("verdicts", [], Verdict),
        "dedup": ("verdicts", lost, Verdict),
        "tag": ("modalities", corpus.tagged, Tagged),
    }
    for stage, (table, rows, row_type) in tables.items():
        room = run.decisions(stage)
        room.commit("f", [room.sign("a", "f", room.write_rows(table, "a", rows, row_type))], 0)
    ingest = run.facts("ingest")
    ingest.commit("f", [ingest.sign("slake", "f", [], {"samples": len(corpus.screened)})], 0)
