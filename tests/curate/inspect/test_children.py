import io
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
import pytest
from PIL import Image as Pillow

from curate.inspect.children import ChildError, ChildLimits, Children
from curate.inspect.inspect import InspectLimits, Seen, inspect_image
from curate.inspect.messages import MAX_FILES, Job, image_message, image_of, job_message, job_of
from curate.inspect.route import LIGHT, inspect_group, inspect_refs, is_light
from schemas.image import Image, ImageRef, Member, Rendering

LIMITS = InspectLimits()
FRAMES = [np.random.default_rng(number).integers(0, 256, (70, 90), dtype=np.uint8) for number in range(4)]


def saved(format: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(FRAMES[0]).save(out, format, **options)
    return out.getvalue()


def film() -> bytes:
    return saved("TIFF", save_all=True, append_images=[Pillow.fromarray(frame) for frame in FRAMES[1:]])


def opened(data: bytes, ref: ImageRef) -> io.BytesIO:
    return io.BytesIO(data)


def refs(path: str, frames: list[int]) -> list[ImageRef]:
    return [ImageRef(id=f"s/{path}#{frame}", source="s", path=path, frame=frame) for frame in frames]


def reasons(seen: list[Seen]) -> list[tuple[str | None, str | None]]:
    return [(image.reason, image.evidence) for image, _ in seen]


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    children = Children()
    yield children
    children.close()


@pytest.fixture
def dying() -> Iterator[Children]:
    children = Children(ChildLimits(seconds=2), program="tests.curate.inspect.dying_child")
    yield children
    children.close()


def test_a_child_sees_what_is_seen_here(children: Children) -> None:
    data = film()
    wanted = refs("a.tif", [-1, 0, 2, 3, 4])
    seen = list(inspect_group(wanted, lambda ref: io.BytesIO(data), LIMITS, children))
    assert seen == [inspect_image(ref, lambda ref: io.BytesIO(data), LIMITS) for ref in wanted]
    assert [image.reason for image, _ in seen] == [None, None, None, None, "no_such_frame"]
    assert [image.id for image, _ in seen] == [ref.id for ref in wanted]
    assert len({image.byte_digest for image, _ in seen[1:4]}) == 3


def test_a_file_on_disk_goes_to_the_child_as_it_lies(children: Children, tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    path.write_bytes(saved("WEBP", lossless=True))
    ref = ImageRef(id="s/a.webp", source="s", path="a.webp", rendering=Rendering(low=1.0), may_identify=False)
    ((image, data),) = inspect_group([ref], lambda ref: path.open("rb"), LIMITS, children)
    assert (image.reason, data, image.ship is not None and image.ship.path) == (None, None, "a.webp")
    assert (image, data) == inspect_image(ref, lambda ref: path.open("rb"), LIMITS)


def test_only_light_pictures_are_decoded_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_child(*arguments: object, **options: object) -> Iterator[Seen]:
        raise AssertionError("a child was asked")

    alone = Children()
    monkeypatch.setattr(alone, "inspect", no_child)
    for format in ("PNG", "JPEG"):
        ((image, _),) = inspect_group(refs("a", [-1]), partial(opened, saved(format)), LIMITS, alone)
        assert image.reason is None
    for format in ("GIF", "WEBP", "BMP", "TIFF"):
        with pytest.raises(AssertionError, match="a child was asked"):
            list(inspect_group(refs("a", [-1]), partial(opened, saved(format)), LIMITS, alone))


def test_what_is_light_is_read_from_the_header() -> None:
    side = int(LIGHT**0.5) + 1
    png = saved()
    huge = png[:16] + (side).to_bytes(4, "big") + side.to_bytes(4, "big") + png[24:]
    jpeg = saved("JPEG")
    place = jpeg.index(b"\xff\xc0") + 5
    large = jpeg[:place] + b"\xff\xff\xff\xff" + jpeg[place + 4 :]
    assert [is_light(data) for data in (png, jpeg, huge, large)] == [True, True, False, False]
    assert not is_light(saved("GIF"))
    deep = [imagecodecs.png_encode(np.zeros((9, 9, samples), np.uint16)) for samples in (1, 2, 3, 4)]
    assert [is_light(data) for data in deep] == [True, False, False, False]
    assert not is_light(b"\xff\xd8\xff\xe0" + bytes(100))


def test_the_image_at_which_a_child_dies_is_lost_alone(dying: Children) -> None:
    data = film()
    seen = list(inspect_group(refs("dies_at_2_.tif", [0, 1, 2, 3]), lambda ref: io.BytesIO(data), LIMITS, dying))
    assert reasons(seen) == [(None, None), (None, None), ("decoder_died", "SIGSEGV"), (None, None)]


def test_a_file_at_which_children_die_is_lost_whole(dying: Children) -> None:
    data = film()
    seen = list(inspect_group(refs("never_opens.tif", [0, 1, 2]), lambda ref: io.BytesIO(data), LIMITS, dying))
    assert reasons(seen) == [("decoder_died", "SIGSEGV")] * 3


def test_a_file_costs_a_few_children_at_most(dying: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.inspect.children.MAX_DEATHS", 2)
    data = saved("TIFF", save_all=True, append_images=[Pillow.fromarray(FRAMES[0])] * 5)
    seen = list(inspect_group(refs("dies_at_1_dies_at_3_.tif", list(range(6))), lambda ref: io.BytesIO(data), LIMITS, dying))
    assert [image.reason for image, _ in seen] == [None, "decoder_died", None, *["decoder_died"] * 3]


def test_files_on_disk_go_to_children_by_the_handful(children: Children, dying: Children, tmp_path: Path) -> None:
    """In their order, with one that is not there, a film and one at which children die among them."""
    kinds = ["PNG", "JPEG", "TIFF", "WEBP", "PNG", "JPEG", "GIF", "PNG", "BMP"]
    for number, kind in enumerate(kinds):
        (tmp_path / f"{number}.x").write_bytes(saved(kind))
    (tmp_path / "5_film.x").write_bytes(film())
    whole = [ImageRef(id=f"s/{name}", source="s", path=name) for name in ("0.x", "1.x", "2.x", "3.x", "3_gone.x", "4.x", "5.x")]
    wanted = [*whole, *refs("5_film.x", [0, 2]), *(ImageRef(id=f"s/{n}.x", source="s", path=f"{n}.x") for n in (6, 7, 8))]

    def open_file(ref: ImageRef) -> BinaryIO:
        return (tmp_path / ref.path).open("rb")

    seen = list(inspect_refs(wanted, open_file, LIMITS, children))
    assert seen == [inspect_image(ref, open_file, LIMITS) for ref in wanted]
    assert [image.reason for image, _ in seen].count("unreadable") == 1
    assert len(wanted) > MAX_FILES
    for name in ("7_dies_at_-1_.x", "7_never_opens.x", "7_hangs_at_-1_.x"):
        (tmp_path / name).write_bytes(saved())
        mixed = [*whole[:3], ImageRef(id=f"s/{name}", source="s", path=name), *whole[5:]]
        found = [image.reason for image, _ in inspect_refs(mixed, open_file, LIMITS, dying)]
        assert found == [None, None, None, "decoder_died", None, None]


def test_time_and_memory_are_limited(dying: Children) -> None:
    data = film()
    began = time.monotonic()
    seen = list(inspect_group(refs("hangs_at_1_.tif", [0, 1, 2]), lambda ref: io.BytesIO(data), LIMITS, dying))
    assert reasons(seen) == [(None, None), ("decoder_died", "more than 2 s"), (None, None)]
    assert time.monotonic() - began < 50  # not the minute that it would hang
    seen = list(inspect_group(refs("fills_at_1_.tif", [0, 1, 2]), lambda ref: io.BytesIO(data), LIMITS, dying))
    assert reasons(seen) == [(None, None), ("decoder_died", f"more than {4 << 30} bytes"), (None, None)]


def test_an_error_of_our_own_is_no_fault_of_the_picture(dying: Children) -> None:
    with pytest.raises(ChildError, match=r"^s/errs_at_1_\.tif#1: AttributeError at \S+dying_child\.py:\d+ < ") as raised:
        list(inspect_group(refs("errs_at_1_.tif", [0, 1, 2]), lambda ref: io.BytesIO(film()), LIMITS, dying))
    assert "what a file says" not in str(raised.value)
    with pytest.raises(ChildError, match=r"ended with status 1$"):
        list(inspect_group(refs("a.tif", [0]), lambda ref: io.BytesIO(film()), LIMITS, Children(program="tests.curate.inspect.nothing")))


def test_a_disk_that_does_not_answer_a_child_is_told_with_the_file(dying: Children) -> None:
    with pytest.raises(ChildError, match=r"^\[Errno 5\] Input/output error: 'unread_at_1_\.tif'$") as raised:
        list(inspect_group(refs("unread_at_1_.tif", [0, 1, 2]), lambda ref: io.BytesIO(film()), LIMITS, dying))
    assert isinstance(raised.value.__cause__, OSError)


def test_children_are_used_again_and_end_with_their_pool(tmp_path: Path) -> None:
    children, data = Children(), film()
    for _ in range(3):
        list(inspect_group(refs("a.tif", [0]), lambda ref: io.BytesIO(data), LIMITS, children))
    (child,) = children.idle
    assert child.jobs == 3
    children.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child.process.pid, 0)


def test_a_child_that_lies_about_where_bytes_are_is_not_believed(dying: Children) -> None:
    from curate.inspect.children import _Died, _own

    ref = ImageRef(id="s/a.webp", source="s", path="a.webp")
    image, _ = inspect_image(ref, lambda ref: io.BytesIO(saved("WEBP")), LIMITS)
    assert image.ship is not None
    assert _own(image, ref) is image
    for lie in (replace(image.ship, path="../b.webp"), replace(image.ship, root="out"), replace(image.ship, member="x")):
        with pytest.raises(_Died, match="an answer that is none"):
            _own(replace(image, ship=lie), ref)
    with pytest.raises(_Died, match="an answer that is none"):
        _own(replace(image, id="s/b.webp"), ref)


def test_messages_carry_rows_whole() -> None:
    member = Member(root="out", archive="a.tar", name="b", method="plain", offset=1, stored=2, size=3, crc=-1)
    wanted = [ImageRef(id="s/é", source="s", path="é", member=member, rendering=Rendering(low=-1.5, by="lung")), *refs("b", [3])]
    limits = InspectLimits(max_bytes=5, min_side=64, side="max")
    job = Job(refs=tuple(wanted), limits=limits, begin=-1)
    assert job_of(job_message(job)) == job
    image: Image = inspect_image(wanted[1], lambda ref: io.BytesIO(saved()), InspectLimits())[0]
    assert image_of(image_message(image)) == image


@pytest.mark.parametrize(
    ("side", "expected"),
    [("min", ("image_too_small", "70 < 80", 90, 70)), ("max", (None, None, 90, 70)), ("both", (None, None, 90, 70))],
)
def test_a_small_picture_is_refused_by_its_header(side: str, expected: tuple[str | None, str | None, int, int]) -> None:
    limits = InspectLimits(min_side=80, side=side)  # type: ignore[arg-type]
    image, _ = inspect_image(refs("a", [-1])[0], partial(opened, saved()), limits)
    assert (image.reason, image.evidence, image.width, image.height) == expected
