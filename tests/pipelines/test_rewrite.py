"""Dialogues through a whole run and a real model: what ships, what is refused, what is asked twice (nothing), what stays on this machine"""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from curate.models.server import Patience, Server
from pipelines import asking, options
from tests.pipelines.talks_data import REFUSED, ROWS, write_recipe, write_talks
from tests.pipelines.tiny_llama import NAME, USUAL, TinyServer, served, write_model
from tests.pipelines.whole_run import Place, Ran, account_closes, fates, run, shipped, times, written

ANSWER = USUAL.removeprefix("Revised response: ").replace("+1 (617) 555-0142", "[PHONE]")
OPEN = {f"open_talks/{n}": ("rewrite", REFUSED[n]) if n in REFUSED else ("", "") for n in range(ROWS)}
ASKED = {"open_talks/asked/0": ("", ""), "open_talks/asked/1": ("", "")}


@pytest.fixture(scope="module", autouse=True)
def few_manifests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """None but the tests' own: the shipped ones are a second of every run, and have no part in this."""
    folder = tmp_path_factory.mktemp("shipped") / "manifests"
    shutil.copytree(options.MANIFESTS, folder, ignore=shutil.ignore_patterns("sources", "benchmarks", "sample"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(options, "MANIFESTS", folder)
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> TinyServer:
    return TinyServer(write_model(tmp_path_factory.mktemp("model")))


@pytest.fixture
def asked(server: TinyServer) -> TinyServer:
    """The server, as if it had never been asked."""
    server.asked, server.patience = [], 1 << 30
    return server


@pytest.fixture(scope="module")
def made(server: TinyServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Ran, int]:
    """One run of everything, what it printed, how often it asked."""
    place = Place(tmp_path_factory.mktemp("talks"))
    write_talks(place.folder, wards=2)
    recipe = write_recipe(place.folder)
    server.asked, server.patience = [], 1 << 30
    with served(server) as url:
        ran = place.run("--corpus", recipe, "--rewrite-server", url)
    return place, ran, len(server.asked)


def not_rewritten(place: Place, out: str) -> Path:
    """Another OUT, where a run like `made` has come as far as screen; no answer is kept in it."""
    folder = place.folder / out
    shutil.copytree(place.out, folder)
    for gone in ("cache", "corpora", "verdicts", "stages/rewrite", "stages/emit"):
        shutil.rmtree(folder / gone)
    return folder


def test_every_dialogue_ships_rewritten_or_has_a_reason(made: tuple[Place, Ran, int]) -> None:
    place, ran, count = made
    assert (ran.status, count) == (0, 2 * (ROWS + 2))
    assert fates(place.out) == {**OPEN, **ASKED, "ward_talks/0": ("", ""), "ward_talks/1": ("", "")}
    assert account_closes(place.out)
    rows = {row["id"]: row for row in shipped(place.out, "talks")}
    assert [message["content"] for message in rows["open_talks/1"]["messages"] if message["role"] == "assistant"] == [ANSWER, ANSWER]
    assert {row["task"] for row in rows.values()} == {"dialogue", "qa"}
    assert not any(ANSWER in message["content"] for message in rows["open_talks/asked/0"]["messages"])
    assert not any("Revised response" in message["content"] for row in rows.values() for message in row["messages"])
    original = next(iter(json.loads(line) for line in (place.data("open_talks", "talks.jsonl")).read_text("utf-8").splitlines()))
    assert rows["open_talks/0"]["messages"][0]["content"] == original["q1"]
    assert rows["open_talks/0"]["tokens"] < rows["open_talks/asked/0"]["tokens"] + 400


def test_card_report_and_history_tell_of_it(made: tuple[Place, Ran, int]) -> None:
    place, _, _ = made
    card = (place.out / "corpora" / "talks" / "README.md").read_text(encoding="utf-8")
    assert f"The answers of {ROWS - len(REFUSED) + 2} samples were written anew by the language model `{NAME}`" in card
    assert f"rewrite `{NAME}, prompt doctor 1`" in card
    figures = json.loads((place.out / "report" / "figures.json").read_text(encoding="utf-8"))
    steps = {step["stage"]: (step["entering"], step["rejected"]) for step in figures["waterfall"]}
    assert (steps["screen"], steps["rewrite"], steps["shield"]) == ((12, 0), (12, 3), (9, 0))
    assert [(row["reason"], row["count"]) for row in figures["reasons"]] == [(reason, 1) for reason in sorted(REFUSED.values())]
    told = run("why", "open_talks/1", "--out", place.out).said
    assert "  rewrite  Passed, 2 answers of it written anew by a model; 176 tokens.\n" in told
    assert "  rewrite  Passed, nothing of it written anew; 61 tokens.\n" in run("why", "open_talks/asked/1", "--out", place.out).said
    refused = run("why", "open_talks/4", "--out", place.out).said
    assert "  rewrite  Rejected, rewrite_unmarked: " in refused
    assert "cannot be known (turn 4: 18 characters).\n" in refused
    assert refused.endswith("=> rejected by rewrite: rewrite_unmarked\n")
    printed = card + told + json.dumps(figures)
    assert "orthopaedist" not in printed


def test_no_address_and_no_text_is_kept_beside_the_answers(made: tuple[Place, Ran, int]) -> None:
    place, ran, _ = made
    resolved = json.loads((place.out / "run.json").read_text(encoding="utf-8"))["recipes"]["talks"]["resolved"]["rewrite"]
    assert resolved == {"name": f"{NAME}, prompt doctor 1", "credentialed": "asked"}
    kept = [path for path in place.out.rglob("*") if path.is_file() and "127.0.0.1" in path.read_bytes().decode("latin-1")]
    assert kept == []
    assert "Miller" not in ran.told + ran.said
    assert "orthopaedist" not in ran.told + ran.said


def test_the_same_run_again_asks_nothing_and_needs_no_server(made: tuple[Place, Ran, int], asked: TinyServer) -> None:
    place, _, _ = made
    before = times(place.out / "stages" / "rewrite")
    again = place.run("--corpus", place.folder / "talks.yaml")
    assert (again.status, asked.asked, times(place.out / "stages" / "rewrite")) == (0, [], before)
    assert "rewrite  as before" in again.told


def test_kept_answers_give_the_same_bytes_in_another_out(made: tuple[Place, Ran, int], asked: TinyServer) -> None:
    place, _, _ = made
    cache = place.out / "cache" / "rewrite"
    again = place.run("--corpus", place.folder / "talks.yaml", "--rewrite-cache", cache, "--workers", "1", out="again")
    assert (again.status, asked.asked) == (0, [])
    assert written(place.folder / "again") == written(place.out)


def test_a_run_that_the_server_ends_goes_on_where_it_was(
    made: tuple[Place, Ran, int], asked: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _, count = made
    monkeypatch.setattr(asking, "Server", partial(Server, patience=Patience(pause=0.01)))
    not_rewritten(place, "ended")
    asked.patience = 5
    with served(asked) as url:
        flags = ("--corpus", place.folder / "talks.yaml", "--rewrite-server", url, "--rewrite-parallel", "3")
        ended = place.run(*flags, out="ended")
        assert (ended.status, len(asked.asked)) == (1, 5)
        assert ended.told.splitlines()[-1] == f"failed: {url}/v1: 6 attempts at one request failed, the last: HTTP 500"
        asked.patience = 1 << 30
        assert place.run(*flags, out="ended").status == 0
    assert len(asked.asked) == count
    assert written(place.folder / "ended") == written(place.out)


def test_without_server_and_answers_nothing_is_begun(made: tuple[Place, Ran, int]) -> None:
    place, _, _ = made
    ran = place.run("--corpus", place.folder / "talks.yaml", out="none")
    assert ran.status == 2
    assert f"the recipe 'talks' has answers rewritten by '{NAME}': name a server of it by --rewrite-server" in ran.told
    assert not (place.folder / "none" / "stages").exists()


def test_a_server_without_the_model_or_none_at_all_is_told_before_anything_is_begun(
    made: tuple[Place, Ran, int], asked: TinyServer
) -> None:
    place, _, _ = made
    with served(asked) as url:
        ran = place.run("--corpus", write_recipe(place.folder, "other", model="big"), "--rewrite-server", url, out="other")
        assert (ran.status, ran.told) == (2, f"error: --rewrite-server {url}/v1: has no model 'big'; it has {NAME}\n")
    gone = place.run("--corpus", place.folder / "other.yaml", "--rewrite-server", url, out="other")
    assert (gone.status, gone.told) == (2, f"error: --rewrite-server {url}/v1: cannot be reached (ConnectionRefusedError)\n")
    flags = ("--rewrite-server", "localhost:8000", "--rewrite-cache", place.folder / "other.yaml")
    wrong = place.run("--corpus", place.folder / "other.yaml", *flags, out="other")
    told = (
        f"error: --rewrite-cache {place.folder / 'other.yaml'}: a file found, a folder wanted\n"
        "       --rewrite-server localhost:8000: http://HOST:PORT, https://HOST or unix:///PATH wanted\n"
    )
    assert (wrong.status, wrong.told) == (2, told)
    assert asked.asked == []
    assert not (place.folder / "other" / "stages").exists()


def test_some_answers_that_are_not_kept_are_counted(made: tuple[Place, Ran, int]) -> None:
    place, _, _ = made
    cache = place.folder / "some"
    shutil.copytree(place.out / "cache" / "rewrite", cache)
    lost = sorted(cache.rglob("*.json"))[:4]
    for path in lost[:3]:
        path.unlink()
    lost[3].write_bytes(lost[3].read_bytes()[:30])  # what a disk may leave is none
    not_rewritten(place, "some-out")
    ran = place.run("--corpus", place.folder / "talks.yaml", "--rewrite-cache", cache, out="some-out")
    assert (ran.status, ran.told.splitlines()[-1]) == (2, f"error: 4 answers are not in {cache}: --rewrite-server URL asks for them")


def test_what_cannot_be_rewritten_stays_where_the_recipe_says_so(made: tuple[Place, Ran, int], asked: TinyServer) -> None:
    place, _, _ = made
    recipe = write_recipe(place.folder, "keeping", more=", on_failure: keep, sources: [open_talks/talks]")
    ran = place.run("--corpus", recipe, "--rewrite-cache", place.out / "cache" / "rewrite", out="keeping")
    assert (ran.status, asked.asked) == (0, [])
    assert set(fates(place.folder / "keeping").values()) == {("", "")}
    rows = {row["id"]: row["messages"] for row in shipped(place.folder / "keeping", "talks")}
    assert rows["open_talks/2"][1]["content"] == ANSWER
    assert rows["open_talks/3"][3]["content"].endswith(" is impossible!")
    assert ANSWER not in [message["content"] for message in rows["ward_talks/0"]]


def test_a_recipe_that_rewrites_no_more_leaves_nothing_of_it(made: tuple[Place, Ran, int]) -> None:
    place, _, _ = made
    less = place.folder / "less"
    shutil.copytree(place.out, less)
    (place.folder / "plain").mkdir()
    assert place.run("--corpus", write_recipe(place.folder / "plain", rewrite=False), out="less").status == 0
    assert not (less / "stages" / "rewrite" / "talks").exists()
    assert set(fates(less).values()) == {("", "")}
    assert not any("orthopaedist" in message["content"] for row in shipped(less, "talks") for message in row["messages"])
    assert "rewrite" not in json.loads((less / "report" / "figures.json").read_text(encoding="utf-8"))["settings"]
    assert "rewrite" not in run("why", "open_talks/1", "--out", less).said
    assert "written anew" not in (less / "corpora" / "talks" / "README.md").read_text(encoding="utf-8")


def own_address() -> str | None:
    """This machine's own address in its network: it leads here, and is none that only this machine has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))  # TEST-NET-1; nothing is sent
        except OSError:
            return None
        address = str(sock.getsockname()[0])
    return None if address.startswith(("127.", "0.")) else address


def test_credentialed_text_is_asked_of_no_server_elsewhere(made: tuple[Place, Ran, int], asked: TinyServer) -> None:
    place, _, _ = made
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback: no server elsewhere can be played")
    not_rewritten(place, "elsewhere")
    with served(asked, host=address) as url:
        assert place.run("--corpus", place.folder / "talks.yaml", "--rewrite-server", url, out="elsewhere").status == 0
    assert fates(place.folder / "elsewhere") == {
        **OPEN, **ASKED, "ward_talks/0": ("rewrite", "rewrite_refused"), "ward_talks/1": ("rewrite", "rewrite_refused"),
    }  # fmt: skip
    assert len(asked.asked) == 2 * ROWS
    wards = [json.loads(line) for line in place.data("ward_talks", "talks.jsonl").read_text("utf-8").splitlines()]
    said = json.dumps(asked.asked)
    assert not any(row[name] in said for row in wards for name in ("q1", "q2"))
    again = place.run("--corpus", place.folder / "talks.yaml", out="elsewhere")  # no server is named: it stands as it was
    assert (again.status, "rewrite  as before" in again.told) == (0, True)
