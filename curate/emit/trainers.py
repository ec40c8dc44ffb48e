"""How trainers read a corpus, as it stands in every card; the README carries the same Python, and tests run it"""

TRAINERS = r"""```python
import hashlib, json
from pathlib import Path
from datasets import load_dataset

def whole(folder):  # as a string, if its shards are those that its index names
    shards = json.loads((folder / "index.json").read_bytes())["shards"]
    wanted = {shard["name"]: (shard["bytes"], shard["sha256"]) for shard in shards}
    found = {path.name: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()) for path in folder.glob("*.parquet")}
    if wrong := sorted(name for name in wanted | found if wanted.get(name) != found.get(name)):
        raise SystemExit(f"{folder}: edited, cut short, missing, extra or of another run: {wrong}")
    return str(folder)

folder = Path("FOLDER")
corpus = load_dataset(whole(folder))  # images come decoded, messages as chat turns
```

Rows lie in an order by hash, so any part of it is a fair sample. Random rows are cheap: a row group is a few MB.

**TRL** wants typed parts where the marks stand:

```python
import re
from transformers.trainer_utils import get_last_checkpoint
from trl import SFTConfig, SFTTrainer

def typed(rows):  # "<image>\nWhat is shown?" -> [{"type": "image"}, {"type": "text", "text": "What is shown?"}]
    for turn in (turn for messages in rows["messages"] for turn in messages):
        pieces = re.split("(<image>)\n?", turn["content"])
        turn["content"] = [{"type": "image"} if piece == "<image>" else {"type": "text", "text": piece} for piece in pieces if piece]
    return rows

out = Path("training")
out.mkdir(exist_ok=True)
last = get_last_checkpoint(str(out))  # of a run that stopped; None at first
trainer = SFTTrainer(
    last or "Qwen/Qwen2.5-VL-3B-Instruct",  # `resume_from_checkpoint` alone loses the weights of models whose files name them otherwise
    args=SFTConfig(str(out), max_length=None, assistant_only_loss=True, max_steps=20, save_steps=10),
    train_dataset=corpus["train"].with_transform(typed),  # as rows are read; a map would write every image once more
)
trainer.train(resume_from_checkpoint=last)
```

`max_length=None`: cutting a sequence short may cut an image in two, and the model then stops. Text without images and rows of several
images may share a batch. The same lines again go on where a run stopped: no sample twice, none left out.

**Weights** reach the target shares; give `epoch` in the place of `corpus["train"]`, and another seed the next time:

```python
import numpy

weights, random = numpy.array(corpus["train"]["weight"][:]), numpy.random.default_rng(seed=0)
times = (weights + random.random(len(weights))).astype(int)  # a weight of 1.6: once or twice, 1.6 times in the mean
epoch = corpus["train"].select(numpy.repeat(numpy.arange(len(times)), times))
```

**Mixtures** of several corpora, where the recipe names them (`mixtures.json` beside their folders); the names in it are the recipe's:

```python
from datasets import interleave_datasets

mixture = json.loads((folder.parent / "mixtures.json").read_bytes())["mixtures"]["instruction"]
parts = [load_dataset(whole(folder.parent / part["corpus"]), split=mixture["split"]) for part in mixture["parts"]]
shares = [part["probability"] for part in mixture["parts"]]
epoch = interleave_datasets(parts, shares, seed=0, stopping_strategy="all_exhausted").take(mixture["rows"])
```

**Streaming** reads the shards where they lie and copies nothing. Each rank gets rows of its own, all of them together every row once
an epoch; for more than one worker a rank, `torchdata`'s `StatefulDataLoader` keeps the state of them all:

```python
import os
from datasets.distributed import split_dataset_by_node

rank, ranks = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
stream = load_dataset(whole(folder), split="train", streaming=True)
stream = split_dataset_by_node(stream, rank=rank, world_size=ranks).repeat(3)  # epochs
seen = Path(f"stream-{rank}.json")
if seen.exists():
    stream.load_state_dict(json.loads(seen.read_bytes()))  # goes on behind the last row
for row in stream:
    ...  # learn from it, then, as often as checkpoints are written:
    seen.write_text(json.dumps(stream.state_dict()))
```

**ms-swift** reads it as it is (`messages`, `images`, one `<image>` for each image):

```sh
swift sft --dataset FOLDER --model Qwen/Qwen2.5-VL-7B-Instruct
```

**LLaMA-Factory**: an entry in `data/dataset_info.json`, with the absolute path of this folder:

```json
{"medical": {"hf_hub_url": "FOLDER", "split": "train", "formatting": "sharegpt",
  "columns": {"messages": "messages", "images": "images"},
  "tags": {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"}}}
```

**Other readers** need no more than Parquet: `pyarrow.parquet.read_table`, `polars.read_parquet`,
`duckdb.sql("select ... from 'FOLDER/*.parquet'")`.
Split again only by `group` and `clusters`, or copies of one image end on both sides.
"""
