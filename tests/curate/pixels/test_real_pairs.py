"""Recall and false merges of the second look on real images, as `python -m tests.bench --only pairs` prints them"""

from collections.abc import Iterator

import pytest

from tests.bench.pairs import TARGETS, Original, Tally, look_alikes, neighbours, originals, pairs_of_copies, tally, volumes
from tests.real import REAL

pytestmark = pytest.mark.skipif(REAL is None, reason="../shared/real is not here")


def held_out(most: int) -> Iterator[Original]:
    """Original pictures with sides of `most` pixels or fewer."""
    assert REAL is not None
    return (original for original in originals(REAL / "modality") if original.is_held_out and max(original.image.size) <= most)


def counted(found: list[Original]) -> dict[str, Tally]:
    return {kind: tally([pair for _, pair in pairs]) for kind, pairs in pairs_of_copies(found).items() if kind in TARGETS}


def test_copies_of_some_real_pictures_are_confirmed() -> None:
    counts = counted([original for original in held_out(300) if original.modality != "ocr"][::5])
    pairs, alike = (sum(getattr(count, name) for count in counts.values()) for name in ("pairs", "alike"))
    assert (len(counts), pairs > 400, alike >= 0.99 * pairs) == (len(TARGETS), True, True), counts


@pytest.mark.slow
def test_copies_of_real_pictures_are_merged() -> None:
    counts = counted(list(held_out(1 << 16)))
    assert sorted(counts) == sorted(TARGETS)
    assert all((count.pairs > 270, count.merged >= 0.99 * count.pairs) == (True, True) for count in counts.values()), counts


def test_no_slice_is_merged_with_its_neighbours() -> None:
    assert REAL is not None
    slices = list(volumes(REAL / "modality"))
    for apart in (1, 2, 3):
        count = tally([pair for _, frames in slices for pair in neighbours(frames, apart)])
        assert (count.pairs > 600, count.near > 20, count.alike) == (True, True, 0)


def test_no_two_real_pictures_are_merged_but_those_that_their_collections_hold_twice() -> None:
    assert REAL is not None
    within, between = look_alikes(list(originals(REAL / "modality")))
    assert (len(within) > 13_000, len(between) > 140_000) == (True, True)
    near = [(a, b) for a, b in within + between if (a.phash ^ b.phash).bit_count() <= 10]
    assert (len(near) > 20, tally(near).alike) == (True, 0)
