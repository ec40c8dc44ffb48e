"""Stores for the tests of this folder: one server of each protocol a session, a quiet proxy and an empty prefix a test"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines import store as client
from pipelines.objects import StorePath
from tests.stores.proxy import Faults
from tests.stores.servers import Store, gs_server, s3_server


@pytest.fixture(scope="session")
def s3_session() -> Iterator[Store]:
    with s3_server() as store:
        yield store


@pytest.fixture(scope="session")
def gs_session() -> Iterator[Store]:
    try:
        with gs_server() as store:
            yield store
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
def s3(s3_session: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    yield from _quiet(s3_session, monkeypatch)


@pytest.fixture(params=["s3", pytest.param("gs", marks=pytest.mark.engines)])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    yield from _quiet(request.getfixturevalue(f"{request.param}_session"), monkeypatch)


def _quiet(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    client._bucket.cache_clear()
    store.proxy.faults = Faults()
    store.proxy.requests.clear()
    yield store
    store.proxy.faults = Faults()
    client._bucket.cache_clear()


@pytest.fixture
def root(store: Store, request: pytest.FixtureRequest) -> StorePath:
    return StorePath.of(store.root(request.node.name))
