"""python -m tests.engines.fetch flink|prism|gcs: what the tests run on, pinned and checked, from registries into build/engines

--or-skip: where one cannot be had (no Go, no Maven, no registry) that is said, and is no error: what needs it is skipped."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

HERE = Path(__file__).parent
ENGINES = HERE.parents[1] / "build" / "engines"
FLINK = ENGINES / "flink"
PRISM = ENGINES / "prism"
GCS = ENGINES / "gcs"
PRISM_VERSION = "v2.77.0"
GCS_VERSION = "v1.56.1"  # of fake-gcs-server, which speaks the JSON side of gs://
FLINK_VERSION = "1.19.3"  # of those that Beam's job server is published for, the one that Maven, PyPI and this Beam have in common
FLINK_SHA256 = "4a58e3a1fb7d83340bc96b6c080624c6d792d69fae5d294b96224775204a9c60"
FLINK_PARTS = ("flink-dist-", "log4j-api-", "log4j-core-", "log4j-slf4j-impl-")  # of its lib: no tables, no SQL


class NotFetched(RuntimeError):
    """An engine that is not there, or not the one that was asked for."""


def fetch_flink() -> None:
    """FLINK/flink: Flink's own jars, out of the source archive of a Python package; FLINK/beam: those of Beam's job server."""
    if flink_ready():
        return
    shutil.rmtree(FLINK, ignore_errors=True)
    work = FLINK / "work"
    work.mkdir(parents=True)
    (work / "wanted.txt").write_text(f"apache-flink-libraries=={FLINK_VERSION} --hash=sha256:{FLINK_SHA256}\n", encoding="utf-8")
    _run("pip", sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--require-hashes",
         "--requirement", str(work / "wanted.txt"), "--dest", str(work))  # fmt: skip
    _unpack(next(work.glob("*.tar.gz")), FLINK / "flink")
    _run("mvn", "mvn", "--quiet", "--batch-mode", "--strict-checksums", "--file", str(HERE / "pom.xml"), "dependency:copy-dependencies",
         f"-DoutputDirectory={FLINK / 'beam'}", f"-Dmaven.repo.local={work / 'repository'}")  # fmt: skip
    _check(FLINK / "beam")
    shutil.rmtree(work)
    (FLINK / "ready").write_text(_stamp(), encoding="utf-8")


def fetch_prism() -> None:
    """PRISM/prism, built from Beam's own Go module."""
    _install(PRISM, "github.com/apache/beam/sdks/v2/go/cmd/prism", PRISM_VERSION)


def fetch_gcs() -> None:
    """GCS/fake-gcs-server."""
    _install(GCS, "github.com/fsouza/fake-gcs-server", GCS_VERSION)


def _install(folder: Path, module: str, version: str) -> None:
    """Build a Go program, from Go's module proxy, whose checksums Go verifies."""
    if _read(folder / "ready") == version:
        return
    folder.mkdir(parents=True, exist_ok=True)
    _run("go", "go", "install", f"{module}@{version}", environment={"GOBIN": str(folder), "GOFLAGS": "-mod=mod"})
    (folder / "ready").write_text(version, encoding="utf-8")


def flink_ready() -> bool:
    return _read(FLINK / "ready") == _stamp()


def prism_ready() -> bool:
    return _read(PRISM / "ready") == PRISM_VERSION


def gcs_ready() -> bool:
    return _read(GCS / "ready") == GCS_VERSION


def _stamp() -> str:
    return f"{FLINK_SHA256}\n{hashlib.sha256((HERE / 'jars.sha256').read_bytes()).hexdigest()}\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _run(tool: str, *command: str, environment: Mapping[str, str] | None = None) -> None:
    """Raises NotFetched with its last lines."""
    if shutil.which(command[0]) is None:
        raise NotFetched(f"{tool}: not found on this machine; it is wanted to fetch the engine")
    ran = subprocess.run(command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise NotFetched(f"{tool} ended with {ran.returncode}: {(ran.stderr or ran.stdout)[-2000:]}")


def _unpack(archive: Path, to: Path) -> None:
    to.mkdir()
    with tarfile.open(archive) as files:
        for member in files:
            name = Path(member.name).name
            if member.isfile() and "/deps/lib/" in member.name and name.startswith(FLINK_PARTS):
                member.name = name
                files.extract(member, to, filter="data")


def _check(folder: Path) -> None:
    """Raises NotFetched unless the folder holds the files that are named in jars.sha256, and no other."""
    lines = (HERE / "jars.sha256").read_text(encoding="utf-8").splitlines()
    wanted = {name: digest for digest, name in (line.split() for line in lines)}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    wrong = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
    if wrong:
        raise NotFetched(f"{folder}: other than jars.sha256 says: {', '.join(wrong)}")


def main() -> int:
    fetchers: dict[str, Callable[[], None]] = {"flink": fetch_flink, "prism": fetch_prism, "gcs": fetch_gcs}
    names = [name for name in sys.argv[1:] if name != "--or-skip"]
    skips, status = "--or-skip" in sys.argv, 0
    for name in names or fetchers:
        try:
            fetchers[name]()
            print(f"{name}: ready below {ENGINES}")
        except NotFetched as error:
            print(f"{name}: {error}{'; what needs it is skipped' if skips else ''}", file=sys.stderr)
            status = 0 if skips else 1
    return status


if __name__ == "__main__":
    sys.exit(main())
