"""What a trainer relies on, from the shards alone: any first rows are a fair sample, and no group or cluster is in two splits"""

import dataclasses
import hashlib
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.emit.rows import hash_order
from curate.emit.shards import plan_shards
from curate.recipe import Shards
from pipelines.balance import plan_balance
from pipelines.emit import plan_emit
from pipelines.stage import execute
from schemas.cluster import SampleClusters
from tests.curate.emit.tiny_corpus import TinyCorpus, png
from tests.pipelines.at_rest import give, run_of

MODALITIES = ("xray", "ct", "pet", "text")


def tied(seed: int, count: int = 200) -> TinyCorpus:
    """Samples that share patients, image clusters and text clusters at random, a few of them published as validation."""
    draw, corpus = np.random.default_rng(seed), TinyCorpus()
    for number in range(count):
        modality = MODALITIES[number % 4]
        names = [] if modality == "text" else [f"{number}-{part}.png" for part in range(1 + number % 2)]
        pictures = {name: png((number, len(name), seed), side=8) for name in names}
        published = "validation" if draw.random() < 0.1 else ""
        corpus.add(f"slake/{number}", [("user", "?"), ("assistant", "!")], pictures, modality=modality, published=published)
        group = f"slake:patient={draw.integers(count)}" if draw.random() < 0.7 else ""
        corpus.screened[-1] = dataclasses.replace(corpus.screened[-1], group=group)
        *images, text = [f"{draw.integers(count)}" if draw.random() < 0.3 else "" for _ in [*names, "text"]]
        corpus.clusters.append(SampleClusters(id=f"slake/{number}", images=tuple(images), text=text))
    return corpus


def shipped(tmp_path, seed: int) -> dict[str, list[pa.Table]]:
    """The shards of each split, in the order of their names."""
    run = run_of(tmp_path, shards=Shards(bytes=3_000, row_group_bytes=1_000))
    give(run, tied(seed), dropped=())
    for plan in (plan_balance, plan_emit):
        execute(plan(run), run)
    folder = Path(run.out, "corpora", "medical")
    return {split: [pq.read_table(path) for path in sorted(folder.glob(f"{split}-*.parquet"))] for split in ("train", "validation")}


def components(rows: list[dict]) -> list[set[str]]:
    """Ids that a chain of shared groups and clusters ties; a text cluster ties samples without images alone."""
    found: list[tuple[set[str], set[str]]] = []  # ids, keys
    for row in rows:
        keys = {f"group {row['group']}"} if row["group"] else set()
        keys |= {name for name in row["clusters"] if not (name.startswith("text:") and row["images"])}
        met = [part for part in found if part[1] & keys]
        found = [part for part in found if not part[1] & keys]
        found.append(({row["id"]}.union(*(ids for ids, _ in met)), keys.union(*(held for _, held in met))))
    return [ids for ids, _ in found]


@pytest.mark.parametrize("seed", range(3))
def test_no_chain_of_groups_and_clusters_is_in_two_splits_and_shards_follow_one_order(tmp_path, seed):
    shards = shipped(tmp_path, seed)
    rows = {split: [row for shard in tables for row in shard.to_pylist()] for split, tables in shards.items()}
    ids = {split: [row["id"] for row in found] for split, found in rows.items()}
    parts = components(list(chain.from_iterable(rows.values())))
    assert [part for part in parts if part & set(ids["train"]) and part & set(ids["validation"])] == []
    assert max(map(len, parts)) > 3
    assert min(map(len, ids.values())) > 10
    assert min(map(len, shards.values())) > 1
    for split, found in ids.items():  # so the first k rows are the k of the smallest digests, whatever k and wherever a shard ends
        assert found == sorted(found, key=lambda id: hashlib.sha256(id.encode()).digest()), split


def kinds(count: int) -> tuple[list[str], np.ndarray]:
    """Ids as sources give them (numbered, named, of several parts), and the source of each: large ones and a small one."""
    sources = np.repeat(np.arange(4), [count // 2, count // 4, count // 5, count // 20])
    names = ("a/{}", "b/train/scan_{:06d}.dcm", "c/{}#1", "d/PMC{}_fig1.jpg~2")
    return [names[source].format(number) for number, source in enumerate(sources)], sources


def test_a_prefix_of_shards_holds_each_source_as_a_random_draw_would():
    """Counts in a prefix are hypergeometric; all within 4 standard deviations (the ids are fixed, so is the answer)."""
    ids, sources = kinds(20_000)
    digests, order = hash_order(ids)
    plans = plan_shards(digests, np.full(len(ids), 1_000), 1_000_000)
    assert len(plans) == 20
    ranked = sources[order]
    for rows in np.cumsum([plan.rows for plan in plans])[:-1]:
        for source, total in enumerate(np.bincount(sources)):
            share, drawn = total / len(ids), rows / len(ids)
            spread = np.sqrt(total * (1 - share) * drawn * (1 - drawn) * len(ids) / (len(ids) - 1))
            assert abs((ranked[:rows] == source).sum() - total * drawn) < 4 * spread


def test_neighbours_in_a_source_are_strangers_in_the_order():
    """No trace of the order of a source: ranks of its rows are unrelated to their numbers."""
    ids, _ = kinds(20_000)
    _, order = hash_order(ids)
    ranks = np.empty(len(ids))
    ranks[order] = np.arange(len(ids))
    assert abs(np.corrcoef(np.arange(len(ids)), ranks)[0, 1]) < 4 / np.sqrt(len(ids))
    assert abs(np.corrcoef(ranks[:-1], ranks[1:])[0, 1]) < 4 / np.sqrt(len(ids))
