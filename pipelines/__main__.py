"""python -m pipelines: the command line"""

from __future__ import annotations

import os

# One thread a process for linear algebra: the stages bring their own parallelism. Must stand before numpy is imported.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse  # noqa: E402
import contextlib  # noqa: E402
import io  # noqa: E402
import logging  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
from collections.abc import Callable, Iterator, Sequence  # noqa: E402

from pipelines.commands import command_parser  # noqa: E402
from pipelines.withheld import signed_addresses  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser()
    given, beam_flags = parser.parse_known_args(arguments)
    given.beam_flags = tuple(beam_flags)
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)  # what it logs as an error it raises too: it is told once
    logging.getLogger("root").setLevel(logging.ERROR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal or log that is no UTF-8 has no bars: no reason to fail at the last line
    try:
        command: Callable[[argparse.Namespace], int] = given.command
        with _stoppable():
            status = _strange(given) or command(given)
            sys.stdout.flush()  # else nobody hears of a pipe that is closed before the process ends
            return status
    except KeyboardInterrupt as stopped:
        print("stopped; the same command goes on from here", file=sys.stderr)
        sys.stderr.flush()
        os._exit(128 + (signal.SIGTERM if isinstance(stopped, _Terminated) else signal.SIGINT))  # threads may be deep in a decoder
    except BrokenPipeError:
        return _unread(shows=getattr(given, "shows", False))
    except _refusals() as error:
        _tell(f"error: {error}")
        return 2
    except _disturbances() as error:
        _tell(f"failed: {error}")
        return 1
    except (OSError, MemoryError) as error:
        if not (said := _of_the_machine(error)):
            raise
        _tell(f"failed: {said}; the same command goes on from there")
        return 1


def _unread(*, shows: bool) -> int:
    """0 where the reader of a command that merely shows has seen enough (`plan | head`); 1 where something is left half done, or unsaid."""
    if not shows:
        with contextlib.suppress(BrokenPipeError):  # it may be stderr that nobody reads
            _tell("failed: what reads the output has ended; the same command goes on from here")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    return 0 if shows else 1


class _Terminated(KeyboardInterrupt):
    """SIGTERM: a scheduler's Ctrl-C."""


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM ends the command as Ctrl-C does: nothing is left to tidy, the next run sweeps."""

    def stop(number: int, frame: object) -> None:
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _of_the_machine(error: OSError | MemoryError) -> str:
    from pipelines.failed import of_the_machine

    return of_the_machine(error)


def _tell(text: str) -> None:
    """A file's name may hold what a terminal obeys."""
    from curate.report.wording import legible

    print(legible(text), file=sys.stderr)


def _strange(given: argparse.Namespace) -> int:
    """2 where values or flags are given that neither the command nor Beam behind it takes: one that is spelt wrong must not be lost in
    silence; a command that looks at more tells them with all else. And where an address holds a password: before anything repeats it."""
    if signed := list(signed_addresses(vars(given))):
        print(f"error: {'; '.join(signed)}", file=sys.stderr)
        return 2
    if getattr(given, "beam", False):
        return 0
    unknown = [f"'{flag}' is no option of {given.name}; its --help lists them" for flag in given.beam_flags]
    for fault in [*given.faults, *unknown]:
        _tell(f"error: {fault}")
    return 2 if given.faults or unknown else 0


def _refusals() -> tuple[type[Exception], ...]:
    """What the user can put right: said in a line, without a trace."""
    from curate.manifest import ManifestError
    from curate.recipe import RecipeError
    from curate.sample.originals import PackageMissing
    from pipelines.lock import Locked
    from pipelines.reading import DamagedTable
    from pipelines.run import Changed, UsageError

    return (UsageError, PackageMissing, ManifestError, RecipeError, Locked, Changed, DamagedTable)


def _disturbances() -> tuple[type[Exception], ...]:
    """What someone did to the data while they were read, or to a corpus; a server that fails, a disk that is full."""
    from curate.copied import NoRoom
    from curate.emit.ship import ChangedImage
    from curate.models.server import ServerError
    from pipelines.exporting import NotExported
    from pipelines.failed import Failed
    from pipelines.lease import LostLease
    from pipelines.worker import WorkerDied

    return (ChangedImage, NoRoom, ServerError, NotExported, LostLease, WorkerDied, Failed)


if __name__ == "__main__":
    sys.exit(main())
