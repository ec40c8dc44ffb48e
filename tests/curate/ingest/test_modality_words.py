"""words for the modality that a manifest does not list: the row is kept with the default, and the file is told how many"""

import json

from schemas.found import FileFault
from tests.curate.ingest.reading import PLAIN, give, manifest, samples

KIND = {"map": "kind", "values": {"CAT scan": "ct", "Others": "unknown"}, "default": "unknown"}


def told(modality, *words):
    rows = "".join(json.dumps({"id": str(number), "kind": word}) + "\n" for number, word in enumerate(words))
    table = {**PLAIN, "modality": modality, "turns": [{"user": "What?"}, {"assistant": "{id}"}]}
    found = give(manifest(table), {"t.jsonl": rows})
    faults = [(fault.reason, fault.found, fault.wanted, fault.rows, fault.notice) for fault in found if isinstance(fault, FileFault)]
    return [sample.modality for sample in samples(found)], faults


def test_a_word_that_is_not_listed_keeps_its_row_and_is_counted():
    assert told(KIND, "CAT scan", "Jane Roe, 54", "Others", "mri", "", "scintigram") == (
        ["ct", None, None, "mri", None, None],
        [
            (
                "value_unlisted",
                "words for the modality that are not listed, in 2 of 6 rows, first in row 1",
                "one of the words that the manifest knows, in column 'kind'; the rows are kept, with its default",
                0,
                True,
            )
        ],
    )


def test_words_that_are_listed_or_known_or_missing_are_no_news():
    assert told(KIND, "cat SCAN ", "OTHERS", "MRI", "") == (["ct", None, "mri", None], [])


def test_a_modality_that_is_no_table_of_words_is_no_news():
    assert told("ct", "scintigram") == (["ct"], [])
