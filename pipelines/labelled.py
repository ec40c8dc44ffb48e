"""a table of files, or the samples of a run -> pictures of known classes, each drawn when it is asked for"""

from __future__ import annotations

import csv
import difflib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image as Pillow

from curate.emit.ship import read_image
from curate.inspect.children import Children
from curate.inspect.inspect import InspectLimits
from curate.inspect.route import inspect_refs
from curate.models.probe import CLASSES, class_of
from curate.pixels.fault import PixelFault
from curate.pixels.render import render
from curate.pixels.volume import is_volume, read_volume_header
from curate.probe.training import hashed
from curate.screen.screen import group_of
from pipelines.opened import ship_opener
from pipelines.run import Run
from schemas.arrow import from_plain, from_table
from schemas.image import Image, ImageRef, Ship
from schemas.modality import OTHER, TEXT, TWELVE
from schemas.sample import Sample

SHOWN_FAULTS = 10  # rows of a table that are told of
COLUMNS = {"file": (), "modality": (), "source": ("source_repo",), "group": ("patient",), "figure_type": (), "license": ("licence",)}
Draw = Callable[[], tuple[Pillow.Image, str]]  # a picture and the digest of its pixels; raises PixelFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A picture whose class is known."""

    id: str
    label: str  # a class name of curate.models.probe
    modality: str
    source: str
    group: str  # '': the picture alone
    draw: Draw
    tested: bool = True  # False: drawn by a program; learnt from alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    pictures: Sequence[Labelled]
    refused: Sequence[tuple[str, str]] = ()  # id, reason
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # source -> license, access, as far as they are known


class LabelsError(ValueError):
    """The table cannot be used; the message lists what is wrong."""


def read_labels(path: Path, children: Children) -> Gathered:
    """The rows of a CSV: `file` (relative to the table), `modality`, and where it has them `source`, `group`, `figure_type`, `license`. A
    file that is not there is told of and left out. Raises LabelsError with all that is wrong with the table itself."""
    rows, faults = _rows(path), []
    wanted: dict[str, tuple[str, dict[str, str]]] = {}
    for number, row in rows:
        each = class_of(row["modality"], row["figure_type"])
        if each is None:
            faults.append(f"row {number}: {_no_class(row)}")
        elif not row["file"]:
            faults.append(f"row {number}: no file")
        elif wanted.setdefault(row["file"], (each.name, row))[0] != each.name:
            faults.append(f"row {number}: {row['file']}: {each.name}, and {wanted[row['file']][0]} before")
    if faults:
        more = [f"{len(faults) - SHOWN_FAULTS:,} more"] if len(faults) > SHOWN_FAULTS else []
        raise LabelsError(f"--labels {path}: " + "\n       ".join([*faults[:SHOWN_FAULTS], *more]))
    if not wanted:
        raise LabelsError(f"--labels {path}: no rows")
    pictures, refused = [], []
    for file, (label, row) in sorted(wanted.items()):
        if not (path.parent / file).is_file():
            refused.append((file, "no such file"))
            continue
        source = row["source"] or path.parent.resolve().name
        draw = _FileDraw(path.parent, file, children)
        pictures.append(
            Labelled(id=file, label=label, modality=_modality(label), source=source, group=row["group"], draw=draw)
        )  # fmt: skip
    licences = {row["source"] or path.parent.resolve().name: {"license": row["license"]} for _, row in wanted.values() if row["license"]}
    return Gathered(pictures=pictures, refused=refused, terms=licences)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Numbered from 2: the header is 1. Columns by the names that COLUMNS gives them; '' where the table has none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = reader.fieldnames or []
            found = {name: next((own for own in (name, *others) if own in names), "") for name, others in COLUMNS.items()}
            missing = [name for name in ("file", "modality") if not found[name]]
            if missing:
                raise LabelsError(f"--labels {path}: no column {' and '.join(missing)}; found {', '.join(map(str, names)) or 'none'}")
            return [(number, {name: (row.get(own) or "").strip() for name, own in found.items()}) for number, row in enumerate(reader, 2)]
    except OSError as error:
        raise LabelsError(f"--labels {path}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelsError(f"--labels {path}: no CSV in UTF-8 ({type(error).__name__})") from None


def _no_class(row: Mapping[str, str]) -> str:
    known = [*TWELVE, *(each.name for each in CLASSES if each.modality == OTHER), "ocr"]
    if row["modality"] == OTHER:
        figures = ", ".join(each.figure_type for each in CLASSES if each.modality == OTHER)
        return f"'other' with figure_type '{row['figure_type'][:40]}'; wanted one of {figures}"
    near = difflib.get_close_matches(row["modality"], known, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"wanted one of {', '.join(known)}, or other with a figure_type"
    return f"'{row['modality'][:40]}' is no modality; {hint}"


def _modality(label: str) -> str:
    return next(each.modality for each in CLASSES if each.name == label)


@dataclass(frozen=True, slots=True)
class _FileDraw:
    """A file as a run would see it: decoded by a child process, which may die of it; of a volume the axial slice in its middle."""

    folder: Path
    file: str
    children: Children

    def __call__(self) -> tuple[Pillow.Image, str]:
        path = self.folder / self.file
        is_stack = is_volume(self.file)
        frame = self._middle() if is_stack else -1
        ref = ImageRef(id=self.file, source="", path=self.file, frame=frame, column="axial" if is_stack else "")
        ((image, data),) = inspect_refs([ref], self._open, InspectLimits(), self.children)
        if image.reason:
            raise PixelFault(image.reason, image.evidence or "")
        if image.blank:
            raise PixelFault("image_blank", "")
        return render(path.read_bytes() if data is None else data).image, image.pixel_digest

    def _open(self, ref: ImageRef) -> BinaryIO:
        return (self.folder / ref.path).open("rb")

    def _middle(self) -> int:
        with (self.folder / self.file).open("rb") as file:
            return read_volume_header(file).slices("axial") // 2


def read_samples(run: Run, *, per_source: int) -> Gathered:
    """Pictures whose modality their source declares, after ingest and inspect have run: of a source at most `per_source` of a class, by
    hash of the id. One that is declared as two things is left out. A group is what screen takes, else the file: slices of one volume."""
    declared, contradicted, terms = _declared(run)
    refused = [(id, "declared as several modalities") for id in contradicted]
    pictures: list[Labelled] = []
    for part in run.index("inspect", decided=False).parts("images"):
        if "@benchmark-" in part:
            continue
        room = run.facts("inspect")
        columns = ["id", "source", "reason", "pixel_digest", "blank", "is_synthetic", "ship"]
        for row in room.read("images", Image, part=part, columns=columns).to_pylist():
            if row["id"] not in declared:
                continue
            fault = row["reason"] or ("image_blank" if row["blank"] else "" if row["ship"] else "nothing to read")
            if fault:
                refused.append((row["id"], fault))
                continue
            pictures.append(_of_run(run, row, *declared[row["id"]]))
    return Gathered(pictures=_capped(pictures, per_source), refused=refused, terms=terms)


def _declared(run: Run) -> tuple[dict[str, tuple[str, str]], list[str], dict[str, dict[str, str]]]:
    """Image -> (modality, group); images that are declared as several things; source -> its terms."""
    found: dict[str, tuple[str, str]] = {}
    contradicted: set[str] = set()
    terms: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"license": set(), "access": set()})
    index = run.index("ingest", decided=False)
    paths: dict[str, str] = {}
    for part in index.parts("images"):
        table = run.facts("ingest").read("images", ImageRef, index=index, part=part, columns=["id", "path"])
        paths.update(zip(table["id"].to_pylist(), table["path"].to_pylist()))
    for part in index.parts("samples"):
        for sample in from_table(run.facts("ingest").read("samples", Sample, index=index, part=part), Sample):
            if sample.modality in (None, TEXT, OTHER) or class_of(sample.modality or "") is None:
                continue
            terms[sample.source]["license"].add(sample.license)
            terms[sample.source]["access"].add(sample.access)
            for image in sample.images:
                group = group_of(sample) or f"file={paths.get(image, image)}"
                if found.setdefault(image, (sample.modality or "", group))[0] != sample.modality:
                    contradicted.add(image)
    told = {source: {name: ", ".join(sorted(values)) for name, values in of.items()} for source, of in sorted(terms.items())}
    return {image: said for image, said in found.items() if image not in contradicted}, sorted(contradicted), told


def _of_run(run: Run, row: Mapping[str, Any], modality: str, group: str) -> Labelled:
    ship = from_plain(row["ship"], Ship)
    opener = ship_opener(run.out, run.folders)

    def draw() -> tuple[Pillow.Image, str]:
        return render(read_image(row["source"], ship, opener)).image, row["pixel_digest"]

    return Labelled(
        id=row["id"], label=modality, modality=modality, source=row["source"], group=group, draw=draw, tested=not row["is_synthetic"]
    )  # fmt: skip


def _capped(pictures: Iterable[Labelled], most: int) -> list[Labelled]:
    """At most so many of each class of each source."""
    counts: Counter[tuple[str, str]] = Counter()
    chosen = []
    for picture in sorted(pictures, key=lambda each: hashed(each.id)):
        counts[picture.source, picture.label] += 1
        if counts[picture.source, picture.label] <= most:
            chosen.append(picture)
    return sorted(chosen, key=lambda each: each.id)
