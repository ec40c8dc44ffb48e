"""What is told of this machine"""

import socket

import pytest
from packaging.requirements import Requirement

from pipelines.doctor import MEMORY, examine, memory_line, package_line, print_doctor, weights_line


@pytest.mark.parametrize(
    ("wanted", "mark", "text"),
    [
        ("no-such-package>=2", "missing", "not installed (wanted: >=2)"),
        ('no-such-package; extra == "bench"', "hint", "not installed (wanted: any; extra 'bench')"),
        ("numpy>=1", "ok", None),
        ("numpy>=999", "missing", None),
        ('numpy>=999; extra == "dev"', "hint", None),
    ],
)
def test_a_package_is_held_against_what_is_wanted(wanted, mark, text):
    line = package_line(Requirement(wanted))
    assert line.mark == mark
    assert text is None or line.text == text


@pytest.mark.parametrize(("found", "mark"), [(MEMORY, "ok"), (MEMORY - 1, "hint")])
def test_little_memory_is_hinted_at(found, mark):
    assert memory_line(found).mark == mark


def test_named_weights_that_are_not_there_are_missing(tmp_path):
    line = weights_line(str(tmp_path))
    assert (line.mark, str(tmp_path) in line.text) == ("missing", True)


def test_no_weights_are_a_hint_that_says_what_is_lost_and_how_to_have_them():
    line = weights_line("none")
    assert (line.mark, "hf download" in line.text, "caption words decide" in line.text) == ("hint", True, True)


def test_the_doctor_never_touches_the_network(monkeypatch, capsys):
    def refused(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    lines = list(examine("none"))
    assert [line.name for line in lines if line.mark == "missing"] == []
    assert {"Python", "apache-beam", "cores", "memory", "GPU", "BiomedCLIP", "tokenizer", "disk", "open files", "engine"} <= {
        line.name for line in lines
    }
    assert print_doctor("none") == 0
    assert "Ready" in capsys.readouterr().out
