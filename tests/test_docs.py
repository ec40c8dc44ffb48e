"""What the pages say is there is there, and what is there they say"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from pipelines.commands import command_parser

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(page for room in ("docs", "manifests", "curate") for page in (ROOT / room).rglob("*.md"))])


def commands() -> dict[str, argparse.ArgumentParser]:
    (found,) = (action.choices for action in command_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(found)


def test_every_flag_is_named_on_a_page() -> None:
    named = {flag for page in PAGES for flag in re.findall(r"--[a-z][a-z0-9-]*", page.read_text(encoding="utf-8"))}
    taken = {
        f"{name} {flag}"
        for name, command in commands().items()
        for action in command._actions
        if action.help != argparse.SUPPRESS
        for flag in action.option_strings
        if flag.startswith("--") and flag not in {*named, "--help"}
    }
    assert sorted(taken) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_links_to_are_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_sections_that_are_pointed_at_are_about_what_they_are_pointed_at_for() -> None:
    text = (ROOT / "manifests" / "README.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\d+)\. (.+)$", text, re.MULTILINE))
    assert sorted(map(int, sections)) == list(range(1, len(sections) + 1))
    assert set(re.findall(r"section (\d+)", text)) <= sections.keys()
    assert "the words by which publishers call it, is section 15" in text
    assert sections["15"] == "The modalities"
