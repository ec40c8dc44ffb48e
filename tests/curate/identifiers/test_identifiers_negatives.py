"""Sentences that look as if they held an identifier, and hold none, stay as they are"""

import pytest

from curate.identifiers.find import find_identifiers, scrub
from tests.curate.identifiers.planted import FRAMES


def negatives() -> dict[str, list[str]]:
    """Sentences by what tempts in them."""
    groups: dict[str, list[str]] = {}
    for line in (FRAMES / "negatives.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# [") and line.endswith("]"):
            group = groups.setdefault(line[3:-1], [])
        elif line and not line.startswith("#"):
            group.append(line.replace("\\n", "\n"))
    return groups


@pytest.mark.parametrize("group", negatives())
def test_not_a_letter_changes(group):
    language = "zh" if group == "chinese" else "en"
    assert [text for text in negatives()[group] if find_identifiers(text, language)] == []
    assert [text for text in negatives()[group] if scrub(text, language) != (text, {})] == []


def test_there_are_enough_of_them():
    counts = {group: len(texts) for group, texts in negatives().items()}
    assert sum(counts.values()) >= 300
    assert min(counts.values()) >= 10
