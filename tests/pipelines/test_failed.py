"""What a disk, memory, damaged tables and stopping do to a stage: one line, on every engine; bugs keep their traces"""

import errno
import signal
import subprocess
import sys

import apache_beam as beam
import pytest

from curate.copied import NoRoom
from curate.emit.ship import ChangedImage
from pipelines.engine import beam_options, new_pipeline, run_pipeline
from pipelines.failed import RETRY, Failed, plain_cause, told_plainly
from pipelines.reading import DamagedTable

REMOTE = """Traceback (most recent call last):
  File "common.py", line 687, in invoke_process
pipelines.reading.DamagedTable: /out/a.parquet: holds 1 rows

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "worker.py", line 9, in work
{last} [while running 'screen/work']
"""


class Raising(beam.DoFn):
    def __init__(self, kind: str) -> None:
        self.kind = kind

    def process(self, element: int) -> None:
        match self.kind:
            case "full":
                raise OSError(errno.ENOSPC, "No space left on device", "/out/a b.tmp")
            case "memory":
                raise MemoryError
            case "damaged":
                raise DamagedTable("/out/a.parquet: its bytes are others")
            case "stopped":
                raise KeyboardInterrupt
            case _:
                raise ZeroDivisionError("a bug")


def run(kind: str) -> None:
    pipeline = new_pipeline(beam_options([], workers=1, processes=False))
    _ = pipeline | beam.Create([1]) | beam.ParDo(Raising(kind))
    with told_plainly("screen"):
        run_pipeline(pipeline)


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("full", Failed, f"screen: /out/a b.tmp: No space left on device; {RETRY}"),
        ("memory", Failed, f"screen: memory ran out; {RETRY}"),
        ("damaged", DamagedTable, "/out/a.parquet: its bytes are others"),
        ("stopped", KeyboardInterrupt, ""),
    ],
)
def test_the_local_engine_tells_what_a_worker_met(kind, error, said):
    with pytest.raises(error) as caught:
        run(kind)
    assert (type(caught.value), str(caught.value)) == (error, said)


def test_a_bug_keeps_its_trace():
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run("bug")


@pytest.mark.parametrize(
    ("last", "error", "said"),
    [
        ("RuntimeError: OSError: [Errno 28] No space left on device: '/x.tmp'", Failed, f"emit: /x.tmp: No space left on device; {RETRY}"),
        ("OSError: [Errno 5] Error reading bytes. Detail: [errno 5] Input/output error", Failed, f"emit: Input/output error; {RETRY}"),
        ("OSError: [Errno 5] the store failed for 9 s: 'gs://b/c'", Failed, f"emit: gs://b/c: the store failed for 9 s; {RETRY}"),
        ("OSError: Failed to read, error IOError: Detail: [errno 5] Input/output error", Failed, f"emit: Input/output error; {RETRY}"),
        ("PermissionError: [Errno 13] Permission denied: '/out/x'", Failed, f"emit: /out/x: Permission denied; {RETRY}"),
        ("curate.inspect.children.ChildError: [Errno 5] Input/output error: 'b.tif'", Failed, f"emit: b.tif: Input/output error; {RETRY}"),
        ("RuntimeError: MemoryError", Failed, f"emit: memory ran out; {RETRY}"),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 9 GiB", Failed, f"emit: memory ran out; {RETRY}"),
        ("pyarrow.lib.ArrowMemoryError: malloc of size 9 failed", Failed, f"emit: memory ran out; {RETRY}"),
        ("pipelines.reading.DamagedTable: /out/b.parquet: cut", DamagedTable, "/out/b.parquet: cut"),
        ("curate.emit.ship.ChangedImage: a: 1.png: gone", ChangedImage, "a: 1.png: gone"),
        ("curate.copied.NoRoom: s3://b/x.nii: a copy of its 9.0 GB", NoRoom, "s3://b/x.nii: a copy of its 9.0 GB"),
    ],
)
def test_what_another_process_raised_is_read_from_its_trace(last, error, said):
    found = plain_cause(RuntimeError(REMOTE.format(last=last)), "emit")
    assert (type(found), str(found)) == (error, said)


BUGS = (
    "",
    "the runner ended the pipeline in state FAILED",
    "ValueError: [Errno 28] a bug's own",
    "OSError: 28",
    REMOTE.format(last="KeyError: 1"),
)


@pytest.mark.parametrize("text", BUGS)
def test_what_is_no_fault_of_the_world_is_left_alone(text):
    assert plain_cause(RuntimeError(text), "emit") is None


def test_a_models_memory_is_told_apart():
    class OutOfMemoryError(RuntimeError):
        pass

    said = f"tag: the model's memory ran out, for one picture at a time too; {RETRY} where there is more"
    assert str(plain_cause(OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB"), "tag")) == said
    assert str(plain_cause(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "tag")) == said


STOP = """
import os, signal, sys
import pipelines.corpus, pipelines.options
from pipelines.__main__ import main
pipelines.options.corpus_options = lambda given: None
def stop(options):
    os.kill(os.getpid(), signal.{signal})
    signal.pause()
pipelines.corpus.run_corpus = stop
sys.exit(main(["corpus"]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_stop_ends_the_command_with_a_line(number):
    ran = subprocess.run([sys.executable, "-c", STOP.format(signal=number.name)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.splitlines()[-1]) == (128 + number, "stopped; the same command goes on from here")
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(("error", "status"), [(OSError(errno.EROFS, "Read-only file system", "/out/run.json"), 1), (MemoryError(), 1)])
def test_the_command_says_what_the_machine_did_outside_of_a_stage_too(error, status, monkeypatch, capsys):
    from pipelines.__main__ import main

    def disturbed(*arguments: object) -> int:
        raise error

    monkeypatch.setattr("pipelines.options.corpus_options", disturbed)
    said = "/out/run.json: Read-only file system" if isinstance(error, OSError) else "memory ran out"
    assert main(["corpus"]) == status
    assert capsys.readouterr().err == f"failed: {said}; the same command goes on from there\n"
