"""cards: what a reader, the hub and `datasets` are told of a corpus"""

import dataclasses
import hashlib
import json
import re

import pytest
import yaml
from datasets import load_dataset

from curate.emit.attribution import attribution
from curate.emit.card import card, front_matter
from curate.emit.croissant import croissant
from curate.emit.facts import CorpusFacts, Guard, Origin, Shard, Share, count_words
from curate.emit.index import as_json, corpus_index
from curate.emit.markdown import plain
from curate.emit.plot import card_plot
from curate.emit.write import write_shard
from tests.curate.emit.tiny_corpus import TinyCorpus, tiny_corpus

SHARES = (
    Share(name="xray", outside=False, supply=30, before=0.75, target=0.5, selected=3, after=0.6, weight=0.8, weighted=0.5, reached=True),
    Share(name="ct", outside=False, supply=2, before=0.25, target=0.5, selected=2, after=0.4, weight=4, weighted=0.3, reached=False),
    Share(name="text", outside=True, supply=1, before=0.1, target=None, selected=1, after=0.1, weight=1, weighted=0.1, reached=True),
)
ORIGINS = (
    Origin(id="slake", title="SLAKE | 1.0", homepage="https://www.med-vqa.com/slake/", citation="Liu et al. 2021", license="CC-BY-4.0"),
    Origin(id="medquad", title="MedQuAD", license="per record"),
    Origin(id="unused", title="Unused"),
)


def facts_of(folder, splits=("train", "validation")) -> CorpusFacts:
    corpus, shards = tiny_corpus(), []
    for split in splits:
        name, rows = f"{split}-00000-of-00001.parquet", corpus.rows(split)
        said = write_shard(folder / name, rows, corpus.read, group_bytes=4 << 20)
        shards.append(Shard(name=name, split=split, counts=count_words(rows), **dataclasses.asdict(said)))
    return CorpusFacts(
        name="medical", title="A tiny corpus", recipe={"id": "default"}, settings={"tokenizer": "clip-bpe"}, mode="cap", cap=1.25,
        max_repeat=4.0, shares=SHARES, origins=ORIGINS, shards=tuple(shards), synthetic=2, scrubbed=12, binding=("ct",),
        guards=(
            Guard(id="vqa_rad", title="VQA-RAD", rows=451, covered=451, images=203, rejected=7, state="shielded"),
            Guard(
                id="cmb", title="CMB", rows=9, covered=8, questions=8, rejected=1, state="partly",
                why="without keys or questions: 1 of 9 rows",
            ),
            Guard(id="omni", title="OmniMedVQA", rejected=0, why="not on disk; none of its keys is published"),
        ),
    )  # fmt: skip


@pytest.fixture
def facts(tmp_path):
    return facts_of(tmp_path)


def test_facts_count_what_the_shards_hold(facts):
    assert (facts.rows, facts.images, facts.splits) == (4, 4, {"train": 3, "validation": 1})
    assert facts.counts("source") == {"slake": 3, "medquad": 1}
    assert facts.counts("task") == {"vqa": 3, "qa": 1}
    assert facts.licenses_of("slake") == {"CC-BY-4.0": 3}
    assert facts.biomedclip is False


def test_the_front_matter_says_where_each_split_is(facts):
    assert front_matter(facts) == {
        "pretty_name": "A tiny corpus",
        "license": "other",
        "license_name": "per-record",
        "license_link": "ATTRIBUTION.md",
        "language": ["en"],
        "task_categories": ["question-answering", "visual-question-answering"],
        "size_categories": ["n<1K"],
        "tags": ["medical", "vision-language", "xray"],
        "dataset_info": {
            "config_name": "default",
            "splits": [
                {"name": "train", "num_bytes": facts.shards[0].bytes, "num_examples": 3},
                {"name": "validation", "num_bytes": facts.shards[1].bytes, "num_examples": 1},
            ],
            "download_size": facts.bytes,
            "dataset_size": facts.bytes,
        },
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": "train", "path": "train-*-of-00001.parquet"},
                    {"split": "validation", "path": "validation-*-of-00001.parquet"},
                ],
            }
        ],
    }
    assert yaml.safe_load(card(facts).split("---\n")[1]) == front_matter(facts)


def test_the_folder_with_its_cards_opens_as_one_data_set(facts, tmp_path):
    (tmp_path / "README.md").write_text(card(facts))
    (tmp_path / "index.json").write_bytes(as_json(corpus_index(facts, {})))
    (tmp_path / "croissant.json").write_bytes(as_json(croissant(facts)))
    (tmp_path / "ATTRIBUTION.md").write_text(attribution(facts))
    loaded = load_dataset(str(tmp_path), cache_dir=str(tmp_path / "cache"))
    assert {split: rows.num_rows for split, rows in loaded.items()} == {"train": 3, "validation": 1}
    assert loaded["validation"][0]["images"][0].size == (8, 8)


def test_a_corpus_without_validation_opens_too(tmp_path):
    facts = facts_of(tmp_path, splits=("train",))
    (tmp_path / "README.md").write_text(card(facts))
    loaded = load_dataset(str(tmp_path), cache_dir=str(tmp_path / "cache"))
    assert {split: rows.num_rows for split, rows in loaded.items()} == {"train": 3}


def test_the_card_tells_balance_sources_and_what_is_not_shielded(facts):
    text = card(facts)
    assert "| xray | 30 (75.0%) | 50.0% | 60.0% | 3 | 0.8 | 50.0% |" in text
    assert "| ct | 2 (25.0%) | 50.0% | 40.0% | 2 | 4 | 30.0% * |" in text
    assert "| text (outside) | 1 (10.0%) | all | 10.0% | 1 | 1 | 10.0% |" in text
    assert r"| `slake` | SLAKE \| 1.0 | 3 | CC-BY-4.0 | open | ask |" in text
    assert "| VQA-RAD | shielded | 451 | 0 | 203 | 0 | 0 | 7 |" in text
    assert "| CMB | **partly** | 9 | 0 | 0 | 8 | 0 | 1 |" in text
    assert "| OmniMedVQA | **not shielded** | 0 | 0 | 0 | 0 | 0 | 0 |" in text
    assert "- CMB, partly: without keys or questions: 1 of 9 rows.\n" in text
    assert "- OmniMedVQA, not shielded: not on disk; none of its keys is published.\n" in text
    assert "- VQA-RAD" not in text
    assert "2 images are synthetic" in text
    assert "BiomedCLIP" not in text


def test_the_card_shows_the_shares_that_its_table_tells(facts):
    assert "## Balance\n\n![Shares before, after and wanted; the numbers are in the table](balance.svg)\n\n| modality |" in card(facts)
    drawn = card_plot(facts).decode()
    assert re.findall(r"<desc[^>]*>([^<]*)</desc>", drawn)[0].split("; ") == [
        "X-ray 75.0 % entering, 60.0 % of 50.0 % wanted",
        "CT 25.0 % entering, 40.0 % of 50.0 % wanted",
        "Text, no image 10.0 % entering, 10.0 % of all",
    ]
    nothing = dataclasses.replace(facts, shares=(*SHARES, dataclasses.replace(SHARES[0], name="oct", supply=0, target=0.0)))
    assert card_plot(nothing) == card_plot(facts)


def test_the_card_says_what_the_corpus_is_drawn_together_in(facts):
    drawn = dataclasses.replace(facts, mixtures={"deep": {"share": 0.5, "probability": 0.25, "repeat": 1.0, "rows": 4}})
    assert "Drawn together with other corpora of the same run: `deep` 25.0% of the draws. `mixtures.json`, beside" in card(drawn)
    assert "Drawn together" not in card(facts)
    assert '["mixtures"]["deep"]\n' in card(drawn)
    assert re.findall(r"^\*\*(\w+)", card(drawn), re.MULTILINE) == ["TRL", "Weights", "Mixtures", "Streaming", "ms", "LLaMA", "Other"]
    assert re.findall(r"^\*\*(\w+)", card(facts), re.MULTILINE) == ["TRL", "Weights", "Streaming", "ms", "LLaMA", "Other"]
    assert "mixtures.json" not in card(facts)


def test_the_card_says_when_biomedclip_decided(facts):
    shard = dataclasses.replace(facts.shards[0], counts={**facts.shards[0].counts, "modality_by": {"biomedclip": 1}})
    assert "Its model card allows research use only" in card(dataclasses.replace(facts, shards=(shard,)))


def test_the_card_says_who_decided_what_images_are(facts):
    counted = {"modality": {"text": 4, "ct": 6}, "modality_by": {"declared": 5, "pixels": 3, "": 2}}
    shard = dataclasses.replace(facts.shards[0], counts={**facts.shards[0].counts, **counted})
    wanted = "Who decided the modality of samples with images (`modality_by`): `pixels` 3, nobody 2, `declared` 1."
    assert wanted in card(dataclasses.replace(facts, shards=(shard,)))


def test_the_attribution_names_every_source_in_it_with_its_terms(facts):
    text = attribution(facts)
    assert "- Source: `slake`, 3 samples\n- Homepage: https://www.med-vqa.com/slake/\n- Licence: CC-BY-4.0; access: open" in text
    assert "- Citation: Liu et al. 2021" in text
    assert "- Licences of its records: CC-BY-NC-4.0 1" in text
    assert "| CC-BY-4.0 | 3 |\n| CC-BY-NC-4.0 | 1 |" in text
    assert "Unused" not in text


def test_the_index_names_every_shard_and_card_with_its_digest(facts, tmp_path):
    index = corpus_index(facts, {"README.md": b"hello"})
    assert [shard["name"] for shard in index["shards"]] == ["train-00000-of-00001.parquet", "validation-00000-of-00001.parquet"]
    for shard in index["shards"]:
        data = (tmp_path / shard["name"]).read_bytes()
        assert (shard["bytes"], shard["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert index["cards"] == [{"name": "README.md", "bytes": 5, "sha256": hashlib.sha256(b"hello").hexdigest()}]
    assert json.loads(as_json(index)) == index


def test_croissant_describes_every_shard_and_column(facts):
    described = croissant(facts)
    objects = [part for part in described["distribution"] if part["@type"] == "cr:FileObject"]
    assert [(part["name"], part["sha256"]) for part in objects] == [(shard.name, shard.sha256) for shard in facts.shards]
    fields = {field["@id"]: field for field in described["recordSet"][0]["field"]}
    assert fields["train/widths"]["dataType"] == "sc:Integer"
    assert fields["train/widths"]["repeated"] is True
    assert set(fields) >= {"train/id", "train/images", "train/messages", "train/modality"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a | b", r"a \| b"), ("x\n# y", r"x \# y"), ("<b>[l](u)", r"\<b\>\[l\](u)"), ("https://a.b/c_d", "https://a.b/c_d"), ("\ud800", "?")],
)
def test_words_of_publishers_stay_words_in_markdown(text, shown):
    assert plain(text) == shown


def test_json_of_a_lone_surrogate_is_still_utf8():
    assert json.loads(as_json({"name": "\ud800"})) == {"name": "\ud800"}
    assert as_json({"name": "é"}) == '{\n  "name": "é"\n}\n'.encode()


def test_what_a_mis_mapped_column_holds_reaches_no_count_of_the_cards() -> None:
    corpus = TinyCorpus()
    corpus.add("a/1", [("user", "?"), ("assistant", "!")], license="Jane Roe, 54, presents with cough", language="Jane Roe, en")
    corpus.add("a/2", [("user", "?"), ("assistant", "!")], license="Joe Bloggs, 31")
    counts = count_words(corpus.rows("train"))
    assert (counts["license"], counts["license of a"]) == ({"a term of its own": 2}, {"a term of its own": 2})
    assert counts["language"] == {"a term of its own": 1, "en": 1}


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, "in its texts (caption, report, dialogue) by rules and word lists: placeholders like `[NAME]` and `[DATE]` stand for"),
        ({"identifiers": "scrub", "identifier_tasks": ("qa",)}, "`[DATE]` stand for those that were found, in 12 samples. They do not"),
        ({"identifiers": "refuse", "identifier_tasks": ("qa",)}, "- Samples were left out in whose texts (qa) rules and word lists found"),
        ({"identifiers": "keep"}, "- Identifiers of persons were not looked for in its texts.\n"),
    ],
)
def test_the_card_tells_what_was_done_about_identifiers(facts, limits, said):
    assert said in card(dataclasses.replace(facts, recipe={"id": "default", "limits": limits}))
