"""options, sources found -> the options with the layout of OUT: how many buckets, how large a part, by its rows and the memory there is"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from curate.ingest.expected import expected_rows
from curate.manifest import Manifest
from pipelines.chunks import PART, plan_layout
from pipelines.find import list_place
from pipelines.place import place
from pipelines.run import Options, names, read_run


def lay_out(options: Options, folders: Mapping[str, str]) -> Options:
    """As OUT was begun; one that is new by what was asked for, else by about how many rows there will be: tables lie by it ever after."""
    return as_begun(options) or begin(options, rows_found(options, folders))


def as_begun(options: Options) -> Options | None:
    """None of an OUT that is new."""
    begun = read_run(options.out)
    if not begun:
        return None
    return replace(options, buckets=int(begun["buckets"]), part=int(begun.get("part", PART)), laid_by=begun.get("laid_by", {}))


def begin(options: Options, rows: int) -> Options:
    layout = plan_layout(rows, options.memory)
    return replace(
        options,
        buckets=options.buckets if options.are_buckets_asked else layout.buckets,
        part=layout.part,
        laid_by={"rows_expected": rows, "memory_bytes": options.memory.held(), "are_buckets_asked": options.are_buckets_asked},
    )


def rows_found(options: Options, folders: Mapping[str, str]) -> int:
    """About how many samples the sources have. Those whose manifest does not say are listed."""
    known = names(options.manifests)
    sources: dict[str, Manifest] = {name: known[name] for name in folders if known[name].kind == "source"}
    untold = {name: list_place(place(folders[name])) for name, manifest in sources.items() if not manifest.published_rows}
    return expected_rows(sources, untold, options.limit)
