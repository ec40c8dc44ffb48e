"""a hub repository's name -> the folder of its files in the local hub cache"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit


def hub_cache(environ: Mapping[str, str]) -> Path:
    """Where huggingface_hub keeps its files, by the same variables it reads, without importing it."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if environ.get(name):
            return Path(environ[name]).expanduser()
    if environ.get("HF_HOME"):
        return Path(environ["HF_HOME"]).expanduser() / "hub"
    base = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "huggingface" / "hub"


def snapshot(repository: str, environ: Mapping[str, str]) -> Path | None:
    """The cached files of `repository` at its main revision, or None where there are none."""
    root = hub_cache(environ) / ("models--" + repository.replace("/", "--"))
    try:
        revision = (root / "refs" / "main").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    folder = root / "snapshots" / revision
    return folder if revision and folder.is_dir() else None


def is_offline(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name, "").upper() in {"1", "ON", "YES", "TRUE"} for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))


def is_reachable(environ: Mapping[str, str], seconds: float = 3) -> bool:
    """Whether the hub, or the proxy that leads to it, takes a connection. Asked once, so that a cut-off machine does not sit through
    the client's retries (118 s a process)."""
    if is_offline(environ):
        return False
    proxy = environ.get("HTTPS_PROXY") or environ.get("https_proxy") or environ.get("ALL_PROXY") or environ.get("all_proxy")
    place = urlsplit(proxy or environ.get("HF_ENDPOINT") or "https://huggingface.co")
    try:
        with socket.create_connection((place.hostname or "", place.port or 443), timeout=seconds):
            return True
    except OSError:
        return False
