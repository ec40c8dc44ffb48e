"""A folder or a store, as a user names it: what is wrong with it is told, what is secret in it is not"""

from pathlib import Path

import pytest

from pipelines.address import WANTED
from pipelines.named import place_faults


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hdfs://x/y", f"--data hdfs://...: wanted {WANTED}"),
        ("https://user:word@host/x", f"--data https://...: wanted {WANTED}"),
        ("s3://", f"--data s3://...: wanted {WANTED}; credentials and endpoints come from the environment"),
        ("s3://key:word@bucket/x", f"--data s3://...: wanted {WANTED}; credentials and endpoints come from the environment"),
        ("gs://bucket/x?token=word", f"--data gs://...: wanted {WANTED}; credentials and endpoints come from the environment"),
        ("s3:/bucket/x", f"--data s3:/...: wanted {WANTED}; did you mean 's3://bucket/x'?"),
        ("S3:///bucket", f"--data S3://...: wanted {WANTED}; did you mean 's3://bucket'?"),
        ("s3:/bucket/word@x", f"--data s3:/...: wanted {WANTED}"),
        ("gs://", f"--data gs://...: wanted {WANTED}; credentials and endpoints come from the environment"),
        ("/nowhere/at all", "--data /nowhere/at all: no such folder"),
    ],
)
def test_a_name_that_is_no_place_is_told_without_what_it_holds(name: str, told: str) -> None:
    assert list(place_faults("--data", name)) == [told]
    assert "word" not in told


def test_a_folder_may_be_new_but_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert list(place_faults("--out", str(tmp_path / "new"), may_be_new=True)) == []
    assert list(place_faults("--out", str(tmp_path), may_be_new=True)) == []
    assert list(place_faults("--out", str(tmp_path / "file"), may_be_new=True)) == [f"--out {tmp_path}/file: a file found, a folder wanted"]
    assert list(place_faults("--data", str(tmp_path))) == []
