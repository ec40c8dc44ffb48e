"""The README's lines for TRL on the sample corpus, as `make corpus` makes it: 20 steps, and every row of an epoch as it was published"""

import datasets
import pytest
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from tests.pipelines.conftest import make_sample
from tests.trainers.snippets import LOAD, TRL, paste
from tests.trainers.tiny_vlm import qwen


@pytest.mark.slow  # it makes the sample corpus: a minute
def test_a_model_learns_from_the_sample_corpus(tmp_path, monkeypatch):
    assert make_sample(tmp_path / "out").status == 0
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    names = paste(LOAD, {}, folder=repr(str(tmp_path / "out" / "corpora" / "medical")))
    own = {"model": repr(str(qwen(tmp_path / "qwen"))), "training": f"Path({str(tmp_path / 'training')!r})"}
    trainer = paste(TRL, names, **own, cpu="SFTConfig(str(out), use_cpu=True, ")["trainer"]
    assert trainer.state.global_step == 20
    collator, rows = trainer.data_collator, names["corpus"]["train"]
    assert isinstance(collator, DataCollatorForVisionLanguageModeling)
    start = trainer.processing_class.tokenizer.convert_tokens_to_ids("<|vision_start|>")
    read = rows.with_transform(names["typed"])
    for first in range(0, len(read), 16):
        examples = [{"images": row["images"], "messages": row["messages"]} for row in read.take(first + 16).skip(first)]
        tokens = collator(examples)["input_ids"]
        assert (tokens == start).sum(1).tolist() == [len(row["images"]) for row in examples]
        assert not any("<image>" in text for text in trainer.processing_class.tokenizer.batch_decode(tokens))
