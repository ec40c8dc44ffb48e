"""globs, regexes, templates, key digests"""

import pytest

from curate.manifest.keys import key_digest
from curate.manifest.pattern import PatternError, alternatives, compile_glob, compile_pattern, fold
from curate.manifest.template import Column, Piece, TemplateError, parse_template, template_columns


@pytest.mark.parametrize(
    ("glob", "path", "captures"),
    [
        ("**/train.json", "train.json", {}),
        ("**/train.json", "a/b/Train.JSON", {}),
        ("**/train.json", "xtrain.json", None),
        ("*/images/*.png", "covid/images/COVID (1).png", {}),
        ("*/images/*.png", "a/b/images/x.png", None),
        ("{split}/{label}/{name}.png", "train/benign (x)/a.b.png", {"split": "train", "label": "benign (x)", "name": "a.b"}),
        ("data/{split}/**/captions.txt", "data/test/radiology/captions.txt", {"split": "test"}),
        ("{id}/{id}.xml", "7/7.xml", {"id": "7"}),
        ("{id}/{id}.xml", "7/8.xml", None),
        ("a?[1].txt", "ab[1].txt", {}),
    ],
)
def test_a_glob_fits_whole_paths_and_captures(glob: str, path: str, captures: dict[str, str] | None) -> None:
    match = compile_glob(glob).fullmatch(path)
    assert (match.groupdict() if match else None) == captures


def test_alternatives_of_a_glob_are_parted_by_a_bar_between_blanks() -> None:
    assert alternatives("a.json | b|c.json") == ("a.json", "b|c.json")


def test_paths_compare_without_case_and_without_regard_to_how_accents_are_composed() -> None:
    assert fold("Image/A\u0308.PNG") == fold("image/\u00e4.png")


@pytest.mark.parametrize("text", ["(a+)+", "(?:a*b?)*", "((x|y+)z)*", "(a{2,})+", "(?=(a+)+)b"])
def test_a_regex_that_can_explode_is_refused(text: str) -> None:
    with pytest.raises(PatternError, match="without bound inside another"):
        compile_pattern(text)


def test_a_harmless_regex_is_compiled_and_a_broken_one_named() -> None:
    assert compile_pattern(r"^(?P<page>\d{1,3}(?:\.\d{2})?)-(?P<rest>.*)$").groupindex == {"page": 1, "rest": 2}
    with pytest.raises(PatternError, match="no regular expression"):
        compile_pattern("(")


def test_a_template_has_literals_columns_and_optional_pieces() -> None:
    parts = ("a {x} ", Column("Image Index"), Piece((" (", Column("b.c"), ") ")), "!")
    assert parse_template("a {{x}} {Image Index}[[ ({b.c}) ]]!") == parts
    assert parse_template("{OriginalImage[Width}") == (Column("OriginalImage[Width"),)
    assert list(template_columns("{a}[[{b}]]")) == ["a", "b"]
    assert list(template_columns("{a}[[{b}]]", optional=False)) == ["a"]
    with pytest.raises(TemplateError, match="has no partner"):
        parse_template("a}")


def test_a_key_digest_is_pinned() -> None:
    assert key_digest("synpic", "synpic12345") == "06e4939322cac456ccc6fad10e56a9f4"
