"""all tables -> OUT/verdicts, one final verdict a sample; OUT/report, the page and its figures"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curate.report.account import AccountError, close_account, final_verdicts
from curate.report.counts import Bucket, Counts, count_bucket, total
from curate.report.facts import RunFacts
from curate.report.figures import Examples, Figures, draw_figures, to_json
from curate.report.gallery import named, unusable
from curate.report.page import page
from curate.report.sizes import SHOWN, SIZED, count_sizes, shown, sized
from curate.report.summary import summary
from pipelines.facts import copies_of, run_facts, setting, text_of
from pipelines.gallery import show_duplicates
from pipelines.lock import locked
from pipelines.place import place
from pipelines.progress import Address
from pipelines.published import note_published
from pipelines.reading import read_columns
from pipelines.rooms import Rooms
from pipelines.run import Run, read_run
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Entry, Index, Receipt, Room, digest_of_file, fingerprint, read_json, sweep, write_bytes, write_json
from schemas.arrow import from_plain
from schemas.attribute import Tagged
from schemas.cluster import Choice
from schemas.image import Image
from schemas.sample import Sample, Screened
from schemas.verdict import Verdict

VERSION = 7
DECIDED = {"screen": "verdicts", "shield": "verdicts", "dedup": "verdicts", "tag": "verdicts", "balance": "selection"}
UNUSABLE = 100  # images that cannot be used, named in the report
SEEN = ["id", "source", "table", "task", "images", "modality", "license", "access"]  # columns of a sample that the report counts


def plan_report(run: Run) -> Plan:
    """A unit is a bucket. Done again if a table, a manifest or the corpus changed, or if OUT/report tells of another recipe."""
    rooms = Rooms(out=run.out, buckets=run.options.buckets, recipe=run.recipe.id, screened=run.screened)
    room = rooms.decisions("report")
    stages = decided_by(rooms)
    indexes = {stage: run.index(stage, decided=stage in {*stages, "emit"}) for stage in ("ingest", "inspect", *stages, "emit")}
    units = [
        Unit(name=f"{bucket:03d}", fingerprint=fingerprint(sha256s), weight=rows, work={"bucket": bucket})
        for bucket in range(run.options.buckets)
        for sha256s, rows in [_bucket(indexes, bucket)]
    ]
    blanks = run.recipe.limits.burned_in == "blank"
    stands = cache(partial(_tells_of, run.out, run.recipe.id))
    return Plan(
        room=room,
        version=VERSION,
        units=units,
        build=lambda address: EachUnit(Account(room, address, rooms=rooms, blanks=blanks)),
        unit="samples",
        doubts=lambda receipt: not stands(),
        options={
            "stages": [fingerprint([index.digest(), [receipt.counts for receipt in index.receipts]]) for index in indexes.values()],
            "manifests": [manifest.digest for manifest in run.options.manifests],
            "copies": dataclasses.asdict(copies) if (copies := copies_of(run)) else {},
            "texts": dataclasses.asdict(text_of(run)),
            "limit": run.options.limit,
            "recipe": run.recipe.plain(),
            "settings": {name: setting(value) for name, value in run.resolved.items()},
        },
        begin=partial(_withdraw, run.out),
        finish=partial(_finish, run, rooms),
    )


def decided_by(rooms: Rooms) -> dict[str, str]:
    """Stages that decide -> their tables, in the order of the stages; rewrite is one where the recipe has it."""
    return {"screen": "verdicts", rooms.screened: "verdicts", **DECIDED}


def _bucket(indexes: Mapping[str, Index], bucket: int) -> tuple[list[str], int]:
    """Digests of all tables of a bucket; its inputs, evaluation sets' broken rows among them."""
    entries = {stage: index.in_bucket(bucket) for stage, index in indexes.items()}
    digests = sorted(entry.sha256 for found in entries.values() for entry in found)
    return digests, sum(entry.rows for entry in entries["ingest"] if entry.table in ("samples", "verdicts"))


class Account(Worker):
    """The final verdicts of one bucket, and what the figures need of it."""

    def __init__(self, room: Room, address: Address | None, *, rooms: Rooms, blanks: bool) -> None:
        super().__init__(room, address)
        self.rooms, self.blanks = rooms, blanks

    def ready(self) -> None:
        self.ingest = self.rooms.facts("ingest").index()
        self.inspect = self.rooms.facts("inspect").index()
        self.indexes = {stage: self.rooms.decisions(stage).index() for stage in decided_by(self.rooms)}

    def work(self, unit: Unit) -> None:
        bucket = unit.work["bucket"]
        read = partial(self.rooms.facts("ingest").read, index=self.ingest, bucket=bucket)
        samples = read("samples", Sample, columns=SEEN)
        refusing = [stage for stage, table in decided_by(self.rooms).items() if table == "verdicts"]
        rejections = [read("verdicts", Verdict), *(self._read(stage, bucket, Verdict) for stage in refusing)]
        selection = self._read("balance", bucket, Choice)
        verdicts = final_verdicts(samples, rejections, [selection])
        tokens = self._screened(bucket, "tokens")
        tagged = self.rooms.decisions("tag").read("modalities", Tagged, index=self.indexes["tag"], bucket=bucket)
        columns = ["id", "source", "reason", "evidence", "window", "text_by", "text", "width", "height", "ship"]
        images = self.rooms.facts("inspect").read("images", Image, index=self.inspect, bucket=bucket, columns=columns)
        pictures = self._screened(bucket, "pictures") if self.blanks else None
        counts = count_bucket(
            Bucket(
                verdicts=verdicts, samples=samples, images=images, selection=selection, tagged=tagged, tokens=tokens, pictures=pictures
            )
        )  # fmt: skip
        beside = self.rooms.decisions("report").folder.relative_to(self.room.out).as_posix()
        files = [
            self._write("final", bucket, "verdicts", verdicts),
            self._write("sized", bucket, f"{beside}/sized", sized(images)),
            self._write("shown", bucket, f"{beside}/shown", shown(samples, verdicts)),
        ]
        self.room.sign(unit.name, unit.fingerprint, files, {"tallies": counts.plain(), "unusable": unusable(images, most=UNUSABLE)})
        self.reporter.step(unit.weight)

    def _screened(self, bucket: int, column: str) -> pa.Table:
        stage = self.rooms.screened
        return self.rooms.decisions(stage).read("samples", Screened, index=self.indexes[stage], bucket=bucket, columns=["id", column])

    def _read(self, stage: str, bucket: int, row_type: type) -> pa.Table:
        return self.rooms.decisions(stage).read(decided_by(self.rooms)[stage], row_type, index=self.indexes[stage], bucket=bucket)

    def _write(self, table: str, bucket: int, folder: str, rows: pa.Table) -> Entry:
        sink = io.BytesIO()
        pq.write_table(rows.combine_chunks(), sink, compression="zstd")
        content = sink.getvalue()
        path = f"{folder}/{bucket:03d}.parquet"
        write_bytes(self.room.out, place(self.room.out, path), content)
        return Entry(
            table=table, part=f"{bucket:03d}", bucket=bucket, path=path, rows=len(rows), bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip


def _finish(run: Run, rooms: Rooms, receipts: Sequence[Receipt]) -> None:
    """The page, then the account: a page that says what does not close is of more use than none. Raises AccountError."""
    facts = run_facts(run)
    write_json(run.out, rooms.decisions("report").folder / "facts.json", {"run": dataclasses.asdict(facts), "folders": dict(run.folders)})
    figures = write_page(rooms, facts, run.folders, receipts)
    if figures.headline.account:
        raise AccountError("the account does not close:\n" + "\n".join(figures.headline.account))


def write_page(rooms: Rooms, facts: RunFacts, folders: Any, receipts: Sequence[Receipt]) -> Figures:
    """OUT/report from the counts of all buckets; the account is closed over OUT/verdicts as they lie on disk."""
    counts = total(Counts.from_plain(receipt.counts["tallies"]) for receipt in sorted(receipts, key=lambda receipt: receipt.unit))
    tables = partial(_tables, rooms.out, receipts)
    counts += count_sizes(tables("sized", SIZED.names), tables("shown", SHOWN.names))
    account = close_account(facts.inputs, tables("final", ["id", "source", "decision"]))
    found = show_duplicates(rooms, folders)
    examples = Examples(
        pairs=found.pictured,
        withheld=found.withheld,
        text_pairs=found.texts,
        unusable=named((row for receipt in receipts for row in receipt.counts.get("unusable", ())), most=UNUSABLE),
    )
    figures = draw_figures(counts, facts, account=account, examples=examples)
    folder = place(rooms.out, "report")
    write_bytes(rooms.out, folder / "index.html", page(figures).encode("utf-8"))
    write_bytes(rooms.out, folder / "figures.json", to_json(figures).encode("utf-8"))
    note_published(rooms.decisions("report"), ("report/figures.json", "report/index.html"))
    return figures


def _tables(out: str, receipts: Sequence[Receipt], table: str, columns: list[str]) -> Iterator[pa.Table]:
    for receipt in receipts:
        for entry in receipt.files:
            if entry.table == table:
                yield read_columns(out, entry, columns)


def _withdraw(out: str) -> None:
    """Recipes share OUT/verdicts: from here on no other recipe's report stands, even if this one is never finished."""
    place(out, "report", "figures.json").unlink(missing_ok=True)


def _tells_of(out: str, recipe: str) -> bool:
    try:
        told = read_json(place(out, "report", "figures.json"))
    except FileNotFoundError:
        return False
    return place(out, "report", "index.html").is_file() and told["recipe"] == recipe


def summarise(run: Run) -> str:
    """The lines that end `make corpus`."""
    rooms = Rooms(out=run.out, buckets=run.options.buckets, recipe=run.recipe.id)
    facts, _ = _kept_facts(rooms)
    return summary(_figures(rooms, facts))


def _figures(rooms: Rooms, facts: RunFacts) -> Figures:
    index = rooms.decisions("report").index()
    receipts = index.receipts if index else ()
    return draw_figures(total(Counts.from_plain(receipt.counts["tallies"]) for receipt in receipts), facts)


def _kept_facts(rooms: Rooms) -> tuple[RunFacts, dict[str, str]]:
    kept = read_json(rooms.decisions("report").folder / "facts.json")
    return from_plain(kept["run"], RunFacts), kept["folders"]


def print_report(out: str, recipe: str | None) -> int:
    """Write OUT/report again from its tables, and print the summary; 1 if the account does not close. Raises Locked beside a run."""
    from pipelines.made import hold_version
    from pipelines.why import recipe_of

    rooms = Rooms(out=out, buckets=int(read_run(out)["buckets"]), recipe=recipe_of(out, recipe))
    index: Index | None = rooms.decisions("report").index()
    if index is None:
        print(f"error: {rooms.decisions('report').folder}: the report has not run; 'corpus' writes it", file=sys.stderr)
        return 2
    if not all(_is_ours(out, entry) for entry in index.files if entry.table == "final"):
        print(f"error: {out}/verdicts are those of another run; 'corpus --corpus {rooms.recipe}' writes them again", file=sys.stderr)
        return 2
    hold_version(out, rooms.recipe)
    facts, folders = _kept_facts(rooms)
    with locked(out):
        figures = write_page(rooms, facts, folders, index.receipts)
        sweep(out)
    print(summary(figures))
    return 1 if figures.headline.account else 0


def _is_ours(out: str, entry: Entry) -> bool:
    """Whether the file is the one that was written: recipes share OUT/verdicts."""
    return digest_of_file(place(out, entry.path)) == entry.sha256
