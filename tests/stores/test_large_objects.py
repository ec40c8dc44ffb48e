"""Of a large object in a store a copy is made only if who looks at it would not refuse it at once, and if the disk has room for it"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import h5py
import numpy as np
import pytest
from PIL import Image as Pillow

from curate import copied
from curate.copied import NoRoom
from curate.ingest.members import look_into
from curate.inspect import children as inspecting
from curate.inspect.children import Children
from curate.inspect.inspect import InspectLimits
from curate.inspect.route import inspect_refs
from curate.read import hdf5
from pipelines import objects
from pipelines.objects import StorePath
from pipelines.place import Place, local_copy, place
from schemas.image import Image, ImageRef
from tests.curate.pixels.made_volumes import nifti
from tests.pipelines.small_data import write_small
from tests.pipelines.whole_run import run
from tests.stores.servers import Store
from tests.stores.test_runs_in_stores import put

LIMITS = InspectLimits(max_bytes=2000)
VOLUME = np.random.default_rng(1).integers(0, 1000, (70, 80, 9)).astype(np.int16)
HUGE = np.array([3, 2048, 2048, 2048, 1, 1, 1, 1])  # NIfTI: number of axes, their lengths


@pytest.fixture(autouse=True)
def ranged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects are large from 1,000 bytes on."""
    monkeypatch.setattr(objects, "LARGE", 1000)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that has no room, and says so of what is small too."""
    monkeypatch.setattr(copied, "SMALL", 0)
    monkeypatch.setattr(copied.shutil, "disk_usage", lambda folder: SimpleNamespace(free=5 * 10**8))


def saved(form: str, **options: object) -> bytes:
    sink, noise = io.BytesIO(), np.random.default_rng(2).integers(0, 256, (4, 90, 80), dtype=np.uint8)
    first, *others = map(Pillow.fromarray, noise)
    first.save(sink, form, **({"save_all": True, "append_images": others} if form == "TIFF" else {}))
    return sink.getvalue()


FILES = {"1.tif": saved("TIFF"), "2.png": saved("PNG"), "3.nii": nifti(VOLUME, dim=HUGE), "4.nii.gz": nifti(VOLUME, zipped=True)}


def ref(path: str, column: str = "", frame: int = -1) -> ImageRef:
    return ImageRef(id=f"s/{path}!{column}#{frame}", source="s", path=path, column=column, frame=frame, size=len(FILES[path]))


REFUSED = [ref("1.tif", frame=0), ref("1.tif", frame=3), ref("2.png"), ref("3.nii", "axial", 4), ref("3.nii", "sagittal", 0)]
SEEN = [ref("4.nii.gz", "axial", 4)]


def filled(root: Place) -> Place:
    for name, data in FILES.items():
        (root / name).write_bytes(data)
    return root


def inspected(refs: list[ImageRef], root: Place) -> list[tuple[Image, bytes | None]]:
    children = Children()
    try:
        opened: Callable[[ImageRef], BinaryIO] = lambda ref: (root / ref.path).open("rb")  # noqa: E731
        return list(inspect_refs(refs, opened, LIMITS, children))
    finally:
        children.close()


def test_what_a_disk_would_see_refused_is_refused_in_a_store_and_not_copied(
    s3: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = filled(place(s3.root("large")))
    here = inspected([*REFUSED, *SEEN], filled(tmp_path))
    assert [(image.reason, image.evidence) for image, _ in here] == [
        *[("too_large", f"{len(FILES['1.tif'])} > 2000 bytes")] * 2,
        ("too_large", f"{len(FILES['2.png'])} > 2000 bytes"),
        *[("too_large", f"{2048**3 * 2} > {1 << 30} bytes of voxels")] * 2,
        (None, None),
    ]
    assert inspected(SEEN, there) == here[-1:]
    copies: list[object] = []
    monkeypatch.setattr(inspecting, "copy_file", lambda *arguments: copies.append(arguments))
    assert (inspected(REFUSED, there), copies) == (here[:-1], [])


def told(path: StorePath | Place) -> str:
    """As a regex; the folder is the machine's."""
    needed = r": a copy of its 0\.0 GB is needed in /\S+, where 0\.5 GB are free \(one is left so\)"
    return rf"{re.escape(str(path))}{needed}; TMPDIR=DIR names another folder; the same command goes on from there"


def test_what_the_disk_has_no_room_for_is_named_with_what_to_do(s3: Store, full: None) -> None:
    there = filled(place(s3.root("no-room")))
    with pytest.raises(NoRoom) as caught:
        inspected(SEEN, there)
    assert re.fullmatch(told(there / "4.nii.gz"), str(caught.value))
    with pytest.raises(NoRoom) as caught, local_copy(there / "1.tif"):
        pass
    assert re.fullmatch(told(there / "1.tif"), str(caught.value))


def test_an_archive_of_hdf5_too(s3: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: None) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["picture"] = np.void(np.random.default_rng(1).bytes(5000))
    there = place(s3.root("no-room"), "x.h5")
    there.write_bytes((tmp_path / "x.h5").read_bytes())
    assert len(look_into("x.h5", 0, lambda path: (tmp_path / path).open("rb")).contents.members) == 1  # on a disk it needs no copy
    with pytest.raises(NoRoom) as caught:
        look_into("x.h5", 0, lambda path: there.open("rb"))
    assert re.fullmatch(told(there), str(caught.value))
    assert hdf5.copy_file is copied.copy_file


@pytest.mark.engines
def test_a_run_ends_with_that_line_and_goes_on_where_there_is_room(s3: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_small(tmp_path)
    data = place(s3.root("small-disk", "data"))
    put(tmp_path / "data" / "small_captions", data / "small_captions")
    flags = ("--data", str(data), "--out", tmp_path / "out", "--manifests", tmp_path / "manifests", "--sources", "small_captions")
    with monkeypatch.context() as small:
        small.setattr(copied, "SMALL", 0)
        small.setattr(copied.shutil, "disk_usage", lambda folder: SimpleNamespace(free=5 * 10**8))
        ran = run("inspect", *flags, "--tagger", "none")
    pictures = told(data / "small_captions" / "images" / "N").replace("/N:", r"/\d+\.\w+:")
    assert (ran.status, "Traceback" in ran.told, bool(re.fullmatch(f"failed: {pictures}", ran.told.splitlines()[-1]))) == (1, False, True)
    assert run("inspect", *flags, "--tagger", "none").status == 0
