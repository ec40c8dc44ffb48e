"""flags -> a whole run in this process, what it printed, and what lies in its OUT"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.__main__ import main
from schemas.arrow import from_table
from schemas.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    status: int
    said: str  # on stdout
    told: str  # on stderr


def run(*arguments: str | Path) -> Ran:
    """`python -m pipelines ARGUMENTS`, without the seconds that a process of its own takes to import Beam."""
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(io.StringIO()) as told:
        status = main([str(argument) for argument in arguments])
    return Ran(status=status, said=said.getvalue(), told=told.getvalue())


def corpus(out: Path, *flags: str | Path) -> Ran:
    return run("corpus", "--out", out, "--tagger", "none", "--workers", "2", *flags)


@dataclass(frozen=True, slots=True)
class Place:
    """Data, manifests and OUT of one test, in one folder."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def data(self, *parts: str) -> Path:
        return self.folder.joinpath("data", *parts)

    def run(self, *flags: str | Path, out: str = "out") -> Ran:
        return corpus(self.folder / out, "--data", self.data(), "--manifests", self.folder / "manifests", *flags)

    def fresh(self) -> dict[str, dict[str, str]]:
        """What a run in a new OUT makes of the data as they are now."""
        assert self.run(out="fresh").status == 0
        return digests(self.folder / "fresh")

    def receipts(self) -> dict[str, int]:
        return {path: moment for path, moment in times(self.out / "stages").items() if "/parts/" in path}


def verdicts(out: Path) -> dict[str, Verdict]:
    """The account by id; it must hold no id twice."""
    rows = [row for path in sorted((out / "verdicts").glob("*.parquet")) for row in from_table(pq.read_table(path), Verdict)]
    found = {row.id: row for row in rows}
    assert len(found) == len(rows), "an id has two verdicts"
    return found


def fates(out: Path) -> dict[str, tuple[str, str]]:
    """id -> (stage, reason) that rejected it; ('', '') where it was kept."""
    return {row.id: ("", "") if row.decision == "kept" else (row.stage, row.reason) for row in verdicts(out).values()}


def ingested(out: Path) -> dict[str, Any]:
    """Source or benchmark -> what its receipt counted: samples, rejected, tables, faults."""
    index = json.loads((out / "stages" / "ingest" / "index.json").read_text(encoding="utf-8"))
    return {receipt["unit"]: receipt["counts"] for receipt in index["receipts"]}


def images(out: Path) -> dict[str, tuple[str | None, str | None]]:
    """Image id -> why inspect refused it, with its evidence."""
    rows = (row for path in (out / "stages" / "inspect" / "images").rglob("*.parquet") for row in pq.read_table(path).to_pylist())
    return {row["id"]: (row["reason"], row["evidence"]) for row in rows}


def shipped(out: Path, name: str) -> Iterator[dict[str, Any]]:
    for shard in index_of(out, name)["shards"]:
        yield from pq.read_table(out / "corpora" / name / str(shard["name"])).to_pylist()


def index_of(out: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "corpora" / name / "index.json").read_text(encoding="utf-8"))
    return found


def digests(out: Path) -> dict[str, dict[str, str]]:
    """Corpus -> SHA-256 of each of its shards, as its index says."""
    return {
        path.parent.name: {shard["name"]: shard["sha256"] for shard in json.loads(path.read_text(encoding="utf-8"))["shards"]}
        for path in sorted((out / "corpora").glob("*/index.json"))
    }


def written(out: Path) -> dict[str, str]:
    """SHA-256 of every file below OUT/corpora: shards, indexes, cards."""
    folder = out / "corpora"
    return {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def account_closes(out: Path) -> bool:
    """For every source: what its reader counted = verdicts that keep + verdicts that reject."""
    inputs = {name: counts["samples"] + counts["rejected"] for name, counts in ingested(out).items() if not name.endswith("@benchmark")}
    found: dict[str, int] = dict.fromkeys(inputs, 0)
    for verdict in verdicts(out).values():
        found[verdict.source] += 1
    return found == inputs


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def times(folder: Path) -> dict[str, int]:
    """Every file below a folder with the moment it was last written."""
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.is_file()}
