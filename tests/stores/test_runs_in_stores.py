"""whole runs whose DATA and OUT lie in a store: the same bytes as on a disk, for few requests; every command that looks at them"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.place import Place, place
from pipelines.together import files_below
from tests.pipelines.small_data import write_small
from tests.pipelines.test_archives_run import tar_folder, write_embedded, zip_folder
from tests.pipelines.whole_run import Ran, corpus, run
from tests.stores.servers import Store

PACKED = {"small_captions": "zip", "small_questions": "tar", "small_texts": "tgz"}  # small_test stays as it is


def pack(data: Path) -> None:
    """Sources as their publishers would have them: in archives, in tables, in an HDF5."""
    for name, kind in PACKED.items():
        folder, archive = data / name, data / f"{name}.{kind}"
        if kind == "zip":
            zip_folder(folder, archive, 8)
        else:
            tar_folder(folder, archive, "w" if kind == "tar" else "w:gz")
        shutil.rmtree(folder)
        folder.mkdir()
        archive.rename(folder / f"all.{kind}")


def put(folder: Path, root: Place) -> None:
    for name in files_below(folder):
        (root / name).write_bytes((folder / name).read_bytes())


def content(out: Place) -> dict[str, str]:
    """SHA-256 of every file that a user takes away: shards, cards, indexes, the account."""
    return {
        f"{folder}/{name}": hashlib.sha256((out / folder / name).read_bytes()).hexdigest()
        for folder in ("corpora", "verdicts")
        for name in files_below(out / folder)
    }


@dataclass(frozen=True)
class Made:
    """One set of data, on a disk and in a store, with an OUT in each."""

    folder: Path
    data: Place
    out: Place
    ran: Ran
    store: Store

    def again(self, data: str | Place, out: str | Place, *flags: str | Path) -> Ran:
        return corpus(Path(out) if isinstance(out, Path) else out, "--data", str(data), "--manifests", self.folder / "manifests", *flags)  # type: ignore[arg-type]

    def asked(self, method: str, part: str) -> int:
        return self.store.proxy.counted(method, part)


@pytest.fixture(scope="module")
def made(s3_session: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_session.environment.items():
            patch.setenv(name, value)
        write_small(folder)
        pack(folder / "data")
        write_embedded(folder / "more")
        shutil.move(folder / "more" / "data" / "embedded", folder / "data" / "embedded")
        shutil.move(folder / "more" / "manifests" / "embedded.yaml", folder / "manifests" / "embedded.yaml")
        data, out = place(s3_session.root("made", "data")), place(s3_session.root("made", "out"))
        put(folder / "data", data)
        here = corpus(folder / "out", "--data", folder / "data", "--manifests", folder / "manifests")
        assert (here.status, here.told.count("Traceback")) == (0, 0)
        s3_session.proxy.requests.clear()
        there = run("corpus", "--out", str(out), "--data", str(data), "--manifests", folder / "manifests", "--tagger", "none")
        yield Made(folder, data, out, there, s3_session)


def tables(out: Place) -> dict[str, str]:
    return {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in files_below(out) if "/bucket=" in name}


def test_the_first_stages_in_a_store_write_the_tables_that_they_write_on_a_disk(s3: Store, tmp_path: Path) -> None:
    write_small(tmp_path)
    (tmp_path / "only").mkdir()
    data, out = place(s3.root("first", "data")), place(s3.root("first", "out"))
    shutil.move(tmp_path / "data" / "small_texts", tmp_path / "only" / "small_texts")
    put(tmp_path / "only", data)
    flags = ("--manifests", tmp_path / "manifests", "--sources", "small_texts", "--tagger", "none")
    there = run("screen", "--data", str(data), "--out", str(out), *flags)
    here = run("screen", "--data", tmp_path / "only", "--out", tmp_path / "out", *flags)
    assert (there.status, there.said) == (here.status, here.said) == (0, "screen: 14 rows of samples\n")
    assert (tables(out), len(tables(out)) > 10) == (tables(tmp_path / "out"), True)
    s3.proxy.requests.clear()
    again = run("screen", "--data", str(data), "--out", str(out), *flags)
    assert [line for line in again.told.splitlines() if line.endswith("as before")] == [
        f"{stage:<8} as before" for stage in ("ingest", "inspect", "screen")
    ]
    assert [path for method, path in s3.proxy.requests if method == "GET" and "/first/data/" in path and "list-type" not in path] == []


@pytest.mark.engines
def test_a_run_in_a_store_writes_the_bytes_that_one_on_a_disk_does(made: Made) -> None:
    assert (made.ran.status, made.ran.told.count("Traceback")) == (0, 0)
    assert content(made.out) == content(place(str(made.folder / "out")))
    assert len(content(made.out)) > 10
    assert files_below(made.out / "tmp") == {}


@pytest.mark.engines
def test_a_run_over_a_store_into_a_folder_is_the_same(made: Made, s3: Store, tmp_path: Path) -> None:
    assert made.again(made.data, tmp_path / "out").status == 0
    assert content(place(str(tmp_path / "out"))) == content(made.out)
    opened = [path for method, path in s3.proxy.requests if method == "GET" and "list-type" not in path]
    assert sum("/made/data/small_test/" in path and path.endswith((".png", ".jpeg")) for path in opened) == len(
        {path for path in opened if "/made/data/small_test/" in path and path.endswith((".png", ".jpeg"))}
    )  # a picture of its own file: once
    listed = [path for method, path in s3.proxy.requests if "list-type" in path]
    assert len(listed) == len(set(listed)) + 1  # DATA: is it there, what is in it; each source once


@pytest.mark.engines
def test_a_run_that_repeats_reads_no_source_and_writes_no_table(made: Made, s3: Store) -> None:
    ran = made.again(made.data, made.out)
    stages = ("ingest", "inspect", "screen", "match", "shield", "dedup", "tag", "tag", "balance", "emit", "report")
    assert [line for line in ran.told.splitlines() if line.endswith("as before")] == [f"{stage:<8} as before" for stage in stages]
    assert [path for method, path in s3.proxy.requests if method == "GET" and "/made/data/" in path and "list-type" not in path] == []
    written = {path.partition("?")[0].partition("/made/out/")[2] for method, path in s3.proxy.requests if method == "PUT"}
    assert {name for name in written if name.startswith(("corpora", "verdicts", "report")) or "/bucket=" in name} == set()
    assert s3.proxy.counted("HEAD") <= 4  # what a listing tells is not asked file by file


@pytest.mark.engines
def test_every_command_looks_at_an_out_in_a_store(made: Made, s3: Store, tmp_path: Path) -> None:
    out = str(made.out)
    verified = run("verify", out)
    assert (verified.status, verified.said.splitlines()[-1]) == (0, "whole    all is as it was written")
    s3.proxy.requests.clear()
    quick = run("verify", "--quick", f"{out}/corpora/medical")
    assert (quick.status, quick.said.splitlines()[-1]) == (0, "whole    by that")
    differs = run("diff", made.folder / "out", out)
    assert (differs.status, differs.said.splitlines()[-1]) == (0, "=> equal: the same samples, verdicts and rows")
    why = run("why", "small_captions/1", "--out", out)
    assert (why.status, why.told) == (0, "")
    assert why.said == run("why", "small_captions/1", "--out", str(made.folder / "out")).said.replace(str(made.folder / "out"), out)
    near = run("why", "small_captions/999", "--out", out)
    assert (near.status, "near it: small_captions/" in near.told) == (2, True)
    assert run("export", out, "--to", "llava", "--dest", tmp_path / "there").status == 0
    assert run("export", made.folder / "out", "--to", "llava", "--dest", tmp_path / "here").status == 0
    assert files_below(tmp_path / "there") == files_below(tmp_path / "here")
    flags = ("--data", str(made.data), "--out", out, "--manifests", made.folder / "manifests")
    preview = run("preview", "embedded", *flags)
    assert (preview.status, "table one: 1 file, 6 rows read" in preview.said) == (0, True)
    planned = run("plan", *flags)
    assert (planned.status, "FOUND (4 of" in planned.said) == (0, True)


@pytest.mark.engines
def test_a_shard_that_was_changed_in_a_store_is_told(made: Made, s3: Store) -> None:
    (shard,) = made.out.glob("corpora/medical/validation-*.parquet")
    whole = shard.read_bytes()
    shard.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    try:
        told = run("verify", f"{made.out}/corpora/medical")
        first = told.said.splitlines()[0]
        assert (told.status, first.startswith(f"damaged: {shard.name}: its bytes are not those of the index")) == (1, True)
    finally:
        shard.write_bytes(whole)


@pytest.mark.engines
def test_an_object_that_was_replaced_is_read_again(made: Made, s3: Store, tmp_path: Path) -> None:
    data = place(s3.root("replaced", "data"))
    put(made.folder / "data" / "small_test", data / "small_test")
    (data / "small_texts" / "all.tgz").write_bytes((made.folder / "data" / "small_texts" / "all.tgz").read_bytes())
    assert made.again(data, tmp_path / "out").status == 0
    (copy,) = (tmp_path / "out" / "stages" / "files").rglob("*.tar")
    content = (data / "small_texts" / "all.tgz").read_bytes()
    (data / "small_texts" / "all.tgz").write_bytes(content[:4] + b"\1\2\3\4" + content[8:])  # another time in its header
    ran = made.again(data, tmp_path / "out")
    assert (ran.status, "ingest   as before" in ran.told) == (0, False)
    (other,) = (tmp_path / "out" / "stages" / "files").rglob("*.tar")
    assert other.name != copy.name


CREDENTIALED = """\
id: secret
title: Notes under an agreement
license: LicenseRef-PhysioNet-Credentialed-1.5.0
access: credentialed
commercial: no
layouts:
  - name: lines
    if: [notes.jsonl]
    tables:
      - {name: notes, files: [notes.jsonl], format: jsonl, task: qa, row: "{n}", turns: [{user: "{q}"}, {assistant: "{a}"}]}
"""


@pytest.mark.engines
def test_credentialed_data_go_into_no_store_unasked(made: Made, s3: Store, tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "secret.yaml").write_text(CREDENTIALED, encoding="utf-8")
    data, out = place(s3.root("secret", "data")), s3.root("secret", "out")
    (data / "secret" / "notes.jsonl").write_bytes(b'{"n": 1, "q": "Which?", "a": "That one."}\n')
    refused = run("corpus", "--data", str(data), "--out", out, "--manifests", tmp_path / "manifests", "--tagger", "none")
    assert refused.status == 2
    told = "error: secret: credentialed data would leave this machine; --allow-credentialed if your terms allow that"
    assert refused.told.splitlines()[-1] == told
    assert [name for name in files_below(place(out)) if not name.startswith(".")] == []
