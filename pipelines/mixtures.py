"""rows of each corpus, mixtures of the recipe -> OUT/corpora/mixtures.json: with which chance to draw from each corpus"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from curate.balance.mixtures import Mixed, mix
from curate.balance.splits import TRAIN
from curate.emit.index import INDEX, as_json
from pipelines.place import place
from pipelines.run import Run
from pipelines.tables import Receipt, digest_of_file, read_json, write_bytes

VERSION = 1
MIXTURES = "mixtures.json"


def mixed(run: Run, receipts: Iterable[Receipt]) -> tuple[Mixed, ...]:
    """The recipe's mixtures of what the shards' receipts say was written."""
    rows: Counter[str] = Counter()
    for receipt in receipts:
        if receipt.counts["split"] == TRAIN:
            rows[receipt.counts["corpus"]] += sum(entry.rows for entry in receipt.files)
    return tuple(mix(mixture, rows) for mixture in run.recipe.mixtures)


def told_in(corpus: str, mixtures: Sequence[Mixed]) -> dict[str, dict[str, float]]:
    """Mixture -> what its index says of `corpus` in it."""
    return {
        mixture.name: {"share": part.share, "probability": part.probability, "repeat": part.repeat, "rows": mixture.rows}
        for mixture in mixtures
        for part in mixture.parts
        if part.corpus == corpus
    }


def publish_mixtures(run: Run, mixtures: Sequence[Mixed]) -> None:
    """Written when every index it names is. Mixtures of other recipes stay while the corpora they name are the same."""
    others = {name: said for name, said in _found(run.out).items() if said["recipe"] != run.recipe.id and _holds(run.out, said)}
    _write(run.out, {**others, **{mixture.name: _said(run, mixture) for mixture in mixtures}})


def withdraw_mixtures(run: Run) -> None:
    """Before shards are written: the recipe's mixtures go, and those of others that name a corpus of its."""
    taken = {corpus.name for corpus in run.recipe.corpora}
    found = _found(run.out)
    stay = {
        name: said
        for name, said in found.items()
        if said["recipe"] != run.recipe.id and not taken & {part["corpus"] for part in said["parts"]}
    }
    if stay != found:
        _write(run.out, stay)


def mixtures_stand(run: Run) -> bool:
    """Whether the file tells of every mixture of the recipe, of none that it has no more, and of the corpora as they are."""
    own = {name: said for name, said in _found(run.out).items() if said["recipe"] == run.recipe.id}
    return set(own) == {mixture.name for mixture in run.recipe.mixtures} and all(_holds(run.out, said) for said in own.values())


def _said(run: Run, mixture: Mixed) -> dict[str, Any]:
    parts = [{**dataclasses.asdict(part), "index": _digest(run.out, part.corpus)} for part in mixture.parts]
    return {
        "title": mixture.title, "recipe": run.recipe.id, "split": TRAIN, "rows": mixture.rows, "max_repeat": mixture.max_repeat,
        "parts": parts, "absent": [{"corpus": name, "share": share} for name, share in mixture.absent.items()],
    }  # fmt: skip


def _holds(out: str, said: Mapping[str, Any]) -> bool:
    return all(_digest(out, part["corpus"]) == part["index"] for part in said["parts"])


def _digest(out: str, corpus: str) -> str:
    return digest_of_file(place(out, "corpora", corpus, INDEX))


def _found(out: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = read_json(place(out, "corpora", MIXTURES))
    except FileNotFoundError:
        return {}
    return {name: said for name, said in found["mixtures"].items() if _is_ours(said)} if found.get("version") == VERSION else {}


def _is_ours(said: Mapping[str, Any]) -> bool:
    """Whether a mixture has what is asked of it here: a file that someone has edited is written again, whatever it says."""
    return {"recipe", "parts"} <= set(said) and all({"corpus", "index"} <= set(part) for part in said["parts"])


def _write(out: str, mixtures: Mapping[str, Any]) -> None:
    path = place(out, "corpora", MIXTURES)
    if mixtures:
        write_bytes(out, path, as_json({"version": VERSION, "mixtures": {name: mixtures[name] for name in sorted(mixtures)}}))
    else:
        path.unlink(missing_ok=True)
