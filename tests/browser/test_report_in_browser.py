"""The report in a headless Chromium: nothing complained of, everything drawn, read and reached, on any screen and on paper"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curate.report.figures import Figures, to_json
from curate.report.page import page
from tests.browser.chromium import CHROMIUM, Browser, Page, browser, opened
from tests.browser.told import FALLING, INVISIBLE, OVERFLOWING, OVERPRINTED, TABLES, UNDRAWN, UNREADABLE, unlike
from tests.curate.report.generated import generated_figures

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (nor CHROME_PATH): the page is opened by none")
SCREENS: dict[str, dict[str, Any]] = {
    "wide": {"width": 1400}, "dark": {"dark": True}, "beside the sections": {"width": 1241}, "window": {"width": 1024},
    "narrowest of tables": {"width": 961}, "widest of cards": {"width": 960}, "tablet": {"width": 768}, "telephone": {"width": 390},
    "narrowest": {"width": 320}, "paper": {"print": True, "width": 718}, "letter": {"print": True, "width": 740},  # within their margins
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> Figures:
    """7.2 million rows of 44 sources."""
    figures = generated_figures(editions=2)
    assert figures.headline.inputs > 5_000_000
    return figures


@pytest.fixture(scope="module")
def report(drawn: Figures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "index.html").write_text(page(drawn), encoding="utf-8")
    (folder / "figures.json").write_text(to_json(drawn), encoding="utf-8")
    return folder / "index.html"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started, opened(started, Path(__file__)):  # the first page of a process waits for the process
        yield started


@pytest.fixture(scope="module")
def page_shown(chromium: Browser, report: Path) -> Iterator[Page]:
    """Opened once, for tests that look and touch nothing."""
    with opened(chromium, report) as shown:
        yield shown


def test_the_page_opens_at_once_complains_of_nothing_and_asks_for_nothing(page_shown: Page, report: Path) -> None:
    assert report.stat().st_size < 5_000_000
    assert page_shown.seconds < 3
    assert (page_shown.complaints, page_shown.loaded) == ([], [report.as_uri()])
    assert page_shown.evaluate("document.querySelectorAll('main svg').length") > 100


@pytest.mark.parametrize("screen", SCREENS)
def test_every_chart_is_drawn_and_no_word_is_cut_off_or_overprinted(page_shown: Page, screen: str) -> None:
    page_shown.shape(**SCREENS[screen])
    page_shown.settle()
    assert page_shown.evaluate(UNDRAWN) == []
    assert page_shown.evaluate(OVERFLOWING) == []
    assert page_shown.evaluate(OVERPRINTED) == []


@pytest.mark.parametrize("screen", ["wide", "dark", "paper"])
def test_every_word_is_readable(page_shown: Page, screen: str) -> None:
    """Contrast is that of WCAG 2.2, 1.4.3: 4.5 to 1, and 3 to 1 for large letters."""
    page_shown.shape(**SCREENS[screen])
    assert page_shown.evaluate(UNREADABLE) == []


def test_a_bar_is_as_long_as_what_it_counts(page_shown: Page, drawn: Figures) -> None:
    page_shown.shape(width=1400)
    assert page_shown.evaluate(FALLING) == pytest.approx([step.kept / drawn.waterfall[0].kept for step in drawn.waterfall], abs=0.012)


def test_the_page_tells_what_the_json_holds(page_shown: Page, report: Path) -> None:
    assert unlike(page_shown.evaluate(TABLES), json.loads((report.parent / "figures.json").read_text("utf-8"))) == []


def test_the_page_is_whole_without_its_script(chromium: Browser, page_shown: Page, report: Path) -> None:
    page_shown.shape(width=1400)
    with_script = page_shown.evaluate("document.querySelector('main').innerText.length")
    bare = report.with_name("bare.html")
    bare.write_text(report.read_text("utf-8").replace("<script>", '<script type="text/plain">'), encoding="utf-8")
    with opened(chromium, bare) as shown:
        assert unlike(shown.evaluate(TABLES), json.loads((report.parent / "figures.json").read_text("utf-8"))) == []
        assert shown.evaluate("document.querySelector('main').innerText.length") > 0.98 * with_script
        assert shown.evaluate(UNDRAWN) == []


def test_the_keyboard_skips_sorts_and_filters(chromium: Browser, report: Path) -> None:
    with opened(chromium, report, height=4_000) as shown:
        shown.press("Tab")
        assert shown.evaluate("document.activeElement.innerText") == "Skip to the report"
        assert shown.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        shown.press("Enter")
        assert shown.evaluate("location.hash") == "#main"
        shown.evaluate("document.querySelector('#sources input').focus()")
        shown.type("roco")
        assert shown.evaluate("document.querySelector('#sources [role=status]').innerText") == " 4 of 44"
        assert shown.evaluate("[...document.querySelectorAll('#sources tbody tr')].filter(row => row.offsetHeight).length") == 4
        for _ in range(3):  # past the heads of Source and Published
            shown.press("Tab")
        assert shown.evaluate("document.activeElement.innerText") == "Found"
        assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        for key, sort in (("Enter", "descending"), (" ", "ascending")):
            shown.press(key)
            assert shown.evaluate("document.activeElement.closest('th').ariaSort") == sort
            found = shown.evaluate("[...document.querySelectorAll('#sources tbody tr')].map(row => Number(row.cells[2].dataset.v))")
            assert found == sorted(found, reverse=sort == "descending")


def test_every_stop_of_the_keyboard_is_seen_and_in_the_order_of_the_page(chromium: Browser, report: Path) -> None:
    with opened(chromium, report) as shown:
        stops = shown.evaluate("document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]').length")
        places: list[float] = []
        for _ in range(60):
            shown.press("Tab")
            seen = shown.evaluate(INVISIBLE)
            assert seen["visible"], seen
            places.append(seen["place"])
        assert places == sorted(places)
        assert len(set(places)) == 60 < stops


def test_a_narrow_screen_sorts_by_a_choice_and_keeps_the_table_for_a_screen_reader(chromium: Browser, report: Path) -> None:
    with opened(chromium, report, width=390) as shown:
        assert shown.evaluate("document.querySelector('#sources thead').offsetWidth") <= 1
        choice = "document.querySelector('#sources .sortby select')"
        shown.evaluate(f"{choice}.value = 'Kept', {choice}.dispatchEvent(new Event('change'))")
        kept = shown.evaluate("[...document.querySelectorAll('#sources tbody tr')].map(row => Number(row.cells[3].dataset.v))")
        assert kept == sorted(kept, reverse=True)
        cell = "document.querySelector('#sources tbody tr').cells[3]"
        assert shown.evaluate(f"[{cell}.getAttribute('role'), getComputedStyle({cell}, '::before').content]") == ["cell", '"Kept "']
        assert "Source" in shown.named("columnheader")


def test_a_screen_reader_is_told_what_each_chart_shows(page_shown: Page, drawn: Figures) -> None:
    page_shown.shape(width=1400)
    charts = page_shown.named("image")
    tables = page_shown.evaluate("[...document.querySelectorAll('table')].map(table => table.caption?.textContent.trim() ?? '')")
    headings = page_shown.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(head => Number(head.tagName[1]))")
    assert [name for name in charts if not name.strip()] == []
    assert len(charts) > 2 * len(drawn.pairs)
    assert "" not in tables
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings)), "a level of headings is left out"


def test_a_table_that_is_scrolled_is_a_region_of_its_own_name_and_a_stop_of_the_keyboard(page_shown: Page) -> None:
    """None is on any screen with letters of the usual size."""
    page_shown.shape(width=1400)
    page_shown.evaluate("document.body.style.zoom = 1.8")
    page_shown.settle()
    wide = page_shown.evaluate(OVERFLOWING)
    regions = [name for name in page_shown.named("region") if name]
    stops = page_shown.evaluate("document.querySelectorAll('.scroll[tabindex=\"0\"]').length")
    page_shown.evaluate("document.body.style.zoom = 1")
    page_shown.settle()
    assert len(regions) == len(set(regions)) > 15
    assert {*wide} - {"the page"} == {name for name in regions if name in wide}
    assert stops == len({*wide} - {"the page"}) > 0
    assert page_shown.evaluate("document.querySelectorAll('.scroll[tabindex]').length") == 0


@pytest.mark.parametrize("paper", ["paper", "letter"])
def test_paper_holds_every_number_and_every_head_and_no_control(page_shown: Page, paper: str) -> None:
    page_shown.shape(**SCREENS[paper])
    page_shown.settle()
    controls = "[...document.querySelectorAll('nav, .filter, .sortby, .skip')].filter(one => one.offsetHeight).length"
    numbers = "[...document.querySelectorAll('.numbers table, .rest table')]"
    closed = f"{numbers}.filter(table => !table.checkVisibility({{contentVisibilityAuto: true}})).length"
    headless = "[...document.querySelectorAll('thead')].filter(head => head.offsetHeight < 10).length"
    assert page_shown.evaluate(f"[{controls}, {closed}, {headless}]") == [0, 0, 0]


@pytest.mark.slow
def test_the_page_is_printed_on_few_sheets(chromium: Browser, report: Path) -> None:
    """Tables of 44 sources and 23 evaluation sets; as cards they were on 39."""
    with opened(chromium, report) as shown:
        printed = shown.pdf()
    assert printed.startswith(b"%PDF-1.")
    assert 20 < len(re.findall(rb"/Type /Page\b", printed)) < 32
