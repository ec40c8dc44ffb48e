"""What makes ingest and inspect read a source again"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from pipelines.ingest import plan_ingest
from pipelines.inspect import plan_inspect
from pipelines.run import Options, Run
from pipelines.stage import execute
from schemas.arrow import from_table
from schemas.image import Image
from schemas.sample import Sample
from tests.curate.ingest.reading import manifest
from tests.pipelines.toy import run

SHOWN = {"task": "vqa", "image": "{id}.bmp"}


def made(tmp_path: Path, *tables: Any, **options: Any) -> Run:
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    source = manifest(*tables)
    test = dataclasses.replace(source, kind="benchmark", of="s")
    base = run(tmp_path / "out")
    given = Options(**{**{each.name: getattr(base.options, each.name) for each in dataclasses.fields(Options)}, **options})
    folders = {"s": str(data), "s@benchmark": str(data)}
    return Run(options=dataclasses.replace(given, manifests=(source, test)), folders=folders, resolved={})


def bmp(shade: int) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(np.full((8, 8), shade, np.uint8)).save(stream, "BMP")
    return stream.getvalue()


def lines(folder: Path, rows: int) -> None:
    text = "".join(f'{{"id": "{number}", "q": "Q?", "a": "A."}}\n' for number in range(rows))
    (folder / "t.jsonl").write_text(text, encoding="utf-8")


def digests(made: Run) -> dict[str, str]:
    execute(plan_ingest(made), made)
    execute(plan_inspect(made), made)
    return {image.id: image.byte_digest for image in from_table(made.facts("inspect").read("images", Image), Image)}


def test_hash_inputs_sees_a_picture_that_changed_under_its_size_and_time(tmp_path: Path) -> None:
    given = made(tmp_path, SHOWN, hash_inputs=True)
    lines(tmp_path / "data", 1)
    picture = tmp_path / "data" / "0.bmp"
    picture.write_bytes(bmp(1))
    os.utime(picture, ns=(1, 1))
    first = digests(given)
    picture.write_bytes(bmp(2))
    os.utime(picture, ns=(1, 1))
    second = digests(given)
    assert [first[id] == second[id] for id in ("s/0.bmp", "s@benchmark/0.bmp")] == [False, False]
    assert digests(given) == second


def test_a_file_that_cannot_be_read_stops_no_hashing(tmp_path: Path, monkeypatch: Any) -> None:
    given = made(tmp_path, {}, hash_inputs=True)
    lines(tmp_path / "data", 1)
    whole = Path.open

    def refused(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "closed.bin":
            raise PermissionError(13, "Permission denied")
        return whole(path, *arguments, **options)

    (tmp_path / "data" / "closed.bin").write_bytes(b"1")
    monkeypatch.setattr(Path, "open", refused)
    assert [unit.name for unit in plan_ingest(given).units] == ["s", "s@benchmark"]


def test_a_link_out_of_the_folder_that_is_gone_is_noticed(tmp_path: Path) -> None:
    given = made(tmp_path, {})
    lines(tmp_path / "data", 1)
    (tmp_path / "data" / "out.png").symlink_to("/nowhere")
    before = plan_ingest(given).fingerprint
    assert plan_ingest(given).fingerprint == before
    (tmp_path / "data" / "out.png").unlink()
    assert plan_ingest(given).fingerprint != before


def test_limit_leaves_evaluation_sets_whole(tmp_path: Path) -> None:
    given = made(tmp_path, {}, limit=2)
    lines(tmp_path / "data", 5)
    execute(plan_ingest(given), given)
    room = given.facts("ingest")
    assert (len(room.read("samples", Sample)), len(room.read("benchmarks", Sample))) == (2, 5)


def test_files_that_could_not_be_read_are_tried_again_though_nothing_in_the_listing_changed(tmp_path: Path, monkeypatch: Any) -> None:
    given = made(tmp_path, SHOWN)
    lines(tmp_path / "data", 1)
    (tmp_path / "data" / "0.bmp").write_bytes(bmp(1))
    with monkeypatch.context() as closed:
        closed.setattr("pipelines.ingest.path_opener", refusing)
        execute(plan_ingest(given), given)
        assert given.facts("ingest").index().rows("samples") == 0
    with monkeypatch.context() as closed:
        closed.setattr("pipelines.ahead.Ahead.open", refusing())
        assert set(digests(given).values()) == {""}
    assert set(digests(given).values()) == {hashlib.sha256(bmp(1)).hexdigest()}


@pytest.mark.parametrize("changed", [bmp(2), bmp(1)[:-9], b"no picture"])
def test_a_picture_that_was_another_while_it_was_inspected_is_looked_at_again(tmp_path: Path, changed: bytes) -> None:
    given = made(tmp_path, SHOWN)
    lines(tmp_path / "data", 1)
    picture = tmp_path / "data" / "0.bmp"
    picture.write_bytes(bmp(1))
    status = picture.stat()
    execute(plan_ingest(given), given)
    picture.write_bytes(changed)
    execute(plan_inspect(given), given)
    picture.write_bytes(bmp(1))
    os.utime(picture, ns=(status.st_atime_ns, status.st_mtime_ns))
    found = digests(given)
    assert found == dict.fromkeys(("s/0.bmp", "s@benchmark/0.bmp"), hashlib.sha256(bmp(1)).hexdigest())
    before = given.facts("inspect").index()
    assert digests(given) == found
    assert given.facts("inspect").index() == before  # which stands


def refusing(*places: Any) -> Any:
    def open_path(*path: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    return open_path
