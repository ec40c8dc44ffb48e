"""The shopping list: what a source is, where to get it, what its folder and files must be called"""

from pathlib import Path

from curate.manifest import load_manifests
from curate.manifest.catalogue import catalogue, shopping_lines
from curate.manifest.load import build_manifest

MANIFESTS = Path(__file__).parents[3] / "manifests"
TABLE = {
    "name": "pairs",
    "files": ["**/train.json"],
    "format": "json",
    "task": "vqa",
    "image": {"path": "images/{name}", "extensions": [".jpg", ".png"]},
    "modality": {"map": "kind", "values": {"a": "ct", "b": "mri"}, "default": "unknown"},
    "turns": [{"user": "{q}"}, {"assistant": "{a}"}],
}
RAW = {
    "id": "tiny",
    "title": "Tiny | pairs",
    "homepage": "https://example.org",
    "where": "The hub",
    "license": "MIT",
    "commercial": "yes",
    "folders": ["Tiny-Set"],
    "published": {"pairs": {"train": 1200, "test": 34}, "parquet": 1000},
    "traps": ["answers are\n numbers"],
    "unverified": ["split"],
    "layouts": [
        {"name": "original", "if": ["x"], "tables": [TABLE]},
        {"name": "hub", "if": ["y"], "tables": [{**TABLE, "name": "parquet", "files": ["data/*.parquet"], "image": "{@file}"}]},
    ],
}


def test_the_shopping_list_tells_all_that_a_user_must_fetch() -> None:
    assert list(shopping_lines(build_manifest(RAW, path="tiny.yaml", wordings={}))) == [
        "Tiny | pairs: vqa; ct, mri; 1,234 rows; MIT, open, commercial use: yes",
        "get    The hub https://example.org",
        "folder tiny, Tiny-Set",
        "files  original: **/train.json; images/{name}.jpg or .png",
        "or     hub: data/*.parquet",
    ]


def test_a_layout_that_nobody_published_is_told_as_that() -> None:
    raw = {name: value for name, value in RAW.items() if name not in ("layouts", "published")}
    raw["layout_unknown"] = "no tree was ever published"
    assert list(shopping_lines(build_manifest(raw, path="tiny.yaml", wordings={}))) == [
        "Tiny | pairs: nothing that can be read yet; unknown; rows not published; MIT, open, commercial use: yes",
        "get    The hub https://example.org",
        "folder tiny, Tiny-Set",
        "files  unknown: no tree was ever published",
    ]


def test_the_page_has_a_row_and_a_section_for_each() -> None:
    page = catalogue([build_manifest(RAW, path="tiny.yaml", wordings={})]).splitlines()
    assert "| [tiny](#tiny) | Tiny \\| pairs | vqa | ct, mri | 1,234 | MIT | open | yes |" in page
    section = page[page.index("### tiny") :]
    assert section[2:] == [
        "Tiny | pairs. The hub https://example.org",
        "",
        "- folder: `tiny`, `Tiny-Set`",
        "- original: `**/train.json`, `images/{name}.jpg or .png`",
        "- hub: `data/*.parquet`",
        "- trap: answers are numbers",
        "- unverified: split",
    ]


def test_the_page_that_ships_is_that_of_the_manifests_that_ship() -> None:
    page = (MANIFESTS / "SOURCES.md").read_text(encoding="utf-8")
    assert page == catalogue(load_manifests(MANIFESTS)), "run: python -m pipelines plan --markdown > manifests/SOURCES.md"
