"""a glob that no file fits -> the file whose name is most like it"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable

from curate.ingest.find import Listing
from curate.manifest.pattern import GLOB, alternatives, fold

MAX_PATH = 120  # characters of a path that is told
MAX_FILES = 5000  # looked at
NEAR = 0.6  # of difflib's ratio


def wanted_files(globs: Iterable[str], listing: Listing) -> str:
    """`a.csv (nearest: b.csv) and images/*.png`; what is there is not said to be near to something."""
    return " and ".join(with_nearest(glob, listing) for glob in globs)


def with_nearest(glob: str, listing: Listing) -> str:
    """The glob, and the nearest file where none fits."""
    parts = alternatives(glob)
    if any(next(listing.match(part), None) for part in parts):
        return glob
    near = next((near for part in parts if (near := nearest_file(part, listing))), "")
    return f"{glob} (nearest: {near})" if near else glob


def nearest_file(glob: str, listing: Listing) -> str:
    """The file whose name is the same or most like it, wherever it lies; '' if there is none, or if the glob says nothing of the name."""
    wanted = _stem(GLOB.sub("", glob))
    if not any(map(str.isalnum, wanted)):
        return ""
    named: dict[str, str] = {}
    paths = [path for path in itertools.islice(listing.paths(), MAX_FILES) if path.isprintable() and len(path) <= MAX_PATH]
    for path in sorted(paths, key=lambda path: _ending(path) != _ending(glob)):
        named.setdefault(_stem(path), path)
    close = difflib.get_close_matches(wanted, named, n=1, cutoff=NEAR)
    return named[close[0]] if close else ""


def _stem(path: str) -> str:
    """Its name without folder and extensions: what is alike in two extensions alone is not alike."""
    return fold(path.rpartition("/")[2].partition(".")[0])


def _ending(path: str) -> str:
    return fold(path.rpartition("/")[2].partition(".")[2])
