"""what 'auto' came to -> the words in which cards, report and account tell it"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_embedded(tokenizer: Mapping[str, Any]) -> bool:
    """Whether 'auto' came to the tokenizer that is always here."""
    return tokenizer.get("asked") == "auto" and tokenizer.get("setting") == "clip-bpe"


def setting(value: Any) -> str:
    """What 'auto' came to, in words."""
    if isinstance(value, Mapping):
        words = [str(value[name]) for name in ("name", "model", "digest", "device", "head") if value.get(name)]
        words += ["embedded, Qwen2.5's is not here"] if is_embedded(value) else []
        return ", ".join(word[:16] if len(word) == 64 else word for word in words)
    return "none" if value is None else str(value)
