"""index.json of a corpus, which may lie -> what it lists, or every fault of it; and what a folder lacks of that"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from curate.digest import digest_of_json

VERSION = 2  # of the layout of index.json: what emit writes, and all that is read
MOST = 64 << 20  # bytes of an index: 200,000 shards need less
MOST_PARTS = 250_000  # objects and lists in it: files, mostly. Three million empty ones take 9 MB, and minutes to tell of
MOST_SPLITS = 64
MOST_ALIKE, MOST_KINDS, MOST_FAULTS = 3, 50, 100_000  # faults told of one kind; kinds; faults looked for
MOST_NAMED = 100  # files of a folder that are told of by name
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")  # of a corpus, a split, a file: no folder can be left by it
DIGEST = re.compile(r"[0-9a-f]{64}")
LARGEST = 1 << 62  # of a number: what 64 bits hold, with room to add


class NotListed(ValueError):
    """An index that cannot be believed. One line for each fault; of many that differ in numbers alone the first, and how many more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file beside the index."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedShard(ListedFile):
    split: str
    rows: int
    images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What index.json says that the corpus is made of."""

    corpus: str
    title: str
    rows: int
    images: int
    bytes: int  # of the shards
    splits: Mapping[str, int]  # rows
    shards: tuple[ListedShard, ...]
    cards: tuple[ListedFile, ...]
    plain: Mapping[str, Any]  # the whole index

    @property
    def files(self) -> tuple[ListedFile, ...]:
        return (*self.shards, *self.cards)


def read_listed(data: bytes) -> Listed:
    """The index in `data`: its names are plain file names, its numbers add up. Raises NotListed."""
    if len(data) > MOST:
        raise NotListed(f"{len(data):,} bytes found, an index of at most {MOST:,} wanted")
    if (parts := parts_of(data)) > MOST_PARTS:
        raise NotListed(f"{parts:,} objects and lists found, an index of at most {MOST_PARTS:,} wanted")
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        raise NotListed("found no JSON") from None
    if not isinstance(plain, dict):
        raise NotListed(f"found {_kind(plain)}, an object wanted")
    if fault := version_fault(plain.get("version")):
        raise NotListed(fault)
    if faults := few(_shape_faults(plain)) or few([*_sum_faults(plain), *_edited(plain)]):
        raise NotListed("\n".join(faults))
    return Listed(
        **{name: plain[name] for name in ("corpus", "title", "rows", "images", "bytes", "splits")},
        shards=tuple(ListedShard(**{name: shard[name] for name in ListedShard.__dataclass_fields__}) for shard in plain["shards"]),
        cards=tuple(ListedFile(**{name: card[name] for name in ListedFile.__dataclass_fields__}) for card in plain["cards"]),
        plain=plain,
    )


def parts_of(data: bytes) -> int:
    """Objects and lists that JSON holds at most: told in a moment, where making them would take gigabytes."""
    return data.count(b"{") + data.count(b"[")


def version_fault(version: object) -> str:
    """Why an index of that version is not read, '' where it is."""
    if type(version) is not int or version < 1:
        return f"version: found {_shown(version)}, {VERSION} wanted"
    if version == VERSION:
        return ""
    other = "an older version of this program made it: 'corpus' with this one makes it anew" if version < VERSION else "a newer one made it"
    return f"version {_shown(version)} found, {VERSION} wanted: {other}"


def few(faults: Iterable[str], alike: int = MOST_ALIKE) -> list[str]:
    """Of faults that differ in numbers alone the first ones, and how many more there are; after a hundred thousand none is looked for."""
    counts: Counter[str] = Counter()
    told: dict[str, list[str]] = {}
    looking = iter(faults)
    for fault in itertools.islice(looking, MOST_FAULTS):
        kind = _NUMBER.sub("#", fault)
        kind = kind if kind in told or len(told) < MOST_KINDS else ""
        counts[kind] += 1
        if kind and counts[kind] <= alike:
            told.setdefault(kind, []).append(fault)
    for kind, lines in told.items():
        if more := counts[kind] - len(lines):
            lines[-1] += f"; and {more:,} more like it"
    others = [f"{counts['']:,} faults of other kinds"] if counts[""] else []
    ended = [f"after {MOST_FAULTS:,} faults no more were looked for"] if next(looking, None) else []
    return [*itertools.chain.from_iterable(told.values()), *others, *ended]


_NUMBER = re.compile(r"\d+")


def folder_faults(listed: Listed, found: Mapping[str, int]) -> list[str]:
    """What a folder that holds files of these names and sizes lacks, or has too much: shards that the index does not name."""
    faults = []
    for file in listed.files:
        if file.name not in found:
            faults.append(f"{file.name}: missing")
        elif found[file.name] != file.bytes:
            faults.append(f"{file.name}: {found[file.name]:,} bytes found, {file.bytes:,} wanted")
    named = {shard.name for shard in listed.shards}
    strays = (f"{name}: a shard that the index does not name" for name in sorted(found) if _is_stray(name, named))
    return few([*faults, *strays], MOST_NAMED)


def _is_stray(name: str, named: set[str]) -> bool:
    return name.endswith(".parquet") and name not in named


def _shape_faults(plain: Mapping[str, Any]) -> Iterator[str]:
    yield from _field_faults("", plain, {"corpus": NAME, "title": None, "rows": int, "images": int, "bytes": int})
    splits = plain.get("splits")
    if not isinstance(splits, dict):
        yield f"splits: found {_kind(splits)}, an object wanted"
    elif len(splits) > MOST_SPLITS:
        yield f"splits: {len(splits):,} found, at most {MOST_SPLITS} wanted"
    else:
        yield from (f"splits: found {_shown(name)}, a plain name wanted" for name in splits if not NAME.fullmatch(name))
        yield from _field_faults("splits.", splits, dict.fromkeys(splits, int))
    file = {"name": NAME, "bytes": int, "sha256": DIGEST}
    for name, wanted in (("shards", {**file, "split": NAME, "rows": int, "images": int}), ("cards", file)):
        entries = plain.get(name)
        if not isinstance(entries, list):
            yield f"{name}: found {_kind(entries)}, a list wanted"
            continue
        if len(entries) > MOST_PARTS:
            yield f"{name}: {len(entries):,} found, at most {MOST_PARTS:,} wanted"
            continue
        for place, entry in enumerate(entries):
            if isinstance(entry, dict):
                yield from _field_faults(f"{name}[{place}].", entry, wanted)
            else:
                yield f"{name}[{place}]: found {_kind(entry)}, an object wanted"


def _field_faults(place: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """`wanted`: int for a number that counts, a pattern or None for a text."""
    for name, kind in wanted.items():
        value = found.get(name)
        if kind is int:
            if type(value) is not int or not 0 <= value <= LARGEST:
                yield f"{place}{name}: found {_shown(value)}, a count wanted"
        elif not isinstance(value, str) or (kind and not kind.fullmatch(value)):
            yield f"{place}{name}: found {_shown(value)}, {'64 hexadecimal digits' if kind is DIGEST else 'a plain name'} wanted"


def _sum_faults(plain: Mapping[str, Any]) -> Iterator[str]:
    shards = plain["shards"]
    counts = Counter(file["name"] for file in [*shards, *plain["cards"]])
    yield from (f"{name}: named {count} times" for name, count in counts.items() if count > 1)
    for name in ("rows", "images", "bytes"):
        if (total := sum(shard[name] for shard in shards)) != plain[name]:
            yield f"{name}: {plain[name]:,} found, the shards have {total:,}"
    rows: Counter[str] = Counter()
    names: dict[str, list[str]] = {}
    for shard in shards:
        rows[shard["split"]] += shard["rows"]
        names.setdefault(shard["split"], []).append(shard["name"])
    if dict(rows) != plain["splits"]:
        yield f"splits: {_shown(plain['splits'])} found, the shards have {_shown(dict(rows))}"
    for split, found in names.items():
        wanted = {f"{split}-{number:05d}-of-{len(found):05d}.parquet" for number in range(len(found))}
        yield from (f"{name}: one of {len(found)} shards of {split}, by its name it is not" for name in found if name not in wanted)


def _edited(plain: Mapping[str, Any]) -> Iterator[str]:
    rest = {name: value for name, value in plain.items() if name != "digest"}
    try:
        holds = plain.get("digest") == digest_of_json(rest)
    except RecursionError:  # what reads JSON goes deeper than what writes it
        holds = False
    if not holds:
        yield "digest: not that of the rest of the index: someone has edited it"


def _kind(value: object) -> str:
    kinds = {"NoneType": "nothing", "list": "a list", "dict": "an object", "str": "a text", "bool": "a truth"}
    return kinds.get(type(value).__name__, "a number")


def _shown(value: object) -> str:
    """Short, and without what a terminal obeys."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
