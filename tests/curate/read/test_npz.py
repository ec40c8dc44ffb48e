"""npz archives and plain texts -> one row a file"""

import gzip
import io
import zipfile
from typing import Any

import numpy as np
import pytest

from curate.read import ReadFault, Where, read_rows
from curate.read import npz as archives
from schemas.verdict import Fault


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: np.asanyarray(value) for name, value in arrays.items()})
    return buffer.getvalue()


def where(data: bytes, path: str, needs: tuple[str, ...] = ()) -> Where:
    return Where(path=path, open=lambda _: io.BytesIO(data), needs=frozenset(needs))


def read(data: bytes, *needs: str, path: str = "a.npz") -> list[Any]:
    return list(read_rows("npz", where(data, path, needs), {}))


def fault(data: bytes, *needs: str) -> tuple[str, str, str]:
    with pytest.raises(ReadFault) as caught:
        read(data, *needs)
    return caught.value.reason, caught.value.found, caught.value.wanted


def outcome(data: bytes) -> str:
    """Why it cannot be read; '' if it can."""
    try:
        read(data)
    except ReadFault as caught:
        return caught.reason
    return ""


def test_numbers_and_texts_are_columns_and_arrays_are_not_read() -> None:
    data = npz(slo_fundus=np.zeros((40, 40), np.uint8), age=61.5, glaucoma=1, race="Asian", md=[1.0, 2.0], note=np.array(b"caf\xe9"))
    row = {"age": 61.5, "glaucoma": 1, "race": "Asian", "md": [1.0, 2.0], "note": "café"}
    assert read(data) == [row]
    assert read(gzip.compress(data), path="a.npz.gz") == [row]


def test_a_needed_column_that_is_no_array_of_the_file_names_the_nearest() -> None:
    assert fault(npz(glaucoma=1), "glaucomas") == ("column_missing", "a header of 1 columns", "column 'glaucomas' (nearest: 'glaucoma')")


def test_python_objects_are_never_unpickled() -> None:
    data = npz(age=1, note=np.array({"a": 1}, dtype=object))
    assert read(data, "age") == [{"age": 1}]
    assert fault(data, "note") == ("npy_refused", "'note' is an array of Python objects", "numbers or text")


def test_texts_and_arrays_that_are_too_large_are_refused_by_their_header(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = npz(note=np.zeros((), "U5000000"))
    assert len(bomb) < 100_000
    assert fault(bomb) == ("too_large", "'note' of 20000000 bytes", f"at most {16 << 20}")
    monkeypatch.setattr(archives, "MAX_VALUES", 100)
    assert fault(npz(a="x" * 20, b="y" * 20)) == ("too_large", "columns of more than 100 bytes", "numbers and texts")
    monkeypatch.setattr(archives, "MAX_MEMBERS", 1)
    assert fault(npz(a=1, b=2)) == ("too_large", "2 arrays", "at most 1")


def test_a_header_that_claims_more_than_is_there_is_broken() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1000,)})
        archive.writestr("a.npy", header.getvalue())
    assert fault(out.getvalue()) == ("npz_broken", "'a' is cut", "a whole .npz file")
    assert fault(b"PK\x03\x04 no zip")[0] == "npz_broken"


def test_every_changed_byte_of_an_archive_is_a_fault_or_a_row() -> None:
    data = npz(age=1, race="Asian", image=np.zeros((3, 3)))
    for place in range(0, len(data), 3):
        mutant = data[:place] + bytes([data[place] ^ 0x15]) + data[place + 1 :]
        assert outcome(mutant) in ("", "npz_broken", "npy_refused", "too_large", "unreadable"), place


def text(data: bytes, **options: Any) -> list[Any]:
    return list(read_rows("text", where(data, "a.txt"), options))


def test_a_text_is_one_row_whatever_it_holds() -> None:
    assert text("\ufeffFINDINGS:\r\n nothing  \n".encode()) == [{"text": "FINDINGS:\n nothing  \n"}]
    assert text("äöü".encode("latin-1"), encoding="latin-1") == [{"text": "äöü"}]
    assert text(b"") == [{"text": ""}]
    assert text(b"\xfaabc") == [Fault(reason="bad_encoding", evidence="bytes that are not utf-8, perhaps cp1252, 4 bytes")]


def test_a_text_in_utf_16_is_a_fault_of_its_file() -> None:
    for data, encoding, reason in ((b"\xff\xfea\0", "utf-8", "encoding_differs"), (b"\xff\xfea", "utf-16", "bad_encoding")):
        with pytest.raises(ReadFault, match=reason):
            text(data, encoding=encoding)


def test_a_text_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.read.text.MAX_BYTES", 10)
    with pytest.raises(ReadFault) as caught:
        text(b"x" * 11)
    assert (caught.value.reason, caught.value.found) == ("too_large", "more than 10 bytes")
