"""What a process spills goes with it"""

import subprocess
import sys
from pathlib import Path

from pipelines.spilled import spill_folder

SPILL = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from pipelines.spilled import spill_folder
(spill_folder() / "large").write_bytes(b"1")
print(spill_folder(), flush=True)
sys.stdin.read()
"""


def spill(folder):
    process = subprocess.Popen([sys.executable, "-c", SPILL, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, Path(process.stdout.readline().strip())


def test_a_process_has_a_folder_of_its_own_and_leaves_none(tmp_path):
    process, folder = spill(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == [".held", "large"]
    assert folder.stat().st_mode & 0o777 == 0o700
    process.communicate()
    assert (process.returncode, list(tmp_path.iterdir())) == (0, [])


def test_the_next_process_clears_what_a_killed_one_left_and_nothing_else(tmp_path, monkeypatch):
    lives, kept = spill(tmp_path)
    killed, left = spill(tmp_path)
    killed.kill()
    killed.communicate()
    (tmp_path / "corpus-of-somebody").mkdir()
    (tmp_path / "corpus-link").symlink_to(kept)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        own = spill_folder()
        assert {*tmp_path.iterdir()} == {kept, own, tmp_path / "corpus-of-somebody", tmp_path / "corpus-link"}
        assert (left.exists(), (kept / "large").exists(), spill_folder()) == (False, True, own)
    finally:
        lives.communicate()
