"""Match, then dedup, of texts: what goes and what it is a copy of, whatever order, ids and company"""

import random

import numpy as np
import pyarrow as pa
import pytest

from curate.dedup.texts import text_winners
from curate.digest import digest64
from curate.likeness import Alike
from curate.recipe import Matching
from tests.curate.match.matched import JACCARD_ALONE, matched

ALIKE = Alike(threshold=0.8, keep_contrasts=False)
Decisions = dict[str, tuple[str, float]]  # of each text that goes its winner and their similarity


def decided(found: dict[str, str], merit: dict[str, int], matching: Matching = JACCARD_ALONE) -> Decisions:
    """Of texts of which no two are equal."""
    decisions: Decisions = {}
    for table in matched(found, matching=matching).near:
        ids = table["id"].to_pylist()
        winners = text_winners(table, np.array([merit[id] for id in ids]), ALIKE)
        decisions |= {id: (ids[row], float(near)) for id, row, near in zip(ids, winners.row, winners.similarity) if ids[row] != id}
    return decisions


def by_definition(found: dict[str, str], merit: dict[str, int]) -> Decisions:
    """Every text in the order of merit against every one that stays."""
    sets = {id: {tuple(words[n : n + 5]) for n in range(max(1, len(words) - 4))} for id, text in found.items() if (words := text.split())}
    stays: list[str] = []
    decisions: Decisions = {}
    for id in sorted(sets, key=merit.__getitem__):
        near = ((other, len(sets[id] & sets[other]) / len(sets[id] | sets[other])) for other in stays)
        winner = next(((other, similarity) for other, similarity in near if similarity >= 0.8), None)
        if winner:
            decisions[id] = winner
        else:
            stays.append(id)
    return decisions


@pytest.fixture(scope="module")
def chains() -> tuple[dict[str, str], dict[str, int]]:
    """Windows that slide over thirty long texts: each is like its neighbours, none like all."""
    draw = random.Random(11)
    long = [[f"word{draw.randrange(3000)}" for _ in range(160)] for _ in range(30)]
    windows = {(draw.randrange(30), draw.randrange(100)) for _ in range(600)}
    found = {f"a/{text}-{start}": " ".join(long[text][start : start + 50 + start % 3]) for text, start in windows}
    return found, dict(zip(sorted(found), draw.sample(range(10_000), len(found))))


def test_decisions_are_those_of_the_definition(chains: tuple[dict[str, str], dict[str, int]]) -> None:
    found, merit = chains
    decisions = decided(found, merit)
    assert decisions == by_definition(found, merit)
    assert 100 < len(decisions) < len(found) - 60  # thirty clusters, in each of which several stay


def test_neither_order_nor_ids_nor_company_changes_a_decision(chains: tuple[dict[str, str], dict[str, int]]) -> None:
    found, merit = chains
    wanted = decided(found, merit)
    draw = random.Random(12)
    order = draw.sample(sorted(found), len(found))
    assert decided({id: found[id] for id in order}, merit) == wanted
    names = {id: f"z/{digest64(id)}" for id in found}
    renamed = decided({names[id]: text for id, text in found.items()}, {names[id]: place for id, place in merit.items()})
    assert renamed == {names[id]: (names[winner], near) for id, (winner, near) in wanted.items()}
    others = {f"0/{n}": " ".join(f"term{draw.randrange(3000)}" for _ in range(50)) for n in range(1000)}
    company = decided(others | found, merit | dict.fromkeys(others, -1) | {id: 20_000 + n for n, id in enumerate(others)})
    assert company == wanted


def test_no_text_goes_whose_like_went_with_another(chains: tuple[dict[str, str], dict[str, int]]) -> None:
    found, merit = chains
    decisions = decided(found, merit)
    assert {winner for winner, _ in decisions.values()}.isdisjoint(decisions)
    assert min(near for _, near in decisions.values()) >= 0.8


def test_likeness_tables_hold_no_text(chains: tuple[dict[str, str], dict[str, int]]) -> None:
    found, _ = chains
    table = pa.concat_tables(matched(found, matching=JACCARD_ALONE).near)
    assert [field.name for field in table.schema if pa.types.is_string(field.type)] == ["id", "cluster"]
