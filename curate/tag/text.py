"""a sample's turns -> the modality they name"""

from __future__ import annotations

from collections.abc import Sequence

from curate.tag.words import Meaning, agreed, is_denied_question, is_reversed_question, named
from schemas.sample import IMAGE_MARK, Sample, Turn


def read_text(sample: Sample) -> Meaning | None:
    """What the answers name (a caption is an answer), else what the questions name. A question answered by no does not count, nor does an
    answer that contradicts the questions: 'Is this CT or MRI?' 'MRI' is MRI, 'What would show more on this MRI?' 'CT' is nothing."""
    asked: list[Meaning] = []
    answered: list[Meaning] = []
    for question, answer in _exchanges(sample.turns):
        if is_reversed_question(question):
            continue
        if not is_denied_question(question, answer):
            asked += named(question)
        answered += named(answer)
    if not answered:
        return agreed(asked)
    told = agreed(answered)
    if told is None or (asked and told.modality not in {meaning.modality for meaning in asked}):
        return None
    return told


def _exchanges(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """Each user turn with the answer that follows it; '' where one of them is missing. System turns say nothing of the image."""
    pairs: list[tuple[str, str]] = []
    for turn in turns:
        if turn.role == "user":
            pairs.append((turn.text.replace(IMAGE_MARK, "").strip(), ""))  # else every question opens with the mark
        elif turn.role == "assistant":
            question = pairs.pop()[0] if pairs and not pairs[-1][1] else ""
            pairs.append((question, turn.text))
    return pairs
