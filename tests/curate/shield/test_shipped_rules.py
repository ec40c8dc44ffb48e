"""What the shipped evaluation sets go by, as their manifests say it"""

from pathlib import Path

import pytest
import yaml

from curate.manifest import Manifest, load_manifests
from curate.recipe import RecipeError, load_recipe
from curate.shield.rules import OVERRIDDEN, overridden
from pipelines.shield import benchmark_of

SHIPPED = Path(__file__).parents[3] / "manifests"
BENCHMARKS = [manifest for manifest in load_manifests(SHIPPED) if manifest.kind == "benchmark"]


def said(manifest: Manifest) -> dict[str, object]:
    return dict(yaml.safe_load(Path(manifest.path).read_text(encoding="utf-8"))["rules"])


@pytest.mark.parametrize("manifest", BENCHMARKS, ids=lambda manifest: manifest.id)
def test_each_says_by_what_it_goes_and_why(manifest: Manifest) -> None:
    rules = said(manifest)
    by = {str(rules[name]) for name in ("own_train", "others") if name in rules}
    wanted = {"others", "keys", "reason"}
    wanted |= {"own_train"} if manifest.of else set()
    wanted |= {"text", "compares"} if by & {"question", "image|question"} else set()
    wanted |= {"near_images"} if by - {"question"} else set()
    assert set(rules) == wanted
    assert len(str(rules["reason"]).split()) >= 8
    made = {key for layout in manifest.layouts for table in layout.tables for key in table.keys}
    assert set(rules["keys"]) == made  # type: ignore[call-overload]


def test_each_goes_by_something_that_its_rows_have() -> None:
    assert len(BENCHMARKS) == 23
    for manifest in BENCHMARKS:
        tables = [table for layout in manifest.layouts for table in layout.tables]
        benchmark = benchmark_of(manifest)
        by_text = bool(benchmark.rules & {"question", "image|question"})
        assert by_text or all(table.keys or table.image for table in tables), manifest.id
        assert by_text or benchmark.rules & {"image", "image+question"}


def test_by_patient_by_study_by_figure_and_by_text_are_all_there() -> None:
    found = {manifest.id: benchmark_of(manifest) for manifest in BENCHMARKS}
    assert found["mimic_cxr"].keys == ("mimic_patient", "mimic_study")
    assert found["chexpert_plus"].keys == ("chexpert_patient", "chexpert_study")
    assert found["pmc_vqa"].keys == ("figure",)
    assert (found["pmc_vqa"].others, found["pmc_vqa"].compares) == ("image|question", ("answer",))
    assert found["healthbench"].compares == ("question", "answer")
    assert (found["vqa_rad"].own_train, found["vqa_rad"].others, found["vqa_rad"].near_images) == ("image+question", "image", True)
    templates = {"vqa_rad", "slake", "pathvqa", "omnimedvqa", "rad_restruct"}
    assert all(not found[id].rules & {"question", "image|question"} for id in templates)  # their questions are anybody's


def test_a_recipe_may_say_all_of_it_otherwise(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "id: mine\ntitle: Mine\nshield:\n"
        "  mimic_cxr: {own_train: none, others: image, keys: [mimic_study], near_images: false}\n"
        "  medqa_usmle: {text: full, compares: [question, answer]}\n"
        "corpora: [{name: c}]\n",
        encoding="utf-8",
    )
    shield = load_recipe(tmp_path / "mine.yaml").shield
    found = {manifest.id: overridden(benchmark_of(manifest), shield) for manifest in BENCHMARKS}
    assert [getattr(found["mimic_cxr"], name) for name in OVERRIDDEN] == [
        "none",
        "image",
        ("mimic_study",),
        "overlap",
        ("question",),
        False,
    ]
    assert (found["medqa_usmle"].text, found["medqa_usmle"].compares, found["medqa_usmle"].others) == (
        "full",
        ("question", "answer"),
        "question",
    )
    (tmp_path / "mine.yaml").write_text("id: mine\ntitle: Mine\nshield: {slake: {text: some}}\ncorpora: [{name: c}]\n", encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_recipe(tmp_path / "mine.yaml")
    assert "$.shield.slake.text: 'some' is not one of ['overlap', 'full']" in str(caught.value)
