"""whatever ended a stage -> why, in one line, where the world did it and not this program: a disk, memory, damaged tables, changed data

Runners tell what a worker raised by its trace as text; of the local engine's own the cause is at hand."""

from __future__ import annotations

import builtins
import contextlib
import errno
import os
import re
from collections.abc import Iterator

from pipelines.address import is_remote

RETRY = "the same command goes on from there"
WORLD = frozenset(
    {
        errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR,
        errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
        errno.EAGAIN,
    }
)  # fmt: skip  # what a disk, a mount, a right or a limit of the machine does
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})  # what writing alone meets
_STEP = re.compile(r" \[while running '[^'\n]*'\]")
_RAISED = re.compile(r"^(?:RuntimeError: )?(?:[\w.]*\.)?(\w+)(?:: (.*))?$")
_ALLOCATOR = "DefaultCPUAllocator: "  # torch has a class of its own for a GPU's memory alone
_STORED = re.compile(r": '(?:gs|s3)://[^']*'$")
_NUMBERED = re.compile(r"\[Errno (\d+)\] (.*?)(?:: '(.*)')?$")
_INSIDE = re.compile(r"\[errno (\d+)\]")
_MEMORY = ("MemoryError", "_ArrayMemoryError", "ArrowMemoryError")
_SYSTEM = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, OSError)} | {"ChildError"}


class Failed(RuntimeError):
    """A stage ended for a reason outside of the program; the message is one line."""


@contextlib.contextmanager
def told_plainly(stage: str) -> Iterator[None]:
    """What a runner raises for a worker's error becomes that error, where it is one of those that are told in a line; what disk and memory
    do becomes Failed; Ctrl-C in the middle of a worker's work, which Beam makes an error of the work, is itself again. Bugs pass with
    their traces."""
    try:
        yield
    except Exception as error:
        if plain := plain_cause(error, stage):
            raise plain from error
        raise


def plain_cause(error: BaseException, stage: str) -> BaseException | None:
    """What lies behind `error`, to be told in a line; None where it is a bug, or told already."""
    for cause in _behind(error):
        if isinstance(cause, KeyboardInterrupt):
            return cause
        if known := _of_the_world(cause, stage):
            return known
        if type(cause).__name__ in _told() or isinstance(cause, Failed):
            return type(cause)(_STEP.sub("", str(cause))) if _STEP.search(str(cause)) or cause is not error else None
    return _from_text(str(error), stage)


@contextlib.contextmanager
def naming(place: object, *known: object, unnamed: frozenset[int] = WORLD) -> Iterator[None]:
    """What a disk does is told with `place`, where it has one of the names that are `known` to say nothing; where it has none and is one
    of `unnamed`."""
    try:
        yield
    except OSError as error:
        if str(error.filename) in map(str, known) if error.filename else error.errno in unnamed:
            error.filename = str(place)
        raise


def number_of(error: OSError) -> int | None:
    """Its errno; pyarrow has it in the text alone where it stood below another of its errors."""
    inside = None if error.errno is not None else _INSIDE.search(str(error))
    return int(inside[1]) if inside else error.errno


def of_the_machine(error: BaseException) -> str:
    """One line of an OSError or MemoryError that is no bug; '' of any other."""
    if isinstance(error, MemoryError):
        return "memory ran out"
    if isinstance(error, OSError) and (number := number_of(error)) in WORLD:
        place = f"{error.filename}: " if error.filename is not None else ""
        return f"{place}{error.strerror if is_remote(error.filename) else os.strerror(number)}"  # of a store our own words
    return ""


def _of_the_world(error: BaseException, stage: str) -> Failed | None:
    if said := of_the_machine(error):
        return Failed(f"{stage}: {said}; {RETRY}")
    if type(error).__name__ == "OutOfMemoryError" or _ALLOCATOR in str(error):
        return Failed(f"{stage}: the model's memory ran out, for one picture at a time too; {RETRY} where there is more")
    return None


def _behind(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _from_text(text: str, stage: str) -> Exception | None:
    """The last error of a trace, if it is one of ours, or of the machine."""
    told = _told()
    for line in reversed(text.splitlines()):
        match = _RAISED.match(_STEP.sub("", line))
        if not match:
            continue
        name, message = match[1], match[2] or ""
        if name in told:
            return told[name](message)
        if name in _MEMORY:
            return _of_the_world(MemoryError(), stage)
        if name == "OutOfMemoryError" or _ALLOCATOR in message:
            return _of_the_world(RuntimeError(_ALLOCATOR), stage)
        if name in _SYSTEM and (numbered := _NUMBERED.match(message)):
            return _of_the_world(OSError(int(numbered[1]), numbered[2], numbered[3]), stage)
        if name in _SYSTEM and _INSIDE.search(message):
            return _of_the_world(OSError(message), stage)
        if name.endswith(("Error", "Exception")):
            return None
    return None


def _told() -> dict[str, type[Exception]]:
    """Errors whose message is a line that says all, by name."""
    from curate.copied import NoRoom
    from curate.emit.ship import ChangedImage
    from curate.models.server import ServerError
    from pipelines.reading import DamagedTable
    from pipelines.run import Changed, UsageError
    from pipelines.units import OtherSettings, Superseded
    from pipelines.worker import WorkerDied

    told = (ChangedImage, NoRoom, ServerError, DamagedTable, Changed, UsageError, OtherSettings, Superseded, WorkerDied, Failed)
    return {each.__name__: each for each in told}

