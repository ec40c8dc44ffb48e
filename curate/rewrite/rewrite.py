"""a sample -> what a model is asked of it; its answers -> the sample as it says them, or the fault that refuses it"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from curate.models.chat import LONGEST, TOO_LONG_ASKED, Answer, Question
from curate.recipe import Rewrite
from curate.rewrite.marker import strip_marker
from curate.rewrite.prompts import Prompt
from curate.rewrite.script import script_of
from schemas.sample import IMAGE_MARK, Sample, Turn
from schemas.verdict import Fault

VERSION = 2  # raise when the same answers can make other samples

SPEAKERS = {"user": "Patient", "assistant": "Doctor", "system": "Note"}
SHORT = 400  # characters: a model that declines says little
_THOUGHT = re.compile(r"\s*<think(?:ing)?>")
_DECLINES = re.compile(
    r"\bI(?: cannot| can['’]t| can not| won['’]t| will not|['’]m unable to| am unable to|['’]m not able to| am not able to)"
    r" (?:help|assist|comply|fulfil|rewrite|revise|process|continue)",
    re.IGNORECASE,
)


def is_wanted(sample: Sample, rewrite: Rewrite) -> bool:
    """Whether the recipe wants its answers written anew."""
    from_it = not rewrite.sources or sample.source in rewrite.sources or f"{sample.source}/{sample.table}" in rewrite.sources
    return from_it and sample.task in rewrite.tasks and any(map(_is_answer, sample.turns))


def questions(sample: Sample, rewrite: Rewrite, prompt: Prompt) -> list[Question]:
    """One for each answer of `sample`, in their order: the conversation before it as it was found, and the answer to revise. None waits
    for another's answer."""
    return [_question(sample.turns[: place + 1], rewrite, prompt) for place, turn in enumerate(sample.turns) if _is_answer(turn)]


def rewritten(sample: Sample, answers: Sequence[Answer], prompt: Prompt) -> Sample | Fault:
    """`sample` with the texts of `answers`, which are those to its `questions`. The first that cannot be used refuses it."""
    turns, waiting = [], iter(answers)
    for number, turn in enumerate(sample.turns, 1):
        if not _is_answer(turn):
            turns.append(turn)
            continue
        text = revised(next(waiting), turn.text, prompt)
        if isinstance(text, Fault):
            return Fault(reason=text.reason, evidence=f"turn {number}: {text.evidence}".removesuffix(": "))
        turns.append(dataclasses.replace(turn, text=text))
    return dataclasses.replace(sample, turns=tuple(turns), opened=())  # what it was without its choices is not what it says now


def revised(answer: Answer, original: str, prompt: Prompt) -> str | Fault:
    """The text that `answer` gives in place of `original`, its marker stripped; or why it gives none. Evidence quotes nothing."""
    match answer.finish:
        case "refusal" | "content_filter":
            return Fault(reason="rewrite_declined", evidence=answer.finish)
        case "length":
            return Fault(reason="rewrite_cut", evidence=f"{len(answer.content)} characters")
        case _ if answer.finish == TOO_LONG_ASKED:
            return Fault(reason="rewrite_too_long", evidence=f"{len(original)} characters to revise")
    if len(answer.content) > LONGEST:
        return Fault(reason="rewrite_cut", evidence=f"more than {LONGEST} characters")
    said = _without_thought(answer.content)
    text = strip_marker(said, prompt.marker)
    if _declines(text if text is not None else said):
        return Fault(reason="rewrite_declined", evidence=f"{len(said)} characters")
    if text is None:
        return Fault(reason="rewrite_unmarked" if said.strip() else "rewrite_empty", evidence=f"{len(said)} characters")
    return _fault(text, original) or text


def _fault(text: str, original: str) -> Fault | None:
    if not text.strip():
        return Fault(reason="rewrite_empty", evidence="nothing after its marker")
    if IMAGE_MARK in text:  # one more than the sample has images: no trainer could place it
        return Fault(reason="rewrite_image_mark", evidence=f"{text.count(IMAGE_MARK)}")
    was, now = script_of(original), script_of(text)
    if was and now and was != now:
        return Fault(reason="rewrite_script", evidence=f"{now}, was {was}")
    return None


def _question(turns: Sequence[Turn], rewrite: Rewrite, prompt: Prompt) -> Question:
    *before, answer = turns
    said = [(SPEAKERS[turn.role], turn.text.replace(IMAGE_MARK, "").strip()) for turn in before]
    conversation = "\n\n".join(f"{speaker}: {text}" for speaker, text in said if text)
    return Question(
        model=rewrite.model,
        messages=(
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.filled(conversation=conversation, answer=answer.text)},
        ),
        temperature=rewrite.temperature,
        max_tokens=rewrite.max_tokens,
        seed=rewrite.seed,
    )


def _is_answer(turn: Turn) -> bool:
    return turn.role == "assistant" and bool(turn.text.strip())


def _without_thought(text: str) -> str:
    """A model that thinks aloud does so first, and its server may leave that in the answer."""
    opened = _THOUGHT.match(text)
    if not opened:
        return text
    _, closed, said = text.partition("</think>" if "</think>" in text else "</thinking>")
    return said if closed else ""


def _declines(text: str) -> bool:
    """Whether it is no answer but a refusal to give one. 'I cannot give a diagnosis' is what the prompt asks for, and is none."""
    return len(text) < SHORT and bool(_DECLINES.search(text))
