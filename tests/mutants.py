"""an example of a manifest -> the same download with one thing changed"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from curate.ingest.download import file_bytes
from curate.manifest import Manifest
from curate.manifest.pattern import alternatives, compile_glob
from tests.changes import Reader, changes

ARCHIVES = ("zip", "tar", "tgz")


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    places: tuple[str, ...]  # of the files that are changed, as the listing has them
    files: Mapping[str, bytes]
    renamed: str = ""  # what the column is called now, where one is


def mutants(manifest: Manifest, files: Mapping[str, Any]) -> Iterator[Mutant]:
    """Every mutant of every file that a table or a join reads."""
    written = {path: file_bytes(content, path) for path, content in files.items()}
    together: dict[int, dict[tuple[str, str], dict[str, bytes]]] = {}
    for path, content in files.items():
        for places, inner, put in _within(path, content):
            found = ((place, *_reader(manifest, place)) for place in places)
            place, number, reader = next(((place, number, reader) for place, number, reader in found if reader), ("", 0, None))
            for name, changed, renamed in changes(reader, inner) if reader else ():
                data = _bytes_of(changed, path, content, inner, put)
                if data is None:
                    continue
                if reader and reader.alone:
                    together.setdefault(number, {}).setdefault((name, renamed), {})[path] = data
                else:
                    yield Mutant(f"{place}: {name}", (place,), {**written, path: data}, renamed)
    for of_table in together.values():
        for (name, renamed), data_of in of_table.items():
            yield Mutant(f"{', '.join(data_of)}: {name}", tuple(data_of), {**written, **data_of}, renamed)


def _bytes_of(changed: Any, path: str, content: Any, inner: Any, put: Callable[[Any], Any]) -> bytes | None:
    """None where the format cannot hold it: a column of a Parquet file has one type."""
    if isinstance(changed, bytes):
        return changed if inner is content else gzip.compress(changed, mtime=0) if _is_gzip(content) else None
    try:
        return file_bytes(put(changed), path)
    except (ValueError, TypeError, pa.ArrowNotImplementedError):
        return None


def _is_gzip(content: Any) -> bool:
    return isinstance(content, dict) and "gzip" in content


def _within(path: str, content: Any) -> Iterator[tuple[tuple[str, ...], Any, Callable[[Any], Any]]]:
    """(where it is read, content, how the whole is made with another content in its place) of a file, of each member of an archive."""
    if isinstance(content, dict) and next(iter(content)) in ARCHIVES:
        kind, members = next(iter(content.items()))
        folder = path[: path.rfind("/") + 1]
        for name, inner in members.items():
            yield (folder + name, f"{path.rpartition('.')[0]}/{name}"), inner, lambda changed, name=name: {kind: {**members, name: changed}}  # type: ignore[misc]
    elif _is_gzip(content):
        yield (path,), content["gzip"], lambda changed: {"gzip": changed}
    else:
        yield (path,), content, lambda changed: changed


def _reader(manifest: Manifest, place: str) -> tuple[int, Reader | None]:
    """The first table or join that reads the file, and its number."""
    number = 0
    for layout in manifest.layouts:
        for table in layout.tables:
            data = {spec[verb] for spec in table.columns.values() for verb in ("concat", "pick") if isinstance(spec, dict) and verb in spec}
            embedded = {image["column"] for image in table.image if isinstance(image, dict) and "column" in image}
            embedded |= {column.rpartition(".")[0] for column in embedded}
            for spec in (table, *table.join):
                number += 1
                of_join = isinstance(spec, dict)
                if _fits(spec["files"] if of_join else spec.files, place):
                    absent = spec.get("absent", ()) if of_join else spec.absent
                    format, options = (spec["format"], spec.get("options", {})) if of_join else (spec.format, spec.options)
                    return number, Reader(format, options, frozenset(absent), frozenset(data), frozenset(embedded))
    return number, None


def _fits(globs: Any, place: str) -> bool:
    return any(compile_glob(part).fullmatch(place) for glob in globs for part in alternatives(glob))
