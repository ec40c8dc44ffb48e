"""The README's lines for TRL, run as they stand: a tiny vision-language model learns from the shards, stops, and goes on"""

import re
import shutil
from collections import Counter
from typing import Any

import datasets
import pytest
import torch
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from tests.trainers.drawn_corpus import draw
from tests.trainers.snippets import LOAD, TRL, WEIGHTS, paste
from tests.trainers.tiny_vlm import llava, qwen

BATCH, STEPS, SAVED = 8, 20, 10  # TRL's own size of a batch; what README says
ROWS = 108  # of an epoch: 13.5 batches, so that 20 steps end in the second


class Stopped(Exception):
    """Like a machine that went down."""


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = draw(tmp_path_factory.mktemp("drawn"), "medical", 120)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", str(folder.parent / "cache"))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield paste(LOAD, {}, folder=repr(str(folder)))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {"qwen": qwen(folder / "qwen"), "llava": llava(folder / "llava")}


class Seen(list[tuple[list[dict[str, Any]], dict[str, torch.Tensor]]]):
    stop: int | None = None  # after so many batches the machine goes down


@pytest.fixture
def batches(monkeypatch):
    """What the trainer is given, step by step: the rows of a batch, and what becomes of them."""
    seen = Seen()
    collate = DataCollatorForVisionLanguageModeling.torch_call

    def watched(self, examples):
        if len(seen) == seen.stop:
            raise Stopped
        made = collate(self, [dict(example) for example in examples])
        seen.append((examples, made))
        return made

    monkeypatch.setattr(DataCollatorForVisionLanguageModeling, "torch_call", watched)
    return seen


@pytest.fixture
def train(names, models, tmp_path):
    """README's block, with a model and a folder of the test's, where there may be no GPU."""

    def trained(model="qwen", block=TRL) -> dict[str, Any]:
        own = {"model": repr(str(models[model])), "training": f"Path({str(tmp_path / model)!r})"}
        return paste(block, dict(names), **own, cpu="SFTConfig(str(out), use_cpu=True, logging_steps=1, ")

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield trained
    torch.set_num_threads(threads)


def said(row: dict[str, Any]) -> str:
    """The answer that no other row gives."""
    return next(part["text"] for turn in row["messages"] if turn["role"] == "assistant" for part in turn["content"])


def rows(batches) -> list[str]:
    return [said(row) for examples, _ in batches for row in examples]


def said_in(row: dict[str, Any]) -> str:
    """The same of a row as it is published."""
    return next(turn["content"] for turn in row["messages"] if turn["role"] == "assistant")


@pytest.fixture
def once(names):
    return sorted(map(said_in, names["corpus"]["train"]))


def test_twenty_steps_change_the_weights_and_see_every_row_of_an_epoch_once(train, batches, once, models):
    trainer = train()["trainer"]
    assert trainer.state.global_step == STEPS
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == STEPS
    assert all(0 < loss < 10 for loss in losses)
    before = type(trainer.model).from_pretrained(models["qwen"]).state_dict()
    moved = {name.split(".")[1] for name, weight in trainer.model.state_dict().items() if not torch.equal(weight, before[name])}
    assert {"visual", "language_model"} <= moved
    seen = rows(batches)
    assert sorted(seen[:ROWS]) == once
    assert max(Counter(seen[ROWS:]).values()) == 1


def shown(content: str, places: list[int]) -> str:
    """A turn as Qwen's template renders it, with as many tokens in the place of each mark as `places` says."""
    return re.sub("<image>\n?", lambda mark: f"<|vision_start|>{'<|image_pad|>' * places.pop(0)}<|vision_end|>", content)


def test_the_tokens_are_the_text_with_pictures_where_the_marks_stood(train, batches, names):
    tokenizer = train()["trainer"].processing_class.tokenizer
    published = {said_in(row): row for row in names["corpus"]["train"]}
    kinds = set()
    for examples, made in batches:
        sizes = [int(grid.prod()) // 4 for grid in made.get("image_grid_thw", [])]
        for row, tokens, labels in zip(examples, made["input_ids"], made["labels"], strict=True):
            turns = published[said(row)]["messages"]
            places, sizes = sizes[: len(row["images"])], sizes[len(row["images"]) :]
            told = "".join(f"<|im_start|>{turn['role']}\n{said_by(turn, places)}<|im_end|>\n" for turn in turns)
            default = "" if turns[0]["role"] == "system" else "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
            assert tokenizer.decode(tokens[tokens != tokenizer.pad_token_id]) == default + told
            answers = "".join(f"{turn['content']}<|im_end|>\n" for turn in turns if turn["role"] == "assistant")
            assert tokenizer.decode(labels[labels != -100]) == answers
            assert "<image>" not in tokenizer.decode(tokens)
            kinds.add((len(row["images"]), len(turns)))
    assert kinds == {(0, 2), (1, 2), (1, 4), (2, 2), (2, 3)}


def said_by(turn: dict[str, str], places: list[int]) -> str:
    return shown(turn["content"], places) if turn["role"] == "user" else turn["content"]


def test_a_model_whose_picture_token_is_the_mark_itself_sees_no_mark_more_than_pictures(train, batches):
    """Where they are not as many its forward pass fails; a mark of the text that takes a picture's place it would not see."""
    processor = train("llava")["trainer"].processing_class
    mark = processor.tokenizer.convert_tokens_to_ids("<image>")
    for examples, made in batches:
        for row, tokens in zip(examples, made["input_ids"], strict=True):
            alone = [processor(images=[image], text="<image>")["input_ids"][0] for image in row["images"]]
            assert int((tokens == mark).sum()) == sum(list(tokens_).count(mark) for tokens_ in alone)


@pytest.mark.parametrize("saved", [10, 17])  # the checkpoint lies in the first epoch, in the second
def test_a_run_that_stopped_goes_on_without_a_row_lost_or_repeated(train, batches, saved, tmp_path):
    block = TRL.replace("save_steps=10", f"save_steps={saved}")
    whole = train(block=block)["trainer"]
    expected, weights = [rows([batch]) for batch in batches][:STEPS], whole.model.state_dict()
    shutil.rmtree(tmp_path / "qwen")
    batches.clear()
    batches.stop = saved + 2
    with pytest.raises(Stopped):
        train(block=block)
    assert [rows([batch]) for batch in batches][:saved] == expected[:saved]
    batches.clear()
    batches.stop = None
    again = train(block=block)["trainer"]
    assert [rows([batch]) for batch in batches][: STEPS - saved] == expected[saved:]
    assert all(torch.equal(weight, weights[name]) for name, weight in again.model.state_dict().items())


def test_a_draw_by_weight_is_what_the_trainer_sees(train, batches, names):
    epoch = paste(WEIGHTS, dict(names))["epoch"]
    names["epoch"] = epoch
    train(block=TRL.replace('corpus["train"]', "epoch").replace("max_steps=20", "num_train_epochs=1"))
    assert Counter(rows(batches)) == Counter(said_in(row) for row in epoch)


def test_rows_stream_into_the_trainer_and_go_on_behind_the_last(train, batches, names, tmp_path):
    block = TRL.replace('corpus["train"].with_transform(typed)', "stream.map(typed, batched=True)")
    names["stream"] = datasets.load_dataset(str(names["folder"]), split="train", streaming=True)
    train(block=block)
    expected = [rows([batch]) for batch in batches][:STEPS]
    in_order = [said_in(row) for row in names["corpus"]["train"]] * 2
    assert [row for batch in expected for row in batch] == in_order[: sum(map(len, expected))]
    shutil.rmtree(tmp_path / "qwen" / "checkpoint-20")
    batches.clear()
    train(block=block)
    assert [rows([batch]) for batch in batches][-STEPS + SAVED - 1 : -1] == expected[SAVED:]
