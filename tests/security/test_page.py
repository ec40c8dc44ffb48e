"""The page of promises names every test that holds one, and nothing that is not there"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "SECURITY.md", ROOT / "docs" / "security.md"]


def test_every_link_of_the_pages_leads_somewhere() -> None:
    links = [(page, link) for page in PAGES for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))]
    assert len(links) > 10
    assert [f"{page.name}: {link}" for page, link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_test_of_a_promise_is_named_beside_it() -> None:
    page = PAGES[1].read_text(encoding="utf-8")
    tests = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__))
    assert [name for name in tests if f"[`{name}`]" not in page] == []
