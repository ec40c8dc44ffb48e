"""Samples and images made for tests: every field has a plain value, a test names only what it is about."""

from __future__ import annotations

import dataclasses
from typing import Any

from schemas.image import Image, Ship
from schemas.sample import Key, Sample, Turn


def sample(*, turns: list[tuple[str, str]] | None = None, keys: dict[str, str] | None = None, **changes: Any) -> Sample:
    plain = Sample(
        id="a/1", source="a", table="t", task="caption", domain="medical", split="train", language="en", images=("a/1.png",),
        turns=tuple(Turn(role=role, text=text) for role, text in turns or [("assistant", "one two three")]),  # type: ignore[arg-type]
        labels=(), boxes=(), modality=None, keys=tuple(Key(name=name, value=value) for name, value in (keys or {}).items()),
        license="CC-BY-4.0", commercial="yes", access="open", reliability=50, from_labels=False, scope="global", order=0,
    )  # fmt: skip
    return dataclasses.replace(plain, **changes)


def image(**changes: Any) -> Image:
    plain = Image(
        id="a/1.png", source="a", reason=None, evidence=None, byte_digest="b1", pixel_digest="p1", phash=7, grey=b"", width=100, height=80,
        mode="RGB", bits=8, format="png", blank=False, spread=40.0, header_modality=None, photometric=None, burned_in=None,
        is_synthetic=False,
        ship=Ship(root="source", path="1.png", member="", offset=0, length=1234, format="png", digest="b1"),
    )  # fmt: skip
    return dataclasses.replace(plain, **changes)

