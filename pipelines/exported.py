"""parts that were written of an export -> the export: its files under their names, cards, and last the index"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.export.card import dataset_info, readme
from curate.export.index import Card, Exported, ExportedFile, ImageFolder, checksums, export_index
from curate.export.lines import Part, join_lines
from pipelines.exporting import BEGUN, Order
from pipelines.tables import Receipt, write_bytes

COPIED = {"ATTRIBUTION.md": "ATTRIBUTION.md", "README.md": "CORPUS.md", "index.json": "corpus-index.json"}


def finish(order: Order, receipts: Sequence[Receipt]) -> Exported:
    growing = order.growing
    files = _tars(growing, receipts) if order.layout == "webdataset" else _lines(order, growing, receipts)
    exported = Exported(
        layout=order.layout,
        corpus=order.listed.corpus,
        title=order.listed.title,
        index=order.index,
        splits=_rows_of_splits(files),
        files=tuple(files),
        image_files=None if order.layout == "webdataset" else _image_folder(growing),
        several=sum(receipt.counts["several"] for receipt in receipts),
        signs=sum(receipt.counts["signs"] for receipt in receipts),
    )
    cards = {name: (order.corpus / origin).read_bytes() for origin, name in COPIED.items() if (order.corpus / origin).is_file()}
    cards |= {"README.md": readme(exported)} | ({"dataset_info.json": dataset_info(exported)} if order.layout == "llamafactory" else {})
    cards["SHA256SUMS"] = checksums(exported, cards)
    for name, data in sorted(cards.items()):
        write_bytes(str(growing), growing / name, data)
    listed = [Card(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest()) for name, data in sorted(cards.items())]
    write_bytes(str(growing), growing / "index.json", export_index(exported, listed))
    for name in ("stages", "parts", "tmp"):
        shutil.rmtree(growing / name)
    os.sync()  # every picture, at once: a sync for each would take longer than writing them
    for name in (BEGUN, ".lock"):
        (growing / name).unlink()
    growing.rename(order.dest)
    return exported


def _rows_of_splits(files: Sequence[ExportedFile]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for file in files:
        rows[file.split] = rows.get(file.split, 0) + file.rows
    return rows


def _tars(growing: Path, receipts: Sequence[Receipt]) -> list[ExportedFile]:
    """The tars under their names: how many there are is known only now."""
    by_split: dict[str, list[tuple[Any, int]]] = {}
    for receipt in receipts:
        for made, images in zip(receipt.files, receipt.counts["images"], strict=True):
            by_split.setdefault(made.table, []).append((made, images))
    files = []
    for split, tars in by_split.items():
        for number, (made, images) in enumerate(tars):
            name = f"{split}-{number:05d}-of-{len(tars):05d}.tar"
            (growing / made.path).rename(growing / name)
            files.append(ExportedFile(name=name, split=split, rows=made.rows, images=images, bytes=made.bytes, sha256=made.sha256))
    return files


def _lines(order: Order, growing: Path, receipts: Sequence[Receipt]) -> list[ExportedFile]:
    """One file for each split."""
    array = order.layout == "llava"
    by_split: dict[str, list[Receipt]] = {}
    for receipt in receipts:
        by_split.setdefault(receipt.files[0].table, []).append(receipt)
    files = []
    for split, of_split in by_split.items():
        name = f"{split}.{'json' if array else 'jsonl'}"
        parts = [_part(growing, receipt) for receipt in of_split]
        with (growing / name).open("wb") as file:
            size, digest = join_lines(parts, file, array=array)
        rows = sum(receipt.files[0].rows for receipt in of_split)
        images = sum(receipt.counts["images"][0] for receipt in of_split)
        files.append(ExportedFile(name=name, split=split, rows=rows, images=images, bytes=size, sha256=digest))
    return files


def _part(growing: Path, receipt: Receipt) -> Part:
    (made,) = receipt.files
    shows: Mapping[str, Sequence[int]] = receipt.counts["shows"]
    return Part(growing / made.path, made.bytes, {name: (start, stop) for name, (start, stop) in shows.items()})


def _image_folder(growing: Path) -> ImageFolder:
    files = size = 0
    folder = growing / "images"
    for inner in folder.iterdir() if folder.is_dir() else ():
        with os.scandir(inner) as found:
            for file in found:
                files, size = files + 1, size + file.stat().st_size
    return ImageFolder(folder="images", files=files, bytes=size)
