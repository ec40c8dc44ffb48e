"""The command line as a process: what its --help tells, and how it ends where nobody reads on"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.__main__ import main
from pipelines.commands import STAGES

UNREAD = "failed: what reads the output has ended; the same command goes on from here\n"
BEAM = "Flags that are not listed go to Beam (--runner="
LOUD = """
import sys
import pipelines.commands as commands
from pipelines.__main__ import main

def loud(given):
    print("x" * int(sys.argv[1]), file=getattr(sys, sys.argv[2]))
    return 3

commands._{} = loud
sys.exit(main(sys.argv[3:]))
"""


def ends(command: tuple[str, ...], characters: int, stream: str) -> tuple[int, str]:
    """Status, and what stderr holds where it is not the stream that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-c", LOUD.format(command[0]), str(characters), stream, *command]
    err = writer if stream == "stderr" else subprocess.PIPE
    done = subprocess.run(words, stdout=writer, stderr=err, text=True, check=False, cwd=Path(__file__).parents[2])
    os.close(writer)
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize("command", [("plan",), ("preview", "x"), ("doctor",), ("why", "x")])
def test_what_merely_shows_ends_well_where_its_reader_has_seen_enough(command: tuple[str, ...]) -> None:
    assert ends(command, 100_000, "stdout") == (0, "")


@pytest.mark.parametrize("command", [("corpus",), ("report",), ("verify", "x"), ("diff", "x", "x"), ("graph", "--to", "x")])
def test_what_does_more_than_show_never_says_that_it_is_done_where_it_was_stopped(command: tuple[str, ...]) -> None:
    assert ends(command, 100_000, "stdout") == (1, UNREAD)


def test_a_pipe_is_found_closed_by_a_word_too_and_on_both_streams() -> None:
    assert ends(("corpus",), 1, "stdout") == (1, UNREAD)
    assert ends(("corpus",), 100_000, "stderr") == (1, "")


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    return " ".join(capsys.readouterr().out.split())


NO_BEAM = "Flags that are not listed are refused."
STAYS = "without it the sample corpus is built"


@pytest.mark.parametrize(
    ("command", "statuses", "flags", "data"),
    [
        *((name, "3 the run is incomplete", BEAM, STAYS) for name in ("corpus", *STAGES)),
        ("plan", "3 one fits none.", "Flags that are not listed are Beam's", "without it what could be there is told"),
        ("graph", "1 one of them holds what it must not", BEAM, "without it no graph is built; it need not be there yet"),
        ("probe", "3 the probe is written without pictures", "With --data, flags that are not listed go to Beam; else", "or the folder"),
        ("preview", "3 no row became a sample", NO_BEAM, ""),
        ("doctor", "1 something is missing", NO_BEAM, ""),
        ("why", "0 the history is told", NO_BEAM, ""),
        ("report", "1 the account does not close", NO_BEAM, ""),
        ("export", "0 the export is whole", NO_BEAM, ""),
        ("verify", "0 the copy is whole", NO_BEAM, ""),
        ("diff", "0 the two are equal", NO_BEAM, ""),
    ],
)
def test_each_command_tells_its_own_exit_statuses_and_where_other_flags_go(
    command: str, statuses: str, flags: str, data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = help_of(command, capsys)
    assert [words for words in ("Exit status: 0 ", statuses, flags, data) if words not in told] == []
    assert (BEAM in told) == (flags == BEAM)
    assert (STAYS in told) == (data == STAYS)
