"""two members of a cluster -> how it is known that they are copies"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.cluster import Member

SAME_FILE = "bytes"
_STRENGTH = ("first", "bytes", "pixels", "text", "phash")  # weakest last
_Link = tuple[Any, ...]  # what orders links, the weakest last; () is none


class Proofs:
    """Members of clusters by id; asked again and again for what lies between them. A film gives chains of thousands of links: what is
    between a member and `b` is worked out once for all on the way."""

    def __init__(self, members: Mapping[str, Member]) -> None:
        self.members = members
        self._weakest: dict[str, dict[str, _Link]] = {}  # b -> member -> the weakest link between the two

    def between(self, a: str, b: str) -> str:
        """The weakest link between `a` and `b`, two members of one cluster: 'bytes', 'pixels', 'phash 2, similarity 0.998',
        'jaccard 0.93'. Each member names the next one on its way to the cluster's first; what both ways share is no part of the way
        between them."""
        link = self._between(a, b)
        if not link:
            return SAME_FILE
        strength, distance, unlike, _ = link
        match _STRENGTH[strength]:
            case "phash":
                return f"phash {distance}, similarity {-unlike:.3f}"
            case "text":
                return f"jaccard {-unlike:.2f}"
            case proof:
                return proof

    def _between(self, a: str, b: str) -> _Link:
        if b not in self._weakest:
            self._weakest[b] = self._on_the_way(b)
        known = self._weakest[b]
        new = []
        for id in self._way(a):
            if id in known:
                break
            new.append(id)
        weakest = known.get(self.members[new[-1]].other, ()) if new else known.get(a, ())
        for id in reversed(new):
            weakest = known[id] = max(weakest, self._link(id))
        return weakest

    def _on_the_way(self, b: str) -> dict[str, _Link]:
        weakest: dict[str, _Link] = {b: ()}
        for id in self._way(b):
            weakest[self.members[id].other] = max(weakest[id], self._link(id))
        return weakest

    def _link(self, id: str) -> _Link:
        member = self.members[id]
        return _STRENGTH.index(member.proof), member.distance, -member.similarity, id

    def _way(self, id: str) -> Iterator[str]:
        """The links from `id` to the first of its cluster, each called by its lower end; an id that is no member has none."""
        while id in self.members and self.members[id].proof != "first":
            yield id
            id = self.members[id].other
