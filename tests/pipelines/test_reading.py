"""Tables that something else than a run has cut, removed or changed: one line that names the file, in every stage that reads columns"""

from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.balance import plan_balance
from pipelines.emit import plan_emit
from pipelines.reading import DamagedTable, read_batches, read_columns
from pipelines.run import Run
from pipelines.stage import execute
from pipelines.tables import Entry, Index, Receipt, Room
from schemas.verdict import Verdict
from tests.pipelines import at_rest


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def remove(path: Path) -> None:
    path.unlink()


def overwrite(path: Path) -> None:
    """As long as it was, so that no size gives it away."""
    path.write_bytes(b"\0" * path.stat().st_size)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = at_rest.run_of(tmp_path)
    at_rest.give(run, at_rest.many())
    return run


@pytest.mark.parametrize("damage", [cut, remove, overwrite])
def test_balance_names_the_table_that_is_damaged(run: Run, damage) -> None:
    path = run.decisions("screen").folder / "samples" / "bucket=001" / "a.parquet"
    damage(path)
    with pytest.raises(DamagedTable) as caught:
        execute(plan_balance(run), run)
    error = "FileNotFoundError" if damage is remove else "its bytes are others"
    assert str(caught.value).startswith(f"{path}: cannot be read as its receipt says ({error}); remove it and run again")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("stage", "table", "part", "damage"),
    [("screen", "samples", "a", cut), ("tag", "modalities", "a", remove), ("balance", "selection", "medical", overwrite)],
)
def test_emit_names_the_table_that_is_damaged(run: Run, stage: str, table: str, part: str, damage) -> None:
    execute(plan_balance(run), run)
    path = run.decisions(stage).folder / table / "bucket=001" / f"{part}.parquet"
    damage(path)
    with pytest.raises(DamagedTable) as caught:
        execute(plan_emit(run), run)
    assert str(caught.value).startswith(f"{path}: cannot be read as its receipt says (")
    assert "\n" not in str(caught.value)
    assert not Path(run.out, "corpora", "medical", "index.json").exists()


def test_a_table_with_other_rows_than_its_receipt_says_is_damaged(tmp_path: Path) -> None:
    room = Room(out=str(tmp_path), stage="screen", buckets=1)
    row = Verdict(id="a/1", source="a", stage="screen", decision="rejected", reason="", evidence="", winner="")
    (entry,) = room.write_rows("verdicts", "a", [row], Verdict)
    assert read_columns(room.out, entry, ["id"])["id"].to_pylist() == ["a/1"]
    other = Entry(table="verdicts", part="a", bucket=0, path=entry.path, rows=2, bytes=entry.bytes, sha256=entry.sha256)
    with pytest.raises(DamagedTable, match="holds 1 rows, its receipt says 2"):
        read_columns(room.out, other, ["id"])
    with pytest.raises(DamagedTable, match="holds 1 rows, its receipt says 2"):
        list(read_batches(room.out, other, ["id"], rows=10))


def test_a_table_that_another_version_wrote_is_told_and_not_read_wrongly(tmp_path: Path) -> None:
    room = Room(out=str(tmp_path), stage="screen", buckets=1)
    (entry,) = room.write("verdicts", "a", pa.table({"id": ["a/1"], "source": ["a"]}))
    receipt = Receipt(unit="a", fingerprint="f", files=(entry,), counts={})
    index = Index(stage="screen", fingerprint="f", receipts=(receipt,), seconds=0.0)
    with pytest.raises(DamagedTable) as caught:
        room.read("verdicts", Verdict, index=index)
    assert str(caught.value) == (
        f"{tmp_path / entry.path}: its columns are of other types than this program reads: another version of it wrote them; "
        "'corpus' with the same arguments makes them anew"
    )
    assert room.read("verdicts", Verdict, index=index, columns=["id"])["id"].to_pylist() == ["a/1"]
