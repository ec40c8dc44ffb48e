"""What tag refuses is lost to balance, and told in the account and the report"""

import json
from pathlib import Path

from pipelines.balance import plan_balance
from pipelines.report import plan_report
from pipelines.stage import execute
from schemas.arrow import from_table
from schemas.cluster import Choice
from schemas.verdict import Verdict
from tests.pipelines.at_rest import give, many, run_of
from tests.pipelines.test_report import REPORT, choice, final, made

EVIDENCE = "declared xray; caption ct; pixels ct 0.97"


def refused(id: str) -> Verdict:
    source = id.partition("/")[0]
    return Verdict(id=id, source=source, stage="tag", decision="rejected", reason="modality_disagrees", evidence=EVIDENCE, winner="")


def also_refused(run, *ids: str) -> None:
    """Beside what tag has decided."""
    room = run.decisions("tag")
    receipt = room.sign("b", "f", room.write_rows("verdicts", "b", [refused(id) for id in ids], Verdict))
    room.commit("f", [*(each for each in room.receipts().values() if each.unit != "b"), receipt], 0)


def test_a_refused_sample_is_in_no_corpus(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    give(run, many())
    before = plan_balance(run).fingerprint
    also_refused(run, "slake/pet0", "slake/pet1")
    assert plan_balance(run).fingerprint != before
    execute(plan_balance(run), run)
    chosen = {row.id for row in from_table(run.decisions("balance").read("selection", Choice), Choice)}
    assert len(chosen) == 53
    assert not {"slake/pet0", "slake/pet1", "medquad/2"} & chosen


def test_the_account_and_the_report_say_where_it_went_and_why(tmp_path: Path) -> None:
    run = made(tmp_path)
    also_refused(run, "a/5")
    balance = run.decisions("balance")
    files = balance.write_rows("selection", "a-0000", [choice("medical", "a/1")], Choice)
    balance.commit("g", [balance.sign("a-0000", "g", files, {"reports": [REPORT]})], 1.5)
    execute(plan_report(run), run)
    assert [row for row in final(tmp_path / "out") if row.id == "a/5"] == [refused("a/5")]
    told = (tmp_path / "out" / "report" / "index.html").read_text("utf-8")
    assert "A sure witness contradicts the modality that its source declares" in told
    figures = json.loads(next((tmp_path / "out" / "report").glob("*.json")).read_text("utf-8"))
    steps = {step["stage"]: (step["entering"], step["rejected"]) for step in figures["waterfall"]}
    assert (steps["dedup"], steps["tag"], steps["balance"]) == ((4, 2), (2, 1), (1, 0))


def test_a_duplicate_that_was_refused_before_keeps_its_first_reason(tmp_path: Path) -> None:
    run = made(tmp_path)
    also_refused(run, "a/3")
    execute(plan_report(run), run)
    assert [(row.stage, row.reason) for row in final(tmp_path / "out") if row.id == "a/3"] == [("dedup", "duplicate_image")]


