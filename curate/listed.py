"""index.json of a corpus, which may lie -> what it lists, or every fault of it; and what a folder lacks of that"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from curate.digest import digest_of_json

VERSION = 1  # of the layout of index.json that is read here
MOST = 256 << 20  # bytes of an index: a million shards need less
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")  # of a corpus, a split, a file: no folder can be left by it
DIGEST = re.compile(r"[0-9a-f]{64}")
LARGEST = 1 << 62  # of a number: what 64 bits hold, with room to add


class NotListed(ValueError):
    """An index that cannot be believed. One line for each fault."""


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
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        raise NotListed("found no JSON") from None
    if not isinstance(plain, dict):
        raise NotListed(f"found {_kind(plain)}, an object wanted")
    if plain.get("version") != VERSION:
        raise NotListed(f"version: found {_shown(plain.get('version'))}, {VERSION} wanted")
    if faults := list(_shape_faults(plain)) or [*_sum_faults(plain), *_edited(plain)]:
        raise NotListed("\n".join(faults))
    return Listed(
        **{name: plain[name] for name in ("corpus", "title", "rows", "images", "bytes", "splits")},
        shards=tuple(ListedShard(**{name: shard[name] for name in ListedShard.__dataclass_fields__}) for shard in plain["shards"]),
        cards=tuple(ListedFile(**{name: card[name] for name in ListedFile.__dataclass_fields__}) for card in plain["cards"]),
        plain=plain,
    )


def folder_faults(listed: Listed, found: Mapping[str, int]) -> list[str]:
    """What a folder that holds files of these names and sizes lacks, or has too much: shards that the index does not name."""
    faults = []
    for file in listed.files:
        if file.name not in found:
            faults.append(f"{file.name}: missing")
        elif found[file.name] != file.bytes:
            faults.append(f"{file.name}: {found[file.name]:,} bytes found, {file.bytes:,} wanted")
    named = {shard.name for shard in listed.shards}
    return [*faults, *(f"{name}: a shard that the index does not name" for name in sorted(found) if _is_stray(name, named))]


def _is_stray(name: str, named: set[str]) -> bool:
    return name.endswith(".parquet") and name not in named


def _shape_faults(plain: Mapping[str, Any]) -> Iterator[str]:
    yield from _field_faults("", plain, {"corpus": NAME, "title": None, "rows": int, "images": int, "bytes": int})
    splits = plain.get("splits")
    if not isinstance(splits, dict):
        yield f"splits: found {_kind(splits)}, an object wanted"
    else:
        yield from (f"splits: found {_shown(name)}, a plain name wanted" for name in splits if not NAME.fullmatch(name))
        yield from _field_faults("splits.", splits, dict.fromkeys(splits, int))
    file = {"name": NAME, "bytes": int, "sha256": DIGEST}
    for name, wanted in (("shards", {**file, "split": NAME, "rows": int, "images": int}), ("cards", file)):
        entries = plain.get(name)
        if not isinstance(entries, list):
            yield f"{name}: found {_kind(entries)}, a list wanted"
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
    """An index without `digest` is an older one."""
    rest = {name: value for name, value in plain.items() if name != "digest"}
    try:
        holds = "digest" not in plain or plain["digest"] == digest_of_json(rest)
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
