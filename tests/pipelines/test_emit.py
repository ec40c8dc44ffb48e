"""The wiring of emit: the selection and source files in, a corpus out; the same bytes whoever does the work and whatever stopped it"""

import dataclasses
import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from curate.emit.ship import ChangedImage
from curate.recipe import CorpusPlan, Shards
from pipelines import emit
from pipelines.balance import plan_balance
from pipelines.emit import plan_emit
from pipelines.reading import read_batches
from pipelines.stage import execute
from tests.pipelines.at_rest import CORPORA, give, many, run_of

SMALL = Shards(bytes=3_000, row_group_bytes=1_000)


def corpus_at(tmp_path, **options):
    run = run_of(tmp_path, shards=SMALL, **options)
    give(run, many())
    return run


def emitted(run) -> dict[str, str]:
    """File of OUT/corpora -> SHA-256, after balance and emit."""
    for plan in (plan_balance, plan_emit):
        execute(plan(run), run)
    return files(run)


def files(run) -> dict[str, str]:
    folder = Path(run.out, "corpora")
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()
    }


def index_of(run, corpus="medical"):
    return json.loads(Path(run.out, "corpora", corpus, "index.json").read_text())


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    run = corpus_at(tmp_path_factory.mktemp("emit"))
    return run, emitted(run)


def test_the_folder_holds_what_its_index_names_and_nothing_else(done):
    run, found = done
    for corpus in ("medical", "text"):
        index = index_of(run, corpus)
        named = {f"{corpus}/{file['name']}": file["sha256"] for file in (*index["shards"], *index["cards"])}
        assert {name: digest for name, digest in found.items() if name.startswith(f"{corpus}/")} == {
            **named, f"{corpus}/index.json": found[f"{corpus}/index.json"]
        }  # fmt: skip
    assert not Path(run.out, "tmp").exists() or not list(Path(run.out, "tmp").iterdir())


def test_every_sample_selected_is_in_a_shard_with_its_bytes(done, tmp_path):
    run, _ = done
    loaded = load_dataset(str(Path(run.out, "corpora", "medical")), cache_dir=str(tmp_path))
    assert {split: rows.num_rows for split, rows in loaded.items()} == {"train": 25}
    assert (index_of(run)["rows"], index_of(run)["images"], index_of(run)["splits"]) == (25, 24, {"train": 25})
    assert {image.size for row in loaded["train"] for image in row["images"]} == {(64, 64)}
    shards = sorted(Path(run.out, "corpora", "medical").glob("*.parquet"))
    ids = [id for shard in shards for id in pq.read_table(shard, columns=["id"])["id"].to_pylist()]
    assert ids == sorted(ids, key=lambda id: hashlib.sha256(id.encode()).digest())
    assert len(shards) > 2
    pictures = {image["bytes"] for shard in shards for row in pq.read_table(shard)["images"].to_pylist() for image in row}
    assert pictures <= set(many().files.values())


@pytest.mark.parametrize(("flags", "workers"), [((), 4), (("--direct_running_mode=multi_processing",), 2)])
def test_other_workers_write_the_same_bytes(done, tmp_path, flags, workers):
    assert emitted(corpus_at(tmp_path, flags=flags, workers=workers)) == done[1]


def test_shards_that_take_rows_from_the_same_buckets_read_them_once(tmp_path, monkeypatch):
    """A shard of one row each, four buckets: whoever writes alone goes through every table of its bucket."""
    reads = []

    def counted(out, entry, columns, *, rows):
        reads.append(entry.path)
        return read_batches(out, entry, columns, rows=rows)

    monkeypatch.setattr(emit, "read_batches", counted)
    found = {}
    for name, lots in (("alone", 64), ("together", 1)):
        monkeypatch.setattr(emit, "LOTS", lots)
        run = run_of(tmp_path / name, shards=Shards(bytes=300, row_group_bytes=300))
        give(run, many())
        reads.clear()
        found[name] = (emitted(run), len(reads), len(set(reads)))
    (alone, often, tables), (together, once, of_each) = found["alone"], found["together"]
    shards = sum(name.endswith(".parquet") for name in alone)
    assert (together, of_each) == (alone, tables)
    assert (shards, often, once, tables) == (26, 26 * 3, 10, 10)


@pytest.mark.parametrize(
    ("rows", "most", "lots"),
    [
        ([10, 10, 10, 10], 1, [0, 0, 0, 1]),  # the last one takes rows of the second bucket
        ([10, 30_000, 10_000, 10], 1, [0, 0, 1, 2]),  # no more rows than wait in memory
        ([40_000, 40_000, 1, 1], 1, [0, 1, 2, 3]),
        ([10, 10, 10, 10], 64, [0, 1, 2, 3]),  # one each, where there are fewer shards than lots
    ],
)  # fmt: skip
def test_a_lot_is_shards_of_the_same_buckets(monkeypatch, rows, most, lots):
    monkeypatch.setattr(emit, "LOTS", most)
    quarter = 1 << 62
    firsts = [0, quarter // 2, quarter, 2 * quarter]  # of two buckets: the third begins in the first of them
    shards = [{"first": first, "last": first + 1, "rows": count} for first, count in zip(firsts, rows)]
    assert emit.lots_of(shards, 2) == [f"lot-{lot:05d}" for lot in lots]


def test_a_corpus_that_stands_is_not_written_again(tmp_path, capsys):
    run = corpus_at(tmp_path)
    found = emitted(run)
    times = {path: path.stat().st_mtime_ns for path in Path(run.out, "corpora").rglob("*")}
    assert emitted(run) == found
    assert times == {path: path.stat().st_mtime_ns for path in Path(run.out, "corpora").rglob("*")}
    assert "emit     as before" in capsys.readouterr().err


def test_what_a_killed_run_left_is_finished_to_the_same_bytes(tmp_path):
    run = corpus_at(tmp_path)
    found = emitted(run)
    folder = Path(run.out, "corpora", "medical")
    (folder / "index.json").unlink()
    sorted(folder.glob("*.parquet"))[1].unlink()
    (folder / "train-00000-of-00099.parquet").write_bytes(b"of a run before")
    kept = sorted(folder.glob("*.parquet"))[-1]
    before = kept.stat().st_mtime_ns
    assert emitted(run) == found
    assert kept.stat().st_mtime_ns == before


def test_another_setting_changes_the_cards_and_no_shard(tmp_path):
    run = corpus_at(tmp_path)
    found = emitted(run)
    times = {path: path.stat().st_mtime_ns for path in Path(run.out, "corpora").rglob("*.parquet")}
    again = emitted(dataclasses.replace(run, resolved={**run.resolved, "tagger": {"model": "biomedclip", "digest": "d", "device": "cpu"}}))
    assert {name for name in found if again[name] != found[name]} == {
        f"{corpus}/{name}" for corpus in ("medical", "text") for name in ("README.md", "SHA256SUMS", "index.json")
    }
    assert times == {path: path.stat().st_mtime_ns for path in Path(run.out, "corpora").rglob("*.parquet")}


def test_another_recipe_takes_the_place_and_the_first_one_takes_it_back(tmp_path):
    run = corpus_at(tmp_path)
    found = emitted(run)
    other = dataclasses.replace(run_of(tmp_path, recipe="other", corpora=(CorpusPlan(name="medical"),)))
    give(other, many())
    assert [name for name in emitted(other) if name.startswith("medical/train")] == ["medical/train-00000-of-00001.parquet"]
    assert index_of(other)["recipe"]["id"] == "other"
    assert emitted(run) == found


def test_shards_that_another_recipe_wrote_over_are_not_taken_for_its_own_though_of_the_same_size(tmp_path):
    run = corpus_at(tmp_path)
    emitted(run)
    assert {receipt.counts["corpus"] for receipt in run.decisions("emit").receipts().values()} == {"medical", "text"}
    other = run_of(tmp_path, shards=SMALL, recipe="other", corpora=CORPORA[:1])
    give(other, many())
    emitted(other)
    assert {receipt.counts["corpus"] for receipt in run.decisions("emit").receipts().values()} == {"text"}


def test_a_picture_that_changed_since_it_was_inspected_stops_the_run(tmp_path):
    run = corpus_at(tmp_path)
    for path in Path(run.options.data).glob("*.png"):
        path.write_bytes(b"another picture")
    with pytest.raises((ChangedImage, RuntimeError), match=r"slake: .*\.png: 15 bytes from 0 with SHA-256"):
        emitted(run)
    assert not Path(run.out, "corpora", "medical", "index.json").exists()


def test_the_cards_tell_how_the_corpus_was_made(done):
    run, _ = done
    text = Path(run.out, "corpora", "medical", "README.md").read_text()
    assert "| pet | 4 (7.4%) | 33.3% | 16.7% | 4 | 2 | 33.3% |" in text
    assert "No evaluation set was shielded." in text
    assert "Settings: tokenizer `clip-bpe`; tagger `none`." in text
