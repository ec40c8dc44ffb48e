"""two members of a cluster -> how it is known that they are copies"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.cluster import Member

SAME_FILE = "bytes"
_STRENGTH = ("first", "bytes", "pixels", "text", "phash")  # weakest last


def proof_between(members: Mapping[str, Member], a: str, b: str) -> str:
    """The weakest link between `a` and `b`, two members of one cluster: 'bytes', 'pixels', 'phash 2, similarity 0.998',
    'jaccard 0.93'. Each member names the next one on its way to the cluster's first; what both ways share is no part of the way
    between them."""
    links = set(_way(members, a)) ^ set(_way(members, b))
    if not links:
        return SAME_FILE
    weakest = max((members[id] for id in links), key=lambda link: (_STRENGTH.index(link.proof), link.distance, -link.similarity, link.id))
    match weakest.proof:
        case "phash":
            return f"phash {weakest.distance}, similarity {weakest.similarity:.3f}"
        case "text":
            return f"jaccard {min(members[id].similarity for id in links):.2f}"
        case _:
            return weakest.proof


def _way(members: Mapping[str, Member], id: str) -> Iterator[str]:
    """The links from `id` to the first of its cluster, each called by its lower end; an id that is no member has none."""
    while id in members and members[id].proof != "first":
        yield id
        id = members[id].other
