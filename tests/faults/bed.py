"""small data -> runs of the program that can be disturbed in any stage, and what an undisturbed one leaves

Runs are forked from a process that has imported the program already, which is most of what a small run costs. That process must have been
started with the library preloaded (`preloaded`)."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.shim import CHANGING, COUNT, FOR_EVER, KILL, READING, Control, build
from tests.kill import Differs, compare, digests
from tests.pipelines.small_data import write_small

STAGES = ("ingest", "inspect", "screen", "match", "shield", "dedup", "embed", "tag", "balance", "emit", "report")
PATIENCE = 300.0  # seconds that a run may take before it counts as hung
_FOLDERS = {
    "ingest": ("files", "ingest"), "inspect": ("inspect",), "screen": ("screen",), "match": ("match",), "shield": ("shield",),
    "dedup": ("dedup",), "embed": ("tag",), "tag": ("tag/default",), "balance": ("balance",), "emit": ("emit",), "report": ("report",),
}  # fmt: skip


class Hung(AssertionError):
    """A run that did not end."""


def preloaded(folder: Path, program: str) -> Control:
    """The control of this process; if it does not have the library yet, it is begun anew with it. Raises shim.NoCompiler."""
    control = folder / "control"
    if os.environ.get("FAULTS_CONTROL") != str(control):
        library = build(folder)
        Control(control).clear()
        os.environ.update(FAULTS_CONTROL=str(control), LD_PRELOAD=str(library))
        os.execv(sys.executable, [sys.executable, "-m", program, *sys.argv[1:], "--work", str(folder)])
    return Control(control)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    status: int  # negative: the signal that ended it
    told: str  # on stdout and stderr
    fired: int  # touches that were disturbed

    @property
    def last(self) -> str:
        lines = [line for line in self.told.splitlines() if line.strip()]
        return next((line for line in lines if line.startswith(("failed: ", "error: ", "stopped"))), lines[-1] if lines else "")


@dataclass
class Bed:
    """One folder of data, one OUT, what it should come to."""

    folder: Path
    control: Control
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # what is touched -> stage -> how often
    wanted: dict[str, object] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def flags(self) -> list[str]:
        return ["--data", str(self.data), "--manifests", str(self.folder / "manifests"), "--buckets", "2", "--workers", "2"]

    def make(self) -> None:
        """The data; an undisturbed run, and how often each stage of one touches a file of OUT or of the data. What was made is taken."""
        known = self.folder / "made.json"
        if known.exists():
            self.counts, self.wanted = json.loads(known.read_text("utf-8"))
            self.restore_data()
            return
        write_small(self.folder)
        for what, under, touches in (("out", self.out, CHANGING), ("read", self.out, READING), ("data", self.data, READING)):
            shutil.rmtree(self.out, ignore_errors=True)
            self.control.set(COUNT, under, touches, last=FOR_EVER)
            self.whole(self.run(armed="all"))
            self.counts[what] = json.loads((self.folder / "counts.json").read_text("utf-8"))
            found = digests(self.out)
            if self.wanted and found != self.wanted:
                raise Differs("two undisturbed runs differ")
            self.wanted = found
        shutil.copytree(self.out, self.folder / "finished")
        shutil.copytree(self.data, self.folder / "kept")
        known.write_text(json.dumps([self.counts, self.wanted]), encoding="utf-8")

    def stand_before(self, stage: str) -> None:
        """OUT as a run leaves it that was stopped before `stage`."""
        self.finished()
        later = STAGES[STAGES.index(stage) :]
        for name in later:
            for folder in _FOLDERS[name]:
                shutil.rmtree(self.out / "stages" / folder, ignore_errors=True)
        for name in ("corpora",) * ("emit" in later) + ("verdicts", "report"):
            shutil.rmtree(self.out / name, ignore_errors=True)

    def finished(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.copytree(self.folder / "finished", self.out)

    def restore_data(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.folder / "kept", self.data)  # with the times of its files

    def run(
        self, *flags: str, armed: str = "", meanwhile: Callable[[int], None] | None = None, patch: Callable[[], None] | None = None,
        beside: bool = False, kill_after: float | None = None,
    ) -> Ended:  # fmt: skip
        """The whole run. In the stage `armed` (or in all) files are touched as the control says; once that fires `meanwhile` is done
        with the run's process id, while the touch waits where it was set to stop. `beside` another run nothing is armed or disarmed."""
        log = self.folder / f"{'second' if beside else 'run'}.log"
        if not beside:
            self.control.now.armed = 0
        run = os.fork()
        if run == 0:
            self._be(["corpus", "--out", str(self.out), *self.flags, *flags], log, None if beside else armed, patch)
        status = self._wait(run, meanwhile, kill_after or PATIENCE)
        if status == -signal.SIGKILL and kill_after is None and self.control.now.kind != KILL:
            raise Hung(f"no end after {PATIENCE:.0f} s; it said: {log.read_text('utf-8', errors='replace')[-500:]}")
        fired = self.control.now.fired
        if not beside:
            self.control.now.armed = 0
        return Ended(status=status, told=log.read_text("utf-8", errors="replace"), fired=fired)

    def _be(self, given: Sequence[str], log: Path, armed: str | None, patch: Callable[[], None] | None) -> None:
        """In the child: the program, from its command line to its exit status."""
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        null, file = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for theirs, ours in ((null, 0), (file, 1), (file, 2)):
            os.dup2(theirs, ours)
        status = 1
        try:
            from pipelines.__main__ import main

            if patch:
                patch()
            if armed is not None:
                arm(self.control, armed, self.folder / "counts.json")
            status = main(given)
        except SystemExit as ended:
            status = int(ended.code or 0)
        except BaseException:  # noqa: BLE001  # as the interpreter does
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _wait(self, run: int, meanwhile: Callable[[int], None] | None, seconds: float) -> int:
        began = time.monotonic()
        while True:
            ended, status = os.waitpid(run, os.WNOHANG)
            if ended:
                _await_end_of_session(run)
                return os.waitstatus_to_exitcode(status)
            if meanwhile and self.control.now.fired:
                meanwhile(run)
                self.control.now.armed, meanwhile = 0, None
            if time.monotonic() - began > seconds:
                os.kill(run, signal.SIGKILL)  # the driver alone: what it started has to follow
                seconds = float("inf")
            time.sleep(0.003)

    def whole(self, ended: Ended) -> None:
        """Raises Differs where a run that nothing disturbed failed."""
        if ended.status != 0:
            raise Differs(f"status {ended.status}:\n{ended.told[-3_000:]}")

    def equal(self) -> None:
        """Raises Differs where OUT is not what an undisturbed run leaves."""
        compare(self.wanted, self.out)

    def honest(self) -> None:
        """No corpus is there that is not whole. Raises Differs."""
        import hashlib

        for index in self.out.glob("corpora/*/index.json"):
            for shard in json.loads(index.read_bytes())["shards"]:
                path = index.with_name(shard["name"])
                if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != shard["sha256"]:
                    raise Differs(f"{index} names {shard['name']}, which is not there as it says")


def _await_end_of_session(session: int) -> None:
    """Whatever the run started ends with it. Raises Hung."""
    began = time.monotonic()
    while left := processes(session):
        if time.monotonic() - began > 20:
            os.killpg(session, signal.SIGKILL)
            raise Hung(f"{len(left)} processes outlived the run")
        time.sleep(0.003)


def processes(session: int, command: str = "") -> list[int]:
    """Those of a session that are not dead yet; of them those that have the word in their command line."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z" and command.encode() in stat.with_name("cmdline").read_bytes():
                found.append(int(stat.parent.name))
    return found


def arm(control: Control, wanted: str, counts: Path) -> None:
    """Have the control armed from the moment that the stage `wanted` is planned until the next one is; note how often each touched."""
    import pipelines.corpus as corpus

    def armed(name: str, plan: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def planned(run: Any) -> Any:
            note(name)
            return plan(run)

        planned.__name__ = plan.__name__
        return planned

    marks: list[tuple[str, int]] = []

    def note(name: str) -> None:
        marks.append((name, control.now.count))
        control.now.armed = int(wanted in (name, "all"))
        if name == "end":
            stages = {name: then - before for (name, before), (_, then) in itertools.pairwise(marks)}
            counts.write_text(json.dumps(stages), encoding="utf-8")

    corpus.STAGES = tuple(armed(plan.__name__.removeprefix("plan_"), plan) for plan in corpus.STAGES)
    summarise = corpus.summarise
    corpus.summarise = lambda run: (note("end"), summarise(run))[1]
    note("begin")


@contextmanager
def moved_away(folder: Path) -> Iterator[None]:
    away = folder.with_name(f"{folder.name}.away")
    folder.rename(away)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        away.rename(folder)
