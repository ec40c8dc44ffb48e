"""Jobs of Dataflow, built and staged against a store of this machine: no project, no network, nothing submitted"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.graph_faults import graph_faults
from pipelines.sizing import hints_of
from tests.graphs.drawn import SECRETS, STAGES, Proto

pytestmark = pytest.mark.engines
ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("DATAFLOW_PYTHON", ROOT / "build" / "dataflow" / "bin" / "python"))
BUCKET = "corpus-jobs"
IMAGE = "us-docker.pkg.dev/some-project/images/medical-corpus:0.1.0"
FLAGS = (
    "--runner=DataflowRunner", "--project=some-project", "--region=us-central1", f"--temp_location=gs://{BUCKET}/tmp",
    f"--sdk_container_image={IMAGE}", "--sdk_location=container",
)  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """URL of a server that answers as Google's store does."""
    if not PYTHON.exists():
        pytest.skip(f"{PYTHON.relative_to(ROOT) if PYTHON.is_relative_to(ROOT) else PYTHON}: not there; 'make engine-dataflow' makes it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-u", "-m", "gcp_storage_emulator", "start", "--host=127.0.0.1", f"--port={port}", "--in-memory"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(server, port)
            asked = urllib.request.Request(
                f"{url}/storage/v1/b?project=p", json.dumps({"name": BUCKET}).encode(), {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(asked, timeout=60).close()
            yield url
        finally:
            server.terminate()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the store did not come up")


@pytest.fixture(scope="module")
def jobs(store: str, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that 'graph' wrote for a runner that is Dataflow's."""
    folder = tmp_path_factory.mktemp("jobs")
    asked = ["--data", f"gs://{BUCKET}/data", "--out", f"gs://{BUCKET}/out", "--tagger", "biomedclip", "--accelerator", "--to", str(folder)]
    environment = {
        **os.environ, **SECRETS, "HF_HOME": str(home), "STORAGE_EMULATOR_HOST": store, "NO_GCE_CHECK": "true", "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    ran = subprocess.run(
        [PYTHON, "-m", "pipelines", "graph", *asked, *FLAGS], env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    return folder


def staged(store: str) -> dict[str, bytes]:
    """What lies in the bucket, by name."""
    with urllib.request.urlopen(f"{store}/storage/v1/b/{BUCKET}/o", timeout=60) as answer:
        names = [item["name"] for item in json.load(answer)["items"]]
    found = {}
    for name in names:
        url = f"{store}/download/storage/v1/b/{BUCKET}/o/{urllib.parse.quote(name, '')}?alt=media"
        with urllib.request.urlopen(url, timeout=60) as answer:
            found[name] = answer.read()
    return found


def test_every_stage_is_a_template_of_dataflow(jobs: Path) -> None:
    found = {path.stem: json.loads(path.read_text()) for path in jobs.glob("*.json") if path.stem != "graphs"}
    assert sorted(found) == sorted(STAGES)
    assert {job["type"] for job in found.values()} == {"JOB_TYPE_BATCH"}
    assert len({job["name"] for job in found.values()}) == len(STAGES), "each has a name of its own"
    images = {image["containerImage"] for job in found.values() for pool in job["environment"]["workerPools"]
              for image in pool["sdkHarnessContainerImages"]}  # fmt: skip
    assert images == {IMAGE}
    for name, job in found.items():
        told = json.dumps(job)
        assert not [value for value in (*SECRETS.values(), str(Path.home()) + "/", str(jobs), str(ROOT)) if value in told], name


def test_what_is_staged_is_one_graph_a_stage_without_payload_and_the_gpu_is_the_models_alone(store: str, jobs: Path) -> None:
    found = staged(store)
    assert {name.rpartition("/")[2] for name in found} == {"pipeline.pb"}
    graphs = [Proto.FromString(data) for data in found.values()]
    assert len(graphs) == len(STAGES)
    assert [fault for graph in graphs for fault in graph_faults(graph, is_local=False)] == []
    assert [steps for graph in graphs for hint, steps in hints_of(graph).items() if hint.startswith("accelerator=")] == [["tag/work"]]

