"""What a recipe may say of a rewrite"""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.recipe import RecipeError, Rewrite, load_recipe

PLAIN = "id: mine\ntitle: Mine\ncorpora: [{name: medical}]\n"


def loaded(folder: Path, rewrite: str) -> Rewrite | None:
    (folder / "mine.yaml").write_text(PLAIN + rewrite, encoding="utf-8")
    return load_recipe(folder / "mine.yaml").rewrite


def test_there_is_none_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") is None


def test_a_model_is_enough(tmp_path: Path) -> None:
    assert loaded(tmp_path, "rewrite: {model: m}\n") == Rewrite(
        model="m", prompt="doctor", tasks=("dialogue",), sources=(), temperature=0.0, max_tokens=1024, seed=0, on_failure="reject"
    )


def test_all_of_it_is_read(tmp_path: Path) -> None:
    told = "{model: a/b, tasks: [dialogue, qa], sources: [x, y/t], temperature: 0.5, max_tokens: 9, seed: 3, on_failure: keep}"
    assert loaded(tmp_path, f"rewrite: {told}\n") == Rewrite(
        model="a/b", tasks=("dialogue", "qa"), sources=("x", "y/t"), temperature=0.5, max_tokens=9, seed=3, on_failure="keep"
    )


@pytest.mark.parametrize(
    "told",
    ["{}", "{model: ''}", "{model: m, prompt: nurse}", "{model: m, tasks: []}", "{model: m, tasks: [talk]}", "{model: m, sources: [../x]}",
     "{model: m, temperature: -1}", "{model: m, max_tokens: 0}", "{model: m, seed: x}", "{model: m, on_failure: ask}",
     "{model: m, server: 'http://localhost'}", "m"],
)  # fmt: skip
def test_what_it_cannot_say_is_told(tmp_path: Path, told: str) -> None:
    with pytest.raises(RecipeError, match=r"\$\.rewrite"):
        loaded(tmp_path, f"rewrite: {told}\n")
