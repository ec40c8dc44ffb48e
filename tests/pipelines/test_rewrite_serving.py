"""A whole run against a server that others wrote: `transformers serve`, in an environment of its own that borrows this one's packages"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.models.server import Server, ServerError, read_address
from tests.pipelines.talks_data import REFUSED, ROWS, write_recipe, write_talks
from tests.pipelines.tiny_llama import USUAL, write_model
from tests.pipelines.whole_run import Place, fates, shipped

ENVIRONMENT = Path(__file__).parents[2] / "build" / "peers" / "serving"
WANTED = ["openai>=1.98", "pydantic>=2", "uvicorn", "fastapi", "starlette", "rich"]  # what transformers[serving] asks for beside torch
START = 120  # seconds


def environment() -> Path:
    """Its python; 40 MB, made once."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "ready").is_file():
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        uv = Path(sys.executable).with_name("uv")
        if not uv.is_file():
            pytest.skip("no uv beside this python: no environment for the server can be made")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, ENVIRONMENT], check=True)
        for more in (WANTED, ["--no-deps", "accelerate", "psutil"]):
            subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *more], check=True)
        libraries = next((ENVIRONMENT / "lib").glob("python*")) / "site-packages"
        (libraries / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        (ENVIRONMENT / "ready").touch()
    return python


@contextlib.contextmanager
def serving(model: Path, log: Path) -> Iterator[str]:
    """URL of the server, once it answers."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    code = "from transformers.cli.transformers import main; main()"
    command = [environment(), "-c", code, "serve", model, "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    offline = {**os.environ, "HF_HUB_OFFLINE": "1"}
    with log.open("wb") as told, subprocess.Popen(command, stdout=told, stderr=told, env=offline) as process:
        try:
            began = time.monotonic()
            while not _answers(f"http://127.0.0.1:{port}"):
                assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
                assert time.monotonic() - began < START, "the server does not answer"
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        Server(read_address(url)).models()
    except ServerError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_against_transformers_serve(tmp_path: Path) -> None:
    place, model = Place(tmp_path / "talks"), write_model(tmp_path / "model")
    write_talks(place.folder, wards=2)
    recipe = write_recipe(place.folder, model=str(model))
    with serving(model, tmp_path / "serve.log") as url:
        assert place.run("--corpus", recipe, "--rewrite-server", url).status == 0
    refused = {f"open_talks/{number}": ("rewrite", reason) for number, reason in REFUSED.items()}
    assert {id: fate for id, fate in fates(place.out).items() if fate != ("", "")} == refused
    answers = {row["messages"][1]["content"] for row in shipped(place.out, "talks") if row["task"] == "dialogue"}
    assert answers == {USUAL.removeprefix("Revised response: ").replace("+1 (617) 555-0142", "[PHONE]")}
    again = place.run("--corpus", recipe, "--rewrite-cache", place.out / "cache" / "rewrite", out="again")
    assert again.status == 0
    assert len(list(shipped(place.folder / "again", "talks"))) == ROWS - len(REFUSED) + 2 + 2
