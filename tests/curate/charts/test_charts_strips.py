"""Strips: as long as their numbers, one for each row, without a colour, a font or a text of their own"""

from __future__ import annotations

import random
import re
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from curate.charts import vega
from curate.charts.strips import LEAST, WIDTH, Segment, Strip, Strips, Tick, draw_strips, visible

BAR = re.compile(r"M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)h-\3Z")


def bars(strip: str) -> list[tuple[str, float, float]]:
    """Class, where it begins and how long it is, of every bar."""
    found = [(path.get("class", ""), BAR.fullmatch(path.get("d", ""))) for path in fromstring(strip).iter("path")]
    return [(ink, float(bar[1]), float(bar[3])) for ink, bar in found if bar]


def one(*sizes: float, end: float, **how: object) -> Strips:
    return draw_strips([Strip(lanes=(tuple(Segment(size=size, ink="kept") for size in sizes),))], end=end, **how)  # type: ignore[arg-type]


def test_a_strip_is_written_to_the_letter() -> None:
    lane = (Segment(size=0.3, ink="kept", title="a < b"), Segment(size=0.1, ink="gone"))
    row = Strip(lanes=(lane,), ticks=(Tick(at=0.2, ink="target"),), label="A & B")
    drawn = draw_strips([row], end=0.4, height=10, axis="share")
    assert drawn.rows == (
        '<svg class="bar strip" viewBox="0 0 400 10" preserveAspectRatio="none" width="100%" height="10" role="img" aria-label="A &amp; B">'
        '<line class="zero" x1="0" x2="0" y1="0" y2="10" /><line class="grid" x1="100" x2="100" y1="0" y2="10" />'
        '<line class="grid" x1="200" x2="200" y1="0" y2="10" /><line class="grid" x1="300" x2="300" y1="0" y2="10" />'
        '<line class="grid" x1="400" x2="400" y1="0" y2="10" />'
        '<path class="kept" d="M0,0h300v10h-300Z"><title>a &lt; b</title></path><path class="gone" d="M300,0h100v10h-100Z" />'
        '<line class="halo" transform="translate(200,0)" x2="0" y2="10" />'
        '<line class="target" transform="translate(200,0)" x2="0" y2="10" /></svg>',
    )
    assert re.findall(r'x="([\d.]+%)" y="11" text-anchor="(\w+)">([^<]*)', drawn.axis) == [
        ("0%", "start", "0 %"), ("25%", "middle", "10 %"), ("50%", "middle", "20 %"), ("75%", "middle", "30 %"), ("100%", "end", "40 %"),
    ]  # fmt: skip


def test_every_bar_is_as_long_as_its_number_and_begins_where_the_one_before_ends() -> None:
    draw = random.Random(7)
    rows = [[draw.randint(20, 400) for _ in range(draw.randint(1, 6))] for _ in range(30)]
    end = max(map(sum, rows))
    drawn = draw_strips([Strip(lanes=(tuple(Segment(size=size, ink="kept") for size in row),)) for row in rows], end=end)
    for row, strip in zip(rows, drawn.rows, strict=True):
        begins = [sum(row[:place]) for place in range(len(row))]
        wanted = [("kept", WIDTH * begin / end, WIDTH * size / end) for begin, size in zip(begins, row)]
        assert [bar[0] for bar in bars(strip)] == [bar[0] for bar in wanted]
        assert [number for bar in bars(strip) for number in bar[1:]] == pytest.approx([n for bar in wanted for n in bar[1:]], abs=0.02)


def test_what_is_there_is_seen_and_the_whole_stays_as_long() -> None:
    assert visible([0, 999_999, 1], 1_000_000) == [0.0, 1_000_000 - LEAST * 1_000_000, LEAST * 1_000_000]
    assert visible([1, 1], 1_000_000) == [LEAST * 1_000_000] * 2  # nothing can give: longer than they are, but seen
    assert visible([], 10) == []
    assert [(bar[1], bar[2]) for bar in bars(one(999_999, 1, end=1_000_000).rows[0])] == [(0, 397.6), (397.6, 2.4)]


def test_lanes_lie_one_below_the_other_and_share_the_scale() -> None:
    row = Strip(lanes=tuple((Segment(size=size, ink=ink),) for size, ink in ((1, "before"), (2, "entering"), (4, "end"))))
    strip = draw_strips([row], end=4, height=30).rows[0]
    tops = [float((path.get("d") or "")[1:].split("h")[0].split(",")[1]) for path in fromstring(strip).iter("path")]
    assert [(bar[0], bar[2]) for bar in bars(strip)] == [("before", 100), ("entering", 200), ("end", 400)]
    assert tops == sorted(tops)
    assert len(set(tops)) == 3


def test_a_row_without_anything_keeps_its_place() -> None:
    empty, full = Strip(lanes=((),)), Strip(lanes=((Segment(size=3, ink="end"),),))
    drawn = draw_strips([empty, full, empty, Strip(lanes=())], end=3)
    assert [bars(row) for row in drawn.rows] == [[], [("end", 0, WIDTH)], [], []]


def test_more_rows_than_ten_keep_their_order() -> None:
    drawn = draw_strips([Strip(lanes=((Segment(size=place, ink="end"),),)) for place in range(1, 26)], end=25)
    assert [bars(row)[0][2] for row in drawn.rows] == [16.0 * place for place in range(1, 26)]


def test_nothing_to_draw_is_no_markup() -> None:
    assert draw_strips([], end=10) == Strips()
    assert draw_strips([Strip(lanes=((),))] * 2, end=0) == Strips(rows=("", ""))


def test_rates_stand_in_powers_of_ten() -> None:
    drawn = draw_strips([Strip(lanes=(), ticks=(Tick(at=at, ink="speed"),)) for at in (1, 10, 1000)], end=10_000, start=1, axis="rate")
    places = [line.get("transform") for row in drawn.rows for line in fromstring(row) if line.get("class") == "speed"]
    assert places == ["translate(0,0)", "translate(100,0)", "translate(300,0)"]
    assert re.findall(r">([^<]+)</text>", drawn.axis) == ["1", "10", "100", "1k", "10k"]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [(0.1, 1.0, "0.1 1"), (0.1, 1000.0, "0.1 1 10 100 1k"), (1.0, 1e6, "1 100 10k 1M"), (10.0, 1e10, "10 10k 10M 10G")],
)
def test_a_scale_of_rates_has_five_labels_at_most(start: float, end: float, said: str) -> None:
    axis = draw_strips([Strip(lanes=(), ticks=(Tick(at=start, ink="speed"),))], start=start, end=end, axis="rate").axis
    assert re.findall(r">([^<]+)</text>", axis) == said.split()


def test_lines_stand_where_their_numbers_are_and_not_on_whole_pixels() -> None:
    drawn = one(663, end=663)
    assert [line.get("x1") for line in fromstring(drawn.rows[0]).iter("line")] == ["0", "120.66", "241.33", "361.99"]
    assert re.findall(r'x="([\d.]+)%"[^>]*>([^<]+)', drawn.axis) == [("0", "0"), ("30.17", "200"), ("60.33", "400"), ("90.5", "600")]


def test_no_font_leaves_a_label_out(monkeypatch: pytest.MonkeyPatch) -> None:
    axis = one(663, end=663).axis
    monkeypatch.setattr(vega, "QUIET", {**vega.QUIET, "axis": {"labelFont": "monospace", "labelFontSize": 90}})
    assert one(663, end=663).axis == axis


def test_what_is_not_ruled_has_marks_alone() -> None:
    assert {mark.tag for mark in fromstring(one(1, end=2, ruled=False).rows[0])} == {"path"}


def test_a_row_that_its_cells_tell_is_silent_and_any_other_speaks() -> None:
    silent, spoken = (fromstring(row) for row in draw_strips([Strip(lanes=((),)), Strip(lanes=((),), label="X-ray")], end=1).rows)
    assert (silent.get("aria-hidden"), silent.get("role"), silent.get("aria-label")) == ("true", None, None)
    assert (spoken.get("aria-hidden"), spoken.get("role"), spoken.get("aria-label")) == (None, "img", "X-ray")


def test_what_a_title_says_is_text_and_vega_never_sees_it() -> None:
    hostile = '</title><script>alert(1)</script>{"signal": "datum"}&amp;\'"'
    strip = draw_strips([Strip(lanes=((Segment(size=1, ink="end", title=hostile),),), label=hostile)], end=1).rows[0]
    svg: Element = fromstring(strip)
    assert [element.tag for element in svg.iter() if element.tag not in ("svg", "line", "path")] == ["title"]
    assert svg.findtext("path/title") == svg.get("aria-label") == hostile


def test_no_mark_carries_a_colour_or_a_font() -> None:
    row = Strip(lanes=((Segment(size=1, ink="end"),),), ticks=(Tick(at=0.5, ink="target"),))
    drawn = draw_strips([row], end=1)
    named = {name for each in (*drawn.rows, drawn.axis) for element in fromstring(each).iter() for name in element.attrib}
    frame, geometry = "class viewBox preserveAspectRatio width height aria-hidden", "x y x1 x2 y1 y2 d transform text-anchor"
    assert named <= {*frame.split(), *geometry.split()}
