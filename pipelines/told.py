"""faults and notices of files, as ingest's receipts keep them -> the lines in which they are told"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from curate.report.page import legible
from pipelines.tables import Receipt
from schemas.verdict import Verdict

FAULTS = ("faults", "notices")  # of a receipt: those that leave a source incomplete, those of some rows of a file
MOST = 3  # told of one row


def told(receipts: Iterable[Receipt], kind: str) -> list[Mapping[str, Any]]:
    """All faults, or all notices."""
    return [fault for receipt in receipts for fault in receipt.counts.get(kind, [])]


def fault_line(fault: Mapping[str, Any]) -> str:
    """One line; a file's name may hold what a terminal obeys."""
    table = f", table '{fault['table']}'" if fault.get("table") else ""
    place = f"{fault['source']}: {fault['file'] or 'its folder'}{table}"
    return legible(f"{place}: {fault['reason']}: found {fault['found']}, wanted {fault['wanted']}").replace("\n", " ")


def lines_of(receipts: Iterable[Receipt], refused: Verdict) -> list[str]:
    """What is told of files that cost rows as this one was: by the same reason, and of the same column."""
    receipts = list(receipts)
    alike = [
        fault
        for kind in FAULTS
        for fault in told(receipts, kind)
        if (fault["source"], fault["reason"]) == (refused.source, refused.reason) and fault.get("row", -1) >= 0
    ]
    column = refused.evidence.partition("'")[2].partition("'")[0]
    same = [fault for fault in alike if column and f"column '{column}'" in fault["wanted"]] or alike
    return [fault_line(fault) for fault in same[:MOST]]
