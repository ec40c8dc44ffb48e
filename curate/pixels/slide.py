"""whole-slide image -> its thumbnail, or tiles of it by a grid

Labels and macro photographs that lie in the same file are never read: they carry names."""

from __future__ import annotations

import contextlib
import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from curate import confine
from curate.pixels.fault import PixelFault
from curate.pixels.header import Header
from curate.pixels.render import Rendered
from curate.pixels.slide_apart import Refused, facts, open_slide, overview, read
from curate.pixels.tissue import Mask, tissue
from schemas.image import Rendering

SUFFIXES = (".svs", ".ndpi", ".scn", ".bif", ".mrxs", ".vms", ".vmu", ".svslide")
APART = Path(__file__).with_name("slide_apart.py")
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # of one file: the other formats name further files, which are not followed
MAX_COPY = 8 << 30  # bytes of a slide that lies in no file of its own (in an archive, on an object store)
MAX_TILES = 1 << 22  # of one grid
THUMBNAIL = 1024  # pixels, of a slide of which no view is named
OVERVIEW = 2048  # longest side on which tissue is looked for: of 40 mm, 20 micrometres a pixel
NEAR = 0.02  # a level that comes as near to the resolution wanted is taken as it is
SIDES = (16, 4096)  # pixels of a tile's side, and of a thumbnail's up to twice as many
_VIEW = re.compile(r"thumbnail (\d{1,5})|tile (?:(\d+(?:\.\d+)?)um|level(\d{1,2})|down(\d+(?:\.\d+)?)) (\d{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlideFacts:
    left: int  # of what was scanned, in pixels of the finest level, as are the next three
    top: int
    width: int
    height: int
    downsamples: tuple[float, ...]  # of each level, finest first
    mpp: float | None  # micrometres a pixel of the finest level


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of a slide is one picture."""

    side: int  # pixels of a tile's sides, of a thumbnail's longer side
    thumbnail: bool = False
    mpp: float | None = None  # of a tile one of these: micrometres a pixel, the level, how many times coarser than the finest
    level: int | None = None
    downsample: float | None = None

    def __str__(self) -> str:
        """As it stands in a reference."""
        if self.thumbnail:
            return f"thumbnail {self.side}"
        by = f"{self.mpp:g}um" if self.mpp is not None else f"level{self.level}" if self.level is not None else f"down{self.downsample:g}"
        return f"tile {by} {self.side}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The whole tiles of a slide, counted from the top left, row by row."""

    facts: SlideFacts
    side: int  # pixels of a tile
    downsample: float  # of a tile against the finest level
    level: int  # it is read from
    across: int
    count: int

    def place(self, number: int) -> tuple[int, int]:
        """Left and top of a tile in pixels of the finest level."""
        row, column = divmod(number, self.across)
        step = self.side * self.downsample
        return self.facts.left + round(column * step), self.facts.top + round(row * step)


def is_slide(path: str, column: str = "") -> bool:
    """By its name, or by what is asked of it: a .tif is a slide where a thumbnail or a tile is."""
    return path.casefold().endswith(SUFFIXES) or _VIEW.fullmatch(column) is not None


def view_of(column: str) -> View:
    """'' is a thumbnail. Raises PixelFault."""
    found = _VIEW.fullmatch(column or f"thumbnail {THUMBNAIL}")
    if found is None:
        raise PixelFault("unsupported", "a view of a slide that is no thumbnail and no tile")
    thumbnail, mpp, level, downsample, side = found.groups()
    view = View(
        side=int(thumbnail or side), thumbnail=thumbnail is not None, mpp=float(mpp) if mpp else None,
        level=int(level) if level else None, downsample=float(downsample) if downsample else None,
    )  # fmt: skip
    if not SIDES[0] <= view.side <= SIDES[1] * (2 if view.thumbnail else 1):
        raise PixelFault("unsupported", f"a view of a slide of {view.side} pixels")
    return view


def grid_of(slide: SlideFacts, view: View) -> Grid:
    """Raises PixelFault: unsupported (a resolution that the slide has not, or does not tell), no_such_frame (a level), too_large."""
    downsample = _downsample(slide, view)
    near = [number for number, down in enumerate(slide.downsamples) if abs(downsample / down - 1) <= NEAR]
    if near:
        downsample = slide.downsamples[near[0]]
    if downsample < 1:
        raise PixelFault("unsupported", "a resolution finer than the slide's finest")
    level = near[0] if near else max((number for number, down in enumerate(slide.downsamples) if down <= downsample), default=0)
    step = view.side * downsample
    across, rows = math.floor(slide.width / step + 1e-9), math.floor(slide.height / step + 1e-9)
    if across * rows > MAX_TILES:
        raise PixelFault("too_large", f"{across} x {rows} > {MAX_TILES} tiles")
    return Grid(facts=slide, side=view.side, downsample=downsample, level=level, across=across, count=across * rows)


def _downsample(slide: SlideFacts, view: View) -> float:
    if view.level is not None:
        if view.level >= len(slide.downsamples):
            raise PixelFault("no_such_frame", f"level {view.level} of {len(slide.downsamples)}")
        return slide.downsamples[view.level]
    if view.mpp is None:
        return view.downsample or 1.0
    if slide.mpp is None:
        raise PixelFault("unsupported", "a whole-slide image that does not tell its micrometres a pixel")
    return view.mpp / slide.mpp


class Slide:
    """An open slide: asked picture by picture. Not for several threads at once."""

    def __init__(self, path: str, kept: contextlib.ExitStack) -> None:
        self.path, self.kept = path, kept  # what keeps the path alive
        self.opened = open_slide(path)
        self.told = facts(self.opened)
        self.facts = facts_of(self.told)
        self.last: tuple[str, int, Image.Image | None] = ("", -1, None)

    def rendered(self, column: str, frame: int, rendering: Rendering | None) -> Rendered:
        """`column` is the view, `frame` the tile's number in its grid. Slides have 8 bits a channel: `rendering` says nothing of them.
        Raises PixelFault: no_such_frame, unsupported, too_large, corrupt."""
        image = self._picture(column, frame)
        header = Header(format="slide", width=image.width, height=image.height, mode="RGB", bits=8, frames=self._frames(view_of(column)))
        return Rendered(image=image, header=header)

    def digested(self, column: str, frame: int) -> bytes:
        """Place, size and pixels of the view: the file itself may have many gigabytes."""
        image = self._picture(column, frame)
        return f"{view_of(column)} {max(frame, 0)} {image.width} {image.height}\n".encode() + image.tobytes()

    def close(self) -> None:
        self.opened.close()
        self.kept.close()

    def _frames(self, view: View) -> int:
        return 1 if view.thumbnail else grid_of(self.facts, view).count

    def _picture(self, column: str, frame: int) -> Image.Image:
        if self.last[:2] != (column, frame) or self.last[2] is None:
            self.last = (column, frame, self._read(view_of(column), frame))
        assert self.last[2] is not None
        return self.last[2]

    def _read(self, view: View, frame: int) -> Image.Image:
        if (frame > 0) if view.thumbnail else not 0 <= frame < self._frames(view):
            raise PixelFault("no_such_frame", f"{'no tile is named' if frame < 0 else f'tile {frame}'} of {self._frames(view)}")
        try:
            if view.thumbnail:
                return overview(self.opened, self.told, view.side)
            grid = grid_of(self.facts, view)
            wide = round(view.side * grid.downsample / self.facts.downsamples[grid.level])
            found = read(self.opened, grid.level, grid.place(frame), (wide, wide))
        except Refused as refused:
            self.opened.close()
            self.opened = open_slide(self.path)  # once it has met a fault the library reads nothing more of a slide
            raise PixelFault(*refused.args) from None
        return found if wide == view.side else found.resize((view.side, view.side), Image.Resampling.LANCZOS)


def read_slide(file: BinaryIO) -> Slide:
    """The slide in `file`, which stays open as long as it is asked. It is read in place; one that is no file of this machine's is copied
    first. Raises PixelFault: empty_file, not_an_image, unsupported, corrupt, too_large."""
    with contextlib.ExitStack() as stack:
        try:
            slide = Slide(_path(file, stack), stack)
        except Refused as refused:
            raise PixelFault(*refused.args) from None
        slide.kept = stack.pop_all()
        return slide


def _path(file: BinaryIO, stack: contextlib.ExitStack) -> str:
    """A path at which OpenSlide finds nothing beside the file."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    if not head:
        raise PixelFault("empty_file", "0 bytes")
    if head not in TIFF:
        raise PixelFault("unsupported", "a whole-slide image that is no TIFF: of several files, or none")
    number = _descriptor(file)
    if number is not None:
        return f"/proc/self/fd/{number}"
    if size > MAX_COPY:
        raise PixelFault("too_large", f"{size} > {MAX_COPY} bytes of a slide that would have to be copied")
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    path = Path(folder) / "slide.tif"
    with path.open("wb") as copy:
        shutil.copyfileobj(file, copy, 1 << 20)
    return str(path)


def _descriptor(file: BinaryIO) -> int | None:
    """Of a file that lies on disk as it is, where a descriptor can be opened anew with a position of its own."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return file.fileno()
    except (OSError, AttributeError):
        return None


@dataclass(frozen=True)
class Overview:
    facts: SlideFacts
    tissue: Mask  # (height, width) of all that was scanned


def look(file: BinaryIO) -> Overview:
    """What the slide in `file` is and where on it there is tissue, by a process of its own: whoever asks may not fall with the library.
    Raises PixelFault as `read_slide`, decoder_died."""
    with contextlib.ExitStack() as stack:
        path = _path(file, stack)
        numbers = (file.fileno(),) if path.startswith("/proc/") else ()
        command = [sys.executable, "-I", confine.__file__, str(APART), path, str(OVERVIEW)]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=numbers, check=False,
            env=confine.bare_environment(),
        )  # fmt: skip
    head, _, pixels = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise PixelFault("decoder_died", "OpenSlide")
    told = json.loads(head)
    if "fault" in told:
        raise PixelFault(*told["fault"])
    width, height = told["overview"]
    return Overview(facts_of(told), tissue(np.frombuffer(pixels, np.uint8).reshape(height, width, 3)))


def facts_of(told: dict[str, Any]) -> SlideFacts:
    return SlideFacts(
        left=told["left"], top=told["top"], width=told["width"], height=told["height"],
        downsamples=tuple(down for _, _, down in told["levels"]), mpp=told["mpp"],
    )  # fmt: skip
