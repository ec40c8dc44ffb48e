"""the files of an example, as YAML writes them -> their bytes: a tiny download"""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

THEN = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can write: the same example gives the same bytes


def file_bytes(content: Any, path: str = "") -> bytes:
    """A file as an example writes it: text, or {kind: value}. `path` says whether a volume is gzipped. Raises ValueError for a kind that
    is not known, or a value no file of the kind can be made of."""
    if isinstance(content, str):
        return content.encode("utf-8")
    if not isinstance(content, Mapping) or len(content) != 1:
        raise ValueError(f"no file can be made of {type(content).__name__}; wanted: text, or one of {', '.join(KINDS)}")
    kind, value = next(iter(content.items()))
    if kind not in KINDS:
        raise ValueError(f"no file of kind '{kind}'; wanted one of {', '.join(KINDS)}")
    written = KINDS[kind](value)
    return gzip.compress(written, mtime=0) if kind == "nifti" and path.casefold().endswith(".gz") else written


def _npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array(values), allow_pickle=False)
    return buffer.getvalue()


def _npz(values: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.array(value) for name, value in values.items()})
    return buffer.getvalue()


def _mat(values: Mapping[str, Any]) -> bytes:
    from scipy.io import savemat

    buffer = io.BytesIO()
    savemat(buffer, {name: np.array(value) for name, value in values.items()})
    return buffer.getvalue()


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([_embedded(row) for row in rows]), buffer)
    return buffer.getvalue()


def _embedded(value: Any) -> Any:
    """A cell of a table that embeds its images: `bytes` is a file of its own; in the cells of others, text and numbers as they are."""
    if isinstance(value, Mapping):
        return {key: _image(item) if key == "bytes" else _embedded(item) for key, item in value.items()}
    return [_embedded(item) for item in value] if isinstance(value, list) else value


def _image(value: Any) -> bytes | None:
    return None if value is None else file_bytes(value)


def _png(rows: list[Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.array(rows, dtype=np.uint8)).save(buffer, format="PNG")
    return buffer.getvalue()


def _xlsx(content: Any) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in (content if isinstance(content, Mapping) else {"Sheet1": content}).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _nifti(voxels: list[Any]) -> bytes:
    """Indexed x, y, z from right to left, front to back, feet to head (LPS+), voxels of 1 mm."""
    from nibabel.nifti1 import Nifti1Image

    volume = Nifti1Image(np.array(voxels, dtype=np.int16), affine=np.diag([-1.0, -1.0, 1.0, 1.0]))  # NIfTI's own world is RAS+
    return volume.to_bytes()


def _hdf5(values: Mapping[str, Any]) -> bytes:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for key, value in values.items():
            file[key] = np.void(file_bytes(value, key) or b"\0")  # HDF5 has no value without bytes
    return buffer.getvalue()


def _zip(members: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=THEN), file_bytes(content, name))
    return buffer.getvalue()


def _tar(members: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            written = file_bytes(content, name)
            member = tarfile.TarInfo(name)
            member.size = len(written)
            archive.addfile(member, io.BytesIO(written))
    return buffer.getvalue()


KINDS: Mapping[str, Callable[[Any], bytes]] = {
    "latin-1": lambda text: text.encode("latin-1"),
    "gzip": lambda content: gzip.compress(file_bytes(content), mtime=0),
    "pickle": lambda value: pickle.dumps(value, protocol=2),
    "npy": _npy,
    "npz": _npz,
    "mat": _mat,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "png": _png,
    "nifti": _nifti,
    "hdf5": _hdf5,
    "zip": _zip,
    "tar": _tar,
    "tgz": lambda members: gzip.compress(_tar(members), mtime=0),
}
