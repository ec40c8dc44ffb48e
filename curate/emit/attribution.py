"""facts of a corpus -> ATTRIBUTION.md: licence, citation and homepage of every source in it, with counts"""

from __future__ import annotations

from curate.emit.facts import CorpusFacts, Origin
from curate.emit.markdown import code, plain, table


def attribution(facts: CorpusFacts) -> str:
    """Every source of the corpus, its terms as its manifest states them, and the licences its records carry themselves."""
    counts = facts.counts("source")
    sections = [_section(origin, counts[origin.id], facts.licenses_of(origin.id)) for origin in facts.origins if counts.get(origin.id)]
    licences = table(["licence", "samples"], [[plain(word or "unknown"), f"{count:,}"] for word, count in facts.counts("license").items()])
    return "\n".join(
        [
            f"# Attribution: {plain(facts.title or facts.name)}",
            "",
            "Every sample keeps the terms of the source it comes from; its `license` and `access` columns say which. Whoever passes the",
            "corpus on passes these terms on. `unknown`: the publisher states no licence; ask before any use beyond private study.",
            "",
            "## Licences of the records",
            "",
            licences,
            "",
            *sections,
        ]
    )


def _section(origin: Origin, count: int, licences: dict[str, int]) -> str:
    lines = [
        f"## {plain(origin.title)}",
        "",
        f"- Source: {code(origin.id)}, {count:,} samples",
        f"- Homepage: {plain(origin.homepage) or 'not stated'}",
        f"- Licence: {plain(origin.license)}; access: {origin.access}; commercial use: {origin.commercial}",
    ]
    if list(licences) not in ([], [origin.license]):
        lines.append("- Licences of its records: " + "; ".join(f"{plain(word or 'unknown')} {rows:,}" for word, rows in licences.items()))
    lines.append(f"- Citation: {plain(origin.citation) or 'not stated'}")
    return "\n".join([*lines, ""])
