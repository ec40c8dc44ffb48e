"""manifests, --data, --root -> the folder of each source and benchmark that is there, listed once"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.ingest.find import Listing, find_folder, folders_in, list_files, list_keys, unclaimed
from curate.manifest import Manifest
from curate.report.wording import legible
from pipelines.archives import file_digest, kept_archives, look
from pipelines.engine import stays_here
from pipelines.objects import list_objects
from pipelines.place import Place, place
from pipelines.reading import parquet_file
from pipelines.run import Options, UsageError
from pipelines.tables import write_bytes
from pipelines.together import together

FILES = pa.schema([("path", pa.string()), ("size", pa.int64()), ("mtime_ns", pa.int64()), ("misnamed", pa.int64())])  # size -1: leads out


def find_sources(options: Options) -> dict[str, str]:
    """Name -> folder of every source and benchmark found. Says on stderr which folders nothing claims."""
    roots = {name: place(folder) for name, folder in options.roots.items()}
    there = folders_in(place(options.data) if options.data else None)
    folders = {}
    for manifest in options.manifests:
        if options.sources and manifest.kind == "source" and manifest.id not in options.sources:
            continue
        folder = find_folder(there, manifest, roots)
        if folder is not None:
            folders[manifest.name] = str(folder)
    lost = sorted(set(options.sources) - set(folders))
    if lost:
        raise UsageError(f"not found under {options.data or '--root'}: {', '.join(lost)}; 'plan' says what their folders may be called")
    if not any(not name.endswith("@benchmark") for name in folders):
        raise UsageError(f"{options.data}: no folder in it is that of a known source; 'plan' lists what they may be called")
    _refuse_credentialed(options, folders)
    for name in unclaimed(there, options.manifests, roots):
        print(legible(f"note: {options.data}/{name}: no manifest claims this folder"), file=sys.stderr)
    return folders


def _refuse_credentialed(options: Options, folders: Mapping[str, str]) -> None:
    """Before anything of them is read: ingest and inspect would read them where the workers are (docs/security.md)."""
    if options.allow_credentialed or stays_here(options.out, options.beam_flags):
        return
    names = sorted({manifest.id for manifest in options.manifests if manifest.name in folders and _is_credentialed(manifest)})
    if names:
        raise UsageError(f"{', '.join(names)}: credentialed data would leave this machine; --allow-credentialed if your terms allow that")


def _is_credentialed(manifest: Manifest) -> bool:
    return "credentialed" in {manifest.access, *(table.access for layout in manifest.layouts for table in layout.tables)}


def listing_digest(listing: Listing, folder: Place, *, hash_inputs: bool) -> str:
    """Of every file's path, size and time, or content, and of what is left out: a source is read again only if this changes. An
    archive's members change with it."""
    digest = hashlib.sha256()
    for path in sorted(listing.escaping):
        digest.update(f"{path}\0escapes\n".encode("utf-8", "surrogatepass"))
    digest.update(f"{listing.misnamed}\0misnamed\n".encode())
    paths = sorted(listing.files)
    contents = together(folder, lambda path: file_digest(folder / path), paths) if hash_inputs else None
    for number, path in enumerate(paths):
        size, mtime_ns = listing.files[path]
        mark = contents[number] if contents else str(mtime_ns)
        digest.update(f"{path}\0{size}\0{mark}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def list_all(out: str, folders: Mapping[str, str], *, hash_inputs: bool) -> dict[str, Listing]:
    """The files table: each root is walked once, its archives looked into, and kept where workers find it. Every later question about
    its files is put to it."""
    walked = {}
    for folder in sorted(set(folders.values())):
        names = sorted(name for name in folders if folders[name] == folder)
        walked[folder] = look(out, names, place(folder), list_place(place(folder)), hash_inputs=hash_inputs)
        for name in names:
            _keep(out, name, walked[folder])
    return {name: walked[folder] for name, folder in folders.items()}


def list_place(folder: Place) -> Listing:
    """All files below a folder, by a walk or a listing; archives are not looked into. Raises OSError."""
    if isinstance(folder, Path):
        return list_files(folder)
    return list_keys((name, status.st_size, status.st_mtime_ns) for name, status in list_objects(folder))


def _keep(out: str, name: str, listing: Listing) -> None:
    paths = sorted(listing.files)
    table = pa.table(
        {
            "path": [*paths, *sorted(listing.escaping)],
            "size": pa.array([*(listing.files[path][0] for path in paths), *(-1 for _ in listing.escaping)], pa.int64()),
            "mtime_ns": pa.array([*(listing.files[path][1] for path in paths), *(-1 for _ in listing.escaping)], pa.int64()),
            "misnamed": pa.array([listing.misnamed] * (len(paths) + len(listing.escaping)), pa.int64()),
        },
        schema=FILES,
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    write_bytes(out, _table(out, name), sink.getvalue())


def kept_listing(out: str, name: str) -> Listing:
    """A source's part of the files table, as a worker reads it."""
    table = parquet_file(_table(out, name)).read().cast(FILES)
    rows = list(zip(table["path"].to_pylist(), table["size"].to_pylist(), table["mtime_ns"].to_pylist(), strict=True))
    misnamed = table["misnamed"][0].as_py() if len(table) else 0
    there = {path: (size, mtime_ns) for path, size, mtime_ns in rows if size >= 0}
    return Listing(there, frozenset(path for path, size, _ in rows if size < 0), misnamed, kept_archives(out, name))


def _table(out: str, name: str) -> Place:
    return place(out, "stages", "files", f"{name}.parquet")
