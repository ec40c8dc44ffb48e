"""real texts, distinct by their words -> the same with an edited copy of every third among them"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.text_edits import EDITS, OTHER_MEANING, is_chinese
from tests.bench.text_real import real_texts
from tests.bench.text_truth import words

EVERY = 3
CHINESE = ("question zh", "choices zh")


@dataclass(frozen=True, slots=True)
class Planted:
    """Texts, and of each planted copy (its text, its own position, its kind)."""

    texts: list[str]
    edits: list[tuple[int, int, str]]


def english() -> Planted:
    return planted([text for kind, texts in real_texts().items() if kind not in CHINESE for text in texts if not is_chinese(text)])


def chinese() -> Planted:
    return planted([text for kind, texts in real_texts().items() if kind in CHINESE for text in texts])


def planted(texts: Sequence[str]) -> Planted:
    """Kinds of edits take turns; one that changes nothing (no number, no side) leaves its turn to the next."""
    chance = random.Random(5)
    out = list({tuple(words(text)): text for text in texts}.values())
    edits, kinds = [], list(EDITS)
    turn = 0
    for place in range(0, len(out), EVERY):
        for step in range(len(kinds)):
            kind = kinds[(turn + step) % len(kinds)]
            copy = EDITS[kind](out[place], chance)
            if copy != out[place]:
                edits.append((place, len(out), kind))
                out.append(copy)
                turn += step + 1
                break
    return Planted(out, edits)


def of_one_meaning(kind: str) -> bool:
    return kind not in OTHER_MEANING
