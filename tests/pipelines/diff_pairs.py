"""a seed -> two finished OUTs that differ at random, and what a dictionary finds to be different in them"""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curate.digest import bucket_of, digest64
from curate.emit.columns import COLUMNS
from curate.listed import VERSION
from pipelines.tables import Room
from schemas.arrow import to_table
from schemas.attribute import Tagged
from schemas.verdict import Verdict
from tests.signed_index import signed

SHARD = pa.schema(COLUMNS)
SECRET = "a finding that nobody may tell"
FATES = (
    ("emit", "", ""), ("emit", "", ""), ("screen", "caption_too_short", "3 < 10"), ("screen", "caption_too_short", "4 < 10"),
    ("dedup", "duplicate_image", "bytes"), ("dedup", "duplicate_image", "phash 2"), ("dedup", "duplicate_text", "0.9"),
    ("shield", "shield_image", "vqa_rad: phash 0"), ("balance", "not_selected", "extra: over_target"), ("balance", "not_selected", ""),
)  # fmt: skip
MODALITIES = ("ct", "mri", "other")
RECIPE = {"id": "default", "limits": {"min_tokens": 10}, "corpora": [{"name": "medical", "balance": {"cap": 1.25}}]}


@dataclass
class Out:
    """One run as a dictionary holds it."""

    buckets: int
    verdicts: dict[str, Verdict]
    modalities: dict[str, str]
    corpora: dict[str, dict[str, dict[str, Any]]]  # name -> id -> row, its split beside it
    recipe: Mapping[str, Any] = field(default_factory=lambda: RECIPE)


def make_pair(seed: int, samples: int = 120) -> tuple[Out, Out]:
    """Ids of three sources, most of them in both runs; most of what is in both is alike."""
    chance = random.Random(seed)
    ids = [f"{source}/{number}" for source in ("alpha", "beta", "γάμμα") for number in range(samples // 3)]
    first = _run(chance, [id for id in ids if chance.random() < 0.9], ids)
    second = _run(chance, [id for id in ids if chance.random() < 0.9], ids)
    for id in sorted({*first.verdicts} & {*second.verdicts}):
        if chance.random() < 0.7:
            second.verdicts[id] = first.verdicts[id]
            for table in ("modalities", *second.corpora):
                mine, theirs = (getattr(run, table) if table == "modalities" else run.corpora[table] for run in (first, second))
                theirs.pop(id, None)
                if id in mine:
                    theirs[id] = mine[id]
    _change_places(chance, first, second)
    return first, second


def _change_places(chance: random.Random, first: Out, second: Out) -> None:
    """Pairs of copies of which the other stays now."""
    both = sorted({*first.verdicts} & {*second.verdicts})
    for loser, winner in zip(*[iter(chance.sample(both, 6))] * 2):
        for run, lost, stays in ((first, winner, loser), (second, loser, winner)):
            for id, fate in ((lost, ("dedup", "duplicate_text", "0.9", stays)), (stays, ("emit", "", "", ""))):
                run.verdicts[id] = _of(id, *fate)


def _run(chance: random.Random, ids: list[str], known: list[str]) -> Out:
    verdicts = {id: _verdict(chance, id, known) for id in ids}
    kept = [id for id in ids if verdicts[id].decision == "kept"]
    half = [id for id in kept if chance.random() < 0.5]
    return Out(
        buckets=chance.choice((1, 2, 8, 16)),
        verdicts=verdicts,
        modalities={id: chance.choice(MODALITIES) for id in ids if chance.random() < 0.8},
        corpora={name: {id: _row(chance, id) for id in some} for name, some in (("medical", kept), ("extra", half))},
    )


def _verdict(chance: random.Random, id: str, known: list[str]) -> Verdict:
    stage, reason, evidence = chance.choice(FATES)
    winner = chance.choice([other for other in known if other != id][::7]) if stage in ("dedup", "shield") else ""
    return _of(id, stage, reason, evidence, winner)


def _of(id: str, stage: str, reason: str, evidence: str, winner: str) -> Verdict:
    decision = "rejected" if reason else "kept"
    return Verdict(id=id, source=id.partition("/")[0], stage=stage, decision=decision, reason=reason, evidence=evidence, winner=winner)


def _row(chance: random.Random, id: str) -> dict[str, Any]:
    pictures = chance.choice((0, 1, 1, 2))
    turns = [("user", "<image>" * pictures), ("assistant", f"{SECRET} {chance.random() < 0.8}")]
    return {
        "id": id, "source": id.partition("/")[0], "task": "vqa", "domain": "medical", "language": "en",
        "images": [{"bytes": bytes([chance.choice((1, 2))]) * 40, "path": "1.jpg"} for _ in range(pictures)],
        "messages": [{"role": role, "content": text} for role, text in turns],
        "labels": [SECRET] * chance.choice((0, 0, 0, 1)), "modality": chance.choice(MODALITIES), "submodality": "", "figure_type": "",
        "modality_by": "declared", "modality_score": 1.0, "license": chance.choice(("CC0-1.0", f"{SECRET}: see the paper")),
        "access": "open", "group": SECRET, "clusters": [], "weight": chance.choice((1.0, 2.0)), "tokens": 12, "widths": [64] * pictures,
        "heights": [64] * pictures, "phashes": ["00000000000000ff"] * pictures, "split": chance.choice(("train", "train", "validation")),
    }  # fmt: skip


def write_out(out: Path, run: Out, *, shard_rows: int = 7) -> Path:
    """What diff reads of a finished run."""
    (out / "report").mkdir(parents=True)
    (out / "report" / "figures.json").write_text(json.dumps({"recipe": "default"}), encoding="utf-8")
    made = {"recipe": run.recipe, "limit": None, "versions": {"tag": 1}, "manifests": {"alpha": "a" * 64}, "sources": [], "program": "1"}
    told = {"version": 1, "buckets": run.buckets, "recipes": {"default": {"digest": "d", "resolved": {}, "made_by": made}}}
    (out / "run.json").write_text(json.dumps(told), encoding="utf-8")
    (out / "verdicts").mkdir()
    for bucket in range(run.buckets):
        rows = sorted((row for row in run.verdicts.values() if bucket_of(row.id, run.buckets) == bucket), key=lambda row: row.id)
        pq.write_table(to_table(rows, Verdict), out / "verdicts" / f"{bucket:03d}.parquet", row_group_size=4)
    room = Room(out=str(out), stage="tag", buckets=run.buckets, recipe="default")
    tagged = [Tagged(id=id, modality=modality, submodality="", figure_type="", by="", score=0.5) for id, modality in run.modalities.items()]
    parts = {f"part-{place}": tagged[place::2] for place in range(2)}
    room.commit("f", [room.sign(name, "f", room.write_rows("modalities", name, rows, Tagged)) for name, rows in parts.items()], 0.0)
    for name, corpus in run.corpora.items():
        write_corpus(out / "corpora" / name, corpus.values(), run.recipe, shard_rows=shard_rows)
    return out


def write_corpus(folder: Path, rows: Iterable[dict[str, Any]], recipe: Mapping[str, Any] = RECIPE, *, shard_rows: int = 7) -> Path:
    folder.mkdir(parents=True)
    of_split = defaultdict(list)
    for row in sorted(rows, key=lambda row: digest64(row["id"])):
        of_split[row["split"]].append(row)
    shards = []
    for split, found in of_split.items():
        pieces = [found[start : start + shard_rows] for start in range(0, len(found), shard_rows)]
        for number, piece in enumerate(pieces):
            path = folder / f"{split}-{number:05d}-of-{len(pieces):05d}.parquet"
            pq.write_table(pa.Table.from_pylist(piece, schema=SHARD), path, row_group_size=3)
            data = path.read_bytes()
            counts = {"rows": len(piece), "images": sum(len(row["images"]) for row in piece), "bytes": len(data)}
            shards.append({"name": path.name, "split": split, **counts, "sha256": hashlib.sha256(data).hexdigest()})
    totals = {name: sum(shard[name] for shard in shards) for name in ("rows", "images", "bytes")}
    index = {
        "version": VERSION, "corpus": folder.name, "title": "", **totals,
        "splits": {split: len(found) for split, found in of_split.items()},
        "shards": shards, "cards": [], "settings": {"tokenizer": "clip-bpe"}, "recipe": recipe,
    }  # fmt: skip
    (folder / "index.json").write_text(json.dumps(signed(index)), encoding="utf-8")
    return folder


Found = dict[tuple[str, str, str, str], list[str]]  # what, source, before, now -> ids


def expected_fates(before: Out, now: Out) -> tuple[Found, int]:
    """By dictionary: every sample that differs; and how many do not."""
    found, same = defaultdict(list), 0
    for id in sorted({*before.verdicts, *now.verdicts}):
        was, is_now = before.verdicts.get(id), now.verdicts.get(id)
        words = [_fate(verdict) if verdict else "" for verdict in (was, is_now)]
        what = _what(was, is_now, words)
        same += what == ""
        if what:
            found[(what, id.partition("/")[0], *words)].append(id)
    return found, same


def _what(was: Verdict | None, is_now: Verdict | None, words: list[str]) -> str:
    if was is None or is_now is None:
        return "came" if was is None else "went"
    match was.decision, is_now.decision:
        case "kept", "kept":
            return ""
        case "kept", _:
            return "now rejected"
        case _, "kept":
            return "now kept"
    if words[0] != words[1]:
        return "other reason"
    return "other winner" if was.winner != is_now.winner else "other evidence" if was.evidence != is_now.evidence else ""


def _fate(verdict: Verdict) -> str:
    if verdict.decision == "kept":
        return "kept"
    corpora = f" ({verdict.evidence})" if verdict.stage == "balance" and verdict.evidence else ""
    return f"{verdict.stage}: {verdict.reason}{corpora}"


def expected_survivors(before: Out, now: Out) -> Found:
    """Whose survivor is another one, and what became of the one that stayed, or stays."""
    found = defaultdict(list)
    changed = {
        id: (was, is_now)
        for id in sorted({*before.verdicts} & {*now.verdicts})
        for was, is_now in [(_survivor(before.verdicts[id]), _survivor(now.verdicts[id]))]
        if was and is_now and was != is_now
    }
    for id, (was, is_now) in changed.items():
        kind = "kept before, gives way now" if was == id else "gave way before, stays now" if is_now == id else "gives way to another"
        found[kind, id.partition("/")[0], "", _story(kind, id, was, is_now, changed, before, now)].append(id)
    return found


def _survivor(verdict: Verdict) -> str:
    return verdict.id if verdict.decision == "kept" else verdict.winner if verdict.stage == "dedup" else ""


def _story(kind: str, id: str, was: str, is_now: str, changed: Mapping[str, tuple[str, str]], before: Out, now: Out) -> str:
    def kept(run: Out, other: str) -> bool | None:
        return run.verdicts[other].decision == "kept" if other in run.verdicts else None

    gone, refused = kept(now, was) is None and kept(before, was) is not None, kept(before, was) and kept(now, was) is False
    new, taken = kept(before, is_now) is None and kept(now, is_now) is not None, kept(before, is_now) is False and kept(now, is_now)
    match kind:
        case "kept before, gives way now":
            if new:
                return "the one that stays is new"
            if changed.get(is_now) == (id, is_now):
                return "the two changed places"
            return "the one that stays was rejected before" if taken else "the one that stays was kept before too: they are copies now"
        case "gave way before, stays now":
            if gone:
                return "the one that stayed is gone"
            if changed.get(was) == (was, id):
                return "the two changed places"
            return "the one that stayed is rejected now" if refused else "the one that stayed is kept too: they are no copies now"
    if gone or refused:
        return "the one that stayed is gone" if gone else "the one that stayed is rejected now"
    return "the one that stays is new" if new else "the one that stays was rejected before" if taken else "both were kept before"


WORDS = ("split", "modality", "license")


def expected_rows(before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> tuple[Found, int]:
    """Every difference of a corpus; and how many rows are the same."""
    found, same = defaultdict(list), 0
    for id in sorted({*before, *now}):
        was, is_now, source = before.get(id), now.get(id), id.partition("/")[0]
        if was is None or is_now is None:
            found[("came", source, "", is_now["modality"]) if is_now else ("went", source, was["modality"], "")].append(id)
            continue
        same += was == is_now
        for name in was:
            if was[name] != is_now[name]:
                words = (_word(name, was), _word(name, is_now)) if name in WORDS else ("", "")
                found[({"messages": "text", "images": "image bytes"}.get(name, name), source, *words)].append(id)
    return found, same


def _word(name: str, row: dict[str, Any]) -> str:
    return "a term of its own" if SECRET in row[name] else row[name]


def expected_modalities(before: Out, now: Out) -> Found:
    found = defaultdict(list)
    for id in sorted({*before.modalities} & {*now.modalities}):
        was, is_now = before.modalities[id], now.modalities[id]
        if was != is_now:
            found["modality", id.partition("/")[0], was, is_now].append(id)
    return found


def told(changes: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, str, str], tuple[int, list[str]]]:
    """Of the JSON of a diff."""
    return {(each["what"], each["source"], each["before"], each["now"]): (each["count"], each["ids"]) for each in changes}


def counted(found: Found, ids: int) -> dict[tuple[str, str, str, str], tuple[int, list[str]]]:
    return {key: (len(of_key), of_key[:ids]) for key, of_key in found.items()}
