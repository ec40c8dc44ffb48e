"""Stores on this machine that speak the real protocols, each behind a proxy"""

from __future__ import annotations

import contextlib
import logging
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from tests.stores.gcs_front import google_front
from tests.stores.proxy import Proxy

BUCKET = "corpus"


@dataclass(frozen=True, slots=True)
class Store:
    scheme: str
    proxy: Proxy
    environment: dict[str, str]  # by which a client finds it

    def root(self, *parts: str) -> str:
        return "/".join((f"{self.scheme}://{BUCKET}", *parts))


@contextlib.contextmanager
def s3_server() -> Iterator[Store]:
    """moto's, in a thread of this process."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    proxy = Proxy((host, port))
    try:
        urllib.request.urlopen(urllib.request.Request(f"{proxy.url}/{BUCKET}", method="PUT"), timeout=10).close()
        yield Store("s3", proxy, s3_environment(proxy.url))
    finally:
        proxy.stop()
        server.stop()


def s3_environment(url: str) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_REGION": "us-east-1"}


@contextlib.contextmanager
def gs_server() -> Iterator[Store]:
    """fake-gcs-server, a process of its own. Raises FileNotFoundError where there is none."""
    with google_front(BUCKET) as front:
        yield Store("gs", front, {"STORAGE_EMULATOR_HOST": front.url})


PROTOCOLS = {"s3": s3_server, "gs": gs_server}
