"""a sound file and a seed of chance -> the same file damaged in one or a few ways"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz.seeds import Seed

EDGE = 1_024  # bytes at either end, where headers and directories lie
EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, (1 << 64) - 1)
FORMATS = ("<B", "<H", ">H", "<I", ">I", "<Q", ">Q")
DIGITS = b"0123456789"


@dataclass(frozen=True, slots=True)
class Mutant:
    number: int
    how: str
    path: str
    data: bytes
    asked: tuple[tuple[str, int], ...]


def mutant(seeds: list[Seed], seed: int, number: int) -> Mutant:
    """The same for the same two numbers. Each file comes round as often as any other."""
    chance = random.Random(seed * 1_000_003 + number)
    of = seeds[number % len(seeds)]
    data, how = bytearray(of.data), []
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        name, change = chance.choice(CHANGES)
        change(data, chance, seeds)
        how.append(name)
    return Mutant(number, "+".join(how), of.path, bytes(data), of.asked)


def place(data: bytearray, chance: random.Random, length: int = 1) -> int:
    """Where a change begins: in the head, in the tail or anywhere."""
    last = max(len(data) - length, 0)
    return chance.choice(
        (chance.randint(0, min(EDGE, last)), chance.randint(max(last - EDGE, 0), last), chance.randint(0, last), chance.randint(0, last))
    )


def flip(data: bytearray, chance: random.Random, _: list[Seed]) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        if data:
            data[place(data, chance)] ^= 1 << chance.randrange(8)


def overwrite(data: bytearray, chance: random.Random, _: list[Seed]) -> None:
    length = chance.choice((1, 4, 16, 256, 4096))
    begin = place(data, chance, length)
    length = min(length, len(data) - begin)
    data[begin : begin + length] = chance.choice((b"\0" * length, b"\xff" * length, chance.randbytes(length)))


def truncate(data: bytearray, chance: random.Random, _: list[Seed]) -> None:
    del data[place(data, chance) :]


def double(data: bytearray, chance: random.Random, _: list[Seed]) -> None:
    length = chance.choice((1, 16, 256, 4096))
    begin = place(data, chance, length)
    at = chance.choice((begin, place(data, chance)))
    data[at:at] = data[begin : begin + length] * chance.choice((1, 1, 2, 50))


def cut(data: bytearray, chance: random.Random, _: list[Seed]) -> None:
    length = chance.choice((1, 2, 16, 256, 4096))
    begin = place(data, chance, length)
    del data[begin : begin + length]


def extreme(data: bytearray, chance: random.Random, _: list[Seed]) -> None:
    """A number that may be a length, a count or a side set to what none should be."""
    format = chance.choice(FORMATS)
    size = struct.calcsize(format)
    if len(data) >= size:
        struct.pack_into(format, data, place(data, chance, size), chance.choice(EXTREMES) & ((1 << 8 * size) - 1))


def digits(data: bytearray, chance: random.Random, seeds: list[Seed]) -> None:
    """The same where numbers are written out: headers of NRRD, MetaImage, NPY, numbers of DICOM."""
    found = [at for at in range(min(len(data), 4 * EDGE)) if data[at] in DIGITS]
    if not found:
        return extreme(data, chance, seeds)
    at = chance.choice(found)
    data[at : at + 1] = chance.choice((b"9", b"0", b"-", b"99", b"9999999999", b".5", b"e9"))


def splice(data: bytearray, chance: random.Random, seeds: list[Seed]) -> None:
    """Its beginning and the end of another file."""
    other = chance.choice(seeds).data
    del data[place(data, chance) :]
    data += other[chance.randint(0, len(other)) :]


Change = Callable[[bytearray, random.Random, list[Seed]], None]
CHANGES: tuple[tuple[str, Change], ...] = (
    ("flip", flip), ("flip", flip), ("overwrite", overwrite), ("truncate", truncate), ("double", double), ("cut", cut),
    ("extreme", extreme), ("extreme", extreme), ("extreme", extreme), ("digits", digits), ("splice", splice),
)  # fmt: skip
