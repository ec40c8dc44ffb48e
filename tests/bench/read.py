"""rows of CSV, of a JSON list and of JSON lines: ours against the bare parser, and what a source makes of them"""

from __future__ import annotations

import contextlib
import csv
import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from curate.ingest.find import list_files
from curate.ingest.ingest import read_source
from curate.manifest import Manifest, build_manifest
from curate.read import Where, read_rows
from tests.bench.figure import Figure, interleaved
from tests.captions import Captions, caption

ROWS = 1_000_000
MADE = 200_000  # rows turned to samples
CHUNK = 1 << 20  # characters that the bare reader of a list takes at a time
NAMES = {"table": "captions.csv", "json": "captions.json", "jsonl": "captions.jsonl"}
BARE = {
    "table": "csv.reader over the open text file",
    "json": "raw_decode over pieces of 1 MiB",
    "jsonl": "json.loads of each line of the open text file",
}
PEAK = """
import sys
from collections import deque
from pathlib import Path
from curate.read import Where, read_rows
path = Path(sys.argv[2])
deque(read_rows(sys.argv[1], Where(path=path.name, open=lambda _: path.open("rb")), {}), maxlen=0)
status = Path("/proc/self/status").read_text()  # ru_maxrss would begin with what the parent has
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


def measure(folder: Path, samples: int) -> list[Figure]:
    write(folder / "all", ROWS)
    write(folder / "tenth", ROWS // 10)
    write(folder / "some", MADE)
    return [figure for format in NAMES for figure in (*_reading(folder, format), _growth(folder, format), _making(folder / "some", format))]


def write(folder: Path, rows: int) -> None:
    """The same captions in each format: an id, a file name, a caption of some 35 words, a split."""
    folder.mkdir(parents=True, exist_ok=True)
    captions = Captions(samples=rows, side=64)
    with contextlib.ExitStack() as stack:
        table, listed, lines = (stack.enter_context((folder / name).open("w", encoding="utf-8", newline="")) for name in NAMES.values())
        writer = csv.writer(table)
        writer.writerow(["id", "image", "caption", "split"])
        for number in range(rows):
            row = {"id": f"f{number:07d}", "image": f"images/{number:07d}.jpg", "caption": caption(number, captions), "split": "train"}
            writer.writerow(row.values())
            text = json.dumps(row)
            lines.write(text + "\n")
            listed.write((",\n " if number else "[") + text)
        listed.write("]\n")


def _reading(folder: Path, format: str) -> list[Figure]:
    path = folder / "all" / NAMES[format]
    bare, ours, ratio = interleaved(lambda: BARE_READERS[format](path), lambda: read(format, path), rounds=3)
    return [
        Figure(name=f"read: {format}, 1 million rows, against the bare parser", figure=ratio, unit="x", target="<= 1.5", note=BARE[format]),
        Figure(name=f"read: {format}", figure=ROWS / ours, unit="rows/s"),
        Figure(name=f"read: {format}, the bare parser", figure=ROWS / bare, unit="rows/s"),
    ]


def read(format: str, path: Path) -> None:
    deque(read_rows(format, Where(path=path.name, open=lambda _: path.open("rb")), {}), maxlen=0)


def _bare_table(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        deque(csv.reader(file), maxlen=0)


def _bare_lines(path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        for line in file:
            json.loads(line)


def _bare_list(path: Path) -> None:
    """What a streaming reader of a list cannot do without: pieces of text, raw_decode at a place, what is left when it fails."""
    decode = json.JSONDecoder().raw_decode
    with path.open(encoding="utf-8") as file:
        text, at = file.read(CHUNK), 1
        while True:
            while text[at : at + 1] in (",", " ", "\n") and at < len(text):
                at += 1
            try:
                _, at = decode(text, at)
            except json.JSONDecodeError:  # cut by the end of the piece
                more = file.read(CHUNK)
                if not more:
                    return
                text, at = text[at:] + more, 0


BARE_READERS: dict[str, Callable[[Path], None]] = {"table": _bare_table, "json": _bare_list, "jsonl": _bare_lines}


def _growth(folder: Path, format: str) -> Figure:
    """Peak memory (Linux) of a process that reads all rows, over that of one that reads a tenth."""
    peaks = [_peak(format, folder / part / NAMES[format]) for part in ("tenth", "all")]
    return Figure(
        name=f"read: {format}, peak memory of 1 million rows over 100,000", figure=peaks[1] / peaks[0], unit="x", target="<= 1.05",
        note=f"{peaks[0] / 1024:.0f} MiB and {peaks[1] / 1024:.0f} MiB",
    )  # fmt: skip


def _peak(format: str, path: Path) -> int:
    done = subprocess.run([sys.executable, "-c", PEAK, format, str(path)], check=True, capture_output=True, text=True)
    return int(done.stdout)


def _making(folder: Path, format: str) -> Figure:
    path = folder / NAMES[format]
    _, ours, ratio = interleaved(lambda: BARE_READERS[format](path), lambda: deque(make(folder, format), maxlen=0), rounds=1)
    return Figure(name=f"read: {format}, rows to samples", figure=MADE / ours, unit="samples/s", note=f"{ratio:.1f} x the bare parser")


def make(folder: Path, format: str) -> Iterator[object]:
    """What a captioned source of that file gives; its images are there as far as the listing is asked."""
    listing = list_files(folder)
    return read_source(source(format), listing, lambda path: (folder / path).open("rb"), limit=None)


def source(format: str) -> Manifest:
    table = {
        "name": "captions", "files": [NAMES[format]], "format": format, "task": "caption", "row": "{id}", "split": "{split}",
        "image": "{@file}", "turns": [{"user": "Describe the image."}, {"assistant": "{caption}"}],
    }  # fmt: skip
    layout = {"name": "only", "if": [NAMES[format]], "tables": [table]}
    raw = {"id": "bench", "title": "Bench", "license": "CC0-1.0", "commercial": "yes", "layouts": [layout]}
    return build_manifest(raw, path="bench.yaml", wordings={})
