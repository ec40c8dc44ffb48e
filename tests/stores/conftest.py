"""A store for the tests of this folder: one server a session, an empty prefix and a quiet proxy a test"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines import store as client
from pipelines.objects import StorePath
from tests.stores.proxy import Faults
from tests.stores.servers import Store, s3_server


@pytest.fixture(scope="session")
def s3_session() -> Iterator[Store]:
    with s3_server() as store:
        yield store


@pytest.fixture
def s3(s3_session: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    for name, value in s3_session.environment.items():
        monkeypatch.setenv(name, value)
    client._bucket.cache_clear()
    s3_session.proxy.faults = Faults()
    s3_session.proxy.requests.clear()
    yield s3_session
    s3_session.proxy.faults = Faults()
    client._bucket.cache_clear()


@pytest.fixture
def root(s3: Store, request: pytest.FixtureRequest) -> StorePath:
    return StorePath.of(s3.root(request.node.name))
