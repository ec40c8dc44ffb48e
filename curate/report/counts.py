"""tables of one bucket -> Counts; Counts add up, so that five million samples are counted bucket by bucket, in columns"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.report.reasons import MEANINGS
from curate.terms import terms
from schemas.modality import TEXT

UNKNOWN = "unknown"
BINS = 14  # of tokens: 0, 1, 2-3, 4-7 ... 4096 and more

Tally = Counter[tuple]
Count = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The tables of one bucket that the report reads; only the columns named are looked at."""

    verdicts: pa.Table  # final Verdicts: id, source, stage, decision, reason, evidence
    samples: pa.Table  # of ingest: id, source, table, task, images, modality, license, access
    images: pa.Table | None = None  # of inspect: source, reason, window, text_by, text; those whose id is of this bucket
    selection: pa.Table | None = None  # Choice
    tagged: pa.Table | None = None  # Tagged: id, modality, by, seen, figure_type, against
    tokens: pa.Table | None = None  # of screen: id, tokens
    pictures: pa.Table | None = None  # of screen: id, pictures; only where the recipe blanks text


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many samples, by the keys named; a part of the whole that adds to other parts."""

    verdicts: Tally = field(default_factory=Counter)  # source, stage, decision, reason
    tables: Tally = field(default_factory=Counter)  # source, table, task, decision
    declared: Tally = field(default_factory=Counter)  # source, modality ('text' without images; 'unknown' where the source does not say)
    images: Tally = field(default_factory=Counter)  # source, reason ('' where it can be used)
    texts: Tally = field(default_factory=Counter)  # source, by, whether text was found; of images in whose pixels it was looked for
    blanked: Tally = field(default_factory=Counter)  # source; images of samples that passed screen and ship with text made black
    windows: Tally = field(default_factory=Counter)  # source, who says so; images of more than 8 bits
    terms: Tally = field(default_factory=Counter)  # source, license, access, decision
    image_faults: Tally = field(default_factory=Counter)  # the image's own reason; samples rejected as image_rejected
    selection: Tally = field(default_factory=Counter)  # corpus, source, modality, selected, reason
    splits: Tally = field(default_factory=Counter)  # corpus, split; selected samples
    tagged: Tally = field(default_factory=Counter)  # source, declared ('unknown' where it is not), modality, by, seen, figure type
    against: Tally = field(default_factory=Counter)  # source, declared, who contradicts, what it says instead
    tokens: Tally = field(default_factory=Counter)  # bin, decision
    sides: Tally = field(default_factory=Counter)  # bin of its shorter side, decision; images, once all buckets are seen (sizes.py)
    weights: Tally = field(default_factory=Counter)  # bin of its bytes, decision

    def __add__(self, other: Counts) -> Counts:
        mine = {part.name: getattr(self, part.name) for part in dataclasses.fields(self)}
        return Counts(**{name: Counter(tally) + getattr(other, name) for name, tally in mine.items()})

    def plain(self) -> dict[str, list]:
        """For JSON: each tally as rows of its keys and their count, sorted."""
        return {
            part.name: sorted(([*key, count] for key, count in getattr(self, part.name).items()), key=repr)
            for part in dataclasses.fields(self)
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, list]) -> Counts:
        return cls(**{name: Counter({tuple(row[:-1]): row[-1] for row in rows}) for name, rows in plain.items()})


def count_bucket(bucket: Bucket) -> Counts:
    """Everything the figures need of one bucket."""
    verdicts, samples = bucket.verdicts, _with_decision(bucket.samples, bucket.verdicts)
    unseen = verdicts.filter(pc.invert(pc.is_in(verdicts["id"], value_set=_flat(samples["id"]))))  # ingest rejected them: no sample row
    undeclared = pc.if_else(
        pc.equal(pc.list_value_length(samples["images"]), 0), TEXT, UNKNOWN
    )  # without images there is nothing to declare
    declared = pa.table({"source": samples["source"], "modality": pc.coalesce(samples["modality"], undeclared)})
    unknown = Counter({(source, UNKNOWN): count for (source,), count in tally(unseen, ["source"]).items()})
    return Counts(
        verdicts=tally(verdicts, ["source", "stage", "decision", "reason"]),
        tables=tally(samples, ["source", "table", "task", "decision"]),
        declared=tally(declared, ["source", "modality"]) + unknown,
        images=Counter() if bucket.images is None else tally(_with_words(bucket.images), ["source", "reason"]),
        windows=Counter() if bucket.images is None else tally(_windowed(bucket.images), ["source", "by"]),
        terms=tally(_with_terms(samples), ["source", "license", "access", "decision"]),
        texts=Counter() if bucket.images is None else tally(_looked_through(bucket.images), ["source", "by", "found"]),
        blanked=Counter() if bucket.pictures is None else _blanked(bucket.pictures),
        image_faults=tally(_image_faults(verdicts), ["fault"]),
        tokens=Counter() if bucket.tokens is None else tally(_binned(_with_decision(bucket.tokens, verdicts)), ["bin", "decision"]),
        **_selection(bucket.selection),
        **_tagged(bucket.tagged, samples),
    )


def tally(table: pa.Table, by: Sequence[str]) -> Tally:
    """Rows for each combination of the columns `by`."""
    groups = table.select(list(by)).group_by(list(by)).aggregate([([], "count_all")])
    keys = zip(*(groups[name].to_pylist() for name in by))
    return Counter(dict(zip(keys, groups["count_all"].to_pylist())))


def total(parts: Iterable[Counts]) -> Counts:
    """The sum of all parts, in their order."""
    whole = Counts()
    for part in parts:
        whole = whole + part
    return whole


def ranked(counts: Tally | Counter[str]) -> tuple[Count, ...]:
    """Most frequent first, then by name."""
    return tuple(sorted(((str(name), count) for name, count in counts.items()), key=lambda pair: (-pair[1], pair[0])))


def fold(tally: Any, key_of: Any) -> Counter:
    folded: Counter = Counter()
    for key, count in tally.items():
        folded[key_of(key)] += count
    return folded


def bin_label(number: int) -> str:
    """The tokens that a bin of the histogram holds."""
    if number < 2:
        return str(number)
    low, high = 1 << (number - 1), (1 << number) - 1
    return f"{low:,}+" if number == BINS - 1 else f"{low:,}-{high:,}"


def _selection(table: pa.Table | None) -> dict[str, Tally]:
    if table is None:
        return {}
    table = table.append_column("source", pc.struct_field(pc.extract_regex(table["id"], r"^(?P<source>[^/]*)"), "source"))
    chosen = table.filter(table["selected"])
    keys = ["corpus", "source", "modality", "selected", "reason"]
    return {"selection": tally(table, keys), "splits": tally(chosen, ["corpus", "split"])}


def _tagged(table: pa.Table | None, samples: pa.Table) -> dict[str, Tally]:
    """What samples were taken for beside what their sources declare, and who says otherwise."""
    if table is None:
        return {}
    place = pc.index_in(table["id"], value_set=_flat(samples["id"]))
    table = table.append_column("source", samples["source"].take(place))
    table = table.append_column("declared", pc.fill_null(samples["modality"].take(place), UNKNOWN))
    known = table.filter(pc.not_equal(table["declared"], UNKNOWN))
    against: Tally = Counter()
    for (source, declared, decided, by, said), count in tally(known, ["source", "declared", "modality", "by", "against"]).items():
        says = {_witness(each) for each in said.split("; ") if each} | {(by, decided)}  # who decided against the source says so too
        for who, what in says:
            if what != declared and who not in ("", "declared"):
                against[source, declared, who, what] += count
    return {"tagged": tally(table, ["source", "declared", "modality", "by", "seen", "figure_type"]), "against": against}


def _witness(said: str) -> tuple[str, str]:
    """Who says what: 'header ct', or 'pixels ct 0.97' with how sure a model is."""
    who, _, says = said.partition(" ")
    what, _, score = says.rpartition(" ")
    return who, what if what and score.replace(".", "", 1).isdigit() else says


def _image_faults(verdicts: pa.Table) -> pa.Table:
    """The reason in the evidence '<image id>: <reason> <measurement>'. An id may hold anything: a word that is no reason is 'other'."""
    evidence = verdicts.filter(pc.equal(verdicts["reason"], "image_rejected"))["evidence"]
    word = pc.struct_field(pc.extract_regex(evidence, r": (?P<fault>[a-z_]+)(?: |$)"), "fault")
    known = pc.is_in(word, value_set=pa.array(list(MEANINGS)))
    return pa.table({"fault": pc.if_else(known, word, "other")})


def _looked_through(images: pa.Table) -> pa.Table:
    """Images of sources in whose pixels text was looked for."""
    own = images.filter(pc.and_(pc.invert(pc.ends_with(images["source"], "@benchmark")), pc.not_equal(images["text_by"], "")))
    return pa.table({"source": own["source"], "by": own["text_by"], "found": pc.greater(pc.list_value_length(own["text"]), 0)})


def _blanked(screened: pa.Table) -> Tally:
    ids = screened["id"].take(pc.list_parent_indices(screened["pictures"]))
    black = pc.greater(pc.list_value_length(pc.struct_field(pc.list_flatten(screened["pictures"]), "blanked")), 0)
    return Counter((id.partition("/")[0],) for id in ids.filter(black).to_pylist())


def _windowed(images: pa.Table) -> pa.Table:
    """Images of sources that were shown by a window, and who says so."""
    own = images.filter(pc.and_(pc.invert(pc.ends_with(images["source"], "@benchmark")), pc.is_valid(images["window"])))
    return pa.table({"source": own["source"], "by": pc.struct_field(own["window"], "by")})


def _with_words(images: pa.Table) -> pa.Table:
    """Images of sources; those of benchmarks are no part of the corpus. A reason that is null, of an image that can be used, becomes ''."""
    own = images.filter(pc.invert(pc.ends_with(images["source"], "@benchmark")))
    return pa.table({"source": own["source"], "reason": pc.fill_null(own["reason"], "")})


def _with_decision(rows: pa.Table, verdicts: pa.Table) -> pa.Table:
    place = pc.index_in(rows["id"], value_set=_flat(verdicts["id"]))
    return rows.append_column("decision", verdicts["decision"].take(place))


def _with_terms(samples: pa.Table) -> pa.Table:
    return samples.set_column(samples.schema.get_field_index("license"), "license", terms(samples["license"]))


def _binned(rows: pa.Table) -> pa.Table:
    tokens = np.asarray(rows["tokens"].to_numpy(), dtype=np.int64)
    bins = np.minimum(np.ceil(np.log2(tokens + 1)).astype(np.int64), BINS - 1)  # 0 -> 0, 1 -> 1, 2-3 -> 2, 4-7 -> 3
    return rows.append_column("bin", pa.array(bins))


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
