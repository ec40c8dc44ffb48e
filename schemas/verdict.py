"""A verdict: what was decided about a sample or image, where, why"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

STAGES = ("ingest", "inspect", "screen", "rewrite", "match", "shield", "dedup", "tag", "balance", "emit", "report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    id: str
    source: str
    stage: str
    decision: Literal["kept", "rejected"]
    reason: str  # a fixed word one can count; '' when kept
    evidence: str  # a measurement, never what was read inside a file
    winner: str  # id of the sample that stays in its place, benchmark row it touches; '' if none


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a thing cannot be kept: a countable word and a measurement."""

    reason: str
    evidence: str = ""
