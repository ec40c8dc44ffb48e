"""OUT -> what SQL counts in its verdicts, tables and shards, and which of its figures say otherwise"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from schemas.modality import TWELVE
from schemas.verdict import STAGES

Rows = list[Any]
TABLES = {  # each with the columns that are counted
    "verdicts": ("verdicts/*.parquet", "*"),
    "samples": ("stages/ingest/samples/*/*.parquet", "id, source, task, domain, images, modality, license, access"),
    "images": ("stages/inspect/images/*/*.parquet", 'id, source, reason, width, height, ship.length as length, "window", text_by, text'),
    "screened": ("stages/{screened}/{recipe}/samples/*/*.parquet", "id, tokens, cleaned, scrubbed"),
    "selection": ("stages/balance/{recipe}/selection/*/*.parquet", "*"),
    "tagged": ("stages/tag/{recipe}/modalities/*/*.parquet", '* rename ("by" as who)'),
    "copies": ("stages/match/{recipe}/images/*/*.parquet", "proof"),
    "shards": ("corpora/*/*.parquet", "filename, id, domain, modality, tokens, widths, heights, weight"),
}
MADE = """
create view decided as select s.*, v.decision from samples s join verdicts v using (id);
create view own as select * from images where source not like '%@benchmark';
create view declares as
    select source, coalesce(modality, if(len(images) = 0, 'text', 'unknown')) as modality from decided
    union all select source, 'unknown' from verdicts where id not in (select id from samples);
create view shows as select distinct unnest(images) as id from decided where decision = 'kept';
create view sized as
    select least(width, height) as side, length, id in (select id from shows) as kept from own where reason is null;
create view shipped as
    select *, parse_path(filename)[-2] as corpus, split_part(parse_filename(filename), '-', 1) as split,
    if(domain = 'general', 'general', modality) as cell from shards;
create view chosen as select c.*, if(domain = 'general', 'general', c.modality) as cell from selection c join samples using (id);
create view evidence as
    select t.*, d.source, coalesce(d.modality, 'unknown') as declared from tagged t join decided d using (id) where t.modality <> 'text';
create view witness as
    select id, source, declared, who, modality as says from evidence
    union select id, source, declared, split_part(said, ' ', 1), regexp_replace(substr(said, strpos(said, ' ') + 1), ' [0-9.]+$', '')
    from (select *, unnest(string_split(against, '; ')) as said from evidence) where said <> '';
"""


def figures_of(out: Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((out / "report" / "figures.json").read_text(encoding="utf-8"))
    return figures


def differences(out: Path, figures: dict[str, Any], recipe: str = "default") -> list[str]:
    """Every figure that SQL counts otherwise, with both values. Times, file faults and targets are not looked at: no table tells them."""
    database = _opened(out, recipe)
    pairs = [*_account(database, figures), *_sources(database, figures), *_images(database, figures), *_evidence(database, figures)]
    pairs += [pair for corpus in figures["corpora"] for pair in _corpus(database, corpus)]
    pairs += _texts(database, figures)
    return [f"{name}: figures.json {told}, SQL {counted}" for name, told, counted in pairs if not _equal(told, counted)]


def _opened(out: Path, recipe: str) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    screened = "rewrite" if (out / "stages" / "rewrite" / recipe).is_dir() else "screen"
    for name, (glob, columns) in TABLES.items():
        files = f"'{out / glob.format(recipe=recipe, screened=screened)}', hive_partitioning = false, filename = {name == 'shards'}"
        database.execute(f"create table {name} as select {columns} from read_parquet({files})")
    database.execute(MADE)
    return database


Pairs = Iterator[tuple[str, Any, Any]]


def _account(database: duckdb.DuckDBPyConnection, figures: dict[str, Any]) -> Pairs:
    head = figures["headline"]
    kept, rejected = "count(*) filter (decision = 'kept')", "count(*) filter (decision = 'rejected')"
    yield "headline", [head["inputs"], head["kept"], head["rejected"]], _row(database, f"select count(*), {kept}, {rejected} from verdicts")
    yield "ids of verdicts", head["inputs"], _row(database, "select count(distinct id) from verdicts")[0]
    yield "kept, in shards", head["kept"], _row(database, "select count(distinct id) from shards")[0]
    order = ", ".join(f"('{stage}', {place})" for place, stage in enumerate(STAGES))
    steps = f"""with gone as (select stage, place, count(id) as gone from (values {order}) as known(stage, place)
        left join (select * from verdicts where decision = 'rejected') using (stage) group by all)
        select stage, gone, {head["inputs"]} - coalesce(sum(gone) over (order by place rows between unbounded preceding and 1 preceding), 0)
        from gone order by place"""
    counted = {stage: [int(entering), gone, int(entering) - gone] for stage, gone, entering in _all(database, steps)}
    for step in figures["waterfall"]:
        yield f"waterfall {step['stage']}", [step["entering"], step["rejected"], step["kept"]], counted.pop(step["stage"])
        reasons = _ranked(database, "reason", f"verdicts where decision = 'rejected' and stage = '{step['stage']}'")
        yield f"waterfall {step['stage']}: reasons", step["reasons"], reasons
    yield "stages that are not shown reject nothing", 0, sum(gone for _, gone, _ in counted.values())
    for row in figures["reasons"]:
        where = f"verdicts where decision = 'rejected' and stage = '{row['stage']}' and reason = '{row['reason']}'"
        told = [row["count"], row["share"], row["sources"]]
        count = _row(database, f"select count(*) from {where}")[0]
        yield f"reason {row['reason']}", told, [count, count / head["rejected"], _ranked(database, "source", where)]
        if row["reason"] == "image_rejected":
            yield "image_rejected", row["images"], _ranked(database, "regexp_extract(evidence, ': ([a-z_]+)( |$)', 1)", where)
    yield "reasons", sum(row["count"] for row in figures["reasons"]), head["rejected"]


def _sources(database: duckdb.DuckDBPyConnection, figures: dict[str, Any]) -> Pairs:
    found = {source for (source,) in _all(database, "select distinct source from verdicts")}
    yield "sources", sorted(row["id"] for row in figures["sources"] if row["found"]), sorted(found)
    for row in figures["sources"]:
        mine = f"where source = '{row['id']}'"
        decisions = "count(*) filter (decision = 'kept'), count(*) filter (decision = 'rejected')"
        counted = _row(database, f"select count(*), {decisions} from verdicts {mine}")
        yield f"{row['id']}: counts", [row["found"], row["kept"], row["rejected"]], counted
        yield f"{row['id']}: reasons", row["reasons"], _ranked(database, "reason", f"verdicts {mine} and decision = 'rejected'")
        yield f"{row['id']}: modalities", row["modalities"], _ranked(database, "modality", f"declares {mine}")
        if licenses := _ranked(database, "license", f"decided {mine}"):
            yield f"{row['id']}: licences", row["licenses"], licenses
            tasks = _all(database, f"select distinct task from decided {mine} order by 1")
            yield f"{row['id']}: tasks", row["tasks"], [task for (task,) in tasks]
    for name, rows in (("license", figures["licenses"]), ("access", figures["accesses"])):
        counted = _all(database, f"select {name}, count(*), count(*) filter (decision = 'kept') from decided group by 1 order by 2 desc, 1")
        yield name, [[row["name"], row["found"], row["kept"]] for row in rows], counted


def _images(database: duckdb.DuckDBPyConnection, figures: dict[str, Any]) -> Pairs:
    yield "images", figures["image_count"], _row(database, "select count(*) from own")[0]
    told = [[row["reason"], row["count"]] for row in figures["images"]]
    yield "images that cannot be used", told, _ranked(database, "reason", "own where reason is not null")
    told = [[row["by"], row["count"]] for row in figures["windows"]]
    yield "windows", told, _ranked(database, "\"window\".by", "own where \"window\" is not null")
    told = [[row["source"], row["looked"], row["found"]] for row in figures["texts"]]
    texts = "select source, count(*), count(*) filter (len(text) > 0) from own where text_by <> '' group by 1 order by 1"
    yield "text in pixels", told, _all(database, texts)
    both = "count(*) filter (kept), count(*) filter (not kept)"
    for name, bins, column in (("sides", figures["image_sides"], "side"), ("bytes", figures["image_bytes"], "length")):
        lows = [bin["low"] for bin in bins] + [2**62]
        counted = [
            _row(database, f"select {both} from sized where {column} >= {low} and {column} < {high}")
            for low, high in itertools.pairwise(lows)
        ]
        yield f"image {name}", [[bin["kept"], bin["rejected"]] for bin in bins], counted
        yield f"image {name}: all", sum(bin["kept"] + bin["rejected"] for bin in bins), _row(database, "select count(*) from sized")[0]
    shipped = "select distinct least(w, h) as side from (select unnest(widths) as w, unnest(heights) as h from shards) order by 1"
    yield "sides in shards", _all(database, "select distinct side from sized where kept order by 1"), _all(database, shipped)
    for proof in ("bytes", "pixels", "phash"):
        yield f"copies by {proof}", figures["copies"][proof], _row(database, f"select count(*) from copies where proof = '{proof}'")[0]
    for pair in figures["pairs"]:
        wanted = [pair["reason"], pair["evidence"], pair["winner"]["id"]]
        yield f"pair {pair['loser']['id']}", wanted, _row(
            database, "select reason, evidence, winner from verdicts where id = ?", pair["loser"]["id"]
        )  # fmt: skip


def _evidence(database: duckdb.DuckDBPyConnection, figures: dict[str, Any]) -> Pairs:
    tagging, whole = figures["tagging"], _row(database, "select count(*) from evidence")[0]
    decided = {row["by"]: [row["samples"], row["share"], row["modalities"]] for row in tagging["decided"]}
    by = "if(who = '', 'nobody', who)"
    counted = {
        who: [count, count / whole, _ranked(database, "modality", f"evidence where {by} = '{who}'")]
        for who, count in _ranked(database, by, "evidence")
    }
    yield "who decided", decided, counted
    types = _ranked(database, "figure_type", "evidence where modality = 'other' and figure_type <> ''")
    yield "figure types", tagging["figure_types"], types
    yield "undecided", tagging["undecided"], _ranked(database, "source", "evidence where who = ''")
    if tagging["seen"]:
        told = sorted([row["declared"], row["looked"], row["sure"], sorted(row["seen"])] for row in tagging["seen"])
        rows = _all(database, "select declared, count(*), count(*) filter (seen <> '') from evidence group by 1 order by 1")
        seen = [sorted(_ranked(database, "seen", f"evidence where declared = '{row[0]}' and seen <> ''")) for row in rows]
        yield "declared, and seen", told, [[*row, each] for row, each in zip(rows, seen)]
    told = [[row["source"], row["declared"], row["by"], row["says"], row["count"]] for row in tagging["disagreements"]]
    against = "select source, declared, who, says, count(*) from witness where declared <> 'unknown' and says <> declared"
    yield "disagreements", told, _all(database, f"{against} and who not in ('', 'declared') group by all order by 5 desc, 1, 2, 3, 4")


def _corpus(database: duckdb.DuckDBPyConnection, corpus: dict[str, Any]) -> Pairs:
    name = corpus["name"]
    chosen, shards = f"chosen where corpus = '{name}'", f"shipped where corpus = '{name}'"
    counted = [_row(database, f"select count(*) from {where}")[0] for where in (chosen, f"{chosen} and selected", shards)]
    yield f"{name}: entering, after", [corpus["entering"], corpus["after"], corpus["after"]], counted
    yield f"{name}: splits", corpus["splits"], _all(database, f"select split, count(*) from {shards} group by 1 order by 1")
    yield f"{name}: left out", corpus["left_out"], _ranked(database, "reason", f"{chosen} and not selected")
    yield f"{name}: unknown", corpus["unknown"], _row(database, "select count(*) from declares where modality = 'unknown'")[0]
    files = [Path(path) for (path,) in _all(database, f"select distinct filename from {shards}")]
    yield f"{name}: shards", [corpus["shards"], corpus["bytes"]], [len(files), sum(path.stat().st_size for path in files)]
    for row in (*corpus["rows"], *corpus["outside"]):
        told = [[row[key], row[f"{key}_share"]] for key in ("declared", "entering", "after")]
        tables = (("declares", "modality"), (chosen, "cell"), (shards, "cell"))
        yield f"{name}: {row['modality']}", told, [_share(database, table, cell, row["modality"], "count(*)") for table, cell in tables]
        weight = _share(database, shards, "cell", row["modality"], "sum(weight)")[1]
        yield f"{name}: {row['modality']}, weighted", row["weighted_share"], round(weight, 6)


def _share(database: duckdb.DuckDBPyConnection, table: str, column: str, name: str, count: str) -> Rows:
    """How much of the table is `name`, and which share: of the twelve, or of all if it is none of them."""
    among = f"{column} in {TWELVE}" if name in TWELVE else "true"
    counts = f"coalesce({count} filter ({column} = '{name}'), 0) as mine, coalesce({count} filter ({among}), 0) as whole"
    return _row(database, f"select mine, if(whole = 0, 0, mine / whole) from (select {counts} from {table})")


def _texts(database: duckdb.DuckDBPyConnection, figures: dict[str, Any]) -> Pairs:
    binned = "select least(13, ceil(log2(tokens + 1)))::int as bin, id in (select id from shards) as kept from screened"
    counted = {bin: [kept, rejected] for bin, kept, rejected in _all(
        database, f"select bin, count(*) filter (kept), count(*) filter (not kept) from ({binned}) group by 1"
    )}  # fmt: skip
    told = [[bin["kept"], bin["rejected"]] for bin in figures["tokens"]]
    yield "tokens", told, [counted.get(bin, [0, 0]) for bin in range(min(counted), max(counted) + 1)] if counted else []
    words = "select s.id, split_part(s.id, '/', 1) as source, {} from screened s"
    for name, column, count in (("cleaned", "cleaned", "1"), ("scrubbed", "scrubbed", "word.count")):
        unnested = words.format(f"unnest({column}) as word")
        word = "word" if name == "cleaned" else "word.kind"
        rows = _all(database, f"select {word}, count(*), sum({count})::int from ({unnested}) group by 1 order by 2 desc, 1")
        yield name, [[row["word"], row["samples"], row["count"]] for row in figures[name]], rows
    shields = "select split_part(evidence, ': ', 1), source, count(*) from verdicts where stage = 'shield' group by all order by all"
    told_shields: dict[tuple[str, str], int] = {}
    for row in figures["shields"]:
        told_shields[row["benchmark"], row["source"]] = told_shields.get((row["benchmark"], row["source"]), 0) + row["count"]
    yield "shields", [[*key, count] for key, count in sorted(told_shields.items())], _all(database, shields)


def _all(database: duckdb.DuckDBPyConnection, query: str, *values: Any) -> Rows:
    return [list(row) for row in database.execute(query, list(values)).fetchall()]


def _row(database: duckdb.DuckDBPyConnection, query: str, *values: Any) -> Rows:
    (row,) = _all(database, query, *values)
    return list(row)


def _ranked(database: duckdb.DuckDBPyConnection, key: str, where: str) -> Rows:
    """How often each value of `key`, most first, then by name."""
    return _all(database, f"select {key} as key, count(*) from {where} group by 1 order by 2 desc, 1")


def _equal(told: Any, counted: Any) -> bool:
    if isinstance(told, list) and isinstance(counted, list):
        return len(told) == len(counted) and all(map(_equal, told, counted))
    if isinstance(told, dict) and isinstance(counted, dict):
        return told.keys() == counted.keys() and all(_equal(told[key], counted[key]) for key in told)
    if isinstance(told, float) or isinstance(counted, float):
        return math.isclose(told, counted, rel_tol=1e-9, abs_tol=1.1e-6)
    return bool(told == counted)
