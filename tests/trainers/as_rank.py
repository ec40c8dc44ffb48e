"""One rank of two that run the README's lines: `python -m tests.trainers.as_rank CORPUS MODEL OUT` under torchrun -> OUT/rank-N.json"""

import json
import os
import sys
from pathlib import Path

import torch
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from tests.trainers.snippets import LOAD, TRL, paste

CORPUS, MODEL, OUT = map(Path, sys.argv[1:])
RANK = int(os.environ["RANK"])
seen: list[list[str]] = []
collate = DataCollatorForVisionLanguageModeling.torch_call


def watched(self, examples):
    seen.append([next(turn["content"][0]["text"] for turn in row["messages"] if turn["role"] == "assistant") for row in examples])
    return collate(self, examples)


DataCollatorForVisionLanguageModeling.torch_call = watched
torch.set_num_threads(1)
names = paste(LOAD, {}, folder=repr(str(CORPUS)))
own = {"model": repr(str(MODEL)), "training": f"Path({str(OUT / 'training')!r})"}
block = TRL.replace("max_steps=20, save_steps=10", "num_train_epochs=1")
paste(block, names, **own, cpu="SFTConfig(str(out), use_cpu=True, ")
weights = {name: weight.double().sum().item() for name, weight in names["trainer"].model.state_dict().items()}
(OUT / f"rank-{RANK}.json").write_text(json.dumps({"seen": seen, "weights": weights}))
