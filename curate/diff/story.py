"""Difference -> the lines that tell it: what differs between the runs, then samples, modalities, corpora; ids alone, no text"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from curate.diff.difference import CorpusDifference, Difference, Files
from curate.diff.fates import CAME, NOW_KEPT, NOW_REJECTED, OTHER_EVIDENCE, OTHER_REASON, OTHER_WINNER, WENT, Fates
from curate.diff.rows import WORDS
from curate.diff.settings import Setting
from curate.diff.survivors import STORIES
from curate.diff.tally import Change, Counted

SOURCES = 4  # told of one line, those with the most samples
WAYS = 12  # lines of one kind of change, those with the most samples; the JSON has all
SETTINGS = 40
COUNT = 10  # characters of a count
WIDE = 60  # characters of a setting's value
DIGEST = 64  # characters of a SHA-256
Changes = Mapping[Change, Counted]
HEADS = {  # kind of change -> what is told of all, and how each way is told
    CAME: ("came", "{now}"),
    WENT: ("went", "{before}"),
    NOW_REJECTED: ("kept before, rejected now", "by {now}"),
    NOW_KEPT: ("rejected before, kept now", "was rejected by {before}"),
    OTHER_REASON: ("rejected for another reason", "{before} -> {now}"),
    OTHER_WINNER: ("rejected as before, another stays in its place", "{now}"),
    OTHER_EVIDENCE: ("rejected as before, on other evidence", "{now}"),
}
GROUPS = {"setting": "", "limit": "", "sources": "", "program": ""}  # whose name alone is told


def story(difference: Difference, *, ids: int) -> Iterator[str]:
    """Every line, with `ids` of each change; the last says whether the two are equal."""
    yield from _heads(difference)
    yield from _setting_lines(difference)
    if difference.fates:
        yield from _fate_lines(difference.fates, ids)
    if difference.modalities and difference.modalities.changes:
        yield from ("", "Modality, of samples that both runs tagged")
        yield from _section(difference.modalities.changes, "modality", "another", "{before} -> {now}", ids)
    for corpus in difference.corpora:
        yield from _corpus_lines(corpus, ids)
    yield ""
    yield _end(difference)


def _heads(difference: Difference) -> Iterator[str]:
    for place, (name, side) in enumerate((("before", difference.before), ("now", difference.now))):
        fates = difference.fates
        counts = f": {fates.samples[place]:,} samples, {fates.kept[place]:,} kept" if fates else ""
        yield f"{name:<8} {side.path}  ({'run' if side.kind == 'run' else 'corpus'} by recipe {side.recipe or 'unknown'}{counts})"


def _setting_lines(difference: Difference) -> Iterator[str]:
    lines = [*_settings_told(difference.settings), *(_files_line(files) for files in difference.files)]
    yield from ("", "What differs between the two runs" if lines else "Nothing differs in what the two runs were asked for")
    yield from lines[:SETTINGS]
    if len(lines) > SETTINGS:
        yield f"  ... and {len(lines) - SETTINGS:,} more"
    if difference.unrecorded:
        yield f"  not known of one of them, and not compared: {', '.join(difference.unrecorded)}"


def _settings_told(settings: Sequence[Setting]) -> Iterator[str]:
    """A line each; a corpus or mixture of the recipe that only one side has is one line, not one for each of its fields."""
    for name, fields in groupby(settings, key=_whole):
        told = list(fields)
        if name and len(told) > 1 and all(setting.before is None for setting in told):
            yield f"  recipe {name}: new, {len(told)} fields"
        elif name and len(told) > 1 and all(setting.now is None for setting in told):
            yield f"  recipe {name}: gone, {len(told)} fields"
        else:
            yield from map(_setting_line, told)


def _whole(setting: Setting) -> str:
    """The corpus or mixture of the recipe that a field belongs to: 'corpora.medical'; '' where it belongs to none."""
    place = setting.name.split(".")
    return ".".join(place[:2]) if setting.group == "recipe" and place[0] in ("corpora", "mixtures") and len(place) > 2 else ""


def _setting_line(setting: Setting) -> str:
    if setting.group == "manifest" and None in (setting.before, setting.now):
        return f"  source {setting.name}: {'read now, not before' if setting.before is None else 'read before, not now'}"
    name = " ".join(word for word in (GROUPS.get(setting.group, setting.group), setting.name or setting.group) if word)
    reader = f"   (read by {setting.stage})" if setting.stage and setting.group != "version" else ""
    if all(isinstance(value, str) and len(value) == DIGEST for value in (setting.before, setting.now)):
        return f"  {name}: changed{reader}"  # nobody reads digests
    return f"  {name}: {_value(setting.before)} -> {_value(setting.now)}{reader}"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if value == "":
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDE else f"{text[: WIDE - 3]}..."


def _files_line(files: Files) -> str:
    said = {"came": files.came, "went": files.went, "of another size": files.resized, "written at another time": files.retimed}
    return f"  files of {files.source}: {', '.join(f'{count:,} {words}' for words, count in said.items() if count)}"


def _fate_lines(fates: Fates, ids: int) -> Iterator[str]:
    yield from ("", f"Samples: {fates.same:,} with the verdict they had")
    for what, (head, way) in HEADS.items():
        yield from _section(fates.changed.changes, what, head, way, ids)
    told = fates.survivors.told()
    for kind in STORIES:
        yield from _section(told, kind, f"among copies: {kind}", "{now}", ids)


def _corpus_lines(corpus: CorpusDifference, ids: int) -> Iterator[str]:
    rows = ["none" if count is None else f"{count:,} rows" for count in (corpus.before, corpus.now)]
    unread = f" ({corpus.skipped:,} of them in shards of equal digests)" if corpus.skipped else ""
    yield from ("", f"Corpus {corpus.name}: {rows[0]} before, {rows[1]} now; {corpus.rows.same + corpus.skipped:,} as before{unread}")
    if corpus.before is None or corpus.now is None:
        return
    for words, names in (
        ("columns that are no more", corpus.columns.before),
        ("columns that are new", corpus.columns.now),
        ("columns of another type", corpus.columns.retyped),
    ):
        if names:
            yield f"  {words}: {', '.join(names)}"
    changes = corpus.rows.changed.changes
    yield from _section(changes, "came", "came", "{now}", ids)
    yield from _section(changes, "went", "went", "{before}", ids)
    if corpus.rows.different:
        yield f"{corpus.rows.different:>{COUNT},}  differ in something"
    for name in sorted({change.what for change in changes} - {"came", "went"}):
        least, most = corpus.rows.weights
        range_words = f" (times {least:.3g} to {most:.3g})" if name == "weight" else ""
        yield from _section(changes, name, f"another {name}{range_words}", "{before} -> {now}" if name in WORDS else "", ids)
    if corpus.quick:
        yield "  image bytes were not read (--quick): pictures were compared by size and pHash"


def _section(changes: Changes, what: str, head: str, way: str, ids: int) -> Iterator[str]:
    """All changes of a kind, then each way of it with its sources and a few ids."""
    of_kind = {change: counted for change, counted in changes.items() if change.what == what}
    if not of_kind:
        return
    total = f"{_count(of_kind):>{COUNT},}  {head}"
    if not way:
        yield f"{total}  {_sources(of_kind, ids)}"
        return
    ways: dict[str, dict[Change, Counted]] = {}
    for change, counted in of_kind.items():
        ways.setdefault(way.format(before=change.before or "none", now=change.now or "none"), {})[change] = counted
    yield total
    ordered = sorted(ways.items(), key=lambda item: (-_count(item[1]), item[0]))
    for words, each in ordered[:WAYS]:
        yield f"{_count(each):>{COUNT},}      {words}  {_sources(each, ids)}"
    if rest := ordered[WAYS:]:
        count = sum(_count(each) for _, each in rest)
        yield f"{count:>{COUNT},}      in {len(rest):,} more {'way' if len(rest) == 1 else 'ways'} (--json has them all)"


def _count(changes: Changes) -> int:
    return sum(counted.count for counted in changes.values())


def _sources(changes: Changes, ids: int) -> str:
    """'[slake 20, roco 7] slake/1 slake/2 roco/7'"""
    counts: dict[str, int] = {}
    for change, counted in changes.items():
        counts[change.source] = counts.get(change.source, 0) + counted.count
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = SOURCES if len(ordered) > SOURCES + 1 else len(ordered)
    told = [f"{source} {count:,}" for source, count in ordered[:shown]]
    told += [f"{len(ordered) - shown} other sources {sum(count for _, count in ordered[shown:]):,}"] if ordered[shown:] else []
    return " ".join([f"[{', '.join(told)}]", *sorted(id for counted in changes.values() for id in counted.ids)[:ids]])


def _end(difference: Difference) -> str:
    if not difference.equal:
        return "=> different"
    same = "the same samples, verdicts and rows" if difference.fates else "the same rows"
    return f"=> equal: {same}"
