"""an HDF5 file -> its data sets that hold bytes: files as someone put them there

The HDF5 library is let near a file only in a process of its own (curate/read/hdf5_apart.py): a few bytes changed make it ask for all
the memory there is, or die."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from curate import confine
from curate.copied import copy_file, has_descriptor
from curate.read.contents import Gathering

APART = Path(__file__).with_name("hdf5_apart.py")
# no plugins, which are code; no locks, which some network disks do not have
SETTINGS = {"HDF5_PLUGIN_PRELOAD": "::", "HDF5_USE_FILE_LOCKING": "FALSE"}


class BrokenHdf5(Exception):
    """It is no HDF5 file, or a damaged one; the message is a measurement."""


def gather_hdf5(file: BinaryIO, gathering: Gathering) -> None:
    """Every data set of bytes: one value of a fixed length, or a row of 8-bit numbers. Links to other places and other files are not
    followed, bytes that lie in another file are refused. Raises BrokenHdf5, TooMany; NoRoom where
    the file lies in a store, and the disk cannot take the copy that the library needs."""
    with _apart(file, "list") as lines:
        for line in lines:
            name, method, offset, stored, size = json.loads(line)
            if method == "elsewhere":
                gathering.count()
                gathering.refuse("member_link")
            else:
                gathering.add(name, method=method, offset=offset, stored=stored, size=size)


def read_dataset(file: BinaryIO, name: str, size: int) -> bytes:
    """The bytes of a data set whose place in the file is not told, or which is compressed. Raises BrokenHdf5."""
    with _apart(file, "read", name, str(size)) as output:
        return output.read(size + 1)


@contextlib.contextmanager
def _apart(file: BinaryIO, *arguments: str) -> Iterator[IO[bytes]]:
    """What the library, in its own process, says of the file."""
    with contextlib.ExitStack() as stack:
        number = _descriptor(file, stack)
        command = [sys.executable, "-I", confine.__file__, str(APART), str(number), *arguments]
        process = stack.enter_context(
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=(number,),
                env={**confine.bare_environment(), **SETTINGS},
            )
        )  # fmt: skip
        stack.callback(process.kill)  # runs first: whoever stops listening does not wait for it
        assert process.stdout is not None, "it is a pipe"
        yield process.stdout
        if process.stdout.read(1):
            raise BrokenHdf5("more bytes than were listed")
        if process.wait() != 0:
            raise BrokenHdf5(f"HDF5 that cannot be read ({_why(process.returncode)})")


def _why(status: int) -> str:
    return {3: "the library refuses it", 4: "a data set of another size than was listed"}.get(status, "the library died")


def _descriptor(file: BinaryIO, stack: contextlib.ExitStack) -> int:
    """Of the file; of one in memory, of a copy."""
    if has_descriptor(file):
        return file.fileno()
    copy = stack.enter_context(tempfile.NamedTemporaryFile(suffix=".h5"))  # noqa: SIM115  one with a name: the library asks for it
    copy_file(file, copy, tempfile.gettempdir())
    return copy.fileno()
