"""texts -> the numbers, sides and negations in them: what tells two texts apart that are otherwise alike

No Jaccard similarity tells 'left' from 'right': in a text of 40 words the one is as near the other as 'shown' is to 'seen'.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.shingles import Shingles, ngrams, shingle_hash
from curate.words import spaced_words

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
_STEP = np.uint64(0x9E3779B97F4A7C15)  # odd: the place of a word counts
_MIX = np.uint64(0xC4CEB9FE1A85EC53)
_LETTERS, _DIGITS = 3, 2  # of a name that a number tells from others
_REST, _FILLER, _NEGATION, _NUMBER, _OPPOSITE = range(5)
_WORDS = {
    # articles and forms of 'to be': 'a mass is seen' and 'mass seen' say the same
    _FILLER: "a an the any some is are was were be been there with",
    _NEGATION: "no not without never none neither nor cannot denies denied non 不 无 無 没 未 非 否",
    # beside figures; not 'one' and 'i', which are pronouns
    _NUMBER: "two three four five six seven eight nine ten first second third fourth fifth ii iii iv vi vii viii ix "
    "一 二 三 四 五 六 七 八 九 十",
    _OPPOSITE: "left right bilateral unilateral upper lower top bottom anterior posterior superior inferior medial lateral proximal distal "
    "dorsal ventral cranial caudal ascending descending axial coronal sagittal frontal internal external "
    "positive negative benign malignant increased decreased high low larger smaller male female acute chronic normal abnormal "
    "左 右 上 下 前 后 後 内 外 男 女 高 低 阳 阴",
}


@dataclass(frozen=True, slots=True)
class Stated:
    """What n texts state, by columns."""

    key: Keys  # of all words in their order: equal for texts equal by their normal form; 0 without words
    words: Shingles  # numbers (even) and opposites (odd), each time that one comes as an element of its own
    negations: Rows  # how many
    rest: Keys  # of all other words in any order, without fillers

    def take(self, rows: Rows) -> Stated:
        return Stated(self.key[rows], self.words.take(rows), self.negations[rows], self.rest[rows])


def stated(texts: Sequence[str]) -> Stated:
    """What `texts` state, row by row."""
    text, words = ngrams(texts, 1)
    counts = np.bincount(text, minlength=len(texts))
    ends = np.cumsum(counts)
    place = np.arange(len(words)) - np.repeat(ends - counts, counts)
    hashed = words.view(np.uint64)
    kinds = np.where(_is_number(texts), _NUMBER, _kinds(words))
    return Stated(
        key=_sums(_mixed(hashed + (place.view(np.uint64) + np.uint64(1)) * _STEP), ends),
        words=_each(text, words, kinds, len(texts)),
        negations=np.bincount(text[kinds == _NEGATION], minlength=len(texts)),
        rest=_sums(np.where(kinds == _REST, _mixed(hashed), np.uint64(0)), ends),
    )


def _is_number(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Of every word of `texts`, in their order, whether it begins with a digit or is a short name with one: T2, C7, HER2, CD20."""
    codes = np.frombuffer(b" " + spaced_words(texts), np.uint8)
    inside = codes > 32
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    starts, ends = edges[0::2], edges[1::2]
    found = np.zeros(len(starts), bool)
    figures = np.flatnonzero(codes - np.uint8(ord("0")) < 10)
    words, digits = np.unique(np.searchsorted(starts, figures, side="right") - 1, return_counts=True)
    letters = ends[words] - starts[words] - digits
    found[words] = (digits <= _DIGITS) & (letters <= _LETTERS)
    found[words] |= codes[starts[words]] - np.uint8(ord("0")) < 10
    return found


@functools.cache
def _table() -> tuple[Rows, Rows]:
    """The hashes of _WORDS, ascending, and their kinds."""
    listed = sorted((shingle_hash([word]), kind) for kind, words in _WORDS.items() for word in words.split())
    hashes, kinds = zip(*listed, strict=True)
    return np.array(hashes, np.int64), np.array(kinds, np.int64)


def _kinds(words: Rows) -> Rows:
    hashes, kinds = _table()
    place = np.minimum(np.searchsorted(hashes, words), len(hashes) - 1)
    return np.where(hashes[place] == words, kinds[place], _REST)


def _each(text: Rows, words: Rows, kinds: Rows, texts: int) -> Shingles:
    """Numbers and opposites of each text; the second 'left' of a text is another element than the first."""
    chosen = np.flatnonzero(kinds >= _NUMBER)
    order = chosen[np.lexsort((words[chosen], text[chosen]))]
    text, words, kinds = text[order], words[order], kinds[order]
    new = np.ones(len(order), bool)
    new[1:] = (text[1:] != text[:-1]) | (words[1:] != words[:-1])
    time = np.arange(len(order)) - np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    hashes = _mixed(words.view(np.uint64) + (time.view(np.uint64) + np.uint64(1)) * _STEP) >> np.uint64(2) << np.uint64(1)
    elements = hashes.view(np.int64) | (kinds == _OPPOSITE)
    return Shingles(np.concatenate([[0], np.cumsum(np.bincount(text, minlength=texts))]), elements[np.lexsort((elements, text))])


def _mixed(numbers: Keys) -> Keys:
    numbers = (numbers ^ (numbers >> np.uint64(32))) * _MIX
    return numbers ^ (numbers >> np.uint64(29))


def _sums(numbers: Keys, ends: Rows) -> Keys:
    """The sum of each text's numbers, modulo 2^64."""
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(numbers)])[ends]
    return np.diff(sums, prepend=np.uint64(0))
