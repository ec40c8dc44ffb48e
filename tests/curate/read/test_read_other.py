"""XML, NumPy, pickle and Parquet files -> rows"""

import collections
import datetime
import io
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.read import ReadFault, Where, read_rows
from schemas.verdict import Fault

MEDQUAD = b"""<?xml version="1.0"?><Document id="7" source="X"><Focus>ABCD</Focus><QAPairs>
<QAPair pid="1"><Question qid="7-1" qtype="symptoms">What?</Question><Answer>This <b>one</b>.</Answer></QAPair>
<QAPair pid="2"><Question qid="7-2" qtype="cause">Why?</Question><Answer/></QAPair></QAPairs></Document>"""
VOC = b"""<annotation><filename>a.jpg</filename><object><name>RBC</name><bndbox><xmin>1</xmin></bndbox></object>
<object><name>WBC</name><bndbox><xmin>2</xmin></bndbox></object></annotation>"""


def rows(format: str, files: dict[str, bytes], captured: dict[str, str] | None = None, **options: Any) -> list[Any]:
    first = next(iter(files))
    find = {path: path for path in files}.get
    where = Where(path=first, open=lambda path: io.BytesIO(files[path]), columns=captured or {}, find=find)
    return list(read_rows(format, where, options))


def npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array(values))
    return buffer.getvalue()


def test_an_xml_row_has_columns_below_it_and_from_the_root() -> None:
    columns = {"question": "Question", "qid": "Question/@qid", "answer": "Answer", "focus": "/Focus", "document": "/@id", "none": "Other"}
    assert rows("xml", {"a.xml": MEDQUAD}, row="QAPairs/QAPair", columns=columns) == [
        {"question": "What?", "qid": "7-1", "answer": "This one.", "focus": "ABCD", "document": "7", "none": None},
        {"question": "Why?", "qid": "7-2", "answer": "", "focus": "ABCD", "document": "7", "none": None},
    ]


def test_an_xml_file_can_be_one_row_with_lists() -> None:
    columns: dict[str, Any] = {"file": "filename", "names": "object/name[]", "objects": {"each": "object", "columns": {"x": "bndbox/xmin"}}}
    assert rows("xml", {"a.xml": VOC}, columns=columns) == [{"file": "a.jpg", "names": ["RBC", "WBC"], "objects": [{"x": "1"}, {"x": "2"}]}]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"<a><b></a>", "xml_broken: no XML at line 1, column 8 found, a well-formed document wanted"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
         "xml_refused: EntitiesForbidden found, a document without entities and references wanted"),
        (b'<?xml version="1.0" encoding="GB2312"?><a/>',
         "xml_broken: an encoding that is not read found, UTF-8, UTF-16 or one byte a character wanted"),
        (b'<?xml version="1.0" encoding="none"?><a/>',
         "xml_broken: an encoding that is not read found, UTF-8, UTF-16 or one byte a character wanted"),
    ],
)  # fmt: skip
def test_broken_and_hostile_xml_is_refused(data: bytes, fault: str) -> None:
    with pytest.raises(ReadFault) as caught:
        rows("xml", {"a.xml": data}, columns={"a": "a"})
    assert str(caught.value) == fault


def test_an_array_gives_a_row_for_each_position_with_parallel_columns() -> None:
    files = {"x_train.npy": npy(np.zeros((2, 4, 4), np.uint8)), "y_head_train.npy": npy([0, 1]), "t.npy": npy(["a", "b"])}
    found = rows("npy", files, {"part": "train"}, columns={"head": "y_head_{part}.npy", "tissue": "t.npy"})
    assert found == [{"head": 0, "tissue": "a"}, {"head": 1, "tissue": "b"}]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"x.npy": b"nonsense"}, "npy_broken"),
        ({"x.npy": npy(np.zeros(3)), "y.npy": npy([1])}, "lists_differ"),
        ({"x.npy": npy(np.zeros(3))}, "file_missing"),
        ({"x.npy": npy(np.zeros(3)), "y.npy": npy(np.array([{}, {}, {}], dtype=object))}, "npy_refused"),
        ({"x.npy": npy(np.zeros(3)), "y.npy": npy([1, 2, 3])[:-4]}, "npy_broken"),
    ],
)
def test_an_array_that_cannot_be_read_is_a_fault_of_the_file(files: dict[str, bytes], reason: str) -> None:
    with pytest.raises(ReadFault) as caught:
        rows("npy", files, columns={"y": "y.npy"})
    assert caught.value.reason == reason


def headed(header: str, values: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values


@pytest.mark.parametrize(
    "data",
    [
        headed("{'descr':'<f4','fortran_order':False,'shape':("),
        headed("{[]:1}"),
        headed("{'descr':'|u1','fortran_order':False,'shape':(-3,)}"),
        headed("{'descr':'|u1','fortran_order':False,'shape':(1000000000000000000,)}", bytes(9)),
        headed("{'descr':'|V0','fortran_order':False,'shape':(1000000000000000000,)}", bytes(9)),
    ],
)
def test_an_array_whose_header_lies_is_a_fault_of_the_file(data: bytes) -> None:
    with pytest.raises(ReadFault) as caught:
        rows("npy", {"x.npy": data})
    assert caught.value.reason == "npy_broken"


def test_a_pickle_of_plain_containers_is_read() -> None:
    value = [collections.OrderedDict(image="val_0261", question="What?", answer="keratin"), {"image": "b", "seen": {1}}]
    assert rows("pickle", {"a.pkl": pickle.dumps(value)}) == [
        {"image": "val_0261", "question": "What?", "answer": "keratin"},
        {"image": "b", "seen": {1}},
    ]
    assert rows("pickle", {"a.pkl": pickle.dumps({"k": {"a": 1}})}, shape="keyed") == [{"a": 1, "key": "k"}]


class Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("attacked",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pickle.dumps([Attack()]), "pickle_refused"),
        (pickle.dumps([1, 2])[:-3], "pickle_broken"),
        (b"not a pickle", "pickle_broken"),
        (pickle.dumps({"a": 1}), "shape_differs"),
        (b"\x80\x02}" + b")" + b"\x85" * 300_000 + b"Ns.", "pickle_refused"),  # a key of tuples in tuples: C's own falls over it
        (b"\x80\x02ccollections\nOrderedDict\n)R}U\x05itemsK\x01sb.", "pickle_refused"),  # its own `items`
        (b"\x80\x02Nr\xff\xff\xff\xff.", "shape_differs"),  # a memo of 64 GB
        (b"\x80\x02\x8a", "pickle_broken"),
    ],
)
def test_a_pickle_that_would_run_code_or_is_broken_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReadFault) as caught:
        rows("pickle", {"a.pkl": data})
    assert caught.value.reason == reason
    assert list(tmp_path.iterdir()) == []


def test_parquet_rows_leave_embedded_images_where_they_are() -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([{"image": {"bytes": b"x", "path": None}, "question": "?", "answer": "!"}]), buffer)
    assert rows("parquet", {"a.parquet": buffer.getvalue()}, leave=["image"]) == [{"question": "?", "answer": "!"}]
    with pytest.raises(ReadFault, match="parquet_broken"):
        rows("parquet", {"a.parquet": buffer.getvalue()[:-10]})


def test_parquet_values_that_are_none_cost_their_row_alone() -> None:
    offsets = pa.array([0, 1, 3, 4], pa.int32()).buffers()[1]
    text = pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"a\xff\xfed")])
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": text, "time": pa.array([0, 0, 2**62], pa.timestamp("us"))}), buffer)
    assert rows("parquet", {"a.parquet": buffer.getvalue()}) == [
        {"text": "a", "time": datetime.datetime(1970, 1, 1)},
        Fault(reason="bad_encoding", evidence="bytes that are not utf-8, 2 cells"),
        Fault(reason="row_broken", evidence="a value beyond its type, 2 cells"),
    ]
