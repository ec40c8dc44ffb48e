"""one source, read whole: what comes out, in which order, and that nothing is lost"""

import gzip
import io
import json
import pickle
from pathlib import Path
from typing import Any

from curate.ingest.find import Listing, list_files
from curate.ingest.ingest import FileFault, TableCount, read_source
from schemas.image import ImageRef
from schemas.sample import Key, Sample, Turn
from schemas.verdict import Verdict
from tests.curate.ingest.reading import PLAIN, give, manifest, rejected, samples


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_a_source_gives_references_samples_rejections_and_counts_in_the_order_of_its_rows() -> None:
    source = manifest(
        {
            "task": "vqa", "image": "img/{image}", "keys": {"patient": "{patient}"}, "labels": ["{label}"], "split": "{part}",
            "modality": {"map": "m", "values": {"CT": "ct"}, "default": "unknown"},
        },
        published={"t": 5}, reliability=80,
    )  # fmt: skip
    row = {"id": 1, "image": "A.PNG", "q": " Is it? ", "a": True, "patient": "p1", "label": ["x", "y"], "part": "val", "m": "ct "}
    found = give(
        source,
        {
            "t.jsonl": lines(row, {**row, "id": 2, "m": "?", "patient": None, "part": ""}, {**row, "image": "b.png"}, "no object", row),
            "img/a.png": "12345",
        },
    )
    common: dict[str, Any] = {
        "source": "s", "table": "t", "task": "vqa", "domain": "medical", "language": "en", "images": ("s/img/a.png",),
        "turns": (Turn(role="user", text="<image>\nIs it?"), Turn(role="assistant", text="true")), "labels": ("x", "y"), "boxes": (),
        "license": "CC0-1.0", "commercial": "yes", "access": "open", "reliability": 80, "from_labels": False, "scope": "none",
    }  # fmt: skip

    def refused(id: str, reason: str, evidence: str) -> Verdict:
        return Verdict(id=id, source="s", stage="ingest", decision="rejected", reason=reason, evidence=evidence, winner="")

    assert found == [
        ImageRef(id="s/img/a.png", source="s", path="img/a.png", size=5),
        Sample(id="s/1", split="validation", modality="ct", keys=(Key(name="patient", value="p1"),), order=0, **common),
        Sample(id="s/2", split="", modality=None, keys=(), order=1, **common),
        refused("s/1~2", "duplicate_id", "table 't'"),
        refused("s/t.jsonl:3", "column_missing", "no column 'id' among 4"),
        refused("s/1~3", "duplicate_id", "table 't'"),
        FileFault(
            source="s", file="t.jsonl", reason="column_missing", found="no column 'id' among 4, in 1 of 5 rows, first in row 3",
            wanted="a filled cell, in column 'id'", table="t", row=3, rows=1, notice=True,
        ),
        FileFault(
            source="s", file="t.jsonl", reason="value_unlisted",
            found="words for the modality that are not listed, in 1 of 5 rows, first in row 1",
            wanted="one of the words that the manifest knows, in column 'm'; the rows are kept, with its default",
            table="t", row=1, rows=0, notice=True,
        ),
        TableCount(source="s", table="t", files=1, rows=5, inputs=5, kept=2, rejected=3, elsewhere=0, published=5, missing=()),
    ]


def test_a_row_that_gives_no_sample_says_why_without_what_it_holds() -> None:
    source = manifest({"task": "vqa", "image": "{image}", "split": "{part}", "empty": ["NULL"], "language": {"map": "lang"}})
    row = {"id": 0, "q": "Q?", "a": "secret", "image": "a.png", "part": "train", "lang": "en"}
    changes: list[dict[str, Any]] = [
        {"a": "null "}, {"q": ""}, {"a": {"deep": 1}}, {"image": "other.png"}, {"image": "../a.png"}, {"image": "/etc/passwd"},
        {"image": ""}, {"part": "evaluation"}, {"lang": "not a tag"}, {"id": "x" * 301}, {"id": "a\nb"}, {"id": None}, {"a": "\ud800"},
    ]  # fmt: skip
    text = "".join(json.dumps({**row, "id": number, **change}) + "\n" for number, change in enumerate(changes))
    found = give(source, {"t.jsonl": text, "a.png": ""})
    assert rejected(found) == [
        ("s/0", "text_missing", "column 'a' is empty"),
        ("s/1", "text_missing", "column 'q' is empty"),
        ("s/2", "column_type", "column 'a': text or number wanted, dict of 1 found"),
        ("s/3", "image_missing", "nothing at {image}"),
        ("s/4", "path_escapes", "an absolute path, or one that leaves the folder"),
        ("s/5", "path_escapes", "an absolute path, or one that leaves the folder"),
        ("s/6", "image_missing", "column 'image' is empty"),
        ("s/7", "split_unknown", "10 characters"),
        ("s/8", "language_unknown", "9 characters"),
        ("s/t.jsonl:9", "bad_id", "301 characters"),
        ("s/t.jsonl:10", "bad_id", "3 characters"),
        ("s/t.jsonl:11", "column_missing", "column 'id' is empty"),
        ("s/12", "bad_encoding", "2 turns, 0 labels"),
    ]
    assert samples(found) == []


def test_the_name_of_a_part_must_be_fit_for_an_id_too() -> None:
    explode = {"each": ["pairs"], "part": "{pairs.name}"}
    source = manifest({"explode": explode, "turns": [{"user": "Q?"}, {"assistant": "A."}]})
    names = ["x", "\ud800", "a\nb", "y" * 301]
    found = give(source, {"t.jsonl": json.dumps({"id": 1, "pairs": [{"name": name} for name in names]})})
    assert [sample.id for sample in samples(found)] == ["s/1#x"]
    assert rejected(found) == [
        ("s/t.jsonl:0", "bad_id", "3 characters"),
        ("s/t.jsonl:0~2", "bad_id", "5 characters"),
        ("s/t.jsonl:0~3", "bad_id", "303 characters"),
    ]


def test_lists_in_lists_without_end_are_no_text() -> None:
    def nested(depth: int) -> str:
        return f'{{"id": {depth}, "q": {"[" * depth}"Q?"{"]" * depth}, "a": "A."}}\n'

    found = give(manifest({}), {"t.jsonl": nested(16) + nested(17) + nested(600)})
    assert [(sample.id, sample.turns[0].text) for sample in samples(found)] == [("s/16", "Q?")]
    evidence = "column 'q': text or number wanted, lists nested more than 16 deep found"
    assert rejected(found) == [("s/17", "column_type", evidence), ("s/600", "column_type", evidence)]


def test_a_set_in_a_cell_comes_in_the_order_of_its_items() -> None:
    source = manifest({"columns": {"names": {"parse": "q"}}, "labels": ["{names}"]})
    words = [f"w{number}" for number in range(40)]
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "{" + ", ".join(map(repr, words)) + "}", "a": "A."})})
    assert [sample.labels for sample in samples(found)] == [tuple(sorted(words))]


def test_positions_and_sides_beyond_all_measure_cost_their_row_alone() -> None:
    framed = {"task": "vqa", "image": {"path": "a.npy", "frame": "{n}"}}
    rows = lines(*({"id": number, "n": text, "q": "Q?", "a": "A."} for number, text in enumerate(["9" * 9, "9" * 10, "9" * 5000])))
    assert rejected(give(manifest(framed), {"t.jsonl": rows, "a.npy": ""})) == [
        ("s/1", "frame_broken", "a position wanted, 10 characters found"),
        ("s/2", "frame_broken", "a position wanted, 5000 characters found"),
    ]
    picked = {"columns": {"z": {"pick": "q", "by": "a"}}, "labels": ["{z}"]}
    found = give(manifest(picked), {"t.jsonl": lines({"id": 1, "q": ["x"], "a": "9" * 5000})})
    assert [sample.labels for sample in samples(found)] == [()]
    boxed = {"task": "detection", "image": "a.png", "boxes": {"label": "x", "xywh": ["{q}"] * 4}}
    found = give(manifest(boxed), {"t.jsonl": lines({"id": 1, "q": "1e999", "a": "A."}, {"id": 2, "q": "nan", "a": "A."}), "a.png": ""})
    assert rejected(found) == [(f"s/{id}", "box_broken", "a side is without end, or no number") for id in (1, 2)]


def test_a_joined_row_without_a_fit_key_is_passed_over() -> None:
    join = {"files": ["j.jsonl"], "format": "jsonl", "on": {"id": "k"}, "take": {"a": "z"}}
    files = {"t.jsonl": lines({"id": 1, "q": "Q?"}), "j.jsonl": lines({"k": {"deep": 1}, "z": "No."}, {"k": 1, "z": "Yes."})}
    assert [sample.turns[1].text for sample in samples(give(manifest({"join": [join]}), files))] == ["Yes."]


def test_a_number_without_end_is_no_text() -> None:
    found = give(manifest({"files": ["t.pkl"], "format": "pickle"}), {"t.pkl": pickle.dumps([{"id": 1, "q": "Q?", "a": 1 << 20_000}])})
    assert rejected(found) == [("s/1", "column_type", "column 'a': text or number wanted, a number of 20001 bits found")]


def test_a_broken_line_bad_bytes_and_a_wrong_number_of_cells_cost_their_row_alone() -> None:
    source = manifest({}, {"name": "u", "files": ["u.csv"], "format": "table", "row": "u/{id}"})
    found = give(
        source,
        {
            "t.jsonl": b'{"id": 1, "q": "Q", "a": "A"}\n{"id": \n{"id": 2, "q": "\xff", "a": "A"}\n{"id": 3, "q": "Q", "a": "A"}\n',
            "u.csv": "id,q,a\n1,Q,A\n2,Q\n",
        },
    )
    assert [sample.id for sample in samples(found)] == ["s/1", "s/3", "s/u/1"]
    assert [sample.order for sample in samples(found)] == [0, 3, 4]
    assert rejected(found) == [
        ("s/t.jsonl:1", "row_broken", "no JSON at character 7 of 7"),
        ("s/t.jsonl:2", "bad_encoding", "bytes that are not utf-8, perhaps cp1252, 29 characters"),
        ("s/u.csv:1", "row_broken", "2 cells, 3 wanted"),
    ]


def test_a_broken_file_is_a_fault_and_the_others_are_read() -> None:
    source = manifest(
        {"files": ["*.jsonl"]}, {"name": "u", "files": ["u.csv"], "format": "table"}, {"name": "v", "files": ["v.json"], "format": "json"}
    )
    found = give(
        source,
        {
            "a.jsonl": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "b.jsonl": lines({"id": 1, "q": "Q", "a": "A"}),
            "u.csv": "id,Q,a\n1,Q,A\n",
            "v.json": '[{"id": 2, "q": "Q", "a": "A"}, {"id": 3, ',
        },
    )
    assert [item for item in found if isinstance(item, FileFault)] == [
        FileFault(
            source="s", file="a.jsonl", reason="lfs_pointer", found="a git-lfs pointer, not the data", wanted="the data: run git lfs pull",
            table="t",
        ),
        FileFault(
            source="s", file="u.csv", reason="column_missing", found="a header of 3 columns", wanted="column 'q' (nearest: 'Q')",
            table="u",
        ),
        FileFault(
            source="s", file="v.json", reason="json_broken", found="something else at character 32", wanted="a whole value", table="v"
        ),
    ]  # fmt: skip
    assert [sample.id for sample in samples(found)] == ["s/1", "s/2"]
    assert [(item.rows, item.inputs) for item in found if isinstance(item, TableCount)] == [(1, 1), (0, 0), (1, 1)]


def test_a_table_whose_files_are_missing_is_named_and_the_others_are_read() -> None:
    source = manifest({}, {"name": "u", "files": ["u/*.csv", "more.csv | most.csv"], "format": "table"}, published={"u": 9})
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"})})
    assert [item for item in found if isinstance(item, TableCount)] == [
        TableCount(source="s", table="t", files=1, rows=1, inputs=1, kept=1, rejected=0, elsewhere=0, published=0, missing=()),
        TableCount(
            source="s", table="u", files=0, rows=0, inputs=0, kept=0, rejected=0, elsewhere=0, published=9,
            missing=("u/*.csv", "more.csv | most.csv"),
        ),
    ]  # fmt: skip


def test_the_first_layout_that_holds_wins_and_none_is_a_fault_that_says_what_was_wanted() -> None:
    table = {**PLAIN, "files": ["*.jsonl"]}
    layouts = [
        {"name": "new", "if": ["n.jsonl", "x.jsonl | y.jsonl"], "tables": [{**table, "name": "new"}]},
        {"name": "old", "if": ["**/N.jsonl"], "tables": [{**table, "name": "old"}]},
    ]
    source = manifest({}, layouts=layouts)
    row = lines({"id": 1, "q": "Q", "a": "A"})
    assert [sample.table for sample in samples(give(source, {"n.jsonl": row, "y.jsonl": ""}))] == ["new"]
    assert [sample.table for sample in samples(give(source, {"n.jsonl": row}))] == ["old"]
    assert give(source, {"z.jsonl": row, "readme.md": ""}) == [
        FileFault(
            source="s", file="", reason="no_layout", found="2 files: readme.md, z.jsonl",
            wanted="n.jsonl and x.jsonl | y.jsonl (new); or **/N.jsonl (old)",
        )
    ]  # fmt: skip


def test_limit_counts_the_rows_of_each_table_over_its_files() -> None:
    source = manifest({"files": ["*.jsonl"]}, {"name": "u", "files": ["u.csv"], "format": "table"})
    rows = [lines({"id": f"{name}{number}", "q": "Q", "a": "A"}) for name in "ab" for number in range(3)]
    found = give(source, {"a.jsonl": "".join(rows[:3]), "b.jsonl": "".join(rows[3:]), "u.csv": "id,q,a\nu0,Q,A\n"}, limit=4)
    assert [sample.id for sample in samples(found)] == ["s/a0", "s/a1", "s/a2", "s/b0", "s/u0"]
    assert [(item.rows, item.inputs) for item in found if isinstance(item, TableCount)] == [(4, 4), (1, 1)]


def test_captures_of_a_path_are_columns_and_files_come_in_the_order_of_their_names() -> None:
    source = manifest({"files": ["{split}/{area}/*.jsonl"], "row": "{split}/{area}/{stem}/{row}", "split": "{split}"})
    row = lines({"q": "Q", "a": "A"})
    found = give(source, {"test/x/b.jsonl": row, "dev/y/a.x.jsonl": row})
    assert [(sample.id, sample.split) for sample in samples(found)] == [("s/dev/y/a/0", "validation"), ("s/test/x/b/0", "test")]


def test_a_class_folder_tree_needs_no_table_file() -> None:
    source = manifest(
        {
            "files": ["{split}/{label}/*.png | {split}/{label}/*.jpg"], "format": "folders", "task": "classification", "row": "{file}",
            "image": "{file}", "split": "{split}", "labels": ["{label}"],
            "turns": [{"user": {"prompt": "caption"}}, {"assistant": "{label}"}],
        }
    )  # fmt: skip
    found = give(source, {"train/no tumor/1 (2).png": "", "test/glioma/1.png": "", "train/note.txt": ""})
    assert [(sample.id, sample.split, sample.labels, sample.scope, sample.from_labels) for sample in samples(found)] == [
        ("s/test/glioma/1.png", "test", ("glioma",), "table", True),
        ("s/train/no tumor/1 (2).png", "train", ("no tumor",), "table", True),
    ]


def test_a_prompt_is_chosen_by_the_id_alone_in_the_language_of_the_row() -> None:
    source = manifest({"language": {"map": "lang"}, "turns": [{"user": {"prompt": "caption"}}, {"assistant": "{a}"}]})
    rows = [{"id": number, "a": "A", "lang": "zh-CN" if number == 3 else "en"} for number in range(5)]
    found = samples(give(source, {"t.jsonl": lines(*rows)}))
    assert [sample.turns[0].text for sample in found] == ["Describe.", "What is seen?", "What is seen?", "描述。", "What is seen?"]
    backwards = samples(give(source, {"t.jsonl": lines(*reversed(rows))}))
    assert {sample.id: sample.turns for sample in backwards} == {sample.id: sample.turns for sample in found}


def test_a_benchmark_row_is_kept_without_an_image_that_is_not_there() -> None:
    rules = {"others": "image", "reason": "r"}
    source = manifest({"task": "vqa", "image": "{image}", "keys": {"pic": "{image}"}}, kind="benchmark", rules=rules)
    found = samples(give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A", "image": "a.png"})}))
    assert [(sample.id, sample.images, sample.turns[0].text) for sample in found] == [("s@benchmark/1", (), "Q")]
    assert found[0].source == "s@benchmark"
    assert found[0].keys == (Key(name="pic", value="a.png"),)


def test_a_symlink_out_of_the_folder_is_refused_and_one_within_is_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(b"x")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.png").write_bytes(b"xy")
    (root / "in.png").symlink_to(root / "a.png")
    (root / "out.png").symlink_to(tmp_path / "outside.png")
    (root / "up").symlink_to(tmp_path)
    rows = [{"id": name, "q": "Q", "a": "A", "image": name} for name in ("in.png", "out.png", "up/outside.png")]
    (root / "t.jsonl").write_text(lines(*rows), encoding="utf-8")
    source = manifest({"task": "vqa", "image": "{image}"})
    found = list(read_source(source, list_files(root), lambda path: (root / path).open("rb"), limit=None))
    assert [sample.id for sample in samples(found)] == ["s/in.png"]
    assert rejected(found) == [
        ("s/out.png", "path_escapes", "a symlink that leaves the folder"),
        ("s/up/outside.png", "path_escapes", "a symlink that leaves the folder"),
    ]


def test_reading_twice_gives_the_same_and_gz_changes_nothing() -> None:
    source = manifest({"files": ["t.jsonl | t.jsonl.gz"]})
    text = lines(*({"id": number, "q": "Q", "a": "A"} for number in range(50)))
    plain = give(source, {"t.jsonl": text})
    assert give(source, {"t.jsonl": text}) == plain
    assert give(source, {"t.jsonl.gz": gzip.compress(text.encode())}) == plain


def test_files_whose_names_are_no_text_are_counted() -> None:
    listing = Listing({"t.jsonl": (0, 0)}, misnamed=2)
    row = lines({"id": 1, "q": "Q", "a": "A"}).encode()
    first, *_ = read_source(manifest({}), listing, lambda path: io.BytesIO(row), limit=None)
    assert first == FileFault(source="s", file="", reason="bad_name", found="2 names that are not", wanted="names in UTF-8")
