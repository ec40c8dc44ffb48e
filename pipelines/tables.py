"""Tables at rest: OUT/stages/<stage>/<table>/bucket=NNN/<part>.parquet, their receipts, and the index that commits a stage"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import io
import json
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curate.digests import buckets_of, digests64
from pipelines.failed import FULL, naming
from pipelines.index import Entry, Index, Receipt
from pipelines.index import fingerprint as fingerprint
from pipelines.objects import StorePath
from pipelines.place import Place, place, remove_named, scratch_folder, upload
from pipelines.reading import DamagedTable, read_columns
from pipelines.together import files_below, remove_files, sizes_of, together
from schemas.arrow import arrow_schema, to_table

Row = TypeVar("Row")
SLICE = 1 << 16  # ids that are Python's own at once: they take more than the rows that they are of


@contextlib.contextmanager
def replacing(out: str, path: Place) -> Iterator[Path]:
    """A temporary file of this machine that becomes `path` in one step when the block ends well, unless the block removed it.

    All of them live in OUT/tmp, so that one sweep clears what a kill left; in a folder of this process where OUT is a store. A block that
    leaves no file writes none."""
    if isinstance(path, StorePath):
        with scratch_folder(out) as scratch:
            yield scratch / path.name
            if (scratch / path.name).exists():
                upload(scratch / path.name, path)
        return
    folder = Path(out) / "tmp"
    _make(out, folder)
    temporary = folder / f"{uuid.uuid4().hex}.tmp"
    try:
        with naming(path, temporary, unnamed=FULL):  # the block may read elsewhere
            yield temporary
            if not temporary.exists():
                return
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            _make(out, path.parent)
            temporary.replace(path)
            _settle(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


_written: set[str] = set()  # OUTs that this process has seen or written in


def was_there(out: str) -> None:
    """OUT was read from: where it is gone later, nothing makes it anew."""
    _written.add(out)


def _make(out: str, folder: Path) -> None:
    """Raises FileNotFoundError where OUT, which was there, is gone: a disk that was taken away is not written to below its mount."""
    if out not in _written:
        Path(out).mkdir(parents=True, exist_ok=True)
        _written.add(out)
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:
        if Path(out) in (folder, folder.parent) or Path(out) not in folder.parents:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), out) from None
        _make(out, folder.parent)
        folder.mkdir(exist_ok=True)


def _settle(folder: Path) -> None:
    """After a power cut a name may be gone though its file's bytes are on the disk: the folder is flushed too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(out: str, path: Place, data: bytes) -> None:
    if isinstance(path, StorePath):
        path.write_bytes(data)
        return
    with replacing(out, path) as temporary:
        temporary.write_bytes(data)


def write_json(out: str, path: Place, value: Any) -> None:
    write_bytes(out, path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")


def read_json(path: Place) -> Any:
    """Raises DamagedTable where something else than a run has changed the file: ours are written in one piece."""
    try:
        with naming(path):
            return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedTable(f"{path}: no JSON; remove it and run again") from error


_OURS = re.compile(r"[0-9a-f]{32}(\.tmp)?|corpus-\w{8}|\w+@[^/]*\.(units|asked|scratch)|clock-[0-9a-f]{32}", re.ASCII)


def sweep(out: str) -> None:
    """Remove what killed runs left; only under the lock. OUT may be a folder in which somebody has a `tmp` of his own: of that nothing
    goes that no run has named."""
    remove_named(place(out, "tmp"), _OURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A stage's folder under OUT: facts in stages/<stage>, decisions in stages/<stage>/<recipe>. Small, picklable; workers hold one."""

    out: str
    stage: str
    buckets: int
    recipe: str = ""

    @property
    def folder(self) -> Place:
        return place(self.out, "stages", self.stage, self.recipe)

    def write(self, table: str, part: str, data: pa.Table) -> list[Entry]:
        """Write the rows of one part, split by bucket and sorted by id; the same rows give the same bytes."""
        if not len(data):
            return []
        ids = data["id"]
        buckets = np.concatenate([buckets_of(digests64(ids.slice(start, SLICE)), self.buckets) for start in range(0, len(data), SLICE)])

        def write(bucket: int) -> Entry:
            return self.write_bucket(table, part, bucket, data.filter(pa.array(buckets == bucket)))

        return together(self.out, write, np.unique(buckets).tolist())

    def write_bucket(self, table: str, part: str, bucket: int, data: pa.Table) -> Entry:
        """What `write` makes of these rows, all of which are of `bucket`: so a part can be written that is never held whole."""
        return self._write_file(table, part, bucket, data.sort_by("id"))

    def write_rows(self, table: str, part: str, rows: Iterable[Row], row_type: type[Row]) -> list[Entry]:
        return self.write(table, part, to_table(rows, row_type))

    def _write_file(self, table: str, part: str, bucket: int, data: pa.Table) -> Entry:
        sink = io.BytesIO()
        pq.write_table(data.combine_chunks(), sink, compression="zstd", row_group_size=16_384)
        content = sink.getvalue()
        path = self.folder / table / f"bucket={bucket:03d}" / f"{part}.parquet"
        write_bytes(self.out, path, content)
        return Entry(
            table=table, part=part, bucket=bucket, path=path.relative_to(self.out).as_posix(), rows=len(data), bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip

    def sign(self, unit: str, fingerprint: str, files: Sequence[Entry], counts: dict[str, Any] | None = None) -> Receipt:
        """Write the unit's receipt: its files are whole."""
        receipt = Receipt(unit=unit, fingerprint=fingerprint, files=tuple(files), counts=counts or {})
        write_json(self.out, self.folder / "parts" / f"{unit}.json", dataclasses.asdict(receipt))
        return receipt

    def receipts(self) -> dict[str, Receipt]:
        """The receipts whose files stand as written (their sizes; reading checks their rows)."""
        paths: list[Place] = sorted((self.folder / "parts").glob("*.json"), key=str)
        found = [_receipt(path, raw) for path, raw in zip(paths, together(self.out, read_json, paths), strict=True)]
        sizes = sizes_of(self.out, [entry.path for receipt in found for entry in receipt.files])
        return {receipt.unit: receipt for receipt in found if all(sizes(entry.path) == entry.bytes for entry in receipt.files)}

    def is_signed(self, unit: str, fingerprint: str) -> bool:
        """Whether the unit has a receipt of this fingerprint whose files stand."""
        path: Place = self.folder / "parts" / f"{unit}.json"
        try:
            receipt = _receipt(path, read_json(path))
        except FileNotFoundError:
            return False
        sizes = sizes_of(self.out, [entry.path for entry in receipt.files])
        return receipt.fingerprint == fingerprint and all(sizes(entry.path) == entry.bytes for entry in receipt.files)

    def forget(self, unit: str) -> None:
        """What the unit wrote does not stand any more: it is done again, and its stage with it."""
        (self.folder / "parts" / f"{unit}.json").unlink(missing_ok=True)

    def commit(self, fingerprint: str, receipts: Iterable[Receipt], seconds: float, spared: Iterable[Receipt] = ()) -> Index:
        """Write the index, last and in one piece, then remove files that neither it nor a spared receipt names."""
        index = Index(
            stage=self.stage,
            fingerprint=fingerprint,
            receipts=tuple(sorted(receipts, key=lambda receipt: receipt.unit)),
            seconds=round(seconds, 2),
        )
        write_json(self.out, self.folder / "index.json", dataclasses.asdict(index))
        self._sweep([*index.receipts, *spared])
        return index

    def _sweep(self, receipts: Sequence[Receipt]) -> None:
        home = self.folder.relative_to(self.out).as_posix()
        files = [entry for receipt in receipts for entry in receipt.files]
        named = {*(entry.path for entry in files), *(f"{home}/parts/{receipt.unit}.json" for receipt in receipts)}
        below = {name: name.split("/") for name in files_below(self.folder)}
        swept = {"parts", "packs", *(entry.table for entry in files)}
        swept |= {way[0] for way in below.values() if len(way) > 2 and way[1].startswith("bucket=")}
        remove_files(self.folder / name for name, way in below.items() if way[0] in swept and f"{home}/{name}" not in named)

    def index(self) -> Index | None:
        path = self.folder / "index.json"
        try:
            raw = read_json(path)
        except FileNotFoundError:
            return None
        with _of_our_shape(path):
            return Index(
                stage=raw["stage"],
                fingerprint=raw["fingerprint"],
                receipts=tuple(_receipt(path, receipt) for receipt in raw["receipts"]),
                seconds=raw["seconds"],
            )

    def read(
        self, table: str, row_type: type, *, index: Index | None = None, bucket: int | None = None, part: str | None = None,
        columns: list[str] | None = None,
    ) -> pa.Table:  # fmt: skip
        """Rows of a committed table: of one bucket, of one part, or all; sorted by id within a bucket and a part."""
        index = index or self.index()
        if index is None:
            raise FileNotFoundError(f"{self.folder}/index.json: the stage '{self.stage}' has not run")
        return self.read_files(index.entries(table, part=part, bucket=bucket), row_type, columns=columns)

    def read_files(self, wanted: Sequence[Entry], row_type: type, *, columns: list[str] | None = None) -> pa.Table:
        """Rows of some files of a committed table, one after the other."""
        schema = arrow_schema(row_type)
        schema = pa.schema([schema.field(name) for name in columns]) if columns else schema
        tables = together(self.out, lambda entry: read_columns(self.out, entry, schema.names), wanted)
        for entry, rows in zip(wanted, tables):
            if rows.schema.types != schema.types:
                raise DamagedTable(
                    f"{place(self.out, entry.path)}: its columns are of other types than this program reads: another version of it wrote "
                    "them; 'corpus' with the same arguments makes them anew"
                )
        return pa.concat_tables([schema.empty_table(), *tables])


def digest_of_file(path: Place) -> str:
    """SHA-256 of a small file; '' where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def _receipt(path: Place, raw: dict[str, Any]) -> Receipt:
    with _of_our_shape(path):
        return Receipt(
            unit=raw["unit"], fingerprint=raw["fingerprint"], files=tuple(Entry(**entry) for entry in raw["files"]), counts=raw["counts"]
        )


@contextlib.contextmanager
def _of_our_shape(path: Place) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError) as error:
        raise DamagedTable(f"{path}: JSON of another shape than this program writes; remove it and run again") from error
