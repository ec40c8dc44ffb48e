"""Pictures that packages carry: rendered in full, each under the source it came with"""

from collections import Counter

import pytest

from curate.models.prompts import load_prompts
from curate.probe import carried as module
from curate.probe.carried import FILES, Files, carried


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch):
    def keep(*files: Files) -> None:
        monkeypatch.setattr(module, "FILES", files)
        monkeypatch.setattr(module, "VOLUMES", ())

    return keep


def test_a_picture_says_what_it_is_and_whose(only):
    only(Files("pydicom", "data/test_files", "ct", ("CT_small.dcm",)), Files("skimage", "data", "page", ("page.png",)))
    ct, page = carried()
    assert (ct.kind, ct.source, ct.name, ct.group, ct.image.size) == ("ct", "pydicom", "CT_small.dcm", "pydicom/CT_small.dcm", (128, 128))
    assert (page.kind, page.source, page.image.mode, page.image.size) == ("page", "skimage", "L", (384, 191))


def test_what_is_not_installed_is_left_out(only):
    only(Files("no_such_package", "data", "ct", ("a.dcm",)), Files("skimage", "data", "ct", ("no_such_file.png",)))
    assert list(carried()) == []


def test_planes_of_a_volume_share_its_group(only, monkeypatch: pytest.MonkeyPatch):
    only()
    monkeypatch.setattr(module, "VOLUMES", (("nibabel", "tests/data/example4d.nii.gz"),))
    planes = list(carried())
    assert [plane.name for plane in planes] == [
        f"example4d.nii.gz@2-{share}" for share in (0.35, 0.5, 0.65)
    ]  # 24 deep: others are no pictures
    assert {(plane.kind, plane.group, plane.image.size) for plane in planes} == {("mri", "nibabel/example4d.nii.gz", (128, 96))}


def test_every_kind_is_a_class_of_a_head_and_every_file_is_listed_once():
    assert {files.kind for files in FILES} <= {each.name for each in load_prompts().classes}
    listed = Counter((files.source, files.folder, name) for files in FILES for name in files.names)
    assert set(listed.values()) == {1}
