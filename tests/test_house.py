"""The shape of the house, held over the syntax trees: floors, rooms, names"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("schemas", "curate", "pipelines")  # imports go only leftward
ROOMS = (
    "ingest", "inspect", "screen", "rewrite", "match", "shield", "dedup", "tag", "balance", "emit", "report", "export", "verify", "diff",
)  # fmt: skip
NO_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "base", "manager"}
FILES = [path.relative_to(ROOT) for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
SOURCES = sorted(path.stem for path in (ROOT / "manifests" / "sources").glob("*.yaml"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it; `from a import b` gives a and a.b, for b may be a module."""
    package = path.with_suffix("").parts[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])]) if node.level else str(node.module)
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def found(wanted: str, path: Path) -> list[str]:
    return [name for name in imports(path) if name == wanted or name.startswith(f"{wanted}.")]


def test_the_floors_are_here():
    assert {path.parts[0] for path in FILES} == set(FLOORS)
    assert len(SOURCES) > 1


@pytest.mark.parametrize(
    ("floor", "above"), [("schemas", ["curate", "pipelines", "apache_beam"]), ("curate", ["pipelines", "apache_beam"])]
)
def test_imports_go_only_leftward_and_beam_stays_under_pipelines(floor, above):
    assert [f"{path} imports {name}" for path in FILES if path.parts[0] == floor for wanted in above for name in found(wanted, path)] == []


def test_no_part_of_the_program_imports_its_tests():
    assert [f"{path} imports {name}" for path in FILES for name in found("tests", path)] == []


def test_no_room_imports_another_nor_an_instrument_a_room():
    apart = [
        f"{path} imports {name}"
        for path in FILES
        if path.parts[0] == "curate"
        for room in ROOMS
        if path.parts[1] != room
        for name in found(f"curate.{room}", path)
    ]
    assert apart == []


def test_every_stage_has_a_room_and_a_wiring_of_its_name():
    assert [room for room in ROOMS if Path("curate", room, "__init__.py") not in FILES and Path("curate", f"{room}.py") not in FILES] == []
    assert [room for room in ROOMS if Path("pipelines", f"{room}.py") not in FILES] == []


def test_no_module_is_named_for_nothing():
    everything = [*FILES, *(path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py"))]
    assert [str(path) for path in everything if NO_NAMES & {path.stem, *path.parts[:-1]}] == []


def test_no_code_knows_a_sources_name():
    names = re.compile(rf"(?<![a-z0-9_])({'|'.join(map(re.escape, SOURCES))})(?![a-z0-9_])")
    known = [
        f"{path}:{literal.lineno}: {hit[0]}"
        for path in FILES
        if path.parts[0] in ("curate", "pipelines") and path.parts[:2] != ("curate", "sample")
        for literal in literals(path)
        if (hit := names.search(literal.value))
    ]
    assert known == []


def literals(path: Path) -> Iterator[ast.Constant]:
    """String literals, pieces of f-strings too; no docstrings."""
    said = {id(node.value) for node in ast.walk(tree(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


def test_every_module_says_what_comes_in_and_goes_out():
    silent = [str(path) for path in FILES if path.name != "__init__.py" and not ast.get_docstring(tree(path))]
    assert silent == []


def test_an_import_is_found_wherever_it_stands(tmp_path):
    file = tmp_path / "late.py"
    file.write_text("def work():\n    import apache_beam.io as io\n    from curate import dedup\n    return io, dedup\n")
    assert list(imports(file)) == ["apache_beam.io", "curate", "curate.dedup"]
    assert found("apache_beam", file) == ["apache_beam.io"]
    assert found("curate.dedup", file) == ["curate.dedup"]
    assert found("curate.ded", file) == []


def test_a_docstring_is_no_literal_and_a_piece_of_an_fstring_is(tmp_path):
    file = tmp_path / "named.py"
    file.write_text('"""says slake"""\nname = f"{1}slake"\n')
    assert [literal.value for literal in literals(file)] == ["slake"]
