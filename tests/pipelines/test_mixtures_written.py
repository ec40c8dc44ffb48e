"""OUT/corpora/mixtures.json: written last, true to the corpora beside it, and gone while one of them is being written"""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
from datasets import interleave_datasets, load_dataset

from curate.recipe import CorpusPlan, Mixture
from pipelines.balance import plan_balance
from pipelines.emit import plan_emit
from pipelines.stage import execute
from tests.pipelines.at_rest import give, many, run_of

MIXED = (
    Mixture(name="both", title="Pictures and words", corpora={"medical": 3, "text": 1, "never": 1}, max_repeat=10),
    Mixture(name="each", corpora=("medical", "text")),
)
CORPORA = (CorpusPlan(name="medical"), CorpusPlan(name="text", tasks=("qa",)), CorpusPlan(name="never", tasks=("report",)))


def with_mixtures(run, mixtures=MIXED):
    recipe = dataclasses.replace(run.recipe, mixtures=mixtures)
    return dataclasses.replace(run, options=dataclasses.replace(run.options, recipe=recipe))


def emitted(run):
    for plan in (plan_balance, plan_emit):
        execute(plan(run), run)
    return told(run)


def told(run):
    path = Path(run.out, "corpora", "mixtures.json")
    return json.loads(path.read_text()) if path.is_file() else None


@pytest.fixture
def run(tmp_path):
    run = with_mixtures(run_of(tmp_path, corpora=CORPORA))
    corpus = many()
    for number in range(3):
        turns = [("user", f"What is disease {number}?"), ("assistant", f"The {number}th.")]
        corpus.add(f"medquad/v{number}", turns, modality="text", published="validation")
    give(run, corpus)
    return run


def test_mixtures_tell_their_corpora_by_digest_and_each_index_tells_its_mixtures(run):
    found = emitted(run)
    indexes = {name: Path(run.out, "corpora", name, "index.json").read_bytes() for name in ("medical", "text")}
    digest = {name: hashlib.sha256(data).hexdigest() for name, data in indexes.items()}
    rows = {name: json.loads(data)["splits"]["train"] for name, data in indexes.items()}
    assert (found["version"], sorted(found["mixtures"]), rows) == (1, ["both", "each"], {"medical": 25, "text": 1})
    assert found["mixtures"]["both"] == {
        "title": "Pictures and words", "recipe": "tiny", "split": "train", "rows": 26, "max_repeat": 10.0,
        "parts": [
            {"corpus": "medical", "rows": 25, "share": 0.75, "probability": 0.75, "repeat": 0.78, "index": digest["medical"]},
            {"corpus": "text", "rows": 1, "share": 0.25, "probability": 0.25, "repeat": 6.5, "index": digest["text"]},
        ],
        "absent": [{"corpus": "never", "share": 0.2}],
    }  # fmt: skip
    assert json.loads(indexes["text"])["mixtures"] == {
        "both": {"share": 0.25, "probability": 0.25, "repeat": 6.5, "rows": 26},
        "each": {"share": 0.038461538462, "probability": 0.038461538462, "repeat": 1.0, "rows": 26},
    }


def test_datasets_draws_by_what_is_told(run, tmp_path):
    mixture = emitted(run)["mixtures"]["each"]
    parts = [
        load_dataset(str(Path(run.out, "corpora", part["corpus"])), split=mixture["split"], cache_dir=str(tmp_path / "cache"))
        for part in mixture["parts"]
    ]
    drawn = interleave_datasets(
        parts, probabilities=[part["probability"] for part in mixture["parts"]], seed=0, stopping_strategy="all_exhausted"
    )
    assert {row["modality"] for row in drawn.select_columns("modality")} == {"xray", "ct", "pet", "text"}


def test_what_stands_is_not_written_again_and_what_is_edited_or_lost_is(run):
    found = emitted(run)
    path = Path(run.out, "corpora", "mixtures.json")
    before = path.stat().st_mtime_ns
    assert (emitted(run), path.stat().st_mtime_ns) == (found, before)
    path.write_text(json.dumps({"version": 1, "mixtures": {"both": {"parts": []}}}))
    assert emitted(run) == found
    path.unlink()
    assert emitted(run) == found
    index = Path(run.out, "corpora", "text", "index.json")
    index.write_bytes(index.read_bytes() + b"\n")  # says the same in other bytes
    assert emitted(run) == found
    assert not index.read_bytes().endswith(b"\n\n")


def test_a_recipe_without_mixtures_writes_none_and_takes_its_own_away(run):
    emitted(run)
    assert emitted(with_mixtures(run, ())) is None
    only = emitted(with_mixtures(run, MIXED[1:]))
    assert sorted(only["mixtures"]) == ["each"]


def test_mixtures_of_another_recipe_stay_unless_it_takes_a_corpus_of_theirs(run, tmp_path):
    found = emitted(run)
    beside = with_mixtures(
        run_of(tmp_path, recipe="beside", corpora=(CorpusPlan(name="more"),)), (Mixture(name="more", corpora=("more",)),)
    )
    give(beside, many())
    both = emitted(beside)["mixtures"]
    assert {name: said["recipe"] for name, said in both.items()} == {"both": "tiny", "each": "tiny", "more": "beside"}
    assert {name: said for name, said in both.items() if said["recipe"] == "tiny"} == found["mixtures"]
    index = Path(run.out, "corpora", "text", "index.json")
    index.write_bytes(index.read_bytes() + b"\n")
    Path(run.out, "corpora", "more", "index.json").unlink()
    assert sorted(emitted(beside)["mixtures"]) == ["more"]  # of the others nobody knows any more whether they are true
    emitted(run)
    rival = run_of(tmp_path, recipe="rival", corpora=(CorpusPlan(name="text"),))
    give(rival, many())
    assert sorted(emitted(rival)["mixtures"]) == ["more"]
    assert sorted(emitted(run)["mixtures"]) == ["both", "each", "more"]


def test_while_shards_are_written_there_is_no_mixture(run):
    emitted(run)
    for path in Path(run.options.data).glob("*.png"):
        path.write_bytes(b"another picture")
    shard = next(Path(run.out, "corpora", "medical").glob("train-*.parquet"))
    shard.unlink()
    with pytest.raises(Exception, match="SHA-256"):
        emitted(run)
    assert told(run) is None
