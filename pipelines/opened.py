"""paths of sources, places of images, places of shippable bytes -> open files"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from curate.ingest.find import Listing, listing_opener
from schemas.image import ImageRef, Ship


def opener(folder: str) -> Callable[[str], BinaryIO]:
    """Opens a file below a folder. Ingest has refused paths that leave it."""

    def open_path(path: str) -> BinaryIO:
        return Path(folder, path).open("rb")

    return open_path


def path_opener(out: str, folder: str, listing: Listing) -> Callable[[str], BinaryIO]:
    """Opens a path of a source's listing, be it a file or a member of an archive."""
    return listing_opener(listing, opener(folder), opener(out))


def image_opener(out: str, folders: Mapping[str, str]) -> Callable[[ImageRef], BinaryIO]:
    """Opens the file on disk in which an image lies: its own, the archive that it is in, the plain copy of that under OUT."""

    def open_image(ref: ImageRef) -> BinaryIO:
        if ref.member is None:
            return Path(folders[ref.source], ref.path).open("rb")
        return Path(out if ref.member.root == "out" else folders[ref.source], ref.member.archive).open("rb")

    return open_image


def ship_opener(out: str, folders: Mapping[str, str]) -> Callable[[str, Ship], BinaryIO]:
    """Opens the file in which the bytes of a source's image lie: the source's own, an archive of it, or a file under OUT."""

    def open_ship(source: str, ship: Ship) -> BinaryIO:
        return Path(out if ship.root == "out" else folders[source], ship.path).open("rb")

    return open_ship
