"""tables of one sample -> its story in sentences, stage by stage: what copies it, what stays in its place, where it ships"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curate.terms import term
from pipelines.fate import fate, not_chosen, rejected
from pipelines.history import History
from pipelines.image_story import SHOWN, Told, image_words, many, member_words, reason_words
from pipelines.place import place
from pipelines.shipped import Shipped, place_of, places_of
from pipelines.told import lines_of
from pipelines.witnesses import sample_witnesses
from schemas.cluster import Choice, Member, SampleClusters
from schemas.sample import Sample, Screened
from schemas.verdict import Verdict

BENCHMARK = "@benchmark"
SCOPES = {
    "global": "Copies of its images are looked for in all sources.",
    "table": "Copies of its images are looked for in its own table or source alone.",
    "none": "Copies of its images may stay.",
}
PASSED = {"shield": "Passed: nothing in it is of an evaluation set that was compared.", "dedup": "Passed: it gives way to no copy."}
BETTER = {  # measure of dedup -> why the other one is better
    "reliability": "its source is more reliable ({0} of 100, here {1})",
    "length": "its text is longer ({0:,} characters, here {1:,})",
    "pixels": "its images are larger ({0:,} pixels, here {1:,})",
    "openness": "its terms are more open",
    "id": "all else is equal, and its id comes first",
}


def sample_story(history: History, id: str) -> list[Told]:
    """Nothing if there is no sample, and no row that gave none, of that id."""
    sample, refused = history.row("ingest", "samples", Sample, id), history.row("ingest", "verdicts", Verdict, id)
    if sample is None:
        sample = history.row("ingest", "benchmarks", Sample, id)
    if sample is None:
        return list(_row_that_gave_none(history, id, refused)) if refused else []
    return [*_found(history, sample), *(_touched(history, id) if sample.source.endswith(BENCHMARK) else _stages(history, sample))]


def _row_that_gave_none(history: History, id: str, refused: Verdict) -> Iterator[Told]:
    """With what is told of its file where more of that is not as the manifest says."""
    yield "", f"{id}: a row of {refused.source}"
    yield from _refused(history, refused)
    index = history.index("ingest", decided=False)
    yield from (("", f"{line}.") for line in lines_of(index.receipts if index else (), refused))
    yield "=>", rejected(refused)


def _found(history: History, sample: Sample) -> Iterator[Told]:
    what = f"a row of the evaluation set {sample.source.removesuffix(BENCHMARK)}"
    task = f"{'an' if sample.task == 'instruction' else 'a'} {sample.task} sample of {sample.source}"
    yield "", f"{sample.id}: {what if sample.source.endswith(BENCHMARK) else task}"
    published = f"published split '{term(sample.split)}'" if sample.split else "no published split"
    place = f"Row {sample.order:,} (from 0) of its source, in table '{sample.table}'"
    yield "ingest", f"{place}; {published}; {sample.domain}, language {term(sample.language)}."
    holds = [many(len(sample.turns), "turn"), many(len(sample.images), "image"), many(len(sample.labels), "label")]
    holds += [f"keys {', '.join(key.name for key in sample.keys)}"] if sample.keys else []
    made = "; its text was made from labels" if sample.from_labels else ""
    yield "", f"It has {', '.join(holds)}{made}."
    yield "", f"Its licence is {term(sample.license)}, its access {sample.access}, its reliability {sample.reliability} of 100."
    benchmark = sample.source.endswith(BENCHMARK)  # of which nothing ships, and whose copies are looked for by its own rule
    if sample.images and not benchmark:
        declares = f"declares {sample.modality}" if sample.modality else "declares no modality"
        yield "", f"Its source {declares}. {SCOPES[sample.scope]}"
    for number, image in enumerate(sample.images, 1):
        yield "inspect", f"Image {number} is {image}."
        yield "", image_words(history, image, ships=not benchmark)


def _touched(history: History, id: str) -> Iterator[Told]:
    """Of a row of an evaluation set: who was rejected because of it."""
    ids = history.lost_to("shield", id)
    yield "shield", f"{many(len(ids), 'sample')} {'was' if len(ids) == 1 else 'were'} rejected because of it{_listed(ids)}."


def _stages(history: History, sample: Sample) -> Iterator[Told]:
    """Stage by stage until it was rejected, or ships."""
    screened = history.row("screen", "samples", Screened, sample.id)
    refusals = {verdict.stage: verdict for verdict in history.refusals(sample.id)}
    for stage, passed in (("screen", screened), ("rewrite", history.row("rewrite", "samples", Screened, sample.id))):
        yield from _refused(history, refusals[stage]) if stage in refusals else _passed(stage, passed)
    if screened and history.has_run("match"):
        yield from _match(history, sample)
    yield from _shield_and_dedup(history, sample, refusals, screened is not None)
    for number, line in enumerate(sample_witnesses(history, sample.id, screened)):
        yield "" if number else "tag", line
    yield from _refused(history, refusals["tag"]) if "tag" in refusals else ()
    yield from _balance_and_emit(history, sample.id, refusals)


def _passed(stage: str, passed: Screened | None) -> Iterator[Told]:
    if passed is None:
        return
    if stage == "rewrite":
        anew = f"{many(passed.rewritten, 'answer')} of it written anew by a model" if passed.rewritten else "nothing of it written anew"
        yield stage, f"Passed, {anew}; {many(passed.tokens, 'token')}."
        return
    apart = "; all of its patient, study or article goes into one split" if passed.group else ""
    yield stage, f"Passed, with {many(passed.tokens, 'token')}{apart}."
    if passed.cleaned:
        yield "", f"Its text was brought to its normal form by {', '.join(passed.cleaned)}."
    if passed.scrubbed:
        yield "", f"Placeholders in its text stand for {', '.join(f'{each.kind} {each.count}' for each in passed.scrubbed)}."
    for picture in passed.pictures:
        if picture.blanked:
            yield "", f"{picture.id} ships as PNG, black in {many(len(picture.blanked), 'region')} where text was found."


def _match(history: History, sample: Sample) -> Iterator[Told]:
    found = [
        f"Image {number} {member_words(member)}"
        for number, image in enumerate(sample.images, 1)
        if (member := history.row("match", "images", Member, image))
    ]
    if member := history.row("match", "texts", Member, sample.id):
        found.append(f"Its text {member_words(member)}")
    if not found and history.row("match", "clusters", SampleClusters, sample.id) is None:
        found = ["No copy of it was found."]
    yield from (("" if place else "match", line) for place, line in enumerate(found))


def _shield_and_dedup(history: History, sample: Sample, refusals: dict[str, Verdict], screened: bool) -> Iterator[Told]:
    for stage, words in PASSED.items():
        if stage in refusals:
            yield from _refused(history, refusals[stage])
        elif screened and history.has_run(stage) and not {"rewrite", "shield"}.intersection(refusals):
            yield stage, words
            if stage == "dedup" and (ids := history.lost_to("dedup", sample.id)):
                yield "", f"{many(len(ids), 'sample')} gave way to it{_listed(ids)}."


def _refused(history: History, verdict: Verdict) -> Iterator[Told]:
    yield verdict.stage, f"Rejected, {reason_words(verdict.reason, verdict.evidence)}"
    if not verdict.winner:
        return
    words = f"{verdict.winner}, {fate(history, verdict.winner)}"
    if verdict.stage != "dedup":
        yield "", f"It touches {words}."
        return
    ahead = history.better_by(verdict.winner, verdict.id)
    yield "", f"In its place stays {words}{f': {BETTER[ahead[0]].format(*ahead[1:])}' if ahead else ''}."


def _balance_and_emit(history: History, id: str, refusals: dict[str, Verdict]) -> Iterator[Told]:
    choices = history.rows("balance", "selection", Choice, id)
    for choice in choices:
        yield "balance", f"Corpus {choice.corpus} {_choice_words(choice)}"
    ships = [(choice, place_of(place(history.out, "corpora", choice.corpus), choice.split, id)) for choice in choices if choice.selected]
    for choice, found in ships:
        yield "=>", f"kept: {_place_words(found)}" if found else f"chosen for {choice.corpus}, which is not written yet"
    if not ships:
        first = next(iter(refusals.values()), None)
        yield "=>", rejected(first) if first else _undecided(choices)
    elsewhere = [found for found in places_of(history.out, id) if found.shard not in [own.shard for _, own in ships if own]]
    yield from (("=>", f"another recipe's corpus, or an earlier run's, holds it: {_place_words(found)}") for found in elsewhere)


def _undecided(choices: Sequence[Choice]) -> str:
    return f"rejected by balance: {not_chosen(choices)}" if choices else "not decided yet: run 'corpus' again"


def _choice_words(choice: Choice) -> str:
    if not choice.selected:
        return f"does not take it, {reason_words(choice.reason, '')}"
    return f"takes it into split {choice.split}, as {choice.modality}, with weight {choice.weight:g}."


def _place_words(found: Shipped) -> str:
    return f"row {found.row:,} (from 0) of {found.shard}"


def _listed(ids: Sequence[str]) -> str:
    """': a, b and 3 more'"""
    more = f" and {len(ids) - SHOWN:,} more" if ids[SHOWN:] else ""
    return f": {', '.join(ids[:SHOWN])}{more}" if ids else ""
