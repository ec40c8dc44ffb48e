"""an HDF5 file -> its data sets that hold bytes: files as someone put them there"""

from __future__ import annotations

from typing import BinaryIO

from curate.read.contents import Gathering

# h5py on hostile bytes; RuntimeError and ValueError are what libhdf5's own errors become
_ERRORS = (OSError, KeyError, RuntimeError, ValueError, TypeError, OverflowError, MemoryError)


class BrokenHdf5(Exception):
    """It is no HDF5 file, or a damaged one; the message is a measurement."""


def gather_hdf5(file: BinaryIO, gathering: Gathering) -> None:
    """Every data set of bytes: one value of a fixed length, or a row of 8-bit numbers. Links to other places and other files are not
    followed, bytes that lie in another file are refused. Raises BrokenHdf5, TooMany."""
    import h5py  # heavy: only where there is such a file

    try:
        with h5py.File(file, "r") as archive:
            names: list[bytes] = []
            h5py.h5o.visit(archive.id, names.append)  # each object once, along hard links alone
            for name in names:
                _gather(archive, name, gathering)
    except _ERRORS as error:
        raise BrokenHdf5(f"HDF5 that breaks off after {gathering.seen} data sets ({type(error).__name__})") from None


def _gather(archive: object, name: bytes, gathering: Gathering) -> None:
    import h5py

    if h5py.h5o.get_info(archive.id, name).type != h5py.h5o.TYPE_DATASET:  # type: ignore[attr-defined]
        return
    data = h5py.h5d.open(archive.id, name)  # type: ignore[attr-defined]
    if not _holds_bytes(data.dtype, data.shape):
        return
    layout = data.get_create_plist()
    if layout.get_external_count() or layout.get_layout() == h5py.h5d.VIRTUAL:
        gathering.count()
        gathering.refuse("member_link")
        return
    size = data.dtype.itemsize * (data.shape[0] if data.shape else 1)
    offset = data.get_offset()
    is_plain = offset is not None and layout.get_layout() == h5py.h5d.CONTIGUOUS and not archive.userblock_size  # type: ignore[attr-defined]
    gathering.add(
        name.decode("utf-8", "surrogateescape"), method="plain" if is_plain else "dataset", offset=offset if is_plain else 0,
        stored=data.get_storage_size() if not is_plain else size, size=size,
    )  # fmt: skip


def _holds_bytes(dtype: object, shape: tuple[int, ...] | None) -> bool:
    if shape is None or len(shape) > 1 or dtype.names or dtype.subdtype:  # type: ignore[attr-defined]
        return False
    return (dtype.kind in "VS" and shape == ()) or (dtype.kind in "ui" and dtype.itemsize == 1 and len(shape) == 1)  # type: ignore[attr-defined]


def read_dataset(file: BinaryIO, name: str, size: int) -> bytes:
    """The bytes of a data set whose place in the file is not told, or which is compressed. Raises BrokenHdf5."""
    import h5py
    import numpy as np

    try:
        with h5py.File(file, "r") as archive:
            data = h5py.h5d.open(archive.id, name.encode("utf-8", "surrogateescape"))
            if data.dtype.itemsize * (data.shape[0] if data.shape else 1) != size:
                raise BrokenHdf5("a data set of another size than was listed")
            values = np.empty(data.shape, data.dtype)
            data.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
            return values.tobytes()
    except _ERRORS as error:
        raise BrokenHdf5(f"a data set that cannot be read ({type(error).__name__})") from None
