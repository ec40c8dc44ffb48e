"""a caption's token count -> the fault that refuses it, or none"""

from __future__ import annotations

from curate.recipe import Limits
from schemas.sample import IMAGE_MARK, Sample
from schemas.verdict import Fault


def answer_texts(sample: Sample) -> list[str]:
    """What a model learns to say: the assistant turns. In a caption sample they are the caption, whatever prompt stands before it."""
    return [turn.text for turn in sample.turns if turn.role == "assistant"]


def is_limited(sample: Sample) -> bool:
    """Whether the token limits apply: captions, and reports that stand beside an image as its caption; never text made from labels."""
    if sample.from_labels:
        return False
    return sample.task == "caption" or (sample.task == "report" and bool(sample.images))


def text_fault(sample: Sample) -> Fault | None:
    answers = answer_texts(sample)
    if any(text.replace(IMAGE_MARK, "").strip() for text in answers):
        return None
    return Fault(reason="text_empty", evidence=f"{len(answers)} assistant turns")


def caption_fault(tokens: int, limits: Limits) -> Fault | None:
    """Bounds are inclusive (Lingshu, section 2.1.4)."""
    if tokens < limits.min_tokens:
        return Fault(reason="caption_too_short", evidence=f"{tokens} < {limits.min_tokens}")
    if tokens > limits.max_tokens:
        return Fault(reason="caption_too_long", evidence=f"{tokens} > {limits.max_tokens}")
    return None
