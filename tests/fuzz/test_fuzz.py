"""damaged files of every kind: each is a verdict, nothing falls, nothing hangs, nothing is quoted"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curate.inspect.children import ChildLimits, Children
from schemas.image import Image
from tests.fuzz.mutate import CHANGES, mutant
from tests.fuzz.seeds import NAME, Seed, seeds
from tests.fuzz.verdicts import Account, check, seen

ROOT = Path(__file__).parents[2]
MUTANTS = 300
BATCH = 100
# Sound by their packages' own account, but not by what their headers say
UNSOUND = {
    "JPEG2000-embedded-sequence-delimiter.dcm": "corrupt", "MR_truncated.dcm": "truncated", "badVR.dcm": "corrupt",
    "no_meta.dcm": "not_an_image", "reportsi.dcm": "dicom_no_pixels", "rtplan.dcm": "dicom_no_pixels",
}  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> list[Seed]:
    return seeds()


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    children = Children(ChildLimits())
    yield children
    children.close()


def test_what_is_damaged_is_sound_before(whole: list[Seed], children: Children) -> None:
    found = {seed.path: {image.reason for image in seen(seed.path, seed.data, seed.asked, children)} for seed in whole}
    assert {path: reasons for path, reasons in found.items() if reasons != {None}} == {path: {reason} for path, reason in UNSOUND.items()}


@pytest.mark.parametrize("first", range(0, MUTANTS, BATCH))
def test_a_damaged_file_is_a_verdict(first: int, whole: list[Seed], children: Children) -> None:
    account = Account()
    for number in range(first, first + BATCH):
        account.add(mutant(whole, 0, number), children)
    assert account.faults == []
    assert account.files == BATCH
    assert account.reasons["decoded"] < account.images  # they are damaged


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", [1, 2])
def test_thousands_of_damaged_files_are_verdicts_within_memory(seed: int) -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--mutants", "2000", "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_a_mutant_is_the_same_for_the_same_numbers(whole: list[Seed]) -> None:
    assert mutant(whole, 3, 14) == mutant(whole, 3, 14)
    assert mutant(whole, 3, 14).data != mutant(whole, 4, 14).data
    hows = {how for number in range(400) for how in mutant(whole, 5, number).how.split("+")}
    assert hows == {name for name, _ in CHANGES}


PICTURE = Image(
    id="s/a", source="s", reason=None, evidence=None, byte_digest="1", pixel_digest="1", phash=0, grey=b"", width=1, height=1, mode="L",
    bits=8, format="png", blank=False, spread=1.0, header_modality=None, photometric=None, burned_in=None, is_synthetic=False, ship=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "shipped", "said"),
    [
        ({"width": 0}, b"1", "without a size"),
        ({"pixel_digest": ""}, b"1", "without pixels"),
        ({}, None, "without bytes to ship"),
        ({"reason": "no such word", "evidence": ""}, None, "no report knows"),
        ({"reason": "corrupt", "evidence": "x" * 161}, None, "too long"),
        ({"reason": "corrupt", "evidence": "caf\xe9"}, None, "no plain text"),
        ({"reason": "corrupt", "evidence": f"header of {NAME[2:9]}"}, None, "quotes its file"),
        ({"header_modality": NAME}, b"1", "quotes its file"),
        ({"reason": "corrupt", "evidence": ""}, b"1", "bytes of what is refused"),
    ],
)
def test_what_may_not_be_said_is_seen(changed: dict[str, Any], shipped: bytes | None, said: str) -> None:
    check(PICTURE, b"1")
    with pytest.raises(AssertionError, match=said):
        check(replace(PICTURE, **changed), shipped)
