"""a sample's turns -> the modality they name: what its answers say, and what its questions say, apart"""

from __future__ import annotations

from collections.abc import Sequence

from curate.tag.names import named
from curate.tag.vocabulary import Said
from curate.tag.words import agreed, is_asking_what_to_do, is_denied_question, is_panelled, is_polar_question, is_reversed_question
from schemas.sample import IMAGE_MARK, Turn


def read_caption(turns: Sequence[Turn]) -> Said | None:
    """What the answers name: a caption is an answer. Nothing where they contradict the questions: 'What would show more on this MRI?'
    'CT'. Answers to what is not, or what to do ('What is this not?', 'Which test next?'), do not count."""
    said: list[Said] = []
    asked: set[str] = set()
    panelled = False
    for question, answer in _exchanges(turns):
        if is_reversed_question(question) or is_asking_what_to_do(question):
            continue
        found = named(answer)
        if found and question and not is_denied_question(question, answer):
            asked |= {each.meaning.modality for each in named(question) if each.strength == "strong"}
        panelled = panelled or (len({each.meaning.modality for each in found}) > 1 and is_panelled(answer))
        said += found
    told = agreed(said, panelled=panelled)
    return None if told and told.strength == "strong" and asked and told.meaning.modality not in asked else told


def read_question(turns: Sequence[Turn]) -> Said | None:
    """What the questions name. One answered by no, or that asks what to do, says only what it takes for granted: 'Is this an MRI?' 'No' is
    nothing, 'Is the MRI normal?' 'No' an MRI. One that offers several ('CT or MRI?') or asks for what the image is not says nothing."""
    said: list[Said] = []
    for question, answer in _exchanges(turns):
        if not question or is_reversed_question(question):
            continue
        found = named(question, pointed=is_denied_question(question, answer) or is_asking_what_to_do(question))
        if len({each.meaning.modality for each in found}) > 1 and is_polar_question(question):
            continue  # 'Is this CT or MRI?'
        said += found
    return agreed(said)


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
