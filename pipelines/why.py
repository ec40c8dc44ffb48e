"""OUT and an id -> the story of a sample or an image, told from the tables of its bucket; no text that was read is printed"""

from __future__ import annotations

import bisect
import difflib
import sys
from collections.abc import Iterable, Iterator

from curate.report.page import legible
from pipelines.history import History, recipe_of
from pipelines.image_story import Told, image_story
from pipelines.place import place
from pipelines.run import read_run
from pipelines.sample_story import sample_story
from pipelines.shipped import ids_in
from pipelines.together import together

ENOUGH = 20_000  # ids among which near ones are looked for
END = "=>"


def print_why(id: str, *, out: str, recipe: str | None) -> int:
    """Print the story of `id`; 2 if OUT knows no such sample or image. Raises UsageError if OUT holds several recipes and none is named."""
    history = History(out=out, buckets=int(read_run(out)["buckets"]), recipe=recipe_of(out, recipe))
    lines = list(_lines(sample_story(history, id) or image_story(history, id)))
    if not lines:
        near = near_ids(history, id)
        known = f"near it: {', '.join(near)}" if near else f"sources here: {', '.join(sources(history)) or 'none'}"
        print(f"error: {id}: no sample and no image of that id in {out}; {known}", file=sys.stderr)
        return 2
    print("\n".join(legible(line) for line in lines))
    return 0


def _lines(told: Iterable[Told]) -> Iterator[str]:
    """The stage beside its first sentence; a file's name may hold what a terminal obeys."""
    for number, (stage, sentence) in enumerate(told):
        yield sentence if not number else f"{END} {sentence}" if stage == END else f"  {stage:<8} {sentence}"


def near_ids(history: History, id: str) -> list[str]:
    """Ids of the same source that are written almost alike."""
    index, source = history.index("ingest", decided=False), id.partition("/")[0]
    files = [
        place(history.out, entry.path)
        for entry in (index.files if index else ())
        if entry.table in ("samples", "verdicts", "images", "benchmarks")
        and entry.part.rpartition("-")[0] in (source, f"{source}@benchmark")
    ]
    ids = sorted({name for found in together(history.out, ids_in, files) for name in found})
    at = bisect.bisect(ids, id)
    around = ids if len(ids) <= ENOUGH else ids[max(0, at - ENOUGH // 2) : at + ENOUGH // 2]
    return difflib.get_close_matches(id, around, 5)


def sources(history: History) -> list[str]:
    index = history.index("ingest", decided=False)
    return sorted({entry.part.rpartition("-")[0] for entry in (index.files if index else ())})
