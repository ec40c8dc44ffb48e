"""packages and their versions -> the known vulnerabilities of each, by one question to a database (OSV, ossf.github.io/osv-schema)"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from packaging.markers import Marker

SERVER = "https://api.osv.dev"
SECONDS = 30
ROOT = Path(__file__).parents[2]
PIN = re.compile(r"([a-z0-9][a-z0-9._-]*)==([A-Za-z0-9.!+_-]+)(?: ; (.+))?")
ACCEPTED: Mapping[str, str] = {}  # id of an advisory -> why it does not concern this program; with the version that will end it


class Unreachable(RuntimeError):
    """The database cannot be asked."""


def pinned(constraints: Path = ROOT / "constraints.txt") -> dict[str, str]:
    """Name -> version of every line that this Python on this system takes. Raises ValueError for a line that is no pin."""
    found = {}
    for line in constraints.read_text(encoding="utf-8").splitlines():
        match = PIN.fullmatch(line)
        if match is None:
            raise ValueError(f"{constraints.name}: '{line}' found, NAME==VERSION wanted")
        if match[3] is None or Marker(match[3]).evaluate():
            found[match[1]] = match[2]
    return found


def ask(packages: Mapping[str, str], server: str = SERVER) -> list[str]:
    """A line for each advisory that concerns one of them and is not accepted. Raises Unreachable."""
    names = sorted(packages)
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": packages[name].partition("+")[0]} for name in names]
    answers = _post(f"{server}/v1/querybatch", {"queries": queries}).get("results")
    if not isinstance(answers, list) or len(answers) != len(names):
        raise Unreachable(f"{server}: {len(names)} packages asked of, an answer for each wanted")
    found = [(name, advisory) for name, answer in zip(names, answers) for advisory in _told(answer)]
    return [f"{name} {packages[name]}: {advisory}" for name, advisory in found if advisory not in ACCEPTED]


def _told(answer: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[str]:
    yield from sorted(advisory["id"] for advisory in answer.get("vulns") or ())
    if answer.get("next_page_token"):
        yield "and more than one answer holds"


def _post(url: str, body: object) -> dict[str, object]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            told = json.load(answer)
    except (OSError, ValueError) as error:
        raise Unreachable(f"{url}: {type(error).__name__}") from error
    if not isinstance(told, dict):
        raise Unreachable(f"{url}: an object wanted")
    return told
