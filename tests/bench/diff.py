"""two runs of millions of verdicts, two corpora of image bytes -> how long diff takes, what it holds, and that SQL counts the same"""

from __future__ import annotations

import json
from multiprocessing import get_context
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.diff.rows import WORDS
from curate.digest import digest64
from pipelines.diff import difference
from pipelines.tables import Room
from schemas.arrow import arrow_schema
from schemas.attribute import Tagged
from schemas.verdict import Verdict
from tests.bench.figure import Figure, seconds
from tests.pipelines.diff_pairs import write_corpus

SMALL, LARGE = 500_000, 5_000_000
SOURCES = 24
FATES = (  # stage, reason, evidence
    ("emit", "", ""), ("emit", "", ""), ("emit", "", ""), ("dedup", "duplicate_image", "phash 2"), ("dedup", "duplicate_text", "0.91"),
    ("screen", "caption_too_short", "3 < 10"), ("balance", "not_selected", "medical: over_target"),
)  # fmt: skip
CHANGED = 0.1  # of the samples that both runs have; as many come and go
IMAGES, IMAGE_BYTES = 4_000, 200_000
COUNTED = """
select count(*) filter (b.id is null), count(*) filter (a.id is null),
       count(*) filter (a.decision = 'kept' and b.decision = 'rejected'), count(*) filter (a.decision = 'rejected' and b.decision = 'kept'),
       count(*) filter (a.decision = 'rejected' and b.decision = 'rejected' and (a.stage != b.stage or a.reason != b.reason))
from read_parquet('{0}/verdicts/*.parquet') a full outer join read_parquet('{1}/verdicts/*.parquet') b on a.id = b.id
"""


def measure(folder: Path, samples: int) -> list[Figure]:
    short, _, _ = _apart(folder / "small", SMALL)
    long, held, agrees = _apart(folder / "large", LARGE)
    peer = seconds(lambda: _by_sql(folder / "large"))
    return [
        Figure(name="diff: verdicts of two runs of 5 M samples", figure=long, unit="s", target="<= 120"),
        Figure(name="diff: the same counts by duckdb's full outer join", figure=peer, unit="s"),
        Figure(name="diff: counts equal to SQL's", figure=float(agrees), unit="yes", target=">= 1"),
        Figure(name="diff: growth from 500k to 5 M", figure=float(np.log10(long / short)), unit="exponent", target="<= 1.05"),
        Figure(name="diff: memory at 5 M samples", figure=held / 1e6, unit="MB more than at 20k", target="<= 400"),
        *_corpora(folder / "corpora"),
    ]


def _corpora(folder: Path) -> list[Figure]:
    """800 MB of images on each side, one row in a hundred different, shards cut elsewhere."""
    random = np.random.default_rng(1)
    data = [random.bytes(IMAGE_BYTES) for _ in range(50)]
    folders = []
    for side, shard_rows in enumerate((900, 1_100)):
        rows = [_row(number, data[(number + (side if number % 100 == 0 else 0)) % len(data)]) for number in range(IMAGES)]
        folders.append(write_corpus(folder / str(side), rows, shard_rows=shard_rows))
    plainly = seconds(lambda: [_read(path) for each in folders for path in sorted(each.glob("*.parquet"))])
    compared = seconds(lambda: difference(*map(str, folders)))
    found = difference(*map(str, folders)).corpora[0]
    return [
        Figure(name="diff: corpora of 800 MB, of the time to read both", figure=compared / plainly, unit="x", target="<= 3"),
        Figure(name="diff: rows found different", figure=found.rows.different, unit=f"of {IMAGES // 100}", target=f">= {IMAGES // 100}"),
    ]


def _read(path: Path) -> int:
    return sum(batch.nbytes for batch in pq.ParquetFile(path).iter_batches(batch_size=64))


def _row(number: int, data: bytes) -> dict[str, object]:
    return {
        **dict.fromkeys(WORDS, ""), "group": "", "id": f"s/{number}", "source": "s", "images": [{"bytes": data, "path": "1.jpg"}],
        "modality_score": 1.0, "labels": [],
        "messages": [{"role": "user", "content": "<image>"}], "clusters": [], "weight": 1.0, "tokens": 5, "widths": [64], "heights": [64],
        "phashes": ["00"], "split": "train",
    }  # fmt: skip


def _apart(folder: Path, count: int) -> tuple[float, float, bool]:
    """(seconds, bytes more at the peak than after a small pair, whether SQL counts the same), in a process of its own."""
    for name, side, buckets in (("a", 0, 8), ("b", 1, 32)):
        write_verdicts(folder / name, count, side, buckets)
    with get_context("spawn").Pool(1) as pool:
        taken, held, counts = pool.apply(_held, (folder,))
    return taken, held, counts == _by_sql(folder)


def _held(folder: Path) -> tuple[float, float, list[int]]:
    first = folder.parent / "first"
    for name, side, buckets in (("a", 0, 8), ("b", 1, 32)):
        write_verdicts(first / name, 20_000, side, buckets)
    difference(str(first / "a"), str(first / "b"))  # what is loaded once
    before = _peak()
    found = []
    taken = min(seconds(lambda: found.append(difference(str(folder / "a"), str(folder / "b")))) for _ in range(2))
    changed = found[0].fates.changed
    counts = [changed.total(what) for what in ("went", "came", "now rejected", "now kept", "other reason")]
    return taken, _peak() - before, counts


def _peak() -> int:
    """Bytes. getrusage would tell of the process that started this one too."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _by_sql(folder: Path) -> list[int]:
    with duckdb.connect() as database:
        database.sql("set enable_progress_bar = false")
        return list(database.sql(COUNTED.format(folder / "a", folder / "b")).fetchall()[0])


def write_verdicts(out: Path, count: int, side: int, buckets: int) -> None:
    """OUT of a run that has verdicts and modalities alone. Both sides draw alike, but for CHANGED of the samples."""
    if (out / "run.json").is_file():
        return
    (out / "verdicts").mkdir(parents=True)
    (out / "report").mkdir()
    (out / "report" / "figures.json").write_text('{"recipe": "default"}')
    (out / "run.json").write_text(json.dumps({"version": 1, "buckets": buckets, "recipes": {"default": {}}}))
    random = np.random.default_rng(7)
    fate, other = random.integers(0, len(FATES), (2, count))
    draw, winner = random.random(count), random.integers(0, count, count)
    fate = np.where((draw < CHANGED) & (side == 1), other, fate)
    there = (draw < 1 - CHANGED) if side == 0 else (draw >= CHANGED / 2)
    numbers = np.flatnonzero(there)
    ids = np.array([f"source_{number % SOURCES}/{number:07d}" for number in range(count)], object)
    place = np.fromiter((digest64(id) >> (64 - buckets.bit_length() + 1) for id in ids[numbers]), np.int64, len(numbers))
    _write_modalities(out, ids[numbers], buckets, side)
    for bucket in range(buckets):
        own = numbers[place == bucket]
        words = [pa.array([row[column] for row in FATES]).take(pa.array(fate[own])) for column in range(3)]
        lost = pc.equal(words[0], "dedup")
        table = pa.table(
            {
                "id": pa.array(ids[own], pa.string()), "source": pa.array([f"source_{number % SOURCES}" for number in own], pa.string()),
                "stage": words[0], "decision": pc.if_else(pc.equal(words[1], ""), "kept", "rejected"), "reason": words[1],
                "evidence": words[2], "winner": pc.if_else(lost, pa.array(ids[winner[own]], pa.string()), ""),
            }
        )  # fmt: skip
        pq.write_table(table.sort_by("id").cast(arrow_schema(Verdict)), out / "verdicts" / f"{bucket:03d}.parquet", compression="zstd")


def _write_modalities(out: Path, ids: np.ndarray, buckets: int, side: int) -> None:
    """In parts of 200,000 samples; one in a thousand is another modality on the other side."""
    room = Room(out=str(out), stage="tag", buckets=buckets, recipe="default")
    files = []
    for number, start in enumerate(range(0, len(ids), 200_000)):
        some = ids[start : start + 200_000]
        words = np.where(np.array([id.endswith("500") for id in some]) & bool(side), "mri", "ct")
        empty = arrow_schema(Tagged).empty_table()
        columns = {name: pa.nulls(len(some), empty.schema.field(name).type) for name in empty.column_names}
        table = pa.table({**columns, "id": pa.array(some, pa.string()), "modality": pa.array(words, pa.string())}, schema=empty.schema)
        files += room.write("modalities", f"part-{number:04d}", table)
    room.commit("f", [room.sign("all", "f", files)], 0.0)
