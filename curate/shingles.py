"""texts -> shingle hashes: word n-grams as 63-bit numbers, as sets or in their order"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.words import spaced_words

Hashes = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
_MASK = (1 << 64) - 1
_LENGTH = 0x9E3779B97F4A7C15  # odd: the bytes of a word count
_STEP = 0xD1342543DE82EF95  # odd: a word's place in its shingle counts
_BACK = pow(_STEP, -1, 1 << 64)
_FIRST, _SECOND = 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53  # the finaliser of MurmurHash3, 64 bits
_LONG_WORD = 64  # bytes; a longer word is hashed by BLAKE2b
_BLOCK = 1 << 18  # characters at once: their words stay in the cache
_KEPT = np.array([(1 << 8 * count) - 1 for count in range(8)] + [_MASK], np.uint64)  # the first bytes of eight


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingle sets of n texts, one after the other: text i holds hashes[offsets[i]:offsets[i + 1]], ascending and distinct."""

    offsets: Rows  # n + 1
    hashes: Hashes  # 0 .. 2**63 - 1

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, rows: Rows) -> Shingles:
        """The sets of `rows`, in that order."""
        sizes = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        places = np.repeat(self.offsets[rows] - offsets[:-1], sizes) + np.arange(offsets[-1])
        return Shingles(offsets, self.hashes[places])


@dataclass(frozen=True, slots=True)
class Words:
    """The words of n texts by their word_hash, text after text, in their order."""

    counts: Rows  # of each text
    hashes: Bits


def word_hash(word: str) -> int:
    """64 bits of a word's UTF-8: eight bytes at a time through a one-to-one mixer, so that words of up to eight bytes never collide with
    others of their length; pinned by a golden test."""
    data = word.encode("utf-8", "surrogatepass")
    if len(data) > _LONG_WORD:
        return _digest(data)
    total = 0
    for start in range(0, len(data), 8):
        total = _mixed_number(total ^ int.from_bytes(data[start : start + 8], "little"))
    return (total + len(data) * _LENGTH) & _MASK


def shingle_hash(words: Sequence[str]) -> int:
    """63 bits of the words in their order: the definition that `shingle_sets` and `ngrams` compute by columns. Its lowest 32 bits are
    what datasketch's MinHash is to be given as `hashfunc` to make the same signatures."""
    total = 0
    for word in reversed(words):
        total = (total * _STEP + word_hash(word)) & _MASK
    return _mixed_number(total) >> 1


def shingle_sets(texts: Sequence[str], size: int | Rows) -> Shingles:
    """The set of `size`-word shingles of every text; a text of fewer words is one shingle, the whole of it (it can only match exactly);
    a text without words has the empty set. `size` is one for all texts or one for each."""
    return shingles_of(word_hashes(texts), size)


def shingles_of(words: Words, size: int | Rows) -> Shingles:
    """shingle_sets of texts whose words are hashed already."""
    sizes = np.broadcast_to(np.asarray(size, np.int64), len(words.counts))
    counts, hashes = [np.zeros(1, np.int64)], [np.empty(0, np.int64)]
    ends = np.concatenate([[0], np.cumsum(words.counts)])
    for start, end in _blocks(words.counts, _BLOCK // 8 + 1):
        own = words.counts[start:end]
        widths = np.minimum(own, sizes[start:end])
        runs = np.where(own > 0, own - widths + 1, 0)
        hashed = words.hashes[ends[start] : ends[end]]
        count, distinct = _distinct(runs, _run_hashes(hashed, ends[start:end] - ends[start], runs, widths))
        counts.append(count)
        hashes.append(distinct)
    return Shingles(np.cumsum(np.concatenate(counts)), np.concatenate(hashes))


def ngrams(texts: Sequence[str], size: int) -> tuple[Rows, Hashes]:
    """Every run of `size` words, in the order of the texts and of their words, repeated ones too: the number of its text, ascending, and
    its shingle_hash. A text of fewer words gives none."""
    counts, hashes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start, end in _blocks(_lengths(texts), _BLOCK):
        hashed, firsts, words = _hashed_words(texts[start:end])
        runs = np.maximum(words - size + 1, 0)
        counts.append(runs)
        hashes.append(_run_hashes(hashed, firsts, runs, np.full(len(runs), size)))
    return np.repeat(np.arange(len(texts)), np.concatenate(counts)), np.concatenate(hashes)


def word_hashes(texts: Sequence[str]) -> Words:
    """The word_hash of all words of each text."""
    counts, hashes = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
    for start, end in _blocks(_lengths(texts), _BLOCK):
        hashed, _, words = _hashed_words(texts[start:end])
        counts.append(words)
        hashes.append(hashed)
    return Words(np.concatenate(counts), np.concatenate(hashes))


def _lengths(texts: Sequence[str]) -> Rows:
    return np.fromiter(map(len, texts), np.int64, len(texts))


def _blocks(lengths: Rows, most: int) -> Iterator[tuple[int, int]]:
    """Runs of texts of some `most` characters, or words, together; a longer text stands at the head of one."""
    ends = np.cumsum(lengths + 1)
    starts = np.searchsorted(ends, np.arange(0, ends[-1] if len(ends) else 0, most), side="right")
    return itertools.pairwise([*np.unique(starts).tolist(), len(lengths)]) if len(lengths) else iter(())


def _hashed_words(texts: Sequence[str]) -> tuple[Bits, Rows, Rows]:
    """The hashes of all words in their order; of each text which word is its first, and how many words it has."""
    data = spaced_words(texts)
    codes = np.frombuffer(b"".join((b" ", data, bytes(16 - (len(data) + 1) % 8))), np.uint8)
    inside = codes > 32
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1  # where a word starts, where it ends, where the next one starts ...
    starts, ends = edges[0::2], edges[1::2]
    lasts = np.searchsorted(starts, np.flatnonzero(codes[: len(data) + 1] == 0))
    firsts = np.concatenate([[0], lasts[:-1]])
    return _word_hashes(codes, starts, ends - starts), firsts, lasts - firsts


def _word_hashes(codes: npt.NDArray[np.uint8], starts: Rows, lengths: Rows) -> Bits:
    """word_hash of the words that start there, of so many bytes."""
    eights = codes.view("<u8")
    total = _mixed(_eight(eights, starts, lengths))
    longer = np.flatnonzero(lengths > 8)
    for place in range(8, _LONG_WORD, 8):
        if not len(longer):
            break
        total[longer] = _mixed(total[longer] ^ _eight(eights, starts[longer] + place, lengths[longer] - place))
        longer = longer[lengths[longer] > place + 8]
    total += lengths.view(np.uint64) * np.uint64(_LENGTH)
    for word in longer:
        start = int(starts[word])
        total[word] = _digest(codes[start : start + int(lengths[word])].tobytes())
    return total


def _eight(eights: Bits, starts: Rows, lengths: Rows) -> Bits:
    """The eight bytes from each start on as one number, those behind `lengths` zero."""
    places, shift = starts >> 3, ((starts & 7) << 3).view(np.uint64)
    low, high = eights.take(places), eights.take(places + 1)
    low >>= shift
    high <<= np.uint64(1)  # in two steps: a shift by 64 is not defined
    high <<= np.uint64(63) - shift
    return (low | high) & _KEPT.take(np.minimum(lengths, 8))


def _run_hashes(hashed: Bits, firsts: Rows, runs: Rows, widths: Rows) -> Hashes:
    """shingle_hash of `runs` runs of `widths` words of each text, from its first word on: differences of a prefix polynomial's values."""
    begins = np.repeat(firsts - np.cumsum(runs) + runs, runs)
    begins += np.arange(len(begins))
    sums = np.zeros(len(hashed) + 1, np.uint64)
    np.cumsum(hashed * _powers(_STEP, len(hashed)), out=sums[1:])
    total = sums.take(begins + np.repeat(widths, runs))
    total -= sums.take(begins)
    total *= _powers(_BACK, len(hashed)).take(begins)
    return (_mixed(total) >> np.uint64(1)).view(np.int64)


def _powers(base: int, count: int) -> Bits:
    factors = np.full(count, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors)


def _mixed(total: Bits) -> Bits:
    """In place: the finaliser of MurmurHash3, one to one."""
    high = total >> np.uint64(33)
    for factor in (_FIRST, _SECOND):
        total ^= high
        total *= np.uint64(factor)
        np.right_shift(total, np.uint64(33), out=high)
    total ^= high
    return total


def _mixed_number(total: int) -> int:
    total = ((total ^ total >> 33) * _FIRST) & _MASK
    total = ((total ^ total >> 33) * _SECOND) & _MASK
    return total ^ total >> 33


def _digest(word: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(word, digest_size=8).digest(), "little")


def _distinct(counts: Rows, hashes: Hashes) -> tuple[Rows, Hashes]:
    """Each set sorted (in place) and without repetition; how many each has, and all of them."""
    ends = np.cumsum(counts)
    several = counts > 1
    for start, end in zip((ends - counts)[several].tolist(), ends[several].tolist(), strict=True):
        hashes[start:end].sort()
    new = np.ones(len(hashes) + 1, bool)
    np.not_equal(hashes[1:], hashes[:-1], out=new[1:-1])
    new[ends - counts] = True
    before = np.concatenate([[0], np.cumsum(new[:-1])])
    return np.diff(before[ends], prepend=0), hashes[new[:-1]]
