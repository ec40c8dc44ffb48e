"""the words of a command line -> values; those that cannot be taken are told together, with all else that is wrong"""

from __future__ import annotations

import argparse
import contextlib
import shlex
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pipelines.address import address_fault, is_address, without_names
from pipelines.chunks import MOST_BUCKETS, Memory, read_memory
from pipelines.withheld import is_signed

Number = TypeVar("Number", int, float)
EMPTY = "empty; is a variable of the shell not set?"


class Parser(argparse.ArgumentParser):
    """`type` of an argument reads its value, or raises ValueError with what was wanted. That fault then stands in `faults` of what is
    given, and the value at its default: argparse itself would end at the first."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.register("action", None, _Take)
        self.register("action", "append", _Append)


class _Take(argparse.Action):
    def __init__(self, *names: Any, **settings: Any) -> None:
        self.read: Callable[[str], object] = settings.pop("type", None) or str
        super().__init__(*names, **settings)

    def __call__(self, parser: object, given: argparse.Namespace, text: str | Sequence[Any] | None, flag: str | None = None) -> None:
        text = str(text)
        try:
            self.put(given, text if is_signed(text) else self.taken(text))  # what is signed is refused without a word of it
        except ValueError as error:
            given.faults = [*given.faults, f"{flag or self.metavar or self.dest} {without_names(text.strip()) or repr('')}: {error}"]

    def taken(self, text: str) -> object:
        if not text.strip():
            raise ValueError(EMPTY)
        return self.read(text)

    def put(self, given: argparse.Namespace, value: object) -> None:
        setattr(given, self.dest, value)


class _Append(_Take):
    def put(self, given: argparse.Namespace, value: object) -> None:
        setattr(given, self.dest, [*getattr(given, self.dest), value])


def place_name(text: str) -> str:
    """A folder, here or in a store; whether it is there is asked later."""
    if fault := address_fault(text):
        raise ValueError(fault)
    return text


def here(why: str) -> Callable[[str], str]:
    """A name on this machine. `why`: what is done with it there."""

    def name(text: str) -> str:
        if is_address(text):
            raise ValueError(f"{why} this machine; wanted a name on it, no address")
        return text

    return name


def one_of(names: Sequence[str]) -> Callable[[str], str]:
    def name(text: str) -> str:
        if text not in names:
            raise ValueError(f"wanted one of {', '.join(names)}")
        return text

    return name


def positive(text: str) -> int:
    return _whole(text, least=1)


def count(text: str) -> int:
    return _whole(text, least=0)


def _whole(text: str, *, least: int) -> int:
    return _number(int, text, lambda number: number >= least, f"a whole number from {least}")


def above_zero(text: str) -> float:
    return _number(float, text, lambda number: 0 < number < float("inf"), "a number above 0")


def buckets(text: str) -> int:
    powers = {1 << power for power in range(MOST_BUCKETS.bit_length())}
    return _number(int, text, powers.__contains__, f"a power of two from 1 to {MOST_BUCKETS}")


def _number(read: Callable[[str], Number], text: str, fits: Callable[[Number], bool], wanted: str) -> Number:
    with contextlib.suppress(ValueError):
        if fits(number := read(text)):
            return number
    raise ValueError(f"wanted {wanted}")


def memory(text: str) -> Memory:
    try:
        return read_memory(text)
    except ValueError as error:
        raise ValueError(str(error).removeprefix(f"'{text}': ")) from None


def words(text: str) -> str:
    """A command that is split as a shell does."""
    try:
        shlex.split(text)
    except ValueError as error:
        raise ValueError(f"wanted a command and its arguments ({error})") from None
    return text
