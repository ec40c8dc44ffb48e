"""a path with * in its last part -> all files of a row that it fits"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Callable, Iterator
from functools import cached_property

from curate.ingest.find import Listing
from curate.ingest.images import clean_path
from curate.ingest.render import TextOf, Unfit, compile_template
from curate.manifest.pattern import compile_glob, fold
from curate.read import Row

STAR = "\ue000"  # of private use: stands for * while columns are filled in, whose own * is a plain character
ANY = "/"  # no folder's name
COLUMN = re.compile(r"\[\[|\]\]|\{[^{}]*\}")


def compile_starred(template: str, listing: Listing, read: TextOf) -> Callable[[Row], list[str]]:
    """Every path, in order; folders before the first column may hold wildcards as well. Raises Unfit: path_escapes."""
    parts = template.split("/")
    first = next((index for index, part in enumerate(parts) if "{" in part), len(parts) - 1)
    above, rest = parts[:first], "/".join(parts[first:])
    render, index = compile_template(rest.replace("*", STAR), read), _Index(template, listing)
    folders = compile_glob("".join(f"{part}/" for part in above)).pattern

    def find(row: Row) -> list[str]:
        ending = clean_path(render(row).replace("*", "\0"))
        if ending is None:
            raise Unfit("path_escapes", "an absolute path, one that leaves the folder, or one with * in a column")
        fits = re.compile(folders + "[^/]*".join(map(re.escape, ending.split(STAR))), re.IGNORECASE | re.DOTALL).fullmatch
        return sorted(path for path in index.begin_with(ending) if fits(path))

    return find


class _Index:
    """The files that the template may fit whatever its columns hold, by name, and apart for each folder's name."""

    def __init__(self, template: str, listing: Listing) -> None:
        self.glob = "**/" + COLUMN.sub("*", template).rpartition("/")[2]  # a column may hold folders
        self.listing = listing

    @cached_property
    def folders(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for path, _ in self.listing.match(self.glob):
            named = (fold(path.rpartition("/")[2]), path)
            found.setdefault(ANY, []).append(named)
            found.setdefault(_folder(path), []).append(named)
        return {folder: sorted(paths) for folder, paths in found.items()}

    def begin_with(self, ending: str) -> Iterator[str]:
        """Paths whose name begins as the last part of `ending` does up to its *; in a folder of the same name where it has one."""
        begin = fold(ending.rpartition("/")[2].partition(STAR)[0])
        candidates = self.folders.get(_folder(ending) if "/" in ending else ANY, [])
        for name, path in itertools.islice(candidates, bisect.bisect_left(candidates, (begin, "")), None):
            if not name.startswith(begin):
                return
            yield path


def _folder(path: str) -> str:
    """The name of the folder it lies in."""
    return fold(path.rpartition("/")[0].rpartition("/")[2])
