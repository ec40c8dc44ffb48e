"""Real images planted in every disguise that is no cutting: found by the shield of a recipe that deduplicates at distance 0"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pytest

from curate.match.images import COLUMNS, match_images, packed
from curate.match.leaks import leaks
from curate.recipe import Matching
from schemas.arrow import arrow_schema
from schemas.image import Image
from tests.bench.pairs import KNOWN_COPIES, Original, Seen, copies, neighbours, originals, seen, volumes
from tests.real import REAL

if REAL is None:
    pytest.skip("../shared/real is not here", allow_module_level=True)
PUBLISHED = Matching(phash_distance=0)
CODED = ("verbatim", "PNG", "WebP, lossless", "JPEG 95", "JPEG 75", "JPEG 50", "WebP 90", "WebP 75", "WebP 50", "JPEG 75, then JPEG 50")
SCALED = (
    "resized by 0.5",
    "resized by 0.75",
    "resized by 1.3",
    "resized by 1.5",
    "resized by 2",
    "resized, then JPEG 75",
    "squashed to 224 x 224",
)


def caught(shown: Iterable[tuple[str, Seen]], training: Iterable[tuple[str, Seen]]) -> set[tuple[str, str]]:
    """(image, image of the evaluation set) that share a cluster or look alike. What is equal in all that is seen has equal bytes."""
    named = [(f"b@benchmark/{id}", look) for id, look in shown] + [(f"a/{id}", look) for id, look in training]
    digests = [hashlib.sha256(look.grey + repr((look.phash, look.size)).encode()).hexdigest() for _, look in named]
    rows = [
        {"id": id, "source": id.partition("/")[0], "byte_digest": digest, "pixel_digest": digest, "phash": look.phash,
         "width": look.size[0], "height": look.size[1]}
        for (id, look), digest in zip(named, digests)
    ]  # fmt: skip
    table = packed(pa.Table.from_pylist(rows, schema=pa.schema([arrow_schema(Image).field(name) for name in COLUMNS])))
    greys = np.stack([np.frombuffer(look.grey, np.uint8) for _, look in named])
    members = match_images(table, lambda rows: greys[rows], PUBLISHED).members
    is_sought = np.array([id.startswith("b@") for id, _ in named])
    clusters: defaultdict[str, list[str]] = defaultdict(list)
    for row in members.to_pylist():
        clusters[row["cluster"]].append(row["id"])
    together = {
        (one, other) for ids in clusters.values() for one in ids for other in ids if one.startswith("a/") and other.startswith("b@")
    }
    near = {(row["id"], row["other"]) for row in leaks(table, lambda rows: greys[rows], is_sought, members, PUBLISHED).to_pylist()}
    copies_of = {row["id"]: clusters[row["cluster"]] for row in members.to_pylist()}
    spread = {(copy, other) for one, other in near for copy in copies_of.get(one, [one]) if copy.startswith("a/")}  # whole clusters go
    return {(one.removeprefix("a/"), other.removeprefix("b@benchmark/")) for one, other in together | spread}


def planted(found: Sequence[Original]) -> tuple[Counter[str], Counter[str], int]:
    """By kind the copies made, and those caught; and how many were caught by another image than their own."""
    shown = {original.name: look for original in found if (look := seen(original.image)) is not None}
    made: list[tuple[str, str, Seen]] = [("verbatim", name, look) for name, look in shown.items()]
    for original in found:
        if original.name in shown:
            made += [(kind, original.name, look) for kind, copy in copies(original.image) if (look := seen(copy)) is not None]
    training = [(f"{number}", look) for number, (_, _, look) in enumerate(made)]
    touching = caught(list(shown.items()), training)
    own = {int(id) for id, name in touching if made[int(id)][1] == name}
    others = {(made[int(id)][1], name) for id, name in touching if made[int(id)][1] != name}
    strange = {pair for pair in others if frozenset(pair) not in KNOWN_COPIES}
    return Counter(kind for kind, _, _ in made), Counter(made[number][0] for number in own), len(strange)


def test_some_images_are_caught_in_every_disguise() -> None:
    assert REAL is not None
    found = [original for original in originals(REAL / "modality") if max(original.image.size) <= 300 and original.modality != "ocr"][::30]
    made, got, strange = planted(found)
    assert strange == 0
    assert {kind: made[kind] - got[kind] for kind in (*CODED, *SCALED)} == dict.fromkeys((*CODED, *SCALED), 0)
    assert sum(made[kind] for kind in (*CODED, *SCALED)) > 200


@pytest.mark.slow
def test_many_images_are_caught_in_every_disguise() -> None:
    assert REAL is not None
    made, got, strange = planted(list(originals(REAL / "modality"))[::6])
    missed = {kind: made[kind] - got[kind] for kind in made}
    assert strange == 0
    assert {kind: missed[kind] for kind in CODED} == dict.fromkeys(CODED, 0)
    assert all(missed[kind] <= 0.001 * made[kind] for kind in SCALED), missed
    assert missed["resized by the nearest filter"] <= 0.01 * made["resized by the nearest filter"]


def test_no_two_real_images_and_hardly_two_slices_are_taken_for_one() -> None:
    assert REAL is not None
    shown = [(original.name, look) for original in originals(REAL / "modality") if (look := seen(original.image)) is not None]
    pairs = {frozenset(pair) for pair in caught(shown, shown) if pair[0] != pair[1]}
    assert (len(shown), pairs - KNOWN_COPIES) == (573, set())
    slices = {
        f"{name} {number}": look for name, frames in volumes(REAL / "modality") for number, look in enumerate(frames) if look is not None
    }
    beside = {(one, other) for one, other in caught(slices.items(), slices.items()) if slices[one].grey != slices[other].grey}
    assert len(slices) > 600
    assert len({frozenset(pair) for pair in beside}) <= 3
    assert len(neighbours(list(slices.values()), 1)) > 600
