"""texts -> the numbers, sides and negations in them: what tells two texts apart that are otherwise alike

No Jaccard similarity tells 'left' from 'right': in a text of 40 words the one is as near the other as 'shown' is to 'seen'.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.shingles import Shingles, Words, word_hash, word_hashes
from curate.words import spaced_words

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
_STEP = np.uint64(0x9E3779B97F4A7C15)  # odd: the place of a word counts
_MIX = np.uint64(0xC4CEB9FE1A85EC53)
_LETTERS, _DIGITS = 3, 2  # of a name that a number tells from others
_BEGIN = 16  # bits by which most words are seen to be none of _WORDS
_BEGINNING = np.uint64(64 - _BEGIN)
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


def stated(texts: Sequence[str], hashed: Words | None = None, *, contrasts: bool = True) -> Stated:
    """What `texts` state, row by row; without `contrasts` the key alone, which takes half the time. `hashed` are their words, where
    somebody has hashed them already."""
    hashed = word_hashes(texts) if hashed is None else hashed
    counts, words = hashed.counts, hashed.hashes
    ends = np.cumsum(counts)
    place = np.arange(1, len(words) + 1, dtype=np.uint64) - np.repeat((ends - counts).view(np.uint64), counts)
    place *= _STEP
    place += words
    key = _sums(_mixed(place), ends)
    if not contrasts:
        nothing = np.zeros(len(texts), np.int64)
        return Stated(key, Shingles(np.zeros(len(texts) + 1, np.int64), np.empty(0, np.int64)), nothing, nothing.view(np.uint64))
    kinds = _kinds(words)
    kinds[_is_number(texts)] = _NUMBER
    of_rest = _mixed(words)
    of_rest[kinds != _REST] = 0
    negations = np.cumsum(kinds == _NEGATION)
    return Stated(
        key=key,
        words=_each(np.flatnonzero(kinds >= _NUMBER), ends, words, kinds),
        negations=np.diff(np.concatenate([[0], negations])[ends], prepend=0),
        rest=_sums(of_rest, ends),
    )


def _is_number(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Of every word of `texts`, in their order, whether it begins with a digit or is a short name with one: T2, C7, HER2, CD20."""
    codes = np.frombuffer(b" " + spaced_words(texts), np.uint8)
    inside = codes > 32
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    starts, lengths = edges[0::2], edges[1::2] - edges[0::2]
    if not len(starts):
        return np.empty(0, bool)
    is_digit = codes - np.uint8(ord("0")) < 10
    digits = np.add.reduceat(is_digit.view(np.uint8), starts)  # modulo 256: a word of so many is too long to be a name
    return is_digit[starts] | (digits > 0) & (digits <= _DIGITS) & (lengths - digits <= _LETTERS)


@functools.cache
def _table() -> tuple[Keys, npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
    """The hashes of _WORDS, ascending, and their kinds; whether one of them begins with given bits."""
    listed = sorted((word_hash(word), kind) for kind, words in _WORDS.items() for word in words.split())
    hashes, kinds = np.array([each for each, _ in listed], np.uint64), np.array([kind for _, kind in listed], np.int8)
    begins = np.zeros(1 << _BEGIN, bool)
    begins[hashes >> _BEGINNING] = True
    return hashes, kinds, begins


def _kinds(words: Keys) -> npt.NDArray[np.int8]:
    hashes, kinds, begins = _table()
    found = np.full(len(words), _REST, np.int8)
    some = np.flatnonzero(begins[words >> _BEGINNING])
    place = np.minimum(np.searchsorted(hashes, words[some]), len(hashes) - 1)
    found[some] = np.where(hashes[place] == words[some], kinds[place], _REST)
    return found


def _each(chosen: Rows, ends: Rows, words: Keys, kinds: npt.NDArray[np.int8]) -> Shingles:
    """Of the words at the places `chosen` those of each text; the second 'left' of a text is another element than the first."""
    text = np.searchsorted(ends, chosen, side="right")
    order = np.lexsort((words[chosen], text))
    chosen, text = chosen[order], text[order]
    words = words[chosen]
    new = np.ones(len(order), bool)
    new[1:] = (text[1:] != text[:-1]) | (words[1:] != words[:-1])
    numbers = np.arange(len(order), dtype=np.uint64)
    time = numbers - np.maximum.accumulate(np.where(new, numbers, np.uint64(0)))
    hashes = _mixed(words + (time + np.uint64(1)) * _STEP) >> np.uint64(2) << np.uint64(1)
    elements = hashes.view(np.int64) | (kinds[chosen] == _OPPOSITE)
    return Shingles(np.concatenate([[0], np.cumsum(np.bincount(text, minlength=len(ends)))]), elements[np.lexsort((elements, text))])


def _mixed(numbers: Keys) -> Keys:
    numbers = (numbers ^ (numbers >> np.uint64(32))) * _MIX
    return numbers ^ (numbers >> np.uint64(29))


def _sums(numbers: Keys, ends: Rows) -> Keys:
    """The sum of each text's numbers, modulo 2^64."""
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(numbers)])[ends]
    return np.diff(sums, prepend=np.uint64(0))
