"""a standalone Flink cluster of this machine, with Beam's job server before it: `with FlinkCluster(...) as cluster`, or

python -m tests.engines.flink [--task-managers 2]      start one, say how to use it, stop it at Ctrl-C
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.engines.fetch import FLINK, NotFetched, flink_ready

FLINKS = "org.apache.flink.runtime"
PATIENCE = 120.0  # seconds for a process to say that it is there
OPENED = ("java.base/java.lang", "java.base/java.util", "java.base/java.net", "java.base/java.time", "java.base/java.util.concurrent",
          "java.base/java.nio", "java.base/sun.nio.ch", "java.base/java.lang.reflect", "java.base/java.text")  # fmt: skip
LOGGING = """\
rootLogger.level = WARN
rootLogger.appenderRef.file.ref = file
appender.file.name = file
appender.file.type = File
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss} %-5p %c{1} %m%n
logger.started.name = org.apache.beam.runners.jobsubmission.JobServerDriver
logger.started.level = INFO
"""


GUARD = """
import os, signal, sys
started = [int(line) for line in sys.stdin]  # ends when whoever writes them has ended, however it ended
for pid in started:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


class FlinkCluster:
    """One job manager, task managers of one slot each, one job server: all on 127.0.0.1, at ports that were free, ended with this process.

    jobs: HOST:PORT of the job server. rest: Flink's own address, which has no lock: whoever reaches it runs what he likes."""

    def __init__(self, folder: Path, *, task_managers: int = 2, restarts: int = 3, memory: int = 192) -> None:
        """folder: configuration, logs, what the cluster spills. memory: MiB of heap of each task manager."""
        self.folder, self.restarts, self.memory = folder, restarts, memory
        self.wanted = task_managers
        self.rest_port, self.rpc_port, self.job_port = free_port(), free_port(), free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def rest(self) -> str:
        return f"http://127.0.0.1:{self.rest_port}"

    @property
    def jobs(self) -> str:
        return f"127.0.0.1:{self.job_port}"

    def __enter__(self) -> FlinkCluster:
        if not flink_ready():
            raise NotFetched(f"{FLINK}: no Flink is there; 'make engine-flink' fetches it")
        (self.folder / "conf").mkdir(parents=True, exist_ok=True)
        (self.folder / "conf" / "config.yaml").write_text(json.dumps(self._configuration(), indent=1), encoding="utf-8")
        (self.folder / "conf" / "log4j.properties").write_text(LOGGING, encoding="utf-8")
        guard = [sys.executable, "-c", GUARD]
        self.guard = subprocess.Popen(guard, stdin=subprocess.PIPE, text=True, start_new_session=True)
        try:
            self._start("jobmanager", f"{FLINKS}.entrypoint.StandaloneSessionClusterEntrypoint", self._configured(), heap=320)
            for number in range(self.wanted):
                self.start_task_manager(number)
            self.start_job_server()
            self.await_task_managers(self.wanted)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start_task_manager(self, number: int) -> None:
        self._start(f"taskmanager-{number}", f"{FLINKS}.taskexecutor.TaskManagerRunner", self._configured(), heap=self.memory)

    def await_task_managers(self, count: int) -> None:
        """Until Flink counts so many."""
        self._await(lambda: len(self.ask("/taskmanagers")["taskmanagers"]) == count, f"{count} task managers")

    def ask(self, path: str) -> Any:
        """Flink's REST answer."""
        with urllib.request.urlopen(self.rest + path, timeout=10) as answer:
            return json.load(answer)

    def workers(self) -> list[int]:
        """Processes of Python that the task managers have started, for this job or one that has just ended."""
        managers = {process.pid for name, process in self.processes.items() if name.startswith("taskmanager")}
        return sorted(pid for pid, parent in _parents() if parent in managers)

    def kill(self, name: str) -> None:
        """SIGKILL: as a machine that is gone."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()
        self.guard.kill()
        self.guard.wait()

    def flags(self, *, parallelism: int | None = None) -> list[str]:
        """Beam's flags of a run on this cluster: workers are processes that the task managers start."""
        worker = {"command": str(Path(sys.executable).with_name("medical-corpus-worker"))}
        return [
            "--runner=PortableRunner", f"--job_endpoint={self.jobs}", "--shared-filesystem", "--environment_type=PROCESS",
            f"--environment_config={json.dumps(worker)}", f"--parallelism={parallelism or self.wanted}",
        ]  # fmt: skip

    def logs(self) -> str:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in sorted((self.folder / "log").glob("*")))

    def _configuration(self) -> Mapping[str, Any]:
        """Small: a task manager hands names of parts to Python, which does the work outside of Java."""
        here = "127.0.0.1"
        return {
            "jobmanager.rpc.address": here, "jobmanager.rpc.port": self.rpc_port, "jobmanager.bind-host": here,
            "taskmanager.host": here, "taskmanager.bind-host": here, "rest.address": here, "rest.bind-address": here,
            "rest.port": self.rest_port, "rest.bind-port": str(self.rest_port), "web.submit.enable": False,
            "io.tmp.dirs": str(self.folder / "tmp"), "blob.storage.directory": str(self.folder / "blobs"),
            "taskmanager.numberOfTaskSlots": 1, "taskmanager.cpu.cores": 1.0,
            "taskmanager.memory.framework.heap.size": "96 mb", "taskmanager.memory.framework.off-heap.size": "64 mb",
            "taskmanager.memory.task.heap.size": f"{self.memory - 96} mb", "taskmanager.memory.task.off-heap.size": "64 mb",
            "taskmanager.memory.network.min": "64 mb", "taskmanager.memory.network.max": "64 mb",
            "taskmanager.network.sort-shuffle.min-buffers": 64,  # of 32 KiB, for each exchange: names of parts are small
            "taskmanager.memory.managed.size": "64 mb", "taskmanager.memory.jvm-metaspace.size": "256 mb",
            "taskmanager.memory.jvm-overhead.min": "64 mb", "taskmanager.memory.jvm-overhead.max": "64 mb",
            "parallelism.default": self.wanted, "classloader.resolve-order": "parent-first",
            "restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": self.restarts,
            "restart-strategy.fixed-delay.delay": "2 s", "heartbeat.interval": 2000, "heartbeat.timeout": 10000,
            "slot.request.timeout": 30000,  # ms that a job waits for a task manager in the place of one that is gone
        }  # fmt: skip

    def _configured(self) -> Sequence[str]:
        return ("--configDir", str(self.folder / "conf"))

    def _start(self, name: str, program: str, arguments: Sequence[str], *, heap: int) -> None:
        for folder in ("log", "tmp", "blobs"):
            (self.folder / folder).mkdir(exist_ok=True)
        jars = [str(jar) for folder in ("flink", "beam") for jar in sorted((FLINK / folder).glob("*.jar"))]
        opened = [word for package in OPENED for word in ("--add-opens", f"{package}=ALL-UNNAMED")]
        command = [
            "java", f"-Xmx{heap}m", "-XX:+UseSerialGC", "-XX:MaxMetaspaceSize=256m", "-XX:TieredStopAtLevel=1", *opened,
            f"-Dlog.file={self.folder}/log/{name}.log", f"-Dlog4j.configurationFile={self.folder}/conf/log4j.properties",
            f"-Dlog4j2.configurationFile={self.folder}/conf/log4j.properties", f"-Djava.io.tmpdir={self.folder}/tmp",
            "-cp", os.pathsep.join(jars), program, *arguments,
        ]  # fmt: skip
        with (self.folder / "log" / f"{name}.out").open("wb") as said:
            self.processes[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
                env={**os.environ, "FLINK_CONF_DIR": str(self.folder / "conf")},
            )  # fmt: skip
        assert self.guard.stdin is not None
        print(self.processes[name].pid, file=self.guard.stdin, flush=True)

    def start_job_server(self) -> None:
        """Where it was."""
        arguments = (
            f"--flink-master={self.rest.removeprefix('http://')}", "--job-host=127.0.0.1",
            f"--job-port={self.job_port}", "--artifact-port=0", "--expansion-port=0", f"--artifacts-dir={self.folder / 'artifacts'}",
        )  # fmt: skip
        self._start("jobserver", str(Path(__file__).with_name("JobServer.java")), arguments, heap=256)
        self._await(lambda: socket.create_connection(("127.0.0.1", self.job_port), 1).close() is None, "the job server")

    def _await(self, is_there: Any, what: str) -> None:
        """Raises RuntimeError where a process has ended instead, or nothing comes in PATIENCE."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            gone = [name for name, process in self.processes.items() if process.poll() is not None]
            if gone:
                raise RuntimeError(f"Flink: {', '.join(gone)} ended: {self.logs()[-2000:]}")
            with contextlib.suppress(OSError, ValueError):
                if is_there():
                    return
            time.sleep(0.2)
        raise RuntimeError(f"Flink: {what} did not come in {PATIENCE:.0f} s: {self.logs()[-2000:]}")


def _parents() -> Iterator[tuple[int, int]]:
    """(process, its parent)."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            after_name = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            yield int(folder.name), int(after_name[1])


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.engines.flink", description="A Flink cluster of this machine until Ctrl-C.")
    parser.add_argument("--task-managers", type=int, default=2)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="flink-"))
    with contextlib.suppress(KeyboardInterrupt), FlinkCluster(folder, task_managers=given.task_managers) as cluster:
        flags = " ".join(shlex.quote(flag) for flag in cluster.flags())
        print(f"{given.task_managers} task managers; {cluster.rest} shows jobs; logs: {folder}/log; Ctrl-C stops all")
        print(f"\n    python -m pipelines corpus ... {flags}", flush=True)
        signal.pause()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
