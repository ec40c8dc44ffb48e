"""Worker processes of the local engine end with their driver"""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is Linux's")

DRIVER = """
import os, subprocess, sys
subprocess.run([sys.executable, "-c", '''
import sys
from pipelines.worker import follow
follow(int(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
''', str(os.getpid())], stdin=subprocess.PIPE)
"""


def test_a_worker_dies_with_its_driver():
    driver = subprocess.Popen([sys.executable, "-c", DRIVER], stdout=subprocess.PIPE, text=True)
    assert driver.stdout.readline() == "ready\n"
    driver.kill()
    driver.wait()
    assert driver.stdout.read() == ""  # ends only when the worker, which holds the other end, has gone


def test_a_worker_whose_driver_is_gone_already_ends():
    said = subprocess.run([sys.executable, "-m", "pipelines.worker", str(os.getppid())], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (1, "")
