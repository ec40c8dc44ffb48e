"""what two runs were asked for and came to -> every setting that differs, with the stage that reads it"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GROUPS = ("recipe", "setting", "limit", "sources", "manifest", "version", "program", "mixture")  # in the order in which they are told
# fields of a recipe -> the stage whose decisions they bear on (schemas/corpus.schema.json); the longest that fits
READ_BY = {
    "limits": "screen", "splits": "screen", "license_policy": "screen", "allow_synthetic": "screen", "rewrite": "rewrite",
    "rendering": "inspect", "matching": "match", "matching.shield_distance": "shield", "matching.shield_similarity": "shield",
    "shield": "shield", "matching.keep_contrasts": "dedup", "tagging": "tag", "corpora": "balance", "mixtures": "emit",
}  # fmt: skip
SETTINGS = {"tokenizer": "screen", "tagger": "tag", "rewrite": "rewrite"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that differs. None: not there on that side."""

    group: str  # one of GROUPS
    name: str  # limits.min_tokens, corpora.medical.balance.cap, slake, tag ...
    before: Any
    now: Any
    stage: str = ""  # that reads it; '' where it is told by no one


def settings_that_differ(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Setting]:
    """The sides' settings by group. A group that one of them does not record is not compared: `unrecorded` names it."""
    found = []
    for group in GROUPS:
        if group in before and group in now:
            found += list(_differences(group, dict(_leaves(before[group])), dict(_leaves(now[group]))))
    return found


def unrecorded(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [group for group in GROUPS if (group in before) != (group in now)]


def _differences(group: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Setting]:
    for name in sorted({*before, *now}):
        was, is_now = before.get(name), now.get(name)
        if was != is_now or (name in before) != (name in now):
            yield Setting(group=group, name=name, before=was, now=is_now, stage=_stage(group, name))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value under its place; things in a list by their name where all have one, so that a list's order is no difference."""
    inner: Mapping[str, Any] | None = None
    if isinstance(value, Mapping):
        inner = value
    elif isinstance(value, Sequence) and not isinstance(value, str) and value and all(_is_named(item) for item in value):
        inner = {item["name"]: {key: inside for key, inside in item.items() if key != "name"} for item in value}
    if not inner:  # {} and [] are values
        yield path, list(value) if isinstance(value, tuple) else value
        return
    for name, inside in inner.items():
        yield from _leaves(inside, f"{path}.{name}" if path else str(name))


def _is_named(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("name"), str)


def _stage(group: str, name: str) -> str:
    match group:
        case "recipe":
            fields = name.split(".")
            if fields[0] == "corpora" and "shards" in fields:
                return "emit"
            return next((READ_BY[place] for place in (".".join(fields[:n]) for n in range(len(fields), 0, -1)) if place in READ_BY), "")
        case "setting":
            return SETTINGS.get(name.partition(".")[0], "")
        case "limit" | "sources" | "manifest":
            return "ingest"
        case "version":
            return name
        case _:
            return "emit" if group == "mixture" else ""
