"""facts of a corpus -> README.md: the dataset card, with the front matter that the hub and `datasets` read"""

from __future__ import annotations

from typing import Any

import yaml

from curate.emit.facts import CorpusFacts, Guard, Share
from curate.emit.limits import limits_of_use
from curate.emit.markdown import code, plain, table
from curate.emit.plot import PLOT
from curate.emit.shards import shard_pattern
from curate.emit.trainers import TRAINERS

SIZES = (("n<1K", 10**3), ("1K<n<10K", 10**4), ("10K<n<100K", 10**5), ("100K<n<1M", 10**6), ("1M<n<10M", 10**7), ("10M<n<100M", 10**8))
CATEGORIES = {  # task -> task category of the hub
    "caption": "image-to-text", "report": "image-to-text", "vqa": "visual-question-answering", "instruction": "image-text-to-text",
    "classification": "image-classification", "segmentation": "image-segmentation", "detection": "object-detection",
    "qa": "question-answering", "reasoning": "text-generation", "dialogue": "text-generation",
}  # fmt: skip
_CC_VERSIONS = ("2.0", "2.5", "3.0", "4.0")
HUB_LICENSES = {  # identifiers the hub knows, those of this field
    "apache-2.0", "mit", "bsd-3-clause", "cc0-1.0", "odc-by", "odbl", "unknown",
    *(f"cc-{terms}-{version}" for terms in ("by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd") for version in _CC_VERSIONS),
}  # fmt: skip


def card(facts: CorpusFacts) -> str:
    parts = [
        f"---\n{yaml.safe_dump(front_matter(facts), sort_keys=False, allow_unicode=True)}---\n",
        f"# {plain(facts.title or facts.name)}\n",
        _opening(facts),
        "## Balance\n",
        _balance(facts),
        "## Sources\n",
        _sources(facts),
        "## Evaluation sets\n",
        _guards(facts.guards),
        "## Use\n",
        _use(facts),
        "## Limits of use\n",
        "\n".join(f"- {limit}" for limit in limits_of_use(facts)) + "\n",
    ]
    return "\n".join(parts)


def _use(facts: CorpusFacts) -> str:
    """How trainers read it; of mixtures only where it is drawn in one, by that one's name."""
    text = TRAINERS.replace("FOLDER", f"OUT/corpora/{facts.name}")
    before, _, rest = text.partition("**Mixtures**")
    mixtures, _, after = rest.partition("**Streaming**")
    if not facts.mixtures:
        return f"{before}**Streaming**{after}"
    named = mixtures.replace('["mixtures"]["instruction"]', f'["mixtures"]["{next(iter(facts.mixtures))}"]')
    return f"{before}**Mixtures**{named}**Streaming**{after}"


def front_matter(facts: CorpusFacts) -> dict[str, Any]:
    """What the hub reads: licence, size, tasks, and where the shards of each split are."""
    licenses = [word.lower() for word in facts.counts("license")]
    single = licenses[0] if len(licenses) == 1 and licenses[0] in HUB_LICENSES else None
    return {
        "pretty_name": _line(facts.title or facts.name),
        "license": single or "other",
        **({} if single else {"license_name": "per-record", "license_link": "ATTRIBUTION.md"}),
        "language": sorted(word for word in facts.counts("language") if word) or ["en"],
        "task_categories": sorted({CATEGORIES[task] for task in facts.counts("task") if task in CATEGORIES}),
        "size_categories": [next((name for name, limit in SIZES if facts.rows < limit), "n>100M")],
        "tags": ["medical", "vision-language", *(name for name in facts.counts("modality") if name not in ("other", "text"))],
        **({"dataset_info": _info(facts), "configs": [_config(facts)]} if facts.splits else {}),
    }


def _info(facts: CorpusFacts) -> dict[str, Any]:
    """Rows of each split: `load_dataset` refuses a copy that has not as many. The features lie in the shards themselves."""
    sizes = {split: sum(shard.bytes for shard in facts.shards if shard.split == split) for split in facts.splits}
    return {
        "config_name": "default",
        "splits": [{"name": split, "num_bytes": sizes[split], "num_examples": rows} for split, rows in facts.splits.items()],
        "download_size": facts.bytes,
        "dataset_size": facts.bytes,
    }


def _config(facts: CorpusFacts) -> dict[str, Any]:
    files = [{"split": split, "path": shard_pattern(split, count)} for split, count in facts.shard_counts.items()]
    return {"config_name": "default", "data_files": files}


def _line(text: str) -> str:
    return " ".join(text.split())


def _opening(facts: CorpusFacts) -> str:
    splits = ", ".join(f"{rows:,} {split}" for split, rows in facts.splits.items()) or "no rows"
    tasks = "; ".join(f"{task} {count:,}" for task, count in facts.counts("task").items())
    settings = "; ".join(f"{name} {code(value)}" for name, value in facts.settings.items())
    shards = f"{len(facts.shards)} shard{'' if len(facts.shards) == 1 else 's'}"
    return (
        f"{facts.rows:,} samples ({splits}) with {facts.images:,} images in {shards}, {_megabytes(facts.bytes)}. "
        f"Made by the recipe {code(str(facts.recipe.get('id', '')))}; `index.json` holds it whole, with the SHA-256 of every shard.\n\n"
        f"Tasks: {tasks or 'none'}.\n" + (f"\nSettings: {settings}.\n" if settings else "") + _drawn(facts)
    )


def _drawn(facts: CorpusFacts) -> str:
    """The mixtures that it is a part of."""
    if not facts.mixtures:
        return ""
    parts = "; ".join(f"{code(name)} {said['probability']:.1%} of the draws" for name, said in facts.mixtures.items())
    return f"\nDrawn together with other corpora of the same run: {parts}. `mixtures.json`, beside this folder, has the others.\n"


def _balance(facts: CorpusFacts) -> str:
    shown = [share for share in facts.shares if share.supply or share.target]
    head = ["modality", "before", "target", "after", "samples", "weight", "by weight"]
    rows = [
        [
            share.name + (" (outside)" if share.outside else ""),
            f"{share.supply:,} ({share.before:.1%})",
            _target(share),
            f"{share.after:.1%}",
            f"{share.selected:,}",
            f"{share.weight:.3g}",
            f"{share.weighted:.1%}" + ("" if share.reached else " *"),
        ]
        for share in shown
    ]
    short = [share.name for share in shown if not share.reached]
    lines = [f"Mode `{facts.mode}`" + (f", cap {facts.cap:g} times the target" if facts.mode == "cap" else "") + ". " + _outside_note()]
    if said := _decided(facts):
        lines.append(said)
    if facts.binding:
        lines.append(f"The corpus would be larger with more of: {', '.join(facts.binding)}.")
    if short:
        lines.append(f"\\* not reachable: no sample is weighted above {facts.max_repeat:g} ({', '.join(short)}).")
    return "\n\n".join([f"![Shares before, after and wanted; the numbers are in the table]({PLOT})", table(head, rows), *lines]) + "\n"


def _decided(facts: CorpusFacts) -> str:
    """Who said what the images are; samples without images need no witness."""
    counts = facts.counts("modality_by")
    counts["declared"] = counts.get("declared", 0) - facts.counts("modality").get("text", 0)
    most = sorted(counts.items(), key=lambda pair: -pair[1])
    said = ", ".join(f"{code(by) if by else 'nobody'} {count:,}" for by, count in most if count > 0)
    return f"Who decided the modality of samples with images (`modality_by`): {said}." if said else ""


def _outside_note() -> str:
    return "Shares are of the twelve modalities; what stands outside them (text, general domain, other) has its share of the whole."


def _target(share: Share) -> str:
    if share.target is None:
        return "all"
    return f"at most {share.target:.1%}" if share.outside else f"{share.target:.1%}"


def _sources(facts: CorpusFacts) -> str:
    counts = facts.counts("source")
    rows = [
        [code(origin.id), plain(origin.title), f"{counts[origin.id]:,}", plain(origin.license), origin.access, origin.commercial]
        for origin in facts.origins
        if counts.get(origin.id)
    ]
    return (
        table(["source", "title", "samples", "licence", "access", "commercial use"], rows)
        + "\n\nLicences are per record: the `license` and `access` columns hold each row's own. Citations are in ATTRIBUTION.md.\n"
    )


def _guards(guards: tuple[Guard, ...]) -> str:
    if not guards:
        return "No evaluation set was shielded. **Scores on any benchmark may be inflated by what this corpus holds.**\n"
    rows = [
        [
            plain(guard.title),
            guard.state if guard.state == "shielded" else f"**{guard.state}**",
            *(f"{count:,}" for count in (guard.rows, guard.keys, guard.images, guard.questions, guard.texts, guard.rejected)),
        ]
        for guard in guards
    ]
    compared = [f"{what} compared" for what in ("keys", "images", "questions", "texts")]
    head = ["evaluation set", "state", "rows on disk", *compared, "samples rejected"]
    lacking = [
        f"- {plain(guard.title)}, {guard.state}: {plain(guard.why) or 'not looked at'}." for guard in guards if guard.state != "shielded"
    ]
    notes = ["Texts are compared by runs of words: what was rewritten throughout, cut to less than half or translated is not found."]
    if lacking:
        notes += ["What was not compared may be in here:", "\n".join(lacking)]
    return "\n\n".join([table(head, rows), *notes]) + "\n"


def _megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
