"""what costs much to unpack -> the same, held for whoever asks for it next"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from curate.pixels.fault import PixelFault


class Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


T = TypeVar("T", bound=Sized)


class Lately(Generic[T]):
    """What was asked for lately, up to `most` bytes; the last thing always. A fault is remembered as well: a broken volume of hundreds of
    slices is read once. Threads may share it; while one loads, the others wait: most often it is the same thing they want."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.lock = threading.Lock()
        self.held: OrderedDict[str, T | PixelFault] = OrderedDict()

    def get(self, key: str, load: Callable[[], T]) -> T:
        """Raises PixelFault, the same one for the same key."""
        with self.lock:
            if key in self.held:
                self.held.move_to_end(key)
            else:
                self._make_room(key)
                try:
                    self.held[key] = load()
                except PixelFault as fault:
                    self.held[key] = fault
                self._make_room(key)
            found = self.held[key]
        if isinstance(found, PixelFault):
            raise PixelFault(found.reason, found.evidence)
        return found

    def _make_room(self, key: str) -> None:
        """What is loaded next may be as large as all that is held: more than `most` is let go before, not after."""
        while self.held and sum(0 if isinstance(thing, PixelFault) else thing.nbytes for thing in self.held.values()) > self.most:
            oldest = next(iter(self.held))
            if oldest == key:
                return
            del self.held[oldest]
        while len(self.held) > 100:  # faults
            self.held.popitem(last=False)
