"""python -m pipelines.worker DRIVER: a worker process of the local engine that never outlives the driver that started it

Beam's own command stands below a shell and waits for a driver that was killed, for minutes. This one is told so by the kernel (Linux)."""

from __future__ import annotations

import logging
import os
import sys


class WorkerDied(RuntimeError):
    """A worker process of the local engine is gone before its work was done."""


def follow(driver: int) -> None:
    """Have the kernel kill this process when the process `driver`, its parent, ends; end it if that has happened already."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes
    import signal

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG, prctl(2)
    if os.getppid() != driver:
        os._exit(1)


if __name__ == "__main__":
    follow(int(sys.argv.pop(1)))
    logging.disable(logging.ERROR)  # some forty lines of Beam's own a worker would stand in the user's terminal; the driver raises errors
    from apache_beam.runners.worker import sdk_worker_main  # only now: 2 s in which the driver may die

    sdk_worker_main.main(sys.argv)
