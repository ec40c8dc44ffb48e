"""A stage as a checkpoint, on every engine that runs on this machine"""

import dataclasses
import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.failed import Failed
from pipelines.stage import execute
from pipelines.units import Superseded
from schemas.arrow import from_table
from tests.pipelines.toy import Careless, Cut, Left, Made, Overtaken, Together, Toy, Twice, Where, done, files, made, plan, run, unit

UNITS = [unit(f"source-{number:04d}", weight=20 + number) for number in range(6)]


def test_a_stage_does_every_unit_and_writes_every_row(tmp_path):
    index = execute(plan(tmp_path, UNITS), run(tmp_path))
    found = from_table(plan(tmp_path, UNITS).room.read("made", Made), Made)
    assert sorted(found, key=lambda row: row.id) == sorted((row for each in UNITS for row in made(each)), key=lambda row: row.id)
    assert [receipt.unit for receipt in index.receipts] == [each.name for each in UNITS] == done(tmp_path)


def test_a_stage_that_stands_is_not_run_again(tmp_path, capsys):
    first = execute(plan(tmp_path, UNITS), run(tmp_path))
    done(tmp_path)
    assert execute(plan(tmp_path, UNITS), run(tmp_path)) == first
    assert done(tmp_path) == []
    assert "toy      as before" in capsys.readouterr().err


def test_a_run_that_was_killed_does_only_the_missing_units(tmp_path):
    whole = execute(plan(tmp_path / "whole", UNITS), run(tmp_path / "whole"))
    execute(plan(tmp_path, UNITS[:4]), run(tmp_path))
    (tmp_path / "stages" / "toy" / "index.json").unlink()  # as if killed before the commit, with two units to go
    done(tmp_path)
    assert execute(plan(tmp_path, UNITS), run(tmp_path)).digest() == whole.digest()
    assert done(tmp_path) == [each.name for each in UNITS[4:]]


@pytest.mark.parametrize(("weights", "apart"), [((30_000, 30_000), True), ((60_000,), False), ((20_000, 20_000), False)])
def test_much_to_do_is_done_in_processes_if_there_is_more_than_one_unit(tmp_path, weights, apart):
    units = [unit(f"source-{number}", weight=weight) for number, weight in enumerate(weights)]
    execute(plan(tmp_path, units, worker=Where, processes=True), run(tmp_path, workers=2))
    assert (str(os.getpid()) not in done(tmp_path)) == apart


def test_units_of_a_lot_go_to_one_worker_together(tmp_path):
    units = [dataclasses.replace(each, lot=lot) for each, lot in zip(UNITS, ["a", "b", "a", "", "", "b"])]
    alone = execute(plan(tmp_path / "alone", UNITS), run(tmp_path / "alone"))
    assert execute(plan(tmp_path, units, worker=Together), run(tmp_path)).digest() == alone.digest()
    assert files(tmp_path / "together") == sorted(
        ["source-0000+source-0002", "source-0001+source-0005", "source-0003", "source-0004"]
    )


def test_of_a_lot_only_what_is_missing_is_done(tmp_path):
    units = [dataclasses.replace(each, lot="all") for each in UNITS]
    before = execute(plan(tmp_path, units), run(tmp_path))
    done(tmp_path)
    for receipt in before.receipts[1:3]:
        (tmp_path / receipt.files[0].path).unlink()
    assert execute(plan(tmp_path, units, worker=Together), run(tmp_path)).digest() == before.digest()
    assert files(tmp_path / "together") == ["source-0001+source-0002"]


def test_a_changed_unit_is_done_again_alone(tmp_path):
    before = execute(plan(tmp_path, UNITS), run(tmp_path))
    done(tmp_path)
    changed = [unit(UNITS[0].name, content="b", weight=5), *UNITS[1:]]
    after = execute(plan(tmp_path, changed), run(tmp_path))
    assert done(tmp_path) == [UNITS[0].name]
    assert after.rows("made") == before.rows("made") - 20 + 5
    assert after.digest() == execute(plan(tmp_path / "new", changed), run(tmp_path / "new")).digest()


@pytest.mark.parametrize("change", [{"version": 2}, {"options": {"limit": 3}}])
def test_another_version_or_option_does_every_unit_again(tmp_path, change):
    execute(plan(tmp_path, UNITS), run(tmp_path))
    done(tmp_path)
    execute(dataclasses.replace(plan(tmp_path, UNITS), **change), run(tmp_path))
    assert done(tmp_path) == [each.name for each in UNITS]


def test_what_a_killed_run_overwrote_is_made_again_though_its_inputs_are_those_of_before(tmp_path):
    before = execute(plan(tmp_path, UNITS), run(tmp_path))
    changed = [unit(UNITS[0].name, content="b", weight=UNITS[0].weight), *UNITS[1:]]  # files of the very same sizes
    with pytest.raises(RuntimeError, match="cut"):
        execute(plan(tmp_path, changed, worker=Cut), run(tmp_path))
    done(tmp_path)
    assert execute(plan(tmp_path, UNITS), run(tmp_path)).digest() == before.digest()
    assert done(tmp_path) == [UNITS[0].name]
    assert {row.made_from for row in from_table(plan(tmp_path, UNITS).room.read("made", Made), Made)} == {"a"}


def test_a_lost_file_is_made_again(tmp_path):
    before = execute(plan(tmp_path, UNITS), run(tmp_path))
    done(tmp_path)
    (tmp_path / before.receipts[2].files[0].path).unlink()
    assert execute(plan(tmp_path, UNITS), run(tmp_path)).digest() == before.digest()
    assert done(tmp_path) == [UNITS[2].name]


def test_a_unit_that_is_no_more_takes_its_files_along(tmp_path):
    execute(plan(tmp_path, UNITS), run(tmp_path))
    execute(plan(tmp_path, UNITS[:2]), run(tmp_path))
    execute(plan(tmp_path / "new", UNITS[:2]), run(tmp_path / "new"))
    assert files(tmp_path / "stages") == files(tmp_path / "new" / "stages")


def test_a_whole_stage_is_done_again_from_its_start(tmp_path):
    before = execute(plan(tmp_path, UNITS, whole=True), run(tmp_path))
    (tmp_path / "stages" / "toy" / "index.json").unlink()
    done(tmp_path)
    assert execute(plan(tmp_path, UNITS, whole=True), run(tmp_path)).digest() == before.digest()
    assert done(tmp_path) == [each.name for each in UNITS]


def test_a_stage_without_units_is_committed_empty(tmp_path):
    index = execute(plan(tmp_path, []), run(tmp_path))
    assert (index.receipts, index.rows("made")) == ((), 0)
    assert files(tmp_path) == ["stages/toy/index.json"]


def test_a_unit_that_ends_without_its_receipt_stops_the_run(tmp_path):
    with pytest.raises(Failed, match=r"toy: the pipeline ended without a receipt of source-0000, .* \(6 in all\); the same"):
        execute(plan(tmp_path, UNITS, worker=Careless), run(tmp_path))
    assert plan(tmp_path, UNITS).room.index() is None


def test_a_unit_that_an_engine_gives_out_again_is_not_done_again_once_it_is_signed(tmp_path):
    whole = execute(plan(tmp_path / "whole", UNITS), run(tmp_path / "whole"))
    assert execute(plan(tmp_path, UNITS, worker=Twice), run(tmp_path)).digest() == whole.digest()
    assert done(tmp_path) == [each.name for each in UNITS]


@pytest.mark.parametrize("worker", [Overtaken, Left])
@pytest.mark.parametrize("lot", ["", "all"])
def test_workers_whose_run_is_over_begin_no_other_unit(tmp_path, worker, lot):
    units = [dataclasses.replace(each, lot=lot) for each in UNITS]
    with pytest.raises(Superseded) as told:
        execute(plan(tmp_path, units, worker=worker), run(tmp_path))
    assert str(told.value) == f"toy: the run that these workers are of is over in {tmp_path}; what it had begun is left to the next"
    assert len(done(tmp_path)) == 1
    execute(plan(tmp_path, units), run(tmp_path))
    assert len(done(tmp_path)) == 5  # what it signed stands


def test_a_signed_unit_that_lost_a_file_is_done_again(tmp_path):
    execute(plan(tmp_path, UNITS), run(tmp_path))
    room, mark = plan(tmp_path, UNITS).room, plan(tmp_path, UNITS).mark(UNITS[0])
    assert room.is_signed(UNITS[0].name, mark)
    assert not room.is_signed(UNITS[0].name, "another")
    assert not room.is_signed("nobody", mark)
    next(tmp_path.rglob(f"{UNITS[0].name}.parquet")).unlink()
    assert not room.is_signed(UNITS[0].name, mark)


def test_a_stage_begins_and_finishes_around_its_work(tmp_path):
    said: list[str] = []
    begun = dataclasses.replace(
        plan(tmp_path, UNITS),
        begin=lambda: said.append(f"begin {len(files(tmp_path))}"),
        finish=lambda receipts: said.append(f"finish {len(receipts)} {plan(tmp_path, UNITS).room.index()}"),
    )
    execute(begun, run(tmp_path))
    assert said == ["begin 0", "finish 6 None"]


def test_the_same_bytes_in_this_process_and_in_two(tmp_path):
    alone = execute(plan(tmp_path / "1", UNITS), run(tmp_path / "1"))
    flags = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")
    assert execute(plan(tmp_path / "2", UNITS), run(tmp_path / "2", *flags, workers=2)).digest() == alone.digest()


@pytest.fixture(scope="module")
def job_service(tmp_path_factory):
    """Beam's local job service on a free port: the portable path."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = tmp_path_factory.mktemp("job service") / "log"
    with said.open("w") as log:
        command = [sys.executable, "-u", "-m", "apache_beam.runners.portability.local_job_service_main", "-p", str(port)]
        service = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            while "Listening for beam jobs" not in said.read_text():
                assert service.poll() is None, said.read_text()
            yield f"localhost:{port}"
        finally:
            service.kill()
            service.wait()


def test_the_same_bytes_through_the_portable_path(tmp_path, job_service):
    alone = execute(plan(tmp_path / "1", UNITS), run(tmp_path / "1"))
    flags = ("--runner=PortableRunner", f"--job_endpoint={job_service}", "--environment_type=LOOPBACK")
    assert execute(plan(tmp_path / "2", UNITS), run(tmp_path / "2", *flags)).digest() == alone.digest()
    assert done(tmp_path / "2") == [each.name for each in UNITS]


def test_what_is_pickled_of_a_worker_is_small():
    assert len(pickle.dumps(Toy(plan(Path("out"), UNITS).room, ("127.0.0.1", 1)))) < 1_000
