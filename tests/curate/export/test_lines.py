"""parts of lines -> one file: every line once, and the types shown in time"""

import hashlib
import io
import json
import random
from pathlib import Path

import pytest

from curate.export.entries import as_line
from curate.export.lines import WITHIN, Lines, Part, join_lines


def parts(folder: Path, *values: list[dict]) -> list[Part]:
    made = []
    for number, held in enumerate(values):
        path = folder / f"{number}.part"
        with path.open("wb") as file:
            lines = Lines(file)
            for value in held:
                lines.add(value, as_line(value))
        assert lines.size == path.stat().st_size
        made.append(Part(path, lines.size, lines.shows))
    return made


def joined(made: list[Part], *, array: bool = False) -> bytes:
    sink = io.BytesIO()
    size, digest = join_lines(made, sink, array=array)
    data = sink.getvalue()
    assert (size, digest) == (len(data), hashlib.sha256(data).hexdigest())
    return data


def ids(data: bytes) -> list[int]:
    return [json.loads(line)["id"] for line in data.splitlines()]


def value(id: int, images=(), **fields) -> dict:
    return {"id": id, "images": list(images), "text": "x" * 1000, **fields}


def test_lines_keep_their_order_where_types_show_early(tmp_path):
    made = parts(tmp_path, [value(0), value(1, ["a"])], [], [value(2), value(3, ["b"])])
    assert ids(joined(made)) == [0, 1, 2, 3]


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_an_array_is_json_however_many_lines_it_has(tmp_path, count):
    made = parts(tmp_path, [value(number) for number in range(count)], [])
    data = joined(made, array=True)
    assert json.loads(data) == [value(number) for number in range(count)]
    assert data.count(b"\n") == count + (2 if count else 3)


def test_the_first_line_that_shows_a_type_late_goes_to_the_front(tmp_path):
    late = WITHIN // 1000 + 10
    first = [value(number, score=None) for number in range(late)]
    second = [value(late), value(late + 1, ["a"]), value(late + 2, score=0.5), value(late + 3, ["b"], score=1.5)]
    found = ids(joined(parts(tmp_path, first, second)))
    assert found == [late + 1, late + 2, *range(late + 1), late + 3]


def test_one_line_may_show_several_types(tmp_path):
    late = WITHIN // 1000 + 10
    made = parts(tmp_path, [value(number, score=None) for number in range(late)] + [value(late, ["a"], score=1.0), value(late + 1)])
    assert ids(joined(made)) == [late, *range(late), late + 1]


def test_a_line_that_begins_within_stays_and_one_that_begins_behind_moves(tmp_path):
    line = len(as_line({"id": 0, "images": [], "pad": ""}))
    for begins, moved in ((WITHIN - 1, False), (WITHIN, True)):
        opening = {"id": 0, "images": [], "pad": "x" * (begins - line)}
        folder = tmp_path / str(begins)
        folder.mkdir()
        made = parts(folder, [opening], [{"id": 1, "images": ["a"], "pad": ""}])
        assert made[0].size == begins
        assert ids(joined(made)) == ([1, 0] if moved else [0, 1])


@pytest.mark.parametrize("seed", range(20))
def test_every_line_is_there_once_and_in_order_but_for_those_that_moved(tmp_path, seed):
    chance = random.Random(seed)
    rows = [value(n, ["a"] if chance.random() < 0.004 else [], score=1.0 if chance.random() < 0.003 else None) for n in range(300)]
    cuts = sorted(chance.sample(range(301), 3))
    made = parts(tmp_path, rows[: cuts[0]], rows[cuts[0] : cuts[1]], rows[cuts[1] : cuts[2]], rows[cuts[2] :])
    found = ids(joined(made))
    assert sorted(found) == list(range(300))
    moved = [id for place, id in enumerate(found) if found[place + 1 :] and id > min(found[place + 1 :])]
    assert len(moved) <= 2
    assert [id for id in found if id not in moved] == [n for n in range(300) if n not in moved]
