"""installed packages -> the real pictures they carry, as small sources of their own

Every picture is rendered as a run renders it (curate.pixels), in full, with what is burned into it: this is what a head meets.
Packages that are not installed are left out; nobody is told.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from curate.pixels.render import render


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    image: Image.Image  # 8 bits
    kind: str  # name of its class: one of the twelve, page or natural_image
    source: str  # the package's import name
    name: str  # file, with frame or plane
    group: str  # file: what was cut from one is no two witnesses


@dataclass(frozen=True, slots=True)
class Files:
    source: str
    folder: str  # in the package
    kind: str
    names: tuple[str, ...]
    frames: tuple[int, ...] = (-1,)  # of each file; -1: the first, and only


FILES = (
    Files("data_store", "data", "xray", ("RG1_UNCR.dcm", "RG3_UNCR.dcm")),
    Files("data_store", "data", "ct", ("693_UNCR.dcm", "explicit_VR-UN.dcm")),
    Files("data_store", "data", "ct", ("eCT_Supplemental.dcm",), (0, 1)),
    Files("data_store", "data", "mri", ("MR-SIEMENS-DICOM-WithOverlays.dcm", "MR2_UNCR.dcm")),
    Files("data_store", "data", "mri", ("emri_small.dcm",), (0, 3, 6, 9)),
    Files("data_store", "data", "ultrasound", ("US1_UNCR.dcm", "gdcm-US-ALOKA-16.dcm", "color-pl.dcm", "OBXXXX1A.dcm")),
    Files("data_store", "data", "ultrasound", ("color3d_jpeg_baseline.dcm",), (0, 30, 60, 90)),
    Files("data_store", "data", "natural_image", ("OT-PAL-8-face.dcm",)),
    Files("pydicom", "data/test_files", "ct", ("CT_small.dcm", "J2K_pixelrep_mismatch.dcm")),  # its other pictures are in data_store too
    Files("pydicom", "data/test_files", "mri", ("MR_small.dcm",)),
    Files("skimage", "data", "fundus", ("retina.jpg", "microaneurysms.png")),
    Files("skimage", "data", "histopathology", ("ihc.png",)),
    Files("skimage", "data", "microscopy", ("cell.png",)),
    Files("skimage", "data", "page", ("page.png", "text.png")),
    Files("skimage", "data", "natural_image", ("astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png")),
    Files("skimage", "data", "natural_image", ("grass.png", "gravel.png", "hubble_deep_field.jpg", "moon.png", "motorcycle_left.png")),
    Files("skimage", "data", "natural_image", ("rocket.jpg", "clock_motion.png")),
    Files("mahotas", "demos/data", "microscopy", ("nuclear.png",)),
    Files("mahotas", "demos/data", "natural_image", ("DepartmentStore.jpg", "luispedro.jpg")),
    Files("stardist", "data/images", "histopathology", ("histo.jpg",)),
    Files("stardist", "data/images", "microscopy", ("img2d.tif",)),
    Files("wsidicom_data", "data", "histopathology", ("test_tile.png",)),
    Files("deid_data", "data/ultrasounds", "ultrasound", ("GREYSCALE_IMAGE.dcm", "RGB_IMAGE.dcm")),
    Files("deid_data", "data/ultrasounds", "ultrasound", ("ultrasound-multiframe.dcm",), (0, 25)),
    Files("deid_data", "data/dicom-cookies", "natural_image", ("image1.dcm", "image2.dcm", "image4.dcm", "image6.dcm")),
    Files("sklearn", "datasets/images", "natural_image", ("china.jpg", "flower.jpg")),
    Files("matplotlib", "mpl-data/sample_data", "natural_image", ("grace_hopper.jpg",)),
    Files("gradio", "media_assets/images", "natural_image", ("cheetah1.jpg", "groot.jpeg", "lion.jpg", "tower.jpg")),
    Files("imgaug", ".", "natural_image", ("quokka.jpg",)),
)  # fmt: skip
VOLUMES = (  # NIfTI, MRI of the head: planes at these shares of each axis
    ("nibabel", "tests/data/example4d.nii.gz"),
    ("nilearn", "datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"),
    ("dipy", "data/files/S0_10slices.nii.gz"),
)
SHARES = (0.35, 0.5, 0.65)


def carried() -> Iterator[Carried]:
    """Every picture whose package is installed, always in the same order. Some 3 s."""
    for files in FILES:
        for name in files.names:
            if path := _path(files.source, f"{files.folder}/{name}"):
                yield from (_pictured(files, name, path, frame) for frame in files.frames)
    for source, file in VOLUMES:
        if path := _path(source, file):
            yield from _planes(source, path)


def _path(package: str, file: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    found = [Path(folder) / file for folder in (spec.submodule_search_locations or () if spec else ())]
    return next(filter(Path.is_file, found), None)


def _pictured(files: Files, name: str, path: Path, frame: int) -> Carried:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # test files break the standard on purpose
        image = render(path.read_bytes(), frame=frame).image
    marked = name if frame < 0 else f"{name}@{frame}"
    return Carried(image=image, kind=files.kind, source=files.source, name=marked, group=f"{files.source}/{name}")


def _planes(source: str, path: Path) -> Iterator[Carried]:
    """Planes of a volume across its two longest axes at least, windowed between its percentiles 1 and 99.5."""
    import nibabel

    volume = np.asarray(nibabel.load(path).dataobj, dtype=np.float64)  # type: ignore[attr-defined]
    volume = volume.reshape(*volume.shape[:3], -1)[..., 0]
    low, high = np.percentile(volume, (1, 99.5))
    for axis in range(3):
        sides = [side for other, side in enumerate(volume.shape) if other != axis]
        for share in SHARES if min(sides) >= 64 else ():  # px: fewer is no picture that screening keeps
            plane = np.rot90(volume.take(int(share * volume.shape[axis]), axis=axis))
            grey = (np.clip((plane - low) / (high - low), 0, 1) * 255).astype(np.uint8)
            name = f"{path.name}@{axis}-{share}"
            yield Carried(image=Image.fromarray(grey), kind="mri", source=source, name=name, group=f"{source}/{path.name}")
