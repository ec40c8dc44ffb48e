import pytest
import yaml

from curate.models.pixels import load_head
from curate.tag.reliability import CHANCE, RELIABILITY, UNMEASURED, load_reliabilities
from tests.curate.tag.counted import counted, most_of
from tests.real import REAL


def test_what_the_shipped_file_says_of_words_is_what_real_files_give():
    if REAL is None:
        pytest.skip("../shared/real is not here")
    witnesses = yaml.safe_load(RELIABILITY.read_text(encoding="utf-8"))["witnesses"]
    found = counted(REAL / "annotations")
    words = {name: said for name, said in witnesses.items() if "named" in said and not name.startswith("modality_")}
    wanted = {name: (said["right"], said["named"], said["reliability"]) for name, said in words.items()}
    stale = "words have changed since it was counted: python -m tests.curate.tag.counted"
    assert {name: (found[name].right, found[name].named, min(found[name].reliability, most_of(name))) for name in wanted} == wanted, stale
    assert set(wanted) >= {"caption_v2", "question_v1", "pooled_v1"}
    assert min(wanted[name][2] for name in ("caption_v2", "question_v1", "pooled_v1")) >= 0.96


def test_what_it_says_of_the_shipped_head_is_what_the_head_had_right():
    said = yaml.safe_load(RELIABILITY.read_text(encoding="utf-8"))["witnesses"][load_head().attribute]
    held_out = load_head().fitted["held_out"]["by_source"]
    sure = next(row for row in held_out["abstention"] if row["threshold"] >= 0.92)
    pictures = round(sure["coverage"] * held_out["pictures"])
    assert (said["named"], said["right"]) == (pictures, round(sure["accuracy"] * pictures))
    assert said["reliability"] == 0.95 <= said["right"] / said["named"]


def test_every_number_says_where_it_comes_from():
    raw = yaml.safe_load(RELIABILITY.read_text(encoding="utf-8"))
    assert raw["made"]
    assert [name for name, said in raw["witnesses"].items() if not said["from"].strip()] == []
    by_hand = [name for name, said in raw["witnesses"].items() if "named" not in said]
    assert all(raw["witnesses"][name]["from"].startswith("set by hand") for name in by_hand)


def test_a_head_that_is_not_listed_is_believed_as_far_as_its_own_figures_go():
    shipped = load_reliabilities()
    heads = shipped.of("modality_mine_v1", "ct")
    assert [shipped.with_head("modality_mine_v1", measured).of("modality_mine_v1", "ct") for measured in (None, 0.7, 0.99, 0.0)] == [
        UNMEASURED, 0.7, heads, CHANCE,
    ]  # fmt: skip
    assert shipped.with_head("modality_biomedclip_v2", None) is shipped
    assert shipped.with_head("modality_mine_v1", 0.7).row("modality_mine_v1") == (0.7,) * 13
