"""paths of sources, places of shippable bytes -> open files"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from schemas.image import Ship


def opener(folder: str) -> Callable[[str], BinaryIO]:
    """Opens a path of a source. Ingest has refused paths that leave the folder."""

    def open_path(path: str) -> BinaryIO:
        return Path(folder, path).open("rb")

    return open_path


def ship_opener(out: str, folders: Mapping[str, str]) -> Callable[[str, Ship], BinaryIO]:
    """Opens the file in which the bytes of a source's image lie: the source's own, or a pack under OUT."""

    def open_ship(source: str, ship: Ship) -> BinaryIO:
        return Path(out if ship.root == "out" else folders[source], ship.path).open("rb")

    return open_ship
