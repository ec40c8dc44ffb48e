"""a table of a manifest -> every column that it names, and so wants to find in its files"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from curate.manifest import Table
from curate.manifest.pattern import alternatives, glob_captures
from curate.manifest.sense import templates
from curate.manifest.template import template_columns
from curate.manifest.verbs import ITEM, each_templates, inputs
from curate.manifest.windows import render_maps

BUILT_IN = frozenset({"file", "stem", "row", "part", "slice"})  # and all that begin with @
OF_FILE = frozenset({"file", "stem"})  # of these what is the same in every row of a file
MANY = frozenset({"table", "xlsx", "parquet", "jsonl", "json"})  # formats whose files hold many rows
OWN = ("{file}", "{@file}")
SAYS = ("split", "modality", "language", "license", "commercial")  # fields that may be {map: column}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Names of columns; one with a '.' is a path into objects and lists."""

    columns: frozenset[str] = frozenset()  # of the rows as they are read
    made: frozenset[str] = frozenset()  # paths into columns that the manifest makes or joins in
    any_of: frozenset[tuple[str, ...]] = frozenset()  # of each one at least
    absent: frozenset[str] = frozenset()  # that some copies of the file lack
    embedded: frozenset[str] = frozenset()  # where images are, in the table's own file

    @property
    def header(self) -> frozenset[str]:
        """Those that a header must have. Of paths below one that may be absent the reader of Parquet looks whether it is."""
        return self.columns | self.embedded


def wanted_of(table: Table) -> Wanted:
    """All that the table names, in [[ ]] too, less what the path, the reader or the manifest itself gives, and less `absent`."""
    made = {*table.columns, *(name for join in table.join for name in join["take"])}
    given = made | (_given(table.files, table.format, table.options) - surely_columns(table)) | ({"rows"} if table.group else set())
    named = {name for name in _named(table) if not name.startswith("@")}
    # `{x: {replace: x}}` makes a column of the one that it takes the place of
    own = {name for column, spec in table.columns.items() for name, _ in inputs(spec) if name.split(".")[0] == column}
    read = {name for name in named if name not in given and _root(name) not in given} | own
    return Wanted(
        columns=frozenset(read.difference(table.absent)),
        made=frozenset(name for name in named - own if name not in given and _root(name) in made).difference(table.absent),
        any_of=frozenset(_alternatives(table)),
        absent=frozenset(table.absent),
        embedded=frozenset(_embedded(table)).difference(table.absent),
    )


def surely_columns(table: Table) -> frozenset[str]:
    """Names that are built in, of which the file must have a column all the same: were `row: "{file}"` the file's path, all rows of a file
    would go by one name; were `image: "{file}"`, the image were the table."""
    if table.format not in MANY or table.options.get("shape") == "record" or table.group:
        return frozenset()
    of_row = set(template_columns(table.row))
    own = {name for glob in table.files for part in alternatives(glob) for name in glob_captures(part)} | set(table.columns)
    found = of_row if of_row <= OF_FILE else set()
    return frozenset(found | ({"file"} if OWN[0] in table.image else set())) - own


def _embedded(table: Table) -> Iterator[str]:
    """Columns of images within the file that names them; of a list the number is left out."""
    for image in table.image if table.format in ("parquet", "npz") else ():
        if isinstance(image, Mapping) and image["path"] in OWN and "column" in image:
            yield ".".join(part for part in image["column"].split(".") if "{" not in part)


def wanted_of_join(join: Mapping[str, Any]) -> Wanted:
    """What is named of the other file: the keys and what is taken."""
    absent = join.get("absent", ())
    given = _given(join["files"], join["format"], join.get("options", {}))
    named = {name for name in (*join["on"].values(), *join["take"].values()) if name not in given and not name.startswith("@")}
    return Wanted(columns=frozenset(named.difference(absent)), absent=frozenset(absent))


def _root(name: str) -> str:
    return name.split(".")[0]


def _given(files: Any, format: str, options: Mapping[str, Any]) -> set[str]:
    """What every row has, whatever its file holds."""
    given = {*BUILT_IN, *(name for glob in files for part in alternatives(glob) for name in glob_captures(part))}
    if format in ("json", "pickle") and options.get("shape") in ("keyed", "lists"):
        given.add(options.get("key", "key"))
    return given | (set(options.get("columns", ())) if format == "npy" else set())


def _named(table: Table) -> Iterator[str]:
    """Every name, wherever it stands."""
    written = {field.name: getattr(table, field.name) for field in fields(table)}
    for place, text in templates(written):
        each = _each(table, place)
        for name in template_columns(text):
            if not each:
                yield name
            elif name not in ITEM:
                yield from _of_item(name, each, fields=place.startswith("columns."))
    yield from (spec["map"] for spec in (getattr(table, name) for name in SAYS) if isinstance(spec, Mapping))
    yield from render_maps(written)
    yield from (name for spec in table.columns.values() for name, _ in inputs(spec))
    yield from (*table.never, *table.keep_if, *table.keep_unless)
    yield from (*(table.group or {}).get("by", ()), *(table.group or {}).get("collect", ()))
    yield from (here for join in table.join for here in join["on"])
    yield from (table.explode or {}).get("each", ())
    yield from (name for spec in (*table.image, *table.boxes) if isinstance(spec, Mapping) for name in _listed(spec.get("each")))
    yield from (spec["column"].split(".")[0] for spec in table.image if _is_embedded(spec, table.format))
    if isinstance(table.turns, Mapping):
        yield from [table.turns["alternate"]] if "alternate" in table.turns else _spoken(table.turns) if _is_one(table.turns) else ()


def _is_embedded(spec: Any, format: str) -> bool:
    """Whether the image lies in a column of the table's own file."""
    own = isinstance(spec, Mapping) and spec["path"] in ("{@file}", "{file}")
    return own and format in ("parquet", "npz") and not spec.get("column", "{").startswith("{")


def _of_item(name: str, each: tuple[str, ...], *, fields: bool) -> tuple[str, ...]:
    """`{item.x}` of one list is a path into it; of several in parallel `x` is the list. `fields`: `{x}` is that path too."""
    if fields and not name.startswith("item."):
        return (f"{each[0]}.{name}",)
    if not name.startswith("item."):
        return (name,)
    return (each[0] + name[4:],) if len(each) == 1 else ()


def _each(table: Table, place: str) -> tuple[str, ...]:
    """The lists whose items are `{item}` at a place: of an image rule, of boxes, of a column's `concat`."""
    field, _, rest = place.partition(".")
    spec: Any = None
    if field.startswith("image["):
        spec = table.image[int(field[6:-1])]
    elif field.startswith("boxes["):
        spec = table.boxes[int(field[6:-1])]
    elif field == "columns":
        verbs = ((name, each) for name, each in table.columns.items() if isinstance(each, Mapping))
        lists = {f"{name}.{where}": listed for name, each in verbs for where, _, listed in each_templates(each)}
        spec = {"each": lists.get(rest)}
    return _listed(spec.get("each")) if isinstance(spec, Mapping) else ()


def _listed(each: Any) -> tuple[str, ...]:
    return () if each is None else (each,) if isinstance(each, str) else tuple(each)


def _is_one(turns: Mapping[str, Any]) -> bool:
    return isinstance(turns["conversation"], str) or len(turns["conversation"]) == 1


def _spoken(turns: Mapping[str, Any]) -> list[str]:
    """The paths of roles and texts of a conversation, of each of its columns in turn."""
    columns = [turns["conversation"]] if isinstance(turns["conversation"], str) else turns["conversation"]
    return [f"{column}.{name}" for name in (turns.get("role", "from"), turns.get("text", "value")) for column in columns]


def _alternatives(table: Table) -> Iterator[tuple[str, ...]]:
    """Of the columns in which a conversation may be one is enough."""
    if isinstance(table.turns, Mapping) and "conversation" in table.turns and not _is_one(table.turns):
        paths = _spoken(table.turns)
        yield from (tuple(paths[: len(paths) // 2]), tuple(paths[len(paths) // 2 :]))
