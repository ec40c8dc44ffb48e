"""a tool's name and what it asks for -> an environment of its own under build/peers"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ENVIRONMENTS = Path(__file__).parents[2] / "build" / "peers"
ALONE = ["env", "PIP_NO_INDEX=1", "UV_OFFLINE=1", "HF_HUB_OFFLINE=1", "SENTRY_OPT_OUT=1"]  # what is not installed is not fetched


def python_of(name: str) -> str:
    return str(ENVIRONMENTS / name / "bin" / "python")


def install(name: str, wanted: Sequence[str]) -> str:
    """Make its environment unless it stands; a word why not."""
    folder = ENVIRONMENTS / name
    ready = folder / "ready"
    if ready.is_file() and ready.read_text(encoding="utf-8").split() == list(wanted):
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "config", "get", "global.find-links"]
    links = subprocess.run(pip, capture_output=True, text=True, check=False).stdout.strip()
    environment = {**os.environ, "UV_FIND_LINKS": links}
    uv = Path(sys.executable).with_name("uv")
    try:
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True, env=environment)
        asked = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python_of(name), *wanted]
        subprocess.run(asked, check=True, env=environment)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"cannot be installed here ({type(error).__name__})"
    ready.write_text("\n".join(wanted), encoding="utf-8")
    return ""
