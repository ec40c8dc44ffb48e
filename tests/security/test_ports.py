"""Nobody else on this machine, or on its network, is served what belongs to the workers of a run"""

import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer

from pipelines import ports
from pipelines.engine import beam_options, new_pipeline, run_pipeline
from pipelines.worker import WorkerDied

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells who listens")
# 127.0.0.1, ::1 and ::ffff:127.0.0.1 as /proc/net writes them
LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}


def listening(process: int | str = "self") -> set[str]:
    """Addresses, as /proc/net writes them, at which the process waits for connections over TCP."""
    links = (str(entry.readlink()) for entry in Path(f"/proc/{process}/fd").iterdir() if entry.is_symlink())
    own = {match[1] for link in links if (match := re.fullmatch(r"socket:\[(\d+)\]", link))}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and row[9] in own}


@linux
def test_the_local_engine_serves_its_workers_where_this_user_alone_may_go() -> None:
    before = listening()
    server = ports.PrivateServer(None, None, None)
    try:
        assert listening() == before
        assert oct(server.folder.stat().st_mode & 0o777) == "0o700"
        assert [Path(port).parent for port in (server.control_port, server.data_port, server.state_port, server.logging_port)] == [
            server.folder
        ] * 4
    finally:
        server.close()
    assert not server.folder.exists()


@linux
def test_sockets_lie_in_a_folder_that_goes_with_its_process_and_takes_no_other_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine = [tmp_path / name / "thesis.txt" for name in ("medical-corpus-out", "corpus-out")]
    for file in mine:
        file.parent.mkdir()
        file.write_text("three years")
    server = ports.PrivateServer(None, None, None)
    server.close()
    assert sorted(tmp_path.rglob("*")) == sorted([*mine, *(file.parent for file in mine)])


def run_in_processes(work: Callable[[int], object], told: str) -> None:
    """Writes what two worker processes make of 0 to 7 to the file `told`."""
    pipeline = new_pipeline(beam_options(["--direct_running_mode=multi_processing"], workers=2, processes=True))
    found = pipeline | beam.Create(range(8)) | beam.Reshuffle() | beam.Map(work)
    _ = found | beam.combiners.ToList() | beam.Map(lambda seen: Path(told).write_text(repr(sorted(seen))))
    run_pipeline(pipeline)


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes find this module."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


@linux
@pytest.mark.usefixtures("importable")
def test_workers_come_by_sockets_and_their_driver_listens_to_nothing_else(tmp_path: Path) -> None:
    tell, driver = listening, os.getpid()
    before = listening()

    def look(number: int) -> tuple[int, bool, list[str]]:
        return number, "unix:" in os.environ["CONTROL_API_SERVICE_DESCRIPTOR"], sorted(tell(driver))

    run_in_processes(look, str(tmp_path / "told"))
    assert (tmp_path / "told").read_text() == repr([(number, True, sorted(before)) for number in range(8)])


@linux
@pytest.mark.usefixtures("importable")
def test_a_worker_that_is_killed_ends_the_run_with_a_word(tmp_path: Path) -> None:

    def die(number: int) -> int:
        if number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(WorkerDied, match="a worker process was ended by signal 9 before its work was done"):
        run_in_processes(die, str(tmp_path / "told"))


@linux
def test_the_pool_of_loopback_listens_to_this_machine_alone() -> None:
    before = listening()
    ports.keep_to_this_machine()
    _, server = BeamFnExternalWorkerPoolServicer.start()
    try:
        assert listening() - before <= LOOPBACK
        assert listening() & LOOPBACK
    finally:
        server.stop(None).wait()
