"""facts of a corpus -> index.json: the shards and cards it is made of, written last; no index, no corpus"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from curate.digest import digest_of_json
from curate.emit.facts import COUNTED, CorpusFacts
from curate.listed import VERSION

INDEX = "index.json"
CHECKSUMS = "SHA256SUMS"


def corpus_index(facts: CorpusFacts, cards: Mapping[str, bytes]) -> dict[str, Any]:
    """What index.json holds. Nothing in it depends on when or where the corpus was made. Its `digest` is of all the rest of it."""
    index = {
        "version": VERSION,
        "corpus": facts.name,
        "title": facts.title,
        "rows": facts.rows,
        "images": facts.images,
        "bytes": facts.bytes,
        "splits": facts.splits,
        "counts": {column: facts.counts(column) for column in COUNTED},
        "shards": [
            {
                "name": shard.name,
                "split": shard.split,
                "rows": shard.rows,
                "images": shard.images,
                "bytes": shard.bytes,
                "sha256": shard.sha256,
            }
            for shard in facts.shards
        ],
        "cards": [{"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in sorted(cards.items())],
        "settings": dict(facts.settings),
        "basis": facts.basis,
        "choices": dict(facts.choices),
        "mixtures": {name: dict(said) for name, said in facts.mixtures.items()},
        "recipe": facts.recipe,
    }
    return {**index, "digest": digest_of_json(index)}


def checksums(facts: CorpusFacts, cards: Mapping[str, bytes]) -> bytes:
    """The digests of all shards and cards as coreutils write and check them: `sha256sum --check SHA256SUMS`."""
    digests = {shard.name: shard.sha256 for shard in facts.shards}
    digests |= {name: hashlib.sha256(data).hexdigest() for name, data in cards.items()}
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()


def as_json(value: Any) -> bytes:
    """JSON whose bytes follow from the value. Lone surrogates, which file names may hold, are escaped."""
    return (json.dumps(value, indent=2, ensure_ascii=not _is_text(value)) + "\n").encode()


def _is_text(value: Any) -> bool:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") == json.dumps(value, ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
