"""the licence of a record, and commercial use by it"""

import json

from tests.curate.ingest.reading import give, manifest, samples

WORDS = ["CC BY-NC-SA", "cc-by", "Doe et al. (2020), CC BY 4.0", "NO-CC CODE", "ask the author", "", "x" * 201, "CC0"]


def rows(*words: str) -> dict[str, str]:
    return {"t.jsonl": "\n".join(json.dumps({"id": number, "q": "?", "a": ".", "terms": word}) for number, word in enumerate(words))}


def test_commercial_use_goes_by_the_licence_of_each_record() -> None:
    source = manifest({"license": "{terms}", "commercial": "by_license"})
    assert [(sample.license, sample.commercial) for sample in samples(give(source, rows(*WORDS)))] == [
        ("CC-BY-NC-SA", "no"), ("CC-BY", "yes"), ("CC-BY-4.0", "yes"), ("unknown", "ask"), ("ask the author", "ask"), ("unknown", "ask"),
        ("unknown", "ask"), ("CC0-1.0", "yes"),
    ]  # fmt: skip


def test_a_source_may_say_it_for_all_its_tables_and_a_manifests_own_words_stay() -> None:
    source = manifest(
        {"license": {"map": "terms", "values": {"CC BY": "CC-BY-3.0"}, "default": "unknown"}, "commercial": {"map": "use"}, "row": "a{id}"},
        {"name": "u", "row": "b{id}"}, license="CC-BY-NC-4.0", commercial="by_license",
    )  # fmt: skip
    files = {"t.jsonl": '{"id": 1, "q": "?", "a": ".", "terms": "CC BY", "use": "no"}'}
    assert [(sample.license, sample.commercial) for sample in samples(give(source, files))] == [("CC-BY-3.0", "no"), ("CC-BY-NC-4.0", "no")]
