"""Stored for years: what decides order, bucket and choice must never change"""

from __future__ import annotations

import pytest

from curate.digest import bucket_of, choose, digest64


def test_the_digest_of_an_id_is_pinned() -> None:
    assert digest64("slake/5") == 0x7d58bcc6175e18b1


def test_buckets_in_order_hold_ids_in_digest_order() -> None:
    ids = [f"a/{number}" for number in range(500)]
    by_bucket = sorted(ids, key=lambda id: (bucket_of(id, 8), digest64(id)))
    assert by_bucket == sorted(ids, key=digest64)
    assert {bucket_of(id, 8) for id in ids} == set(range(8))


def test_one_bucket_holds_all() -> None:
    assert {bucket_of(f"a/{number}", 1) for number in range(10)} == {0}


@pytest.mark.parametrize("options", [1, 3, 8])
def test_a_choice_depends_on_the_id_and_the_salt_alone(options: int) -> None:
    chosen = [choose(options, f"a/{number}", "caption") for number in range(200)]
    assert chosen == [choose(options, f"a/{number}", "caption") for number in range(200)]
    assert set(chosen) == set(range(options))
