"""the servers that Beam opens in this process -> sockets that nobody else can connect to

As Beam 2.77 opens them, the local engine's worker processes are served on every address of the machine, and nobody is asked who he is:
whoever connects may take a worker's place, is believed in what he sends (some of it pickled, which is code), and is given any file by its
path. So they are sockets in a folder that this user alone may enter."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import grpc
from apache_beam.portability import python_urns
from apache_beam.portability.api import endpoints_pb2
from apache_beam.runners.portability.fn_api_runner import worker_handlers
from apache_beam.runners.worker import worker_pool_main
from apache_beam.transforms.environments import SubprocessSDKEnvironment
from google.protobuf import json_format, text_format

from pipelines.spilled import held_folder
from pipelines.worker import WorkerDied

EVERYWHERE = "[::]:"  # how Beam writes "on every address of this machine"
LONGEST = 80  # characters of a folder: the path of a socket has room for some hundred (sun_path, unix(7))


def own_processes(command: Sequence[str]) -> SubprocessSDKEnvironment:
    """The local engine's environment of worker processes, each started by `command`, served on private sockets."""
    worker_handlers.GrpcServer = PrivateServer  # type: ignore[assignment, misc]
    worker_handlers.WorkerHandler.register_environment(python_urns.SUBPROCESS_SDK, bytes)(PrivateWorker)
    return SubprocessSDKEnvironment.from_command_string(shlex.join(command))


def keep_to_this_machine() -> None:
    """The pool of workers that Beam opens for LOOPBACK (a job server on this machine sends it its work) listens to this machine alone.
    Who else is on it can still reach it: docs/security.md."""
    worker_pool_main.grpc = _grpc_that_binds(lambda server, address: server.add_insecure_port(address.replace(EVERYWHERE, "localhost:")))


class PrivateServer(worker_handlers.GrpcServer):
    """Its ports are paths of sockets."""

    def __init__(self, *arguments: Any) -> None:
        self.folder, self.held = held_folder(Path(tempfile.gettempdir() if len(tempfile.gettempdir()) <= LONGEST else "/tmp"))
        self.sockets = 0
        with _using(worker_handlers, _grpc_that_binds(self._bind)):
            super().__init__(*arguments)

    def _bind(self, server: grpc.Server, address: str) -> str:
        self.sockets += 1
        path = self.folder / str(self.sockets)
        server.add_insecure_port(f"unix:{path}")
        return str(path)  # Beam makes "HOST:PORT" of it

    def close(self) -> None:
        super().close()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.held)


class PrivateWorker(worker_handlers.SubprocessSdkWorkerHandler):
    """A worker process. One that ends before its work does fails the run: Beam's own handler waits for its answer for ever."""

    closed = False

    def host_from_worker(self) -> str:
        return "unix"  # unix:PATH is a socket's address to gRPC

    def start_worker(self) -> None:
        self.worker_thread = threading.Thread(name="run_worker", target=self._run)  # its life is the process's: prctl(2), PR_SET_PDEATHSIG
        self.worker_thread.start()

    def close(self) -> None:
        self.closed = True
        super().close()

    def _run(self) -> None:
        control = text_format.MessageToString(endpoints_pb2.ApiServiceDescriptor(url=self.control_address))
        options = json_format.MessageToJson(self.provision_info.provision_info.pipeline_options)
        said = {"CONTROL_API_SERVICE_DESCRIPTOR": control, "PIPELINE_OPTIONS": options, "WORKER_ID": self.worker_id}
        status = subprocess.run(shlex.split(self._worker_command_line.decode()), env={**os.environ, **said}, check=False).returncode
        if self.closed and status >= 0:
            return
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        died = WorkerDied(f"a worker process {how} before its work was done; the same command goes on from there")
        _deaths.append(died)
        self.control_conn.push = _refusing(self.control_conn.push, died)  # type: ignore[assignment, method-assign]
        self.control_conn.abort(died)


_deaths: list[WorkerDied] = []


@contextlib.contextmanager
def deaths_told() -> Iterator[None]:
    """Whatever else is raised because a worker process is gone (a channel that closed, an answer that did not come): WorkerDied. The
    threads that read what it sent end without their traces, which say the same."""
    _deaths.clear()
    told = threading.excepthook
    threading.excepthook = lambda seen: None if isinstance(seen.exc_value, grpc.RpcError) else told(seen)
    try:
        yield
    except (RuntimeError, grpc.RpcError) as error:
        if _deaths:
            raise _deaths[0] from error
        raise
    finally:
        threading.excepthook = told


def _refusing(push: Callable[[Any], Any], died: WorkerDied) -> Callable[[Any], Any]:
    """No more work for one that is gone; that there is no more to come is still said, else the thread that serves it waits for ever."""

    def refuse(request: Any) -> Any:
        if request is worker_handlers.BeamFnControlServicer._DONE_MARKER:
            return push(request)
        raise died

    return refuse


def _grpc_that_binds(bind: Any) -> SimpleNamespace:
    """gRPC as Beam's modules know it, whose servers take their ports by `bind(server, address)`."""

    def server(*arguments: Any, **options: Any) -> Any:
        made = grpc.server(*arguments, **options)
        return _Bound(made, bind)

    return SimpleNamespace(**{**vars(grpc), "server": server})


class _Bound:
    def __init__(self, server: grpc.Server, bind: Any) -> None:
        self._server, self._bind = server, bind

    def add_insecure_port(self, address: str) -> Any:
        return self._bind(self._server, address)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)


@contextlib.contextmanager
def _using(module: ModuleType, seen: SimpleNamespace) -> Iterator[None]:
    kept, module.grpc = module.grpc, seen  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module.grpc = kept  # type: ignore[attr-defined]
