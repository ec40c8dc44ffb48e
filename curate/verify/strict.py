"""bytes that someone else may have written -> the one JSON value that every reader finds in them"""

from __future__ import annotations

import json
from typing import Any

from curate.listed import parts_of

MAX_BYTES = 256 << 20  # the index of a stage names a file of a table in 200 bytes
MAX_PARTS = 4_000_000  # objects and lists in it


class NoJson(ValueError):
    """The message says why; nothing of what was read."""


def strict_json(data: bytes, *, most: int = MAX_BYTES, parts: int = MAX_PARTS) -> Any:
    """At most `most` bytes and `parts` objects and lists are read: a million empty ones take 3 MB, and a minute to tell of.
    Raises NoJson also where two readers could read two things: a name that comes twice, NaN."""
    if len(data) > most:
        raise NoJson(f"{len(data):,} bytes of JSON found, at most {most:,} wanted")
    if (found := parts_of(data)) > parts:
        raise NoJson(f"{found:,} objects and lists of JSON found, at most {parts:,} wanted")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except NoJson:
        raise
    except UnicodeDecodeError as error:
        raise NoJson(f"no UTF-8 at byte {error.start:,}") from None
    except json.JSONDecodeError as error:
        raise NoJson(f"no JSON at character {error.pos:,} of {len(data):,}") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; lists a thousand deep
        raise NoJson(f"JSON that cannot be read ({type(error).__name__})") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NoJson("a name stands twice in one object of its JSON: readers would differ on what it says")
    return found


def _no_number(text: str) -> None:
    raise NoJson("NaN or Infinity, which are no JSON")
