"""a sample -> what balance must know of its text without reading it: which texts are equal, which answers are yes or no"""

from __future__ import annotations

from curate.digest import digest64
from curate.words import words_of
from schemas.sample import IMAGE_MARK, Sample

# Their user turn is one of a few wordings that ask for the same; what is said is in the answer.
PROMPTED = frozenset({"caption", "report", "classification", "segmentation", "detection"})
# A letter of an option may stand before it ('A. yes'). Chinese is compared by characters.
CHINESE = (
    "是", "否", "不", "是的", "不是", "不是的", "有", "没有", "无", "对", "不对", "存在", "不存在", "能", "不能", "会", "不会",
    "可以", "不可以",
)  # fmt: skip
YES_OR_NO = frozenset([("yes",), ("no",), ("true",), ("false",), *map(tuple, CHINESE)])
OPTIONS = frozenset("abcde")
LONGEST = 24  # characters of an answer that may be one


def said_of(sample: Sample) -> int:
    """64 bits of the digest of its text, equal for texts that differ in case or white space alone: of its answers where the prompt is
    only a wording (`PROMPTED`), else of all its turns. What it is is not to be had from it again but by guessing the whole text."""
    turns = [turn for turn in sample.turns if turn.role == "assistant" or sample.task not in PROMPTED]
    return digest64("\0".join(" ".join(turn.text.replace(IMAGE_MARK, " ").casefold().split()) for turn in turns))


def answers_yes_no(sample: Sample) -> bool:
    """Whether it is a question on images (task vqa) each answer of which is yes or no and nothing else, in English or Chinese."""
    answers = [turn.text for turn in sample.turns if turn.role == "assistant"]
    return sample.task == "vqa" and bool(answers) and all(map(_is_yes_no, answers))


def _is_yes_no(answer: str) -> bool:
    if len(answer) > LONGEST:
        return False
    words = tuple(words_of(answer))
    return words in YES_OR_NO or (len(words) > 1 and words[0] in OPTIONS and words[1:] in YES_OR_NO)
