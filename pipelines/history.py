"""OUT and an id -> its rows in every committed table of one recipe; what else names it"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from curate.dedup.candidates import candidates
from curate.dedup.elect import ORDER
from curate.digest import bucket_of
from pipelines.reading import read_columns
from pipelines.run import UsageError, read_run
from pipelines.tables import Entry, Index, Room
from pipelines.together import together
from schemas.arrow import arrow_schema, from_table
from schemas.cluster import SampleClusters
from schemas.sample import Screened
from schemas.verdict import Verdict

Row = TypeVar("Row")
DECIDED = ("screen", "rewrite", "match", "shield", "dedup", "tag", "balance")  # tables under the recipe
REFUSING = ("screen", "rewrite", "shield", "dedup", "tag")


def recipe_of(out: str, recipe: str | None) -> str:
    """The recipe that is meant: the one named, or the only one of OUT. Raises UsageError."""
    known = sorted(read_run(out)["recipes"])
    name = Path(recipe).stem if recipe else known[0]
    if recipe and name not in known:
        raise UsageError(f"--corpus {recipe}: {out} holds no run of it; it holds {', '.join(known)}")
    if not recipe and len(known) > 1:
        raise UsageError(f"{out} holds several recipes; say which by --corpus: {', '.join(known)}")
    return name


@dataclass(frozen=True)
class History:
    """Of one id the bucket of that id alone is read."""

    out: str
    buckets: int
    recipe: str
    indexes: dict[tuple[str, bool], Index | None] = field(default_factory=dict)  # those read so far

    def room(self, stage: str, *, decided: bool) -> Room:
        return Room(out=self.out, stage=stage, buckets=self.buckets, recipe=self.recipe if decided else "")

    def index(self, stage: str, *, decided: bool) -> Index | None:
        if (stage, decided) not in self.indexes:
            self.indexes[stage, decided] = self.room(stage, decided=decided).index()
        return self.indexes[stage, decided]

    def rows(self, stage: str, table: str, row_type: type[Row], id: str) -> list[Row]:
        """The rows of `id`; none where the stage has not run."""
        return from_table(self._found(stage, table, row_type, id), row_type)

    def row(self, stage: str, table: str, row_type: type[Row], id: str) -> Row | None:
        return next(iter(self.rows(stage, table, row_type, id)), None)

    def _found(self, stage: str, table: str, row_type: type, id: str) -> pa.Table:
        decided = stage in DECIDED
        index = self.index(stage, decided=decided)
        if index is None:
            return arrow_schema(row_type).empty_table()
        found = self.room(stage, decided=decided).read(table, row_type, index=index, bucket=bucket_of(id, self.buckets))
        return found.filter(pc.field("id") == id)

    @property
    def screened(self) -> str:
        """The stage whose samples went on."""
        return "rewrite" if self.has_run("rewrite") else "screen"

    def has_run(self, stage: str) -> bool:
        return self.index(stage, decided=stage in DECIDED) is not None

    def refusals(self, id: str) -> Iterator[Verdict]:
        """What rejected a sample, in the order of the stages; ingest's is not among them."""
        for stage in REFUSING:
            yield from (verdict for verdict in self.rows(stage, "verdicts", Verdict, id)[:1] if verdict.decision == "rejected")

    def lost_to(self, stage: str, winner: str) -> list[str]:
        """Samples that `stage` rejected because of `winner`, by id: all its verdicts are looked through."""
        index = self.index(stage, decided=True)


        def lost(entry: Entry) -> list[str]:
            rows = read_columns(self.out, entry, ["id", "winner"])
            ids: list[str] = rows["id"].filter(pc.equal(rows["winner"], winner)).to_pylist()
            return ids

        files = [entry for entry in (index.files if index else ()) if entry.table == "verdicts"]
        return sorted(id for ids in together(self.out, lost, files) for id in ids)

    def showing(self, image: str, source: str) -> list[str]:
        """Samples of its source that show an image, by id: all of that source are looked through."""
        index = self.index("ingest", decided=False)


        def shown(entry: Entry) -> list[str]:
            rows = read_columns(self.out, entry, ["id", "images"])
            images = rows["images"].combine_chunks()
            rows_of = pc.list_parent_indices(images).filter(pc.equal(images.flatten(), image))
            ids: list[str] = rows["id"].take(rows_of.unique()).to_pylist()
            return ids

        own = [entry for entry in (index.files if index else ()) if entry.part.rpartition("-")[0] == source]
        files = [entry for entry in own if entry.table in ("samples", "benchmarks")]
        return sorted(id for ids in together(self.out, shown, files) for id in ids)

    def better_by(self, winner: str, loser: str) -> tuple[str, int, int] | None:
        """The first measure of dedup's in which `winner` is ahead, with both values; None where it is not, or one was not screened."""
        rows = [self._found(self.screened, "samples", Screened, id) for id in (winner, loser)]
        if not all(map(len, rows)):
            return None
        best, other = (candidates(row, arrow_schema(SampleClusters).empty_table()).to_pylist()[0] for row in rows)
        name = next(name for name, _ in ORDER if best[name] != other[name])
        ahead = best[name] < other[name] if name == "id" else best[name] > other[name]
        return (name, best[name], other[name]) if ahead else None
