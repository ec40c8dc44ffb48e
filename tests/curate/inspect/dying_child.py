"""a child program for tests: it dies, or hangs, at images whose path says so"""

import errno
import os
import signal
import sys
import time
from collections.abc import Iterator

from curate.inspect import child, reading

read_found = reading.read_found


def dying(refs: list, found: reading.Found, *, max_bytes: int) -> Iterator:  # type: ignore[type-arg]
    if "never_opens" in refs[0].path:
        os.kill(os.getpid(), signal.SIGSEGV)
    for ref, content in read_found(refs, found, max_bytes=max_bytes):
        if f"dies_at_{ref.frame}_" in ref.path:
            os.kill(os.getpid(), signal.SIGSEGV)
        if f"hangs_at_{ref.frame}_" in ref.path:
            time.sleep(60)
        if f"fills_at_{ref.frame}_" in ref.path:
            bytearray(1 << 40)
        if f"errs_at_{ref.frame}_" in ref.path:
            raise AttributeError("what a file says")
        if f"unread_at_{ref.frame}_" in ref.path:
            raise OSError(errno.EIO, "what a disk says")
        yield ref, content


child.read_found = dying

if __name__ == "__main__":
    child.main(int(sys.argv[1]), memory=int(sys.argv[2]), seconds=int(sys.argv[3]))
