"""counts of tokens -> the bins of a histogram"""

from __future__ import annotations

from dataclasses import dataclass

from curate.report.counts import BINS, Tally, bin_label


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBin:
    label: str
    kept: int
    rejected: int

    @property
    def total(self) -> int:
        return self.kept + self.rejected

    @property
    def short(self) -> str:
        """Where the bin begins, for an axis."""
        low = int(self.label.split("-")[0].rstrip("+").replace(",", ""))
        return f"{low >> 10}k" if low >= 1024 else str(low)


def token_bins(tokens: Tally) -> tuple[TokenBin, ...]:
    """The histogram from its first bin that holds something to its last."""
    filled = [key[0] for key, count in tokens.items() if count]
    if not filled:
        return ()
    return tuple(
        TokenBin(label=bin_label(number), kept=tokens[number, "kept"], rejected=tokens[number, "rejected"])
        for number in range(min(filled), min(max(filled), BINS - 1) + 1)
    )
