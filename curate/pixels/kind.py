"""first bytes of a file -> which image format it is, by content alone"""

from __future__ import annotations

from curate.pixels.fault import PixelFault

HEAD = 512  # bytes that decide: NIfTI has its magic at 344, DICOM at 128
WEB = ("jpeg", "png", "gif", "webp")  # shipped as they are; the rest is rendered to PNG

_MAGIC = (
    (128, b"DICM", "dicom"),  # before TIFF: the preamble of a DICOM file may be a TIFF header, PS3.10 7.1
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (8, b"WEBP", "webp"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"II+\0", "tiff"),
    (0, b"MM\0+", "tiff"),
    (0, b"\x93NUMPY", "npy"),
    (0, b"\0\0\0\x0cjP  ", "jpeg2000"),
    (0, b"\xff\x4f\xff\x51", "jpeg2000"),
)
# Formats that hold images but are not read here: named, so that a report can count what is missing.
_OTHER = (
    (344, b"n+1\0", "nifti"),
    (344, b"ni1\0", "nifti"),
    (0, b"NRRD000", "nrrd"),
    (0, b"ObjectType =", "metaimage"),
    (0, b"\xff\x0a", "jpeg-xl"),
    (0, b"\0\0\0\x0cJXL ", "jpeg-xl"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"%PDF", "pdf"),
    (0, b"\x89HDF\r\n\x1a\n", "hdf5"),
)
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # sizes of BITMAPINFOHEADER and its relatives: 'BM' alone also begins words
_HEIF = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))
_EXPLICIT_VR = frozenset((b"UI", b"CS", b"DA", b"TM", b"UL", b"LO", b"SH", b"PN", b"DT", b"OB"))


def image_kind(head: bytes, size: int) -> str:
    """jpeg, png, gif, webp, bmp, tiff, jpeg2000, avif, dicom or npy, from the first HEAD bytes of a file of `size` bytes.

    Raises PixelFault: empty_file, not_an_image, or unsupported for an image format not read here.
    """
    if size == 0:
        raise PixelFault("empty_file", "0 bytes")
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset) and (kind != "webp" or head.startswith(b"RIFF")):
            return kind
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    if head.startswith(b"ftyp", 4) and (brand := _brand(head)):
        if brand == "avif":
            return brand
        raise PixelFault("unsupported", brand)
    for offset, magic, kind in _OTHER:
        if head.startswith(magic, offset):
            raise PixelFault("unsupported", kind)
    if _is_bare_dicom(head):
        return "dicom"
    raise PixelFault("not_an_image", f"{size} bytes of no known image format")


def _brand(head: bytes) -> str:
    """avif, heif or '' of an ISO base media file (ISO/IEC 14496-12 4.3), by the brands that it says it follows."""
    told = head[8 : min(int.from_bytes(head[:4], "big"), len(head))]
    brands = {told[:4], *(told[place : place + 4] for place in range(8, len(told), 4))}
    return "avif" if brands & {b"avif", b"avis"} else "heif" if brands & _HEIF else ""


def _is_bare_dicom(head: bytes) -> bool:
    """DICOM without the 128-byte preamble: its first element is of group 2 or 8, in one of the three plain encodings."""
    if len(head) < 132:
        return False
    for order in ("little", "big"):
        group, element = int.from_bytes(head[:2], order), int.from_bytes(head[2:4], order)
        if group in (2, 8) and element <= 0x0070:
            length = int.from_bytes(head[4:8], order)
            return head[4:6] in _EXPLICIT_VR or (0 < length <= 128 and length % 2 == 0)
    return False
