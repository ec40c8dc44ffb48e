"""columns of screened samples -> who says what of each; evidence -> columns of attributes"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

import pyarrow as pa
import pyarrow.compute as pc

from curate.tag.evidence import spell
from curate.tag.tag import Shown, Told, declared_by, header_of, words_of
from schemas.arrow import arrow_schema
from schemas.attribute import Attribute
from schemas.sample import Turn

# of Screened, as Parquet names them: what evidence is made of
COLUMNS = [
    "id", *(f"sample.{name}" for name in ("source", "domain", "modality", "from_labels")),
    *(f"sample.turns.list.element.{name}" for name in ("role", "text")),
    *(f"pictures.list.element.{name}" for name in ("id", "pixel_digest", "header_modality")),
]  # fmt: skip

_header, _declared = functools.lru_cache(1024)(header_of), functools.lru_cache(1024)(declared_by)


def told_of(screened: pa.Table) -> Iterator[Told]:
    """The samples of `screened`, which has `COLUMNS` at least. Texts are read here and not kept. Building the whole of a Screened would
    take longer than all that is done with it."""
    sample, pictures = screened["sample"].combine_chunks(), screened["pictures"].combine_chunks()
    plain = [pc.struct_field(sample, name).to_pylist() for name in ("source", "domain", "modality", "from_labels")]
    turns = _lists(pc.struct_field(sample, "turns"), ("role", "text"))
    shown = _lists(pictures, ("id", "pixel_digest", "header_modality"))
    for id, source, domain, modality, from_labels, said, seen in zip(screened["id"].to_pylist(), *plain, turns, shown):
        yield Told(
            id=id,
            source=source,
            from_labels=from_labels,
            declared=_declared(modality, domain),
            words=words_of([Turn(role=role, text=text) for role, text in said]) if seen else (),
            pictures=tuple(Shown(id=image, pixel_digest=digest, header=_header(header)) for image, digest, header in seen),
        )


def _lists(lists: pa.ListArray, fields: Sequence[str]) -> Iterator[list[tuple]]:
    """The structs of each list, as tuples of `fields`."""
    flat = lists.flatten()
    rows = list(zip(*(pc.struct_field(flat, name).to_pylist() for name in fields)))
    ends = accumulate(pc.list_value_length(lists).to_pylist(), initial=0)
    return (rows[start:end] for start, end in pairwise(ends))


def evidence_table(samples: Iterable[Told], seen: Iterable[Attribute]) -> pa.Table:
    """Rows of Attribute: by sample what its source and words say, by image what its header says, once each; then `seen`, by pixels."""
    rows: dict[tuple[str, str, str], float] = {}
    for sample in samples:
        if sample.pictures:
            for evidence in ((sample.declared,) if sample.declared else ()) + sample.words:
                rows[sample.id, evidence.name, spell(evidence.meaning)] = 1.0
            for picture in sample.pictures:
                if picture.header:
                    rows[picture.id, picture.header.name, spell(picture.header.meaning)] = 1.0
    for attribute in seen:
        rows[attribute.id, attribute.name, attribute.value] = attribute.score
    ids, names, values = zip(*rows) if rows else ((), (), ())
    return pa.table([ids, names, values, list(rows.values())], schema=arrow_schema(Attribute))
