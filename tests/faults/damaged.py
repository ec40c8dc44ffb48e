"""Faults of OUT between two runs: a table, receipt or index of an earlier stage is damaged, cut, gone, or of an older program"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from tests.faults.bed import STAGES, Bed, Ended
from tests.faults.fault import Fault, Seen, clearly, resumed

READ = {  # by each stage: a table of an earlier one
    "inspect": "ingest/images", "screen": "inspect/images", "match": "screen/default/samples", "shield": "match/default/images",
    "dedup": "match/default/clusters", "embed": "inspect/images", "tag": "tag/embeddings", "balance": "tag/default/modalities",
    "emit": "balance/default/selection", "report": "shield/default/verdicts",
}  # fmt: skip
READERS = tuple(READ)


def _table(bed: Bed, stage: str) -> Path:
    """The largest file of the table that the stage reads."""
    return max((bed.out / "stages" / READ[stage]).rglob("*.parquet"), key=lambda path: (path.stat().st_size, path))


def _redone(bed: Bed, ended: Ended, path: Path) -> str:
    """It is made again at once; or it is named, and made again once it is removed, as is said."""
    if ended.status == 0:
        bed.equal()
        return "made again"
    clearly(bed, ended, {2}, "error: ", names=str(path))
    if "remove it and run again" not in ended.last:
        raise AssertionError(f"nothing says what to do: {ended.last}")
    path.unlink()
    return ended.last


def flipped(bed: Bed, stage: str) -> Seen:
    """One bit, at five places of the file."""
    told: list[str] = []
    for fifth in range(1, 6):
        bed.stand_before(stage)
        path = _table(bed, stage)
        content = bytearray(path.read_bytes())
        content[len(content) * fifth // 6] ^= 4
        path.write_bytes(content)
        told.append(_redone(bed, bed.run(), path))
    return resumed(bed, " | ".join(dict.fromkeys(told)))


def _damage(change: Callable[[Path], None], place: Callable[[Bed, str], Path], bed: Bed, stage: str) -> Seen:
    bed.stand_before(stage)
    path = place(bed, stage)
    change(path)
    return resumed(bed, _redone(bed, bed.run(), path))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _zeroed(path: Path) -> None:
    """As a power cut leaves files whose names were on the disk before their bytes."""
    path.write_bytes(bytes(path.stat().st_size))


def _gone(path: Path) -> None:
    path.unlink()


def _of_another_shape(path: Path) -> None:
    """JSON, of other keys than this program's."""
    path.write_text(json.dumps({"stage": path.parent.name, "version": 0}), encoding="utf-8")


def _other_figures(path: Path) -> None:
    """A digit of a count is another: still whole JSON, still of the right shape."""
    raw = json.loads(path.read_text("utf-8"))
    raw["counts"]["kept"] = 1_000_000
    path.write_text(json.dumps(raw, indent=1, sort_keys=True, ensure_ascii=False), encoding="utf-8")


def _index(bed: Bed, stage: str) -> Path:
    return _room(bed, stage) / "index.json"


def _receipt(bed: Bed, stage: str) -> Path:
    return sorted((_room(bed, stage) / "parts").glob("*.json"))[0]


def _room(bed: Bed, stage: str) -> Path:
    return bed.out / "stages" / READ[stage].rpartition("/")[0]


def older(bed: Bed, stage: str) -> Seen:
    """The tables that the stage reads were made by an older program: a column less, another version, receipts and index that fit."""
    bed.stand_before(stage)
    room, renamed = _room(bed, stage), {}
    for path in (bed.out / "stages" / READ[stage]).rglob("*.parquet"):
        rows = pq.read_table(path)
        pq.write_table(rows.drop_columns([rows.column_names[-1]]), path)
        renamed[path.relative_to(bed.out).as_posix()] = path.read_bytes()
    index = json.loads((room / "index.json").read_text("utf-8"))
    for receipt in index["receipts"]:
        receipt["fingerprint"] = "older"
        for file in receipt["files"]:
            if file["path"] in renamed:
                content = renamed[file["path"]]
                file["bytes"], file["sha256"] = len(content), hashlib.sha256(content).hexdigest()
        (room / "parts" / f"{receipt['unit']}.json").write_text(json.dumps(receipt), encoding="utf-8")
    index["fingerprint"] = "older"
    (room / "index.json").write_text(json.dumps(index), encoding="utf-8")
    ended = bed.run()
    bed.whole(ended)
    bed.equal()
    return resumed(bed, "")


def newer(bed: Bed, stage: str) -> Seen:
    """OUT was begun by a program of another layout: it is left alone, and that is said."""
    bed.stand_before(stage)
    path = bed.out / "run.json"
    content = path.read_text("utf-8")
    path.write_text(json.dumps({**json.loads(content), "version": 99}), encoding="utf-8")
    before = sorted(bed.out.rglob("*"))
    ended = bed.run()
    clearly(bed, ended, {2}, "error: ", names="layout version 99")
    if sorted(bed.out.rglob("*")) != before:
        raise AssertionError("an OUT of another layout was written to")
    path.write_text(content, encoding="utf-8")
    return resumed(bed, ended.last)


FAULTS = {
    "flipped": Fault("a bit of an earlier table flipped", flipped, READERS),
    "cut": Fault("an earlier table cut short", partial(_damage, _cut, _table), READERS),
    "zeroed": Fault("an earlier table full of zeros", partial(_damage, _zeroed, _table), READERS),
    "gone": Fault("an earlier table gone", partial(_damage, _gone, _table), READERS),
    "index-cut": Fault("an earlier index cut short", partial(_damage, _cut, _index), READERS),
    "index-zeroed": Fault("an earlier index full of zeros", partial(_damage, _zeroed, _index), READERS),
    "index-gone": Fault("an earlier index gone", partial(_damage, _gone, _index), READERS),
    "index-shape": Fault("an earlier index of another shape", partial(_damage, _of_another_shape, _index), READERS),
    "receipt-cut": Fault("an earlier receipt cut short", partial(_damage, _cut, _receipt), READERS),
    "receipt-gone": Fault("an earlier receipt gone", partial(_damage, _gone, _receipt), READERS),
    "receipt-shape": Fault("an earlier receipt of another shape", partial(_damage, _of_another_shape, _receipt), READERS),
    "receipt-count": Fault("another count in an earlier receipt", partial(_damage, _other_figures, _receipt), READERS),
    "older": Fault("tables of an older program", older, READERS),
    "layout": Fault("an OUT of another layout", newer, STAGES[:1]),
}
