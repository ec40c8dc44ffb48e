"""OUT or the folder of a corpus -> the same samples in the layout of another loader, in a folder that appears when it is whole"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from curate.export.index import Exported
from curate.listed import Listed, NotListed, folder_faults, read_listed
from pipelines.engine import beam_options, new_pipeline, run_pipeline
from pipelines.exported import finish
from pipelines.exporting import BEGUN, Export, NotExported, Order, begin_trouble, home, trouble
from pipelines.lock import locked
from pipelines.place import Place, place
from pipelines.progress import Meter
from pipelines.run import UsageError, cores
from pipelines.stage import PROCESSES_FROM, EachUnit, Unit
from pipelines.tables import Receipt, Room, digest_of_file, fingerprint, write_json
from pipelines.units import remove_todo, write_todo

PROCESSES_FROM_BYTES = 4 << 30  # below that one process is done before others have started


def print_export(given: argparse.Namespace) -> int:
    order = order_of(given)
    exported = export(order)
    folder = f", {exported.image_files.files:,} image files" if exported.image_files else ""
    splits = ", ".join(f"{rows:,} {split}" for split, rows in exported.splits.items()) or "no rows"
    print(f"{order.dest}: corpus {exported.corpus} for {exported.layout}")
    print(f"  {exported.rows:,} samples ({splits}), {exported.images:,} images")
    print(f"  {len(exported.files):,} files{folder}, {exported.bytes / 1e6:,.1f} MB; README.md tells how to read them")
    if exported.several and exported.layout == "llava":
        print(f"  {exported.several:,} samples show several images: LLaVA-NeXT reads them, LLaVA-1.5 does not")
    if exported.signs:
        print(f"  {exported.signs:,} samples hold what {exported.layout} takes for a medium of its own (README.md)")
    return 0


def order_of(given: argparse.Namespace) -> Order:
    """Raises UsageError with all that is wrong about the command or the corpus."""
    faults: list[str] = []
    corpus, dest = _corpus_folder(given.folder, given.corpus_name), Path(given.dest)
    data = _index_of(corpus)
    listed = _listed(corpus, data)
    if given.shard_bytes and given.to != "webdataset":
        faults.append("--shard-bytes: only tars are cut; leave it out")
    wanted = tuple(filter(None, (given.split or "").split(",")))
    faults += [f"--split {name}: {listed.corpus} has {', '.join(listed.splits) or 'none'}" for name in wanted if name not in listed.splits]
    faults += _dest_faults(dest, corpus) if "://" not in given.dest else [f"--dest {given.dest}: wanted a folder of this machine"]
    if faults:
        raise UsageError("\n".join(faults))
    shards = tuple(shard for shard in listed.shards if not wanted or shard.split in wanted)
    return Order(
        corpus=corpus, layout=given.to, dest=dest, listed=listed, index=hashlib.sha256(data).hexdigest(), shards=shards,
        limit=given.shard_bytes, workers=given.workers or cores(),
    )  # fmt: skip


def _corpus_folder(folder: str, name: str | None) -> Place:
    """Of OUT/corpora the one that is asked for, or the only one; or the folder itself."""
    corpora = sorted((path.parent for path in place(folder, "corpora").glob("*/index.json")), key=str)
    if not corpora:
        if not place(folder, "index.json").is_file():
            raise UsageError(f"{folder}: no corpus: no index.json, and no corpora/*/index.json")
        return place(folder)
    named = [path for path in corpora if name in (None, path.name)]
    if len(named) != 1:
        raise UsageError(f"{folder}: --corpus-name wanted, one of: {', '.join(path.name for path in corpora)}")
    return named[0]


def _index_of(corpus: Place) -> bytes:
    try:
        return (corpus / "index.json").read_bytes()
    except OSError as error:
        raise UsageError(f"{corpus / 'index.json'}: cannot be read ({type(error).__name__})") from error


def _listed(corpus: Place, data: bytes) -> Listed:
    """The index, where the files in the folder are those that it names. Raises UsageError: such a corpus is not passed on."""
    try:
        listed = read_listed(data)
        faults = _faults(corpus, listed)
    except NotListed as error:
        raise UsageError("\n".join(f"{corpus}: index.json: {fault}" for fault in str(error).splitlines())) from error
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be read ({type(error).__name__})") from error
    if faults:
        raise UsageError("\n".join(f"{corpus}: {fault}" for fault in faults))
    return listed


def _faults(corpus: Place, listed: Listed) -> list[str]:
    """Of the folder and its cards; what is in the shards is looked at when they are read."""
    sizes = {path.name: path.stat().st_size for path in corpus.iterdir() if path.is_file()}
    faults = folder_faults(listed, sizes)
    for card in listed.cards:
        if sizes.get(card.name) == card.bytes and digest_of_file(corpus / card.name) != card.sha256:
            faults.append(f"{card.name}: its SHA-256 is not the one that the index names")
    return faults


def _dest_faults(dest: Path, corpus: Place) -> list[str]:
    growing = dest.with_name(f"{dest.name}.part") if dest.name else dest
    if not dest.name or dest.exists() or dest.is_symlink():
        return [f"--dest {dest}: exists; name a folder that does not"]
    if isinstance(corpus, Path) and dest.resolve().is_relative_to(corpus.resolve()):
        return [f"--dest {dest}: lies in the folder of the corpus, which holds nothing but what its index names"]
    if growing.exists() and not _is_ours(growing):
        return [f"--dest {dest}: {growing.name} beside it is no export that was begun here; remove it, or name another folder"]
    return []


def _is_ours(growing: Path) -> bool:
    if growing.is_symlink() or not growing.is_dir():
        return False
    return (growing / BEGUN).is_file() or {path.name for path in growing.iterdir()} <= {".lock"}


def export(order: Order) -> Exported:
    """Write the export, or what an earlier one left of it. Raises NotExported, Locked."""
    try:
        with locked(str(order.growing)):
            room = _begin(order)
            return finish(order, _run(order, room))
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        begun = "; the same command goes on from here" if order.growing.is_dir() else ""
        raise NotExported(f"{order.dest}: cannot be written: {error.strerror}{where}{begun}") from error


def _begin(order: Order) -> Room:
    """What stands of an earlier run stays if it was asked the same."""
    growing, begun = order.growing, order.plain()
    try:
        same = json.loads((growing / BEGUN).read_bytes()) == begun and bool(begun["boot"])
    except (OSError, ValueError):
        same = False
    for path in growing.iterdir():
        if not same and path.name != ".lock":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    room = Room(out=str(growing), stage="export", buckets=1)
    shutil.rmtree(growing / "tmp", ignore_errors=True)
    (growing / "tmp").mkdir()
    (growing / "parts").mkdir(exist_ok=True)
    write_json(room.out, growing / BEGUN, begun)
    return room


def _run(order: Order, room: Room) -> list[Receipt]:
    """Every shard once; gives their receipts in the order of the corpus."""
    units = [
        Unit(name=shard.name.removesuffix(".parquet"), fingerprint=fingerprint(asdict(shard)), weight=shard.rows, work=asdict(shard))
        for shard in order.shards
    ]
    home(room).mkdir(parents=True, exist_ok=True)
    (home(room) / "failed").unlink(missing_ok=True)
    begin_trouble(room)
    standing = {name: receipt for name, receipt in room.receipts().items() if "fault" not in receipt.counts}
    missing = [unit for unit in units if unit.name not in standing or standing[unit.name].fingerprint != unit.fingerprint]
    if missing:
        _pipe(order, room, missing)
    if said := trouble(room):
        raise NotExported(f"{order.dest}: cannot be written: {said}; the same command goes on from here")
    receipts = room.receipts()
    faults = [receipt.counts["fault"] for receipt in receipts.values() if "fault" in receipt.counts]
    if faults:
        shutil.rmtree(order.growing)
        raise NotExported("\n".join(f"{order.corpus}: {fault}" for fault in sorted(faults)))
    return [receipts[unit.name] for unit in units]


def _pipe(order: Order, room: Room, units: Sequence[Unit]) -> None:
    rows, size = sum(unit.weight for unit in units), sum(unit.work["bytes"] for unit in units)
    large = len(units) > 1 and (rows >= PROCESSES_FROM or size >= PROCESSES_FROM_BYTES)
    worker = partial(Export, room, corpus=str(order.corpus), layout=order.layout, limit=order.limit)
    write_todo(room, units)
    with Meter("export", rows, "samples") as meter:
        pipeline = new_pipeline(beam_options((), workers=order.workers, processes=large))
        _ = pipeline | "export" >> EachUnit(worker(meter.address))
        run_pipeline(pipeline)
    remove_todo(room)
