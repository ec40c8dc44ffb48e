"""a source whose files nobody has described is refused by a word of its own"""

from curate.ingest.download import file_bytes
from curate.ingest.example import read_files, run_example
from curate.ingest.ingest import FileFault
from curate.manifest import Manifest, build_manifest
from curate.manifest.check import schema_faults
from curate.manifest.sense import sense_faults

UNKNOWN = {
    "id": "s", "title": "S", "license": "unknown", "commercial": "ask", "layout_unknown": "The tree was never published.",
    "examples": [{"files": {"a/1.png": ""}, "gives": [], "faults": ["layout_unknown"]}] * 2,
}  # fmt: skip


def unknown() -> Manifest:
    assert schema_faults(UNKNOWN) == []
    assert sense_faults(UNKNOWN, stem="s", wordings={}) == []
    return build_manifest(UNKNOWN, path="s.yaml", wordings={})


def test_its_folder_gives_one_fault_and_nothing_is_guessed() -> None:
    assert read_files(unknown(), {"a/1.png": file_bytes({"png": [[1]]}), "b.csv": b"x\n1\n"}) == [
        FileFault(
            source="s", file="", reason="layout_unknown", found="2 files: a/1.png, b.csv",
            wanted="a manifest of your own: The tree was never published.",
        )
    ]  # fmt: skip
    assert [run_example(unknown(), example) for example in UNKNOWN["examples"]] == [[], []]  # type: ignore[attr-defined]


def test_a_source_has_layouts_or_says_that_they_are_unknown() -> None:
    without = {name: value for name, value in UNKNOWN.items() if name != "layout_unknown"}
    assert schema_faults(without) == ["$: exactly one of layouts / layout_unknown wanted"]
    table = {"name": "t", "files": ["t.csv"], "format": "table", "task": "qa", "turns": [{"user": "x"}]}
    both = {**UNKNOWN, "layouts": [{"name": "l", "if": ["**"], "tables": [table]}]}
    assert schema_faults(both) == ["$: exactly one of layouts / layout_unknown wanted"]
