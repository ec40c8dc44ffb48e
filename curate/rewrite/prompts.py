"""prompts.yaml -> the wording by which a model is asked to write an answer anew"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

PROMPTS = Path(__file__).with_name("prompts.yaml")
_PLACE = re.compile(r"\{(conversation|answer)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    name: str
    version: int
    marker: str  # what an answer must begin with
    system: str
    user: str  # with {conversation} and {answer}
    digest: str  # of all of it

    def filled(self, *, conversation: str, answer: str) -> str:
        """The user's message; braces inside the texts stay as they are."""
        texts = {"conversation": conversation, "answer": answer}
        return _PLACE.sub(lambda place: texts[place[1]], self.user).strip()


@functools.cache
def load_prompt(name: str) -> Prompt:
    """A shipped wording. Raises KeyError where there is none of that name: a recipe's schema lists them."""
    raw = yaml.safe_load(PROMPTS.read_text(encoding="utf-8"))[name]
    told = [raw[part] for part in ("version", "marker", "system", "user")]
    digest = hashlib.sha256("\0".join(map(str, told)).encode()).hexdigest()[:16]
    return Prompt(name=name, version=told[0], marker=told[1], system=told[2].strip(), user=told[3], digest=digest)
