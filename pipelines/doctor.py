"""this machine -> one line for each thing a run leans on: ok, missing, or a hint; nothing is downloaded and no network is touched"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from curate.models.state import check_file
from curate.models.tokens import TokenizerError, load_tokenizer
from curate.models.weights import MODEL, Weights, WeightsError, find_weights, how_to_get
from pipelines.engine import LOCAL
from pipelines.run import UsageError, cores
from pipelines.tagger import AUTO, BIOMEDCLIP, NONE, PIXELS, tagger_faults

PROJECT = "medical-corpus"
JOB_SERVICE = "apache_beam.runners.portability.local_job_service_main"
FILES = 4_096  # open files: gRPC channels, shards and image threads of a machine with many cores
MEMORY = 4 << 30  # bytes: the text tower of the tagger while it is loaded, and the parent of the local engine
DISK = 10 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    mark: Literal["ok", "missing", "hint"]  # missing: a run cannot do without it; hint: it can, and the line says what is lost
    name: str
    text: str


def print_doctor(tagger: str, weights: str | None, probe: str | None) -> int:
    """Print what is found; 1 if a run cannot do without something that is missing, else 0. Raises UsageError where flags do not go
    together."""
    if faults := tagger_faults(tagger, weights, probe):
        raise UsageError("\n       ".join(faults))
    lines = list(examine(tagger, weights, probe))
    for line in lines:
        print(f"{line.mark:<8} {line.name:<16} {line.text}")
    missing = sum(line.mark == "missing" for line in lines)
    print(f"\n{missing} missing, see above; 'make setup' installs the packages." if missing else "\nReady: 'make corpus' runs here.")
    return 1 if missing else 0


def examine(tagger: str, weights: str | None, probe: str | None) -> Iterator[Line]:
    yield python_line()
    yield from package_lines()
    yield cores_line()
    yield memory_line(memory())
    yield gpu_line()
    yield from tagger_lines(tagger, weights, probe)
    yield tokenizer_line()
    yield disk_line(Path.cwd())
    yield files_line()
    yield decoders_line(confinement())
    yield from engine_lines()


def python_line() -> Line:
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = importlib.metadata.metadata(PROJECT)["Requires-Python"] if _installed(PROJECT) else ">=3.10,<3.14"
    return Line(mark="ok" if (3, 10) <= sys.version_info[:2] < (3, 14) else "missing", name="Python", text=f"{version} (wanted: {wanted})")


def package_lines() -> Iterator[Line]:
    """Each package that pyproject.toml names: the version found against the one wanted. Those of an extra are only hints."""
    if not _installed(PROJECT):
        yield Line(mark="missing", name=PROJECT, text="is not installed here, so its packages cannot be told; 'make setup' installs it")
        return
    for text in importlib.metadata.requires(PROJECT) or []:
        yield from package_lines_of(Requirement(text), _extras())


def package_lines_of(wanted: Requirement, extras: Sequence[str]) -> Iterator[Line]:
    """None of a package that this Python or this machine has no use for."""
    is_base = not wanted.marker or wanted.marker.evaluate({"extra": ""})
    extra = "" if is_base else next((name for name in extras if wanted.marker and wanted.marker.evaluate({"extra": name})), "")
    if not is_base and not extra:
        return
    found = _installed(wanted.name)
    purpose = f"; extra '{extra}'" if extra else ""
    lost = sorted(part for part in wanted.extras if found and not _has_part(wanted.name, part))
    told = (found or "not installed") + (f" without its part {', '.join(lost)}" if lost else "")
    text = f"{told} (wanted: {wanted.specifier or 'any'}{purpose})"
    is_right = bool(found) and not lost and wanted.specifier.contains(found, prereleases=True)
    yield Line(mark="ok" if is_right else "hint" if extra else "missing", name=wanted.name, text=text)


def _has_part(package: str, extra: str) -> bool:
    """Whether what an extra of another package brings is installed too: apache-beam[gcp]."""
    brought = (Requirement(text) for text in importlib.metadata.requires(package) or [])
    return all(
        _installed(one.name)
        for one in brought
        if one.marker and one.marker.evaluate({"extra": extra}) and not one.marker.evaluate({"extra": ""})
    )


def _extras() -> Sequence[str]:
    return importlib.metadata.metadata(PROJECT).get_all("Provides-Extra") or ()


def _installed(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def cores_line() -> Line:
    return Line(mark="ok", name="cores", text=f"{cores()} of {os.cpu_count()} may be used; --workers takes fewer")


def confinement() -> frozenset[str]:
    """What the kernel holds a decoder to, asked of one: it cannot be undone."""
    program = "from curate.confine import confine; print(*confine())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    return frozenset(done.stdout.split())


def decoders_line(held: frozenset[str]) -> Line:
    if lost := " and ".join(sorted({"network", "files"} - held)):
        return Line(mark="hint", name="decoders", text=f"this kernel does not keep them from {lost}: docs/security.md")
    return Line(mark="ok", name="decoders", text="kept from the network, and from writing files")


def memory() -> int:
    """Bytes that this process may have: the machine's, or its control group's."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else "max"
    return min(whole, int(text)) if text.isdigit() else whole


def memory_line(found: int) -> Line:
    hint = "" if found >= MEMORY else f"; {_size(MEMORY)} are wanted where the tagger runs"
    return Line(mark="hint" if hint else "ok", name="memory", text=_size(found) + hint)


def gpu_line() -> Line:
    """Torch is asked, and imported only if it is installed (2 s)."""
    if importlib.util.find_spec("torch") is None:
        return Line(mark="hint", name="GPU", text="torch is not installed, so none can be used")
    import torch

    if not torch.cuda.is_available():
        from curate.models.route import choose_route

        text = f"none for torch {torch.__version__}; BiomedCLIP runs on the CPU ({choose_route().name}: 2-8 images/s a core)"
        return Line(mark="hint", name="GPU", text=text)
    free, whole = torch.cuda.mem_get_info()
    text = f"{torch.cuda.get_device_name()}, {_size(free)} of {_size(whole)} free, torch {torch.__version__}"
    return Line(mark="ok", name="GPU", text=text)


def tagger_lines(tagger: str, weights: str | None, probe: str | None) -> Iterator[Line]:
    """Which model would look at pictures, why, and what to download for a better one."""
    if tagger == NONE:
        yield Line(mark="hint", name="tagger", text="none: what sources declare, headers and words decide")
        return
    if tagger not in (AUTO, BIOMEDCLIP, PIXELS):
        yield Line(mark="ok", name="tagger", text=f"{tagger}, found when a run begins; --network fetches it")
        return
    head = f"; read by {probe}" if probe else ""
    if tagger == PIXELS:
        yield Line(mark="ok", name="tagger", text=f"pixels, as --tagger says: it needs no download{head}")
        return
    yield from _biomedclip_lines(tagger, weights, head)


def _biomedclip_lines(tagger: str, setting: str | None, head: str) -> Iterator[Line]:
    try:
        found = _whole(find_weights(setting, network=False))
    except WeightsError as error:
        yield Line(mark="missing", name="BiomedCLIP", text=str(error))
        return
    if found:
        yield Line(mark="ok", name="BiomedCLIP", text=f"{found.folder} ({found.origin}); its card allows research use only")
        yield Line(mark="ok", name="tagger", text=f"biomedclip: its weights are here{head}")
        return
    yield Line(mark="missing" if tagger == BIOMEDCLIP else "hint", name="BiomedCLIP", text=f"{MODEL} is not here; {how_to_get(None)}")
    if tagger == AUTO:
        yield Line(mark="ok", name="tagger", text=f"pixels: it needs no download, and BiomedCLIP's weights are not here{head}")


def _whole(found: Weights | None) -> Weights | None:
    """Raises WeightsError where the file is damaged, as far as that can be told without its tensors."""
    if found and found.folder is not None:
        check_file(found)
        return found
    return None


def tokenizer_line() -> Line:
    try:
        name = load_tokenizer("auto", network=False).name
    except TokenizerError as error:
        return Line(mark="missing", name="tokenizer", text=str(error))
    if name.startswith("clip-bpe"):
        text = f"{name}, which open_clip carries; Qwen2.5's is taken instead once it lies in the hub cache"
        return Line(mark="hint", name="tokenizer", text=text)
    return Line(mark="ok", name="tokenizer", text=name)


def disk_line(folder: Path) -> Line:
    free = shutil.disk_usage(folder).free
    hint = "" if free >= DISK else "; a corpus holds its images once more: give --out on a larger disk"
    return Line(mark="hint" if hint else "ok", name="disk", text=f"{_size(free)} free in {folder}{hint}")


def files_line() -> Line:
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = soft == resource.RLIM_INFINITY or soft >= FILES
    hint = "" if enough else f"; 'ulimit -n {FILES}' before the run (at most {hard})"
    found = "no limit" if soft == resource.RLIM_INFINITY else f"at most {soft}"
    return Line(mark="ok" if enough else "hint", name="open files", text=found + hint)


def engine_lines() -> Iterator[Line]:
    version = _installed("apache-beam")
    if not version:
        yield Line(mark="missing", name="engine", text="Apache Beam is not installed")
        return
    yield Line(mark="ok", name="engine", text=f"local: {LOCAL.rpartition('.')[2]} of Beam {version}, in one process or several")
    portable = importlib.util.find_spec("grpc") is not None
    text = f"portable: --runner=PortableRunner --job_endpoint=HOST:PORT; 'python -m {JOB_SERVICE} -p PORT' is one for trial"
    yield Line(mark="ok" if portable else "hint", name="engine", text=text if portable else "portable: the package grpcio is missing")


def _size(number: int) -> str:
    return f"{number / (1 << 30):,.1f} GiB"
