"""verify on corpora whose index vouches for what was done to them: what can be counted is believed, not what is said"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from curate.digest import digest64
from curate.emit.columns import SHARD
from curate.emit.facts import COUNTED
from curate.listed import VERSION
from tests.curate.verify.signed_corpus import Row, T, V, damages, edit_index, in_order, row, shards_of, vouch, write_corpus

Shards = dict[str, list[Row]]


def forged(folder: Path, edit: Callable[[Shards], Any], schema: pa.Schema = SHARD) -> list[tuple[str, str]]:
    """What is said of a corpus whose rows were edited, and all of whose digests and counts were then made anew."""
    shards = shards_of()
    edit(shards)
    write_corpus(folder, shards, schema=schema)
    return damages(folder)


ROWS: list[tuple[Callable[[Shards], Any], list[tuple[str, str]]]] = [
    (lambda s: s[T[1]].reverse(), [(T[1], "row 1: not in the order of the corpus, by the digests of ids")]),
    (lambda s: s[T[1]].insert(1, s[T[1]][0]), [(T[1], "row 1: the id of the row before it once more")]),
    (lambda s: s[T[1]].append(s[T[1]][-1]), [(T[1], "row 3: the id of the row before it once more")]),
    (lambda s: s.update({T[0]: s[T[1]], T[1]: s[T[0]]}),
     [(T[1], "does not follow the shard before it: out of order, or its samples are there too")]),
    (lambda s: s.update({T[1]: s[T[0]]}), [(T[1], "does not follow the shard before it: out of order, or its samples are there too")]),
    (lambda s: s[T[2]].insert(0, s[T[1]][-1]),
     [(T[2], "does not follow the shard before it: out of order, or its samples are there too")]),
    (lambda s: s[T[1]][2].update(source="roko"), [(T[1], "row 2: its id is not of its source")]),
    (lambda s: s[T[1]][0].update(widths=[8, 8]), [(T[1], "row 0: 1 images, but 2 widths")]),
    (lambda s: s[T[1]][0].update(heights=[]), [(T[1], "row 0: 1 images, but 0 heights")]),
    (lambda s: s[T[1]][0].update(phashes=[]), [(T[1], "row 0: 1 images, but 0 phashes")]),
    (lambda s: s[T[1]][1].update(images=[]), [(T[1], "row 1: 0 images, but 1 widths")]),
    (lambda s: s[T[1]][1]["messages"][1].update(content="<image>"), [(T[1], "row 1: 1 images, but 2 marks in its messages")]),
    (lambda s: s[T[1]][1].update(messages=[]), [(T[1], "row 1: 1 images, but 0 marks in its messages")]),
    (lambda s: s[T[1]][1].update(group=None), [(T[1], "row 1: no value in column 'group'")]),
    (lambda s: s.update({V: in_order([*s[V], s[T[0]][0]])}), [(T[0], "1 of its samples are in another split too")]),
    (lambda s: (s[V][0].update(group="p7"), s[T[2]][0].update(group="p7")),
     [(T[2], "1 of its groups or clusters of copies are in another split too")]),
    (lambda s: (s[V][0].update(clusters=["image:a", "text:b"]), s[T[2]][0].update(clusters=["image:a", "text:b"])),
     [(T[2], "1 of its groups or clusters of copies are in another split too")]),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "wanted"), ROWS)
def test_rows_that_emit_never_writes_are_noticed_though_every_digest_fits(
    tmp_path: Path, edit: Callable[[Shards], Any], wanted: list[tuple[str, str]]
) -> None:
    assert forged(tmp_path, edit) == wanted


def test_equal_texts_under_images_may_be_in_both_splits_and_without_images_not(tmp_path: Path) -> None:
    def tie(shards: Shards, modality: str) -> None:
        for name in (V, T[0]):
            shards[name][0].update(clusters=["text:a"], modality=modality)

    assert forged(tmp_path / "images", lambda shards: tie(shards, "ct")) == []
    assert forged(tmp_path / "texts", lambda shards: tie(shards, "text")) == [
        (T[0], "1 of its groups or clusters of copies are in another split too")
    ]


def test_equal_digests_are_ordered_by_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from curate.verify import rows

    order = rows._Order()
    monkeypatch.setattr(rows, "digests64", lambda ids: np.full(len(ids), 7, np.uint64))
    order.follow(["a", "b", "c"], 0)
    order.follow(["d"], 3)
    for ids, what in ((["d"], "row 4: the id of the row before it once more"), (["c"], "row 4: not in the order of the corpus")):
        with pytest.raises(ValueError, match=what):
            order.follow(ids, 4)


FEATURES = "the features in its metadata are not those of a shard: `datasets` would decode it otherwise"
COLUMNS: list[tuple[Callable[[pa.Schema], pa.Schema], str]] = [
    (lambda schema: schema.remove(schema.get_field_index("weight")), "column 'weight' is missing"),
    (lambda schema: schema.set(schema.get_field_index("tokens"), pa.field("tokens", pa.int32())),
     "column 'tokens' is of another kind, int64 wanted"),
    (lambda schema: schema.set(schema.get_field_index("labels"), pa.field("labels", pa.large_list(pa.string()))),
     "column 'labels' is of another kind, list<string> wanted"),
    (lambda schema: schema.append(pa.field("a patient's name", pa.string())), "1 columns more than a shard has"),
    (lambda schema: pa.schema([schema.field(1), schema.field(0), *list(schema)[2:]], schema.metadata),
     "its columns stand in another order"),
    (lambda schema: schema.remove_metadata(),
     FEATURES),
    (lambda schema: schema.with_metadata({"huggingface": schema.metadata[b"huggingface"].replace(b'"Image"', b'"Audio"')}),
     FEATURES),
    (lambda schema: schema.with_metadata({"huggingface": b"{" * 100_000}),
     FEATURES),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "what"), COLUMNS)
def test_columns_of_another_kind_are_noticed_by_the_footer_alone(
    tmp_path: Path, edit: Callable[[pa.Schema], pa.Schema], what: str
) -> None:
    assert forged(tmp_path, lambda shards: None, edit(SHARD)) == [(name, what) for name in (*T, V)]
    assert damages(tmp_path, quick=True) == [(name, what) for name in (*T, V)]


def of_shard(index: dict[str, Any], name: str) -> dict[str, Any]:
    return next(shard for shard in index["shards"] if shard["name"] == name)


OTHER_FILES = "its configs load other files than the shards of the index"
OLDER = "an older version of this program made it: 'corpus' with this one makes it anew"
UNNAMED = "are not named in it with the samples that the index counts"
RECOUNTED = "2 of its words are counted otherwise in the shards"
INDEX: list[tuple[Callable[[dict[str, Any]], Any], list[tuple[str, str]]]] = [
    (lambda i: i.update(rows=12),
     [("index.json", "rows: 12 in all, 11 in its shards"), *(("index.json", f"counts.{c}: 11 rows counted, 12 in all") for c in COUNTED)]),
    (lambda i: i["counts"].update(license={"CC0-1.0": 11}),
     [("index.json", f"counts.license: {RECOUNTED}"), ("croissant.json", "its licences are not those that the index counts")]),
    (lambda i: i.update(images=12), [("index.json", "images: 12 in all, 11 in its shards")]),
    (lambda i: i["splits"].update(train=8), [("index.json", "splits: not the rows of its shards"),
                                             ("README.md", "its dataset_info counts other rows than the index")]),
    (lambda i: i["counts"].update(modality={"ct": 11}), [("index.json", f"counts.modality: {RECOUNTED}")]),
    (lambda i: i["counts"]["source"].update(slake=5, roco=6),
     [("index.json", f"counts.source: {RECOUNTED}"), ("ATTRIBUTION.md", f"2 of 2 sources {UNNAMED}")]),
    (lambda i: (of_shard(i, T[0]).update(images=4), of_shard(i, T[1]).update(images=2)),
     [(T[0], "3 images found, 4 wanted"), (T[1], "3 images found, 2 wanted")]),
    (lambda i: (of_shard(i, T[0]).update(rows=4), of_shard(i, T[1]).update(rows=2)),
     [(T[0], "3 rows found, 4 wanted"), (T[1], "3 rows found, 2 wanted")]),
    (lambda i: of_shard(i, T[2]).update(split="other"),
     [("index.json", "shard 2 by name: no name of a shard of its split"), ("index.json", "splits: not the rows of its shards"),
      *(("index.json", f"{name}: 2 shards of its split are named") for name in T[:2]),
      ("README.md", OTHER_FILES), ("croissant.json", "its file sets are not the splits of the index")]),
    (lambda i: i.update(corpus="other"), [("croissant.json", "its name is not the corpus's in the index")]),
    (lambda i: (i.update(version=1, rows=12), i.pop("counts")),  # of one that is read otherwise nothing more is told
     [("index.json", f"version 1 found, {VERSION} wanted: {OLDER}")]),
    (lambda i: i.update(version=VERSION + 1), [("index.json", f"version {VERSION + 1} found, {VERSION} wanted: a newer one made it")]),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "wanted"), INDEX)
def test_an_index_that_says_other_sums_is_noticed(
    tmp_path: Path, edit: Callable[[dict[str, Any]], Any], wanted: list[tuple[str, str]]
) -> None:
    write_corpus(tmp_path, shards_of())
    edit_index(tmp_path, edit)
    assert damages(tmp_path) == sorted(wanted)


def drop(index: dict[str, Any], name: str) -> None:
    """A shard is taken out of the index, and out of all its sums."""
    gone = of_shard(index, name)
    index["shards"].remove(gone)
    for key in ("rows", "images", "bytes"):
        index[key] -= gone[key]
    index["splits"][gone["split"]] -= gone["rows"]


def test_a_shard_that_is_taken_away_with_its_line_of_the_index_is_missed(tmp_path: Path) -> None:
    write_corpus(tmp_path, shards_of())
    edit_index(tmp_path, lambda index: drop(index, T[1]))
    (tmp_path / T[1]).unlink()
    told = dict(damages(tmp_path))
    assert set(told) == {"README.md", "SHA256SUMS", "croissant.json", "index.json"}
    faults = [what for name, what in damages(tmp_path) if name == "index.json" and not what.startswith("counts.")]
    assert faults == [
        "the shards of split 'train' are not numbered from 0 on, each once",
        f"{T[0]}: 2 shards of its split are named",
        f"{T[2]}: 2 shards of its split are named",
    ]


@pytest.mark.parametrize("text", ["", "# Attribution\n", "- Source: `slake`, 11 samples\n- Source: `roco`, 11 samples\n"])
def test_an_attribution_that_leaves_out_a_source_is_noticed(tmp_path: Path, text: str) -> None:
    write_corpus(tmp_path, shards_of())
    (tmp_path / "ATTRIBUTION.md").write_text(text)
    vouch(tmp_path, "ATTRIBUTION.md")
    assert damages(tmp_path, quick=True)[0] == ("ATTRIBUTION.md", f"2 of 2 sources {UNNAMED}")


CELLS: list[tuple[dict[str, Any], str]] = [
    ({"weight": math.nan}, "its weight is no number from 0 on"),
    ({"weight": math.inf}, "its weight is no number from 0 on"),
    ({"weight": -1.0}, "its weight is no number from 0 on"),
    ({"modality_score": math.nan}, "its modality_score is no number from 0 to 1"),
    ({"modality_score": 7.0}, "its modality_score is no number from 0 to 1"),
    ({"tokens": -1}, "its tokens are below 0"),
    ({"widths": [-1]}, "its widths are not all above 0"),
    ({"heights": [None]}, "its heights are not all above 0"),
    ({"phashes": ["zz"]}, "its phashes are not 16 hexadecimal digits each"),
    ({"images": [{"bytes": b"", "path": "../../x.png"}]}, "the path of an image is no name of a file"),
    ({"images": [{"bytes": b"", "path": "/etc/passwd"}]}, "the path of an image is no name of a file"),
    ({"images": [{"bytes": b"", "path": None}]}, "the path of an image is no name of a file"),
    ({"messages": [{"role": "tool", "content": "<image>"}]}, "a message is of none of the roles system, user, assistant"),
    ({"messages": [{"role": None, "content": "<image>"}]}, "a message is of none of the roles system, user, assistant"),
    ({"messages": [{"role": "user", "content": "<image>"}, {"role": "assistant", "content": " "}]}, "a message without a word"),
    ({"messages": [{"role": "user", "content": "<image>"}, {"role": "assistant", "content": None}]}, "a message without a word"),
    ({"images": [], "widths": [], "heights": [], "phashes": [], "messages": []}, "it has no messages"),
]


@pytest.mark.parametrize(("cells", "what"), CELLS)
def test_cells_that_break_a_trainer_are_told_with_their_row(tmp_path: Path, cells: dict[str, Any], what: str) -> None:
    assert forged(tmp_path, lambda shards: shards[T[1]][1].update(cells)) == [(T[1], f"row 1: {what}")]


def edit_json(path: Path, edit: Callable[[Any], Any]) -> None:
    value = json.loads(path.read_text())
    edit(value)
    path.write_text(json.dumps(value))


def file_of(croissant: Any, name: str) -> Any:
    return next(part for part in croissant["distribution"] if part["@id"] == name)


CROISSANT: list[tuple[Callable[[Any], Any], str]] = [
    (lambda c: file_of(c, T[0]).update(sha256="0" * 64), f"{T[0]}: its sha256 is not what the index says"),
    (lambda c: file_of(c, T[0]).update(contentSize="1 B"), f"{T[0]}: its contentSize is not what the index says"),
    (lambda c: file_of(c, T[0]).update(contentUrl="https://else.where/a.parquet"), f"{T[0]}: its contentUrl is not what the index says"),
    (lambda c: c["distribution"].remove(file_of(c, T[0])), f"{T[0]}: not named"),
    (lambda c: c["distribution"].append({"@type": "cr:FileObject", "@id": "a", "contentUrl": "a"}),
     "1 files named that the index does not name"),
    (lambda c: c["distribution"].append({"@type": "cr:FileObject", "@id": "README.md", "contentUrl": "https://else.where/README.md"}),
     "1 files named that the index does not name"),
    (lambda c: c["distribution"].append(file_of(c, T[0])), "two of its files have one @id"),
    (lambda c: file_of(c, "train-shards").update(includes="*.parquet"), "its file sets are not the splits of the index"),
    (lambda c: file_of(c, "train-shards").update(includes="../*/train-*"), "its file sets are not the splits of the index"),
    (lambda c: c["distribution"].clear(), f"{T[0]}: not named"),
    (lambda c: c["distribution"].extend(20_000 * [{"@type": "cr:FileSet", "includes": "*"}]),
     "its file sets are not the splits of the index"),
    (lambda c: c.update(license=["CC0-1.0"]), "its licences are not those that the index counts"),
    (lambda c: c.update(distribution=3), "no Croissant: an object with its distribution wanted"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "what"), CROISSANT)
def test_croissant_that_speaks_of_other_files_is_noticed(tmp_path: Path, edit: Callable[[Any], Any], what: str) -> None:
    write_corpus(tmp_path, shards_of())
    edit_json(tmp_path / "croissant.json", edit)
    vouch(tmp_path, "croissant.json")
    found = damages(tmp_path)
    assert ("croissant.json", what) in found
    assert {name for name, _ in found} == {"croissant.json", "SHA256SUMS"}


# names for lists of lists: a few lines that are a billion words once somebody writes them out
LAUGHS = f"[&a [{'x,' * 9}], {', '.join(f'&{b} [' + f'*{a},' * 9 + ']' for a, b in zip('abcdefgh', 'bcdefghi', strict=True))}]"
README = [
    ("path: train-*-of-00003.parquet", "path: ../train-*.parquet", OTHER_FILES),
    ("path: train-*-of-00003.parquet", "path: https://else.where/*.parquet", OTHER_FILES),
    ("path: train-*-of-00003.parquet", "path: train-0000[01]-of-00003.parquet", OTHER_FILES),
    ("path: train-*-of-00003.parquet", "path: train-00001-of-00003.parquet", OTHER_FILES),
    ("path: train-*-of-00003.parquet", "path: ['train-*', 'validation-*']", OTHER_FILES),
    ("path: train-*-of-00003.parquet", "path: ['train-*-of-00003.parquet', '../*.parquet']", OTHER_FILES),
    ("path: train-*-of-00003.parquet", "path: ['train-*-of-00003.parquet', 'hf://datasets/else/where/*.parquet']", OTHER_FILES),
    ("path: train-*-of-00003.parquet", "path: ['train-*-of-00003.parquet', 7]", OTHER_FILES),
    ("path: train-*-of-00003.parquet", "path: more-*\n  - split: train\n    path: train-*-of-00003.parquet", OTHER_FILES),
    ("- split: validation\n", "- split: test\n", OTHER_FILES),
    ("path: train-*-of-00003.parquet", f"path: [{'train-*, ' * 9}]", OTHER_FILES),
    ("- split: validation\n", f"- split: {LAUGHS}\n", "no front matter between two lines of '---' that is YAML"),
    ("pretty_name:", f"more: {'x' * 70_000}\npretty_name:", "no front matter between two lines of '---' that is YAML"),
    ("- config_name: default\n", "- config_name: default\n  data_dir: data\n", "its configs say more than which files are of which split"),
    ("configs:\n", "configs:\n- config_name: z\n", "its configs are not the one with data_files that a corpus has"),
    ("num_examples: 9", "num_examples: 8", "its dataset_info counts other rows than the index"),
    ("dataset_info:\n", "dataset_info:\n  features: []\n", "its dataset_info says more than how many rows and bytes there are"),
    ("dataset_info:\n", "dataset_info: []\nother:\n", "its dataset_info names no splits"),
    ("---\n", "", "no front matter between two lines of '---' that is YAML"),
    ("pretty_name:", "pretty_name: [", "no front matter between two lines of '---' that is YAML"),
]


@pytest.mark.parametrize(("before", "after", "what"), README)
def test_a_card_that_loads_other_files_is_noticed(tmp_path: Path, before: str, after: str, what: str) -> None:
    write_corpus(tmp_path, shards_of())
    text = (tmp_path / "README.md").read_text()
    assert before in text
    (tmp_path / "README.md").write_text(text.replace(before, after))
    vouch(tmp_path, "README.md")
    sums = ("SHA256SUMS", "its lines are not the files of the index and their digests")
    assert damages(tmp_path, quick=True) == [("README.md", what), sums]


def test_whoever_writes_everything_anew_makes_another_whole_corpus(tmp_path: Path) -> None:
    """What no copy can tell by itself, and why the SHA-256 of index.json is told: see `verify --sha256`."""
    answer = {"messages": [{"role": "user", "content": "<image>?"}, {"role": "assistant", "content": "Another answer."}]}
    assert forged(tmp_path / "text", lambda shards: shards[T[1]][1].update(answer)) == []
    assert forged(tmp_path / "less", lambda shards: shards[T[1]].pop()) == []
    added = row("slake/extra")
    inside = next(name for name in T if digest64(shards_of()[name][-1]["id"]) > digest64(added["id"]))
    assert forged(tmp_path / "more", lambda shards: shards.update({inside: in_order([*shards[inside], added])})) == []
