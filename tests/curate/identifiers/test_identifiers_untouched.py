"""Real texts as they are published: how many change, source by source; each of these changes was looked at once"""

import pytest

from curate.identifiers.find import find_identifiers
from tests.curate.identifiers.real_texts import TEXTS, radiology_captions
from tests.real import REAL

pytestmark = pytest.mark.skipif(REAL is None, reason="no real texts beside the repository")
CHANGED = {
    "roco": (108, 8791),
    "iu-xray": (0, 3851),
    "chatdoctor": (0, 1500),
    "medquad": (35, 776),
    "pubmedqa": (148, 1000),
    "kvasir-vqa": (0, 8000),
    "slake-en": (0, 5972),
    "slake-zh": (0, 5962),
    "apollo-en": (5, 416),
    "apollo-zh": (6, 437),
    "medicat": (0, 10),
}  # texts that change, texts


def test_of_the_captions_of_radiology_one_in_a_hundred_changes_at_most():
    captions = list(radiology_captions(REAL / "annotations"))
    assert len(captions) == 8_179
    assert sum(bool(find_identifiers(caption)) for caption in captions) <= 81


@pytest.mark.parametrize("name", TEXTS)
def test_as_many_change_as_were_looked_at(name):
    language, read = TEXTS[name]
    texts = list(read(REAL / "annotations"))
    assert (sum(bool(find_identifiers(text, language)) for text in texts), len(texts)) == CHANGED[name]
