"""DICOM data set -> what its stored grey values mean and how it wants them shown, frame by frame"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset

from curate.pixels.dicom_dataset import DICOM_ERRORS, number, numbers
from curate.pixels.window import Ends, Values

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")  # PS3.3 C.11.2.1.3
_GROUPS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")  # PS3.3 C.7.6.16.2.9, C.7.6.16.2.10


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWindow:
    center: float
    width: float
    function: str  # one of FUNCTIONS

    @property
    def ends(self) -> Ends:
        """Values that are the last black and the first white, PS3.3 C.11.2.1.2.1 and C.11.2.1.3.2; of a sigmoid, where its tangent is."""
        if self.function == "LINEAR" and self.width >= 1:
            return self.center - 0.5 - (self.width - 1) / 2, self.center - 0.5 + (self.width - 1) / 2
        return self.center - self.width / 2, self.center + self.width / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Lut:
    """A Modality or VOI LUT, PS3.3 C.11.1.1.1: values below `first` take the first entry, those beyond the last the last."""

    first: int
    bits: int
    entries: npt.NDArray[np.uint16]

    def looked_up(self, values: Values) -> npt.NDArray[np.uint16]:
        rounded = np.rint(np.nan_to_num(np.asarray(values, np.float64), nan=self.first)) - self.first
        return self.entries[np.clip(rounded, 0, self.entries.size - 1).astype(np.int64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    modality: str
    bits: int  # stored
    is_signed: bool
    is_inverted: bool  # MONOCHROME1, PS3.3 C.7.6.3.1.2
    slope: float | None  # None: none is told
    intercept: float
    unit: str  # RescaleType; of PET Units (0054,1001); '' where it is not told
    lut: Lut | None  # Modality LUT, which stands for slope and intercept
    windows: tuple[OwnWindow, ...]
    luts: tuple[Lut, ...]  # VOI LUTs
    padding: Ends | None  # stored values that stand for no pixel, PS3.3 C.7.5.1.1.2

    def real(self, stored: Values) -> Values:
        if self.lut is not None:
            return self.lut.looked_up(stored)
        if self.slope is None:
            return stored
        with np.errstate(all="ignore"):  # of hostile slopes
            return stored.astype(np.float64) * self.slope + self.intercept


def grading_of(dataset: FileDataset, frame: int, *, bits: int, is_signed: bool) -> Grading:
    """Of frame `frame` from 0: of an enhanced object what its own, else its shared functional groups say. Raises any of DICOM_ERRORS."""
    values, voi = (functional_group(dataset, name, frame) for name in _GROUPS)
    slope, intercept = number(values, "RescaleSlope"), number(values, "RescaleIntercept")
    unit = dataset.get("Units") or values.get("RescaleType")
    return Grading(
        modality=str(dataset.get("Modality") or ""),
        bits=bits,
        is_signed=is_signed,
        is_inverted=dataset.PhotometricInterpretation == "MONOCHROME1",
        slope=None if slope is None or intercept is None else slope or 1.0,  # a slope of 0 is none
        intercept=intercept or 0.0,
        unit=unit.strip() if isinstance(unit, str) else "",
        lut=next(iter(_luts(values, "ModalityLUTSequence", dataset)), None),
        windows=_windows(voi),
        luts=_luts(voi, "VOILUTSequence", dataset),
        padding=_padding(dataset, bits, is_signed),
    )


def functional_group(dataset: Dataset, name: str, frame: int) -> Dataset:
    """The functional group of a frame, or the data set itself where there are none."""
    each = dataset.get("PerFrameFunctionalGroupsSequence") or ()
    shared = dataset.get("SharedFunctionalGroupsSequence") or ()
    for groups in (*each[frame : frame + 1], *shared[:1]):
        if groups.get(name):
            group: Dataset = groups[name].value[0]
            return group
    return dataset


def _windows(dataset: Dataset) -> tuple[OwnWindow, ...]:
    """Those that can be applied: with a width, by a function that is known."""
    function = dataset.get("VOILUTFunction") or "LINEAR"
    pairs = zip(numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth"))
    return tuple(OwnWindow(center=center, width=width, function=function) for center, width in pairs if width > 0 and function in FUNCTIONS)


def _luts(dataset: Dataset, name: str, whole: FileDataset) -> tuple[Lut, ...]:
    """Those that can be read; of a broken one nothing is shown."""
    found = []
    for item in dataset.get(name) or ():
        try:
            count, first, bits = (int(each) for each in item.LUTDescriptor)
            found.append(Lut(first=first, bits=bits, entries=_entries(item, count or 1 << 16, bits, whole)))
        except DICOM_ERRORS:
            continue
    return tuple(found)


def _entries(item: Dataset, count: int, bits: int, whole: FileDataset) -> npt.NDArray[np.uint16]:
    if not 1 <= bits <= 16:
        raise ValueError("entries of more than 16 bits")
    data = item["LUTData"].value
    order = "<" if whole.file_meta.TransferSyntaxUID.is_little_endian else ">"
    if not isinstance(data, bytes):
        entries = np.atleast_1d(np.asarray(data, np.uint16))
    elif len(data) >= 2 * count:
        entries = np.frombuffer(data, f"{order}u2", count).astype(np.uint16)
    else:  # 8 bits, two in a word, the first in its low half
        entries = np.frombuffer(data, f"{order}u2", len(data) // 2).astype("<u2").view(np.uint8).astype(np.uint16)
    if entries.size < count:
        raise ValueError("a table that ends early")
    return entries[:count]


def _padding(dataset: Dataset, bits: int, is_signed: bool) -> Ends | None:
    value, limit = number(dataset, "PixelPaddingValue"), number(dataset, "PixelPaddingRangeLimit")
    if value is None or value != int(value):
        return None
    ends = sorted(_wrapped(int(end), bits, is_signed) for end in (value, value if limit is None else limit))
    return float(ends[0]), float(ends[1])


def _wrapped(value: int, bits: int, is_signed: bool) -> int:
    """As the stored bits hold it: it is often written with another sign."""
    value %= 1 << bits
    return value - (1 << bits) if is_signed and value >= 1 << bits - 1 else value
