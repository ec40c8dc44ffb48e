"""One corpus, byte for byte, whatever runs it: one worker or two, threads, processes, a portable runner, any number of buckets"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.chunks import Layout
from tests.pipelines.small_data import write_small
from tests.pipelines.whole_run import account_closes, corpus, fates, verdicts, written

REJECTED = {
    "small_captions/3~2": ("ingest", "duplicate_id"),
    "small_captions/9": ("dedup", "duplicate_image"),
    "small_captions/11": ("screen", "caption_too_short"),
    "small_captions/12": ("screen", "image_rejected"),
    "small_captions/13": ("ingest", "image_missing"),
    **{f"small_questions/{row}": ("shield", "shield_image") for row in range(6, 12)},
    "small_questions/19": ("screen", "split_excluded"),
    "small_texts/t2": ("dedup", "duplicate_text"),
}
Wanted = tuple[list[str], dict[str, str]]  # flags of the data, digests of all that one worker wrote


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Wanted:
    folder = tmp_path_factory.mktemp("engines")
    flags = write_small(folder)
    ran = corpus(folder / "out", *flags, "--workers", "1")
    assert (ran.status, account_closes(folder / "out")) == (0, True)
    assert {id: fate for id, fate in fates(folder / "out").items() if fate[0]} == REJECTED
    assert len(verdicts(folder / "out")) == 64
    return flags, written(folder / "out")


@pytest.fixture
def job_service(tmp_path: Path) -> Iterator[str]:
    """Beam's own job service in a process of its own, on a port that the kernel chose: what the portable path speaks to."""
    port = tmp_path / "port"
    command = [sys.executable, "-u", "-m", "apache_beam.runners.portability.local_job_service_main", "--port_file", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        next(line for line in service.stderr if "Listening for beam jobs" in line)
        threading.Thread(target=service.stderr.read, daemon=True).start()  # else its log fills the pipe, and it waits
        yield f"localhost:{port.read_text(encoding='utf-8')}"
        service.terminate()


def test_a_run_makes_both_splits_of_one_corpus_and_its_cards(wanted: Wanted) -> None:
    cards = ("ATTRIBUTION.md", "README.md", "SHA256SUMS", "balance.svg", "croissant.json", "index.json")
    shards = ("train-00000-of-00001.parquet", "validation-00000-of-00001.parquet")
    assert list(wanted[1]) == [f"medical/{name}" for name in (*cards, *shards)]


def test_two_workers_make_the_same_bytes(wanted: Wanted, tmp_path: Path) -> None:
    flags, one = wanted
    assert corpus(tmp_path / "out", *flags, "--workers", "2").status == 0
    assert written(tmp_path / "out") == one


@pytest.mark.parametrize("buckets", ["1", "32"])
def test_any_number_of_buckets_makes_the_same_bytes(wanted: Wanted, tmp_path: Path, buckets: str) -> None:
    flags, one = wanted
    assert corpus(tmp_path / "out", *flags, "--buckets", buckets).status == 0
    assert written(tmp_path / "out") == one


@pytest.mark.parametrize("rows", [1, 7])
def test_parts_of_any_size_make_the_same_bytes(wanted: Wanted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """A sample's images may lie in other parts than the sample: screen must look for them there."""
    flags, one = wanted
    monkeypatch.setattr("pipelines.laid.plan_layout", lambda *_: Layout(part=rows))
    assert corpus(tmp_path / "out", *flags).status == 0
    assert written(tmp_path / "out") == one


@pytest.mark.timeout(600)
def test_processes_make_the_same_bytes_and_say_no_more_than_threads(wanted: Wanted, tmp_path: Path) -> None:
    flags, one = wanted
    command = [sys.executable, "-m", "pipelines", "corpus", "--out", str(tmp_path / "out"), "--tagger", "none", "--workers", "2", *flags]
    ran = subprocess.run([*command, "--direct_running_mode=multi_processing"], capture_output=True, text=True, check=False)
    assert (ran.returncode, written(tmp_path / "out")) == (0, one)
    assert "INFO" not in ran.stderr
    assert "WARNING" not in ran.stderr


@pytest.mark.timeout(600)
def test_a_portable_runner_makes_the_same_bytes(wanted: Wanted, tmp_path: Path, job_service: str) -> None:
    flags, one = wanted
    portable = ("--runner=PortableRunner", f"--job_endpoint={job_service}", "--environment_type=LOOPBACK")
    assert corpus(tmp_path / "out", *flags, *portable).status == 0
    assert written(tmp_path / "out") == one
