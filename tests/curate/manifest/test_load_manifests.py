"""folders of YAML -> manifests, or every fault in all of them at once"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from curate.manifest import ManifestError, load_manifests


def minimal(**fields: Any) -> dict[str, Any]:
    table = {
        "name": "pictures", "files": ["labels.csv"], "format": "table", "task": "classification", "row": "{file}", "image": "{file}",
        "modality": {"map": "modality"}, "labels": ["{label}"], "turns": [{"user": "What?"}, {"assistant": "{label}"}],
    }  # fmt: skip
    return {
        "id": "mine", "title": "Mine", "license": "CC0-1.0", "commercial": "yes",
        "layouts": [{"name": "only", "if": ["labels.csv"], "tables": [table]}], **fields,
    }  # fmt: skip


def shipped(folder: Path, *manifests: dict[str, Any], prompts: str = "caption:\n  en: [Describe.]\n") -> Path:
    for name in ("sources", "benchmarks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "templates.yaml").write_text(prompts, encoding="utf-8")
    for manifest in manifests:
        place = "benchmarks" if manifest.get("kind") == "benchmark" else "sources"
        (folder / place / f"{manifest['id']}.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")
    return folder


def faults(folder: Path, *extra: Path) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        load_manifests(folder, extra)
    return [line.replace(f"{folder}/", "") for line in str(caught.value).splitlines()]


def test_a_table_takes_the_words_of_its_source_where_it_has_none(tmp_path: Path) -> None:
    published = {"pictures": {"train": 3, "test": 4}}
    (manifest,) = load_manifests(shipped(tmp_path, minimal(language="zh", reliability=70, access="registered", published=published)))
    (table,) = manifest.layouts[0].tables
    assert (table.language, table.reliability, table.access, table.license, table.commercial) == ("zh", 70, "registered", "CC0-1.0", "yes")
    assert (table.scope, table.from_labels, table.split) == ("table", True, "")
    assert (manifest.name, manifest.kind, manifest.published_rows) == ("mine", "source", {"pictures": 7})


def test_all_faults_of_all_files_come_at_once_with_place_found_wanted_and_the_nearest_name(tmp_path: Path) -> None:
    wrong = minimal(licence="CC0-1.0", commercial="maybe", reliability=101)
    del wrong["license"]
    wrong["layouts"][0]["tables"][0]["task"] = "classifcation"
    wrong["layouts"][0]["tables"][0]["turns"][1] = {"asistant": "x"}
    other = {**minimal(), "id": "other", "title": 3}
    shipped(tmp_path, wrong, other)
    (tmp_path / "sources" / "broken.yaml").write_text("id: [\n", encoding="utf-8")
    assert faults(tmp_path) == [
        "sources/broken.yaml: line 2, no YAML: expected the node content, but found '<stream end>'",
        "sources/mine.yaml: $.license: missing; is 'licence' meant?",
        "sources/mine.yaml: $.licence: no such field; nearest: 'license'; wanted one of kind, id, title, homepage, where, citation, "
        "folders, license, commercial, access, reliability, clean, language, modality, domain, is_synthetic, pixels_may_identify, "
        "published, traps, unverified, layouts, examples, of, rules, known_keys, layout_unknown",
        "sources/mine.yaml: $.commercial: 'maybe' found, one of yes, no, ask, by_license wanted; is 'ask' meant?",
        "sources/mine.yaml: $.layouts[0].tables[0].task: 'classifcation' found, one of caption, report, vqa, instruction, classification, "
        "segmentation, detection, qa, reasoning, dialogue wanted; nearest: 'classification'",
        "sources/mine.yaml: $.layouts[0].tables[0].turns[1].asistant: no such field; nearest: 'assistant'; wanted one of system, user, "
        "assistant, optional, open",
        "sources/mine.yaml: $.reliability: 101 is greater than the maximum of 100",
        "sources/other.yaml: $.title: number 3 found, string wanted",
    ]


def table_of(manifest: dict[str, Any], **fields: Any) -> dict[str, Any]:
    manifest["layouts"][0]["tables"][0].update(fields)
    return manifest


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"row": "{file"}, "row: '{' at 0 has no partner"),
        ({"row": "[[{file}"}, "row: '[[' is not closed"),
        ({"row": "{ }"}, "row: no column between the braces at 0"),
        ({"columns": {"a": {"capture": "file", "pattern": "(x+)+"}}},
         "columns.a.pattern: a repeat without bound inside another can take for ever; use one, or {n,m}"),
        ({"columns": {"a": {"capture": "file", "pattern": "x" * 301}}}, "columns.a.pattern: 301 characters, at most 300 wanted"),
        ({"columns": {"a": {"capture": "file", "pattern": "(x)(y)"}}},
         "columns.a.pattern: 2 groups found, one alone or one named 'a' wanted"),
        ({"columns": {"a": {"split": "file"}}}, "columns.a.at: missing"),
        ({"turns": [{"user": {"prompt": "captoin"}}, {"assistant": "x"}]},
         "turns[0].user.prompt: 'captoin' is not in templates.yaml; nearest: 'caption'"),
        ({"image": "{folder}/*/x.png"}, "image[0]: '*' after the first column; wanted in the folders before it alone"),
        ({"files": ["../other/labels.csv"]}, "files[0]: '../other/labels.csv' leaves the source's folder"),
        ({"format": "lines", "options": {"pattern": "x"}}, "options.pattern: no named group (?P<name>...) found, one at least wanted"),
        ({"options": {"delimter": ";"}},
         "options.delimter: no such field; nearest: 'delimiter'; wanted one of delimiter, quoting, columns, encoding"),
        ({"modality": {"map": "modality", "values": {"CT": "catscan"}}},
         "modality.values.CT: 'catscan' found, one of xray, ct, mri, ultrasound, dermoscopy, fundus, histopathology, microscopy, oct, pet, "
         "endoscopy, photography, other, unknown wanted; is 'ct' meant?"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_at_its_place(tmp_path: Path, fields: dict[str, Any], fault: str) -> None:
    shipped(tmp_path, table_of(minimal(), **fields))
    assert faults(tmp_path) == [f"sources/mine.yaml: $.layouts[0].tables[0].{fault}"]


def test_the_file_is_called_after_its_id_and_published_tables_exist(tmp_path: Path) -> None:
    shipped(tmp_path)
    (tmp_path / "sources" / "yours.yaml").write_text(yaml.safe_dump(minimal(published={"picture": 3})), encoding="utf-8")
    assert faults(tmp_path) == [
        "sources/yours.yaml: $.id: 'mine' found, the file's name 'yours' wanted",
        "sources/yours.yaml: $.published.picture: no layout has such a table; nearest: 'pictures'",
    ]


def test_a_users_own_manifests_stand_beside_the_shipped_and_may_not_take_their_ids(tmp_path: Path) -> None:
    ours = shipped(tmp_path / "shipped", minimal())
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "their_set.yaml").write_text(yaml.safe_dump({**minimal(), "id": "their_set"}), encoding="utf-8")
    assert [manifest.name for manifest in load_manifests(ours, [theirs])] == ["mine", "their_set"]
    (theirs / "mine.yaml").write_text(yaml.safe_dump(minimal()), encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        load_manifests(ours, [theirs])
    assert str(caught.value) == f"{theirs}/mine.yaml: $.id: 'mine' is taken by {ours}/sources/mine.yaml; wanted: an id of its own"


def test_two_sources_may_not_claim_one_folder(tmp_path: Path) -> None:
    shipped(tmp_path, minimal(folders=["My Set"]), {**minimal(), "id": "my_set"})
    with pytest.raises(ManifestError) as caught:
        load_manifests(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/sources/my_set.yaml: $.folders: 'my-set' is claimed by {tmp_path}/sources/mine.yaml too; wanted: a name of its own"
    )


def test_a_benchmark_lies_in_the_folder_of_its_source_and_brings_its_keys(tmp_path: Path) -> None:
    digest = "0123456789abcdef0123456789abcdef"
    rules = {"own_train": "image+question", "others": "image", "reason": "because"}
    benchmark = {**minimal(), "kind": "benchmark", "of": "mine", "rules": rules, "known_keys": "mine.keys.txt"}
    shipped(tmp_path, minimal(folders=["Other Name"]), benchmark)
    (tmp_path / "benchmarks" / "mine.keys.txt").write_text(f"# remark\n{digest}\n", encoding="utf-8")
    source, found = load_manifests(tmp_path)
    assert (source.name, found.name, found.folders, found.known_keys) == ("mine", "mine@benchmark", ("Other Name", "mine"), {digest})
    assert found.rules is not None
    assert (found.rules.own_train, found.rules.others, found.rules.reason) == ("image+question", "image", "because")
    (tmp_path / "benchmarks" / "mine.keys.txt").write_text("synpic12345\n", encoding="utf-8")
    assert faults(tmp_path) == ["benchmarks/mine.yaml: $.known_keys: mine.keys.txt: digest 1: 11 characters found, 32 hex digits wanted"]


def test_a_benchmark_says_its_rules_and_a_source_has_none(tmp_path: Path) -> None:
    shipped(tmp_path, minimal(of="x"), {**minimal(), "id": "bench", "kind": "benchmark"})
    assert faults(tmp_path) == [
        "sources/mine.yaml: $.of: belongs to a benchmark alone (kind: benchmark)",
        "benchmarks/bench.yaml: $.rules: missing",
    ]


def test_rules_name_keys_that_a_table_makes(tmp_path: Path) -> None:
    keyed = table_of(minimal(), keys={"patient": "{label}"})
    rules = {"others": "image", "keys": ["patient", "pattient"], "reason": "because"}
    shipped(tmp_path, minimal(), {**keyed, "id": "bench", "kind": "benchmark", "rules": rules})
    assert faults(tmp_path) == ["benchmarks/bench.yaml: $.rules.keys: no table makes a key 'pattient'; nearest: 'patient'"]


def test_the_digest_changes_with_the_file_and_with_the_wordings_it_uses(tmp_path: Path) -> None:
    prompted = table_of(minimal(), turns=[{"user": {"prompt": "caption"}}, {"assistant": "{label}"}])
    first = load_manifests(shipped(tmp_path, prompted))[0]
    assert first.prompts == {"caption": {"en": ("Describe.",)}}
    assert load_manifests(shipped(tmp_path, prompted))[0].digest == first.digest
    other = load_manifests(shipped(tmp_path, prompted, prompts="caption:\n  en: [Describe!]\n"))[0]
    titled = load_manifests(shipped(tmp_path, {**prompted, "title": "New"}))[0]
    assert len({first.digest, other.digest, titled.digest}) == 3


def test_the_smallest_manifest_of_the_readme_is_sound(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[3] / "manifests" / "README.md").read_text(encoding="utf-8")
    shipped(tmp_path, prompts="classification:\n  en: [Name it.]\n")
    own = tmp_path / "own"
    own.mkdir()
    (own / "my_pictures.yaml").write_text(readme.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    (found,) = load_manifests(tmp_path, [own])
    assert (found.id, found.commercial, found.layouts[0].tables[0].scope) == ("my_pictures", "yes", "table")


def test_windows_lie_beside_the_manifests_and_a_users_own_go_before_ours(tmp_path: Path) -> None:
    ours = shipped(tmp_path / "ours", table_of(minimal(), render={"window": "lung"}))
    (ours / "windows.yaml").write_text("lung: {low: -1350, high: 150}\n", encoding="utf-8")
    (manifest,) = load_manifests(ours)
    assert manifest.windows == {"lung": (-1350, 150)}
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "windows.yaml").write_text("Lung: {center: -500, width: 1000}\n", encoding="utf-8")
    (other,) = load_manifests(ours, [theirs])
    assert (other.windows, other.digest == manifest.digest) == ({"Lung": (-1000, 0)}, False)
    (theirs / "windows.yaml").write_text("lung: {center: -500}\n", encoding="utf-8")
    assert faults(ours, theirs) == [
        f"{theirs}/windows.yaml: $.lung: center and width, or low and high wanted, with 'shows' and 'source'",
    ]
