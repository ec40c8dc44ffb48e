"""where an image's bytes lie -> those bytes, proven to be the ones inspected, without metadata"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from typing import BinaryIO

from curate.pixels.strip import strip_metadata
from schemas.image import Ship

SUFFIX = {"jpeg": "jpg", "png": "png", "gif": "gif", "webp": "webp"}

GONE = (FileNotFoundError, IsADirectoryError, NotADirectoryError)  # others are a disk's, a store's or a right's: no image has changed
Open = Callable[[str, Ship], BinaryIO]  # source, place -> an open seekable file whose bytes from `ship.offset` on are the image's


class ChangedImage(RuntimeError):
    """The bytes to ship are not those that were inspected."""


def read_image(source: str, ship: Ship, open: Open) -> bytes:
    """The bytes of `ship`, less their metadata segments. Raises ChangedImage where they are not there, or do not have the digest that
    inspect saw; OSError, with a name, where a disk or a store does not give them."""
    try:
        with open(source, ship) as file:
            file.seek(ship.offset)
            data = _inflated(file.read(ship.deflated), ship.length) if ship.deflated else file.read(ship.length)
    except GONE as error:
        said = error.strerror or type(error).__name__
        raise ChangedImage(f"{_place(source, ship)}: {said}, inspect has read it: put it back, or run again without it") from error
    except OSError as error:
        error.filename = error.filename or _place(source, ship)  # reading, unlike opening, does not say of what
        raise
    digest = hashlib.sha256(data).hexdigest()
    if digest != ship.digest:
        raise ChangedImage(
            f"{_place(source, ship)}: {len(data)} bytes from {ship.offset} with SHA-256 "
            f"{digest[:16]}, inspect saw {ship.length} with {ship.digest[:16]}; it has changed since: "
            "run again, with --hash-inputs if it kept its time"
        )
    return strip_metadata(data, ship.format)


def _place(source: str, ship: Ship) -> str:
    return f"{source}: {ship.path}{'!' + ship.member if ship.member else ''}"


def _inflated(deflated: bytes, length: int) -> bytes:
    """What it inflates to, at most a byte more than `length`; nothing where it is no deflate: the digest then differs."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated, length + 1)
    except zlib.error:
        return b""


def image_name(ship: Ship) -> str:
    """A name that is safe anywhere and tells nothing of the patient: '<first 16 digits of Ship.digest>.<suffix>'."""
    return f"{ship.digest[:16]}.{SUFFIX[ship.format]}"
