import random

import numpy as np
import pyarrow as pa

from curate.match.edges import Edges, edges_of, groups, joined, members, star
from schemas.arrow import arrow_schema
from schemas.cluster import Member

IDS = pa.array([f"s/{number:02d}" for number in range(12)])
SOURCES = pa.array(["s"] * 12)


def edge(a: int, b: int, proof: str, distance: int = 0, similarity: float = 1.0) -> Edges:
    return edges_of(np.array([a]), np.array([b]), proof, distance, similarity)


def rows(edges: list[Edges]) -> list[tuple[str, str, str, str, int, float]]:
    return [
        (row["id"][2:], row["cluster"][2:], row["proof"], row["other"][2:], row["distance"], row["similarity"])
        for row in members(IDS, SOURCES, joined(edges)).to_pylist()
    ]


def test_a_cluster_is_called_by_its_smallest_id_and_each_member_says_why_it_is_in() -> None:
    found = rows([edge(5, 2, "bytes"), edge(5, 7, "pixels"), edge(9, 7, "phash", 2, 0.99812), edge(10, 11, "text", -1, 0.85)])
    assert found == [
        ("02", "02", "first", "", -1, 1.0),
        ("05", "02", "bytes", "02", 0, 1.0),
        ("07", "02", "pixels", "05", 0, 1.0),
        ("09", "02", "phash", "07", 2, 0.9981),
        ("10", "10", "first", "", -1, 1.0),
        ("11", "10", "text", "10", -1, 0.85),
    ]


def test_the_strongest_links_are_named() -> None:
    found = rows([edge(0, 1, "phash", 1, 0.99), edge(1, 2, "bytes"), edge(0, 2, "phash", 0, 1.0), edge(0, 1, "phash", 1, 0.98)])
    assert found == [("00", "00", "first", "", -1, 1.0), ("01", "00", "bytes", "02", 0, 1.0), ("02", "00", "phash", "00", 0, 1.0)]


def test_no_edges_make_no_members() -> None:
    assert members(IDS, SOURCES, joined([])).equals(arrow_schema(Member).empty_table())


def test_members_do_not_depend_on_the_order_of_edges() -> None:
    draw = random.Random(3)
    edges = [
        edge(*draw.sample(range(12), 2), draw.choice(["bytes", "pixels", "phash"]), draw.choice([0, 1]), draw.choice([0.9, 1.0]))
        for _ in range(9)
    ]
    wanted = rows(edges)
    for _ in range(20):
        draw.shuffle(edges)
        flipped = [Edges(e.b, e.a, e.proof, e.distance, e.similarity) if draw.random() < 0.5 else e for e in edges]
        assert rows(flipped) == wanted


def test_a_star_joins_every_row_to_the_first_of_its_key() -> None:
    first, other = star(np.array([7, 5, 7, 7, 5, 1]))
    assert list(zip(first.tolist(), other.tolist())) == [(0, 2), (0, 3), (1, 4)]


def test_groups_number_components() -> None:
    group = groups(5, np.array([0, 3]), np.array([3, 4]))
    assert (group[0] == group[3] == group[4], len(set(group.tolist()))) == (True, 3)
