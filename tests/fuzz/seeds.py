"""nothing -> a sound file of every kind that is read, small, a name in its metadata; files that packages carry; real ones beside them"""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import pack

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tifffile
from PIL import Image, PngImagePlugin
from pydicom import data as pydicom_data

from tests.curate.pixels.made_slides import aperio, painted
from tests.real import REAL

NAME = "SECRETNAME"  # of a patient, as it stands in metadata
MAX_REAL = 200_000  # bytes of a real file that is taken
MAX_CARRIED = 45_000


@dataclass(frozen=True, slots=True)
class Seed:
    path: str  # as a source would call it: some kinds are known by their name
    data: bytes
    asked: tuple[tuple[str, int], ...] = (("", -1),)  # (column, frame) of the images that are asked of it


@cache
def picture() -> np.ndarray:
    """Something with edges, colours and noise: 72 x 96."""
    y, x = np.mgrid[0:72, 0:96]
    shades = np.stack([(x * 2) % 256, (y * 3) % 256, ((x // 12 + y // 12) % 2) * 200], axis=2)
    return np.clip(shades + np.random.default_rng(0).normal(0, 6, shades.shape), 0, 255).astype(np.uint8)


def seeds() -> list[Seed]:
    return [*_pictures(), *_tiffs(), *_arrays(), *_volumes(), *_slides(), *_held(), *_dicom(), *_real()]


def _pictures() -> Iterator[Seed]:
    colour = Image.fromarray(picture())
    grey, palette = colour.convert("L"), colour.convert("P", palette=Image.Palette.ADAPTIVE)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, NAME
    yield _saved("baseline.jpg", colour, "JPEG", quality=80, exif=exif, icc_profile=NAME.encode() * 9)
    yield _saved("progressive.jpg", colour, "JPEG", quality=80, progressive=True, comment=NAME)
    yield _saved("grey.jpg", grey, "JPEG", restart_marker_rows=1)
    yield _saved("cmyk.jpg", colour.convert("CMYK"), "JPEG")
    text = PngImagePlugin.PngInfo()
    text.add_text("Patient", NAME)
    text.add_text("Comment", NAME * 50, zip=True)
    yield _saved("colour.png", colour, "PNG", pnginfo=text, exif=exif)
    yield _saved("palette.png", palette, "PNG", transparency=3)
    yield _saved("alpha.png", _alpha(colour), "PNG")
    yield _saved("one.png", colour.convert("1"), "PNG")
    yield _saved("deep.png", Image.fromarray(picture()[..., 0].astype(np.uint16) * 257), "PNG", pnginfo=text)
    yield Seed("interlaced.png", interlaced(picture()[..., 0]))
    frames = [colour.rotate(angle) for angle in (0, 20, 40)]
    yield _saved("film.gif", palette, "GIF", save_all=True, append_images=frames, comment=NAME.encode(), asked=((("", 0)), ("", 2)))
    yield _saved("lossy.webp", colour, "WEBP", exif=exif)
    yield _saved("lossless.webp", _alpha(colour), "WEBP", lossless=True)
    yield _saved("film.webp", colour, "WEBP", save_all=True, append_images=frames, asked=(("", 0), ("", 2)))
    yield _saved("colour.bmp", colour, "BMP")
    yield _saved("palette.bmp", palette, "BMP")
    yield _saved("a.jp2", colour, "JPEG2000")
    yield _saved("tiled.jp2", colour, "JPEG2000", tile_size=(32, 32), irreversible=True)
    yield _saved("a.j2k", grey, "JPEG2000", no_jp2=True)


def _alpha(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def _saved(path: str, image: Image.Image, format: str, *, asked: tuple[tuple[str, int], ...] = (("", -1),), **options: object) -> Seed:
    out = io.BytesIO()
    image.save(out, format, **options)  # type: ignore[arg-type]
    return Seed(path, out.getvalue(), asked)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Of a PNG."""
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


def interlaced(grey: np.ndarray) -> bytes:
    """A PNG by Adam7 (ISO/IEC 15948 8.2), which Pillow does not write."""
    height, width = grey.shape
    raw = b""
    for left, top, across, down in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        raw += b"".join(b"\0" + row.tobytes() for row in grey[top::down, left::across])
    head = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def _tiffs() -> Iterator[Seed]:
    colour, pages = picture(), ((("", -1)),)
    deep = colour[..., 0].astype(np.uint16) * 200
    for name, pixels, options in (
        ("strips", colour, {"rowsperstrip": 16}),
        ("lzw", colour, {"compression": "lzw", "predictor": True}),
        ("deflate", deep, {"compression": "deflate"}),
        ("packbits", colour[..., 0], {"compression": "packbits"}),
        ("jpeg", colour, {"compression": "jpeg", "tile": (32, 32), "photometric": "ycbcr"}),
        ("tiles", deep, {"tile": (16, 16)}),
        ("float", deep.astype(np.float32) / 3, {}),
        ("planes", colour, {"planarconfig": "separate"}),
        ("big", colour, {"bigtiff": True}),
    ):
        yield Seed(f"{name}.tif", _tiff([pixels], **options), pages)
    yield Seed("pages.tif", _tiff([colour, deep, colour[:40, :40]]), (("", 0), ("", 2)))


def _tiff(pages: list[np.ndarray], *, bigtiff: bool = False, **options: object) -> bytes:
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=bigtiff) as file:
        for page in pages:
            told = {"photometric": "rgb" if page.ndim == 3 else "minisblack", **options}
            file.write(page, metadata=None, description=NAME, **told)  # type: ignore[arg-type]
    return out.getvalue()


def _arrays() -> Iterator[Seed]:
    rows = np.stack([picture(), picture()[::-1]])
    yield Seed("rows.npy", _npy(rows), (("", 0), ("", 1)))
    yield Seed("deep.npy", _npy(picture()[..., 0].astype(np.float32)))
    yield Seed("a.npz", _npz(np.savez, rows), (("image", -1), ("image", 1)))
    yield Seed("b.npz", _npz(np.savez_compressed, rows), (("image", 0),))


def _npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def _npz(save: Callable[..., None], array: np.ndarray) -> bytes:
    out = io.BytesIO()
    save(out, image=array, other=np.arange(5))
    return out.getvalue()


def _volumes() -> Iterator[Seed]:
    voxels = np.random.default_rng(1).integers(-900, 1200, (24, 20, 16)).astype(np.int16)
    asked = (("axial", 3), ("coronal", 8))
    for name, data in (("a.nii", nifti(voxels)), ("b.nii.gz", gzip.compress(nifti(voxels), mtime=0)), ("c.nii", nifti(voxels, version=2))):
        yield Seed(name, data, asked)
    for suffix, compress in ((".nrrd", False), (".nrrd", True), (".mha", False), (".mha", True)):
        yield Seed(f"{'zip' if compress else 'raw'}{suffix}", _by_itk(voxels, suffix, compress=compress), asked)
    yield Seed("volume.npy", _npy(voxels), (("@2", 3), ("@0", 8)))
    yield Seed("volume.npz", _npz(np.savez_compressed, voxels), (("image@2", 3),))


def nifti(voxels: np.ndarray, *, version: int = 1) -> bytes:
    import nibabel

    image = (nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image)(voxels, np.diag([-1, -1, 2, 1]))
    image.header["descrip"] = NAME.encode()
    return image.to_bytes()


def _by_itk(voxels: np.ndarray, suffix: str, *, compress: bool) -> bytes:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(voxels)
    image.SetMetaData("PatientName", NAME)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        SimpleITK.WriteImage(image, str(path), useCompression=compress)
        return path.read_bytes()


def _slides() -> Iterator[Seed]:
    small = painted(384, 256)
    asked = (("tile level0 128", 1), ("thumbnail 200", -1))
    yield Seed("a.svs", aperio(small, levels=(1,), label=NAME), asked)
    yield Seed("b.svs", aperio(small, levels=(1, 2), compression="jpeg"), asked)


def _held() -> Iterator[Seed]:
    """Archives, all of whose members are asked for, and a table that embeds its images."""
    members = {seed.path: seed.data for seed in _pictures() if seed.path in ("baseline.jpg", "palette.png", "film.gif", "a.jp2")}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as file:
            for name, data in members.items():
                file.writestr(zipfile.ZipInfo(name), data, compress_type=method)
        yield Seed(f"{method}.zip", out.getvalue())
    for mode, name in (("w", "a.tar"), ("w:gz", "a.tar.gz")):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as file:  # type: ignore[call-overload]
            for member, data in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))
        yield Seed(name, out.getvalue())
    for codec in ("none", "snappy", "zstd"):
        out = io.BytesIO()
        pq.write_table(pa.table({"image": [{"bytes": data, "path": NAME} for data in members.values()]}), out, compression=codec)
        yield Seed(f"{codec}.parquet", out.getvalue(), tuple(("image.bytes", row) for row in range(len(members))))


def _dicom() -> Iterator[Seed]:
    """Every transfer syntax that pydicom's own test files have, by files that hold pixels."""
    for path in sorted((Path(pydicom_data.__file__).parent / "test_files").glob("*.dcm")):
        if 1_000 < path.stat().st_size < MAX_CARRIED and not path.name.startswith(("rtplan_", "rtstruct", "reportsi_", "test-SR")):
            frames = (("", -1), ("", 1)) if "2frame" in path.name else (("", -1),)
            yield Seed(path.name, path.read_bytes().replace(b"CompressedSamples", (NAME + "_______")[:17].encode()), frames)


def _real() -> Iterator[Seed]:
    """One of each kind of file and modality, where real files lie beside the repository."""
    found: dict[tuple[str, str], Path] = {}
    for path in sorted((REAL / "modality").rglob("*")) if REAL else ():
        if path.is_file() and path.suffix not in (".csv", ".md", ".txt", ".json") and path.stat().st_size <= MAX_REAL:
            found.setdefault((path.parent.name, path.suffix), path)
    for (modality, _), path in found.items():
        volume = ".nii" in path.name
        yield Seed(f"{modality}-{path.name}", path.read_bytes(), (("axial", 1),) if volume else (("", -1),))
