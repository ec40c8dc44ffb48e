"""Stored for years: what decides order, bucket and choice must never change"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from curate.digest import bucket_of, choose, digest64
from curate.digests import buckets_of, digests, digests64


def test_the_digest_of_an_id_is_pinned() -> None:
    assert digest64("slake/5") == 0x7d58bcc6175e18b1


def test_buckets_in_order_hold_ids_in_digest_order() -> None:
    ids = [f"a/{number}" for number in range(500)]
    by_bucket = sorted(ids, key=lambda id: (bucket_of(id, 8), digest64(id)))
    assert by_bucket == sorted(ids, key=digest64)
    assert {bucket_of(id, 8) for id in ids} == set(range(8))


def test_one_bucket_holds_all() -> None:
    assert {bucket_of(f"a/{number}", 1) for number in range(10)} == {0}


IDS = ["slake/5", "", "Röntgen/肺", *(f"a/{number}" for number in range(100))]


@pytest.mark.parametrize("given", [IDS, tuple(IDS), pa.array(IDS), pa.chunked_array([IDS[:7], IDS[7:]]), pa.array(["x", *IDS]).slice(1)])
def test_the_digests_of_a_column_are_those_of_its_ids(given: list[str] | pa.Array) -> None:
    found = digests64(given)
    assert (found.dtype, found.tolist()) == (np.uint64, [digest64(id) for id in IDS])
    assert digests(given, 2)[:, 0].tolist() == found.tolist()
    assert [int(digest) for digest in digests(given, 2)[0]] == [0x7D58BCC6175E18B1, 0xA4D1E1ADF6255226]


def test_half_a_pair_of_surrogates_has_a_digest_and_nothing_has_none() -> None:
    assert digests64(["\ud800"]).tolist() == [digest64("\ud800")]
    assert (digests64([]).shape, digests64(pa.array([], pa.string())).shape, digests([], 2).shape) == ((0,), (0,), (0, 2))


@pytest.mark.parametrize("buckets", [1, 2, 8, 512])
def test_the_buckets_of_a_column_are_those_of_its_ids(buckets: int) -> None:
    assert buckets_of(digests64(IDS), buckets).tolist() == [bucket_of(id, buckets) for id in IDS]


@pytest.mark.parametrize("options", [1, 3, 8])
def test_a_choice_depends_on_the_id_and_the_salt_alone(options: int) -> None:
    chosen = [choose(options, f"a/{number}", "caption") for number in range(200)]
    assert chosen == [choose(options, f"a/{number}", "caption") for number in range(200)]
    assert set(chosen) == set(range(options))
