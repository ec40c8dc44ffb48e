"""paths of sources, places of images, places of shippable bytes -> open files"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import BinaryIO

from curate.ingest.find import Listing, listing_opener
from pipelines.ahead import stretch
from pipelines.objects import Status, StorePath
from pipelines.place import Place, place
from schemas.image import ImageRef, Ship


class FileChanged(FileNotFoundError):
    """The file that was listed is not there any more: another is in its place."""


def opener(folder: str, listing: Listing | None = None) -> Callable[[str], BinaryIO]:
    """Opens a file below a folder. Ingest has refused paths that leave it. What is listed is not asked for its size again; one that has
    another size or time than was listed raises FileChanged: what is read counts as what was listed, now and in the next run."""

    def open_path(path: str) -> BinaryIO:
        found = place(folder, path)
        file: BinaryIO | None
        listed = listing.files.get(path) if listing else None
        if isinstance(found, StorePath):
            file = (replace(found, listed=Status(*listed)) if listed else found).open_listed()
        else:
            file = found.open("rb")
            status = os.fstat(file.fileno())
            if listed and (status.st_size, status.st_mtime_ns) != tuple(listed):
                file.close()
                file = None
        if file is None:
            raise FileChanged(f"{path}: it has changed since it was listed")
        return file

    return open_path


def path_opener(out: str, folder: str, listing: Listing) -> Callable[[str], BinaryIO]:
    """Opens a path of a source's listing, be it a file or a member of an archive."""
    return listing_opener(listing, opener(folder, listing), opener(out))


def image_place(out: str, folders: Mapping[str, str]) -> Callable[[ImageRef], Place]:
    """The file in which an image lies: its own, the archive that it is in, the plain copy of that under OUT."""

    def locate(ref: ImageRef) -> Place:
        if ref.member is None:
            return place(folders[ref.source], ref.path)
        return place(out if ref.member.root == "out" else folders[ref.source], ref.member.archive)

    return locate


def ship_opener(out: str, folders: Mapping[str, str]) -> Callable[[str, Ship], BinaryIO]:
    """Opens the file in which the bytes of a source's image lie: the source's own, an archive of it, or a file under OUT. Of one in a
    store these bytes are fetched, and no others."""

    def open_ship(source: str, ship: Ship) -> BinaryIO:
        path = place(out if ship.root == "out" else folders[source], ship.path)
        if isinstance(path, StorePath):
            return stretch(path, ship.offset, ship.deflated or ship.length)
        return path.open("rb")

    return open_ship
