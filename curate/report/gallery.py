"""dedup's verdicts, images -> duplicates to show, unusable images to name, and whether an image may be shown at all"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from curate.digest import digest64
from curate.pixels.burned_in import states_text, suspicion
from schemas.image import Image

# Terms under which a thumbnail, which is a changed copy, may be passed on. Anything else, 'unknown' too, is not shown.
SHOWABLE_LICENSES = ("CC0", "CC-BY", "PDDL", "ODC-BY", "ODbL", "MIT", "Apache", "BSD", "public-domain", "Public-Domain", "US-Government")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One side of a pair."""

    id: str  # sample
    image: str  # id of its image
    source: str
    uri: str = ""  # the thumbnail, a data URI; '' if it could not be made
    width: int = 0  # of the thumbnail, pixels
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    loser: Shown
    winner: Shown
    reason: str
    evidence: str

    def bare(self) -> Pair:
        """Without its pictures."""
        return dataclasses.replace(self, loser=dataclasses.replace(self.loser, uri=""), winner=dataclasses.replace(self.winner, uri=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """An image that could not be decoded."""

    id: str
    source: str
    reason: str
    evidence: str  # a measurement


def may_show(*, access: str, license: str, image: Image | None = None) -> bool:
    """Whether a thumbnail may be in the report: open access, terms that allow a changed copy, no suspicion of burned-in text, and none
    that was found."""
    allowed = access == "open" and "ND" not in license.split("-") and license.startswith(SHOWABLE_LICENSES)
    return allowed and (image is None or not (states_text(image) or suspicion(image) or image.text))


def candidates(verdicts: Iterable[pa.Table], *, most: int) -> list[dict[str, str]]:
    """Up to `most` rejections of dedup (id, source, reason, evidence, winner), spread over sources and reasons; within those by hash
    of the id. The same for any order of the tables. `verdicts`: Verdict tables."""
    best: list[dict[str, str]] = []
    for table in verdicts:
        rows = table.filter(pc.and_(pc.equal(table["decision"], "rejected"), pc.not_equal(table["winner"], "")))
        best = _spread([*best, *_sampled(rows, most)], most)
    return best


def unusable(images: pa.Table, *, most: int) -> list[dict[str, str]]:
    """Up to `most` images of sources that cannot be used (id, source, reason, evidence), spread as candidates are. `images`: columns of
    Image."""
    own = images.filter(pc.and_(pc.is_valid(images["reason"]), pc.invert(pc.ends_with(images["source"], "@benchmark"))))
    return _spread(own.select(["id", "source", "reason", "evidence"]).to_pylist(), most)


def named(rows: Iterable[dict[str, str]], *, most: int) -> tuple[Unusable, ...]:
    """Those of all buckets, spread once more, then in the order of reason, source and id."""
    chosen = [Unusable(**{**row, "evidence": row["evidence"] or ""}) for row in _spread(list(rows), most)]
    return tuple(sorted(chosen, key=lambda image: (image.reason, image.source, image.id)))


def _sampled(rows: pa.Table, most: int) -> list[dict[str, str]]:
    """The first `most` rows by digest of each (source, reason); a table of millions is cut to its ids' own order first."""
    columns = ["id", "source", "reason", "evidence", "winner"]
    groups = rows.select(["source", "reason"]).group_by(["source", "reason"]).aggregate([]).to_pylist()
    chosen: list[dict[str, str]] = []
    for group in groups:
        mine = rows.filter(pc.and_(pc.equal(rows["source"], group["source"]), pc.equal(rows["reason"], group["reason"])))
        chosen += sorted(mine.select(columns).slice(0, 50 * most).to_pylist(), key=lambda row: digest64(row["id"]))[:most]
    return chosen


def _spread(rows: list[dict[str, str]], most: int) -> list[dict[str, str]]:
    """In turns: the first of every (reason, source), then the second of every ..."""
    turn: Counter[tuple[str, str]] = Counter()
    order = []
    for row in sorted(rows, key=lambda row: digest64(row["id"])):
        group = row["reason"], row["source"]
        order.append((turn[group], group, row))
        turn[group] += 1
    return [row for _, _, row in sorted(order, key=lambda item: item[:2])[:most]]
