"""The README's lines that draw by weight and mix corpora: the shares wanted, alike for a seed, resumed without a row lost or repeated"""

import json
from collections import Counter

import datasets
import pytest

from curate.balance.mixtures import mix
from curate.recipe import Mixture
from tests.trainers.drawn_corpus import draw
from tests.trainers.snippets import LOAD, MIXTURE, WEIGHTS, paste

SHARES = {"medical": 0.5, "text": 0.3, "general": 0.2}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    corpora = tmp_path_factory.mktemp("drawn") / "corpora"
    rows = {name: samples * 9 // 10 for name, samples in (("medical", 300), ("text", 100), ("general", 60))}
    for name, count in rows.items():
        draw(corpora, name, count * 10 // 9)
    mixed = mix(Mixture(name="instruction", title="", max_repeat=4.0, corpora=SHARES), rows)
    parts = [{"corpus": part.corpus, "probability": part.probability, "rows": part.rows} for part in mixed.parts]
    said = {"instruction": {"split": "train", "rows": mixed.rows, "parts": parts}}
    (corpora / "mixtures.json").write_text(json.dumps({"version": 1, "mixtures": said}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", str(corpora.parent / "cache"))
        patch.setattr(datasets.config, "SLEEP_TIME_ON_THREADS_SHUTDOWN", 0)  # at the end of each pass; the tests make many
        yield paste(LOAD, {}, folder=repr(str(corpora / "medical")))


def test_a_row_comes_as_often_as_its_weight_says(names):
    weights = dict(zip(names["corpus"]["train"]["id"][:], names["corpus"]["train"]["weight"][:]))
    times = Counter(paste(WEIGHTS, dict(names))["epoch"]["id"])
    assert {(weights[id], times[id]) for id in weights} == {(0.4, 0), (0.4, 1), (1.0, 1), (1.6, 1), (1.6, 2)}
    for weight in (0.4, 1.0, 1.6):
        rows = [id for id in weights if weights[id] == weight]
        assert sum(times[id] for id in rows) / len(rows) == pytest.approx(weight, abs=0.1)


def test_a_seed_draws_the_same_rows_again_and_another_seed_others(names):
    first, again = (paste(WEIGHTS, dict(names))["epoch"]["id"][:] for _ in range(2))
    other = paste(WEIGHTS.replace("seed=0", "seed=1"), dict(names))["epoch"]["id"][:]
    assert first == again != other


def test_a_mixture_has_the_shares_of_its_recipe(names):
    epoch = paste(MIXTURE, dict(names))["epoch"]
    drawn = Counter(id.split("/")[0] for id in epoch["id"])
    assert len(epoch) == 270 + 90 + 54
    assert {name: drawn[name] / len(epoch) for name in SHARES} == pytest.approx(SHARES, abs=0.07)


def test_no_sample_of_a_mixture_comes_again_before_all_of_its_corpus_have_come(names):
    times = Counter(paste(MIXTURE, dict(names))["epoch"]["id"])
    for corpus in SHARES:
        counts = [times[id] for id in times if id.startswith(f"{corpus}/")]
        assert max(counts) - min(counts) <= 1
        assert max(counts) <= 2


def test_a_mixture_is_the_same_for_a_seed_and_refuses_a_part_that_was_edited(names):
    first, again = (paste(MIXTURE, dict(names))["epoch"]["id"][:] for _ in range(2))
    assert first == again
    stray = names["folder"].parent / "text" / "train-00009-of-00010.parquet"
    stray.write_bytes(b"")
    with pytest.raises(SystemExit, match=r"text: .*\['train-00009-of-00010\.parquet'\]"):
        paste(MIXTURE, dict(names))
    stray.unlink()


@pytest.mark.parametrize("stop", [1, 100, 269, 270, 400])
def test_a_streamed_mixture_goes_on_behind_the_last_row(names, stop):
    def mixed():
        block = MIXTURE.replace('split=mixture["split"]', 'split=mixture["split"], streaming=True')
        return paste(block, dict(names))["epoch"]

    whole, first = [row["id"] for row in mixed()], mixed()
    rows = iter(first)
    begun = [next(rows)["id"] for _ in range(stop)]
    state, again = json.loads(json.dumps(first.state_dict())), mixed()
    again.load_state_dict(state)
    assert len(whole) == 414
    assert begun + [row["id"] for row in again] == whole
