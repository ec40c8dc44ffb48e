"""Where real files lie beside the repository, or None."""

from pathlib import Path

_BESIDE = Path(__file__).parents[2] / "shared" / "real"
REAL: Path | None = _BESIDE if _BESIDE.is_dir() else None
