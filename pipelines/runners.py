"""Beam's flags, read -> the runner that they name, and what is wrong with it before Beam begins or fetches anything"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from apache_beam.runners.runner import _RUNNER_MAP

REMOTE_HINT = (
    "local folders cannot be reached from a remote runner; name object-store URLs, or --shared-filesystem if all workers see these folders"
)
ELSE = "leave --runner out for the local engine, or name another"
HERE = "FnApiRunner"  # the local engine's
FETCHING = ("DirectRunner", "SwitchingDirectRunner", "TestDirectRunner", "InteractiveRunner")  # all of them ask Prism first
UNTRIED = ("BundleBasedDirectRunner", "PythonRPCDirectRunner")
WANTED = ("DataflowRunner", "FlinkRunner", "PortableRunner", "PrismRunner", "SparkRunner")
SERVERS = {  # runner -> the flag that names the program behind it, and what Beam fetches where none is named
    "PrismRunner": ("prism_location", "a Go binary"),
    "FlinkRunner": ("flink_job_server_jar", "a job server"),
    "SparkRunner": ("spark_job_server_jar", "a job server"),
}
ELSEWHERE = {"job_endpoint": "PortableRunner", **{flag: runner for runner, (flag, _) in SERVERS.items()}}  # flags that only a runner reads

Given = Mapping[str, object]


def runner_of(given: Given) -> str:
    """Its class, as Beam finds it: known names in any case, with or without 'Runner'. '' where none is named."""
    name = str(given.get("runner") or "")
    return (_known(name) or name).rpartition(".")[2]


def runs_here(given: Given) -> bool:
    return runner_of(given) in ("", HERE)


def _known(name: str) -> str | None:
    return _RUNNER_MAP.get(name.lower()) or _RUNNER_MAP.get(f"{name.lower()}runner")


def runner_faults(given: Given, *, shared_filesystem: bool) -> Iterator[str]:
    name, runner = f"--runner={given.get('runner')}", runner_of(given)
    if runs_here(given):
        yield from _unread(given)
    elif fault := _unknown(str(given["runner"])):
        yield f"{name}: {fault}"
    elif runner in FETCHING:
        yield f"{name} is refused: it fetches a Go binary at run time; {ELSE}"
    elif runner in UNTRIED:
        yield f"{name} is refused: nothing of this program was tried on it; {ELSE}"
    else:
        if fault := _without_server(runner, given):
            yield f"{name}: {fault}: docs/engines.md"
        if not shared_filesystem and not is_loopback(given):
            yield f"{name}: {REMOTE_HINT}"


def _unread(given: Given) -> Iterator[str]:
    """Flags of an engine that the run would not go to."""
    for flag, runner in ELSEWHERE.items():
        if given.get(flag):
            yield f"--{flag}: without a --runner that reads it the run would stay on this machine; name one, --runner={runner}"


def _unknown(name: str) -> str | None:
    """A class of somebody else's is none that anything here was tried on, and to look at it is to run it."""
    if _known(name) or name in _RUNNER_MAP.values():
        return None  # which may want an extra that is not installed: Beam says which
    near = [] if "." in name else difflib.get_close_matches(name.lower(), _RUNNER_MAP, 1)
    meant = f"did you mean {_RUNNER_MAP[near[0]].rpartition('.')[2]}? " if near else ""
    return f"no runner of Beam; {meant}wanted one of {', '.join(WANTED)}"


def _without_server(runner: str, given: Given) -> str | None:
    """Where a job would go to no program that is there."""
    listens = "where one listens, --job_endpoint=HOST:PORT"
    if given.get("job_endpoint"):
        return None
    if runner == "PortableRunner":
        return f"a job server wanted; name {listens}"
    flag, fetched = SERVERS.get(runner, ("", ""))
    return f"Beam would fetch {fetched} at run time; name one, --{flag}=FILE, or {listens}" if flag and not given.get(flag) else None


def is_loopback(given: Given) -> bool:
    """Whether the workers are threads of this process: as asked for, or as these runners have it where nothing is."""
    if kind := given.get("environment_type"):
        return kind == "LOOPBACK"
    own_flink = given.get("flink_master") in ("[local]", "[auto]") and not given.get("job_endpoint")
    return runner_of(given) == "PrismRunner" or (runner_of(given) == "FlinkRunner" and own_flink)
