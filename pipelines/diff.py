"""two OUTs, or two corpora -> what came, went, changed and why: printed, and as JSON; 0 if equal, 1 if not"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.diff.columns import differing
from curate.diff.difference import CorpusDifference, Difference
from curate.diff.fates import Fates
from curate.diff.join import Disorder, Meeting, Stream, meetings
from curate.diff.rows import Rows, shared_columns
from curate.diff.settings import settings_that_differ, unrecorded
from curate.diff.story import story
from curate.diff.tally import Tally, TooManyKinds
from curate.listed import ListedShard
from curate.report.page import legible
from pipelines.compared import (
    MODALITY,
    VERDICT,
    files_that_differ,
    memory_bound,
    modality_stream,
    modality_tables,
    shard_schema,
    shard_streams,
    verdict_rows,
    verdict_stream,
)
from pipelines.progress import Meter, Reporter
from pipelines.run import UsageError
from pipelines.sides import CorpusFolder, Opened, Unreadable, open_sides, write_difference

Pair = tuple[CorpusFolder | None, CorpusFolder | None]


def print_diff(before: str, now: str, *, json: str | None, ids: int, quick: bool) -> int:
    """0 if the two are equal, 1 if not. Raises UsageError where they cannot be compared."""
    if json and not Path(json).absolute().parent.is_dir():
        raise UsageError(f"--json {json}: no folder to write it to")
    found = difference(before, now, ids=ids, quick=quick)
    if json:
        write_difference(json, found.plain())
    print("\n".join(legible(line) for line in story(found, ids=ids)))
    return 0 if found.equal else 1


def difference(before: str, now: str, *, ids: int = 3, quick: bool = False) -> Difference:
    """`ids` are told of each change; `quick` leaves image bytes unread. Raises UsageError, DamagedTable."""
    sides = open_sides(before, now)
    sides = _alike(*sides)
    pairs = _pairs(*sides)
    runs = all(side.is_run for side in sides)
    rows = sum(corpus.listed.rows for pair in pairs.values() for corpus in pair if corpus) + sum(map(verdict_rows, sides if runs else ()))
    try:
        with Meter("diff", rows, "rows") as meter, memory_bound():
            reporter = Reporter(meter.address)
            found = Difference(
                before=sides[0].side,
                now=sides[1].side,
                settings=settings_that_differ(*(side.settings for side in sides)),
                unrecorded=unrecorded(*(side.settings for side in sides)),
                fates=_fates(sides, ids, reporter) if runs else None,
                modalities=_modalities(sides, ids) if runs else None,
                files=list(files_that_differ(*sides)) if runs else [],
                corpora=[_corpora(name, pair, ids=ids, quick=quick, reporter=reporter) for name, pair in pairs.items()],
            )
            reporter.flush()
    except (Disorder, TooManyKinds) as fault:
        raise Unreadable(str(fault)) from fault
    except (pa.ArrowException, MemoryError) as fault:  # columns of a type that nothing compares
        raise Unreadable(f"{before}, {now}: cannot be compared ({type(fault).__name__}); 'verify' tells which is damaged") from fault
    return found


def _alike(before: Opened, now: Opened) -> list[Opened]:
    """A run beside the folder of a corpus is compared by its like: the corpus of that name, else its only one. Raises UsageError."""
    if before.is_run == now.is_run:
        return [before, now]
    (wanted,) = (now if before.is_run else before).corpora
    return [side.alone(wanted) if side.is_run else side for side in (before, now)]


def _pairs(before: Opened, now: Opened) -> dict[str, Pair]:
    """Corpora of one name; or the only one of each side, whatever they are called."""
    sides = [before.corpora, now.corpora]
    if len(sides[0]) == len(sides[1]) == 1 and sides[0].keys() != sides[1].keys():
        (mine, left), (theirs, right) = (next(iter(side.items())) for side in sides)
        return {f"{mine}, {theirs}": (left, right)}
    return {name: (sides[0].get(name), sides[1].get(name)) for name in sorted({*sides[0], *sides[1]})}


def _fates(sides: Sequence[Opened], ids: int, reporter: Reporter) -> Fates:
    """Bucket by bucket: an id is in buckets that begin alike, however many there are on each side."""
    fates, empty = Fates(ids), VERDICT.empty_table()
    for ranges in _buckets(sides):
        streams = [[verdict_stream(side.verdicts(bucket)) for bucket in buckets] for side, buckets in zip(sides, ranges)]
        for met in meetings(streams, empty):
            fates.add(met)
            reporter.step(_rows_of(met))
    return fates


def _buckets(sides: Sequence[Opened]) -> list[tuple[range, ...]]:
    """Of each side the buckets that hold the same ids as those of the other."""
    fewest = min(side.buckets for side in sides)
    steps = [side.buckets // fewest for side in sides]
    return [tuple(range(place * step, (place + 1) * step) for step in steps) for place in range(fewest)]


def _modalities(sides: Sequence[Opened], ids: int) -> Tally | None:
    tables = [modality_tables(side) for side in sides]
    before, now = tables
    if before is None or now is None:
        return None
    tally, empty = Tally(ids), MODALITY.empty_table()
    for ranges in _buckets(sides):
        streams: list[list[Stream]] = [[modality_stream(each, buckets)] for each, buckets in zip((before, now), ranges)]
        for met in meetings(streams, empty):
            before_words, now_words = (table["modality"].combine_chunks() for table in (met.before, met.now))
            apart = pa.array(differing(before_words, now_words))
            changed = met.now.select(["id"]).filter(apart)
            changed = changed.append_column("source", pc.list_element(pc.split_pattern(changed["id"], "/", max_splits=1), 0))
            tally.add("modality", changed, before=before_words.filter(apart), now=now_words.filter(apart))
    return tally


def _corpora(name: str, pair: Pair, *, ids: int, quick: bool, reporter: Reporter) -> CorpusDifference:
    """Shards whose digests both indexes have are not read: they hold the same rows."""
    before, now = pair
    rows = Rows(ids)
    found = CorpusDifference(name=name, before=_count(before), now=_count(now), rows=rows, quick=quick)
    if before is None or now is None:
        return found
    shards = _unlike(before.listed.shards, now.listed.shards)
    found.skipped = before.listed.rows - sum(shard.rows for shard in shards[0])
    reporter.step(2 * found.skipped)
    schemas = [shard_schema(corpus, some) for corpus, some in zip((before, now), shards)]
    if all(shards):
        found.columns = shared_columns(*schemas)
    schema = schemas[0] if shards[0] else schemas[1]  # of two without a row nothing is read
    names = found.columns.both if all(shards) else schema.names
    columns = [name for name in names if not (quick and name == "images")]
    streams = [shard_streams(corpus, some, columns) for corpus, some in zip((before, now), shards)]
    empty = pa.schema([schema.field(name) for name in columns]).empty_table()
    for met in meetings(streams, empty):
        rows.add(met)
        reporter.step(_rows_of(met))
    return found


def _unlike(before: Sequence[ListedShard], now: Sequence[ListedShard]) -> list[list[ListedShard]]:
    alike = {(shard.split, shard.sha256) for shard in before} & {(shard.split, shard.sha256) for shard in now}
    return [[shard for shard in shards if (shard.split, shard.sha256) not in alike] for shards in (before, now)]


def _count(corpus: CorpusFolder | None) -> int | None:
    return corpus.listed.rows if corpus else None


def _rows_of(met: Meeting) -> int:
    return sum(map(len, (met.went, met.came, met.before, met.now)))
