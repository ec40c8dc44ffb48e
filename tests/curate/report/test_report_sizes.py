"""How large the images are: every image once, whatever bucket its samples lie in"""

from __future__ import annotations

import random
from collections import Counter

import pyarrow as pa
import pytest

from curate.report.counts import Counts
from curate.report.sizes import BYTES, SIDES, SizeBin, byte_bins, count_sizes, shown, side_bins, sized
from tests.curate.report.rows import kept, rejected, samples, verdicts


def images(*rows: tuple[str, str | None, int, int, int | None]) -> pa.Table:
    """id, reason, width, height, bytes that ship"""
    ship = [None if length is None else {"length": length} for *_, length in rows]
    return pa.table(
        {
            "id": [row[0] for row in rows],
            "source": [row[0].split("/")[0] for row in rows],
            "reason": pa.array([row[1] for row in rows], pa.string()),
            "width": [row[2] for row in rows],
            "height": [row[3] for row in rows],
            "ship": pa.array(ship, pa.struct([("length", pa.int64())])),
        }
    )


FOUND = images(
    ("a/1.png", None, 63, 900, 999),
    ("a/2.png", None, 900, 64, 1_000),
    ("a/3.png", None, 95, 95, 150_000),
    ("a/4.png", "truncated", 0, 0, None),
    ("a/5.png", None, 5_000, 4_096, 10**9),
    ("b@benchmark/1.png", None, 64, 64, 1_000),
)
SAMPLES = samples("a/1", "a/2", "a/3", "a/4", images=[["a/2.png", "a/1.png"], ["a/2.png"], ["a/3.png"], []])
FINAL = verdicts(kept("a/1"), kept("a/2"), rejected("a/3", "screen", "split_excluded"), kept("a/4"))


def test_each_image_is_counted_once_as_kept_where_any_kept_sample_shows_it() -> None:
    counts = count_sizes([sized(FOUND)], [shown(SAMPLES, FINAL)])
    assert [(bin.label, bin.kept, bin.rejected) for bin in side_bins(counts.sides) if bin.total] == [
        ("32-63", 1, 0), ("64-95", 1, 1), ("4,096+", 0, 1),
    ]  # fmt: skip
    assert [(bin.label, bin.kept, bin.rejected) for bin in byte_bins(counts.weights) if bin.total] == [
        ("under 1 kB", 1, 0), ("1-2 kB", 1, 0), ("100-200 kB", 0, 1), ("50 MB+", 0, 1),
    ]  # fmt: skip


def test_buckets_give_what_all_give_at_once_however_samples_and_images_are_spread() -> None:
    chance = random.Random(7)
    ids = [f"a/{number}.png" for number in range(400)]
    found = images(*((id, None, chance.randrange(1, 6_000), chance.randrange(1, 6_000), chance.randrange(10**7)) for id in ids))
    rows = samples(*(f"a/{number}" for number in range(300)), images=[chance.sample(ids, chance.randrange(4)) for _ in range(300)])
    final = verdicts(*(kept(f"a/{number}") if number % 3 else rejected(f"a/{number}", "dedup", "duplicate_image") for number in range(300)))
    whole = count_sizes([sized(found)], [shown(rows, final)])
    parted = count_sizes(
        [sized(found.slice(50 * part, 50)) for part in reversed(range(8))],
        [shown(rows.slice(60 * part, 60), final.slice(60 * part, 60)) for part in range(5)],
    )
    assert parted == whole
    assert sum(whole.sides.values()) == sum(whole.weights.values()) == 400
    shipped = {image for number, images in enumerate(rows["images"].to_pylist()) if number % 3 for image in images}
    assert sum(count for (_, decision), count in whole.sides.items() if decision == "kept") == len(shipped)


@pytest.mark.parametrize("lows", [SIDES, BYTES])
def test_a_bin_holds_its_lower_bound_and_not_the_next_one_s(lows: tuple[int, ...]) -> None:
    assert list(lows) == sorted(set(lows))
    edges = [edge for low, high in zip(lows, (*lows[1:], 2 * lows[-1])) for edge in (low, high - 1)]
    table = sized(images(*((f"a/{at}.png", None, max(1, edge), max(1, edge), edge) for at, edge in enumerate(edges))))
    assert table["side" if lows is SIDES else "bytes"].to_pylist() == [at // 2 for at in range(len(edges))]


def test_axes_say_where_bins_begin() -> None:
    every = Counter({(at, "kept"): 1 for at in range(len(SIDES))})
    assert " ".join(bin.short for bin in side_bins(every)) == "1 32 64 96 128 192 256 384 512 768 1k 1.5k 2k 3k 4k"
    every = Counter({(at, "rejected"): 1 for at in range(len(BYTES))})
    assert " ".join(bin.short for bin in byte_bins(every)) == "0 1k 2k 5k 10k 20k 50k 100k 200k 500k 1M 2M 5M 10M 20M 50M"


def test_nothing_counted_is_no_histogram() -> None:
    assert (side_bins(Counts().sides), byte_bins(count_sizes([], []).weights)) == ((), ())
    assert SizeBin(label="", short="", low=0, kept=2, rejected=3).total == 5
