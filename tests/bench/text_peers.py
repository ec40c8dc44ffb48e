"""texts with near copies -> how fast, in how much memory and how well ours and published tools find them, each in a process of its own"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from curate.recipe import Matching
from tests.bench import text_peer_work
from tests.bench.environments import ALONE, install, python_of
from tests.bench.figure import Figure
from tests.bench.text_made import made_texts
from tests.bench.text_planted import planted
from tests.bench.text_real import ABSENT, captions_and_answers
from tests.bench.text_scored import Truth, of_dropped, truth_of
from tests.bench.text_truth import words
from tests.bench.watched import watch

MADE = 100_000
ROUNDS = 3
SLOW = ("text_dedup", "data_juicer", "datatrove", "datasketch_loop")  # once: a minute and more each
ENVIRONMENTS = {  # tool -> environment, what it asks for
    "rensa": ("rensa", ("rensa==0.5.0",)),
    "rensa_16": ("rensa", ("rensa==0.5.0",)),
    "gaoya": ("gaoya", ("gaoya==0.2.2",)),
    "datasketch_bulk": ("datasketch", ("datasketch==2.0.0",)),
    "datasketch_loop": ("datasketch", ("datasketch==2.0.0",)),
    "text_dedup": ("text_dedup", ("text-dedup==0.4.0",)),
    "datatrove": ("datatrove", ("datatrove[io,processing]==0.10.1",)),
    "data_juicer": ("data_juicer", ()),  # as tests.bench.peers makes it
}
OURS, ONE = "ours", "ours, one process"
PROCESSES = {OURS: 2, ONE: 1}
TARGETS = {  # engine.md's, of ours against the tool: on made texts, on real ones
    "rensa": (">= 1", ">= 0.7"),
    "data_juicer": ("", ">= 20"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    seconds: float  # of the whole process
    work: float  # without imports
    cpu: float  # of its cores together
    peak: int  # bytes resident, of the process tree
    dropped: list[int]


def measure(folder: Path, samples: int) -> list[Figure]:
    made = [text for chunk in made_texts(MADE, families=False) for text in chunk]
    figures = _compare("made", made, folder, 0)
    real = captions_and_answers()
    if not real:
        return [*figures, Figure(name="text-peers: real texts", figure=None, unit="", note=ABSENT)]
    return figures + _compare("real", [line for text in planted(real).texts if (line := plain(text))], folder, 1)


def plain(text: str) -> str:
    """Its words with one blank between; a symbol becomes a word of letters, so that every tool splits alike."""
    return " ".join(word if re.fullmatch(r"\w+", word) else "x" + "".join(f"{ord(sign):04x}" for sign in word) for word in words(text))


def _compare(name: str, texts: Sequence[str], folder: Path, place: int) -> list[Figure]:
    file = folder / f"{name}.txt"
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    truth = truth_of(texts, Matching().shingle)
    failed = {tool: word for tool, (where, wanted) in ENVIRONMENTS.items() if (word := _missing(where, wanted))}
    tools = [OURS, ONE, *(tool for tool in ENVIRONMENTS if tool not in failed)]
    rounds: dict[str, list[Ran]] = {tool: [] for tool in tools}
    for number in range(ROUNDS):
        for tool in tools:  # in turn: whatever else the machine does falls on all
            if number == 0 or tool not in SLOW:
                rounds[tool].append(_run(tool, file, folder / "scratch"))
    figures = [figure for tool in tools for figure in _figures(f"text-peers: {name}", tool, rounds, truth, place)]
    return figures + [Figure(name=f"text-peers: {name}, {tool}", figure=None, unit="", note=word) for tool, word in failed.items()]


def _missing(where: str, wanted: Sequence[str]) -> str:
    if wanted:
        return install(where, wanted)
    return "" if Path(python_of(where)).exists() else "made by ONLY=peers, which has not run"


def _figures(name: str, tool: str, rounds: dict[str, list[Ran]], truth: Truth, place: int) -> list[Figure]:
    own = rounds[tool]
    recall, precision = of_dropped(truth, own[0].dropped)
    held, least = tool == OURS, (">= 0.99", ">= 0.98")[place]
    work, whole, cpu, peak = (statistics.median(getattr(ran, field) for ran in own) for field in ("work", "seconds", "cpu", "peak"))
    spent = "" if tool in SLOW else f"{cpu:.1f} s of CPU, "  # some have others' children work for them
    note = f"{whole:.1f} s with start-up, {spent}{len(own[0].dropped):,} of {truth.texts:,} dropped"
    figures = [
        Figure(name=f"{name}, {tool}", figure=truth.texts / work, unit="texts/s", note=note),
        Figure(name=f"{name}, {tool}, peak memory", figure=peak / 1e6, unit="MB"),
        Figure(name=f"{name}, {tool}, recall", figure=recall, unit="of copies", target=least if held else ""),
        Figure(name=f"{name}, {tool}, precision", figure=precision, unit="of dropped", target=">= 0.99" if held else ""),
    ]
    if tool in PROCESSES:
        return figures
    ratios = [theirs.work / ours.work for ours, theirs in zip(rounds[OURS], own)]
    target = TARGETS.get(tool, ("", ""))[place]
    return [*figures, Figure(name=f"{name}, ours against {tool}", figure=statistics.median(ratios), unit="x", target=target)]


def _run(tool: str, file: Path, scratch: Path) -> Ran:
    """Raises RuntimeError with the end of what it said if it fails."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    if tool in PROCESSES:
        command = [sys.executable, "-m", "tests.bench.text_ours", str(file), str(scratch), str(PROCESSES[tool])]
    else:
        alone = [*ALONE, "HF_DATASETS_OFFLINE=1", python_of(ENVIRONMENTS[tool][0])]
        command = [*alone, text_peer_work.__file__, tool, str(file), str(scratch)]
    began = time.perf_counter()
    watched = watch(command, scratch / "log")
    took, told = time.perf_counter() - began, json.loads((scratch / "told.json").read_text(encoding="utf-8"))
    return Ran(seconds=took, work=told["work"], cpu=told["cpu"], peak=watched.peak(), dropped=told["dropped"])
