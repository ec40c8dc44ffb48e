"""A standalone Flink cluster of two task managers, started and stopped here: the same bytes, whatever dies in it"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engines.flink import FlinkCluster
from tests.engines.run import ended, run, shipped, start
from tests.pipelines.small_data import write_small

pytestmark = [pytest.mark.engines, pytest.mark.timeout(1200)]
STAGES = ["balance", "dedup", "emit", "ingest", "inspect", "match", "report", "screen", "shield", "tag"]
Small = tuple[list[str], dict[str, str]]  # flags of the data, what the local engine ships


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    folder = tmp_path_factory.mktemp("small")
    flags = [str(flag) for flag in write_small(folder)]
    assert run(folder / "out", flags).status == 0
    return flags, shipped(folder / "out")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlinkCluster]:
    with FlinkCluster(tmp_path_factory.mktemp("flink")) as found:
        yield found


def at(out: Path, stage: str, driver: subprocess.Popen[str], do: Callable[[], bool]) -> threading.Thread:
    """Once the stage has begun, `do` until it says that it is done, or the driver has ended."""

    def watch() -> None:
        while driver.poll() is None and not ((out / "tmp").is_dir() and any((out / "tmp").glob(f"{stage}@*.units"))):
            pause()
        while driver.poll() is None and not do():
            pause()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def pause() -> None:
    threading.Event().wait(0.02)


def test_a_cluster_of_two_makes_the_same_bytes_and_says_no_more(cluster: FlinkCluster, small: Small, tmp_path: Path) -> None:
    flags, wanted = small
    ran = run(tmp_path / "out", [*flags, *cluster.flags()])
    assert (ran.status, shipped(tmp_path / "out")) == (0, wanted), ran.told
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


@pytest.mark.parametrize("stage", ["ingest", "inspect", "match", "emit"])
def test_workers_that_are_killed_cost_time_alone(cluster: FlinkCluster, small: Small, tmp_path: Path, stage: str) -> None:
    flags, wanted = small
    driver = start(tmp_path / "out", [*flags, *cluster.flags()])
    killed: list[int] = []

    def kill_all() -> bool:
        for pid in cluster.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
        return bool(killed)

    at(tmp_path / "out", stage, driver, kill_all)
    ran = ended(driver)
    assert killed
    assert (ran.status, ran.told.count("Traceback")) == (0, 0), ran.told
    assert shipped(tmp_path / "out") == wanted


def test_a_task_manager_that_is_lost_and_comes_back_costs_time_alone(cluster: FlinkCluster, small: Small, tmp_path: Path) -> None:
    flags, wanted = small
    driver = start(tmp_path / "out", [*flags, *cluster.flags()])

    def lose_one() -> bool:
        if not cluster.workers():
            return False
        cluster.kill("taskmanager-1")
        cluster.start_task_manager(1)
        return True

    at(tmp_path / "out", "inspect", driver, lose_one)
    ran = ended(driver)
    assert ran.status == 0, ran.told
    assert shipped(tmp_path / "out") == wanted
    assert "lost" in cluster.logs() or "unreachable" in cluster.logs()


def test_a_task_manager_that_stays_away_ends_the_run_in_a_line_and_the_next_goes_on(
    cluster: FlinkCluster, small: Small, tmp_path: Path
) -> None:
    flags, wanted = small
    driver = start(tmp_path / "out", [*flags, *cluster.flags()])
    at(tmp_path / "out", "screen", driver, lambda: bool(cluster.workers()) and cluster.kill("taskmanager-1") is None)
    ran = ended(driver)
    last = ran.told.splitlines()[-1]
    assert (ran.status, ran.told.count("Traceback")) == (1, 0), ran.told
    assert last.startswith("failed: medical-corpus-screen-")
    assert last.endswith("; the same command goes on from there")
    cluster.start_task_manager(1)
    cluster.await_task_managers(2)
    again = run(tmp_path / "out", [*flags, *cluster.flags()])
    assert (again.status, shipped(tmp_path / "out")) == (0, wanted), again.told
    assert "ingest   as before" in again.told


def test_a_driver_that_is_killed_leaves_a_job_that_the_next_one_stops(cluster: FlinkCluster, small: Small, tmp_path: Path) -> None:
    flags, wanted = small
    driver = start(tmp_path / "out", [*flags, *cluster.flags()])
    at(tmp_path / "out", "inspect", driver, lambda: bool(cluster.workers()) and driver.kill() is None).join()
    ended(driver)
    again = run(tmp_path / "out", [*flags, *cluster.flags()])
    assert (again.status, shipped(tmp_path / "out")) == (0, wanted), again.told
    running = [job for job in cluster.ask("/jobs/overview")["jobs"] if job["state"] not in ("FINISHED", "FAILED", "CANCELED")]
    assert running == []
