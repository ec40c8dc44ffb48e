"""A standalone Flink cluster of two task managers, started and stopped here: the same bytes, whatever dies in it"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.engines.fetch import flink_ready
from tests.engines.flink import FlinkCluster
from tests.engines.run import ended, run, shipped, start, tables
from tests.pipelines.small_data import write_small

pytestmark = [
    pytest.mark.engines,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not flink_ready(), reason="no Flink: 'python -m tests.engines.fetch flink' brings it, with Maven and Java 17"),
]
STAGES = ["balance", "dedup", "emit", "ingest", "inspect", "match", "report", "screen", "shield", "tag"]
READ, KILLED = ("ingest", "inspect"), ("ingest", "inspect", "screen", "match")


@dataclass(frozen=True)
class Small:
    """What the local engine makes of three small sources."""

    flags: list[str]
    out: Path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    folder = tmp_path_factory.mktemp("small")
    flags = [str(flag) for flag in write_small(folder)]
    assert run(folder / "out", flags).status == 0
    return Small(flags, folder / "out")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlinkCluster]:
    with FlinkCluster(tmp_path_factory.mktemp("flink")) as found:
        yield found


def at(cluster: FlinkCluster, out: Path, stage: str, driver: subprocess.Popen[str], do: Callable[[list[int]], None]) -> threading.Thread:
    """Once the stage has workers of its own, `do` with them; nothing where the driver ends before."""

    def watch() -> None:
        while driver.poll() is None and not ((out / "tmp").is_dir() and any((out / "tmp").glob(f"{stage}@*.units"))):
            pause()
        before = set(cluster.workers())  # of the stage that has just ended
        while driver.poll() is None:
            if found := [pid for pid in cluster.workers() if pid not in before]:
                return do(found)
            pause()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def pause() -> None:
    threading.Event().wait(0.02)


def test_a_cluster_of_two_makes_the_same_bytes_and_says_no_more(cluster: FlinkCluster, small: Small, tmp_path: Path) -> None:
    ran = run(tmp_path / "out", [*small.flags, *cluster.flags()])
    assert (ran.status, shipped(tmp_path / "out")) == (0, shipped(small.out)), ran.told
    jobs = cluster.ask("/jobs/overview")["jobs"]
    assert sorted(job["name"].split("-")[2] for job in jobs) == STAGES
    assert {job["state"] for job in jobs} == {"FINISHED"}
    assert hosts(cluster, next(job["jid"] for job in jobs if "-inspect-" in job["name"])) == 2
    assert not [line for line in ran.told.splitlines() if "INFO" in line or "WARN" in line or "org.apache" in line]


def hosts(cluster: FlinkCluster, job: str) -> int:
    """Task managers that had a part of the job."""
    vertices = cluster.ask(f"/jobs/{job}")["vertices"]
    found = [cluster.ask(f"/jobs/{job}/vertices/{vertex['id']}/taskmanagers")["taskmanagers"] for vertex in vertices]
    return len({manager["taskmanager-id"] for managers in found for manager in managers})


def test_workers_that_are_killed_cost_time_alone(cluster: FlinkCluster, small: Small, tmp_path: Path) -> None:
    """All of them, once in each of four stages."""
    out, killed = tmp_path / "out", []
    driver = start(out, [*small.flags, *cluster.flags()], command="match")

    def kill_all(stage: str, workers: list[int]) -> None:
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed.append(stage)

    watches = [at(cluster, out, stage, driver, partial(kill_all, stage)) for stage in KILLED]
    ran = ended(driver)
    for watch in watches:
        watch.join()
    assert killed == list(KILLED)
    assert (ran.status, ran.told.count("Traceback")) == (0, 0), ran.told
    assert tables(tmp_path / "out", *KILLED) == tables(small.out, *KILLED)


def test_a_task_manager_that_is_lost_and_comes_back_costs_time_alone(cluster: FlinkCluster, small: Small, tmp_path: Path) -> None:
    driver = start(tmp_path / "out", [*small.flags, *cluster.flags()], command="inspect")

    def lose_one(workers: list[int]) -> None:
        cluster.kill("taskmanager-1")
        cluster.start_task_manager(1)

    watch = at(cluster, tmp_path / "out", "inspect", driver, lose_one)
    ran = ended(driver)
    watch.join()
    assert ran.status == 0, ran.told
    assert tables(tmp_path / "out", *READ) == tables(small.out, *READ)


def test_a_task_manager_that_stays_away_ends_the_run_in_a_line_and_the_next_goes_on(
    cluster: FlinkCluster, small: Small, tmp_path: Path
) -> None:
    flags = [*small.flags, *cluster.flags()]
    driver = start(tmp_path / "out", flags, command="inspect")
    watch = at(cluster, tmp_path / "out", "inspect", driver, lambda workers: cluster.kill("taskmanager-1"))
    ran = ended(driver)
    watch.join()
    cluster.start_task_manager(1)
    assert (ran.status, ran.told.count("Traceback")) == (1, 0), ran.told
    last = ran.told.splitlines()[-1]
    assert last.startswith("failed: medical-corpus-inspect-"), ran.told
    assert last.endswith("; the same command goes on from there"), ran.told
    cluster.await_task_managers(2)
    again = run(tmp_path / "out", flags, command="inspect")
    assert (again.status, tables(tmp_path / "out", *READ)) == (0, tables(small.out, *READ)), again.told
    assert "ingest   as before" in again.told


def test_a_driver_that_is_killed_leaves_a_job_that_the_next_one_stops(cluster: FlinkCluster, small: Small, tmp_path: Path) -> None:
    flags = [*small.flags, *cluster.flags()]
    driver = start(tmp_path / "out", flags, command="inspect")
    at(cluster, tmp_path / "out", "inspect", driver, lambda workers: driver.kill()).join()
    ended(driver)
    again = run(tmp_path / "out", flags, command="inspect")
    assert (again.status, tables(tmp_path / "out", *READ)) == (0, tables(small.out, *READ)), again.told
    states = {job["state"] for job in cluster.ask("/jobs/overview")["jobs"]}
    assert states <= {"FINISHED", "FAILED", "CANCELED"}


def test_a_driver_that_is_interrupted_ends_in_a_line_and_the_next_goes_on(
    cluster: FlinkCluster, small: Small, tmp_path: Path
) -> None:
    """The job server forgets the job; Flink goes on with it beside that of the next run: both write the same."""
    flags = [*small.flags, *cluster.flags()]
    driver = start(tmp_path / "out", flags, command="inspect")
    at(cluster, tmp_path / "out", "inspect", driver, lambda workers: driver.send_signal(signal.SIGINT)).join()
    ran = ended(driver)
    assert (ran.status, ran.told.splitlines()[-1]) == (130, "stopped; the same command goes on from here"), ran.told
    again = run(tmp_path / "out", flags, command="inspect")
    assert (again.status, tables(tmp_path / "out", *READ)) == (0, tables(small.out, *READ)), again.told


def test_a_job_server_that_is_lost_ends_the_run_in_a_line_and_the_next_goes_on(cluster: FlinkCluster, small: Small, tmp_path: Path) -> None:
    """Flink goes on with the job of the lost one, beside that of the next run: both write the same."""
    flags = [*small.flags, *cluster.flags()]
    driver = start(tmp_path / "out", flags, command="inspect")
    at(cluster, tmp_path / "out", "inspect", driver, lambda workers: cluster.kill("jobserver")).join()
    ran = ended(driver)
    cluster.start_job_server()
    assert (ran.status, ran.told.count("Traceback")) == (1, 0), ran.told
    last = ran.told.splitlines()[-1]
    assert last.startswith("failed: medical-corpus-inspect-"), ran.told
    assert last.endswith(": the job server is gone; the same command goes on from there"), ran.told
    again = run(tmp_path / "out", flags, command="inspect")
    assert (again.status, tables(tmp_path / "out", *READ)) == (0, tables(small.out, *READ)), again.told


def test_a_cluster_that_is_gone_and_comes_back_goes_on(small: Small, tmp_path: Path) -> None:
    """All of it: job server, job manager, task managers."""
    with FlinkCluster(tmp_path / "first") as cluster:
        driver = start(tmp_path / "out", [*small.flags, *cluster.flags()], command="inspect")
        at(cluster, tmp_path / "out", "inspect", driver, lambda workers: cluster.kill("jobmanager")).join()
        cluster.stop()
        ran = ended(driver)
    assert (ran.status, ran.told.count("Traceback")) == (1, 0), ran.told
    assert ran.told.splitlines()[-1].startswith("failed: medical-corpus-inspect-"), ran.told
    with FlinkCluster(tmp_path / "second") as cluster:
        again = run(tmp_path / "out", [*small.flags, *cluster.flags()], command="inspect")
    assert (again.status, tables(tmp_path / "out", *READ)) == (0, tables(small.out, *READ)), again.told
