"""texts -> sets of shingle hashes: word n-grams as 63-bit numbers"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.words import SEPARATOR, words_of_all

Hashes = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]
_STEP = 0x9E3779B97F4A7C15  # odd: a word's place in its shingle counts
_MASK = (1 << 64) - 1
_BLOCK = 500  # texts at once: their shingles stay in the cache


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


@functools.lru_cache(1 << 17)  # the common words of a language, some 20 MB
def word_hash(word: str) -> int:
    """64 bits of BLAKE2b; pinned by a golden test."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def shingle_hash(words: Sequence[str]) -> int:
    """63 bits of the words in their order: the definition that `shingle_sets` computes by columns. Its lowest 32 bits are what
    datasketch's MinHash is to be given as `hashfunc` to make the same signatures."""
    total = 0
    for word in words:
        total = (total * _STEP + word_hash(word)) & _MASK
    total ^= total >> 32
    total = (total * 0xD6E8FEB86659FD93) & _MASK
    return (total ^ (total >> 32)) >> 1


def shingle_sets(texts: Sequence[str], size: int | Rows) -> Shingles:
    """The set of `size`-word shingles of every text; a text of fewer words is one shingle, the whole of it (it can only match exactly);
    a text without words has the empty set. `size` is one for all texts or one for each."""
    sizes = np.broadcast_to(np.asarray(size, np.int64), len(texts))
    blocks = [_block(texts[start : start + _BLOCK], sizes[start : start + _BLOCK]) for start in range(0, len(texts), _BLOCK)]
    counts = np.concatenate([[0], *(np.diff(block.offsets) for block in blocks)])
    hashes = np.concatenate([block.hashes for block in blocks]) if blocks else np.empty(0, np.int64)
    return Shingles(np.cumsum(counts, dtype=np.int64), hashes)


def ngrams(texts: Sequence[str], size: int) -> tuple[Rows, Hashes]:
    """Every run of `size` words, in the order of the texts and of their words, repeated ones too: the number of its text, ascending, and
    its shingle_hash. A text of fewer words gives none."""
    found = []
    for start in range(0, len(texts), _BLOCK):
        hashed, starts, lengths = _hashed_words(texts[start : start + _BLOCK])
        text, hashes = _runs(hashed, starts, np.maximum(lengths - size + 1, 0), np.full(len(starts), size))
        found.append((text + start, hashes))
    texts_of, hashes_of = zip(*found, strict=True) if found else ((np.empty(0, np.int64),), (np.empty(0, np.int64),))
    return np.concatenate(texts_of), np.concatenate(hashes_of)


def _block(texts: Sequence[str], sizes: Rows) -> Shingles:
    hashed, starts, lengths = _hashed_words(texts)
    counts = np.where(lengths >= sizes, lengths - sizes + 1, np.minimum(lengths, 1))
    text, hashes = _runs(hashed, starts, counts, np.minimum(lengths, sizes))
    return _distinct(text, hashes, len(texts))


def _hashed_words(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint64], Rows, Rows]:
    """The hashes of all words, and where the words of each text start and how many they are."""
    words = words_of_all(texts)
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(words))}
    numbers = np.fromiter(map(vocabulary.__getitem__, words), np.int64, len(words))
    known = np.array([word_hash(word) for word in vocabulary], np.uint64)
    ends = np.flatnonzero(numbers == vocabulary[SEPARATOR])
    starts = np.concatenate([[0], ends[:-1] + 1])
    return known[numbers], starts, ends - starts


def _runs(hashed: npt.NDArray[np.uint64], starts: Rows, counts: Rows, widths: Rows) -> tuple[Rows, Hashes]:
    """`counts` runs of `widths` words of each text, each one word after the last."""
    text = np.repeat(np.arange(len(counts)), counts)
    firsts = np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(len(text))
    width = widths[text]
    total = np.zeros(len(text), np.uint64)
    for place in range(int(width.max(initial=0))):
        inside = place < width
        total = np.where(inside, total * np.uint64(_STEP) + hashed[np.where(inside, firsts + place, 0)], total)
    return text, _mixed(total)


def _mixed(total: npt.NDArray[np.uint64]) -> Hashes:
    total = total ^ (total >> np.uint64(32))
    total = total * np.uint64(0xD6E8FEB86659FD93)
    return ((total ^ (total >> np.uint64(32))) >> np.uint64(1)).astype(np.int64)


def _distinct(text: Rows, hashes: Hashes, texts: int) -> Shingles:
    order = np.lexsort((hashes, text))
    text, hashes = text[order], hashes[order]
    new = np.ones(len(text), bool)
    new[1:] = (text[1:] != text[:-1]) | (hashes[1:] != hashes[:-1])
    return Shingles(np.concatenate([[0], np.cumsum(np.bincount(text[new], minlength=texts))]).astype(np.int64), hashes[new])
