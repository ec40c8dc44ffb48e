"""files that claim, or unpack to, more than anyone can hold: each ends in a verdict, within a memory that is stated"""

from collections.abc import Iterator

import pytest

from curate.inspect.children import ChildLimits, Children
from tests.fuzz.bombs import BOMBS, SOUND, UNLISTED
from tests.fuzz.verdicts import seen

MEMORY = 2 << 30  # bytes of address space, libraries included: half of what a child may take
DEEP = 4 << 30  # of those that are slow: pictures of nearly MAX_PIXELS, a gigabyte inflated


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    children = Children(ChildLimits(memory=MEMORY))
    yield children
    children.close()


def told(name: str, children: Children) -> list[tuple[str, str]]:
    bomb = BOMBS[name]
    return [(image.reason or SOUND, image.evidence or "") for image in seen(bomb.path, bomb.made(), bomb.asked, children)]


def check(name: str, found: list[tuple[str, str]]) -> None:
    bomb = BOMBS[name]
    assert [reason for reason, _ in found] == ([] if bomb.reason == UNLISTED else [bomb.reason] * len(bomb.asked))
    assert [evidence for _, evidence in found if not evidence.startswith(bomb.evidence)] == []


@pytest.mark.parametrize("name", [name for name, bomb in BOMBS.items() if not bomb.slow])
def test_a_bomb_is_a_verdict(name: str, children: Children) -> None:
    check(name, told(name, children))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, bomb in BOMBS.items() if bomb.slow])
def test_a_slow_bomb_is_a_verdict(name: str) -> None:
    """Two of these are still drawn when their minute is over."""
    children = Children(ChildLimits(memory=DEEP))
    try:
        check(name, told(name, children))
    finally:
        children.close()
