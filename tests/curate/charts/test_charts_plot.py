"""The plot of a card: a file that stands by itself, the same on every machine"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from curate.charts import vega
from curate.charts.plot import DARK, LIGHT, ROW, WIDTH, Share, balance_plot

SVG = "{http://www.w3.org/2000/svg}"
SHARES = (
    Share(name="X-ray", before=0.4, after=0.2, target=0.25, weighted=0.25),
    Share(name="CT", before=0.6, after=0.8, target=0.75),
    Share(name="PET", before=0, after=0, target=None),
    Share(name="Text, no image", before=0.1, after=0.12, outside=True),
)


def drawn(*shares: Share) -> Element:
    return fromstring(balance_plot(shares))


def bars(svg: Element) -> list[tuple[str, str, float, float]]:
    """Class, title, top and length of each bar."""
    found = [(path, re.fullmatch(r"M0,([\d.]+)h([\d.]+)v[\d.]+h-[\d.]+Z", path.get("d", ""))) for path in svg.iter(f"{SVG}path")]
    return [(path.get("class", ""), path.findtext(f"{SVG}title") or "", float(bar[1]), float(bar[2])) for path, bar in found if bar]


def test_bars_are_as_long_as_shares_and_targets_stand_where_they_are_wanted() -> None:
    svg = drawn(*SHARES)
    assert [(ink, title, length) for ink, title, _, length in bars(svg)] == [
        ("before", "X-ray: 40.0 % entering balance", pytest.approx(0.5 * WIDTH)),
        ("after", "X-ray: 20.0 % in the corpus, 25.0 % as weighted", pytest.approx(0.25 * WIDTH)),
        ("before", "CT: 60.0 % entering balance", pytest.approx(0.75 * WIDTH)),
        ("after", "CT: 80.0 % in the corpus", pytest.approx(WIDTH)),
        ("before", "Text, no image: 10.0 % entering balance", pytest.approx(0.125 * WIDTH)),
        ("after", "Text, no image: 12.0 % in the corpus", pytest.approx(0.15 * WIDTH)),
    ]
    targets = [path for path in svg.iter(f"{SVG}path") if path.get("class") == "target"]
    places = [re.fullmatch(r"M([\d.]+),-?[\d.]+h0v26h0Z", path.get("d", "")) for path in targets]
    assert [float(place[1]) for place in places if place] == pytest.approx([0.3125 * WIDTH, 0.9375 * WIDTH])
    assert [line.findtext(f"{SVG}title") for line in targets] == ["X-ray: 25.0 % target", "CT: 75.0 % target"]


def test_every_row_has_its_name_and_its_numbers_beside_its_bars() -> None:
    svg = drawn(*SHARES)
    names = [(text.text, float(text.get("y", ""))) for text in svg.iter(f"{SVG}text") if text.get("class") == "name"]
    assert names == [(share.name, ROW * place + 19) for place, share in enumerate(SHARES)]
    assert [text.text for text in svg.iter(f"{SVG}text") if text.get("class") == "soft"][-4:] == [
        "20.0 % of 25.0 % wanted", "80.0 % of 75.0 % wanted", "0.0 %", "12.0 % of all",
    ]  # fmt: skip
    assert [round(2 * top / ROW) for _, _, top, _ in bars(drawn(*SHARES[:2]))] == [0, 1, 2, 3]  # one below the other


def test_a_screen_reader_is_told_every_number() -> None:
    svg = fromstring(balance_plot(SHARES[:2], title="Modalities of a"))
    assert (svg.get("role"), svg.get("aria-labelledby")) == ("img", "title told")
    assert (svg.findtext(f"{SVG}title"), svg.findtext(f"{SVG}desc")) == (
        "Modalities of a", "X-ray 40.0 % entering, 20.0 % of 25.0 % wanted; CT 60.0 % entering, 80.0 % of 75.0 % wanted",
    )  # fmt: skip


def test_every_mark_has_its_light_colours_and_the_style_sheet_the_dark_ones() -> None:
    svg = drawn(*SHARES)
    painted = [element for element in svg.iter() if element.get("class")]
    assert {element.get("class") for element in painted} == set(LIGHT) == set(DARK)
    assert [element for element in painted if not LIGHT[element.get("class", "")].items() <= element.attrib.items()] == []
    style = svg.findtext(f"{SVG}style") or ""
    assert re.findall(r"\.(\w+) { ([^}]*) }", style) == [
        (ink, "; ".join(f"{name}: {value}" for name, value in colours.items())) for ink, colours in DARK.items()
    ]


def test_nothing_in_it_runs_or_is_loaded() -> None:
    hostile = "</text><script>alert(1)</script>"
    svg = drawn(Share(name=hostile, before=0.5, after=0.5))
    drawn_with = {"svg", "title", "desc", "style", "rect", "g", "line", "path", "text"}
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} == drawn_with
    text = balance_plot(SHARES).decode()
    assert "url(" not in text
    assert re.findall(r"https?:[^\"]*", text) == ["http://www.w3.org/2000/svg"]


def test_no_font_of_the_machine_moves_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    plot = balance_plot(SHARES)
    monkeypatch.setattr(vega, "QUIET", {**vega.QUIET, "axis": {"labelFont": "monospace", "labelFontSize": 60}})
    assert balance_plot(SHARES) == plot


def test_no_share_at_all_is_an_empty_sheet() -> None:
    assert bars(drawn()) == []
