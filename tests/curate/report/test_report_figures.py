"""Every figure equals what one counts by hand on small tables"""

from __future__ import annotations

import ast
import dataclasses
import json
from collections import Counter
from pathlib import Path

import pyarrow as pa

from curate.identifiers.kinds import KINDS
from curate.report.balanced import WHY, ModalityRow, balance_figures
from curate.report.counts import Bucket, Counts, bin_label, count_bucket, total
from curate.report.facts import BenchmarkFacts, CellFacts, CorpusFacts, FeedFacts, FileFault, FixFacts, RunFacts, ShieldFacts, SourceFacts
from curate.report.figures import (
    Figures,
    ImageRow,
    ReasonRow,
    SourceRow,
    Step,
    TermRow,
    TextRow,
    WindowRow,
    draw_figures,
    to_json,
)
from curate.report.reasons import MEANINGS, meaning
from curate.report.tagging import DecidedRow, Disagreement, SeenRow, tagging_figures
from curate.report.texts import MEANINGS as TEXT_MEANINGS
from curate.report.texts import Noted, NotedRow, noted_rows
from curate.report.tokens import TokenBin
from curate.screen.steps import STEPS
from tests.curate.report.rows import choice, choices, kept, rejected, samples, verdicts

FINAL = verdicts(
    rejected("a/0", "ingest", "image_missing"),
    rejected("a/1", "screen", "caption_too_short"),
    rejected("a/2", "screen", "caption_too_short"),
    rejected("a/3", "screen", "image_blank"),
    rejected("a/4", "shield", "shield_image", evidence="vqa_rad: bytes", winner="vqa_rad@benchmark/7"),
    kept("a/5"),
    kept("b/1"),
    rejected("b/2", "dedup", "duplicate_image", winner="a/5"),
    rejected("b/3", "balance", "not_selected"),
)
SAMPLES = samples(
    *(f"a/{n}" for n in range(1, 6)), "b/1", "b/2", "b/3",
    modality=["xray", "xray", "ct", "xray", "xray", None, None, None],
    license=["CC0-1.0"] * 5 + ["unknown"] * 3,
    access=["open"] * 5 + ["registered"] * 3,
    task=["caption"] * 5 + ["vqa"] * 3,
    images=[["a/1.png"]] * 5 + [["b/1.png"], ["b/2.png"], []],
)  # fmt: skip
SELECTION = choices(
    choice("medical", "a/5"), choice("medical", "b/1", modality="ct", split="validation"), choice("medical", "b/3", "over_target")
)
TOKENS = pa.table({"id": ["a/4", "a/5", "b/1", "b/2", "b/3"], "tokens": [1, 3, 2, 900, 5000]})
TAGGED = pa.table(
    {
        "id": ["a/4", "b/1", "a/5"],
        "modality": ["xray", "ct", "xray"],
        "by": ["declared", "caption", "declared"],
        "seen": ["xray", "", "ct"],
        "figure_type": ["", "", ""],
        "against": ["", "", "caption mri; pixels ct 0.97"],
    }
)
HU = {"low": -160.0, "high": 240.0, "by": "ct default"}
IMAGES = pa.table(
    {
        "source": ["a", "a", "a", "b", "b", "vqa_rad@benchmark"],
        "reason": pa.array([None, "truncated", "corrupt", "truncated", None, "corrupt"], pa.string()),
        "window": pa.array([HU, None, None, None, HU, HU], pa.struct({"low": pa.float64(), "high": pa.float64(), "by": pa.string()})),
        "text_by": ["text_v1", "", "", "text_v1", "text_v1", "text_v1"],
        "text": pa.array([[1, 2], [], [], [], [3], [4]]),
    }
)
BUCKET = Bucket(images=IMAGES, verdicts=FINAL, samples=SAMPLES, selection=SELECTION, tokens=TOKENS, tagged=TAGGED)

CELLS = (
    CellFacts(name="xray", outside=False, supply=2, selected=1, target=0.5, weighted=0.5, shortfall=0.0),
    CellFacts(name="ct", outside=False, supply=1, selected=1, target=0.5, weighted=0.5, shortfall=0.25),
    CellFacts(name="text", outside=True, supply=2, selected=2, target=None, weighted=0.5, shortfall=0.0),
)
RUN = RunFacts(
    recipe="default",
    title="Medical",
    out="/corpus",
    inputs={"a": 6, "b": 3},
    sources=(
        SourceFacts(id="a", title="Set A", published=10, license="CC0-1.0"),
        SourceFacts(id="b", title="Set B", incomplete="b.zip ends early"),
        SourceFacts(id="c", title="Set C", tasks=("qa",), published=5, missing=True),
    ),
    benchmarks=(
        BenchmarkFacts(id="vqa_rad", title="VQA-RAD", rows=451, covered=451, images=203, state="shielded"),
        BenchmarkFacts(id="cmb", title="CMB", rows=9, covered=8, questions=8, state="partly", why="without keys or questions: 1 of 9 rows"),
        BenchmarkFacts(id="mmlu", title="MMLU", rows=7, why="without keys or images: 7 of 7 rows"),
        BenchmarkFacts(id="cmexam", title="CMExam", why="not on disk; none of its keys is published"),
        BenchmarkFacts(id="slake", title="SLAKE", why="not on disk; none of its keys is published"),
    ),
    shields=(ShieldFacts(benchmark="vqa_rad", source="a", rule="bytes", count=1),),
    corpora=(CorpusFacts(name="medical", sizes={"cap": 2, "strict": 2}, binds=("ct",), cells=CELLS),),
    faults=(FileFault(source="b", file="b.zip", found="end of file", wanted="zip"),),
)


def figures() -> Figures:
    return draw_figures(count_bucket(BUCKET), RUN)


def test_the_headline_counts_inputs_kept_and_rejected_and_names_what_is_incomplete() -> None:
    head = figures().headline
    assert (head.inputs, head.kept, head.rejected, head.fault_count) == (9, 2, 7, 1)
    assert [source.id for source in head.incomplete] == ["b"]
    assert [source.id for source in head.missing] == ["c"]


def test_the_waterfall_loses_at_each_stage_what_that_stage_rejected() -> None:
    assert figures().waterfall == (
        Step(stage="ingest", entering=9, rejected=1, kept=8, reasons=(("image_missing", 1),)),
        Step(stage="screen", entering=8, rejected=3, kept=5, reasons=(("caption_too_short", 2), ("image_blank", 1))),
        Step(stage="shield", entering=5, rejected=1, kept=4, reasons=(("shield_image", 1),)),
        Step(stage="dedup", entering=4, rejected=1, kept=3, reasons=(("duplicate_image", 1),)),
        Step(stage="balance", entering=3, rejected=1, kept=2, reasons=(("not_selected", 1),)),
    )


def test_a_source_has_its_counts_its_reasons_and_its_terms() -> None:
    assert figures().sources == (
        SourceRow(
            id="a", title="Set A", tasks=("caption",), modalities=(("xray", 4), ("ct", 1), ("unknown", 1)), published=10, found=6, kept=1,
            rejected=5, reasons=(("caption_too_short", 2), ("image_blank", 1), ("image_missing", 1), ("shield_image", 1)),
            licenses=(("CC0-1.0", 5),), access="open", incomplete="", missing=False,
        ),
        SourceRow(
            id="b", title="Set B", tasks=("vqa",), modalities=(("unknown", 2), ("text", 1)), published=None, found=3, kept=1, rejected=2,
            reasons=(("duplicate_image", 1), ("not_selected", 1)), licenses=(("unknown", 3),), access="registered",
            incomplete="b.zip ends early", missing=False,
        ),
        SourceRow(
            id="c", title="Set C", tasks=("qa",), modalities=(), published=5, found=0, kept=0, rejected=0, reasons=(),
            licenses=(("unknown", 0),), access="open", incomplete="", missing=True,
        ),
    )  # fmt: skip


def test_reasons_stand_in_the_order_of_stages_with_their_share_of_all_rejected() -> None:
    rows = figures().reasons
    assert [(row.stage, row.reason, row.count) for row in rows] == [
        ("ingest", "image_missing", 1),
        ("screen", "caption_too_short", 2),
        ("screen", "image_blank", 1),
        ("shield", "shield_image", 1),
        ("dedup", "duplicate_image", 1),
        ("balance", "not_selected", 1),
    ]
    assert rows[1] == ReasonRow(
        stage="screen",
        reason="caption_too_short",
        count=2,
        share=2 / 7,
        meaning="Its caption has fewer tokens than the limit.",
        sources=(("a", 2),),
    )


def test_the_shield_counts_benchmark_source_and_rule_and_names_what_was_not_shielded() -> None:
    drawn = figures()
    assert drawn.shields == (ShieldFacts(benchmark="vqa_rad", source="a", rule="bytes", count=1),)
    assert [benchmark.id for benchmark in drawn.unshielded] == ["mmlu", "cmexam", "slake"]


def test_images_that_were_shown_by_a_window_are_counted_by_who_says_so_without_those_of_benchmarks() -> None:
    assert figures().windows == (WindowRow(by="ct default", count=2, sources=(("a", 1), ("b", 1))),)


def test_images_in_whose_pixels_text_was_looked_for_are_counted_by_source_and_those_that_ship_blanked() -> None:
    pictures = pa.table({"id": ["b/1", "b/2"], "pictures": [[{"blanked": [5]}, {"blanked": [6, 7]}], [{"blanked": []}]]})
    drawn = draw_figures(count_bucket(dataclasses.replace(BUCKET, pictures=pictures)), RUN)
    assert drawn.texts == (
        TextRow(source="a", by="text_v1", looked=1, found=1, blanked=0),
        TextRow(source="b", by="text_v1", looked=2, found=1, blanked=2),
    )
    assert figures().texts[1] == TextRow(source="b", by="text_v1", looked=2, found=1, blanked=0)


def test_what_screen_noted_of_texts_is_counted_by_word_over_sources() -> None:
    noted = [Noted(source="b", word="date", samples=2, count=5), Noted(source="a", word="date", samples=3, count=3),
             Noted(source="a", word="name", samples=5, count=6)]  # fmt: skip
    assert noted_rows(noted) == (
        NotedRow(word="date", meaning="dates finer than a year", samples=5, count=8, sources=(("a", 3), ("b", 2))),
        NotedRow(word="name", meaning="names of persons", samples=5, count=6, sources=(("a", 5),)),
    )


def test_every_step_and_every_kind_of_identifier_is_explained() -> None:
    assert set(TEXT_MEANINGS) == {*(step.__name__ for step in STEPS), *KINDS}


def test_images_that_cannot_be_used_are_counted_by_reason_without_those_of_benchmarks() -> None:
    drawn = figures()
    assert drawn.image_count == 5
    assert drawn.images == (
        ImageRow(reason="truncated", count=2, meaning="The image file ends before its pixels do.", sources=(("a", 1), ("b", 1))),
        ImageRow(reason="corrupt", count=1, meaning="The image file is damaged.", sources=(("a", 1),)),
    )


def test_rejected_images_are_told_apart_by_their_own_reason_and_a_file_name_makes_no_reason() -> None:
    final = verdicts(
        rejected("a/1", "screen", "image_rejected", evidence="a/1.png: image_too_small 40 < 64"),
        rejected("a/2", "screen", "image_rejected", evidence="a/2.png: empty_file"),
        rejected("a/3", "screen", "image_rejected", evidence="a/3.png: image_too_small 12 < 64"),
        rejected("a/4", "screen", "image_rejected", evidence="a/x: hostile_word .png: corrupt 3 bytes"),
    )
    drawn = draw_figures(count_bucket(Bucket(verdicts=final, samples=samples("a/1", "a/2", "a/3", "a/4"))), RUN)
    assert drawn.reasons[0].images == (("image_too_small", 2), ("empty_file", 1), ("other", 1))


def test_licences_and_access_are_counted_found_and_kept() -> None:
    drawn = figures()
    assert drawn.licenses == (TermRow(name="CC0-1.0", found=5, kept=1), TermRow(name="unknown", found=3, kept=1))
    assert drawn.accesses == (TermRow(name="open", found=5, kept=1), TermRow(name="registered", found=3, kept=1))


def test_tokens_fall_in_bins_that_double() -> None:
    bins = {row.label: (row.kept, row.rejected) for row in figures().tokens}
    assert {label: counts for label, counts in bins.items() if any(counts)} == {
        "1": (0, 1), "2-3": (2, 0), "512-1,023": (0, 1), "4,096+": (0, 1),
    }  # fmt: skip
    assert figures().tokens[0] == TokenBin(label="1", kept=0, rejected=1)
    assert [bin_label(number) for number in (0, 1, 2, 3, 12, 13)] == ["0", "1", "2-3", "4-7", "2,048-4,095", "4,096+"]


def test_who_said_the_modality_is_counted() -> None:
    assert figures().tagging.decided == (
        DecidedRow(by="declared", samples=2, share=2 / 3, modalities=(("xray", 2),)),
        DecidedRow(by="caption", samples=1, share=1 / 3, modalities=(("ct", 1),)),
    )


def test_what_is_seen_stands_beside_what_is_declared() -> None:
    tagging = figures().tagging
    assert tagging.seen == (
        SeenRow(declared="xray", looked=2, sure=2, seen=(("xray", 1), ("ct", 1))),
        SeenRow(declared="unknown", looked=1, sure=0, seen=()),
    )
    assert [(row.agrees, row.agreement) for row in tagging.seen] == [(1, 0.5), (0, None)]
    assert (tagging.columns, tagging.sure_share) == (("xray", "ct"), 2 / 3)
    assert tagging.disagreements == (
        Disagreement(source="a", declared="xray", by="caption", says="mri", count=1, share=0.5),
        Disagreement(source="a", declared="xray", by="pixels", says="ct", count=1, share=0.5),
    )


def test_who_decides_against_a_source_contradicts_it() -> None:
    """A recipe that trusts the evidence: then it is the source that stands against the decision."""
    said = {"id": "a/1", "modality": "mri", "by": "caption", "seen": "", "figure_type": "", "against": "declared xray; pixels xray 0.9"}
    counts = count_bucket(Bucket(verdicts=verdicts(kept("a/1")), samples=samples("a/1"), tagged=pa.Table.from_pylist([said])))
    assert counts.against == Counter({("a", "xray", "caption", "mri"): 1})


def test_figures_are_no_modality_and_those_that_nobody_could_tell_are_named() -> None:
    tagged = Counter({("a", "other", "other", "pixels", "page", "page"): 2, ("b", "unknown", "other", "", "", ""): 3})
    drawn = tagging_figures(tagged, Counter({("a", "other", "pixels", "natural image"): 1}))
    assert (drawn.figure_types, drawn.undecided) == ((("page", 2),), (("b", 3),))
    assert drawn.seen[0] == SeenRow(declared="other", looked=2, sure=2, seen=(("page", 2),))
    assert (drawn.seen[0].agrees, drawn.seen[0].is_same("page"), drawn.seen[0].is_same("ct")) == (2, True, False)
    assert [row.by for row in drawn.decided] == ["nobody", "pixels"]
    assert tagging_figures(Counter(), Counter()).seen == ()


def test_a_corpus_has_shares_among_the_twelve_before_entering_and_after() -> None:
    (corpus,) = figures().corpora
    assert (corpus.entering, corpus.after, corpus.present, corpus.shortfall, corpus.unknown) == (5, 4, 2, 1, 3)
    assert corpus.splits == (("train", 1), ("validation", 1))
    assert corpus.left_out == (("over_target", 1),)
    assert corpus.rows[0] == ModalityRow(
        modality="xray", declared=4, entering=2, after=1, declared_share=4 / 5, entering_share=2 / 3, after_share=1 / 2,
        weighted_share=0.5, target=0.5, shortfall=0,
    )  # fmt: skip
    assert [(row.modality, row.after, row.after_share, row.shortfall) for row in (*corpus.rows, *corpus.outside)] == [
        ("xray", 1, 0.5, 0),
        ("ct", 1, 0.5, 1),
        ("text", 2, 0.5, 0),
    ]


def test_counts_of_buckets_add_up_to_the_counts_of_all() -> None:
    halves = [
        Bucket(
            verdicts=FINAL.filter([(id.as_py() in ids) for id in FINAL["id"]]),
            samples=SAMPLES.filter([(id.as_py() in ids) for id in SAMPLES["id"]]),
            selection=SELECTION.filter([(id.as_py() in ids) for id in SELECTION["id"]]),
            tokens=TOKENS.filter([(id.as_py() in ids) for id in TOKENS["id"]]),
            tagged=TAGGED.filter([(id.as_py() in ids) for id in TAGGED["id"]]),
            images=IMAGES.slice(3 * at, 3),
        )
        for at, ids in enumerate(({"a/0", "a/1", "a/2", "b/1"}, {"a/3", "a/4", "a/5", "b/2", "b/3"}))
    ]
    assert total(count_bucket(half) for half in halves) == count_bucket(BUCKET)
    assert total([]) == Counts()


def test_counts_come_back_from_their_json_as_they_were() -> None:
    counts = count_bucket(BUCKET)
    assert Counts.from_plain(json.loads(json.dumps(counts.plain()))) == counts


def test_a_run_of_nothing_has_figures_too() -> None:
    drawn = draw_figures(Counts(), RunFacts(recipe="default", title="Nothing", out="/corpus"))
    assert (drawn.headline.inputs, drawn.sources, drawn.reasons, drawn.tokens) == (0, (), (), ())


def test_the_json_holds_every_figure() -> None:
    plain = json.loads(to_json(figures()))
    assert plain["headline"]["kept"] == 2
    assert plain["waterfall"][1] == {
        "stage": "screen", "entering": 8, "rejected": 3, "kept": 5, "reasons": [["caption_too_short", 2], ["image_blank", 1]],
    }  # fmt: skip
    assert set(plain) == set(Figures.__dataclass_fields__)


def test_a_word_that_nobody_explained_is_told_as_its_own_words() -> None:
    assert meaning("row_on_fire") == "Row on fire."


def test_every_reason_that_a_room_gives_is_explained() -> None:
    root = Path(__file__).parents[3]
    said = {word for folder in ("curate", "pipelines") for path in (root / folder).rglob("*.py") for word in _reasons(path)}
    assert sorted(said - set(MEANINGS)) == []


FAULTS = ("Fault", "PixelFault", "Unfit", "Absent", "ReadFault")


def _reasons(path: Path) -> set[str]:
    """First arguments of the faults of a row, an image or a file, and every `reason="..."`, as the syntax tree has them."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    named = [word.value for call in calls for word in call.keywords if word.arg == "reason"]
    first = [call.args[0] for call in calls if call.args and isinstance(call.func, ast.Name) and call.func.id in FAULTS]
    return {node.value for node in (*named, *first) if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value}


def test_what_a_mis_mapped_column_holds_is_not_counted_as_a_licence() -> None:
    found = samples("a/5", "b/1", license=["Jane Roe, 54, presents with cough", "Joe Bloggs, 31"])
    counts = count_bucket(Bucket(verdicts=verdicts(kept("a/5"), kept("b/1")), samples=found))
    assert counts.terms == {("a", "a term of its own", "open", "kept"): 1, ("b", "a term of its own", "open", "kept"): 1}


def test_a_corpus_says_why_each_modality_has_its_share_where_from_and_what_would_help() -> None:
    cut = CellFacts(
        name="ct", outside=False, supply=9, selected=5, target=0.5, weighted=0.5, shortfall=0, why="target", cut=(("over_target", 4),)
    )
    short = CellFacts(
        name="pet", outside=False, supply=3, selected=3, target=0.5, weighted=0.5, shortfall=1, why="supply", floor=4, floor_met=False
    )
    feeds = (FeedFacts(name="ct", source="a", supply=9, selected=5), FeedFacts(name="pet", source="b", supply=3, selected=3))
    fix = FixFacts(name="pet", task="", more=2, gain=5, then=("ct",))
    facts = CorpusFacts(name="medical", cells=(cut, short), feeds=feeds, fixes=(fix,), binds=("pet",))
    rows = {row.modality: row for row in balance_figures(Counts(), facts).rows}
    assert (rows["ct"].reason, rows["ct"].cut, rows["ct"].feeds, rows["ct"].fixes) == (WHY["target"], (("over_target", 4),), feeds[:1], ())
    assert (rows["pet"].reason, rows["pet"].floor_met, rows["pet"].feeds, rows["pet"].fixes) == (WHY["supply"], False, feeds[1:], (fix,))
