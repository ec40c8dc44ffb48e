"""The bench of growth measures what it says: as many rows as told, shown as often as told; exponents of what was measured"""

import csv
import json

import pyarrow.parquet as pq
import pytest

from curate.manifest import load_manifests
from pipelines.options import MANIFESTS
from tests.bench.scale import WHOLE, Stage, exponent, figures, tables
from tests.bench.scale_made import Made, write_made


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    write_made(folder, 400, processes=1)
    return folder


def test_there_are_as_many_rows_as_are_told(made):
    data = made / "data"
    rows = 0
    for number in range(5):
        source = data / f"made_pictures_{number}"
        with (source / "captions.csv").open(newline="") as file:
            rows += len(list(csv.DictReader(file)))
        rows += len((source / "questions.jsonl").read_text().splitlines()) + pq.read_metadata(source / "labels.parquet").num_rows
    rows += sum(len((data / f"made_talks_{number}" / "talks.jsonl").read_text().splitlines()) for number in range(2))
    assert rows == Made(400).rows == 400


def test_every_picture_is_shown_32_times(made):
    lines = (made / "data" / "made_pictures_2" / "questions.jsonl").read_text().splitlines()
    shown = [json.loads(line)["image"] for line in lines]
    assert {image: shown.count(image) for image in shown} == {"0000/0.jpg": 30, "0000/1.jpg": 30}
    assert sorted(path.name for path in (made / "data" / "made_pictures_1" / "0000").iterdir()) == ["0.jpg", "1.jpg"]


def test_manifests_are_sound_and_say_how_many_rows_there_are(made):
    manifests = [each for each in load_manifests(MANIFESTS, [made / "manifests"]) if each.id.startswith("made_")]
    assert sum(sum(each.published_rows.values()) for each in manifests if each.kind == "source") == 400
    assert [each.published_rows for each in manifests if each.kind == "benchmark"] == [{"test": 4}]


def stage(seconds: float, peak: int = 1 << 30) -> Stage:
    return Stage(seconds=seconds, processor=2 * seconds, peak=peak, written=1000, files=3, units=2, shuffled=50)


SIZES = {
    1000: {"ingest": stage(2.0), "dedup": stage(0.5), WHOLE: stage(2.5)},
    10_000: {"ingest": stage(20.0, 2 << 30), "dedup": stage(50.0), WHOLE: stage(70.0, 25 << 30)},
}


def test_exponents_are_of_stages_that_are_more_than_their_start():
    assert exponent(SIZES, "ingest", 1000, 10_000) == pytest.approx(1.0)
    assert exponent(SIZES, "ingest", 1000, 10_000, "peak") == pytest.approx(0.301, abs=0.001)
    assert exponent(SIZES, "dedup", 1000, 10_000) is None
    assert exponent(SIZES, "emit", 1000, 10_000) is None


def test_figures_and_tables_tell_growth_memory_and_what_it_comes_to():
    found = {figure.name: figure for figure in figures(SIZES)}
    assert found["scale: exponent of time, 1,000 to 10,000, whole run"].holds is False  # 70 s after 2.5 s
    assert found["scale: 10,000, peak memory"].holds is False  # 25 GiB
    assert found["scale: 1,000, peak memory"].holds is True
    text = "\n".join(tables(SIZES))
    assert "| ingest | 20.0 | 40.0 | 2,147 | 0.0 | 3 | 0.1 |" in text
    assert "| ingest | 1.00 | 1.00 | 0.30 |" in text
    assert "| ingest | 111.1 | 0 | 0.5 |" in text  # 40 processor seconds of 10,000 samples, 10,000 times as many
