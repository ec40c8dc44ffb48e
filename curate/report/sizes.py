"""images and samples of buckets -> how large the images are, each counted once: a sample that was kept shows it, or none does"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.digests import digests64
from curate.report.counts import Counts, Tally

# Where bins begin. Sides in half octaves: 64 is the least that screen lets in, 224, 336, 384 and 448 are what encoders take.
SIDES = (1, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096)  # pixels of the shorter side
BYTES = (0, *(number * unit for unit in (10**3, 10**4, 10**5, 10**6, 10**7) for number in (1, 2, 5)))  # of what ships

SIZED = pa.schema([("digest", pa.uint64()), ("side", pa.int8()), ("bytes", pa.int8())])  # of the image's id; its bins
SHOWN = pa.schema([("digest", pa.uint64())])


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBin:
    label: str
    short: str  # where it begins, for an axis
    low: int  # pixels, or bytes
    kept: int  # images that a kept sample shows
    rejected: int  # that none does

    @property
    def total(self) -> int:
        return self.kept + self.rejected


def sized(images: pa.Table) -> pa.Table:
    """SIZED of the images of sources that can be used. `images`: columns id, source, reason, width, height and ship of Image."""
    own = images.filter(pc.and_(pc.invert(pc.ends_with(images["source"], "@benchmark")), pc.is_null(images["reason"])))
    own = own.filter(pc.is_valid(own["ship"]))
    return pa.table(
        {
            "digest": digests64(own["id"]),
            "side": _bins(pc.min_element_wise(own["width"], own["height"]), SIDES),
            "bytes": _bins(pc.struct_field(own["ship"], "length"), BYTES),
        },
        schema=SIZED,
    )


def shown(samples: pa.Table, verdicts: pa.Table) -> pa.Table:
    """SHOWN: each image of the samples that were kept, once. `samples`: columns id and images of Sample; `verdicts`: final ones."""
    kept = verdicts.filter(pc.equal(verdicts["decision"], "kept"))["id"]
    lists = samples.filter(pc.is_in(samples["id"], value_set=kept.combine_chunks()))["images"]
    return pa.table({"digest": pc.unique(pa.array(digests64(pc.unique(pc.list_flatten(lists)))))}, schema=SHOWN)


def count_sizes(sized: Iterable[pa.Table], shown: Iterable[pa.Table]) -> Counts:
    """The images of all buckets by their bins and whether a kept sample shows them: Counts of nothing else. Eight bytes in memory for
    each image that is shown."""
    digests = np.sort(np.concatenate([np.empty(0, np.uint64), *(table["digest"].to_numpy() for table in shown)]))
    sides: Tally = Counter()
    weights: Tally = Counter()
    for table in sized:
        wanted = table["digest"].to_numpy()
        kept = np.searchsorted(digests, wanted, "right") > np.searchsorted(digests, wanted, "left")  # isin would sort them anew each time
        for tally, name in ((sides, "side"), (weights, "bytes")):
            bins, counts = np.unique(2 * table[name].to_numpy().astype(np.int64) + kept, return_counts=True)
            tally.update({(int(bin) // 2, "kept" if bin % 2 else "rejected"): int(count) for bin, count in zip(bins, counts)})
    return Counts(sides=sides, weights=weights)


def side_bins(sides: Tally) -> tuple[SizeBin, ...]:
    """The histogram of shorter sides, in pixels."""
    return _histogram(sides, SIDES, _pixels, lambda low: f"{low / 1024:.3g}k" if low >= 1024 else str(low))


def byte_bins(weights: Tally) -> tuple[SizeBin, ...]:
    """The histogram of bytes that ship."""
    return _histogram(weights, BYTES, _kilobytes, lambda low: _decimal(low).replace(" ", "").rstrip("B") or "0")


def _histogram(
    tally: Tally, lows: Sequence[int], label: Callable[[int], str], short: Callable[[int], str]
) -> tuple[SizeBin, ...]:
    """From the first bin that holds something to the last."""
    filled = [key[0] for key, count in tally.items() if count]
    return tuple(
        SizeBin(label=label(at), short=short(lows[at]), low=lows[at], kept=tally[at, "kept"], rejected=tally[at, "rejected"])
        for at in (range(min(filled), max(filled) + 1) if filled else ())
    )


def _pixels(at: int) -> str:
    return f"{SIDES[at]:,}+" if at == len(SIDES) - 1 else f"{SIDES[at]:,}-{SIDES[at + 1] - 1:,}"


def _kilobytes(at: int) -> str:
    if at == 0:
        return f"under {_decimal(BYTES[1])}"
    low = _decimal(BYTES[at])
    if at == len(BYTES) - 1:
        return f"{low}+"
    high = _decimal(BYTES[at + 1])
    return f"{low.split()[0] if low.split()[1] == high.split()[1] else low}-{high}"


def _decimal(count: int) -> str:
    return f"{count // 10**6} MB" if count >= 10**6 else f"{count // 10**3} kB" if count else ""


def _bins(values: pa.ChunkedArray, lows: Sequence[int]) -> pa.Array:
    """The last bin that begins at or below each value."""
    return pa.array(np.maximum(np.searchsorted(lows, values.to_numpy(), side="right") - 1, 0).astype(np.int8))
