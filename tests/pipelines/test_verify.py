"""verify: the command on a whole OUT, on parts of it, and on copies in which one thing was changed"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from curate.digest import digest_of_json
from curate.verify.readers import Readers
from pipelines import verify
from tests.pipelines.whole_run import Place, Ran, index_of, run, sha256, times

SHARD = "train-00000-of-00001.parquet"
MEDICAL = "corpora/medical"
EDITED = "not the one that its stage wrote: edited, or of another run"
WHOLE = "whole    all is as it was written"


class Kept(Readers):
    """Processes that serve all tests: starting one takes longer than what it is asked."""

    def __exit__(self, *raised: object) -> None:
        """They go on."""


@pytest.fixture(scope="module", autouse=True)
def _kept_readers() -> Iterator[None]:
    kept = Kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "Readers", lambda: kept)
        yield
    Readers.__exit__(kept, None, None, None)


@pytest.fixture
def out(small_run: Place, tmp_path: Path) -> Path:
    """A copy of OUT: links, so whoever changes a file must put another in its place."""
    shutil.copytree(small_run.out, tmp_path / "out", copy_function=os.link, ignore=shutil.ignore_patterns(".lock"))
    return tmp_path / "out"


def put(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    put(path, json.dumps(value).encode())


def damaged(out: Path, *flags: str) -> list[str]:
    """The lines of damage; the exit status fits them."""
    told = run("verify", out, "--workers", "2", *flags)
    lines = [line.removeprefix("damaged: ") for line in told.said.splitlines() if line.startswith("damaged: ")]
    assert (told.status, told.told) == (1 if lines else 0, "")
    assert (told.said.splitlines()[-1].split()[0] == "whole") is not bool(lines)
    return lines


def test_a_finished_run_is_whole_and_nothing_is_written(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "Readers", Readers)
    before = times(out)
    told = run("verify", out)
    index = sha256(out / MEDICAL / "index.json")
    rows = index_of(out, "medical")["rows"]
    assert (told.status, told.told) == (0, "")
    assert told.said.splitlines()[0].startswith(f"corpus   {MEDICAL}: {rows} samples in 2 shards, ")
    assert told.said.splitlines()[0].endswith(f" MB; index.json has SHA-256 {index}")
    assert told.said.splitlines()[-2:] == ["read     every byte", WHOLE]
    assert times(out) == before
    quick = run("verify", out, "--quick")
    assert (quick.status, quick.said.splitlines()[-2:]) == (
        0, ["read     names, sizes and footers; --quick reads no row and no image", "whole    by that"]
    )  # fmt: skip


def test_a_corpus_is_verified_alone_by_whatever_name_its_folder_has(out: Path) -> None:
    (out / MEDICAL).rename(out / "downloaded")
    digest = sha256(out / "downloaded" / "index.json")
    assert damaged(out / "downloaded", "--sha256", digest) == []
    assert damaged(out / "downloaded", "--sha256", digest.upper()) == []
    assert damaged(out / "downloaded", "--sha256", "0" * 64) == ["index.json: its SHA-256 is not the one that was asked for"]


def test_what_is_no_corpus_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    wanted = f"error: {tmp_path}/empty: neither an OUT (run.json), nor a corpus (index.json beside its shards), nor a folder of corpora\n"
    assert run("verify", tmp_path / "empty") == Ran(status=2, said="", told=wanted)
    assert run("verify", tmp_path / "no") == Ran(status=2, said="", told=f"error: {tmp_path}/no: no such folder\n")
    assert run("verify", tmp_path, "--quik").told == "error: '--quik' is no option of verify; its --help lists them\n"


def test_shards_without_an_index_are_no_corpus(out: Path) -> None:
    (out / MEDICAL / "index.json").unlink()
    assert damaged(out / MEDICAL) == ["index.json: missing: no index, no corpus"]


def test_while_a_run_writes_nothing_is_verified(out: Path) -> None:
    with (out / ".lock").open("w") as file:
        file.write("4711")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        told = run("verify", out)
    assert told == Ran(status=2, said="", told=f"error: {out}: a run (process 4711) is writing here; wait for it\n")
    assert damaged(out) == []


def test_names_that_a_terminal_obeys_are_made_visible(out: Path) -> None:
    (out / MEDICAL / "\x1b[2Jx").touch()
    assert damaged(out) == [f"{MEDICAL}/\\u001b[2Jx: a file that the index does not name"]


def test_a_flipped_byte_of_a_shard_is_named_and_no_quick_look_sees_it(out: Path) -> None:
    path = out / MEDICAL / SHARD
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    put(path, bytes(data))
    (line,) = damaged(out)
    assert line.startswith(f"{MEDICAL}/{SHARD}: its bytes are not those of the index (SHA-256); ")
    assert damaged(out, "--quick") == []


def first(out: Path, pattern: str) -> Path:
    return sorted(out.glob(pattern))[0]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("report/index.html", "missing"),
        ("report/figures.json", "missing: the run did not end, or the copy is not whole"),
        ("run.json", "missing: the run did not end, or the copy is not whole"),
        ("verdicts/003.parquet", "missing"),
        (f"{MEDICAL}/croissant.json", "missing"),
    ],
)
def test_what_is_gone_is_missed(out: Path, name: str, says: str) -> None:
    (out / name).unlink()
    assert f"{name}: {says}" in damaged(out)
    assert f"{name}: {says}" in damaged(out, "--quick")


def test_a_corpus_that_is_gone_is_missed(out: Path) -> None:
    shutil.rmtree(out / MEDICAL)
    assert damaged(out) == [f"{MEDICAL}/: missing: emit has written it", "report/figures.json: a corpus 'medical' that is not here"]


def test_what_is_too_much_is_named(out: Path) -> None:
    (out / "verdicts" / "008.parquet").write_bytes(b"PAR1")
    (out / "corpora" / "notes.txt").touch()
    (out / "corpora" / "other").mkdir()
    assert damaged(out) == damaged(out, "--quick") == [
        "corpora/notes.txt: a file that belongs to no corpus",
        "corpora/other/index.json: missing: no index, no corpus",
        "verdicts/008.parquet: a file of verdicts that no report names: of another run, or put here",
    ]  # fmt: skip


def test_tables_of_stages_are_part_of_a_copy(out: Path) -> None:
    gone, short, other = sorted((out / "stages" / "tag").glob("default/modalities/*/*.parquet"))[:3]
    gone.unlink()
    put(short, (whole := short.read_bytes())[:-1])
    put(other, bytes(len(other.read_bytes())))
    path = [file.relative_to(out).as_posix() for file in (gone, short, other)]
    lines = [f"{path[0]}: missing", f"{path[1]}: {len(whole) - 1:,} bytes found, {len(whole):,} wanted"]
    assert damaged(out, "--quick") == lines
    assert damaged(out) == sorted([*lines, f"{path[2]}: its SHA-256 is not the one its stage wrote down"])


def test_a_copy_without_a_stage_is_not_whole(out: Path) -> None:
    shutil.rmtree(out / "stages" / "dedup")
    shutil.rmtree(out / "stages" / "inspect")
    assert damaged(out) == damaged(out, "--quick") == [
        "stages/dedup/default/index.json: missing: recipe 'default' has run",
        "stages/inspect/index.json: missing: recipe 'default' has run",
    ]  # fmt: skip


def test_files_that_never_end_are_not_read(out: Path) -> None:
    for name in ("run.json", "report/figures.json", "stages/tag/default/index.json"):
        (out / name).unlink()
        os.mkfifo(out / name)
    (out / "corpora" / "mixtures.json").touch()
    os.truncate(out / "corpora" / "mixtures.json", 1 << 40)
    assert damaged(out, "--quick") == [
        "corpora/mixtures.json: cannot be read: 1,099,511,627,776 bytes found, at most 268,435,456 wanted",
        "report/figures.json: cannot be read: no file",
        "stages/tag/default/index.json: cannot be read: no file",
        *(f"verdicts/{bucket:03d}.parquet: a file of verdicts that no report names: of another run, or put here" for bucket in range(8)),
        "run.json: cannot be read: no file",
    ]


def test_an_index_of_a_stage_that_lies_is_told(out: Path) -> None:
    edit(out / "stages/tag/default/index.json", lambda index: index["receipts"][0]["files"][0].update(path="../../secret"))
    put(out / "stages/dedup/default/index.json", b"{}")
    assert damaged(out) == [
        "stages/dedup/default/index.json: missing: recipe 'default' has run",
        "stages/dedup/default/index.json: no index of a stage",
        "stages/tag/default/index.json: missing: recipe 'default' has run",
        "stages/tag/default/index.json: names files that lie elsewhere",
    ]


def vouch(out: Path, path: Path, index: str) -> None:
    """Have the index of a stage say of a file what it is now."""

    def change(value: Any) -> None:
        for receipt in value["receipts"]:
            for file in receipt["files"]:
                if file["path"] == path.relative_to(out).as_posix():
                    file.update(bytes=path.stat().st_size, sha256=sha256(path), rows=pq.read_metadata(path).num_rows)

    edit(out / index, change)


def rewrite_verdicts(out: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Edit a file of verdicts, and have the report's index vouch for it."""
    path = out / "verdicts" / "002.parquet"
    table = change(pq.read_table(path))
    path.unlink()
    pq.write_table(table, path)
    vouch(out, path, "stages/report/default/index.json")


def test_a_verdict_that_is_turned_round_fits_neither_the_shards_nor_the_page(out: Path) -> None:
    def reject(table: pa.Table) -> pa.Table:
        kept = pc.index(table["decision"], "kept").as_py()
        rows = table.to_pylist()
        rows[kept] |= {"decision": "rejected", "stage": "dedup", "reason": "duplicate_text"}
        return pa.Table.from_pylist(rows, table.schema)

    rewrite_verdicts(out, reject)
    lines = damaged(out)
    assert [line.partition(":")[0] for line in lines] == [f"{MEDICAL}/{SHARD}", *["report/figures.json"] * 5]
    assert lines[0].endswith(": 1 of its samples have no verdict that keeps them")
    assert damaged(out, "--quick") == []


def test_verdicts_that_are_gone_or_twice_are_noticed(out: Path) -> None:
    rewrite_verdicts(out, lambda table: pa.concat_tables([table, table.slice(0, 1)]))
    assert damaged(out) == ["verdicts/002.parquet: not one verdict for each id, in the order of ids"]
    rewrite_verdicts(out, lambda table: table.slice(0, 0))
    assert f"{MEDICAL}/{SHARD}: " in damaged(out)[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f["headline"].update(kept=1), "headline: 1 kept told, 51 counted"),
        (lambda f: f["sources"][1].update(rejected=999), "samples of each source are not those of the verdicts"),
        (lambda f: f["corpora"][0].update(after=1), "corpus 'medical': its after are not those of its index"),
        (lambda f: f.pop("headline"), "not the figures of a report"),
        (lambda f: f.update(corpora=7), "not the figures of a report"),
    ],
)
def test_figures_that_were_edited_are_noticed(out: Path, change: Callable[[Any], Any], says: str) -> None:
    edit(out / "report" / "figures.json", change)
    assert damaged(out) == sorted([f"report/figures.json: {what}" for what in (says, EDITED)])


def test_figures_of_another_recipe_speak_of_nothing_here(out: Path) -> None:
    edit(out / "report" / "figures.json", lambda figures: figures.update(recipe="lingshu"))
    lines = damaged(out)
    assert lines[0] == "stages/report/lingshu/index.json: missing: report/figures.json tells of that recipe"
    assert len(lines) == 9
    assert all("of verdicts that no report names" in line for line in lines[1:])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda r: r["recipes"]["default"].update(digest="0"),
         f"{MEDICAL}/index.json: its recipe is not the one in run.json: an older run made it, or the last one has not ended"),
        (lambda r: r["recipes"]["default"]["resolved"]["tokenizer"].update(name="other"),
         f"{MEDICAL}/index.json: its settings are not those in run.json"),
        (lambda r: r["recipes"]["default"].pop("made_by"), "run.json: the last run of recipe 'default' has not ended: 'corpus' ends it"),
        (lambda r: r.update(recipes={}), f"{MEDICAL}/index.json: its recipe has not run here, by run.json"),
        (lambda r: r.update(buckets="8"), "run.json: no number of buckets"),
        (lambda r: r.update(buckets=16), "verdicts/000.parquet: ids of another file of verdicts"),
    ],
)  # fmt: skip
def test_a_run_that_is_another_is_noticed(out: Path, change: Callable[[Any], Any], says: str) -> None:
    edit(out / "run.json", change)
    assert says in damaged(out)


def forge(out: Path, change: Callable[[pa.Table], pa.Table], shard: str = SHARD) -> None:
    """A shard written anew; the index and every card of the corpus are made to fit it, as far as digests go."""
    folder = out / MEDICAL
    table = change(pq.read_table(folder / shard))
    old = (sha256(folder / shard), (folder / shard).stat().st_size)
    (folder / shard).unlink()
    pq.write_table(table, folder / shard)
    new = (sha256(folder / shard), (folder / shard).stat().st_size)
    for name in ("croissant.json", "SHA256SUMS", "index.json"):
        text = (folder / name).read_text().replace(old[0], new[0]).replace(f'"{old[1]} B"', f'"{new[1]} B"')
        put(folder / name, text.replace(f'"bytes": {old[1]}', f'"bytes": {new[1]}').encode())

    def vouch(index: Any) -> None:
        index["bytes"] += new[1] - old[1]
        digests = {card["name"]: (folder / card["name"]).read_bytes() for card in index["cards"]}
        for card in index["cards"]:
            card.update(bytes=len(digests[card["name"]]), sha256=hashlib.sha256(digests[card["name"]]).hexdigest())
        index["digest"] = digest_of_json({name: part for name, part in index.items() if name != "digest"})

    sums = (folder / "SHA256SUMS").read_text().splitlines()
    lines = [f"{sha256(folder / line.split('  ')[1])}  {line.split('  ')[1]}" for line in sums]
    put(folder / "SHA256SUMS", "".join(f"{line}\n" for line in lines).encode())
    edit(folder / "index.json", vouch)


def test_an_answer_that_was_changed_with_all_digests_is_whole_by_itself_but_not_in_its_out(out: Path) -> None:
    def change(table: pa.Table) -> pa.Table:
        rows = table.select(["messages"]).to_pylist()
        rows[5]["messages"][-1]["content"] = "Another answer."
        place = table.schema.get_field_index("messages")
        changed = pa.array([row["messages"] for row in rows], table.schema.field(place).type)
        return table.set_column(place, table.schema.field(place), changed)

    genuine = sha256(out / MEDICAL / "index.json")
    forge(out, change)
    assert damaged(out / MEDICAL) == []
    assert damaged(out / MEDICAL, "--sha256", genuine) == ["index.json: its SHA-256 is not the one that was asked for"]
    other = "by the index another than emit wrote"
    wanted = [
        f"{MEDICAL}/{SHARD}: {other}", f"{MEDICAL}/SHA256SUMS: {other}", f"{MEDICAL}/croissant.json: {other}",
        f"{MEDICAL}/index.json: {EDITED}", "report/figures.json: corpus 'medical': its bytes are not those of its index",
    ]  # fmt: skip
    assert damaged(out) == damaged(out, "--quick") == wanted


def test_a_card_that_was_changed_with_all_digests_is_noticed_in_its_out(out: Path) -> None:
    card = out / MEDICAL / "ATTRIBUTION.md"
    put(card, card.read_bytes().replace(b"CC-BY-4.0", b"CC0-1.0"))
    forge(out, lambda table: table, SHARD.replace("train", "validation"))
    lines = [line.partition(":")[0].removeprefix(f"{MEDICAL}/") for line in damaged(out)]
    shard = SHARD.replace("train", "validation")
    assert lines == [shard, "ATTRIBUTION.md", "SHA256SUMS", "croissant.json", "index.json", "report/figures.json"]
    (out / "stages/emit/default/published.json").unlink()
    assert [line for line in damaged(out) if line.startswith("stages/")] == [
        "stages/emit/default/published.json: missing: what the stage wrote cannot be told from what someone wrote in its place"
    ]


def test_a_corpus_that_was_planned_anew_is_noticed(out: Path) -> None:
    def plan(index: Any) -> None:
        shard = next(shard for receipt in index["receipts"] for shard in receipt["counts"].get("shards", ()))
        shard["rows"] += 1

    edit(out / "stages/balance/default/index.json", plan)
    assert damaged(out, "--quick") == [f"{MEDICAL}/index.json: balance has since planned other shards: run emit again"]


def test_a_page_that_was_edited_is_noticed(out: Path) -> None:
    put(out / "report/index.html", (out / "report/index.html").read_bytes().replace(b"51", b"52"))
    assert damaged(out) == damaged(out, "--quick") == [f"report/index.html: {EDITED}"]
    put(out / "stages/report/default/published.json", b'{"report/index.html": "7"}')
    assert damaged(out) == ["stages/report/default/published.json: no list of files and their SHA-256"]


def test_of_a_corpus_that_an_older_version_made_one_line_is_told(out: Path) -> None:
    edit(out / MEDICAL / "index.json", lambda index: (index.update(version=1), index.pop("digest")))
    older = "version 1 found, 2 wanted: an older version of this program made it: 'corpus' with this one makes it anew"
    assert damaged(out) == damaged(out, "--quick") == [f"{MEDICAL}/index.json: {older}"]


def test_an_absurd_index_is_refused_at_once(out: Path) -> None:
    put(out / MEDICAL / "index.json", b'{"version": 2, "shards": [' + b"{}, " * 2_999_999 + b"{}]}")
    (line,) = damaged(out)
    assert line == f"{MEDICAL}/index.json: 3,000,002 objects and lists of JSON found, at most 250,000 wanted"


def test_of_a_run_that_has_not_ended_no_page_is_missed(out: Path) -> None:
    edit(out / "run.json", lambda told: told["recipes"]["default"].pop("made_by"))
    for name in ("corpora", "report", "verdicts", "stages/report", "stages/emit"):
        shutil.rmtree(out / name)
    assert damaged(out) == ["run.json: the last run of recipe 'default' has not ended: 'corpus' ends it"]
