"""The page: every figure in it, nothing loaded, nothing that a name in the data could do"""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from curate.report.facts import FileFault
from curate.report.figures import to_json
from curate.report.page import legible, page
from curate.report.summary import summary
from curate.report.texts import NearFacts, NotedRow
from curate.report.wording import ceiling, duration, percent, quantity, size
from tests.curate.report.generated import generated_figures
from tests.curate.report.test_report_figures import figures

PATTERNS = ("ingest", "inspect", "screen", "rewrite", "shield", "dedup", "tag", "balance", "other")
HOSTILE = '<script>alert("1")</script>'


class Elements(HTMLParser):
    """Every element with its attributes, and the text between."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_page_holds_every_count() -> None:
    drawn = generated_figures(pairs=2)
    text = Elements(page(drawn)).text
    counts = [
        *(count for step in drawn.waterfall for count in (step.entering, step.rejected, step.kept)),
        *(count for row in drawn.sources for count in (row.found, row.kept, row.rejected)),
        *(row.count for row in drawn.reasons),
        *(row.count for row in drawn.shields),
        *(count for row in (*drawn.licenses, *drawn.accesses) for count in (row.found, row.kept)),
        *(count for corpus in drawn.corpora for row in corpus.rows for count in (row.declared, row.entering, row.after, row.shortfall)),
        *(count for bin in drawn.tokens for count in (bin.kept, bin.rejected)),
        *(time.rows for time in drawn.times),
        *dataclasses.asdict(drawn.copies).values(),
    ]
    assert [count for count in counts if f"{count:,}" not in text] == []
    assert [row.meaning for row in drawn.reasons if row.meaning not in text] == []


def test_each_proof_of_a_copy_is_counted_apart() -> None:
    text = " ".join(Elements(page(generated_figures(pairs=0))).text.split())
    assert "bytesthe same file41,117 pixelsanother file of the same pixels9,023 phashcoded or resized again." in text
    assert "Of 92,107 pairs of near pHash 73,301 were taken for one picture, 18,806 refused; 1,249 images with very many near ones" in text


def test_nothing_is_loaded_from_anywhere() -> None:
    html = page(generated_figures(pairs=2))
    elements = Elements(html)
    assert list(re.findall(r"https?:[^\s\"'<]*", html)) == []
    assert {tag for tag, attributes in elements.found if "src" in attributes} == {"img"}
    assert {(image["src"] or "").split(",")[0] for image in elements.of("img")} == {"data:image/webp;base64"}
    assert elements.of("link") == []
    assert {anchor["href"] for anchor in elements.of("a") if not (anchor["href"] or "").startswith("#")} == {"figures.json"}
    assert set(re.findall(r"url\([^)]*\)?", html)) == {"url(#hatch)", *(f"url(#hatch-{name})" for name in PATTERNS)}


def test_a_hostile_name_is_text_wherever_it_stands() -> None:
    drawn = figures()
    sources = tuple(dataclasses.replace(row, title=HOSTILE, licenses=((HOSTILE, 1),)) for row in drawn.sources)
    faults = (FileFault(source=HOSTILE, file=f"{HOSTILE}/\u202egpj.exe", found='"><img src=x>', wanted="{{ 7 * 7 }}"),)
    hostile = dataclasses.replace(drawn, title=HOSTILE, out=HOSTILE, sources=sources, faults=faults, settings=(("tokenizer", HOSTILE),))
    clean, elements = Elements(page(drawn)), Elements(page(hostile))
    assert len(elements.of("script")) == 1
    assert elements.of("img") == clean.of("img") == []
    assert "{{ 7 * 7 }}" in elements.text
    assert "\\u202egpj.exe" in elements.text
    assert "\u202e" not in elements.text


def test_only_the_page_s_own_script_may_run() -> None:
    policy = next(meta["content"] for meta in Elements(page(figures())).of("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert re.fullmatch(
        r"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-[A-Za-z0-9+/]{43}='", policy or ""
    )


def test_every_table_has_a_caption_and_every_heading_cell_a_scope() -> None:
    elements = Elements(page(generated_figures(pairs=2)))
    assert len(elements.of("table")) == len(elements.of("caption")) == 27
    assert [cell for cell in elements.of("th") if cell.get("scope") not in ("col", "row")] == []


def test_every_picture_says_what_it_shows() -> None:
    elements = Elements(page(generated_figures(pairs=2)))
    assert [image for image in elements.of("img") if not image.get("alt")] == []
    charts = [svg for svg in elements.of("svg") if svg.get("role") == "img"]
    assert [svg for svg in charts if not svg.get("aria-label")] == []
    assert len(charts) == 6 + 21 + 12 + 3 * 2  # stages and what is kept; sources; modalities; histograms, wide and narrow


def test_what_is_incomplete_stands_before_the_first_figure() -> None:
    html = page(figures())
    assert html.index("b.zip ends early") < html.index('class="tiles"')
    assert html.index("no folder of it was found") < html.index('class="tiles"')


def test_an_account_that_does_not_close_is_said_first_and_not_called_closed() -> None:
    drawn = figures()
    html = page(dataclasses.replace(drawn, headline=dataclasses.replace(drawn.headline, account=("a: 3 inputs, but ...",))))
    assert html.index("The account does not close.") < html.index("a: 3 inputs, but ...") < html.index("Incomplete.")
    assert "The account closes." not in html


def test_the_page_with_48_thumbnails_is_under_a_megabyte() -> None:
    assert len(page(generated_figures(pairs=24)).encode()) < 1_000_000


def test_the_same_figures_give_the_same_page() -> None:
    assert page(figures()) == page(figures())


def test_names_that_are_no_unicode_are_written_too() -> None:
    drawn = figures()
    odd = dataclasses.replace(drawn, faults=(FileFault(source="a", file="scan\udce9.png", found="0 bytes", wanted="PNG"),))
    assert "scan\\udce9.png" in page(odd).encode("utf-8").decode("utf-8")
    assert "scan\\udce9.png" in to_json(odd)


def test_axes_end_at_round_shares() -> None:
    assert [ceiling(share) for share in (0.0, 0.1, 0.11, 0.41, 0.95)] == [0.1, 0.1, 0.2, 0.6, 1.0]


def test_control_characters_are_shown_and_letters_of_any_script_stay() -> None:
    assert legible("röntgen 肺 \x1b[31m\u202e") == "röntgen 肺 \\u001b[31m\\u202e"


def test_numbers_are_worded_for_readers() -> None:
    assert [quantity(number) for number in (0, 9_999, 10_000, 881_250, 2_696_813, 999_950_000)] == [
        "0", "9,999", "10 k", "881 k", "2.7 M", "1,000 M",
    ]  # fmt: skip
    assert [percent(share) for share in (0, 0.0001, 0.083333, 0.99999, 1)] == ["0 %", "< 0.1 %", "8.3 %", "> 99.9 %", "100 %"]
    assert [size(count) for count in (0, 999, 1_000, 104_700_000_000)] == ["0 B", "999 B", "1 kB", "105 GB"]
    assert [duration(seconds) for seconds in (4.21, 185, 8_045)] == ["4.2 s", "3 min 05 s", "2 h 14 min"]


def test_the_summary_tells_a_person_what_there_is_and_where() -> None:
    assert summary(figures()) == "\n".join(
        [
            "Medical",
            "             9 inputs",
            "             2 kept      22.2 %",
            "             7 rejected",
            "               2 caption_too_short (screen): Its caption has fewer tokens than the limit.",
            "               1 image_missing (ingest): The row names an image that is not on disk.",
            "               1 image_blank (screen): One of its images is of a single value.",
            "               1 shield_image (shield): One of its images is in an evaluation set.",
            "               1 duplicate_image (dedup): A better sample with the same images stays in its place.",
            "               1 not_selected (balance): No corpus took it: its modality was over its share, or no corpus asks for its"
            " task or source.",
            "",
            "Corpus medical: 4 samples",
            "  X-ray                    1  ███████████████                  50.0 % of 50.0 % wanted",
            "  CT                       1  ███████████████                  50.0 % of 50.0 % wanted",
            "  Text, no image           2  ██████████████████████████████",
            "",
            "Look at:",
            "  incomplete   b: b.zip ends early",
            "  not found    c",
            "  not shielded mmlu: without keys or images: 7 of 7 rows",
            "  not shielded cmexam, slake: not on disk; none of its keys is published",
            "  partly shielded cmb: without keys or questions: 1 of 9 rows",
            "  1 file fault; the report lists them",
            "",
            "Corpus  /corpus/corpora/medical",
            "Report  /corpus/report/index.html",
        ]
    )


def text_section(**changes: object) -> str:
    html = page(dataclasses.replace(figures(), **changes))
    return " ".join(Elements(html[html.index('<section id="text"') : html.index('<section id="terms"')]).text.split())


def test_the_page_tells_what_was_done_to_texts() -> None:
    date = NotedRow(word="date", meaning="dates finer than a year", samples=1234, count=2345, sources=(("iu_xray", 1234),))
    step = NotedRow(word="drop_tags", meaning="HTML tags of layout", samples=17, count=17, sources=(("roco", 17),))
    near = NearFacts(texts=5000, exact=41, near=32, pairs=999, refused=888, crowded=7, repeated=66, kept_apart=5)
    text = text_section(cleaned=(step,), scrubbed=(date,), near_texts=near)
    assert "drop_tagsHTML tags of layout17roco 17" in text
    assert "[DATE]dates finer than a year2,3451,234iu_xray 1,234" in text
    assert "5,000 were compared; 41 are in a cluster by equal words, 32 by similarity. Of 1,887 candidate pairs 888 were not alike" in text
    assert "5 stay although" in text
    assert "66 samples say what another says of other images" in text
    assert "7 texts have so many candidates" in text


@pytest.mark.parametrize(
    ("policy", "said"),
    [("scrub", "None was found"), ("refuse", "The recipe refuses samples"), ("keep", "The recipe keeps identifiers of persons")],
)
def test_the_page_tells_the_policy_on_identifiers_where_none_was_scrubbed(policy: str, said: str) -> None:
    assert said in text_section(identifier_policy=policy)


def test_the_page_tells_of_every_benchmark_what_was_compared_and_what_was_not() -> None:
    text = page(figures())
    rows = re.findall(
        r"<small><code>(\w+)</code></small></th><td><span[^>]*>(.*?)</span>(?:<small>(.*?)</small>)?</td>((?:<td.*?</td>)+)", text
    )
    assert [(id, state, why, re.findall(r'data-v="(\d+)"', counts)) for id, state, why, counts in rows] == [
        ("vqa_rad", "✓ shielded", "", ["451", "0", "203", "0", "0"]),
        ("cmb", "! partly", "without keys or questions: 1 of 9 rows", ["9", "0", "0", "8", "0"]),
        ("mmlu", "! not shielded", "without keys or images: 7 of 7 rows", ["7", "0", "0", "0", "0"]),
        ("cmexam", "! not shielded", "not on disk; none of its keys is published", ["0", "0", "0", "0", "0"]),
        ("slake", "! not shielded", "not on disk; none of its keys is published", ["0", "0", "0", "0", "0"]),
    ]
    assert re.findall(r"<strong>Not shielded:</strong>(.*?)</p>", text) == [
        " 3 of 5 evaluation sets. Results on them may be inflated; the table says which, and why."
    ]
    assert [text.count(f"<bdi>{title}</bdi>") for title in ("MMLU", "CMExam")] == [1, 1]
