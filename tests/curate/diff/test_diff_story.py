"""The lines in which a difference is told"""

import pyarrow as pa
import pytest

from curate.diff.difference import CorpusDifference, Difference, Files, Side
from curate.diff.fates import COLUMNS, Fates
from curate.diff.join import meet
from curate.diff.rows import Columns, Rows
from curate.diff.settings import Setting
from curate.diff.story import WAYS, story
from curate.diff.tally import Tally

KEPT = ("emit", "kept", "", "", "")
BALANCED = ("balance", "rejected", "not_selected", "medical: over_target; text: not_in_corpus", "")


def lost(winner, evidence="bytes"):
    return ("dedup", "rejected", "duplicate_image", evidence, winner)


def verdicts(**fates):
    rows = [dict(zip(COLUMNS, (id.replace("_", "/"), id.partition("_")[0], *fate))) for id, fate in fates.items()]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in COLUMNS]))


def fates():
    found = Fates(ids=2)
    before = verdicts(a_1=KEPT, a_2=lost("a/1"), a_3=KEPT, b_4=BALANCED, b_5=lost("a/3"), b_6=KEPT, a_9=KEPT)
    now = verdicts(
        a_1=lost("a/2"), a_2=KEPT, a_3=KEPT, b_4=lost("a/3"), b_5=lost("a/3", "phash 2"), b_6=lost("c/7"), c_7=KEPT, c_8=BALANCED
    )  # fmt: skip
    found.add(meet(before, now))
    return found


def rows():
    found = Rows(ids=1)
    tables = [
        pa.table({"id": ["a/2", "a/3"], "source": ["a", "a"], "modality": ["ct", modality], "weight": [1.0, weight], "tokens": [5, 5]})
        for modality, weight in (("ct", 1.0), ("mri", 1.5))
    ]
    found.add(meet(*tables))
    return found


def test_a_difference_is_told_in_the_order_of_its_causes():
    modalities = Tally(3)
    modalities.add("modality", pa.table({"id": ["a/3"], "source": ["a"]}), before=pa.array(["ct"]), now=pa.array(["mri"]))
    difference = Difference(
        before=Side(path="one", kind="run", recipe="default"),
        now=Side(path="two", kind="run", recipe="default"),
        settings=[
            Setting(group="recipe", name="corpora.all.balance.cap", before=1.25, now=2.0, stage="balance"),
            Setting(group="recipe", name="corpora.all.title", before=None, now="All", stage="balance"),
            Setting(group="recipe", name="corpora.new.balance.cap", before=None, now=1.25, stage="balance"),
            Setting(group="recipe", name="corpora.new.title", before=None, now="New", stage="balance"),
            Setting(group="recipe", name="corpora.old.balance.cap", before=1.25, now=None, stage="balance"),
            Setting(group="recipe", name="corpora.old.title", before="Old", now=None, stage="balance"),
            Setting(group="recipe", name="limits.min_tokens", before=10, now=None, stage="screen"),
            Setting(group="limit", name="", before=None, now=1000, stage="ingest"),
            Setting(group="manifest", name="a", before="a" * 64, now="b" * 64, stage="ingest"),
            Setting(group="manifest", name="c", before=None, now="b" * 64, stage="ingest"),
            Setting(group="version", name="tag", before=7, now=8, stage="tag"),
        ],
        unrecorded=["program"],
        corpora=[CorpusDifference(name="medical", before=2, now=2, rows=rows(), columns=Columns(both=("id",), now=("choices",)))],
        files=[Files(source="c", came=2, resized=1)],
        fates=fates(),
        modalities=modalities,
    )
    assert list(story(difference, ids=2)) == [
        "before   one  (run by recipe default: 7 samples, 4 kept)",
        "now      two  (run by recipe default: 8 samples, 3 kept)",
        "",
        "What differs between the two runs",
        "  recipe corpora.all.balance.cap: 1.25 -> 2.0   (read by balance)",
        "  recipe corpora.all.title: none -> All   (read by balance)",
        "  recipe corpora.new: new, 2 fields",
        "  recipe corpora.old: gone, 2 fields",
        "  recipe limits.min_tokens: 10 -> none   (read by screen)",
        "  limit: none -> 1000   (read by ingest)",
        "  manifest a: changed   (read by ingest)",
        "  source c: read now, not before",
        "  version tag: 7 -> 8",
        "  files of c: 2 came, 1 of another size",
        "  not known of one of them, and not compared: program",
        "",
        "Samples: 1 with the verdict they had",
        "         2  came",
        "         1      balance: not_selected (medical: over_target; text: not_in_corpus)  [c 1] c/8",
        "         1      kept  [c 1] c/7",
        "         1  went",
        "         1      kept  [a 1] a/9",
        "         2  kept before, rejected now",
        "         2      by dedup: duplicate_image  [a 1, b 1] a/1 b/6",
        "         1  rejected before, kept now",
        "         1      was rejected by dedup: duplicate_image  [a 1] a/2",
        "         1  rejected for another reason",
        "         1      balance: not_selected (medical: over_target; text: not_in_corpus) -> dedup: duplicate_image  [b 1] b/4",
        "         1  rejected as before, on other evidence",
        "         1      dedup: duplicate_image  [b 1] b/5",
        "         2  among copies: kept before, gives way now",
        "         1      the one that stays is new  [b 1] b/6",
        "         1      the two changed places  [a 1] a/1",
        "         1  among copies: gave way before, stays now",
        "         1      the two changed places  [a 1] a/2",
        "",
        "Modality, of samples that both runs tagged",
        "         1  another",
        "         1      ct -> mri  [a 1] a/3",
        "",
        "Corpus medical: 2 rows before, 2 rows now; 1 as before",
        "  columns that are new: choices",
        "         1  differ in something",
        "         1  another modality",
        "         1      ct -> mri  [a 1] a/3",
        "         1  another weight (times 1 to 1.5)  [a 1] a/3",
        "",
        "=> different",
    ]


@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (5, "[s0 5, s1 4, s2 3, s3 2, s4 1] s0/1"),
        (6, "[s0 6, s1 5, s2 4, s3 3, 2 other sources 3] s0/1"),
    ],
)
def test_many_sources_are_told_by_the_largest(count, wanted):
    tally = Tally(1)
    for place in range(count):
        ids = [f"s{place}/{number}" for number in range(1, count - place + 1)]
        tally.add("text", pa.table({"id": ids, "source": [f"s{place}"] * len(ids)}))
    rows = Rows(ids=1)
    rows.changed = tally
    sides = (Side(path=path, kind="corpus", recipe="") for path in "ab")
    corpus = CorpusDifference(name="medical", before=99, now=99, rows=rows, quick=True)
    lines = list(story(Difference(before=next(sides), now=next(sides), settings=[], unrecorded=[], corpora=[corpus]), ids=1))
    assert lines[0] == "before   a  (corpus by recipe unknown)"
    assert lines[-4] == f"{tally.total():>10}  another text  {wanted}"
    assert lines[-3] == "  image bytes were not read (--quick): pictures were compared by size and pHash"


def test_ways_that_are_too_many_to_tell_are_counted():
    modalities = Tally(3)
    for number in range(WAYS + 1):
        rows = pa.table({"id": [f"a/{number}"], "source": ["a"]})
        modalities.add("modality", rows, before=pa.array(["ct"]), now=pa.array([f"m{number:02}"]))
    sides = {"before": Side(path="one", kind="run", recipe="r"), "now": Side(path="two", kind="run", recipe="r")}
    told = list(story(Difference(**sides, settings=[], unrecorded=[], corpora=[], files=[], fates=None, modalities=modalities), ids=1))
    assert told[told.index("Modality, of samples that both runs tagged") + WAYS + 1 :][:2] == [
        "         1      ct -> m11  [a 1] a/11",
        "         1      in 1 more way (--json has them all)",
    ]
