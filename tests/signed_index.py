"""index.json as a dictionary -> the same with the digest of all the rest of it, as whoever writes one has to give it"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curate.digest import digest_of_json


def signed(index: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in index.items() if name != "digest"}
    return {**rest, "digest": digest_of_json(rest)}
