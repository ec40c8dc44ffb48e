"""receipts of the shards of a corpus -> its cards and index; what the index does not name is removed"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

from curate.emit.attribution import attribution
from curate.emit.card import card
from curate.emit.croissant import croissant
from curate.emit.facts import CorpusFacts, Guard, Origin, Shard, Share, merge_counts
from curate.emit.index import CHECKSUMS, INDEX, as_json, checksums, corpus_index
from curate.emit.plot import PLOT, card_plot
from curate.manifest import Manifest
from curate.recipe import CorpusPlan
from pipelines.facts import balance_report, setting
from pipelines.place import place
from pipelines.run import Run
from pipelines.shield import compared_with
from pipelines.tables import Receipt, fingerprint, write_bytes
from pipelines.together import remove_files
from schemas.verdict import Verdict


def publish(run: Run, corpus: CorpusPlan, receipts: Sequence[Receipt], mixtures: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Write the cards, remove shards of an earlier run, then write the index: from then on there is a corpus. Paths of cards and index
    below OUT."""
    facts = dataclasses.replace(corpus_facts(run, corpus, receipts), mixtures=mixtures)
    folder = place(run.out, "corpora", corpus.name)
    cards = {
        "README.md": card(facts).encode("utf-8", "replace"),
        "ATTRIBUTION.md": attribution(facts).encode("utf-8", "replace"),
        "croissant.json": as_json(croissant(facts)),
        PLOT: card_plot(facts),
    }
    cards[CHECKSUMS] = checksums(facts, cards)
    for name, data in cards.items():
        write_bytes(run.out, folder / name, data)
    named = {INDEX, *cards, *(shard.name for shard in facts.shards)}
    remove_files(path for path in folder.iterdir() if path.name not in named and path.is_file())
    write_bytes(run.out, folder / INDEX, as_json(corpus_index(facts, cards)))
    return [f"corpora/{corpus.name}/{name}" for name in sorted({INDEX, *cards})]


def basis_of(run: Run) -> str:
    """Of what the cards tell beside their shards: recipe, settings, manifests, evaluation sets, what balance did."""
    reports = [receipt.counts["reports"] for receipt in run.index("balance", decided=True).receipts]
    manifests = sorted(manifest.digest for manifest in run.options.manifests)
    guards = [dataclasses.asdict(guard) for guard in _guards(run)]
    return fingerprint([run.recipe.plain(), _settings(run), manifests, guards, reports])


def corpus_facts(run: Run, corpus: CorpusPlan, receipts: Sequence[Receipt]) -> CorpusFacts:
    balance = balance_report(run, corpus.name)
    names = {field.name for field in dataclasses.fields(Share)}
    return CorpusFacts(
        name=corpus.name,
        title=corpus.title,
        recipe=run.recipe.plain(),
        settings=_settings(run),
        mode=balance["mode"],
        cap=balance["cap"],
        max_repeat=balance["max_repeat"],
        binding=tuple(balance["binding"]),
        basis=basis_of(run),
        shares=tuple(Share(**{name: cell[name] for name in names}) for cell in balance["cells"]),
        origins=tuple(_origin(manifest) for manifest in run.options.manifests if manifest.kind == "source"),
        guards=_guards(run),
        shards=tuple(sorted(map(_shard, receipts), key=lambda shard: shard.name)),
        synthetic=sum(receipt.counts["synthetic"] for receipt in receipts),
        blanked=sum(receipt.counts["blanked"] for receipt in receipts),
        scrubbed=sum(receipt.counts.get("scrubbed", 0) for receipt in receipts),
        rewritten=sum(receipt.counts.get("rewritten", 0) for receipt in receipts),
        choices=merge_counts(receipt.counts.get("choices", {}) for receipt in receipts),
    )


def _settings(run: Run) -> dict[str, str]:
    """What 'auto' came to, by name and digest: not where it lies on this machine."""
    return {name: setting(value) for name, value in run.resolved.items()}


def _shard(receipt: Receipt) -> Shard:
    (file,), counts = receipt.files, receipt.counts
    return Shard(
        name=counts["name"],
        split=counts["split"],
        rows=file.rows,
        images=counts["images"],
        image_bytes=counts["image_bytes"],
        bytes=file.bytes,
        sha256=file.sha256,
        counts=counts["words"],
    )


def _origin(manifest: Manifest) -> Origin:
    return Origin(
        id=manifest.id,
        title=manifest.title,
        homepage=manifest.homepage,
        citation=manifest.citation,
        license=manifest.license,
        access=manifest.access,
        commercial=manifest.commercial,
    )


def _guards(run: Run) -> tuple[Guard, ...]:
    """Every evaluation set that has a manifest: a corpus says of each whether it was kept out."""
    rejected = run.decisions("shield").read("verdicts", Verdict, columns=["evidence"])["evidence"].to_pylist()
    compared = compared_with(run)
    touched = Counter(evidence.partition(":")[0] for evidence in rejected)  # evidence begins with the benchmark's id
    return tuple(
        Guard(
            id=manifest.id,
            title=manifest.title,
            rejected=touched[manifest.id],
            **compared.get(manifest.id, {}),
        )
        for manifest in run.options.manifests
        if manifest.kind == "benchmark"
    )
