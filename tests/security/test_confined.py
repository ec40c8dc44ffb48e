"""A decoder that has been taken over reaches nothing: no network, no file of yours, no secret, no other process"""

import io
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from curate import confine
from curate.inspect.children import Children
from curate.inspect.inspect import InspectLimits
from curate.verify.readers import Readers
from pipelines.doctor import confinement, decoders_line
from schemas.image import ImageRef

ROOT = Path(__file__).parents[2]
linux = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() not in ("x86_64", "aarch64"), reason="the kernel's own means are Linux's"
)
TRIES = """
import ctypes, json, os, socket, subprocess, sys, tempfile
sys.path.insert(0, {root!r})
from curate.confine import confine
held = confine()
def tried(attempt):
    try:
        attempt()
    except PermissionError:
        return "refused"
    except ProcessLookupError:
        return "gone"
    return "done"
def asked(number):  # a call by its number, as code would make it that is no Python
    ctypes.CDLL(None, use_errno=True).syscall(number, 0, 0, 0)
    if ctypes.get_errno() == 1:
        raise PermissionError
mine = {mine!r}
tries = {{
    "inet": lambda: socket.socket(socket.AF_INET),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "io_uring": lambda: asked(425),
    "x32": lambda: asked(0x40000000 + 41),
    "write": lambda: open(mine, "a"),
    "truncate": lambda: os.truncate(mine, 0),
    "remove": lambda: os.unlink(mine),
    "make": lambda: open(mine + ".new", "w"),
    "rename": lambda: os.rename(mine, mine + ".new"),
    "link": lambda: os.symlink("/", mine + ".new"),
    "signal": lambda: os.kill({parent}, 0),
    "grandchild": lambda: subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], check=True, stderr=subprocess.DEVNULL),
    "read": lambda: open(mine).read(),
    "temporary": lambda: tempfile.TemporaryFile().write(b"x"),
    "null": lambda: open(os.devnull, "w").write("x"),
}}
def outcome(attempt):
    try:
        return tried(attempt)
    except subprocess.CalledProcessError:
        return "refused"
print(json.dumps([sorted(held), {{name: outcome(attempt) for name, attempt in tries.items()}}]))
"""


@linux
def test_a_confined_process_reaches_no_network_and_writes_only_what_is_temporary(tmp_path: Path) -> None:
    mine, temporary = tmp_path / "mine.txt", tmp_path / "temporary"
    mine.write_text("mine")
    temporary.mkdir()
    program = TRIES.format(root=str(ROOT), mine=str(mine), parent=os.getpid())
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, env={**os.environ, "TMPDIR": str(temporary)}, check=True)
    held, tried = json.loads(said.stdout)
    if held != ["files", "network"]:
        pytest.skip(f"this kernel holds {held or 'nothing'}")
    ways = ["inet", "unix", "io_uring", "x32", "write", "truncate", "remove", "make", "rename", "link", "grandchild"]
    assert {name: tried[name] for name in ways} == dict.fromkeys(ways, "refused")
    assert (tried["read"], tried["temporary"], tried["null"]) == ("done", "done", "done")
    assert mine.read_text() == "mine"


def test_a_child_gets_no_key_of_its_parents_environment() -> None:
    secret = (
        "AWS_SECRET_ACCESS_KEY", "REWRITE_API_KEY", "HF_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "https_proxy", "SSH_AUTH_SOCK", "HOME",
        "HDF5_PLUGIN_PATH",
    )  # fmt: skip
    assert confine.bare_environment({**dict.fromkeys(secret, "k"), "LC_ALL": "C", "PATH": "/bin"}) == {"LC_ALL": "C", "PATH": "/bin"}


@linux
def test_a_decoder_is_confined_before_it_sees_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not held_here():
        pytest.skip("this kernel does not hold files and network")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    mine = tmp_path / "mine.png"
    mine.write_text("mine")
    picture = io.BytesIO()
    Image.new("RGB", (70, 70), (1, 2, 3)).save(picture, "BMP")
    children = Children(program="tests.security.prying_child")
    try:
        ((image, _),) = children.inspect([ImageRef(id="s/mine", source="s", path=str(mine))], picture, 0, InspectLimits())
    finally:
        children.close()
    assert (image.reason, mine.read_text()) == (None, "mine")


@linux
def test_the_processes_that_read_strangers_files_have_no_secret_and_a_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-mine")
    children, readers = Children(), Readers()
    child, reader = children._take(), readers._take()
    try:
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdin.write(json.dumps({"read": "rows", "path": "/nowhere", "seconds": 60}).encode() + b"\n")
        reader.stdin.flush()
        reader.stdout.readline()  # now it has begun
        assert "Seccomp:\t2" in Path(f"/proc/{reader.pid}/status").read_text()
        told = [Path(f"/proc/{process.pid}/environ").read_bytes() for process in (child.process, reader)]
        assert [b"a-secret-of-mine" in environment for environment in told] == [False, False]
        assert [b"PATH=" in environment for environment in told] == [True, True]
    finally:
        child.end()
        reader.kill()
        reader.communicate()


def held_here() -> bool:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from curate.confine import confine; sys.exit(len(confine()))"
    return subprocess.run([sys.executable, "-c", program], check=False).returncode == 2


def test_the_doctor_says_what_a_decoder_is_kept_from() -> None:
    assert (confinement() == {"files", "network"}) is (sys.platform.startswith("linux") and held_here())
    assert decoders_line(frozenset({"files", "network"})).mark == "ok"
    line = decoders_line(frozenset({"network"}))
    assert (line.mark, line.text) == ("hint", "this kernel does not keep them from files: docs/security.md")
