"""How trainers read a corpus, as it stands in every card; a test runs the Python of it"""

TRAINERS = """\
```python
from datasets import load_dataset

corpus = load_dataset("FOLDER")  # images come decoded, messages as chat turns
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

**TRL** wants typed parts instead of marks:

```python
def parts(text):
    pieces = [[{"type": "image"}, {"type": "text", "text": piece}] for piece in text.split("<image>")]
    return [part for part in sum(pieces, [])[1:] if part.get("text") != ""]

corpus = corpus.map(lambda row: {"messages": [{**turn, "content": parts(turn["content"])} for turn in row["messages"]]})
```

**Sampling by weight** (reaches the target shares): give `corpus["train"]["weight"]` to `torch.utils.data.WeightedRandomSampler`.

**Other readers** need no more than Parquet: `pyarrow.parquet.read_table`, `polars.read_parquet`,
`duckdb.sql("select ... from 'FOLDER/*.parquet'")`.
Random rows are cheap: a row group is a few MB. Split again only by `group` and `clusters`, or copies of one image end on both sides.
"""
