"""a recipe that fits the schema -> what a schema cannot see: limits that contradict each other, names that come twice"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from curate.recipe.model import ALL_TASKS, Limits, Matching, Tagging

LEAST_RECALL = 0.98  # of bands that a recipe may name


def sense_faults(raw: Mapping[str, Any], stem: str) -> Iterator[str]:
    """What a schema cannot see."""
    if unbounded := list(_unbounded(raw, "$")):
        yield from unbounded
        return
    if raw["id"] != stem:
        yield f"$.id: '{raw['id']}' is not the file's name '{stem}'"
    if (day := raw.get("published", "")) and not _is_day(day):
        yield f"$.published: '{day}' found, a day of the calendar wanted, like '2026-11-23'"
    for kind in ("corpora", "mixtures"):
        names = [plan["name"] for plan in raw.get(kind, ())]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield f"$.{kind}: the name '{name}' comes {names.count(name)} times"
    yield from _mixture_faults(raw)
    limits = Limits(**raw.get("limits", {}))
    if limits.min_tokens > limits.max_tokens:
        yield f"$.limits: min_tokens {limits.min_tokens} found, at most max_tokens {limits.max_tokens} wanted: no caption could stay"
    yield from _band_faults(Matching(**raw.get("matching", {})))
    for number, plan in enumerate(raw["corpora"]):
        yield from _balance_faults(plan, f"$.corpora[{number}].balance")
    tagging = Tagging(**raw.get("tagging", {}))
    if tagging.min_margin > tagging.min_score:
        yield f"$.tagging: min_margin {tagging.min_margin} found, at most min_score {tagging.min_score} wanted: it alone would decide"


def _mixture_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    made = [plan["name"] for plan in raw["corpora"]]
    for number, mixture in enumerate(raw.get("mixtures", ())):
        for name in mixture["corpora"]:
            if name not in made:
                yield f"$.mixtures[{number}].corpora: '{name}' found, one of the recipe's corpora wanted: {', '.join(made)}"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _unbounded(value: Any, place: str) -> Iterator[str]:
    """YAML has .nan and .inf, which no limit can be."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{place}: {value} found, a number wanted"
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _unbounded(inner, f"{place}.{step}" if isinstance(value, dict) else f"{place}[{step}]")


def _band_faults(matching: Matching) -> Iterator[str]:
    if matching.bands != "auto" and matching.bands > matching.permutations:
        yield f"$.matching.bands: {matching.bands} found, at most permutations {matching.permutations} wanted"
    elif (chance := matching.chance(matching.band_rows, matching.band_count)) < LEAST_RECALL:
        yield (
            f"$.matching: {matching.band_count} bands of {matching.band_rows} permutations find a pair at text_threshold "
            f"{matching.text_threshold} with a chance of {chance:.3f}, at least {LEAST_RECALL} wanted: other bands or more permutations"
        )


def _balance_faults(plan: Mapping[str, Any], place: str) -> Iterator[str]:
    balance = plan.get("balance", {})
    mode, floors = balance.get("mode", "cap"), balance.get("floors", {})
    tables = {"targets": balance.get("targets"), **{f"by_task.{task}": table for task, table in balance.get("by_task", {}).items()}}
    for name, table in tables.items():
        if isinstance(table, dict) and not any(table.values()):
            yield f"{place}.{name}: no share above 0 found, one at least wanted: nothing of the twelve could stay"
    for task in balance.get("by_task", {}):
        if task not in plan.get("tasks", ALL_TASKS):
            yield f"{place}.by_task.{task}: found, one of the corpus's tasks {plan['tasks']} wanted"
    if floors and mode != "cap":
        yield f"{place}.floors: found in mode '{mode}', mode 'cap' wanted: only there could a floor keep what is cut"
    for name in ("source_caps", "floors"):
        for of, number in balance.get(name, {}).items():
            if isinstance(number, float) and number == 1:
                yield f"{place}.{name}.{of}: 1.0 found: under 1 it is a share, from 1 on samples; 1 wanted for one sample, nothing for all"
    if (shares := sum(floor for floor in floors.values() if floor < 1)) > 1:
        yield f"{place}.floors: shares of {shares:g} in all found, at most 1 wanted"
