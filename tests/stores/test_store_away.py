"""A store that is away while pictures are looked at by a model, or ship, ends the run with a line that says so; the same command goes on"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curate.emit.ship import read_image
from pipelines import store as client
from pipelines.failed import Failed, told_plainly
from pipelines.opened import ship_opener
from pipelines.place import Place, place
from schemas.image import Ship
from tests.pipelines.small_data import write_small
from tests.pipelines.whole_run import Ran, run
from tests.stores.proxy import CUT, LOST, REFUSED, Faults
from tests.stores.servers import Store
from tests.stores.test_runs_in_stores import put

REASONS = {REFUSED: "HTTP status 503", LOST: "the connection broke", CUT: "the connection broke"}
GOES_ON = "the same command goes on from there"


@pytest.fixture
def impatient(s3: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A client that asks once."""
    monkeypatch.setattr(client, "PATIENCE", 0.0)
    monkeypatch.setattr(client, "RETRY", {**client.RETRY, "max_retries": 0})
    return s3


def failing(kind: str) -> Faults:
    return Faults(share=1.0, kinds=(kind,), methods=("GET",), path="/images/")


@pytest.mark.parametrize("kind", REASONS)
def test_a_picture_that_its_store_does_not_give_is_told_with_its_url_and_why(kind: str, impatient: Store) -> None:
    root = place(impatient.root("one"))
    (root / "a" / "images" / "1.png").write_bytes(b"x" * 100)
    ship = Ship(root="source", path="images/1.png", member="", offset=0, length=100, format="png", digest="0" * 64)
    impatient.proxy.faults = failing(kind)
    with pytest.raises(Failed) as told, told_plainly("emit"):
        read_image("a", ship, ship_opener("/out", {"a": str(root / "a")}))
    assert str(told.value) == f"emit: {root}/a/images/1.png: the object store failed for 0 s: {REASONS[kind]}; {GOES_ON}"


def test_a_store_that_nobody_hears_of_is_told_as_such(impatient: Store) -> None:
    root = place(impatient.root("one"))
    ship = Ship(root="out", path="stages/1.pack", member="", offset=7, length=100, format="png", digest="0" * 64)
    with impatient.proxy.away(), pytest.raises(Failed) as told, told_plainly("emit"):
        read_image("a", ship, ship_opener(str(root), {}))
    assert str(told.value) == f"emit: {root}/stages/1.pack: the object store failed for 0 s: it cannot be reached; {GOES_ON}"


def last_line(ran: Ran) -> str:
    return ran.told.splitlines()[-1]


@pytest.mark.engines
def test_a_run_ends_with_that_line_and_the_next_one_goes_on(impatient: Store, tmp_path: Path) -> None:
    write_small(tmp_path)
    data: Place = place(impatient.root("away", "data"))
    put(tmp_path / "data" / "small_captions", data / "small_captions")
    flags = ("--data", str(data), "--out", tmp_path / "out", "--manifests", tmp_path / "manifests", "--sources", "small_captions")
    for before, stage in (("dedup", "tag"), ("balance", "emit")):
        assert run(before, *flags, "--tagger", "pixels").status == 0
        for kind, reason in REASONS.items():
            impatient.proxy.faults = failing(kind)
            ran = run(stage, *flags, "--tagger", "pixels")
            said = rf"failed: {stage}: {data}/small_captions/images/\d+\.jpeg: the object store failed for 0 s: {reason}; {GOES_ON}"
            assert (ran.status, "Traceback" in ran.told, bool(re.fullmatch(said, last_line(ran)))) == (1, False, True)
        impatient.proxy.faults = Faults()
    assert run("emit", *flags, "--tagger", "pixels").status == 0
