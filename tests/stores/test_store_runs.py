"""A run in a store whose requests fail, whose server is killed, or that is killed itself, writes what one on a disk writes"""

import pytest

from tests.stores.run import PROTOCOLS, TRIALS, Bed, attempt

LONG = {"slow", "lost-for-ever"}  # by the script alone


@pytest.fixture(scope="module", params=sorted(PROTOCOLS))
def bed(request, tmp_path_factory):
    before = pytest.MonkeyPatch()
    server = request.getfixturevalue(f"{request.param}_session")
    for name, value in server.environment.items():
        before.setenv(name, value)
    yield Bed(tmp_path_factory.mktemp("bed"), server)
    before.undo()


@pytest.mark.engines
@pytest.mark.parametrize("trial", sorted(TRIALS.keys() - LONG))
def test_what_a_store_does_changes_nothing_but_time(bed, trial):
    assert attempt(bed, trial) == []
