"""a sample's split, terms and access class -> the fault that refuses it, or none"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from curate.licenses import RESERVED, is_noncommercial, is_unclear
from curate.recipe import Recipe
from curate.terms import term
from schemas.sample import Access, Sample
from schemas.verdict import Fault

Policy = Literal["any", "research", "commercial"]


def split_fault(split: str, splits: Mapping[str, str]) -> Fault | None:
    """`splits` names the published splits that enter the corpus; any other is left out."""
    return None if split in splits else Fault(reason="split_excluded", evidence=term(split) if split else "no split")


def license_fault(license: str, commercial: Literal["yes", "no", "ask"], policy: Policy) -> Fault | None:
    """Terms are a record's own. A commercial policy needs a plain yes: 'ask' and terms that are unknown, or no name one could look up, are
    refused, and terms that are non-commercial by their name whatever the manifest says of the whole."""
    if policy == "commercial" and (commercial != "yes" or is_unclear(license) or is_noncommercial(license)):
        return Fault(reason="license_refused", evidence=f"{term(license)}: commercial use {commercial}")
    if policy != "any" and license.lower() in RESERVED:
        return Fault(reason="license_refused", evidence=f"{term(license)}: no use granted")
    return None


def access_fault(access: Access, *, allow_credentialed: bool) -> Fault | None:
    """Credentialed records stay on the machine that holds them unless its owner says otherwise (docs/security.md)."""
    if access == "credentialed" and not allow_credentialed:
        return Fault(reason="access_refused", evidence=access)
    return None


def policy_fault(sample: Sample, recipe: Recipe, *, allow_credentialed: bool) -> Fault | None:
    return (
        split_fault(sample.split, recipe.splits)
        or license_fault(sample.license, sample.commercial, recipe.license_policy)
        or access_fault(sample.access, allow_credentialed=allow_credentialed)
    )
