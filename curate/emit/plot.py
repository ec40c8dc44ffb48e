"""facts of a corpus -> balance.svg: the shares of the modalities, for its card"""

from __future__ import annotations

from curate.charts.plot import Share as Row
from curate.charts.plot import balance_plot
from curate.emit.facts import CorpusFacts, Share
from schemas.modality import short_name

PLOT = "balance.svg"


def card_plot(facts: CorpusFacts) -> bytes:
    """An SVG file, UTF-8, of the shares that the card's table tells: those with supply or a target."""
    return balance_plot([_row(share) for share in facts.shares if share.supply or share.target])


def _row(share: Share) -> Row:
    return Row(
        name=short_name(share.name),
        before=share.before,
        after=share.after,
        target=None if share.outside else share.target,
        weighted=share.weighted,
        outside=share.outside,
    )
