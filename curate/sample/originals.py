"""installed packages that carry real images -> named 8-bit pictures cut from them"""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels: TypeAlias = npt.NDArray[np.uint8]  # (height, width) or (height, width, 3)

ECHO_FRAMES = (0, 13, 23, 41, 57, 70, 89, 106)  # of 120, far enough apart in the beat to look different
BRAIN_SLICES = (1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23)  # of 24, from below upwards


class PackageMissing(ImportError):
    """A package that carries images is not installed; the message says what to install."""


def package_file(package: str, path: str) -> Path:
    """The file an installed package carries. Raises PackageMissing where package or file is not there."""
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        if (Path(folder) / path).is_file():
            return Path(folder) / path
    found = f"has no {path}" if folders else "is not installed"
    raise PackageMissing(
        f"the sample data needs package '{package}', which {found}; 'make setup' installs it, or "
        "pip install -e '.[sample]' -c constraints.txt, in the checkout"
    )


def dicom_file(name: str) -> Path:
    return package_file("data_store", f"data/{name}.dcm")


def windowed(values: npt.NDArray[np.generic], low: float, high: float) -> Pixels:
    """Values from `low` to `high` spread over 0-255."""
    return (np.clip((values.astype(np.float64) - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def halved(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Both sides halved by the mean of 2 x 2 pixels."""
    height, width = values.shape[0] // 2 * 2, values.shape[1] // 2 * 2
    return values[:height, :width].reshape(height // 2, 2, width // 2, 2).mean((1, 3))


def stored(path: Path, frame: int | None = None) -> npt.NDArray[np.generic]:
    """Pixels of a DICOM file as stored; colour converted to RGB."""
    from pydicom.pixels import pixel_array

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # these files are test cases: they break the standard on purpose
        return pixel_array(path, index=frame)


def colour(name: str) -> Pixels:
    return np.asarray(Image.open(package_file("skimage", f"data/{name}")).convert("RGB"))


def originals() -> dict[str, Pixels]:
    """Every real picture by its name; described.py says what each shows. 4 s, 60 MB."""
    return {**_xrays(), **_cts(), **_mris(), **_ultrasounds(), **_eyes(), **_tissues(), **_cells(), **_everyday()}


def _xrays() -> dict[str, Pixels]:
    chest = 255 - windowed(halved(stored(dicom_file("RG1_UNCR"))), 2000, 24000)  # PS3.3 C.7.6.3.1.2: MONOCHROME1 is inverted
    leg = 255 - windowed(halved(stored(dicom_file("RG3_UNCR"))), 0, 1023)
    height, width = chest.shape[0] // 3, chest.shape[1] // 3
    tiles = {
        f"chest_{row}{column}": chest[row * height : (row + 1) * height, column * width : (column + 1) * width]
        for row in range(3)
        for column in range(3)
    }
    return {
        **tiles,
        "chest": halved(chest).astype(np.uint8),
        "lung_right": chest[180:780, 60:440],
        "lung_left": chest[180:780, 490:880],
        "lungs_upper": chest[60:380, 100:840],
        "lungs_lower": chest[420:800, 80:860],
        "heart_shadow": chest[300:760, 280:720],
        "diaphragm": chest[640:960, 60:880],
        "leg": halved(leg).astype(np.uint8),
        "leg_shaft": leg[0:360, 240:600],
        "leg_lesion": leg[440:700, 300:560],
        "leg_ankle": leg[620:880, 300:560],
    }


def _cts() -> dict[str, Pixels]:
    head = stored(dicom_file("693_UNCR")).astype(np.float64) - 1024
    base = stored(package_file("pydicom", "data/test_files/J2K_pixelrep_mismatch.dcm")).astype(np.float64)
    abdomen = windowed(stored(dicom_file("explicit_VR-UN")), -135, 215)
    spine = stored(package_file("pydicom", "data/test_files/CT_small.dcm")).astype(np.float64) - 1024
    cerebrum = stored(dicom_file("eCT_Supplemental"))
    return {
        "head": windowed(head, 0, 80)[60:460, 90:430],
        "head_left": windowed(head, 0, 80)[90:380, 270:430],
        "base": windowed(base, -200, 1200),
        "base_posterior": windowed(base, 0, 80)[270:470, 140:380],
        "base_face": windowed(base, -200, 1200)[20:270, 130:390],
        "abdomen": abdomen[115:390, 100:450],
        "abdomen_kidneys": abdomen[140:265, 150:370],
        "abdomen_bowel": abdomen[245:345, 190:400],
        "cerebrum_low": windowed(cerebrum[0], 900, 1196)[60:460, 90:430],
        "cerebrum_high": windowed(cerebrum[1], 900, 1196)[60:460, 90:430],
        "spine": windowed(spine, -200, 600),
    }


def _mris() -> dict[str, Pixels]:
    brain_file = package_file("nibabel", "tests/data/example4d.nii.gz")  # before the import: it says what to install
    import nibabel

    volume = np.asarray(nibabel.load(brain_file).dataobj)[..., 0]  # type: ignore[attr-defined]
    brain = {f"brain_{z:02d}": _twice(windowed(np.rot90(volume[:, :, z]), 0, 800)) for z in BRAIN_SLICES}
    abdomen = windowed(stored(dicom_file("MR-SIEMENS-DICOM-WithOverlays")), 0, 700)
    shoulder = windowed(halved(stored(dicom_file("MR2_UNCR"))), 0, 500)
    hindbrain = stored(dicom_file("emri_small"))
    return {
        **brain,
        "belly": abdomen[80:430, 10:480],
        "belly_liver": abdomen[130:330, 60:260],
        "belly_kidney": abdomen[230:380, 260:430],
        "shoulder": shoulder,
        "shoulder_head": shoulder[150:350, 80:280],
        "shoulder_socket": shoulder[150:350, 260:460],
        "shoulder_roof": shoulder[20:200, 150:400],
        "hindbrain_0": windowed(hindbrain[0], 0, 400),
        "hindbrain_6": windowed(hindbrain[6], 0, 400),
    }


def _twice(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((pixels.shape[1] * 2, pixels.shape[0] * 2), Image.Resampling.BICUBIC))


def _ultrasounds() -> dict[str, Pixels]:
    from pydicom import dcmread
    from pydicom.pixels import apply_color_lut

    pelvis_file = dcmread(dicom_file("gdcm-US-ALOKA-16"))
    pelvis = (apply_color_lut(pelvis_file.pixel_array, pelvis_file) // 256).astype(np.uint8)
    node = stored(dicom_file("US1_UNCR")).astype(np.uint8)
    heart_file = dicom_file("color3d_jpeg_baseline")
    heart = {f"heart_{frame:03d}": stored(heart_file, frame)[40:370, 180:500].astype(np.uint8) for frame in ECHO_FRAMES}
    return {
        **heart,
        "node_left": node[178:306, 90:316],  # the words above and below the picture stay out: they are burned in
        "node_right": node[178:306, 322:540],
        "vessels": stored(dicom_file("color-pl")).astype(np.uint8)[:, :226],
        "pelvis_left": pelvis[84:370, 44:300],
        "pelvis_right": pelvis[84:370, 334:594],
    }


def _eyes() -> dict[str, Pixels]:
    retina = colour("retina.jpg")
    boxes = {
        "retina_disc": (480, 880, 40, 440), "retina_macula": (500, 900, 500, 900), "retina_upper": (100, 480, 300, 760),
        "retina_lower": (920, 1300, 300, 760), "retina_outer": (500, 900, 950, 1350), "retina_upper_nasal": (180, 460, 130, 500),
        "retina_lower_nasal": (900, 1180, 130, 500), "retina_upper_temporal": (200, 480, 780, 1180),
        "retina_lower_temporal": (910, 1240, 780, 1180),
    }  # fmt: skip
    tiles = {name: retina[top:bottom, left:right] for name, (top, bottom, left, right) in boxes.items()}
    whole = np.asarray(Image.fromarray(retina).resize((470, 470), Image.Resampling.LANCZOS))
    return {**tiles, "retina": whole, "microaneurysms": np.asarray(Image.open(package_file("skimage", "data/microaneurysms.png")))}


def _tissues() -> dict[str, Pixels]:
    glands = colour("ihc.png")
    skin = np.asarray(Image.open(package_file("wsidicom_data", "data/test_tile.png")).convert("RGB"))
    tiles = {
        f"glands_{row}{column}": glands[row * 170 : (row + 1) * 170, column * 170 : (column + 1) * 170]
        for row in range(3)
        for column in range(3)
    }
    return {**tiles, "skin_epidermis": skin[:, :120], "skin_keratin": skin[:, 120:]}


def _cells() -> dict[str, Pixels]:
    field = np.asarray(Image.open(package_file("mahotas", "demos/data/nuclear.png")).convert("RGB")).max(2)
    nuclei = {
        f"nuclei_{row}{column}": _stretched(field[row * 256 : (row + 1) * 256, column * 336 : (column + 1) * 336])
        for row in range(4)
        for column in range(4)
    }
    cell = np.asarray(Image.open(package_file("skimage", "data/cell.png")))
    return {**nuclei, "cell": cell[200:560, 250:], "cell_close": cell[310:430, 370:490]}


def _stretched(tile: Pixels) -> Pixels:
    return windowed(tile, 10, max(80.0, float(np.percentile(tile, 99.5))))


def _everyday() -> dict[str, Pixels]:
    names = {"cat": "chelsea.png", "coffee": "coffee.png", "rocket": "rocket.jpg", "galaxies": "hubble_deep_field.jpg"}
    return {name: np.asarray(Image.fromarray(colour(file)).resize((360, 240), Image.Resampling.LANCZOS)) for name, file in names.items()}
