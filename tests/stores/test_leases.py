"""One run at a time in one OUT in a store"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from pipelines import lease, lock
from pipelines.lease import Locked, LostLease, leased, unleased
from pipelines.objects import list_objects
from pipelines.store import Conflict
from tests.stores.proxy import LOST, Faults

HOLD = """
import sys
from pipelines.lock import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def elsewhere(monkeypatch):
    """From here on this process counts as one of another machine."""

    def move(name="elsewhere"):
        monkeypatch.setattr(lease, "_machine", lambda: name)

    return move


def hold(root):
    command = [sys.executable, "-c", HOLD, str(root)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    return holder


def kill(holder):
    holder.kill()
    holder.communicate()


def steal(root):
    """As another run that takes its holder for dead; a heartbeat may come between its look and its write."""
    while True:
        with contextlib.suppress(Locked):
            return lease.Lease(root / ".lease", heartbeat=60, stale=-10.0).take()


def holder_of(root):
    return json.loads((root / ".lease").read_bytes())


def test_a_second_run_is_refused_and_told_who_holds_it(root):
    holder = hold(root)
    try:
        told = (
            rf"{re.escape(str(root))}: another run \(process {holder.pid} on .*\) is writing here; .* 10 minutes after it was last heard of"
        )
        with pytest.raises(Locked, match=told), lock.locked(str(root)):
            pass
        with pytest.raises(Locked, match=rf"a run \(process {holder.pid} on .*\) is writing here; wait for it"), lock.unheld(str(root)):
            pass
    finally:
        kill(holder)


def test_a_run_killed_on_this_machine_is_followed_at_once(root, capsys):
    kill(holder := hold(root))
    with lock.unheld(str(root)):
        pass
    with lock.locked(str(root)):
        assert holder_of(root)["pid"] == os.getpid()
    assert f"process {holder.pid} on " in capsys.readouterr().err
    assert [name for name, _ in list_objects(root)] == [".lease"]


def test_a_run_that_ends_lets_the_next_one_in_and_readers(root):
    for _ in range(2):
        with lock.locked(str(root)):
            assert holder_of(root)["owner"]
        assert holder_of(root)["owner"] == ""
        with lock.unheld(str(root)):
            pass


def test_a_reader_of_an_out_without_a_lease_writes_nothing(root, store):
    with lock.unheld(str(root)):
        pass
    assert store.proxy.counted() == store.proxy.counted("GET")


def test_a_run_of_another_machine_is_followed_when_the_store_has_not_heard_of_it(root, elsewhere):
    kill(hold(root))
    elsewhere()
    for use in (leased, unleased):
        with pytest.raises(Locked), use(root):
            pass
    with unleased(root, stale=-1.0), leased(root, stale=-1.0):
        assert holder_of(root)["machine"] == "elsewhere"
    assert [name for name, _ in list_objects(root)] == [".lease"]  # the file that told the time is gone


def test_the_stores_clock_judges_and_no_machines(root, elsewhere, monkeypatch):
    kill(hold(root))
    elsewhere()
    monkeypatch.setattr(time, "time", lambda: 4e9)  # a machine decades ahead
    found = lease._read(root / ".lease")
    ages = (0, 590, 620)
    assert [lease._is_dead(root, replace(found, written=found.written - timedelta(seconds=age)), 600) for age in ages] == [
        False,
        False,
        True,
    ]


def test_who_may_not_write_takes_no_lease_for_dead(root, elsewhere, monkeypatch):
    kill(hold(root))
    elsewhere()

    def refuse(self, data):
        raise PermissionError(13, "no")

    monkeypatch.setattr(type(root), "write_bytes", refuse)
    with pytest.raises(Locked), unleased(root, stale=-1.0):
        pass


def test_a_heartbeat_keeps_it(root, elsewhere):
    beaten = threading.Event()
    with leased(root, heartbeat=0.05, stale=60.0):
        first = holder_of(root)["beat"]
        while holder_of(root)["beat"] < first + 3:
            beaten.wait(0.05)
        elsewhere("third")
        with pytest.raises(Locked), leased(root, stale=60.0):
            pass


def test_a_run_whose_lease_was_taken_stops_at_once(root, elsewhere):
    def run():
        with leased(root, heartbeat=0.1):
            elsewhere()
            steal(root)
            threading.Event().wait(30)
            pytest.fail("it ran on")

    with pytest.raises(LostLease, match="this run lost its lease \\(another run took it over\\) and stopped"):
        run()
    assert holder_of(root)["machine"] == "elsewhere"  # and did not release another's


def test_nothing_is_committed_under_a_lost_lease(root, elsewhere):
    def run():
        with leased(root):  # whose heart beats once a minute
            lock.still_held(str(root))
            elsewhere()
            steal(root)
            lease._HELD[str(root)]._last -= 121  # the machine slept
            lock.still_held(str(root))
            pytest.fail("it would have committed")

    with pytest.raises(LostLease):
        run()


def test_a_store_that_is_away_stops_the_run_before_its_lease_is_stale(root, store):
    def run():
        with leased(root, heartbeat=0.1, stale=0.8), store.proxy.away():
            threading.Event().wait(60)
            pytest.fail("it ran on")

    with pytest.raises(LostLease, match="no heartbeat could be written for"):
        run()


def test_a_write_whose_answer_was_lost_counts_as_ours(root, store):
    store.proxy.faults = Faults(share=1.0, kinds=(LOST,), methods=("PUT",))
    holder = lease.Lease(root / ".lease", heartbeat=60, stale=600)
    monkey = threading.Timer(0.3, lambda: setattr(store.proxy.faults, "share", 0.0))
    monkey.start()
    holder.take()
    assert store.proxy.faults.counts[LOST] >= 1
    assert holder_of(root)["owner"] == holder._holder["owner"]
    with pytest.raises(Locked):
        lease.Lease(root / ".lease", heartbeat=60, stale=600).take()


def test_a_heartbeat_whose_answer_was_lost_is_followed_by_the_next(root, monkeypatch):
    holder = lease.Lease(root / ".lease", heartbeat=60, stale=600)
    holder.take()
    put = type(root).put_if

    def lost(self, data, mode, **patience):
        put(self, data, mode, **patience)
        monkeypatch.setattr(type(root), "put_if", put)
        raise OSError(110, "no answer, and the store is away for good")

    monkeypatch.setattr(type(root), "put_if", lost)
    with pytest.raises(OSError, match="no answer"):
        holder._write(patience=0)
    assert holder._write(patience=0)
    assert (holder_of(root)["beat"], holder_of(root)["owner"]) == (3, holder._holder["owner"])


def test_a_state_that_another_thread_wrote_meanwhile_is_followed(root):
    holder = lease.Lease(root / ".lease", heartbeat=60, stale=600)
    holder.take()
    before = holder._version
    assert holder._write()
    holder._version = before  # as one that was read before the other's answer came
    holder._last -= 121
    holder.assure()
    holder._version = before
    holder.release()
    assert holder_of(root)["owner"] == ""


def test_a_run_of_another_user_that_proc_hides_is_judged_by_the_store(root, monkeypatch):
    found = replace(hidden := _held_by_this_process(root), holder={**hidden.holder, "pid": 1})
    monkeypatch.setattr(lease, "_machine", lambda: found.holder["machine"])
    monkeypatch.setattr(lease, "Path", lambda *parts: _Hidden())
    assert [lease._is_dead(root, replace(found, written=found.written - timedelta(seconds=age)), 600) for age in (0, 620)] == [False, True]
    assert lease._started(2**22 + 1) == "gone"


class _Hidden:
    def read_text(self, **_):
        raise FileNotFoundError(2, "hidepid=2")


def _held_by_this_process(root):
    lease.Lease(root / ".lease", heartbeat=60, stale=600).take()
    return lease._read(root / ".lease")


def test_of_two_that_begin_at_once_one_holds_it(root):
    rivals = [lease.Lease(root / ".lease", heartbeat=60, stale=600) for _ in range(8)]
    start, won = threading.Barrier(8), []

    def race(rival):
        start.wait()
        try:
            rival.take()
            won.append(rival)
        except Locked:
            pass

    threads = [threading.Thread(target=race, args=(rival,)) for rival in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [rival._holder["owner"] for rival in won] == [holder_of(root)["owner"]]


def test_a_stop_by_hand_stays_one_and_frees_it(root):
    with pytest.raises(KeyboardInterrupt), leased(root):
        signal.raise_signal(signal.SIGINT)
    assert holder_of(root)["owner"] == ""


def test_a_file_that_is_no_lease_is_left_alone(root):
    (root / ".lease").write_bytes(b'{"owner": 1}')
    for use in (leased, unleased):
        with pytest.raises(Locked, match="this is no lease; remove it if no run writes here"), use(root):
            pass
    with pytest.raises(Conflict):
        (root / ".lease").put_if(b"", "create")


def test_a_process_that_ignores_ctrl_c_ends_by_itself(root):
    program = f"""
import signal, sys, threading
signal.signal(signal.SIGINT, signal.SIG_IGN)
from pipelines import lease
from pipelines.objects import StorePath
lease.GRACE = 0.2
with lease.leased(StorePath.of({str(root)!r}), heartbeat=0.1):
    print("held", flush=True)
    threading.Event().wait(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    (root / ".lease").write_bytes(json.dumps({**holder_of(root), "owner": "thief"}).encode())
    assert (holder.wait(30), holder.communicate()[1]) == (
        1,
        f"failed: {root}: this run lost its lease (another run took it over) and stopped\n",
    )
