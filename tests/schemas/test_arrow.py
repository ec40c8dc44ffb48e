"""Rows come back from a table as they went in; the columns that others read do not change by accident"""

from __future__ import annotations

import pyarrow as pa
import pytest

from schemas.arrow import arrow_schema, arrow_type, from_table, to_table
from schemas.image import Image
from schemas.sample import Box, Key, Picture, Sample, Screened, Turn
from schemas.verdict import STAGES, Verdict

SAMPLE = Sample(
    id="a/1", source="a", table="t", task="vqa", domain="medical", split="train", language="en", images=("a/1.png",),
    turns=(Turn(role="user", text="<image>\nWhat?"), Turn(role="assistant", text="CT.")), labels=("x",),
    boxes=(Box(label="RBC", image=0, x=0.5, y=1, width=2, height=3),), modality=None, keys=(Key(name="patient", value="1"),),
    license="MIT", commercial="yes", access="open", reliability=50, from_labels=False, scope="none", order=7,
)  # fmt: skip
PICTURE = Picture(
    id="a/1.png", byte_digest="b", pixel_digest="p", phash=2**64 - 1, width=64, height=65, bytes=9, header_modality=None,
    is_synthetic=False, ship=None,
)  # fmt: skip


def test_rows_come_back_as_they_went_in() -> None:
    screened = Screened(id=SAMPLE.id, sample=SAMPLE, pictures=(PICTURE,), tokens=3, group="")
    assert from_table(to_table([screened, screened], Screened), Screened) == [screened, screened]


def test_no_rows_make_a_table_with_all_columns() -> None:
    assert to_table([], Verdict).schema == arrow_schema(Verdict)
    assert from_table(to_table([], Verdict), Verdict) == []


def test_a_column_that_is_not_known_is_left_out() -> None:
    table = to_table([SAMPLE], Sample).append_column("later", pa.array(["x"]))
    assert from_table(table, Sample) == [SAMPLE]


def test_columns_of_the_account_are_pinned() -> None:
    assert arrow_schema(Verdict).names == ["id", "source", "stage", "decision", "reason", "evidence", "winner"]
    assert STAGES == ("ingest", "inspect", "screen", "rewrite", "match", "shield", "dedup", "tag", "balance", "emit", "report")


def test_a_hash_of_64_bits_is_unsigned() -> None:
    assert arrow_schema(Image).field("phash").type == pa.uint64()


def test_an_annotation_without_an_arrow_type_is_refused() -> None:
    with pytest.raises(TypeError, match="no Arrow type for <class 'dict'>"):
        arrow_type(dict)
