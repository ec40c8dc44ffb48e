"""parts of a stage -> some of them under way at once in one worker, each in its turn where they want the same threads"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


class Parts:
    """`count` parts under way: `begin` one after the other, `settle` at the end. If one fails, the others stop."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.pool = ThreadPoolExecutor(count)
        self.under_way: deque[Future[None]] = deque()
        self.turn, self.stopped = threading.Lock(), threading.Event()

    def begin(self, work: Callable[[], None]) -> None:
        """Waits for the oldest where too many are under way. Raises what a part raised."""
        self.under_way.append(self.pool.submit(work))
        self._wait(self.count - 1)

    def settle(self) -> None:
        """Wait for all. Raises what a part raised."""
        self._wait(0)

    def close(self) -> None:
        self.stopped.set()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _wait(self, left: int) -> None:
        try:
            while len(self.under_way) > left:
                self.under_way.popleft().result()
        except BaseException:  # an interrupt too: whatever ends one part ends the others
            self.stopped.set()
            raise

    def check(self) -> None:
        """Where another part has failed, nobody waits for this one."""
        if self.stopped.is_set():
            raise CancelledError

    def in_turn(self, tasks: Iterable[Item]) -> Iterator[Item]:
        """The tasks of a part, after the last of the part that came before: else two parts would end together, and nothing would be left
        to do while they are written."""
        while not self.turn.acquire(timeout=0.1):  # a part that failed may hold it for good
            self.check()
        try:
            for task in tasks:
                self.check()
                yield task
        finally:
            self.turn.release()
