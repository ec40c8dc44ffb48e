"""index.json -> what it claims of a corpus, and where it contradicts itself"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from curate.digest import digest_of_json
from curate.listed import MOST, MOST_PARTS, MOST_SPLITS, few, version_fault
from curate.verify.damage import shown
from curate.verify.strict import NoJson, strict_json

INDEX = "index.json"
CARDS = ("ATTRIBUTION.md", "README.md", "SHA256SUMS", "croissant.json")  # those that no corpus is without
SHARD_NAME = re.compile(r"([a-z][a-z0-9_]{0,39})-(\d{5,9})-of-(\d{5,9})\.parquet", re.ASCII)
CARD_NAME = re.compile(r"\w[\w.-]{0,99}", re.ASCII)  # in the folder itself, and not hidden
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST = 1 << 53  # what every reader of JSON reads exactly


@dataclass(frozen=True, slots=True, kw_only=True)
class FileClaim:
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardClaim(FileClaim):
    split: str
    rows: int
    images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    corpus: str
    rows: int
    images: int
    bytes: int
    splits: Mapping[str, int]  # rows of each
    counts: Mapping[str, Mapping[str, int]]  # column -> word -> rows
    shards: tuple[ShardClaim, ...]  # in the order of their names
    cards: tuple[FileClaim, ...]
    settings: Mapping[str, Any]
    mixtures: Mapping[str, Mapping[str, Any]]  # what is said of it in each mixture that it is part of
    recipe: Mapping[str, Any]

    @property
    def files(self) -> tuple[FileClaim, ...]:
        return (*self.shards, *self.cards)


def read_claims(data: bytes, *, counted: Sequence[str]) -> tuple[Claims | None, list[str]]:
    """What index.json claims of files beside it, None where it cannot be read as an index of this version of the program; and all that
    is wrong with it by itself. `counted`: columns whose words it counts."""
    try:
        value = strict_json(data, most=MOST, parts=MOST_PARTS)
    except NoJson as error:
        return None, [str(error)]
    if not isinstance(value, dict):
        return None, ["no index: a JSON object wanted"]
    if "layout" in value:
        return None, ["no index of a corpus but of an export: verify the corpus that it was made of"]
    if is_count(value.get("version")) and (fault := version_fault(value["version"])):
        return None, [fault]
    if faults := few(_faults_of_kinds(value, counted)):
        return None, faults
    claims = Claims(
        shards=tuple(sorted((ShardClaim(**_only(shard, _SHARD)) for shard in value["shards"]), key=lambda shard: shard.name)),
        cards=tuple(FileClaim(**_only(card, _FILE)) for card in value["cards"]),
        **_only(value, {name: test for name, test in _INDEX.items() if name not in _APART}),
    )
    if value["digest"] != digest_of_json({name: part for name, part in value.items() if name != "digest"}):
        faults.append("its digest of itself is another: edited")
    faults += few([*_faults_of_names(claims), *_faults_of_sums(claims)])
    shards = tuple(shard for shard in claims.shards if SHARD_NAME.fullmatch(shard.name))
    cards = tuple(card for card in claims.cards if _is_card(card.name))
    return replace(claims, shards=shards, cards=cards), faults  # a name that leads elsewhere goes no further


def _only(value: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in names}


def is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MOST


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_sha256(value: Any) -> bool:
    return isinstance(value, str) and bool(_SHA256.fullmatch(value))


def _are_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(is_count, value.values()))


def _are_splits(value: Any) -> bool:
    return _are_counts(value) and len(value) <= MOST_SPLITS


def _are_files(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_PARTS


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _are_tables(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_are_counts, value.values()))


def _are_objects(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_object, value.values()))


Test = Callable[[Any], bool]
_FILE: Mapping[str, Test] = {"name": _is_text, "bytes": is_count, "sha256": is_sha256}
_SHARD: Mapping[str, Test] = {**_FILE, "split": _is_text, "rows": is_count, "images": is_count}
_INDEX: Mapping[str, Test] = {
    "version": is_count, "corpus": _is_text, "rows": is_count, "images": is_count, "bytes": is_count, "splits": _are_splits,
    "counts": _are_tables, "shards": _are_files, "cards": _are_files,
    "settings": _is_object, "recipe": _is_object, "mixtures": _are_objects, "digest": is_sha256,
}  # fmt: skip
_APART = ("version", "shards", "cards", "digest")


def _faults_of_kinds(value: Mapping[str, Any], counted: Sequence[str]) -> Iterator[str]:
    yield from _lacking(value, _INDEX, "")
    for name, tests in (("shards", _SHARD), ("cards", _FILE)):
        for place, part in enumerate(value[name] if _are_files(value.get(name)) else ()):
            yield from _lacking(part, tests, f"{name}[{place}].")
    if isinstance(value.get("counts"), dict):
        yield from (f"counts.{column}: missing" for column in counted if column not in value["counts"])


def _lacking(value: Any, tests: Mapping[str, Test], place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: no JSON object"
        return
    for name, test in tests.items():
        if name not in value:
            yield f"{place}{name}: missing"
        elif not test(value[name]):
            yield f"{place}{name}: not what an index holds there"


def _faults_of_names(claims: Claims) -> Iterator[str]:
    """Names that lead elsewhere, come twice, or leave a gap: a shard that nobody misses must be missed here."""
    numbers: dict[str, list[int]] = {}
    counts = Counter(shard.split for shard in claims.shards)
    for place, shard in enumerate(claims.shards):
        matched = SHARD_NAME.fullmatch(shard.name)
        if not matched or matched[1] != shard.split:
            yield f"shard {place} by name: no name of a shard of its split"
            continue
        numbers.setdefault(shard.split, []).append(int(matched[2]))
        if int(matched[3]) != counts[shard.split]:
            yield f"{shard.name}: {counts[shard.split]} shards of its split are named"
    for split, found in numbers.items():
        if found != list(range(len(found))):
            yield f"the shards of split '{split}' are not numbered from 0 on, each once"
    yield from (f"card {place}: no name of a file beside it" for place, card in enumerate(claims.cards) if not _is_card(card.name))
    named = Counter(file.name for file in claims.files if _is_card(file.name))
    yield from (f"{name}: named {times} times" for name, times in named.items() if times > 1)
    if lacking := [name for name in CARDS if name not in named]:
        yield f"{shown(lacking)}: not named; no corpus is without"


def _is_card(name: str) -> bool:
    return bool(CARD_NAME.fullmatch(name)) and name != INDEX


def _faults_of_sums(claims: Claims) -> Iterator[str]:
    for name in ("rows", "images", "bytes"):
        claimed, found = getattr(claims, name), sum(getattr(shard, name) for shard in claims.shards)
        if claimed != found:
            yield f"{name}: {claimed:,} in all, {found:,} in its shards"
    of_split: Counter[str] = Counter()
    for shard in claims.shards:
        of_split[shard.split] += shard.rows
    if {split: rows for split, rows in claims.splits.items() if rows} != {split: rows for split, rows in of_split.items() if rows}:
        yield "splits: not the rows of its shards"
    for column, words in claims.counts.items():
        if sum(words.values()) != claims.rows:
            yield f"counts.{column}: {sum(words.values()):,} rows counted, {claims.rows:,} in all"
