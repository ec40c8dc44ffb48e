"""The kinds of identifiers that are looked for, and what stands in their place

HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i) (A)-(R): eighteen kinds; biometric identifiers (P) and photographs (Q) are no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "name",  # (A)
    "address",  # (B): streets, buildings, towns with a post code, post codes: all that is smaller than a state
    "date",  # (C): finer than a year
    "age",  # (C): over 89
    "phone",  # (D)
    "fax",  # (E)
    "email",  # (F)
    "ssn",  # (G): of the United States, and national numbers of persons elsewhere
    "mrn",  # (H): medical record
    "accession",  # (H), (R): of a study or a specimen
    "plan",  # (I): health plan
    "account",  # (J)
    "license",  # (K): certificates and licences
    "vehicle",  # (L)
    "device",  # (M): serial numbers
    "url",  # (N)
    "ip",  # (O)
]
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]
PLACEHOLDERS: Mapping[Kind, str] = {kind: f"[{kind.upper()}]" for kind in KINDS}


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """One identifier: text[start:end]."""

    start: int
    end: int
    kind: Kind
