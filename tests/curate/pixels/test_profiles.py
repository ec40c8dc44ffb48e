import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from curate.pixels.icc import is_plain_text, plain_profile
from tests.pipelines.laden_files import planted, profile

SCREEN = ImageCms.createProfile("sRGB")
STANDARD = ImageCms.ImageCmsProfile(SCREEN).tobytes()
COLOURS = Image.fromarray(np.random.default_rng(2).integers(0, 256, (40, 40, 3), dtype=np.uint8))


def seen(data: bytes) -> bytes:
    """The colours as a screen shows them."""
    shown = ImageCms.profileToProfile(COLOURS, ImageCms.ImageCmsProfile(io.BytesIO(data)), SCREEN)
    assert shown is not None
    return shown.tobytes()


def changed(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def test_a_standard_profile_stays_as_it_is() -> None:
    assert plain_profile(STANDARD) is STANDARD


def test_texts_go_and_the_colours_stay() -> None:
    plain = plain_profile(profile())
    assert plain is not None
    assert [form for form in planted() if form in plain] == []
    opened = ImageCms.ImageCmsProfile(io.BytesIO(plain)).profile
    assert (opened.profile_description, opened.copyright) == ("profile", "profile")
    assert seen(plain) == seen(profile())
    assert plain_profile(plain) is plain


def test_a_profile_of_the_second_version_gets_texts_of_its_kind() -> None:
    old = changed(profile(), 8, b"\2\x20\0\0")
    plain = plain_profile(old)
    assert plain is not None
    assert (b"mluc" in old, b"mluc" in plain, b"desc\0\0\0\0\0\0\0\bprofile\0" in plain, b"text\0\0\0\0profile\0" in plain) == (
        True, False, True, True
    )  # fmt: skip
    assert ImageCms.ImageCmsProfile(io.BytesIO(plain)).profile.profile_description == "profile"


def test_what_no_tag_claims_goes() -> None:
    hidden = struct.pack(">I", len(STANDARD) + 8) + STANDARD[4:] + b"Doe^Jane"
    assert plain_profile(hidden) == changed(STANDARD, 48, bytes(8) + STANDARD[56:80] + bytes(48))
    reserved = changed(STANDARD, 100, b"Doe^Jane")
    assert b"Doe" not in (plain_profile(reserved) or b"")


def test_text_in_the_place_of_a_colour_goes() -> None:
    white = next(begin for name, begin, _ in tags(STANDARD) if name == b"wtpt")
    assert b"Doe^Jane" not in (plain_profile(changed(STANDARD, white, b"text\0\0\0\0Doe^Jane")) or b"")


def tags(data: bytes) -> list[tuple[bytes, int, int]]:
    return [struct.unpack_from(">4sII", data, 132 + 12 * number) for number in range(int.from_bytes(data[128:132], "big"))]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"profile", STANDARD[:131], STANDARD[:-9], changed(STANDARD, 36, b"spac"), changed(STANDARD, 128, b"\xff\xff\xff\xff"),
        changed(STANDARD, 128, bytes(4)), changed(STANDARD, 136, b"\0\0\0\1"), changed(STANDARD, 140, b"\xff\xff\xff\xff"),
        changed(STANDARD, 140, b"\0\0\0\1"),
    ],
)  # fmt: skip
def test_what_is_no_profile_goes(data: bytes) -> None:
    assert plain_profile(data) is None


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        (b"sRGB IEC61966-2.1", True), (b"Copyright Apple Inc., 2017", True), (b"Copyright (c) 1998 Hewlett-Packard Company", True),
        (b"Adobe RGB (1998)", True), (b"", True), ("Display P3".encode("utf-16-be"), True), (b"Jane's display", False),
        (b"1970-01-31", False), (b"2015 1 2", False), (b"4711", False), ("Zoë".encode(), False), (b"Doe", False),
    ],
)  # fmt: skip
def test_words_of_standard_profiles_are_plain(text: bytes, is_plain: bool) -> None:
    assert is_plain_text(text) is is_plain
