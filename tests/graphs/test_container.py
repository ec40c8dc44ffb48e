"""The container file and the launcher of templates, as far as they can be tried without either"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import apache_beam
import pytest

from curate.models.weights import find_weights
from tests.curate.models.tiny_biomedclip import write_tiny

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """(instruction, the rest of its line, lines that go on joined)."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line.strip())]


def test_every_instruction_is_one_that_docker_knows() -> None:
    assert {word for word, _ in instructions()} <= {"ARG", "FROM", "ENV", "WORKDIR", "RUN", "COPY", "USER", "ENTRYPOINT"}


def test_the_beam_of_the_container_is_the_one_that_is_pinned() -> None:
    assert ("ARG", f"BEAM={apache_beam.__version__}") in instructions()
    for name in ("constraints.txt", "constraints-dataflow.txt"):
        assert f"apache-beam=={apache_beam.__version__}" in (ROOT / name).read_text().splitlines()


def test_workers_are_not_root_but_where_dataflow_wants_it() -> None:
    users = {}
    stage = ""
    for word, rest in instructions():
        if word == "FROM":
            base, _, stage = rest.partition(" AS ")
            users[stage] = users.get(base, "root")
        elif word == "USER":
            users[stage] = rest
    assert users == {"sdk": "root", "corpus": "corpus", "dataflow": "root", "": "corpus"}
    assert instructions()[-1] == ("FROM", "corpus")


def test_the_entry_is_beams_own() -> None:
    assert [rest for word, rest in instructions() if word == "ENTRYPOINT"] == ['["/opt/apache/beam/boot"]']
    assert ("COPY", "--from=sdk /opt/apache/beam /opt/apache/beam") in instructions()


def test_what_is_copied_is_there_and_is_let_through() -> None:
    through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [name.rstrip("/") for word, rest in instructions() if word == "COPY" and "--from" not in rest and "$" not in rest
              for name in rest.split()[:-1]]  # fmt: skip
    assert [name for name in copied if not (ROOT / name).exists() or name not in through] == []
    assert {"schemas", "curate", "manifests", "pipelines", "constraints.txt", "pyproject.toml"} <= set(copied)


def test_everything_is_installed_with_pinned_versions() -> None:
    installed = [rest for word, rest in instructions() if word == "RUN" and "uv pip install" in rest]
    assert len(installed) == 2
    assert all("--constraint constraints.txt" in rest for rest in installed)


def test_weights_that_are_baked_in_are_found_as_the_hubs_own(tmp_path) -> None:
    (command,) = (rest for word, rest in instructions() if word == "RUN" and "/opt/weights" in rest)
    weights, home = tmp_path / "weights", tmp_path / "hub"
    here = {"HF_HOME": str(home), "PATH": os.environ["PATH"]}
    for count, written in ((0, False), (1, True)):
        if written:
            write_tiny(weights)
        subprocess.run(["sh", "-c", command.replace("/opt/weights", shlex.quote(str(weights)))], check=True, env=here)
        found = find_weights(None, {**here, "HF_HUB_OFFLINE": "1"})
        assert (found is not None) == bool(count)


FAKE = """\
import pathlib, sys
states = pathlib.Path({states!r})
if "run" in sys.argv:
    pathlib.Path({asked!r}).write_text(" ".join(sys.argv[1:]))
    print("job-1")
elif "describe" in sys.argv:
    first, *rest = states.read_text().split()
    states.write_text(" ".join(rest))
    print(first)
"""


def launched(folder: Path, states: str, **flags: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """The launcher of stage match, and what it asked gcloud to run; the job goes through those states."""
    (folder / "states").write_text(states)
    (folder / "fake.py").write_text(FAKE.format(states=str(folder / "states"), asked=str(folder / "asked")))
    gcloud = folder / "gcloud"
    gcloud.write_text(f'#!/bin/sh\nexec {sys.executable} {folder}/fake.py "$@"\n')
    gcloud.chmod(0o755)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}", "TEMPLATES": "gs://b/templates", "REGION": "europe-west4", "PROJECT": "p", "EVERY": "0"
    }  # fmt: skip
    command = [ROOT / "docs" / "dataflow-launch.sh", "match"]
    ran = subprocess.run(command, env={**environment, **flags}, capture_output=True, text=True, check=False)
    return ran, (folder / "asked").read_text()


@pytest.mark.parametrize(
    ("states", "status", "told"),
    [
        ("JOB_STATE_QUEUED JOB_STATE_RUNNING JOB_STATE_DONE", 0, ""),
        ("JOB_STATE_RUNNING JOB_STATE_FAILED", 1, "match: job job-1 ended in JOB_STATE_FAILED\n"),
    ],
)
def test_the_launcher_waits_for_the_end_of_the_job(tmp_path, states, status, told) -> None:
    ran, asked = launched(tmp_path, states)
    assert (ran.returncode, ran.stderr) == (status, told)
    name = asked.split()[3]
    flags = "--project p --region europe-west4 --gcs-location gs://b/templates/match.json --format value(id)"
    assert asked == f"dataflow jobs run {name} {flags}"
    assert (tmp_path / "states").read_text() == ""


def test_a_job_is_named_by_its_stage_and_the_folder_of_templates(tmp_path) -> None:
    folders = ("gs://b/templates", "gs://b/templates/", "gs://b/other/templates")
    names = [launched(tmp_path, "JOB_STATE_DONE", TEMPLATES=folder)[1].split()[3] for folder in folders]
    assert all(re.fullmatch(r"medical-corpus-match-\d+", name) for name in names)
    assert [name == names[0] for name in names] == [True, True, False]


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ({"MACHINE": "n1-standard-8", "WORKERS": "50"}, "--worker-machine-type n1-standard-8 --max-workers 50"),
        ({"MACHINE": "n1-standard-8", "MACHINE_match": "n1-highmem-16", "MACHINE_emit": "x"}, "--worker-machine-type n1-highmem-16"),
        ({"WORKERS_match": "2", "WORKERS_emit": "9"}, "--max-workers 2"),
    ],
)
def test_machines_are_of_all_stages_or_of_one(tmp_path, flags, wanted) -> None:
    _, asked = launched(tmp_path, "JOB_STATE_DONE", **flags)
    assert asked.partition("/match.json ")[2] == f"{wanted} --format value(id)"
