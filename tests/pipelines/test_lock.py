"""One run at a time in one OUT"""

import errno
import os
import subprocess
import sys

import pytest

from pipelines import lock
from pipelines.lock import Locked, locked
from tests.pipelines.whole_run import corpus

HOLD = """
import sys
from pipelines.lock import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_and_told_who_holds_it(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=rf"another run \(process {holder.pid}\) is writing here"), locked(str(tmp_path)):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with locked(str(tmp_path)):  # the kernel let go of it when the holder was killed
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_a_file_system_has_no_locks_that_is_said_and_the_run_goes_on(tmp_path, monkeypatch, capsys, number):
    def refuse(file, kind):
        raise OSError(number, "no")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    with locked(str(tmp_path)), lock.unheld(str(tmp_path)):
        pass
    said = f"note: {tmp_path}: this file system has no locks; one run at a time is yours to see to\n"
    assert capsys.readouterr().err == said * 2


def test_a_run_that_ends_lets_the_next_one_in(tmp_path):
    with locked(str(tmp_path / "new")):
        pass
    with locked(str(tmp_path / "new")):
        assert (tmp_path / "new" / ".lock").read_text() == str(os.getpid())


def test_a_process_started_by_the_run_does_not_hold_the_lock(tmp_path):
    with locked(str(tmp_path)):
        child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    try:
        with locked(str(tmp_path)):
            assert child.poll() is None
    finally:
        child.communicate()


def test_sample_data_are_not_written_where_another_run_writes(tmp_path):
    with locked(str(tmp_path)):
        ran = corpus(tmp_path)
    assert (ran.status, ran.told) == (
        2, f"error: {tmp_path}: another run (process {os.getpid()}) is writing here; wait for it, or give another --out\n"
    )  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock"]
