"""The README's lines that stream: ranks share the rows out, a run that stops anywhere goes on behind the last row, workers lose none"""

import json
import os

import datasets
import datasets.distributed
import pytest
from torch.utils.data import DataLoader

from tests.trainers.drawn_corpus import draw
from tests.trainers.snippets import LOAD, STREAM, paste

ROWS = 54
STOPS = (1, 2, 13, 14, 27, 53, 54, 55, 80, 107)  # in row groups, at their ends, between shards, at the end of an epoch and behind it


class Stopped(Exception):
    """Like a machine that went down."""


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = draw(tmp_path_factory.mktemp("drawn"), "medical", 60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", str(folder.parent / "cache"))
        return paste(LOAD, {}, folder=repr(str(folder)))


@pytest.fixture
def stream(names, tmp_path, monkeypatch):
    """Ids in the order in which the README's loop sees them, until `stop` rows are seen; what is kept of them is in `kept`."""

    def ids(rank=0, ranks=1, stop=-1, kept="", learn=lambda row: None, epochs=2) -> list[str]:
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", str(ranks))
        seen: list[str] = []

        def learnt(row) -> None:
            if len(seen) == stop:
                raise Stopped
            learn(row)
            seen.append(row["id"])

        file = tmp_path / (kept or f"{os.urandom(8).hex()}.json")
        own = {"learn": "learnt(row)  #", "seen": f"Path({str(file)!r})", "repeat": f".repeat({epochs})"}
        try:
            paste(STREAM, {**names, "learnt": learnt}, **own)
        except Stopped:
            pass
        return seen

    return ids


@pytest.fixture(scope="module")
def trained(names):
    return names["corpus"]["train"]["id"][:]


def test_a_stream_is_every_row_in_the_order_of_the_shards(stream, trained):
    assert stream() == trained * 2


def test_streamed_pictures_are_decoded_and_equal_those_loaded(stream, names):
    rows = []
    stream(stop=ROWS, learn=rows.append)
    for row, loaded in zip(rows, names["corpus"]["train"], strict=True):
        assert row["messages"] == loaded["messages"]
        assert [(image.mode, image.tobytes()) for image in row["images"]] == [(image.mode, image.tobytes()) for image in loaded["images"]]


@pytest.mark.parametrize("ranks", [2, 3, 4, 8])
def test_ranks_see_disjoint_parts_that_cover_all(stream, trained, ranks):
    for epochs in (1, 2):
        parts = [stream(rank, ranks, epochs=epochs) for rank in range(ranks)]
        assert sorted(id for part in parts for id in part) == sorted(trained * epochs)


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_a_stream_goes_on_behind_the_last_row_wherever_it_stopped(stream, ranks):
    whole = stream(0, ranks)
    for stop in [stop for stop in STOPS if stop < len(whole)]:
        assert stream(0, ranks, stop=stop, kept=f"stop-{stop}.json") == whole[:stop]
        assert stream(0, ranks, kept=f"stop-{stop}.json") == whole[stop:]


def test_a_stream_may_stop_twice(stream):
    whole, kept = stream(), "twice.json"
    assert stream(stop=20, kept=kept) + stream(stop=41, kept=kept) + stream(kept=kept) == whole


def of_names(names, **options):
    return datasets.load_dataset(str(names["folder"]), split="train", streaming=True, **options)


@pytest.mark.parametrize("workers", [0, 1, 3, 5])
def test_workers_of_a_torch_loader_see_every_row_once(names, trained, workers):
    seen = [row["id"] for batch in DataLoader(of_names(names), batch_size=7, num_workers=workers, collate_fn=list) for row in batch]
    assert sorted(seen) == sorted(trained)


def test_a_rank_of_two_with_workers_sees_its_half(names, trained):
    halves = []
    for rank in range(2):
        half = datasets.distributed.split_dataset_by_node(of_names(names), rank=rank, world_size=2)
        halves.append([row["id"] for batch in DataLoader(half, batch_size=4, num_workers=2, collate_fn=list) for row in batch])
    assert sorted(halves[0] + halves[1]) == sorted(trained)


def test_loaded_rows_split_by_node_are_disjoint_and_cover_all(names, trained):
    halves = [datasets.distributed.split_dataset_by_node(names["corpus"]["train"], rank=rank, world_size=2)["id"][:] for rank in range(2)]
    assert sorted(halves[0] + halves[1]) == sorted(trained)
    assert not set(halves[0]) & set(halves[1])


@pytest.mark.parametrize("stop", [1, 4, 9, 15])
def test_workers_with_state_go_on_behind_the_last_batch(names, stop):
    loader = pytest.importorskip("torchdata.stateful_dataloader", reason="torchdata is not installed").StatefulDataLoader

    def batches():
        return loader(of_names(names).repeat(2), batch_size=5, num_workers=2, collate_fn=list)

    whole = [[row["id"] for row in batch] for batch in batches()]
    first, begun = batches(), []
    for batch in first:
        begun.append([row["id"] for row in batch])
        if len(begun) == stop:
            break
    state, again = json.loads(json.dumps(first.state_dict())), batches()
    again.load_state_dict(state)
    assert begun + [[row["id"] for row in batch] for batch in again] == whole
