"""verdicts and figures against shards: every sample that ships has one verdict that keeps it, and the page counts the same"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.digest import bucket_of, digest64
from curate.verify.account import Verdicts, corpus_figure_faults, figure_faults, kept_faults, read_verdicts
from curate.verify.mixtures import Beside, mixture_faults
from curate.verify.rows import between
from schemas.arrow import arrow_schema, to_table
from schemas.verdict import Verdict

IDS = sorted(id for id in (f"slake/{number}" for number in range(40)) if bucket_of(id, 4) == 2)


def verdict(id: str, reason: str = "", stage: str = "emit") -> Verdict:
    decision = "rejected" if reason else "kept"
    return Verdict(id=id, source=id.partition("/")[0], stage=stage, decision=decision, reason=reason, evidence="", winner="")  # type: ignore[arg-type]


def read(table: pa.Table, bucket: int = 2) -> Verdicts:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return read_verdicts(io.BytesIO(sink.getvalue()), bucket=bucket, buckets=4)


def test_verdicts_are_counted_and_the_kept_ones_known_by_digest() -> None:
    rows = [verdict(id, "blank" if place % 2 else "", "screen" if place % 2 else "emit") for place, id in enumerate(IDS)]
    found = read(to_table(rows, Verdict))
    lost = len(IDS) // 2
    assert (found.rows, found.faults) == (len(IDS), [])
    assert found.fates == [["slake", "emit", "kept", "", len(IDS) - lost], ["slake", "screen", "rejected", "blank", lost]]
    assert found.ids.tolist() == [digest64(id) for id in IDS[::2]]


@pytest.mark.parametrize(
    ("ids", "fault"),
    [
        ([IDS[1], IDS[0]], "not one verdict for each id, in the order of ids"),
        ([IDS[0], IDS[0]], "not one verdict for each id, in the order of ids"),
        (["a/1", *IDS[:1]], "ids of another file of verdicts"),
    ],
)
def test_two_verdicts_for_an_id_or_one_in_the_wrong_file_are_noticed(ids: list[str], fault: str) -> None:
    assert bucket_of("a/1", 4) != 2
    assert read(to_table([verdict(id) for id in ids], Verdict)).faults == [fault]


def test_an_id_that_comes_again_in_the_next_batch_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.verify.account.BATCH", 2)
    ids = [IDS[0], IDS[1], IDS[1]]
    assert read(to_table([verdict(id) for id in ids], Verdict)).faults == ["not one verdict for each id, in the order of ids"]


def test_a_verdict_without_a_reason_column_or_with_none_in_it_is_noticed() -> None:
    table = to_table([verdict(id) for id in IDS], Verdict)
    assert read(table.drop_columns(["reason"])).faults == ["its columns are not those of verdicts"]
    none = table.set_column(4, "reason", pa.nulls(len(table), pa.string())).cast(arrow_schema(Verdict))
    assert read(none).faults == ["not one verdict for each id, in the order of ids"]


def digests(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.uint64)


def test_samples_without_a_verdict_and_verdicts_without_a_sample_are_named_by_their_files() -> None:
    shards = {"train": digests(1, 4, 9), "validation": digests(2)}
    assert list(kept_faults(shards, {"000": digests(4, 1), "001": digests(9, 2)})) == []
    assert list(kept_faults(shards, {"000": digests(1, 3), "001": digests(9, 11, 12)})) == [
        ("train", "1 of its samples have no verdict that keeps them"),
        ("validation", "1 of its samples have no verdict that keeps them"),
        ("000", "1 samples that it keeps are in no shard"),
        ("001", "2 samples that it keeps are in no shard"),
    ]
    assert list(kept_faults({}, {})) == []


def test_shards_follow_each_other_and_empty_ones_are_no_break() -> None:
    assert list(between([digests(1, 2), digests(), digests(3), digests(2**64 - 1)])) == []
    assert list(between([digests(5, 7), digests(7, 9), digests(1), digests(10)])) == [1, 2]
    assert list(between([digests(5, 7), digests(1), digests(6), digests(8)])) == [1, 2]


FATES = [["slake", "emit", "kept", "", 5], ["slake", "screen", "rejected", "blank", 2], ["roco", "dedup", "rejected", "duplicate_image", 3]]
FIGURES: dict[str, Any] = {
    "headline": {"inputs": 10, "kept": 5, "rejected": 5},
    "sources": [
        {"id": "slake", "kept": 5, "rejected": 2, "reasons": [["blank", 2]]},
        {"id": "roco", "kept": 0, "rejected": 3, "reasons": [["duplicate_image", 3]]},
        {"id": "unused", "kept": 0, "rejected": 0, "reasons": []},
    ],
    "reasons": [{"stage": "screen", "reason": "blank", "count": 2}, {"stage": "dedup", "reason": "duplicate_image", "count": 3}],
    "corpora": [{"name": "medical", "after": 5, "shards": 1, "bytes": 7, "splits": [["train", 5]]}],
}


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (lambda f: None, []),
        (lambda f: f["headline"].update(kept=6), ["headline: 6 kept told, 5 counted"]),
        (lambda f: f["sources"][0].update(rejected=1), ["samples of each source are not those of the verdicts"]),
        (lambda f: f["sources"][1].update(reasons=[["blank", 3]]), ["reasons of each source are not those of the verdicts"]),
        (lambda f: f["sources"].pop(), []),
        (lambda f: f["sources"].pop(1), [f"{what} of each source are not those of the verdicts" for what in ("samples", "reasons")]),
        (lambda f: f["reasons"][0].update(stage="ingest"), ["reasons of each stage are not those of the verdicts"]),
    ],
)  # fmt: skip
def test_figures_that_are_not_the_verdicts_are_noticed(edit: Callable[[Any], Any], wanted: list[str]) -> None:
    figures = json.loads(json.dumps(FIGURES))
    edit(figures)
    assert list(figure_faults(figures, FATES)) == wanted


def test_figures_of_a_corpus_are_those_of_its_index() -> None:
    size = {"after": 5, "shards": 1, "bytes": 7, "splits": {"train": 5}}
    assert list(corpus_figure_faults(FIGURES, {"medical": size})) == []
    assert list(corpus_figure_faults(FIGURES, {"medical": {**size, "bytes": 8, "splits": {"train": 4}}})) == [
        "corpus 'medical': its bytes, splits are not those of its index"
    ]
    assert list(corpus_figure_faults(FIGURES, {})) == ["a corpus 'medical' that is not here"]


MIXTURES: dict[str, Any] = {
    "version": 1,
    "mixtures": {
        "instruction": {
            "split": "train", "rows": 30, "parts": [
                {"corpus": "a", "rows": 10, "share": 0.8, "probability": 0.75, "repeat": 2.25, "index": "1" * 64},
                {"corpus": "b", "rows": 20, "share": 0.2, "probability": 0.25, "repeat": 0.375, "index": "2" * 64},
            ],
        },
    },
}  # fmt: skip
SAID = [{"share": 0.8, "probability": 0.75, "repeat": 2.25, "rows": 30}, {"share": 0.2, "probability": 0.25, "repeat": 0.375, "rows": 30}]
BESIDE = {
    "a": Beside("1" * 64, {"train": 10}, {"instruction": SAID[0]}),
    "b": Beside("2" * 64, {"train": 20, "validation": 3}, {"instruction": SAID[1]}),
    "c": Beside("3" * 64, {"train": 5}, {}),
}
OTHERWISE = "the index of its corpus says something else of it"


def of(mixtures: Any) -> Any:
    return mixtures["mixtures"]["instruction"]


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (lambda m: None, []),
        (lambda m: of(m)["parts"][0].update(corpus="z"),
         ["part 0: a corpus that is not here", "a corpus here that is part of it is left out"]),
        (lambda m: of(m)["parts"][1].update(index="1" * 64), ["part 1: made for another index.json of that corpus"]),
        (lambda m: of(m)["parts"][1].update(rows=23),
         ["part 1: its rows are not those of the index", "its rows are not those of its parts"]),
        (lambda m: (of(m)["parts"][0].update(probability=0.5), of(m)["parts"][1].update(probability=0.5)),
         [f"part 0: {OTHERWISE}", f"part 1: {OTHERWISE}"]),
        (lambda m: of(m)["parts"][0].update(share=0.5), [f"part 0: {OTHERWISE}"]),
        (lambda m: of(m)["parts"][1].update(repeat=9), [f"part 1: {OTHERWISE}"]),
        (lambda m: of(m)["parts"][0].update(probability=0.7), [f"part 0: {OTHERWISE}", "its probabilities do not add up to 1"]),
        (lambda m: of(m)["parts"][0].update(probability=-0.7), [f"part 0: {OTHERWISE}", "probabilities from 0 to 1 wanted"]),
        (lambda m: of(m)["parts"][0].update(probability="0.75"), [f"part 0: {OTHERWISE}", "probabilities from 0 to 1 wanted"]),
        (lambda m: of(m)["parts"].pop(0),
         ["a corpus here that is part of it is left out", "its probabilities do not add up to 1", "its rows are not those of its parts"]),
        (lambda m: of(m).update(parts=7), ["a list of parts wanted"]),
    ],
)  # fmt: skip
def test_a_mixture_speaks_of_the_corpora_beside_it(edit: Callable[[Any], Any], wanted: list[str]) -> None:
    mixtures = json.loads(json.dumps(MIXTURES))
    edit(mixtures)
    assert list(mixture_faults(json.dumps(mixtures).encode(), BESIDE)) == [f"mixture 0: {fault}" for fault in wanted]


def test_of_a_corpus_whose_index_was_refused_a_mixture_and_the_figures_say_nothing() -> None:
    edited = json.loads(json.dumps(MIXTURES))
    of(edited)["parts"][0].update(index="1", rows=10, share=9)
    assert list(mixture_faults(json.dumps(edited).encode(), {**BESIDE, "a": None})) == []
    assert list(corpus_figure_faults(FIGURES, {"medical": None})) == []


def test_a_mixture_that_is_gone_is_missed() -> None:
    assert list(mixture_faults(b'{"mixtures": {}}', BESIDE)) == ["1 mixtures that an index here names are missing"]


@pytest.mark.parametrize("data", [b"[]", b'{"mixtures": 3}', b'{"mixtures": {"a": 3}}', b"{}"])
def test_mixtures_of_other_kinds_are_told(data: bytes) -> None:
    assert list(mixture_faults(data, BESIDE)) == ["an object with mixtures wanted"]
    assert list(mixture_faults(b"{", BESIDE)) == ["no JSON at character 1 of 1"]
