"""medical-corpus-worker --id=ID --provision_endpoint=HOST:PORT: a worker of a Flink task manager or of a worker pool

Beam's own is a program in a container image that installs packages first. This one runs what is installed beside it, and ends with the
process that started it. Runners give its path as a process environment: docs/engines.md."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # as in pipelines.__main__: before numpy is imported
    os.environ.setdefault(name, "1")

if TYPE_CHECKING:
    from apache_beam.portability.api.beam_provision_api_pb2 import ProvisionInfo

LOOK = 1.0  # seconds between two looks at who the parent is
PATIENCE = 60.0  # seconds in which whoever started this must answer


def main() -> None:
    parser = argparse.ArgumentParser(prog="medical-corpus-worker", description="A Beam runner starts it, nobody by hand: docs/engines.md.")
    parser.add_argument("--id", required=True, help="the name that the runner gave this worker")
    parser.add_argument("--provision_endpoint", required=True, metavar="HOST:PORT", help="where the runner tells a worker what it is for")
    given, _ = parser.parse_known_args()  # pools add endpoints that the provision service tells as well
    follow(os.getppid())
    os.environ.update(environment(given.id, provisioned(given.id, given.provision_endpoint)))
    serve()


def follow(parent: int) -> None:
    """End this process soon after the process `parent` has ended. (The kernel's own signal is sent when the THREAD that started this ends:
    those of a task manager do so while its workers are still wanted.)"""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os._exit(1)

    threading.Thread(target=look, name="parent", daemon=True).start()


def provisioned(worker: str, endpoint: str) -> ProvisionInfo:
    """What the runner has to tell this worker. Raises grpc.RpcError where nobody answers."""
    import grpc
    from apache_beam.portability.api import beam_provision_api_pb2 as api
    from apache_beam.portability.api import beam_provision_api_pb2_grpc as services
    from apache_beam.runners.worker.worker_id_interceptor import WorkerIdInterceptor

    with grpc.insecure_channel(endpoint) as channel:
        service = services.ProvisionServiceStub(grpc.intercept_channel(channel, WorkerIdInterceptor(worker)))
        answer = service.GetProvisionInfo(api.GetProvisionInfoRequest(), timeout=PATIENCE, wait_for_ready=True)
    info: ProvisionInfo = answer.info
    return info


def environment(worker: str, info: ProvisionInfo) -> Mapping[str, str]:
    """What Beam's harness reads from its environment, as Beam's own start of a container writes it."""
    from google.protobuf import json_format, text_format

    endpoints = {"CONTROL": info.control_endpoint, "LOGGING": info.logging_endpoint, "STATUS": info.status_endpoint}
    return {
        "WORKER_ID": worker,
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
        **{f"{name}_API_SERVICE_DESCRIPTOR": text_format.MessageToString(point) for name, point in endpoints.items() if point.url},
    }


def serve() -> None:
    import logging

    logging.disable(logging.WARNING)  # of libraries too: some quote what they read
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    main()
