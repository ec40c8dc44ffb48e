"""the shipped recipes name sources and tables that there are"""

from pathlib import Path

from curate.manifest import load_manifests
from curate.recipe import load_recipe

MANIFESTS = Path(__file__).parents[1] / "manifests"
TABLES = {
    manifest.id: {table.name: table.task for layout in manifest.layouts for table in layout.tables}
    for manifest in load_manifests(MANIFESTS)
    if manifest.kind == "source"
}
LINGSHU = load_recipe(MANIFESTS / "corpora" / "lingshu.yaml")


def named(corpus: str) -> set[str]:
    return next(set(plan.sources) for plan in LINGSHU.corpora if plan.name == corpus)


def test_every_name_is_that_of_a_source_or_of_one_of_its_tables() -> None:
    names = [name for plan in LINGSHU.corpora for name in plan.sources]
    parts = [(name, *name.partition("/")[::2]) for name in names]
    assert [name for name, id, table in parts if id not in TABLES or (table and table not in TABLES[id])] == []


def test_whatever_a_corpus_names_has_rows_of_a_task_it_takes() -> None:
    empty = []
    for plan in LINGSHU.corpora:
        for name in plan.sources:
            id, _, table = name.partition("/")
            tasks = {task for found, task in TABLES[id].items() if table in ("", found)}
            if tasks and not tasks & set(plan.tasks):  # a source of unknown layout has no tables
                empty.append((plan.name, name))
    assert empty == []


def test_lingshus_stages_are_those_of_its_table() -> None:
    assert [plan.name for plan in LINGSHU.corpora] == [
        "alignment_shallow", "alignment_deep", "instruction", "instruction_general", "text", "text_general", "reinforcement", "labelled",
    ]  # fmt: skip
    assert named("alignment_shallow") == {"pmc_oa", "roco"}
    assert {name.partition("/")[0] for name in named("alignment_deep")} == {
        "rocov2", "llava_med", "quilt_llava", "pubmedvision", "mimic_cxr", "fairvlmed", "medicat", "medpix_2_0", "llava_1_5", "pixmo_cap",
    }  # fmt: skip
    assert {name.partition("/")[0] for name in named("instruction")} == {
        "pathvqa", "pmc_vqa", "slake", "quilt_llava", "vqa_med_2019", "mimic_cxr_vqa", "pubmedvision", "llava_med", "llava_med_zh",
        "vqa_rad", "chexpert_plus", "mimic_cxr", "rocov2", "iu_xray",
    }  # fmt: skip
    assert {name.partition("/")[0] for name in named("instruction_general")} == {"llava_1_5", "allava_4v"}
    assert {name.partition("/")[0] for name in named("text")} == {
        "medquad", "medical_o1_verifiable", "medical_o1_reasoning_sft", "apollo_corpus", "medical_r1_distill_data", "alpacare",
        "healthcaremagic", "icliniq", "pmc_llama_instructions", "huatuogpt2_sft", "medreason", "medthoughts_8k", "medqa",
    }  # fmt: skip
    assert named("text_general") == {"llava_1_5/text", "openhermes_2_5"}
    assert named("reinforcement") == {"mimic_cxr_vqa", "pmc_vqa", "kvasir_vqa", "pathvqa", "slake", "vqa_med_2019", "vqa_rad"}


def test_captions_of_mimic_are_findings_alone_and_instructions_lose_no_image_to_another_source() -> None:
    captions = [name for plan in LINGSHU.corpora if plan.tasks == ("caption",) for name in plan.sources]
    assert [name for name in captions if "mimic" in name] == ["mimic_cxr/findings"]
    scopes = {
        (manifest.id, table.scope)
        for manifest in load_manifests(MANIFESTS)
        if manifest.kind == "source"
        for layout in manifest.layouts
        for table in layout.tables
        if table.task in ("vqa", "instruction") and table.scope != "none"
    }
    assert scopes <= {("llava_med", "table"), ("llava_med_zh", "table"), ("pubmedvision", "table")}


def test_lingshus_stages_are_drawn_as_its_tables_say() -> None:
    drawn = {mixture.name: mixture.corpora for mixture in LINGSHU.mixtures}
    assert list(drawn) == ["shallow_alignment", "deep_alignment", "instruction", "reinforcement"]
    assert drawn["instruction"] == {"instruction": 4.7, "instruction_general": 1.2, "text_general": 1.0, "text": 0.173}
    labelled_alone = {plan.name for plan in LINGSHU.corpora} - {name for corpora in drawn.values() for name in corpora}
    assert labelled_alone == {"labelled"}  # what Lingshu makes captions of with other models is in none of its stages as it is
