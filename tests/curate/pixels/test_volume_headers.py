"""headers of volumes that lie, name other files or promise what is not there; what is packed; mutants of all"""

import bz2
import gzip
import io
import os
import random
import subprocess
import sys
import zlib

import numpy as np
import pytest

from curate.pixels.fault import PixelFault
from curate.pixels.volume import read_volume
from tests.curate.pixels.made_volumes import LPS, meta, nii, nrrd, raw


def fault(data: bytes, column: str = "") -> tuple[str, str]:
    with pytest.raises(PixelFault) as caught:
        read_volume(io.BytesIO(data), column)
    return caught.value.reason, caught.value.evidence


ELSEWHERE = ("unsupported", "a header whose voxels are in another file")
CLAIM = "9000000 9000000 9000000"
TOO_LARGE = ("too_large", f"{9_000_000**3 * 2} > {1 << 30} bytes of voxels")


def changed(data: bytes, old: str, new: str) -> bytes:
    assert data.count(old.encode()) == 1
    return data.replace(old.encode(), new.encode())


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("kinds:", "data file: /etc/passwd\nkinds:", ELSEWHERE),
        ("kinds:", "datafile:LIST\nkinds:", ELSEWHERE),
        ("kinds:", "Data  File: a.raw\nkinds:", ELSEWHERE),
        ("sizes: 9 8 7", f"sizes: {CLAIM}", TOO_LARGE),
        ("sizes: 9 8 7", "sizes: 9 8 -7", ("corrupt", "nrrd: a side without length")),
        ("sizes: 9 8 7", "sizes: 9 8", ("corrupt", "nrrd header: a field that cannot be read")),
        ("sizes: 9 8 7", "sizes: 9 8 secret", ("corrupt", "nrrd header: a field that cannot be read")),
        ("type: short", "type: block", ("unsupported", "nrrd of a type that is not read here")),
        ("encoding: raw", "encoding: hex", ("unsupported", "nrrd of an encoding that is not read here")),
        ("encoding: raw", "encoding: gzip", ("corrupt", "nrrd: BadGzipFile")),
        ("encoding: raw", "encoding: bzip2", ("corrupt", "nrrd: OSError")),
        ("encoding: raw", "encoding: raw\nbyte skip: -1", ("unsupported", "nrrd whose voxels do not follow its header")),
        ("endian: little", "endian: secret", ("corrupt", "nrrd header: a field that cannot be read")),
        ("(0.5,", "(nan,", ("corrupt", "an affine without numbers")),
        ("(0.5,", "(0,", ("corrupt", "an affine that is flat")),
        ("(0.5,", "(1e300,", ("corrupt", "an affine that is flat")),
        ("kinds: domain", "kinds: list", None),  # its directions say that it runs in space
    ],
)
def test_nrrd_headers_that_lie_are_faults(old: str, new: str, wanted: tuple[str, str] | None) -> None:
    data = changed(nrrd(), old, new)
    if wanted is None:
        assert (read_volume(io.BytesIO(data)).voxels == LPS).all()
    else:
        assert fault(data) == wanted


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("= LOCAL", "= a.raw", ELSEWHERE),
        ("= LOCAL", "= LIST", ELSEWHERE),
        ("= LOCAL", "= /etc/passwd", ELSEWHERE),
        ("DimSize = 9 8 7", f"DimSize = {CLAIM}", TOO_LARGE),
        ("DimSize = 9 8 7", "DimSize = 9 0 7", ("corrupt", "metaimage: a side without length")),
        ("DimSize = 9 8 7", "DimSize = 9 8", ("corrupt", "metaimage header: a field that cannot be read")),
        ("MET_SHORT", "MET_SHORT_ARRAY", ("unsupported", "metaimage of a type that is not read here")),
        ("MET_SHORT", "MET_SHORT\nElementNumberOfChannels = 3", ("unsupported", "metaimage of 3 values of 16 bits a voxel")),
        ("BinaryData = True", "BinaryData = False", ("unsupported", "metaimage whose voxels are no bytes after its header")),
        ("CompressedData = False", "CompressedData = True", ("corrupt", "metaimage: error")),
        ("ElementSpacing = 0.5", "ElementSpacing = inf", ("corrupt", "an affine without numbers")),
        ("ElementSpacing = 0.5", "ElementSpacing = 0", ("corrupt", "an affine that is flat")),
        ("ElementSpacing = 0.5", "ElementSpacing = secret", ("corrupt", "metaimage header: a field that cannot be read")),
        ("ElementDataFile", "ElementDatafile", ("corrupt", "metaimage: no end of its header")),
    ],
)
def test_metaimage_headers_that_lie_are_faults(old: str, new: str, wanted: tuple[str, str]) -> None:
    assert fault(changed(meta(), old, new)) == wanted


@pytest.mark.parametrize("data", [nrrd(encoding="gzip"), nrrd(encoding="bz2"), meta(packed=True), nii(zipped=True)])
def test_what_is_packed_is_read_to_its_check_sum(data: bytes) -> None:
    assert fault(data[:-60])[0] == "truncated"
    assert fault(data[:-1])[0] == "truncated"
    flipped = bytearray(data)
    flipped[-3 if data.startswith(b"Object") else -7] ^= 1  # in the sum
    assert fault(bytes(flipped))[0] == "corrupt"


def test_a_bomb_gives_no_more_than_its_header_asks_for() -> None:
    plain, zeros = raw(LPS, "i2", "<"), bytes(64 << 20)
    for begin, pack in ((nrrd(encoding="gzip"), gzip.compress), (nrrd(encoding="bz2"), bz2.compress), (meta(packed=True), zlib.compress)):
        end = begin.index(b"\n\n") + 2 if begin.startswith(b"NRRD") else begin.index(b"LOCAL\n") + 6
        file = io.BytesIO(begin[:end] + pack(plain + zeros))
        assert (read_volume(file).voxels == LPS).all()
    long = nrrd().replace(b"kinds", b"# " + b"x" * (2 << 20) + b"\nkinds")
    assert fault(long) == ("too_large", f"nrrd: no end of its header in {1 << 20} bytes")
    assert fault(nrrd()[:100]) == ("truncated", "nrrd: no end of its header in 100 bytes")


def arrays() -> list[tuple[bytes, str]]:
    plain, columns, packed = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(plain, LPS)
    np.save(columns, np.asfortranarray(LPS))
    np.savez_compressed(packed, a=LPS, b=LPS)
    return [(plain.getvalue(), "@0"), (columns.getvalue(), "@2"), (packed.getvalue(), "a@1")]


def mutant(data: bytes, rng: random.Random) -> bytes:
    """One to four changes, most of them in its first 600 bytes: other bytes, absurd numbers, pieces cut, moved, doubled."""
    changed = bytearray(data)
    words = (b"nan", b"inf", b"-1", b"0", b"99999999999", b"1e308", b"1e-308", b"\n\n", b"(", b"none", b"\0", b"\xff" * 4, b":=", b"=")
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(max(min(len(changed), 600) if rng.random() < 0.8 else len(changed), 1))
        word = rng.choice(words)
        match rng.randrange(6):
            case 0 | 1:
                changed[at : at + 1] = bytes([rng.randrange(256)])
            case 2:
                changed[at : at + len(word)] = word
            case 3:
                changed[at:at] = word
            case 4:
                del changed[at : at + rng.randint(1, 40)]
            case 5:
                del changed[at:]
    return bytes(changed)


def try_mutants(count: int, seed: int) -> int:
    """How many are read; all others are PixelFaults."""
    rng = random.Random(seed)
    whole = [(data, "") for data in (nrrd("PIR"), nrrd(encoding="gzip"), nrrd(encoding="bz2"), meta("PIR"), meta(packed=True))]
    whole += [(data, "") for data in (nii("PIR"), nii(zipped=True), nii(second=True, order=">"))] + arrays()
    read = 0
    for number in range(count):
        data, column = whole[number % len(whole)]
        try:
            found = read_volume(io.BytesIO(mutant(data, rng)), column)
            for axis in (column,) if column else ("axial", "coronal", "sagittal/voxels"):
                found.rendered(axis, 0)
                found.digested(axis, 0)
                found.filled(axis, 0)
            read += 1
        except PixelFault:
            continue
    return read


def test_mutants_are_volumes_or_faults() -> None:
    assert 50 < try_mutants(440, seed=1) < 250


@pytest.mark.slow
def test_two_thousand_mutants_in_four_gibibytes_of_address_space() -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)); "
        "from tests.curate.pixels.test_volume_headers import try_mutants; print(try_mutants(2_000, seed=2))"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 200
