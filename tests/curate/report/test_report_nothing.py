"""What the summary says where nothing is left"""

from curate.report.counts import Counts
from curate.report.facts import CellFacts, CorpusFacts, RunFacts
from curate.report.figures import draw_figures
from curate.report.summary import summary
from schemas.modality import TWELVE


def cells(**selected: int) -> tuple[CellFacts, ...]:
    """The twelve and text; what is selected is what entered."""
    return tuple(
        CellFacts(
            name=name, outside=name == "text", supply=selected.get(name, 0), selected=selected.get(name, 0),
            target=None if name == "text" else float(name in selected), weighted=0.0, shortfall=0.0,
        )
        for name in (*TWELVE, "text")
    )  # fmt: skip


def told(counts: Counts, corpus: CorpusFacts) -> list[str]:
    facts = RunFacts(recipe="default", title="T", out="/corpus", corpora=(corpus,))
    return summary(draw_figures(counts, facts)).splitlines()


def test_an_empty_corpus_and_a_source_that_adds_nothing_are_to_be_looked_at_with_the_reason_that_took_most() -> None:
    counts = Counts()
    counts.verdicts.update(
        {("a", "ingest", "rejected", "image_missing"): 3, ("a", "screen", "rejected", "caption_too_short"): 1,
         ("b", "screen", "rejected", "caption_too_short"): 6}
    )  # fmt: skip
    lines = told(counts, CorpusFacts(name="medical", cells=cells()))
    place = lines.index("Look at:")
    assert lines[place + 1 : place + 4] == [
        "  empty        corpus medical: caption_too_short took 7 of 10",
        "  nothing kept a: image_missing took 3 of 4",
        "  nothing kept b: caption_too_short took 6 of 6",
    ]


def test_a_corpus_that_leaves_all_out_says_why_itself() -> None:
    counts = Counts()
    counts.verdicts.update({("a", "emit", "kept", ""): 5})
    counts.selection.update({("medical", "a", "xray", False, "not_in_corpus"): 5})
    entered = CellFacts(name="xray", outside=False, supply=5, selected=0, target=1.0, weighted=0.0, shortfall=0.0)
    lines = told(counts, CorpusFacts(name="medical", cells=(entered,)))
    assert "  empty        corpus medical: not_in_corpus took 5 of 5" in lines
    assert not any(line.startswith("  nothing kept") for line in lines)


def test_a_corpus_of_text_has_no_lines_for_the_twelve() -> None:
    lines = told(Counts(), CorpusFacts(name="medical", cells=cells(text=4)))
    place = lines.index("Corpus medical: 4 samples")
    assert lines[place + 1].split()[:4] == ["Text,", "no", "image", "4"]
    assert lines[place + 2] == ""


def test_a_corpus_with_an_image_has_all_twelve() -> None:
    lines = told(Counts(), CorpusFacts(name="medical", cells=cells(oct=4)))
    assert sum(line.endswith(" wanted") for line in lines) == 12
