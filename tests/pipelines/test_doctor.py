"""What is told of this machine"""

import socket
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement

import pipelines.doctor
from pipelines.doctor import MEMORY, examine, memory_line, package_lines, package_lines_of, print_doctor, tagger_lines
from tests.pipelines.whole_run import run


@pytest.mark.parametrize(
    ("wanted", "mark", "text"),
    [
        ("no-such-package>=2", "missing", "not installed (wanted: >=2)"),
        ('no-such-package; extra == "bench"', "hint", "not installed (wanted: any; extra 'bench')"),
        ('no-such-package; python_version >= "3" and extra == "slides"', "hint", "not installed (wanted: any; extra 'slides')"),
        ("numpy>=1", "ok", None),
        ("numpy>=999", "missing", None),
        ('numpy>=999; extra == "dev"', "hint", None),
    ],
)
def test_a_package_is_held_against_what_is_wanted(wanted, mark, text):
    (line,) = package_lines_of(Requirement(wanted), ("bench", "dev", "slides"))
    assert line.mark == mark
    assert text is None or line.text == text


@pytest.mark.parametrize("marker", ['python_version < "3"', 'python_version < "3" and extra == "dev"', 'extra == "another"'])
def test_a_package_that_nothing_here_has_a_use_for_is_not_told_of(marker):
    assert list(package_lines_of(Requirement(f"no-such-package; {marker}"), ("dev",))) == []


def test_where_only_what_every_run_leans_on_is_installed_nothing_is_missing(monkeypatch, capsys):
    """As in the container: whatever any extra names is a hint."""
    wanted = [(Requirement(text), "extra ==" in text) for text in requires("medical-corpus") or []]
    base = {one.name for one, of_extra in wanted if not of_extra}
    installed = pipelines.doctor._installed
    monkeypatch.setattr(pipelines.doctor, "_installed", lambda name: installed(name) if name in {"medical-corpus", *base} else "")
    marks = [("hint" if of_extra and (one.extras or one.name not in base) else "ok", one.name) for one, of_extra in wanted]
    assert [(line.mark, line.name) for line in package_lines()] == marks
    assert {("ok", "apache-beam"), ("hint", "apache-beam"), ("hint", "openslide-python"), ("hint", "psutil")} <= set(marks)
    (beam,) = (line.text for line in package_lines() if (line.mark, line.name) == ("hint", "apache-beam"))
    assert (" without its part gcp (wanted: " in beam, beam.endswith("; extra 'dataflow')")) == (True, True)
    assert print_doctor("pixels", None, None) == 0
    assert capsys.readouterr().out.endswith("\nReady: 'make corpus' runs here.\n")


@pytest.mark.parametrize(("found", "mark"), [(MEMORY, "ok"), (MEMORY - 1, "hint")])
def test_little_memory_is_hinted_at(found, mark):
    assert memory_line(found).mark == mark


def test_named_weights_that_are_not_there_are_missing(tmp_path):
    (line,) = tagger_lines("auto", str(tmp_path), None)
    assert (line.mark, line.name, str(tmp_path) in line.text) == ("missing", "BiomedCLIP", True)


def test_without_weights_the_tagger_is_told_and_what_to_download_for_a_better_one(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    model, tagger = tagger_lines("auto", None, None)
    assert (model.mark, model.name, "hf download" in model.text) == ("hint", "BiomedCLIP", True)
    assert (tagger.mark, tagger.text) == ("ok", "pixels: it needs no download, and BiomedCLIP's weights are not here")
    (asked,) = tagger_lines("biomedclip", None, None)
    assert (asked.mark, "hf download" in asked.text) == ("missing", True)


def test_weights_that_are_a_pointer_are_missing(tmp_path):
    for name in ("open_clip_config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "open_clip_pytorch_model.bin").write_text("version https://git-lfs.github.com/spec/v1\n")
    (line,) = tagger_lines("biomedclip", str(tmp_path), None)
    assert (line.mark, "a Git LFS pointer" in line.text) == ("missing", True)


def test_flags_that_do_not_go_together_are_no_fault_of_the_machine():
    wrong = run("doctor", "--tagger", "none", "--weights", "w", "--probe", "/nowhere")
    assert (wrong.status, wrong.said) == (2, "")
    assert [line[:7] + line[7:].partition(" ")[0] for line in wrong.told.splitlines()] == ["error: --weights", *["       --probe"] * 2]


def test_what_the_tagger_would_be_is_told():
    assert [line.text for line in tagger_lines("pixels", None, None)] == ["pixels, as --tagger says: it needs no download"]
    assert [line.mark for line in tagger_lines("none", None, None)] == ["hint"]


def test_the_doctor_never_touches_the_network(monkeypatch, capsys):
    def refused(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    lines = list(examine("auto", None, None))
    assert [line.name for line in lines if line.mark == "missing"] == []
    assert {"Python", "apache-beam", "cores", "memory", "GPU", "BiomedCLIP", "tokenizer", "disk", "open files", "engine"} <= {
        line.name for line in lines
    }
    assert print_doctor("auto", None, None) == 0
    assert "Ready" in capsys.readouterr().out
