"""What `plan` says before anything is written"""

import dataclasses
from pathlib import Path

from pipelines.plan import print_plan
from tests.curate.ingest.reading import manifest
from tests.pipelines.toy import run

TERMS = {"free": ("CC0-1.0", "yes"), "half": ("CC-BY-NC-4.0", "yes"), "asks": ("MIT", "ask"), "shut": ("all-rights-reserved", "no")}


def test_each_policy_names_the_sources_that_screen_will_refuse(tmp_path: Path, capsys) -> None:
    for name in TERMS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.jsonl").write_text("{}\n", encoding="utf-8")
    sources = tuple(
        dataclasses.replace(manifest({}), id=name, license=license, commercial=commercial) for name, (license, commercial) in TERMS.items()
    )
    options = dataclasses.replace(run(tmp_path / "out").options, data=str(tmp_path), manifests=sources)
    assert print_plan(options) == 0
    said = capsys.readouterr().out.splitlines()
    first = said.index("WHAT A LICENCE POLICY REFUSES OF WHAT WAS FOUND") + 1
    assert said[first : first + 5] == [
        "  any         nothing",
        "  research    shut",
        "  commercial  half, asks, shut",
        "  (records with a licence of their own are judged one by one)",
        "  credentialed sources, kept on this machine: none",
    ]
