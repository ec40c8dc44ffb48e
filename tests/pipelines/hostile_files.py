"""a folder -> tables, documents, pickles that cannot be read or not to their end, with the rows and faults they must give"""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

from tests.pipelines.hostile_rows import KEPT, SECRET, Fate, lost, write_rows

MANIFESTS = {
    "hostile_rows": """\
id: hostile_rows
title: Generated captions with everything wrong
license: CC0-1.0
commercial: yes
layouts:
  - name: lines
    if: [rows.jsonl]
    tables:
      - name: rows
        files: [rows.jsonl]
        format: jsonl
        task: caption
        row: "{n}"
        image: "images/{image}"
        turns: [{user: "What is shown?"}, {assistant: "{caption}"}]
""",
    "hostile_tables": """\
id: hostile_tables
title: Generated tables, most of them broken
license: CC0-1.0
commercial: yes
layouts:
  - name: tables
    if: ["*.csv"]
    tables:
      - &csv
        name: csv
        files: ["*.csv"]
        format: table
        task: qa
        row: "{n}"
        turns: [{user: "{question}"}, {assistant: "{answer}"}]
      - {<<: *csv, name: gz, files: ["*.csv.gz"]}
""",
    "hostile_documents": """\
id: hostile_documents
title: Generated documents, most of them broken
license: CC0-1.0
commercial: yes
layouts:
  - name: documents
    if: ["*.xml"]
    tables:
      - &one
        name: xml
        files: ["*.xml"]
        format: xml
        options: {columns: {q: q, a: a}}
        task: qa
        row: "{@file}:{@row}"
        turns: [{user: "{q}"}, {assistant: "{a}"}]
      - {<<: *one, name: pickle, files: ["*.pkl"], format: pickle, options: {}}
      - {<<: *one, name: json, files: ["*.json"], format: json, options: {}}
""",
    "hostile_empty": """\
id: hostile_empty
title: A folder with nothing in it
license: CC0-1.0
commercial: yes
layouts:
  - name: lines
    if: [rows.jsonl]
    tables:
      - {name: rows, files: [rows.jsonl], format: jsonl, task: qa, turns: [{user: "{q}"}, {assistant: "{a}"}]}
""",
}

FAULTS = {  # source, file -> reason
    ("hostile_rows", ""): "bad_name",
    ("hostile_tables", "c_renamed.csv"): "column_missing",
    ("hostile_tables", "d_open.csv"): "quote_open",
    ("hostile_tables", "e_empty.csv"): "empty_file",
    ("hostile_tables", "f_lfs.csv"): "lfs_pointer",
    ("hostile_tables", "g_cut.csv.gz"): "unreadable",
    ("hostile_documents", "bomb.xml"): "xml_refused",
    ("hostile_documents", "outside.xml"): "xml_refused",
    ("hostile_documents", "cut.xml"): "xml_broken",
    ("hostile_documents", "shell.pkl"): "pickle_refused",
    ("hostile_documents", "cut.pkl"): "pickle_broken",
    ("hostile_documents", "deep.json"): "json_broken",
    ("hostile_documents", "empty.json"): "empty_file",
    ("hostile_documents", "cut.json"): "json_broken",
    ("hostile_documents", "object.json"): "shape_differs",
    ("hostile_empty", ""): "no_layout",
}


def write_hostile(folder: Path) -> dict[str, Fate]:
    """DIR/data and DIR/manifests; gives the fate of every row by its id."""
    data = folder / "data"
    (data / "hostile_empty").mkdir(parents=True)
    (folder / "manifests").mkdir()
    for id, text in MANIFESTS.items():
        (folder / "manifests" / f"{id}.yaml").write_text(text, encoding="utf-8")
    fates = {**write_rows(data), **_tables(data / "hostile_tables"), **_documents(data / "hostile_documents")}
    Path(os.fsdecode(os.fsencode(data) + b"/hostile_rows/images/\xff.png")).touch()  # a name that is no UTF-8
    return fates


def _tables(folder: Path) -> dict[str, Fate]:
    folder.mkdir()
    odd = [
        "n,question,answer",
        "b1,What of the first?,Yes",
        "b2,only two",
        "b3,too,many,cells,here",
        f'b4,"{SECRET * 5_000_000}",Yes',  # 50 MB in a cell
        "b5,What of \0 the fifth?,Yes",
        f'b6,"line one\nline two {SECRET}?",Yes',
    ]
    texts = {
        "a_bom.csv": f"\ufeffn,question,answer\r\na1,What is {SECRET} one?,An answer\r\na2,What is two?,{SECRET}\r\n",
        "b_odd.csv": "\n".join(odd) + "\n",
        "c_renamed.csv": f"n,qestion,answer\nc1,{SECRET}?,Yes\n",
        "d_open.csv": f'n,question,answer\nd1,What of it?,Yes\nd2,"{SECRET} and so on\nd3,What?,No\n',
        "e_empty.csv": "",
        "f_lfs.csv": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    (folder / "g_cut.csv.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\x01" * 30)
    broken = {f"hostile_tables/b_odd.csv:{row}": lost("row_broken") for row in (1, 2, 3)}
    return {**{f"hostile_tables/{row}": KEPT for row in ("a1", "a2", "b1", "b5", "b6", "d1")}, **broken}


class Shell:
    """What runs a command when a careless reader unpickles it."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch pwned",)


def _documents(folder: Path) -> dict[str, Fate]:
    folder.mkdir()
    laughs = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
    first = [{"q": "What comes before the break?", "a": "This one."}]
    texts = {
        "a.xml": f"<d><q>What {SECRET} is sound?</q><a>This one.</a></d>",
        "bomb.xml": f'<!DOCTYPE d [<!ENTITY l0 "{SECRET}">{laughs}]><d><q>&l9;</q><a>b</a></d>',
        "outside.xml": '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><q>&x;</q><a>b</a></d>',
        "cut.xml": f"<d><q>{SECRET}",
        "deep.xml": "<d>" + "<e>" * 200_000 + "</e>" * 200_000 + "</d>",
        "a.json": json.dumps([{"q": f"What {SECRET} is in JSON?", "a": "This one."}]),
        "deep.json": "[" * 100_000 + "]" * 100_000,
        "empty.json": "",
        "cut.json": json.dumps(first)[:-1] + f', {{"q": "{SECRET}',
        "object.json": json.dumps({"q": SECRET}),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "a.pkl").write_bytes(pickle.dumps([{"q": f"What {SECRET} is pickled?", "a": "This one."}]))
    (folder / "shell.pkl").write_bytes(pickle.dumps([{"q": Shell(), "a": "b"}]))
    (folder / "cut.pkl").write_bytes(pickle.dumps([{"q": SECRET, "a": "b"}])[:-9])
    fates = {f"hostile_documents/{file}:0": KEPT for file in ("a.xml", "a.pkl", "a.json", "cut.json")}
    return {**fates, "hostile_documents/deep.xml:0": lost("text_missing")}
