"""references to members of archives and to cells of tables -> images, and where their bytes ship from"""

import hashlib
import io
import zipfile
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image as Pillow

from curate.emit.ship import ChangedImage, read_image
from curate.ingest.download import file_bytes
from curate.ingest.find import Listing, with_archives
from curate.ingest.images import Target
from curate.inspect.inspect import InspectLimits, inspect_content, inspect_image
from curate.inspect.reading import read_images
from schemas.image import ImageRef, Member, Ship

PIXELS = np.random.default_rng(4).integers(0, 256, (40, 50), dtype=np.uint8)


def png(pixels: np.ndarray = PIXELS) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def archived(kind: str, name: str, content: bytes, **frame: int) -> tuple[ImageRef, bytes]:
    """A reference to the only member of an archive."""
    if kind in ("zip", "stored"):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED if kind == "zip" else zipfile.ZIP_STORED) as archive:
            archive.writestr(name, content)
        data, kind = sink.getvalue(), "zip"
    else:
        data = file_bytes({kind: {name: {"latin-1": content.decode("latin-1")}}})
    listing = with_archives(Listing({f"a.{kind}": (len(data), 5)}), lambda path: io.BytesIO(data))
    target = Target(name, **frame)
    return target.ref(target.id("s"), "s", listing, is_synthetic=False), data


@pytest.mark.parametrize(("kind", "deflated"), [("zip", True), ("stored", False), ("tar", False)])
def test_a_member_ships_from_its_archive_by_its_place(kind: str, deflated: bool) -> None:
    content = png()
    ref, data = archived(kind, "p/1.png", content)
    image, pack = inspect_image(ref, lambda ref: io.BytesIO(data), InspectLimits())
    assert (image.id, image.reason, image.byte_digest, pack) == ("s/p/1.png", None, hashlib.sha256(content).hexdigest(), None)
    assert ref.member is not None
    assert image.ship is not None
    assert image.ship == Ship(
        root="source", path=ref.member.archive, member="p/1.png", offset=image.ship.offset, length=len(content), format="png",
        digest=image.byte_digest, deflated=ref.member.stored if deflated else 0,
    )  # fmt: skip
    assert deflated or data[image.ship.offset : image.ship.offset + len(content)] == content
    alone = inspect_image(ImageRef(id="s/p/1.png", source="s", path="p/1.png"), lambda ref: io.BytesIO(content), InspectLimits())[0]
    assert (image.pixel_digest, image.phash, image.grey) == (alone.pixel_digest, alone.phash, alone.grey)
    shipped = read_image("s", image.ship, lambda source, ship: io.BytesIO(data))
    assert shipped == read_image("s", alone.ship, lambda source, ship: io.BytesIO(content))  # type: ignore[arg-type]
    damaged = bytearray(data)
    damaged[image.ship.offset + 60] ^= 1
    with pytest.raises(ChangedImage, match=r"a\.(zip|tar)!p/1\.png: "):
        read_image("s", image.ship, lambda source, ship: io.BytesIO(damaged))


def test_a_member_of_a_tgz_that_was_not_copied_ships_from_a_pack() -> None:
    ref, data = archived("tgz", "1.png", png())
    image, pack = inspect_image(ref, lambda ref: io.BytesIO(data), InspectLimits())
    assert (image.reason, image.ship, pack) == (None, None, png())


def test_rows_of_an_array_in_an_archive_are_read_while_it_is_open_once() -> None:
    rows = np.random.default_rng(5).integers(0, 256, (6, 8, 8), dtype=np.uint8)
    sink = io.BytesIO()
    np.save(sink, rows)
    refs = [archived("zip", "n.npy", sink.getvalue(), frame=frame) for frame in (0, 3, 5, 6)]
    opened = []

    def open_archive(ref: ImageRef) -> io.BytesIO:
        opened.append(ref.id)
        return io.BytesIO(refs[0][1])

    found = list(read_images([ref for ref, _ in refs], open_archive, max_bytes=1 << 20))
    seen = [inspect_content(ref, content, InspectLimits())[0] for ref, content in found]
    assert opened == ["s/n.npy#0"]
    assert [(image.id, image.reason) for image in seen] == [
        ("s/n.npy#0", None), ("s/n.npy#3", None), ("s/n.npy#5", None), ("s/n.npy#6", "no_such_frame"),
    ]  # fmt: skip


def test_cells_of_a_table_are_packed_as_they_are_and_empty_ones_said() -> None:
    sink = io.BytesIO()
    cells = [{"bytes": png()}, {"bytes": None}, {"bytes": b"no picture"}, {"bytes": png(PIXELS[:9])}]
    pq.write_table(pa.Table.from_pylist([{"image": cell, "text": "t"} for cell in cells]), sink)
    refs = [ImageRef(id=f"s/t#{row}", source="s", path="t.parquet", frame=row, column="image.bytes") for row in (0, 1, 2, 3, 4)]
    found = [
        inspect_content(ref, content, InspectLimits())
        for ref, content in read_images(refs, lambda ref: io.BytesIO(sink.getvalue()), max_bytes=1 << 20)
    ]
    assert [(image.reason, image.evidence, image.ship, pack) for image, pack in found] == [
        (None, None, None, png()), ("not_embedded", "an empty cell", None, None),
        ("not_an_image", "10 bytes of no known image format", None, None), (None, None, None, png(PIXELS[:9])),
        ("not_embedded", "an empty cell", None, None),
    ]  # fmt: skip
    text = [ImageRef(id="s/t#0", source="s", path="t.parquet", frame=0, column="text")]
    ((_, fault),) = read_images(text, lambda ref: io.BytesIO(sink.getvalue()), max_bytes=1 << 20)
    assert getattr(fault, "evidence", None) == "a cell that holds no bytes"


def test_a_damaged_or_lost_archive_is_a_fault_of_every_image_in_it() -> None:
    ref, data = archived("zip", "1.png", png())
    image, _ = inspect_image(ref, lambda ref: io.BytesIO(data[:40] + b"\xff" * 40 + data[80:]), InspectLimits())
    assert image.reason == "member_broken"

    def lost(ref: ImageRef) -> io.BytesIO:
        raise FileNotFoundError(ref.path)

    same = [ref, Target("1.png", 2).ref("s/1.png#2", "s", Listing({"1.png": (1, 1)}), is_synthetic=False)]
    assert [getattr(fault, "reason", None) for _, fault in read_images(same, lost, max_bytes=1 << 20)] == ["unreadable", "unreadable"]


def test_a_member_larger_than_an_image_may_be_is_not_unpacked() -> None:
    member = Member(root="source", archive="a.zip", name="1", method="deflated", offset=0, stored=50 << 20, size=10 << 30, crc=0)
    ref = ImageRef(id="s/1", source="s", path="1", member=member)

    def refuse(ref: ImageRef) -> io.BytesIO:
        raise AssertionError("it was opened")

    image, _ = inspect_image(ref, refuse, InspectLimits())
    assert (image.reason, image.evidence) == ("too_large", f"{10 << 30} > {1 << 30} bytes")


def test_a_plain_copy_of_a_tgz_is_where_a_member_ships_from() -> None:
    ref, data = archived("tar", "1.png", png())
    assert ref.member is not None
    moved = ImageRef(id=ref.id, source="s", path=ref.path, member=replace(ref.member, root="out", archive="x/1.tar"))
    image, _ = inspect_image(moved, lambda ref: io.BytesIO(data), InspectLimits())
    assert image.ship is not None
    assert (image.ship.root, image.ship.path) == ("out", "x/1.tar")
