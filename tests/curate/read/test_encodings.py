"""a file in another encoding than its manifest says is one error that names what was found and what was wanted"""

import codecs
import io
import json
from typing import Any

import pytest

from curate.read import ReadFault, Where, read_rows
from schemas.verdict import Fault

ROWS = [{"a": "Größe", "b": "x"}, {"a": "naïve", "b": "y"}]
CHINESE = [{"a": "胸部影像", "b": "无异常"}]


def rows(format: str, data: bytes, **options: Any) -> list[Any]:
    options = {"pattern": "(?P<a>.*)", **options} if format == "lines" else options
    return list(read_rows(format, Where(path="a", open=lambda _: io.BytesIO(data)), options))


def text(format: str, values: list[dict[str, str]]) -> str:
    match format:
        case "json":
            return json.dumps(values, ensure_ascii=False)
        case "jsonl":
            return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
        case "table":
            return "a,b\n" + "".join(f"{value['a']},{value['b']}\n" for value in values)
    return "".join(f"{value['a']}\n" for value in values)


FORMATS = ["json", "jsonl", "table", "lines"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("found", "name"),
    [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"), ("utf-32", "UTF-32"), ("utf-32-le", "UTF-16")],
)
@pytest.mark.parametrize("wanted", ["utf-8", "latin-1", "gb18030"])
def test_utf_16_is_told_by_its_mark_or_its_nuls(format: str, found: str, name: str, wanted: str) -> None:
    with pytest.raises(ReadFault) as caught:
        rows(format, text(format, ROWS).encode(found), encoding=wanted)
    assert str(caught.value) == f"encoding_differs: {name} found, text in {wanted}, as the manifest says wanted"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-mark-big", "gb18030"])
def test_what_the_manifest_says_is_read(format: str, encoding: str) -> None:
    data = text(format, CHINESE)
    big = encoding == "utf-16-mark-big"
    written = codecs.BOM_UTF16_BE + data.encode("utf-16-be") if big else data.encode(encoding)
    wanted = [{"a": "胸部影像"}] if format == "lines" else CHINESE
    assert rows(format, written, encoding="utf-16" if big else encoding) == wanted


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_utf_8_is_not_read_as_one_byte_a_character(format: str, encoding: str) -> None:
    with pytest.raises(ReadFault) as caught:
        rows(format, text(format, ROWS).encode(), encoding=encoding)
    assert str(caught.value) == f"encoding_differs: UTF-8 found, text in {encoding}, as the manifest says wanted"
    written = [{"a": row["a"]} for row in ROWS] if format == "lines" else ROWS
    assert rows(format, text(format, ROWS).encode(encoding), encoding=encoding) == written


def test_utf_8_is_not_read_as_chinese_of_two_bytes_nor_as_utf_16() -> None:
    with pytest.raises(ReadFault, match="encoding_differs: UTF-8 found"):
        rows("jsonl", text("jsonl", CHINESE).encode(), encoding="gb18030")
    with pytest.raises(ReadFault, match="encoding_differs: UTF-8 or one byte a character found, text in utf-16"):
        rows("jsonl", text("jsonl", CHINESE).encode(), encoding="utf-16")


@pytest.mark.parametrize("format", FORMATS)
def test_bytes_outside_the_encoding_cost_their_rows_and_what_they_may_be_is_told(format: str) -> None:
    plain = {"a": "plain", "b": "z"}
    western, eastern = (
        rows(format, text(format, [plain, *values]).encode(encoding)) for values, encoding in ((ROWS[1:], "latin-1"), (CHINESE, "gb18030"))
    )
    assert _told(western) == {"bytes that are not utf-8, perhaps cp1252"}
    assert _told(eastern) <= {"bytes that are not utf-8, perhaps gb18030 or cp1252", "bytes that are not utf-8, perhaps gb18030 or latin-1"}
    assert [row for row in western if isinstance(row, dict)] == [{"a": "plain"} if format == "lines" else plain]


def _told(found: list[Any]) -> set[str]:
    return {row.evidence.rpartition(",")[0] for row in found if isinstance(row, Fault)}


def test_bad_bytes_late_in_a_file_cost_no_row_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b'[{"a": "\xc3\xa9"}, {"a": "\xe9"}, {"a": "\xc3\xa9"}]'
    monkeypatch.setattr("curate.read.objects.CHUNK", 7)
    assert rows("json", data) == [
        {"a": "é"}, Fault(reason="bad_encoding", evidence="bytes that are not utf-8, perhaps cp1252, 10 characters"), {"a": "é"},
    ]  # fmt: skip


def test_utf_16_that_is_cut_is_a_fault() -> None:
    with pytest.raises(ReadFault, match="bad_encoding: bytes that are not utf-16 found"):
        rows("jsonl", text("jsonl", ROWS).encode("utf-16")[:-1], encoding="utf-16")
