"""The whole run over the sample data: every trap ends as traps.py says, and all twelve modalities are in the corpus."""

from __future__ import annotations

import collections
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from curate.sample.encode import SECRET
from curate.sample.traps import TRAPS
from pipelines.__main__ import main
from schemas.modality import TWELVE


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    assert main(["corpus", "--out", str(folder), "--workers", "2"]) == 0
    return folder


def shards(out: Path) -> list[dict[str, object]]:
    return [row for path in sorted((out / "corpora" / "medical").glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


@pytest.mark.timeout(600)
def test_every_trap_ends_as_the_table_says(out: Path) -> None:
    rows = duckdb.sql(f"select id, stage, decision, reason, winner from '{out}/verdicts/*.parquet'").fetchall()
    verdicts = {id: (stage, decision, reason, winner) for id, stage, decision, reason, winner in rows}
    assert len(verdicts) == len(rows) == 663
    for trap in TRAPS:
        stage, decision, reason, winner = verdicts[trap.id]
        if trap.stage:
            assert (trap.id, stage, decision, reason, winner) == (trap.id, trap.stage, "rejected", trap.reason, trap.winner)
        else:
            assert (trap.id, decision == "kept" or stage == "balance") == (trap.id, True)


def test_all_twelve_modalities_are_in_the_corpus(out: Path) -> None:
    counts = collections.Counter(row["modality"] for row in shards(out))
    assert set(counts) == {*TWELVE, "text", "other"}
    assert min(counts[modality] for modality in TWELVE) >= 8


def test_no_secret_of_a_file_is_in_a_shard(out: Path) -> None:
    for path in (out / "corpora").rglob("*.parquet"):
        assert SECRET.encode() not in path.read_bytes()


def test_a_second_run_changes_nothing(out: Path) -> None:
    index = out / "corpora" / "medical" / "index.json"
    before = json.loads(index.read_text()), index.stat().st_mtime_ns
    assert main(["corpus", "--out", str(out), "--workers", "2"]) == 0
    assert (json.loads(index.read_text()), index.stat().st_mtime_ns) == before
