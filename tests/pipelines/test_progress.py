"""Live progress from workers to the driver"""

import json
import socket
import threading

import pytest

from pipelines.progress import Meter, Reporter


def received(listener: socket.socket) -> list[list]:
    listener.setblocking(False)
    found = []
    while True:
        try:
            found.append(json.loads(listener.recv(200)))
        except BlockingIOError:
            return found


@pytest.fixture
def listener():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        yield found


def told(listener, word="ours"):
    return (*listener.getsockname(), word)


def test_a_worker_tells_its_whole_count_and_not_at_every_step(listener):
    reporter = Reporter(told(listener))
    for _ in range(1_000):
        reporter.step(2)
    reporter.flush()
    heard = received(listener)
    assert heard[-1] == ["ours", reporter.name, 2_000]
    assert len(heard) < 1_000


def test_a_reporter_without_a_driver_is_silent():
    reporter = Reporter(None)
    reporter.step(5)
    reporter.flush()
    assert (reporter.socket, reporter.done) == (None, 0)


def test_a_driver_that_is_gone_does_not_stop_the_work(listener):
    address = told(listener)
    listener.close()
    reporter = Reporter(address)
    reporter.step(1)
    reporter.flush()
    reporter.flush()
    assert reporter.done == 1


def test_the_meter_adds_up_its_workers_and_ends_whole():
    with Meter("toy", 10, "rows") as meter:
        first, second = Reporter(meter.address), Reporter(meter.address)
        first.step(3)
        second.step(4)
        first.flush()
        second.flush()
    assert (meter.thread.is_alive(), meter.total) == (False, 10)


def test_stray_datagrams_do_not_stop_the_meter_and_are_not_counted():
    with Meter("toy", 10, "rows") as meter, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stray:
        host, port, word = meter.address
        for strange in (b"hello", b"[1]", b'["a", "b", 3]', b"\xff", b'["another", "worker", 9]'):
            stray.sendto(strange, (host, port))
        stray.sendto(json.dumps([word, "worker", 7]).encode(), (host, port))
        while meter.thread.is_alive() and "worker" not in meter.counts:
            pass
    assert meter.counts == {"worker": 7}


def test_two_drivers_have_words_of_their_own():
    with Meter("toy", 1, "rows") as first, Meter("toy", 1, "rows") as second:
        assert first.address[2] != second.address[2]


def test_what_is_signed_counts_where_no_worker_reaches_the_driver():
    asked = threading.Event()

    def signed():
        if asked.is_set():
            raise OSError("a store that stumbles")
        asked.set()
        return 4

    with Meter("toy", 10, "rows", signed, look=0) as meter:
        assert asked.wait(60)
        while meter.found != 4:
            pass
    assert (meter.found, meter.counts) == (4, {})
