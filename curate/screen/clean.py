"""a sample as found -> with every text that ships in its normal form, and the steps that changed it"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from curate.screen.steps import ALWAYS, OF_ANSWERS, STEPS, Step
from schemas.sample import Sample, Turn


def clean_sample(sample: Sample) -> tuple[Sample, tuple[str, ...]]:
    """`sample` cleaned (the same object where nothing changes, as in most), and the names of the steps that changed a text, in their order.

    Turns go through the steps of its manifest too; labels and labels of boxes through those of ALWAYS alone."""
    changed: set[str] = set()
    turns = _turns(sample.turns, sample.clean, changed)
    opened = _turns(sample.opened, sample.clean, set())  # the same text in another form: what was done to it is noted once
    words = [_cleaned(text, _steps((), False), changed) for text in (*sample.labels, *(box.label for box in sample.boxes))]
    if not changed and opened == sample.opened:
        return sample, ()
    labels, boxes = words[: len(sample.labels)], words[len(sample.labels) :]
    cleaned = dataclasses.replace(
        sample,
        turns=turns,
        opened=opened,
        labels=tuple(labels),
        boxes=tuple(dataclasses.replace(box, label=label) for box, label in zip(sample.boxes, boxes, strict=True)),
    )
    return cleaned, tuple(step.__name__ for step in STEPS if step.__name__ in changed)


def _turns(turns: tuple[Turn, ...], listed: tuple[str, ...], changed: set[str]) -> tuple[Turn, ...]:
    texts = [_cleaned(turn.text, _steps(listed, turn.role == "assistant"), changed) for turn in turns]
    return tuple(turn if text is turn.text else dataclasses.replace(turn, text=text) for turn, text in zip(turns, texts, strict=True))


def clean_text(text: str, listed: Sequence[str] = (), *, answer: bool = False) -> str:
    """`text` by the steps of ALWAYS and those `listed`; `answer` if the assistant says it."""
    return _cleaned(text, _steps(tuple(listed), answer), set())


@functools.cache
def _steps(listed: tuple[str, ...], answer: bool) -> tuple[Step, ...]:
    return tuple(step for step in STEPS if step in ALWAYS or (step.__name__ in listed and (answer or step not in OF_ANSWERS)))


def _cleaned(text: str, steps: tuple[Step, ...], changed: set[str]) -> str:
    """The text, and in `changed` the steps that did something."""
    if len(steps) == len(ALWAYS) and text.isascii() and text.isprintable() and not text[:1].isspace() and not text[-1:].isspace():
        return text  # most text
    for step in steps:
        done = step(text)
        if done != text:
            changed.add(step.__name__)
            text = done
    return text
