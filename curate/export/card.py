"""what an export turned out to be -> its README.md: what lies here, under which terms, how its trainer reads it"""

from __future__ import annotations

import json
import re
from typing import Any

from curate.export.entries import SIGNS, Layout
from curate.export.index import Exported

TERMS = """\
Every sample keeps the terms of the source it comes from: `license` and `access` stand in it. [ATTRIBUTION.md](ATTRIBUTION.md) has the
licence and citation of every source; whoever passes this on passes these terms on. What the corpus holds, how it was balanced, what was
kept out of it and the limits of its use are in [CORPUS.md](CORPUS.md), its own card."""

WEBDATASET = """\
A sample is `KEY.json` and its pictures: `images` in the JSON names them, in their order. KEY is the beginning of the SHA-256 of the
id. Samples stand in the order of the hash of their ids: any run of tars is a fair sample.

```python
import io, json
import webdataset as wds
from PIL import Image

def sample(found):
    row = json.loads(found["json"])
    row["images"] = [Image.open(io.BytesIO(found[name])) for name in row["images"]]
    return row

samples = wds.WebDataset("FOLDER/PATTERN", shardshuffle=False).map(sample)
```
"""

LLAVA = """\
`SPLIT.json` is a list of samples as LLaVA has them: `image` (a name; a list where a sample shows several; no such key where it shows
none) and `conversations` of `human` and `gpt` with `<image>` in place. Several images want LLaVA-NeXT. What a system says stands before
the first question, and in `system`.

```sh
python llava/train/train_mem.py --data_path FOLDER/SPLIT.json --image_folder FOLDER ...
```
"""

SWIFT = """\
`SPLIT.jsonl` has a sample a line: `messages` and `images`, one `<image>` for each of them in place. Names of pictures begin here:

```sh
ROOT_IMAGE_DIR=FOLDER swift sft --dataset FOLDER/SPLIT.jsonl --model Qwen/Qwen2.5-VL-7B-Instruct
```
"""

LLAMAFACTORY = """\
`SPLIT.jsonl` has a sample a line: `messages` and `images`, one `<image>` for each of them in place; `dataset_info.json` names NAMES.

```sh
llamafactory-cli train ... --dataset_dir FOLDER --dataset NAME
```
"""

READ: dict[Layout, str] = {"webdataset": WEBDATASET, "llava": LLAVA, "swift": SWIFT, "llamafactory": LLAMAFACTORY}
TITLES: dict[Layout, str] = {"webdataset": "WebDataset", "llava": "LLaVA", "swift": "ms-swift", "llamafactory": "LLaMA-Factory"}
LINES = """\
A file begins with the first samples that show a picture, a label and so on, where these would come late: loaders take the types of all
samples from the first ones. All others stand in the order of the hash of their ids: any run of them is a fair sample."""


def readme(exported: Exported) -> bytes:
    splits = ", ".join(f"{rows:,} {split}" for split, rows in exported.splits.items())
    folder = f" in {exported.image_files.files:,} files" if exported.image_files else ""
    lines = [
        f"# {_plain(exported.title or exported.corpus)}, for {TITLES[exported.layout]}",
        "",
        f"{exported.rows:,} samples ({splits}) with {exported.images:,} images{folder}, exported from the corpus `{exported.corpus}` whose",
        f"`index.json` has the SHA-256 `{exported.index}`. `index.json` here holds the size and SHA-256 of every "
        + ("other file; a picture's is named by the first 32 digits of the SHA-256 of its bytes." if exported.image_files else "file."),
        "",
        "## How to read it",
        "",
        _read(exported),
        *([LINES, ""] if exported.layout != "webdataset" else []),
        "Every column of the corpus but the bytes of its pictures stands in each sample's JSON; `paths` are the names they had in it.",
        "",
        *_warnings(exported),
        "## Terms",
        "",
        TERMS,
        "",
    ]
    return "\n".join(lines).encode("utf-8", "replace")


def dataset_info(exported: Exported) -> bytes:
    """LLaMA-Factory's own list of data sets: one for each split."""
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"}
    of_split = {"formatting": "sharegpt", "columns": {"messages": "messages", "images": "images"}, "tags": tags}
    named: dict[str, Any] = {dataset_name(exported, file.split): {"file_name": file.name, **of_split} for file in exported.files}
    return (json.dumps(named, indent=2) + "\n").encode("ascii")


def dataset_name(exported: Exported, split: str) -> str:
    return f"{exported.corpus}_{split}"


def _read(exported: Exported) -> str:
    splits = list(exported.splits)
    named = [dataset_name(exported, split) for split in splits]
    first = next(iter(splits), "train")
    tars = [file.name for file in exported.files if file.split == first]
    words = {
        "PATTERN": pattern(tars),
        "SPLIT": first,
        "NAMES": ", ".join(f"`{name}`" for name in named),
        "NAME": named[0] if named else exported.corpus,
    }
    return re.sub("|".join(words), lambda word: words[word[0]], READ[exported.layout])


def pattern(names: list[str]) -> str:
    """All of 'train-00000-of-00003.tar' ... as webdataset spells them (braceexpand): 'train-{00000..00002}-of-00003.tar'."""
    if len(names) < 2:
        return names[0] if names else ""
    begin, _, rest = names[0].rpartition("00000-of-")
    return f"{begin}{{00000..{len(names) - 1:05d}}}-of-{rest}"


def _warnings(exported: Exported) -> list[str]:
    if not exported.signs:
        return []
    signs, title = ", ".join(f"`{sign}`" for sign in SIGNS[exported.layout]), TITLES[exported.layout]
    return [f"{exported.signs:,} samples hold one of {signs} in their text, which {title} takes for a medium of its own.", ""]


def _plain(text: str) -> str:
    """One line in which no Markdown begins."""
    shown = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", shown)
