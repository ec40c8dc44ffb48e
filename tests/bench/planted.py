"""a count and a kind -> image rows as inspect writes them, with planted copies, hot keys and ladders, and who is a copy of whom"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.pixels.digest import SIDE
from pipelines.run import Run
from schemas.arrow import arrow_schema
from schemas.image import Image

PART = 10_000  # images
KINDS = 12  # collections whose pHashes are alike
LIKENESS = 1.3  # spread of a collection's mean bit before the noise of 1; chest radiographs and fundi are about as alike
WAYS = 8  # in which the pictures of a collection differ most
HOT, CROWD, DARK = (np.uint64(0x8F3C_5A96_F00F_A5C3) ^ np.uint64(key) for key in (0, 0xFF << 30, 0xFF << 9))
Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Of every hundred rows: 50 pictures of their own; 10 copies by byte or pixel digest and 10 re-encoded ones of these; 4 of one pHash
    (three pictures and a copy); 6 of one picture; ladders of 10 unlike and of 5 like pictures, a bit or two a rung; 5 within 3 bits of
    one pHash."""

    rows: int
    hashes: Literal["uniform", "alike"]  # 64 free bits, or bits that hang together within collections as those of real ones do

    def write(self, run: Run) -> None:
        """What inspect would have written."""
        room, phashes = run.facts("inspect"), self._phashes()
        parts = max(1, self.rows // PART)
        receipts = [room.sign(name, "f", room.write("images", name, self._table(np.arange(part, self.rows, parts), phashes)))
                    for part in range(parts) for name in [f"planted-{part:04d}"]]  # fmt: skip
        room.commit("f", receipts, 0)

    def truth(self) -> Rows:
        """For each row the picture that it shows."""
        return self._pictures(np.arange(self.rows))

    def _pictures(self, rows: Rows) -> Rows:
        hundred, role = rows - rows % 100, rows % 100
        shown = np.where((role >= 50) & (role < 70), hundred + role - 50, rows)
        shown = np.where(role == 73, hundred + 72, shown)
        shown = np.where((role >= 74) & (role < 80), 74, shown)
        return np.where((role >= 90) & (role < 95), hundred + 90, shown)

    def _phashes(self) -> Hashes:
        rows = np.arange(self.rows)
        own, role = np.concatenate(list(self._own_hashes())), rows % 100
        shown = own[self._pictures(rows)]
        is_coded = (role >= 60) & (role < 70)
        for step in range(3):
            moved = np.uint64(1) << mixed(rows, 3 + step) % np.uint64(64)
            shown ^= np.where(is_coded & (step < rows % 4), moved, np.uint64(0))
            shown = np.where(role >= 95, np.where(step == 0, CROWD, shown) ^ moved, shown)
        shown = np.where((role >= 70) & (role < 74), HOT, shown)
        shown = np.where((role >= 74) & (role < 80), DARK, shown)
        rung = np.where((role >= 80) & (role < 90), role - 80, np.where((role >= 90) & (role < 95), 2 * (role - 90), 0)).astype(np.uint64)
        ladder = own[rows - rows % 100 + role // 10 * 10]
        is_rung = (role >= 80) & (role < 95)
        return np.where(is_rung, ladder ^ ((np.uint64(1) << rung) - np.uint64(1)), shown)

    def _own_hashes(self) -> Iterator[Hashes]:
        if self.hashes == "uniform":
            yield mixed(np.arange(self.rows), 1)
            return
        fixed = np.random.default_rng(5)
        means, ways = fixed.normal(0, LIKENESS, (KINDS, 64)), fixed.normal(0, 1.2 / np.sqrt(WAYS), (KINDS, WAYS, 64))
        for start in range(0, self.rows, PART):
            random, size = np.random.default_rng([6, start]), min(PART, self.rows - start)
            kinds = random.integers(0, KINDS, size)
            common = np.einsum("nw,nwb->nb", random.normal(0, 1, (size, WAYS)), ways[kinds])
            latent = means[kinds] + common + random.normal(0, 1, (size, 64))
            yield np.packbits(latent > np.median(latent, axis=1, keepdims=True), axis=1).view(">u8")[:, 0].astype(np.uint64)

    def _table(self, rows: Rows, phashes: Hashes) -> pa.Table:
        role, shown = rows % 100, self._pictures(rows)
        content = np.where((role < 55) | (role >= 79) | ((role >= 55) & (role < 74)), rows, shown)
        content = np.where((role >= 50) & (role < 55), shown, content)
        pixels = np.where(((role >= 55) & (role < 60)) | (role == 79), shown, content)
        is_noisy = ((role >= 60) & (role < 70)) | (role == 73) | ((role >= 91) & (role < 95))
        columns = {
            "id": pa.array([f"planted/images/{row % 1000:03d}/picture-{row:09d}.jpg" for row in rows.tolist()]),
            "source": pa.array(["planted"] * len(rows)),
            "byte_digest": digests(content, 0xB),
            "pixel_digest": digests(pixels, 0xF),
            "phash": phashes[rows],
            "grey": pa.array([grey.tobytes() for grey in greys(shown, rows, is_noisy)]),
            "width": pa.array(np.full(len(rows), 512)),
            "height": pa.array(np.full(len(rows), 384)),
            "blank": pa.array(np.zeros(len(rows), bool)),
        }
        schema = arrow_schema(Image)
        return pa.table([columns.get(field.name, pa.nulls(len(rows), field.type)) for field in schema], schema=schema)


def mixed(numbers: Rows, salt: int) -> Hashes:
    """splitmix64 of each number: bits that look drawn, in no order that rows could have."""
    state = (numbers.astype(np.uint64) + np.uint64(salt << 40)) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def digests(numbers: Rows, salt: int) -> pa.Array:
    """Something like a SHA-256 in hex of each number."""
    return pa.array([f"{value:016x}" * 4 for value in mixed(numbers, salt).tolist()])


def greys(shown: Rows, rows: Rows, is_noisy: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Signatures of 8 x 8 blots of their own for each picture; one that was coded again is a grey level off here and there."""
    blots = mixed(shown[:, None] * 64 + np.arange(64), 2).astype(np.uint8) % 216 + 20
    large = np.kron(blots.reshape(-1, 8, 8), np.ones((1, SIDE // 8, SIDE // 8), np.uint8))
    noise = mixed(rows[:, None] * SIDE**2 + np.arange(SIDE**2), 4).reshape(-1, SIDE, SIDE) % np.uint64(3) * is_noisy[:, None, None]
    return (large + noise).astype(np.uint8)
