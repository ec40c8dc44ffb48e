"""croissant.json, README.md -> where they speak of other shards than the index does"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import yaml

from curate.manifest.plain_yaml import parse_yaml
from curate.verify.claims import Claims
from curate.verify.strict import NoJson, strict_json

MAX_BYTES = 16 << 20  # of a card that is read
MAX_MATTER, MAX_PATTERNS = 64 << 10, 8  # characters of front matter, which takes minutes a megabyte to read; files of a split in it
FENCE = "---\n"
SUMS = "SHA256SUMS"
INFO = {"config_name", "splits", "download_size", "dataset_size"}  # features in it would stand above those of the shards
_MORE_WAYS = "{}?[]!~:/\\"  # what else a pattern of the hub's may say: a card of ours says none of it


def croissant_faults(data: bytes, claims: Claims) -> Iterator[str]:
    """By the file objects of Croissant 1.0 (mlcommons.org/croissant/1.0): name, SHA-256 and size of every shard, no other file."""
    try:
        value = strict_json(data)
    except NoJson as error:
        yield str(error)
        return
    if not isinstance(value, dict) or not isinstance(value.get("distribution"), list):
        yield "no Croissant: an object with its distribution wanted"
        return
    if value.get("name") != claims.corpus:
        yield "its name is not the corpus's in the index"
    if value.get("license") != (sorted(claims.counts.get("license", ())) or ["unknown"]):
        yield "its licences are not those that the index counts"
    objects = [part for part in value["distribution"] if isinstance(part, dict) and part.get("@type") in ("cr:FileObject", "sc:FileObject")]
    told = {str(part.get("@id")): part for part in objects}
    if len(told) != len(objects):
        yield "two of its files have one @id"
    for shard in claims.shards:
        part = told.pop(shard.name, None)
        if part is None:
            yield f"{shard.name}: not named"
            continue
        right = {"sha256": shard.sha256, "contentSize": f"{shard.bytes} B", "contentUrl": shard.name}
        yield from (f"{shard.name}: its {name} is not what the index says" for name, wanted in right.items() if part.get(name) != wanted)
    named = {card.name for card in claims.cards}
    if strange := sum(name not in named or part.get("contentUrl") != name for name, part in told.items()):
        yield f"{strange} files named that the index does not name"
    sets = [part.get("includes") for part in value["distribution"] if isinstance(part, dict) and part.get("@type") == "cr:FileSet"]
    shards = _by_split(claims)
    if claims.shards and (len(sets) != len(shards) or sorted(_matched(sets, claims)) != sorted([split] for split in shards)):
        yield "its file sets are not the splits of the index"


def _matched(patterns: Sequence[Any], claims: Claims) -> list[list[str]]:
    """Splits that each pattern takes whole."""
    taken, shards = [_takes([pattern], claims) for pattern in patterns], _by_split(claims)
    return [[split for split, names in shards.items() if names == found] for found in taken]


def sums_faults(data: bytes, claims: Claims) -> Iterator[str]:
    """SHA256SUMS, by which coreutils check: a line for each file of the index but itself."""
    told = [tuple(line.split("  ", 1)) for line in data.decode("utf-8", "replace").splitlines()]
    if sorted(told) != sorted((file.sha256, file.name) for file in claims.files if file.name != SUMS):
        yield "its lines are not the files of the index and their digests"


def attribution_faults(data: bytes, claims: Claims) -> Iterator[str]:
    """Every source has its paragraph, with as many samples as the index counts: terms of use are passed on with what they are of."""
    told = set(data.decode("utf-8", "replace").splitlines())
    sources = claims.counts.get("source", {})
    if lacking := [name for name, count in sources.items() if count and f"- Source: `{name}`, {count:,} samples" not in told]:
        yield f"{len(lacking):,} of {len(sources):,} sources are not named in it with the samples that the index counts"


def readme_faults(data: bytes, claims: Claims) -> Iterator[str]:
    """By its front matter, which is what `load_dataset` obeys: files and rows of every split."""
    front = _front_matter(data)
    if front is None:
        yield "no front matter between two lines of '---' that is YAML"
        return
    if not claims.shards:
        return
    configs = front.get("configs")
    config = configs[0] if isinstance(configs, list) and len(configs) == 1 and isinstance(configs[0], dict) else {}
    files = config.get("data_files")
    if not isinstance(files, list) or not all(isinstance(part, dict) and isinstance(part.get("split"), str) for part in files):
        yield "its configs are not the one with data_files that a corpus has"
        return
    if set(config) != {"config_name", "data_files"} or config["config_name"] != "default":
        yield "its configs say more than which files are of which split"
    shards = _by_split(claims)
    loaded = {part["split"]: _takes(_paths(part), claims) for part in files} if len(files) == len(shards) else {}
    if loaded != shards:
        yield "its configs load other files than the shards of the index"
    yield from _info_faults(front.get("dataset_info"), claims)


def _paths(part: Mapping[str, Any]) -> list[Any]:
    path = part.get("path")
    return path if isinstance(path, list) else [path]


def _takes(patterns: Sequence[Any], claims: Claims) -> list[str] | None:
    """Shards that patterns name; None where one may name what lies elsewhere, or there are more than a card has."""
    if len(patterns) > MAX_PATTERNS or not all(isinstance(pattern, str) and not set(_MORE_WAYS) & set(pattern) for pattern in patterns):
        return None
    return [shard.name for shard in claims.shards if any(fnmatchcase(shard.name, pattern) for pattern in patterns)]


def _by_split(claims: Claims) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for shard in claims.shards:
        names.setdefault(shard.split, []).append(shard.name)
    return names


def _info_faults(info: Any, claims: Claims) -> Iterator[str]:
    """`dataset_info` may be left out; what it says must be so."""
    if info is None:
        return
    if isinstance(info, dict) and set(info) - INFO:
        yield "its dataset_info says more than how many rows and bytes there are"
    splits = info.get("splits") if isinstance(info, dict) else None
    if not isinstance(splits, list) or not all(isinstance(split, dict) and isinstance(split.get("name"), str) for split in splits):
        yield "its dataset_info names no splits"
        return
    rows = {split["name"]: split.get("num_examples") for split in splits}
    if rows != {split: count for split, count in claims.splits.items() if count}:
        yield "its dataset_info counts other rows than the index"


def _front_matter(data: bytes) -> dict[str, Any] | None:
    text = data.decode("utf-8", "replace")
    if not text.startswith(FENCE):
        return None
    matter, fence, _ = text[len(FENCE) : len(FENCE) + MAX_MATTER].partition(f"\n{FENCE}")
    try:
        value = parse_yaml(matter, yaml.SafeLoader) if fence else None
    except (yaml.YAMLError, ValueError):
        return None
    return value if isinstance(value, dict) else None


CHECKS = {"ATTRIBUTION.md": attribution_faults, "README.md": readme_faults, SUMS: sums_faults, "croissant.json": croissant_faults}
