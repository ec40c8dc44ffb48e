"""shards over a network: a footer that stays small, and reads that touch what they ask for"""

import io
import re
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pyarrow.parquet as pq
import pytest

from curate.emit.write import write_shard
from tests.curate.emit.tiny_corpus import TinyCorpus, png

SIDE, GROUP = 200, 400_000
ROWS = 60


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    """Some 60 pictures of 100 KB that no codec makes smaller, four of them in a row group."""
    corpus, draw = TinyCorpus(), np.random.default_rng(0)
    for number in range(ROWS):
        noise = png((number, 0, 0)) + draw.bytes(100_000)
        corpus.add(f"a/{number}", [("user", "What is shown?"), ("assistant", "A chest." * 40)], {f"{number}.png": noise})
    path = tmp_path_factory.mktemp("range") / "train-00000-of-00001.parquet"
    write_shard(path, corpus.rows(), corpus.read, group_bytes=GROUP)
    return path


class Counted(io.FileIO):
    """A file that tells which bytes were asked for."""

    def __init__(self, path):
        super().__init__(path)
        self.touched = 0

    def readinto(self, buffer):
        count = super().readinto(buffer)
        self.touched += count
        return count

    def read(self, size=-1):
        data = super().read(size)
        self.touched += len(data)
        return data


def opened(path) -> tuple[Counted, pq.ParquetFile]:
    """The file and its Parquet, the bytes that opening took left out of the count."""
    file = Counted(path)
    parquet = pq.ParquetFile(file, pre_buffer=False)
    assert file.touched <= parquet.metadata.serialized_size + 65_536 + 8
    file.touched = 0
    return file, parquet


def chunks(parquet, group, name) -> int:
    """Bytes that the column's chunks take in the row group."""
    columns = [parquet.metadata.row_group(group).column(number) for number in range(parquet.metadata.num_columns)]
    return sum(column.total_compressed_size for column in columns if column.path_in_schema.split(".")[0] == name)


def test_the_footer_takes_three_kilobytes_for_a_row_group_at_most(shard):
    metadata = pq.read_metadata(shard)
    assert metadata.num_row_groups == ROWS // 3
    assert metadata.serialized_size < 5_000 + 2_500 * metadata.num_row_groups
    assert metadata.serialized_size < 0.01 * shard.stat().st_size


def test_only_words_that_readers_filter_by_have_statistics(shard):
    group = pq.read_metadata(shard).row_group(0)
    held = {group.column(number).path_in_schema for number in range(group.num_columns) if group.column(number).is_stats_set}
    assert held == {"source", "task", "domain", "language", "modality", "submodality", "figure_type", "license", "access"}


def test_every_column_of_every_row_group_has_its_place_in_the_page_index(shard):
    metadata = pq.read_metadata(shard)
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = [group.column(number) for group in groups for number in range(group.num_columns)]
    assert all(column.has_offset_index for column in columns)
    assert [column.path_in_schema for column in columns if column.has_column_index != column.is_stats_set] == []


def test_one_row_group_touches_its_own_bytes_alone(shard):
    file, parquet = opened(shard)
    rows = parquet.read_row_group(7).num_rows
    assert rows == 3
    group = parquet.metadata.row_group(7)
    assert file.touched == sum(group.column(number).total_compressed_size for number in range(group.num_columns))
    assert file.touched < 1.02 * GROUP


@pytest.mark.parametrize(("name", "most"), [("id", 150), ("modality", 150), ("messages", 400), ("images", 1.02 * GROUP)])
def test_one_column_of_one_row_touches_that_columns_bytes_of_one_row_group(shard, name, most):
    file, parquet = opened(shard)
    assert len(parquet.read_row_group(7, columns=[name])) == 3
    assert file.touched == chunks(parquet, 7, name)
    assert file.touched < most


class Ranged(BaseHTTPRequestHandler):
    """Files of a folder by ranges, as hubs and object stores give them."""

    def do_GET(self):
        start, stop = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups())
        data = self.server.path.read_bytes()
        self.server.sent.append((start, stop + 1))
        self.send_response(206)
        self.send_header("Content-Length", str(len(data[start : stop + 1])))
        self.send_header("Content-Range", f"bytes {start}-{stop}/{len(data)}")
        self.end_headers()
        self.wfile.write(data[start : stop + 1])

    def log_message(self, *_):
        """Nothing: the test asks the server itself."""


@pytest.fixture
def served(shard):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ranged)
    server.path, server.sent = shard, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Remote(io.RawIOBase):
    """A file of a server, each read of it a request for a range."""

    def __init__(self, url, size):
        self.url, self.size, self.place = url, size, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.place

    def seek(self, offset, whence=io.SEEK_SET):
        self.place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        return self.place

    def readinto(self, buffer):
        if not (length := min(len(buffer), self.size - self.place)):
            return 0
        asked = urllib.request.Request(self.url, headers={"Range": f"bytes={self.place}-{self.place + length - 1}"})
        with urllib.request.urlopen(asked) as answer:
            buffer[:length] = answer.read()
        self.place += length
        return length


def test_a_row_is_read_over_http_by_ranges(served, shard):
    parquet = pq.ParquetFile(Remote(f"http://127.0.0.1:{served.server_port}/x", shard.stat().st_size), pre_buffer=False)
    asked = parquet.read_row_group(11).slice(1, 1).to_pylist()
    assert asked == pq.read_table(shard).slice(34, 1).to_pylist()
    group = parquet.metadata.row_group(11)
    size = sum(group.column(number).total_compressed_size for number in range(group.num_columns))
    sent = sum(stop - start for start, stop in served.sent)
    assert size < sent <= size + parquet.metadata.serialized_size + 65_536 + 8
    assert sent < 0.1 * shard.stat().st_size
