"""what the samples of a part say of the pictures they show -> what other samples of the same picture say"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from curate.tag.vocabulary import Meaning

MOST_OF = 2  # the modality named most must be named as often as twice all others together, as within one text (curate/tag/words.py)


def pooled(named: Sequence[tuple[str, Meaning | None]]) -> list[Meaning | None]:
    """For each sample (pixel digest of its one picture, what its own words name) what the others that show that picture name together;
    None where none of them names anything, or where they differ. '' as a digest: the sample shows none or several pictures, which words do
    not tell apart, and takes no part. What a sample says itself never comes back to it."""
    said: dict[str, Counter[Meaning]] = defaultdict(Counter)
    for digest, meaning in named:
        if digest and meaning:
            said[digest][meaning] += 1
    found: dict[tuple[str, Meaning | None], Meaning | None] = {}  # thousands of questions may show one picture
    for key in named:
        if key not in found:
            found[key] = _others(said[key[0]], key[1]) if key[0] in said else None
    return [found[key] for key in named]


def _others(said: Counter[Meaning], own: Meaning | None) -> Meaning | None:
    counts = Counter(said)
    if own:
        counts[own] -= 1
    modalities: Counter[str] = Counter()
    for meaning, count in counts.items():
        modalities[meaning.modality] += count
    (modality, most), whole = max(modalities.items(), key=lambda item: (item[1], item[0])), modalities.total()
    if not most or most < MOST_OF * (whole - most):
        return None
    of_it = [meaning for meaning, count in counts.items() if count and meaning.modality == modality]
    return Meaning(
        modality=modality, submodality=_only(each.submodality for each in of_it), figure_type=_only(each.figure_type for each in of_it)
    )


def _only(names: Iterable[str]) -> str:
    said = {name for name in names if name}
    return said.pop() if len(said) == 1 else ""
