"""the verbs of a table's columns -> what each reads, when each can be made, and what asks for one too early"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curate.manifest.template import template_columns

STAGES = ("as read", "after join", "after explode", "after group")
Columns = dict[str, Any]  # name -> how it is made
ITEM = frozenset({"item", "letter", "number", "key", "value"})  # what `each` gives, beside the fields of an item


def inputs(spec: Any) -> Iterator[tuple[str, bool]]:
    """(column, whether the table cannot do without it) that a verb reads."""
    if isinstance(spec, str):
        yield from ((name, False) for name in template_columns(spec))
        return
    for verb in ("capture", "map", "split", "parse", "concat", "pick", "by", "section", "replace"):
        if verb in spec:
            yield spec[verb], "default" not in spec
    if isinstance(spec.get("each"), Mapping):
        inner = spec["each"]["concat"].removeprefix("item.")
        yield from [(f"{spec['concat']}.{inner}", True)] if inner != "item" else []
    yield from ((name, True) for name in spec.get("flags", ()))
    yield from ((name, False) for name in spec.get("first", ()))


def each_templates(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(place, template, list whose items it is put to) of a concat, and of the concat that is its `each`."""
    each = spec.get("each")
    if isinstance(each, str):
        yield "each", each, spec["concat"]
    elif each is not None:
        inner = f"{spec['concat']}.{each['concat'].removeprefix('item.')}"
        yield from ((f"each.{place}", text, inner) for place, text, _ in each_templates(each))


def staged(columns: Mapping[str, Any], *, joined: Iterable[str], exploded: Iterable[str], grouped: bool = False) -> tuple[Columns, ...]:
    """The columns by when what they need is there, in the order of STAGES. What lies below a list that is exploded is there after that."""
    stages: tuple[Columns, ...] = tuple({} for _ in STAGES)
    when: dict[str, int] = dict.fromkeys(joined, 1)
    for name in (*exploded, "part", "@part"):
        when[name] = 2
    if grouped:
        when["rows"] = 3
    for name, spec in columns.items():
        needed = {path for column, _ in inputs(spec) for path in _above(column)} - {name}
        when[name] = max((when.get(column, 0) for column in needed), default=0)
        stages[when[name]][name] = spec
    return stages


def _above(column: str) -> list[str]:
    """a.b.c -> a, a.b, a.b.c"""
    steps = column.split(".")
    return [".".join(steps[: end + 1]) for end in range(len(steps))]


def order_faults(place: str, table: Mapping[str, Any]) -> list[str]:
    """What looks at a column before it is made would find it empty."""
    explode, group = table.get("explode") or {}, table.get("group") or {}
    joined = [name for join in table.get("join", ()) for name in join["take"]]
    stages = staged(table.get("columns", {}), joined=joined, exploded=explode.get("each", ()), grouped=bool(group))
    when = {name: stage for stage, columns in enumerate(stages) for name in columns}
    looks = [(f"join[{index}].on", 0, join["on"]) for index, join in enumerate(table.get("join", ()))]
    looks += [("explode.each", 1, explode.get("each", ()))]
    looks += [(name, 2, table.get(name, ())) for name in ("keep_if", "keep_unless")]
    looks += [(f"group.{name}", 2, group.get(name, ())) for name in ("by", "collect")]
    faults = [
        f"{place}.{where}: column '{name}' is made {STAGES[when[name]]}; wanted: one that is there before"
        for where, last, names in looks
        for name in names
        if when.get(name, 0) > last
    ]
    faults += _too_early(place, table.get("columns", {}))
    return faults + (list(_uncollected(place, table, group.get("collect", ()))) if group else [])


def _too_early(place: str, columns: Mapping[str, Any]) -> Iterator[str]:
    """Columns are made in their order. One that is made of its own name takes the place of what is read: before it that is meant."""
    reads = {name: {above for column, _ in inputs(spec) for above in _above(column)} for name, spec in columns.items()}
    later = list(columns)
    for name in columns:
        later.remove(name)
        for other in later:
            if other in reads[name] and other not in reads[other]:
                yield f"{place}.columns.{name}: needs '{other}', which is made after it; wanted: '{other}' above it"


def _uncollected(place: str, table: Mapping[str, Any], collected: Iterable[str]) -> Iterator[str]:
    for column, spec in table.get("columns", {}).items():
        for where, text, listed in each_templates(spec) if isinstance(spec, Mapping) and "concat" in spec else ():
            for name in template_columns(text) if listed == "rows" else ():
                above = _above(name.removeprefix("item."))
                if above[0] not in ITEM and not set(above).intersection(collected):
                    yield f"{place}.columns.{column}.{where}: '{above[0]}' is not collected; wanted: it under group.collect"
