"""Beam's warning of a client that nothing here uses is left out wherever this package is imported, and no other line is"""

import logging
import subprocess
import sys

from pipelines import is_wanted

SAID = "apitools not found, and bigquery client libraries are not available despite the import not raising an ImportError."
BENCH = "import sys, tests.bench.__main__; print('pipelines' in sys.modules, 'apache_beam' in sys.modules)"


def python(*arguments: str) -> tuple[int, str, str]:
    ran = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout, ran.stderr


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("root", logging.WARNING, "", 0, message, None, None)


def test_one_line_is_left_out_and_others_stay():
    assert [is_wanted(record(message)) for message in (SAID, f"of it: {SAID}", "apitools not found", "")] == [False, True, True, True]


def test_the_root_logger_leaves_it_out_once_the_package_is_imported():
    assert is_wanted in logging.getLogger().filters


def test_a_process_that_imports_beam_says_nothing_of_its_own():
    status, said, told = python("-m", "pipelines.saved")  # workers' entries import it the same way: below this package
    assert (status, said, told.count("\n"), told.startswith("usage: python -m pipelines.saved FOLDER")) == (2, "", 1, True)


def test_benchmarks_import_the_package_before_any_of_them_imports_beam():
    assert python("-c", BENCH) == (0, "True False\n", "")
