"""nothing -> small files that claim, or unpack to, far more than anyone can hold; each with what is to be said of it"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tests.fuzz import crafted as make
from tests.fuzz.seeds import NAME, chunk, nifti

HUGE = 60_000  # pixels of a side: 3.6 billion in all, no side too long
PIXELS = zlib.compress(bytes(81 * 80))  # of a grey PNG of 80 x 80
FILE = (("", -1),)
AXIAL = (("axial", 3),)
SOUND, UNLISTED = "sound", "unlisted"
SMALL = nifti(np.zeros((8, 8, 8), np.int16))


class Bomb(NamedTuple):
    path: str
    made: Callable[[], bytes]
    reason: str  # SOUND: it does no harm, and its picture is taken; UNLISTED: its archive's members are refused before
    evidence: str = ""  # how it begins
    asked: tuple[tuple[str, int], ...] = FILE
    slow: bool = False


def dicom_of(syntax: str, frame: bytes) -> bytes:
    return make.dicom(64, 64, syntax=f"1.2.840.10008.1.2.4.{syntax}", pixels=make.encapsulated(frame))


SIDES: dict[str, Bomb] = {
    "png of 3.6 billion pixels": Bomb("a.png", lambda: make.png(HUGE, HUGE), "too_large", "60000 x 60000"),
    "png that inflates to them": Bomb("a.png", lambda: make.png(HUGE, HUGE, make.zlib_zeros(54)), "too_large", "60000 x 60000"),
    "png of a side of 100,000": Bomb("a.png", lambda: make.png(100_000, 1), "too_large", "100000 x 1"),
    "jpeg of 3.6 billion pixels": Bomb("a.jpg", lambda: make.jpeg(HUGE, HUGE), "too_large", "60000 x 60000"),
    "gif with a screen of 4 billion": Bomb(
        "a.gif", lambda: make.gif([(0, 0, 1, 1)], screen=(65_535, 65_535)), "too_large", "65535 x 65535"
    ),
    "gif whose frame leaves its screen": Bomb("a.gif", lambda: make.gif([(0, 0, 65_535, 65_535)], screen=(80, 80)), "too_large"),
    "webp of 268 million pixels": Bomb("a.webp", lambda: make.webp(16_384, 16_384), "too_large", "16384 x 16384"),
    "webp of 268 million lossy pixels": Bomb("a.webp", lambda: make.lossy_webp(16_383, 16_383), "too_large", "16383 x 16383"),
    "webp film on 281 trillion": Bomb("a.webp", lambda: make.webp_film(1 << 24, 1 << 24), "too_large", "16777216 x 16777216"),
    "bmp of 3.6 billion pixels": Bomb("a.bmp", lambda: make.bmp(HUGE, HUGE), "too_large", "60000 x 60000"),
    "tiff of 3.6 billion pixels": Bomb("a.tif", lambda: make.tiff({256: HUGE, 257: HUGE}), "too_large", "60000 x 60000"),
    "jpeg 2000 of 3.6 billion pixels": Bomb("a.j2k", lambda: make.j2k(HUGE, HUGE, HUGE, HUGE), "too_large", "60000 x 60000"),
    "jpeg 2000 of 100 million tiles": Bomb("a.j2k", lambda: make.j2k(10_000, 10_000, 1, 1), "corrupt"),
    "jpeg 2000 of 16,384 components": Bomb("a.j2k", lambda: make.j2k(4_000, 4_000, 4_000, 4_000, components=16_384), "unsupported"),
    "dicom of 4 billion pixels": Bomb("a.dcm", lambda: make.dicom(65_535, 65_535), "too_large", "65535 x 65535"),
    "nifti of 35 trillion voxels": Bomb("a.nii", lambda: make.with_sides(SMALL, 32_767, 32_767, 32_767), "too_large", asked=AXIAL),
    "nrrd of a trillion voxels": Bomb("a.nrrd", lambda: make.nrrd("10000 10000 10000", "raw", b""), "too_large", asked=AXIAL),
    "mha of a trillion voxels": Bomb("a.mha", lambda: make.mha("10000 10000 10000", b""), "too_large", asked=AXIAL),
    "npy of 10^18 values": Bomb("a.npy", lambda: make.npy("(1000000000, 1000000000)"), "too_large", "1000000000 x 1000000000"),
    "npy of 10^12 rows": Bomb("a.npy", lambda: make.npy("(1000000000000, 64, 64)"), "truncated", "row 999999999", (("", 999_999_999),)),
}

PACKED: dict[str, Bomb] = {
    "png, colour profile of 1 GB": Bomb("a.png", lambda: make.png(80, 80, PIXELS, chunk(b"iCCP", b"x\0\0" + make.zlib_zeros(16))), SOUND),
    "png, text of 1 GB": Bomb(
        "a.png", lambda: make.png(80, 80, PIXELS, chunk(b"zTXt", NAME.encode() + b"\0\0" + make.zlib_zeros(16))), SOUND
    ),
    "png, words of 1 GB": Bomb(
        "a.png", lambda: make.png(80, 80, PIXELS, chunk(b"iTXt", NAME.encode() + b"\0\1\0\0\0" + make.zlib_zeros(16))), SOUND
    ),
    "png, 100,000 texts": Bomb("a.png", lambda: make.png(80, 80, PIXELS, chunk(b"tEXt", b"a\0b") * 100_000), SOUND),
    "png whose pixels inflate to 1 GB": Bomb("a.png", lambda: make.png(80, 80, make.zlib_zeros(16)), SOUND),
    "tiff that inflates to 177 million pixels": Bomb("a.tif", make.inflating_tiff, SOUND, slow=True),
    "dicom that deflates to more than 1 GB": Bomb("a.dcm", make.deflated_dicom, "too_large", "inflates to more than", slow=True),
    "nifti.gz that inflates to 4 GB": Bomb(
        "a.nii.gz", lambda: make.gzipped(make.with_sides(SMALL, 2_000, 2_000, 500), 64), "too_large", asked=AXIAL
    ),
    "nifti.gz with 4 GB behind its voxels": Bomb("a.nii.gz", lambda: make.gzipped(SMALL, 64), SOUND, asked=AXIAL),
    "nifti.gz whose voxels begin behind 4 GB": Bomb(
        "a.nii.gz", lambda: make.gzipped(make.with_offset(SMALL, 2.0**32), 64), "corrupt", asked=AXIAL
    ),
    "nrrd that inflates to 4 GB": Bomb("a.nrrd", lambda: make.nrrd("64 64 64", "gzip", make.gzipped(b"", 64)), SOUND, asked=AXIAL),
    "mha that inflates to 4 GB": Bomb("a.mha", lambda: make.mha("64 64 64", make.zlib_zeros(64), compressed=True), SOUND, asked=AXIAL),
    "npz that says it inflates to 4 GB": Bomb(
        "a.npz", lambda: make.zip_of("a.npy", make.raw_zeros(64), 0xFFFFFFFE), "too_large", asked=(("a", -1),)
    ),
    "npz that says nothing of it": Bomb("a.npz", lambda: make.zip_of("a.npy", make.raw_zeros(64), 5_000), "corrupt", asked=(("a", -1),)),
    "zip member that says it inflates to 4 GB": Bomb("a.zip", lambda: make.zip_of("a.png", make.raw_zeros(64), 0xFFFFFFFE), UNLISTED),
    "zip member that says nothing of it": Bomb("a.zip", lambda: make.zip_of("a.png", make.raw_zeros(64), 5_000), "member_broken"),
    "zip in a zip, 50 deep": Bomb("a.zip", make.nested_zip, "unsupported", "zip"),
}

MANY: dict[str, Bomb] = {
    "png film of a billion frames": Bomb("a.png", lambda: make.png(80, 80, PIXELS, chunk(b"acTL", struct.pack(">II", 1 << 30, 0))), SOUND),
    "gif of 200,000 frames": Bomb("a.gif", lambda: make.gif([(0, 0, 1, 1)] * 200_000, screen=(80, 80)), SOUND),
    "gif of 200,000 frames, the last": Bomb(
        "a.gif", lambda: make.gif([(0, 0, 1, 1)] * 200_000, screen=(80, 80)), SOUND, asked=(("", 199_999),), slow=True
    ),
    "gif of 20,000 frames of 16 million pixels, the last": Bomb(
        "a.gif",
        lambda: make.gif([(0, 0, 1, 1)] * 20_000, screen=(4_000, 4_000)),
        "decoder_died",
        "more than 60 s",
        (("", 19_999),),
        slow=True,
    ),
    "webp film of 50,000 frames, the last": Bomb(
        "a.webp", lambda: make.webp_film(4_000, 4_000, frames=50_000), "decoder_died", "more than 60 s", (("", 49_999),), slow=True
    ),
    "tiff whose pages run in a circle": Bomb("a.tif", lambda: make.tiff({256: 8, 257: 8}, after=8), SOUND),
    "tiff of 200,000 pages": Bomb("a.tif", lambda: make.pages(200_000), "too_large", "tiff of more than 100000 pages"),
    "tiff of a strip of 4 GB": Bomb("a.tif", lambda: make.tiff({256: 80, 257: 80, 279: 0xFFFFFFFF}), "corrupt"),
    "tiff of 4 billion strips": Bomb("a.tif", lambda: make.tiff({256: 80, 257: 80}, counts={273: 0xFFFFFFFF, 279: 0xFFFFFFFF}), "corrupt"),
    "progressive jpeg of 10,000 scans": Bomb(
        "a.jpg", lambda: make.scans(8_000, 8_000, 10_000), "corrupt", "jpeg, 110126 bytes: more than 100 scans"
    ),
    "progressive jpeg of 100,000 scans": Bomb("a.jpg", lambda: make.scans(2_000, 2_000, 100_000), "corrupt"),
    "jpeg of 60,000 comments": Bomb("a.jpg", lambda: make.jpeg(8, 8, b"\xff\xfe\0\x04ab" * 60_000), SOUND),
    "dicom of 2 billion frames": Bomb(
        "a.dcm", lambda: make.dicom(64, 64, frames=2_147_483_647, pixels=bytes(4096)), "truncated", asked=(("", -1), ("", 2_000_000_000))
    ),
    "dicom of sequences 10,000 deep": Bomb(
        "a.dcm", lambda: make.dicom(64, 64, pixels=bytes(4096), before=make.nested_sequences(10_000)), "corrupt"
    ),
    "dicom of 500,000 items": Bomb("a.dcm", lambda: make.dicom(64, 64, pixels=bytes(4096), before=make.many_items(500_000)), SOUND),
    "npy header of 30,000 brackets": Bomb("a.npy", lambda: make.npy("(" * 30_000 + ")" * 30_000), "corrupt"),
}

INSIDE: dict[str, Bomb] = {
    "dicom that holds a jpeg of 3.6 billion": Bomb("a.dcm", lambda: dicom_of("50", make.jpeg(HUGE, HUGE)), "corrupt"),
    "dicom that holds a lossless jpeg of 3.6 billion": Bomb("a.dcm", lambda: dicom_of("70", make.jpeg(HUGE, HUGE)), "corrupt"),
    "dicom that holds a jpeg 2000 of 3.6 billion": Bomb("a.dcm", lambda: dicom_of("90", make.j2k(HUGE, HUGE, HUGE, HUGE)), "corrupt"),
    "dicom of RLE segments without an end": Bomb(
        "a.dcm", lambda: make.dicom(8_000, 8_000, syntax="1.2.840.10008.1.2.5", pixels=make.rle()), "corrupt"
    ),
    "nrrd of another file": Bomb(
        "a.nrrd", lambda: make.nrrd("8 8 8", "raw", b"", more="data file: /etc/passwd\n"), "unsupported", asked=AXIAL
    ),
    "mha of another file": Bomb("a.mha", lambda: make.mha("8 8 8", b"", file="/etc/passwd"), "unsupported", asked=AXIAL),
}
BOMBS = {**SIDES, **PACKED, **MANY, **INSIDE}
