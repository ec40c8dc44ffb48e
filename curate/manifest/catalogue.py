"""manifests -> what a person must fetch, and under which names it must lie: the words of `plan` and of manifests/SOURCES.md"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curate.manifest.model import Layout, Manifest, Table

TASKS = ("caption", "report", "vqa", "instruction", "classification", "segmentation", "detection", "qa", "reasoning", "dialogue")
HEAD = """# Sources and benchmarks

Written by `python -m pipelines plan --markdown` from the manifests; do not edit.

A source is found in the folder `DATA/<id>` or one of its other names (case, `-`, `_` and blanks alike). Below that the tree
is the publisher's own, archives (`.zip`, `.tar`, `.tar.gz`, `.tgz`, `.hdf5`) unpacked or not. In a path `{name}` stands for
any text, `*` for any part, `**/` for any folders; `a | b` for either. Rows are those published. *Unverified*: nobody has seen
it borne out by a real file yet; a file that differs gives one precise error.
"""
SOURCES = ("id", "title", "tasks", "modality", "rows", "licence", "access", "commercial")
BENCHMARKS = ("id", "title", "rows", "of", "own train split", "other sources", "known keys")


def tasks(manifest: Manifest) -> list[str]:
    """What its rows are for, in the order of the task table."""
    there = {table.task for layout in manifest.layouts for table in layout.tables}
    return [task for task in TASKS if task in there]


def modalities(manifest: Manifest) -> list[str]:
    """Those that the manifest declares; none for text alone, 'unknown' where a row does not say."""
    tables = [table for layout in manifest.layouts for table in layout.tables]
    if tables and not any(table.image for table in tables):
        return []
    found = {word for table in tables for word in _words(table.modality)} or {manifest.modality}
    return sorted(found - {"unknown"}) or ["unknown"]


def _words(spec: Any) -> Iterator[str]:
    if isinstance(spec, Mapping):
        yield from (str(word) for word in spec.get("values", {}).values())
        yield from (str(spec["default"]),) if "default" in spec else ()
    else:
        yield str(spec)


def published(manifest: Manifest) -> int:
    """Rows as published, of the layout that has most: layouts are alternatives, their rows are the same rows."""
    rows = manifest.published_rows
    return max((sum(rows.get(table.name, 0) for table in layout.tables) for layout in manifest.layouts), default=0)


def wanted_files(layout: Layout) -> list[str]:
    """Every file that the layout reads, as its manifest writes it: tables, joined tables, masks, images."""
    names: list[str] = []
    for table in layout.tables:
        names += [*table.files, *(name for join in table.join for name in join["files"]), *map(_spelt, picture_rules(table))]
    return [name for name in dict.fromkeys(names) if name not in ("{file}", "{@file}")]  # the table's own file


def picture_rules(table: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(path, extensions tried in place of its own) of images, masks and volumes."""
    for rule in (*table.image, *table.masks, *({"path": cut["of"]} for cut in (table.slices, table.slides) if cut)):
        path = rule["path"] if isinstance(rule, Mapping) else rule
        extensions = tuple(rule.get("extensions", ())) if isinstance(rule, Mapping) else ()
        yield from ((one, extensions) for one in ([path] if isinstance(path, str) else path))


def _spelt(rule: tuple[str, tuple[str, ...]]) -> str:
    path, extensions = rule
    return path + " or ".join(extensions) if path.endswith("}") else path


def terms(manifest: Manifest) -> str:
    return f"{manifest.license}, {manifest.access}, commercial use: {manifest.commercial}"


def folder_names(manifest: Manifest) -> list[str]:
    return list(dict.fromkeys((manifest.id, *manifest.folders)))


def row_count(manifest: Manifest) -> str:
    return f"{count:,} rows" if (count := published(manifest)) else "rows not published"


def shopping_lines(manifest: Manifest) -> Iterator[str]:
    """What it is, its terms, where to get it, what its folder and files must be called."""
    rows = row_count(manifest)
    kinds = ", ".join(tasks(manifest)) or "nothing that can be read yet"
    seen = ", ".join(modalities(manifest))
    yield f"{manifest.title}: {kinds}{f'; {seen}' if seen else ''}; {rows}; {terms(manifest)}"
    place = " ".join(filter(None, (manifest.where, manifest.homepage)))
    yield f"get    {place or 'the manifest does not say where'}"
    yield f"folder {', '.join(folder_names(manifest))}"
    if manifest.layout_unknown:
        yield f"files  unknown: {manifest.layout_unknown}"
    for number, layout in enumerate(manifest.layouts):
        yield f"{'files ' if number == 0 else 'or    '} {layout.name}: {'; '.join(wanted_files(layout))}"


def catalogue(manifests: Iterable[Manifest]) -> str:
    """manifests/SOURCES.md."""
    manifests = sorted(manifests, key=lambda manifest: manifest.id)
    sources = [manifest for manifest in manifests if manifest.kind == "source"]
    benchmarks = [manifest for manifest in manifests if manifest.kind == "benchmark"]
    lines = [HEAD, f"## {len(sources)} sources", "", *_heading(SOURCES), *map(_source, sources)]
    lines += ["", f"## {len(benchmarks)} benchmarks to shield", "", *_heading(BENCHMARKS), *map(_benchmark, benchmarks)]
    for manifest in (*sources, *benchmarks):
        lines += ["", *_section(manifest)]
    return "\n".join(lines) + "\n"


def _heading(names: Iterable[str]) -> list[str]:
    names = list(names)
    return [_row(names), _row(["---:" if name in ("rows", "known keys") else "---" for name in names])]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _source(manifest: Manifest) -> str:
    rows = f"{count:,}" if (count := published(manifest)) else "not known"
    what = [_cell(manifest.title), ", ".join(tasks(manifest)), ", ".join(modalities(manifest)) or "text", rows]
    return _row([f"[{manifest.id}](#{manifest.id})", *what, _cell(manifest.license), manifest.access, manifest.commercial])


def _benchmark(manifest: Manifest) -> str:
    rows = f"{count:,}" if (count := published(manifest)) else "not known"
    own, others = (manifest.rules.own_train, manifest.rules.others) if manifest.rules else ("image", "image")
    about = [f"[{manifest.id}](#{manifest.id}-benchmark)", _cell(manifest.title), rows]
    return _row([*about, manifest.of or "-", own if manifest.of else "-", _cell(others), f"{len(manifest.known_keys):,}"])


def _section(manifest: Manifest) -> Iterator[str]:
    yield f"### {manifest.id}{' (benchmark)' if manifest.kind == 'benchmark' else ''}"
    yield ""
    yield f"{manifest.title}. {manifest.where} {manifest.homepage}".rstrip()
    yield ""
    yield f"- folder: {', '.join(f'`{name}`' for name in folder_names(manifest))}"
    if manifest.layout_unknown:
        yield f"- files unknown: {manifest.layout_unknown}"
    for layout in manifest.layouts:
        yield f"- {layout.name}: {', '.join(f'`{name}`' for name in wanted_files(layout))}"
    yield from (f"- trap: {_line(trap)}" for trap in manifest.traps)
    yield from (f"- unverified: {_line(sentence)}" for sentence in manifest.unverified)
    if manifest.citation:
        yield f"- cite: {_line(manifest.citation)}"


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _line(text: str) -> str:
    return " ".join(text.split())
