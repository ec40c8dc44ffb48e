"""The account: one final verdict for each sample, and inputs = kept + rejected"""

from __future__ import annotations

import pyarrow as pa
import pytest

from curate.report.account import AccountError, check_account, close_account, final_verdicts
from schemas.arrow import from_table
from schemas.verdict import Verdict
from tests.curate.report.rows import choice, choices, kept, rejected, samples, verdicts


def final(*args: object) -> list[Verdict]:
    return from_table(final_verdicts(*args), Verdict)


def test_a_sample_that_only_the_second_corpus_holds_is_kept() -> None:
    selection = choices(choice("first", "a/1", "over_target"), choice("second", "a/1"))
    assert final(samples("a/1"), [], [selection]) == [kept("a/1")]


def test_of_two_rejections_the_earlier_stage_counts_whatever_its_id_is() -> None:
    screen = verdicts(rejected("a/2", "screen", "caption_too_short", evidence="3 < 10"))
    dedup = verdicts(rejected("a/1", "dedup", "duplicate_image", winner="b/1"), rejected("a/2", "dedup", "duplicate_image", winner="b/2"))
    assert final(samples("a/1", "a/2"), [screen, dedup], []) == [
        rejected("a/1", "dedup", "duplicate_image", winner="b/1"),
        rejected("a/2", "screen", "caption_too_short", evidence="3 < 10"),
    ]


def test_what_was_never_selected_is_rejected_by_balance_with_each_corpus_reason_in_order_of_names() -> None:
    selection = [choices(choice("b", "a/1", "not_in_corpus")), choices(choice("a", "a/1", "over_target"))]
    assert final(samples("a/1"), [], selection) == [rejected("a/1", "balance", "not_selected", evidence="a: over_target; b: not_in_corpus")]


def test_what_reached_no_corpus_at_all_is_not_selected_either() -> None:
    assert final(samples("a/1"), [], []) == [rejected("a/1", "balance", "not_selected", evidence="no corpus asks for it")]


def test_what_ingest_rejected_has_no_sample_row_and_one_verdict() -> None:
    ingest = verdicts(rejected("a/0", "ingest", "image_missing"))
    assert final(samples("a/1"), [ingest], [choices(choice("c", "a/1"))]) == [
        rejected("a/0", "ingest", "image_missing"),
        kept("a/1"),
    ]


def test_a_sample_that_a_corpus_holds_is_kept_though_a_stage_rejected_it() -> None:
    dedup = verdicts(rejected("a/1", "dedup", "duplicate_image", winner="a/2"))
    assert final(samples("a/1"), [dedup], [choices(choice("c", "a/1"))]) == [kept("a/1")]


def test_an_empty_bucket_has_no_verdicts() -> None:
    assert final(samples(), [], []) == []


def test_order_of_rows_decides_nothing() -> None:
    rows = [rejected(f"a/{n}", "screen", "image_blank") for n in range(5)]
    selection = [choice("c", f"a/{n}", "" if n % 2 else "over_target") for n in range(5, 9)]
    ids = [f"a/{n}" for n in range(9)]
    straight = final_verdicts(samples(*ids), [verdicts(*rows)], [choices(*selection)])
    turned = final_verdicts(samples(*ids[::-1]), [verdicts(*rows[::-1])], [choices(*selection[::-1])])
    assert straight.equals(turned)


@pytest.mark.parametrize(
    ("rejections", "selections", "what"),
    [
        ([rejected("b/9", "screen", "image_blank")], [], "rejected"),
        ([], [choice("c", "b/9")], "selected"),
    ],
)
def test_a_sample_that_ingest_does_not_know_fails_the_account(rejections: list, selections: list, what: str) -> None:
    with pytest.raises(AccountError, match=f"1 samples are {what} that ingest does not know, the first: b/9"):
        final_verdicts(samples("a/1"), [verdicts(*rejections)], [choices(*selections)])


def test_an_account_that_closes_has_no_fault() -> None:
    buckets = [verdicts(kept("a/1"), rejected("b/1", "ingest", "image_missing")), verdicts(kept("a/2"))]
    assert close_account({"a": 2, "b": 1}, buckets) == ()


def test_an_account_that_does_not_close_names_every_source() -> None:
    with pytest.raises(AccountError) as error:
        check_account({"a": 3, "b": 1, "d": 0}, [verdicts(kept("a/1"), rejected("a/2", "screen", "image_blank"), kept("c/1"))])
    assert str(error.value) == (
        "the account does not close:\n"
        "a: 3 inputs, but 1 kept + 1 rejected = 2\n"
        "b: 1 inputs, but 0 kept + 0 rejected = 0\n"
        "c: 0 inputs, but 1 kept + 0 rejected = 1"
    )


def test_an_id_with_two_verdicts_is_a_fault_though_the_sum_is_right() -> None:
    twice = pa.concat_tables([verdicts(kept("a/1")), verdicts(rejected("a/1", "screen", "image_blank"))])
    assert close_account({"a": 2}, [twice]) == ("a: 1 ids have more than one verdict",)
