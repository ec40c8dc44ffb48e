import itertools

import pytest

from curate.proof import Proofs
from schemas.cluster import Member


def member(id: str, proof: str, other: str, distance: int = -1, similarity: float = 1.0) -> Member:
    return Member(cluster="a", id=id, source="s", proof=proof, other=other, distance=distance, similarity=similarity)


#       a
#     b   c       b is a's bytes, c near to it
#    d e  f       d has b's pixels, e is near to it, f farther from c
TREE = {
    row.id: row
    for row in [
        member("a", "first", ""),
        member("b", "bytes", "a"),
        member("c", "phash", "a", 1, 0.995),
        member("d", "pixels", "b"),
        member("e", "phash", "b", 1, 0.993),
        member("f", "phash", "c", 3, 0.999),
    ]
}
WEAKEST = {
    "ab": "bytes", "ac": "phash 1, similarity 0.995", "ad": "pixels", "ae": "phash 1, similarity 0.993", "af": "phash 3, similarity 0.999",
    "bc": "phash 1, similarity 0.995", "bd": "pixels", "be": "phash 1, similarity 0.993", "bf": "phash 3, similarity 0.999",
    "cd": "phash 1, similarity 0.995", "ce": "phash 1, similarity 0.993", "cf": "phash 3, similarity 0.999",
    "de": "phash 1, similarity 0.993", "df": "phash 3, similarity 0.999", "ef": "phash 3, similarity 0.999",
}  # fmt: skip


@pytest.mark.parametrize("order", [list(WEAKEST), list(WEAKEST)[::-1]])
def test_the_weakest_link_between_two_members_is_told_whoever_was_asked_for_before(order: list[str]) -> None:
    proofs = Proofs(TREE)
    assert {pair: (proofs.between(*pair), proofs.between(*pair[::-1])) for pair in order} == {pair: (WEAKEST[pair],) * 2 for pair in order}


def test_an_image_is_itself_and_what_is_no_member_is_the_same_file() -> None:
    proofs = Proofs(TREE)
    assert [proofs.between(a, b) for a, b in [("e", "e"), ("x", "x"), ("x", "a"), ("a", "x")]] == ["bytes"] * 4


def test_texts_tell_the_least_of_their_similarities() -> None:
    texts = {row.id: row for row in [member("a", "first", ""), member("b", "text", "a", -1, 0.912), member("c", "text", "b", -1, 0.84)]}
    assert [Proofs(texts).between(*pair) for pair in ("ab", "ac", "bc")] == ["jaccard 0.91", "jaccard 0.84", "jaccard 0.84"]


def test_the_links_of_a_film_are_walked_once() -> None:
    """200 million steps else: minutes."""
    chain = {f"{n:05d}": member(f"{n:05d}", "phash" if n else "first", f"{n - 1:05d}" if n else "", 1, 0.99) for n in range(20_000)}
    proofs = Proofs(chain)
    seen = Counted(chain)
    proofs.members = seen
    assert {proofs.between(id, "00100") for id in itertools.islice(chain, 101, None)} == {"phash 1, similarity 0.990"}
    assert seen.asked < 10 * len(chain)


class Counted(dict):
    asked = 0

    def __getitem__(self, key: str) -> Member:
        self.asked += 1
        return super().__getitem__(key)
