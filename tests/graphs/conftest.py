"""Every stage's graph before anything has run: data and OUT in a bucket, the model on GPUs, secrets in the environment"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graphs.drawn import SECRETS, Drawn, in_hub_cache
from tests.pipelines.whole_run import run


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return in_hub_cache(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="session")
def drawn(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawn]:
    folder = tmp_path_factory.mktemp("graphs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(home))
        for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
            patch.delenv(name, raising=False)
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        asked = ("--data", "gs://bucket/data", "--out", "gs://bucket/out", "--to", folder, "--assume-rows", "5000000")
        yield Drawn(run("graph", *asked, "--tagger", "biomedclip", "--accelerator"), folder)
