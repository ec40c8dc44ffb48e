"""the image rules of a table -> the images of a row: paths found in the listing, never outside it"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from curate.ingest.find import Listing
from curate.ingest.render import Absent, Render, TextOf, Unfit, compile_template, getter, wrong_type
from curate.ingest.rendering import Renders, compile_rendering
from curate.manifest.pattern import compile_glob, fold
from curate.read import Row
from curate.rendering import Windows
from schemas.image import ImageRef, Rendering

SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
MAX_DIGITS = 9  # of a position in a file
MAX_TEMPLATE = 80  # characters of a path that a fault shows
SHOWN = 3  # paths that it shows
DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Target:
    """An image that is there."""

    path: str
    frame: int = -1
    column: str = ""
    rendering: Rendering | None = None  # what its manifest says of how it is shown

    def id(self, source: str) -> str:
        column = f"!{self.column}" if self.column else ""
        return f"{source}/{self.path}{column}#{self.frame}" if self.frame >= 0 else f"{source}/{self.path}{column}"

    def ref(self, id: str, source: str, listing: Listing, *, is_synthetic: bool, may_identify: bool = False) -> ImageRef:
        """`id`: its own, or that of another window of the same picture (`Known.meet`)."""
        size, mtime_ns, member = listing.place(self.path)
        return ImageRef(
            id=id, source=source, path=self.path, member=member, frame=self.frame, column=self.column,
            size=size, mtime_ns=mtime_ns, is_synthetic=is_synthetic, rendering=self.rendering,
            may_identify=may_identify,
        )  # fmt: skip


Images = Callable[[Row], list[Target]]
Lookup = Callable[[Row], str | None]


def compile_images(
    rules: tuple[Any, ...], listing: Listing, read: TextOf, *, lenient: bool, render: Mapping[str, Any] | None, windows: Windows
) -> Images:
    """All images of a row, in order. Raises Unfit: image_missing, path_escapes, window_broken. `lenient`: one that is not there is left
    out (a benchmark row shields by key and text all the same). `render`: how those are shown whose rule does not say it."""
    told: list[Mapping[str, Any]] = [{"path": rule} if isinstance(rule, str) else rule for rule in rules]
    each = [_rule(rule, listing, read, compile_rendering(rule.get("render", render), windows, read)) for rule in told]

    def images(row: Row) -> list[Target]:
        targets: list[Target] = []
        for rule in each:
            try:
                targets += rule(row)
            except Unfit as unfit:
                if not lenient or unfit.reason in ("path_escapes", "column_type"):
                    raise
        return targets

    return images


def _rule(rule: Mapping[str, Any], listing: Listing, read: TextOf, rendering: Renders) -> Images:
    lookups = [compile_path(path, tuple(rule.get("extensions", ())), listing, read) for path in paths_of(rule)]
    frame = compile_template(rule["frame"], read) if "frame" in rule else None
    column = compile_template(rule.get("column", ""), read)
    optional = rule.get("optional", False)
    items = _items(rule["each"]) if "each" in rule else None

    def one(row: Row) -> Target:
        for lookup in lookups:
            path = lookup(row)
            if path is not None:
                return Target(path, frame_of(frame, row), _full(column(row), row), rendering(row))
        raise nothing_at("image_missing", rule, read, row)

    def images(row: Row) -> list[Target]:
        try:
            if items is None:
                return [one(row)]
            found = [one({**row, "item": item, "number": number}) for number, item in enumerate(items(row))]
        except Absent as absent:
            if optional:
                return []
            raise Unfit("image_missing", absent.evidence) from None
        if not found and not optional:
            raise Unfit("image_missing", f"column '{rule['each']}' is empty")
        return found

    return images


def paths_of(rule: Mapping[str, Any]) -> list[str]:
    """The templates of a rule's paths, in the order in which they are tried."""
    return [rule["path"]] if isinstance(rule["path"], str) else list(rule["path"])


def nothing_at(reason: str, rule: Mapping[str, Any], read: TextOf, row: Row) -> Unfit:
    """No path of the rule leads to a file: the evidence is the templates, as the manifest has them. Which paths they give is private."""
    paths = paths_of(rule)
    shown = [path if len(path) <= MAX_TEMPLATE else f"{path[: MAX_TEMPLATE - 3]}..." for path in paths[:SHOWN]]
    more = f" or {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    tried = f" with {', '.join(rule['extensions'])}" if "extensions" in rule else ""
    evidence = " ".join(f"nothing at {' or '.join(shown)}{more}{tried}".split())
    return Unfit(reason, evidence, private=lambda: [compile_template(path, read)(row) for path in paths])


def _items(name: str) -> Callable[[Row], list[Any]]:
    get = getter(name)

    def items(row: Row) -> list[Any]:
        value = get(row)
        if isinstance(value, str) and not value.startswith("["):  # one name may stand without a list around it
            return [value] if value else []
        if value is None:
            return []
        if not isinstance(value, list | tuple) or any(isinstance(item, list | tuple) for item in value):
            raise wrong_type("a list of names", value, name)
        return list(value)

    return items


def _full(column: str, row: Row) -> str:
    """The column of an image that is embedded. Raises Absent where the row tells that there is none: its bytes are not read, what lies
    around them is."""
    value: Any = row
    for part in column.split(".")[:-1] if "." in column else ():
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, Mapping) and part in value:
            value = value[part]
        else:
            return column
        if value is None:
            raise Absent("image_missing", f"column '{column}' is empty")
    return column


def frame_of(render: Render | None, row: Row) -> int:
    """The position that a rule's `frame` gives, -1 where it has none. Raises Unfit: frame_broken."""
    if render is None:
        return -1
    text = render(row)
    if not text.isascii() or not text.isdigit() or len(text) > MAX_DIGITS:
        raise Unfit("frame_broken", f"a position wanted, {len(text)} characters found")
    return int(text)


def compile_path(template: str, extensions: tuple[str, ...], listing: Listing, read: TextOf) -> Lookup:
    """One path of a rule. Folders before the first column may hold wildcards."""
    parts = template.split("/")
    first = next((index for index, part in enumerate(parts) if "{" in part), len(parts) - 1)
    folders, rest = parts[:first], "/".join(parts[first:])
    if any("*" in part for part in folders):
        render, find = compile_template(rest, read), _below("/".join(folders) + "/", listing)
    else:
        render, find = compile_template(template, read), listing.find

    def lookup(row: Row) -> str | None:
        path = clean_path(render(row))
        if path is None:
            raise Unfit("path_escapes", "an absolute path, or one that leaves the folder")
        found = find(path)
        for spelling in _spellings(path, extensions) if found is None and extensions else ():
            found = found or find(spelling)
        if found is None and listing.escapes(path):
            raise Unfit("path_escapes", "a symlink that leaves the folder")
        return found

    return lookup


def compile_first(paths: list[str], listing: Listing, read: TextOf, *, lenient: bool) -> Lookup:
    """The first of several paths that leads to a file. Raises Unfit: image_missing (`lenient`: None instead), path_escapes."""
    lookups = [compile_path(path, (), listing, read) for path in paths]

    def first(row: Row) -> str | None:
        try:
            found = next((path for find in lookups if (path := find(row)) is not None), None)
        except Absent as absent:
            raise Unfit("image_missing", absent.evidence) from None
        if found is None and not lenient:
            raise nothing_at("image_missing", {"path": paths}, read, row)
        return found

    return first


def _below(folders: str, listing: Listing) -> Callable[[str], str | None]:
    """Finds a path below any folder that the glob fits; of several the first in order."""
    fits = compile_glob(folders).fullmatch

    @functools.lru_cache(maxsize=1 << 16)
    def find(rest: str) -> str | None:
        depth = rest.count("/") + 1
        for spelled, path in listing.named(rest.rpartition("/")[2]):
            parts = spelled.split("/")
            if fold("/".join(parts[-depth:])) == fold(rest) and fits("".join(f"{part}/" for part in parts[:-depth])):
                return path
        return None

    return find


def _spellings(path: str, extensions: tuple[str, ...]) -> Iterator[str]:
    """The path with each extension in place of its own, then after it."""
    stem = SUFFIX.sub("", path)
    yield from (stem + extension for extension in extensions)
    if stem != path:
        yield from (path + extension for extension in extensions)


def clean_path(text: str) -> str | None:
    """The relative path without '.', '..' and doubled '/'; None if it is absolute or leaves the folder."""
    text = text.replace("\\", "/")
    if text.startswith("/") or DRIVE.match(text) or "\0" in text:
        return None
    if "//" not in text and "/." not in text and not text.startswith("."):
        return text
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or None
