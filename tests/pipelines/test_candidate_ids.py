"""The selection is written bucket by bucket, with ids that are read again: as it would be written whole"""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.recipe import Balance
from pipelines import balance, reading
from pipelines.balance import plan_balance
from pipelines.candidate_ids import CandidateIds
from pipelines.reading import slabs
from pipelines.stage import execute
from pipelines.tables import Room
from schemas.arrow import from_table, to_table
from schemas.cluster import Choice
from tests.curate.emit.tiny_corpus import TinyCorpus, png
from tests.pipelines.at_rest import give, run_of


def choices_of(count):
    plain = {"corpus": "medical", "selected": True, "reason": "", "weight": 1.0, "split": "train"}
    return [Choice(id=f"a/{number}", modality=["ct", "xray"][number % 2], **plain) for number in range(count)]


def kept(room, parts):
    """What is written of parts of a table, whose rows are candidates but for every third of a file."""
    entries = [entry for part, rows in parts.items() for entry in room.write_rows("samples", part, rows, Choice)]
    ids = CandidateIds(room.out)
    for bucket in range(room.buckets):
        of_bucket = [entry for entry in entries if entry.bucket == bucket]
        rows = sum(entry.rows for entry in of_bucket)
        if of_bucket:
            ids.add(bucket, of_bucket, pa.chunked_array([pa.array([number % 3 > 0 for number in range(rows)])]))
    return ids


def test_every_id_is_found_again_in_its_place(tmp_path):
    rows = choices_of(60)
    ids = kept(Room(out=str(tmp_path), stage="screen", buckets=4), {"a": rows[:25], "b": rows[25:]})
    found = [(bucket, start + at, id) for bucket, start, some in ids.buckets() for at, id in enumerate(some.to_pylist())]
    assert [place for _, place, _ in found] == list(range(len(ids)))
    assert [ids.at(place) for place in range(len(ids))] == [id for _, _, id in found]
    assert [bucket for bucket, _, _ in found] == sorted(bucket for bucket, _, _ in found)
    with pytest.raises(IndexError):
        ids.at(len(ids))


def test_a_table_written_bucket_by_bucket_is_the_one_that_is_written_whole(tmp_path):
    """Its rows come in another order than that of their ids, as those of several files do."""
    whole, apart = (Room(out=str(tmp_path / name), stage="balance", buckets=4) for name in ("whole", "apart"))
    by_id = {choice.id: choice for choice in choices_of(50)}
    buckets = kept(whole, {"a": list(by_id.values())}).buckets()
    rows = {bucket: to_table([by_id[id] for id in reversed(ids.to_pylist())], Choice) for bucket, _, ids in buckets}
    entries = [apart.write_bucket("selection", "medical", bucket, choices) for bucket, choices in rows.items()]
    assert entries == whole.write("selection", "medical", pa.concat_tables(rows.values()))
    assert len(entries) == 4
    written = [pq.read_table(tmp_path / "apart" / entry.path, partitioning=None)["id"].to_pylist() for entry in entries]
    assert written == [sorted(rows[entry.bucket]["id"].to_pylist()) for entry in entries]
    assert [_bytes(tmp_path / "apart", entry) for entry in entries] == [_bytes(tmp_path / "whole", entry) for entry in entries]


def _bytes(out, entry):
    return (out / entry.path).read_bytes()


def test_files_are_taken_together_until_they_hold_enough_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "SLAB", 20)
    room = Room(out=str(tmp_path), stage="screen", buckets=1)
    entries = [room.write_rows("samples", f"p{size}", choices_of(size), Choice)[0] for size in (9, 11, 25, 3)]
    assert [[entry.rows for entry in slab] for slab in slabs(entries)] == [[9, 11], [25], [3]]


def test_of_samples_whose_digests_are_equal_that_of_the_smaller_id_is_chosen(tmp_path, monkeypatch):
    """All of one digest, in files of their own: their ids are read again to tell them apart."""
    monkeypatch.setattr(reading, "SLAB", 1)
    monkeypatch.setattr(balance, "digests64", lambda ids: np.zeros(len(ids), np.uint64))
    run, corpus = run_of(tmp_path), TinyCorpus()
    for name in ("x9", "x10"):
        corpus.add(f"slake/{name}", [("user", name)], {f"{name}.png": png((len(name), 0, 0))}, modality="xray")
    corpus.add("slake/c", [("user", "c")], {"c.png": png("blue")}, modality="ct")
    give(run, corpus, dropped=())
    strict = _strict(run)
    execute(plan_balance(strict), strict)
    chosen = from_table(run.decisions("balance").read("selection", Choice), Choice)
    assert sorted(choice.id for choice in chosen if choice.selected and choice.corpus == "medical") == ["slake/c", "slake/x10"]


def _strict(run):
    """The same with as many X-rays as CT."""
    corpora = tuple(dataclasses.replace(corpus, balance=Balance(mode="strict")) for corpus in run.recipe.corpora)
    return dataclasses.replace(run, options=dataclasses.replace(run.options, recipe=dataclasses.replace(run.recipe, corpora=corpora)))
