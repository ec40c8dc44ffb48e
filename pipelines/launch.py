"""a command, a stage -> the stage's graph run by that command: the order of stages outside of any engine"""

from __future__ import annotations

import shlex
import subprocess

from pipelines.failed import Failed

STDERR = 2  # what the summary is printed on is not the command's


class NotLaunched(Failed):
    """The command that was to run a stage's graph failed."""


def launch(command: str, stage: str) -> None:
    """`COMMAND STAGE`, waited for. It ends with status 0 when every unit is done; what it prints goes to stderr. Raises NotLaunched."""
    try:
        words = [*shlex.split(command), stage]
    except ValueError as error:
        raise NotLaunched(f"{stage}: --launch {command}: no command of a shell: {str(error).lower()}") from error
    try:
        status = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=STDERR, check=False).returncode
    except OSError as error:
        raise NotLaunched(f"{stage}: --launch {words[0]}: {error.strerror}") from error
    if status:
        raise NotLaunched(f"{stage}: --launch {words[0]} ended with status {status}: once that is mended the same command goes on")
