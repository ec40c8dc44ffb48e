"""The digest that an index carries of itself: of what it says, not of how it is written"""

from __future__ import annotations

import json

from curate.digest import digest_of_json


def test_it_is_pinned_for_corpora_are_kept_for_years() -> None:
    value = {"b": [1, 2.5, None, True], "a": "Röntgen \udc80"}
    assert digest_of_json(value) == "dffbe0724430b6902b27dfe2a40259cf4bf3bceb0839572d03183b746c949de7"


def test_order_and_spaces_are_no_difference_and_kinds_are() -> None:
    value = {"b": {"y": 1, "x": [1, 2]}, "a": "ü"}
    assert digest_of_json(json.loads(json.dumps(value, indent=3, sort_keys=True, ensure_ascii=False))) == digest_of_json(value)
    others = [{**value, "a": "u"}, {**value, "b": {"y": 1, "x": [2, 1]}}, {**value, "b": {"y": "1", "x": [1, 2]}}, {"a": "ü"}]
    assert len({digest_of_json(other) for other in [value, *others]}) == 5
