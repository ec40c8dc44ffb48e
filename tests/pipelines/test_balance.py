"""The wiring of balance: tables of all stages before it in, the selection and the plan of shards out"""

from collections import Counter

from curate.recipe import Shards
from pipelines.balance import plan_balance
from pipelines.stage import execute
from schemas.arrow import from_table
from schemas.cluster import Choice
from tests.curate.emit.tiny_corpus import TinyCorpus, png
from tests.pipelines.at_rest import give, many, run_of


def selection(run):
    return from_table(run.decisions("balance").read("selection", Choice), Choice)


def test_every_corpus_gets_a_choice_for_every_sample_that_is_left(tmp_path):
    run = run_of(tmp_path)
    give(run, many())
    index = execute(plan_balance(run), run)
    choices = selection(run)
    assert Counter((choice.corpus, choice.selected, choice.reason) for choice in choices) == {
        ("medical", True, ""): 25,  # 4 PET, 10 of each other: 10 <= 1.25 / 3 x 24; and the one text that is left
        ("medical", False, "over_target"): 30,
        ("text", True, ""): 1,
        ("text", False, "not_in_corpus"): 54,
    }
    assert Counter(choice.modality for choice in choices if choice.corpus == "medical" and choice.selected) == {
        "xray": 10, "ct": 10, "pet": 4, "text": 1
    }  # fmt: skip
    assert not [choice for choice in choices if choice.id == "medquad/2"]
    (receipt,) = index.receipts
    assert [(report["corpus"], report["selected"], report["binding"]) for report in receipt.counts["reports"]] == [
        ("medical", 25, ["pet"]),
        ("text", 1, []),
    ]


def test_the_shards_planned_hold_every_sample_selected(tmp_path):
    run = run_of(tmp_path, shards=Shards(bytes=3_000))
    give(run, many())
    shards = execute(plan_balance(run), run).receipts[0].counts["shards"]
    medical = [shard for shard in shards if shard["corpus"] == "medical"]
    assert sum(shard["rows"] for shard in medical) == 25
    assert len(medical) > 2
    assert [shard["number"] for shard in medical] == list(range(len(medical)))
    assert {shard["count"] for shard in medical} == {len(medical)}


def test_what_shares_an_image_with_validation_goes_there_in_every_corpus(tmp_path):
    run, corpus = run_of(tmp_path), TinyCorpus()
    corpus.add("slake/1", [("user", "?")], {"a.png": png("red")}, published="validation", cluster="a.png")
    corpus.add("slake/2", [("user", "?")], {"b.png": png("red")}, published="train", cluster="a.png", task="qa")
    corpus.add("slake/3", [("user", "?")], {"c.png": png("blue")})
    give(run, corpus, dropped=())
    execute(plan_balance(run), run)
    assert {(choice.corpus, choice.id): choice.split for choice in selection(run)} == {
        ("medical", "slake/1"): "validation", ("medical", "slake/2"): "validation", ("medical", "slake/3"): "train",
        ("text", "slake/1"): "validation", ("text", "slake/2"): "validation", ("text", "slake/3"): "train",
    }  # fmt: skip


def test_a_balance_that_stands_is_not_done_again_and_another_recipe_is(tmp_path, capsys):
    run = run_of(tmp_path)
    give(run, many())
    first = execute(plan_balance(run), run)
    assert execute(plan_balance(run), run) == first
    assert "balance  as before" in capsys.readouterr().err
    smaller = run_of(tmp_path, shards=Shards(bytes=3_000))
    assert execute(plan_balance(smaller), smaller).fingerprint != first.fingerprint
