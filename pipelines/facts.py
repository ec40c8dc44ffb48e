"""a run, its indexes -> what the report must know that no table of samples holds"""

from __future__ import annotations

import datetime
import importlib.metadata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from curate.manifest import Manifest
from curate.recipe import CorpusPlan
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
from curate.report.texts import NearFacts, Noted, TextFacts
from pipelines.match import IMAGES
from pipelines.place import place
from pipelines.run import Run
from pipelines.settings import setting as setting
from pipelines.shield import compared_with
from pipelines.signed import TEXTS
from pipelines.tables import Receipt, read_json
from pipelines.told import FAULTS, told
from schemas.arrow import from_plain

MARK = "@benchmark"
TIMED = (  # stage, under the recipe, its rows: of which stage and table, what they are called
    ("ingest", False, ("ingest", False, "samples"), "samples"),
    ("inspect", False, ("inspect", False, "images"), "images"),
    ("screen", True, ("ingest", False, "samples"), "samples"),
    ("rewrite", True, ("screen", True, "samples"), "samples"),
    ("match", True, ("inspect", False, "images"), "images"),
    ("shield", True, ("screen", True, "samples"), "samples"),
    ("dedup", True, ("screen", True, "samples"), "samples"),
    ("tag", False, ("inspect", False, "images"), "images scored"),
    ("tag", True, ("tag", True, "modalities"), "samples"),
    ("balance", True, ("balance", True, "selection"), "samples"),
    ("emit", True, None, "samples"),
)
HOMELESS = {  # why a folder as a whole is not read
    "no_layout": "its folder fits no layout of its manifest",
    "layout_unknown": "nobody has published what its files look like",
}

MISFIT = frozenset({"column_missing", "row_missing", "value_never", "shape_differs", "path_missing", "sheet_missing", "header_missing"})


def run_facts(run: Run) -> RunFacts:
    ingest = run.index("ingest", decided=False)
    counts = {receipt.unit: receipt.counts for receipt in ingest.receipts}
    faults, notices = (tuple(FileFault(**fault) for fault in told(ingest.receipts, kind)) for kind in FAULTS)
    corpora, compared = tuple(_corpus(run, corpus) for corpus in run.recipe.corpora), compared_with(run)
    return RunFacts(
        recipe=run.recipe.id,
        title=run.recipe.title,
        out=run.out,
        started=datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        version=importlib.metadata.version("medical-corpus"),
        limit=run.options.limit,
        inputs={name: counted["samples"] + counted["rejected"] for name, counted in counts.items() if not name.endswith(MARK)},
        sources=tuple(
            _source(manifest, faults, counts[manifest.name])
            for manifest in run.options.manifests
            if manifest.name in counts and _is_source(manifest)
        ),
        benchmarks=tuple(_benchmark(run, manifest, compared) for manifest in run.options.manifests if not _is_source(manifest)),
        shields=shields_of(run),
        corpora=corpora,
        times=_times(run),
        faults=faults,
        notices=notices,
        settings={name: setting(value) for name, value in run.resolved.items()},
        copies=copies_of(run),
        text=text_of(run),
    )


def copies_of(run: Run) -> CopyFacts | None:
    """As match's receipt counted them."""
    counts = {receipt.unit: receipt.counts for receipt in run.index("match", decided=True).receipts}
    return CopyFacts(**counts[IMAGES]) if IMAGES in counts else None


def text_of(run: Run) -> TextFacts:
    """As screen's, match's and dedup's receipts counted it. A unit of screen is a part of a source: '<source>-0000'."""
    screen, match, dedup = (run.index(stage, decided=True).receipts for stage in ("screen", "match", "dedup"))
    counts = {receipt.unit: receipt.counts for receipt in match}.get(TEXTS, {})
    kept_apart = sum(receipt.counts.get("kept_apart", 0) for receipt in dedup)
    names = NearFacts.__dataclass_fields__
    return TextFacts(
        policy=run.recipe.limits.identifiers,
        cleaned=_noted(screen, "cleaned", "cleaned"),
        scrubbed=_noted(screen, "scrubbed", "identifiers"),
        near=NearFacts(**{name: counts[name] for name in names if name in counts}, kept_apart=kept_apart),
    )


def shields_of(run: Run) -> tuple[ShieldFacts, ...]:
    """As shield's receipts counted them. A unit is a part of a source: '<source>-0000'."""
    found: Counter[tuple[str, str, str]] = Counter()
    for receipt in run.index("shield", decided=True).receipts:
        for benchmark, rules in receipt.counts["shielded"].items():
            for rule, count in rules.items():
                found[benchmark, receipt.unit.rpartition("-")[0], rule] += count
    return tuple(ShieldFacts(benchmark=key[0], source=key[1], rule=key[2], count=found[key]) for key in sorted(found))


def _noted(receipts: Sequence[Receipt], samples: str, count: str) -> tuple[Noted, ...]:
    """Per source and word, over its parts."""
    found: dict[tuple[str, str], list[int]] = {}
    for receipt in receipts:
        for word, number in receipt.counts[samples].items():
            each = found.setdefault((receipt.unit.rpartition("-")[0], word), [0, 0])
            each[0] += number
            each[1] += receipt.counts[count][word]
    return tuple(Noted(source=source, word=word, samples=each[0], count=each[1]) for (source, word), each in sorted(found.items()))


def _is_source(manifest: Manifest) -> bool:
    return manifest.kind == "source"


def _source(manifest: Manifest, faults: tuple[FileFault, ...], counted: Mapping[str, Any]) -> SourceFacts:
    return SourceFacts(
        id=manifest.id,
        title=manifest.title,
        homepage=manifest.homepage,
        tasks=tuple(sorted({table.task for layout in manifest.layouts for table in layout.tables})),
        published=sum(table["published"] for table in counted["tables"]) or None,
        license=manifest.license,
        access=manifest.access,
        incomplete=incomplete([fault for fault in faults if fault.source == manifest.name]),
    )


def incomplete(faults: Sequence[FileFault]) -> str:
    """Why not all of a source is there, in a few words; '' where it has no faults."""
    broken = sorted({fault.file or fault.reason for fault in faults})
    homeless = next((HOMELESS[fault.reason] for fault in faults if fault.reason in HOMELESS), "")
    if homeless or not broken:
        return homeless
    fit = "does not fit its manifest" if len(broken) == 1 else "do not fit their manifest"
    how = fit if all(map(_is_misfit, faults)) else "could not be read"
    more = f" and {len(broken) - 1:,} more" if len(broken) > 1 else ""
    return f"{broken[0]}{more} {how}"


def _is_misfit(fault: FileFault) -> bool:
    """Whether the file is read, and is another than the manifest says: by its rows, or by what holds them."""
    return fault.row >= 0 or fault.reason in MISFIT


def _benchmark(run: Run, manifest: Manifest, compared: Mapping[str, Mapping[str, Any]]) -> BenchmarkFacts:
    own = run.recipe.shield.get(manifest.id, {})
    rules = manifest.rules
    return BenchmarkFacts(
        id=manifest.id,
        title=manifest.title,
        **compared.get(manifest.id, {}),
        own_train=own.get("own_train", rules.own_train if rules else "image+question"),
        others=own.get("others", rules.others if rules else "image"),
    )


def _corpus(run: Run, plan: CorpusPlan) -> CorpusFacts:
    path = f"corpora/{plan.name}"
    index = read_json(place(run.out, path, "index.json"))
    balance = balance_report(run, plan.name)
    return CorpusFacts(
        name=plan.name,
        title=plan.title,
        path=path,
        mode=balance["mode"],
        cap=balance["cap"],
        sizes={size["mode"]: size["modalities"] for size in balance["sizes"] if size["mode"] != "none"},
        binds=tuple(balance["binding"]),
        cells=tuple(from_plain(cell, CellFacts) for cell in balance["cells"]),
        feeds=tuple(from_plain(feed, FeedFacts) for feed in balance["feeds"]),
        limits=tuple(from_plain(limit, LimitFacts) for limit in balance["limits"]),
        fixes=tuple(from_plain(fix, FixFacts) for fix in balance["fixes"]),
        shards=len(index["shards"]),
        bytes=sum(shard["bytes"] for shard in index["shards"]),
        choices=index.get("choices", {}),
        mixtures=index.get("mixtures", {}),
    )


def balance_report(run: Run, corpus: str) -> dict[str, Any]:
    """The BalanceReport of a corpus, as balance's receipts keep it."""
    for receipt in run.index("balance", decided=True).receipts:
        for report in receipt.counts.get("reports", []):
            if report["corpus"] == corpus:
                return dict(report)
    raise KeyError(f"no receipt of balance reports on corpus '{corpus}'")


def _times(run: Run) -> tuple[StageTime, ...]:
    times = []
    for stage, decided, counted, unit in TIMED:
        index = (run.decisions(stage) if decided else run.facts(stage)).index()
        if index is None or not (index.files or decided or stage != "tag"):  # no model: nothing was scored
            continue
        if counted is None:
            places = [place(run.out, "corpora", corpus.name, "index.json") for corpus in run.recipe.corpora]
            rows = sum(read_json(path)["rows"] for path in places)
        else:
            rows = run.index(run.holding(counted[0]) if stage != "rewrite" else counted[0], decided=counted[1]).rows(counted[2])
        times.append(StageTime(stage=stage if decided or stage != "tag" else "tag scores", seconds=index.seconds, rows=rows, unit=unit))
    return tuple(times)
