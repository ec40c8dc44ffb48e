"""a child program for tests: says in a picture's place what it could do"""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from curate.inspect import child, reading

read_found = reading.read_found


def prying(refs: list, found: reading.Found, *, max_bytes: int) -> Iterator:  # type: ignore[type-arg]
    """Ends with a fault of its own where anything works that should not."""
    for attempt in (lambda: socket.socket(), lambda: Path(refs[0].path).write_text("taken over")):
        try:
            attempt()
        except PermissionError:
            continue
        raise AttributeError("it worked")
    yield from read_found(refs, found, max_bytes=max_bytes)


child.read_found = prying

if __name__ == "__main__":
    child.main(int(sys.argv[1]), memory=int(sys.argv[2]), seconds=int(sys.argv[3]))
