"""folders of YAML files -> manifests, or every fault in all of them at once"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from curate.manifest.check import folder_key, schema_faults
from curate.manifest.keys import read_keys
from curate.manifest.meant import nearest
from curate.manifest.misread import misread
from curate.manifest.model import Manifest, Rules, build_layout
from curate.manifest.plain_yaml import parse_own_yaml, parse_yaml
from curate.manifest.sense import NO_WINDOWS, prompt_names, sense_faults, wording_faults
from curate.manifest.windows import renders
from curate.rendering import Ends, Windows, key_of, windows_of

TEMPLATES = "templates.yaml"
WINDOWS = "windows.yaml"
Wordings = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Named:
    """What manifests may name; equal where it holds the same."""

    wordings: Wordings = field(compare=False)
    windows: Windows = field(compare=False)
    digest: str

    @classmethod
    def of(cls, wordings: Wordings, windows: Windows) -> _Named:
        return cls(wordings, windows, hashlib.sha256(json.dumps([wordings, windows], sort_keys=True).encode()).hexdigest())


class ManifestError(ValueError):
    """Manifests cannot be used; the message lists every fault: file, place, found, wanted."""


def load_manifests(shipped: Path, extra: Sequence[Path] = ()) -> list[Manifest]:
    """All sources and benchmarks of `shipped` (sources/, benchmarks/, templates.yaml) and of the user's own folders (the same, or
    YAML files directly in them), by name. Raises ManifestError."""
    manifests, faults = sound_manifests(shipped, extra)
    if faults:
        raise ManifestError("\n".join(faults))
    return manifests


def sound_manifests(shipped: Path, extra: Sequence[Path] = ()) -> tuple[list[Manifest], list[str]]:
    """Those that can be used, by name, and every fault of all of them, which begins with the path of its file."""
    faults: list[str] = []
    wordings: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for folder in (shipped, *extra):
        wordings |= _wordings(folder / TEMPLATES, faults, is_own=folder == shipped)
    named = _Named.of(wordings, _windows((shipped, *extra), faults))
    loaded: dict[str, Manifest] = {}
    for path in _files(shipped, extra):
        manifest = _load(path, named, faults, is_own=shipped in path.parents)
        if manifest is None:
            continue
        if manifest.name in loaded:
            faults.append(f"{path}: $.id: '{manifest.id}' is taken by {loaded[manifest.name].path}; wanted: an id of its own")
        loaded.setdefault(manifest.name, manifest)
    manifests = [_settled(manifest, loaded, faults) for _, manifest in sorted(loaded.items())]
    return manifests, faults + list(_shared_folders(manifests))


def _files(shipped: Path, extra: Sequence[Path]) -> Iterator[Path]:
    for folder in (shipped, *extra):
        for place in ("sources", "benchmarks", *(() if folder == shipped else (".",))):
            found = sorted([*folder.joinpath(place).glob("*.yaml"), *folder.joinpath(place).glob("*.yml")])
            yield from (path for path in found if path.name not in (TEMPLATES, WINDOWS))


def _parsed(path: Path, faults: list[str], *, is_own: bool) -> Any:
    text = _text(path, faults)
    value, found = (None, ()) if text is None else _value(text, is_own=is_own)
    faults += [f"{path}{fault}" for fault in found]
    return value


def _text(path: Path, faults: list[str]) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{path}: {type(error).__name__} found, UTF-8 text wanted")
    return None


def _value(text: str, *, is_own: bool) -> tuple[Any, tuple[str, ...]]:
    try:
        return (parse_own_yaml if is_own else parse_yaml)(text), ()
    except yaml.YAMLError as error:
        return None, (f":{misread(error, text)}",)


@functools.lru_cache(maxsize=1024)  # whoever loads manifests twice in one process, as tests do, checks each text once
def _checked(text: str, stem: str, named: _Named, *, is_own: bool) -> tuple[Any, tuple[str, ...]]:
    """The value of a manifest, which nobody changes, and its faults as they follow its path."""
    raw, found = _value(text, is_own=is_own)
    if not found:
        wrong = schema_faults(raw) or sense_faults(raw, stem=stem, wordings=named.wordings, windows=named.windows)
        found = tuple(f": {fault}" for fault in wrong)
    return raw, found


def _load(path: Path, named: _Named, faults: list[str], *, is_own: bool) -> Manifest | None:
    text = _text(path, faults)
    if text is None:
        return None
    raw, found = _checked(text, path.stem, named, is_own=is_own)
    keys: frozenset[str] = frozenset()
    if not found and "known_keys" in raw:
        try:
            keys = read_keys(path.with_name(raw["known_keys"]))
        except (OSError, ValueError) as error:
            found = (f": $.known_keys: {raw['known_keys']}: {error if isinstance(error, ValueError) else type(error).__name__}",)
    faults += [f"{path}{fault}" for fault in found]
    return None if found else build_manifest(raw, path=str(path), wordings=named.wordings, known_keys=keys, windows=named.windows)


def build_manifest(
    raw: Mapping[str, Any],
    *,
    path: str,
    wordings: Wordings,
    known_keys: frozenset[str] = frozenset(),
    windows: Windows = NO_WINDOWS,
) -> Manifest:
    """The manifest of a checked YAML value."""
    built: dict[str, Any] = dict(raw)
    for name in ("folders", "traps", "unverified", "examples", "clean"):
        built[name] = tuple(raw.get(name, ()))
    used = {name: wordings[name] for name in sorted(_prompts(raw)) if name in wordings}
    built["layouts"] = tuple(build_layout(layout, raw) for layout in raw.get("layouts", ()))
    if "rules" in raw:
        said: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in raw["rules"].items()}
        built["rules"] = Rules(**{"own_train": "image", **said})
    tables = [table for layout in raw.get("layouts", ()) for table in layout["tables"]]
    seen = windows if any(True for table in tables for _ in renders(table)) else {}
    text = json.dumps([raw, used, sorted(known_keys), *([dict(seen)] if seen else [])], sort_keys=True, ensure_ascii=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Manifest(**{**built, "known_keys": known_keys, "prompts": used, "windows": seen, "digest": digest, "path": path})


def _prompts(raw: Mapping[str, Any]) -> set[str]:
    turns = [table["turns"] for layout in raw.get("layouts", ()) for table in layout["tables"] if isinstance(table["turns"], list)]
    texts = [turn.get(role) for listed in turns for turn in listed for role in ("user", "assistant")]
    return {name for text in texts for name in prompt_names(text)}


def _wordings(path: Path, faults: list[str], *, is_own: bool) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """templates.yaml: name -> language -> wordings."""
    if not path.is_file():
        return {}
    raw = _parsed(path, faults, is_own=is_own)
    sound = isinstance(raw, dict) and all(_is_wordings(languages) for languages in raw.values())
    if not sound:
        faults.append(f"{path}: name -> language -> list of wordings wanted")
        return {}
    faults += [f"{path}: {fault}" for fault in wording_faults(raw)]
    return {name: {language: tuple(wordings) for language, wordings in languages.items()} for name, languages in raw.items()}


def load_windows(shipped: Path, extra: Sequence[Path] = ()) -> Windows:
    """The windows by name of `shipped` and of the user's own folders (windows.yaml), the user's before ours. Raises ManifestError."""
    faults: list[str] = []
    windows = _windows((shipped, *extra), faults)
    if faults:
        raise ManifestError("\n".join(faults))
    return windows


def _windows(folders: Iterable[Path], faults: list[str]) -> Windows:
    found: dict[str, Ends] = {}
    for folder in folders:
        path = folder / WINDOWS
        raw = _parsed(path, faults, is_own=False) if path.is_file() else None
        if raw is not None:
            own, wrong = windows_of(raw)
            faults += [f"{path}: {fault}" for fault in wrong]
            found = {name: ends for name, ends in found.items() if key_of(name) not in map(key_of, own)} | own
    return found


def _is_wordings(languages: Any) -> bool:
    return isinstance(languages, dict) and all(
        isinstance(wordings, list) and len(wordings) > 0 and all(isinstance(wording, str) for wording in wordings)
        for wordings in languages.values()
    )


def _settled(manifest: Manifest, loaded: Mapping[str, Manifest], faults: list[str]) -> Manifest:
    """A benchmark of a source lies in that source's folder unless it names its own."""
    if not manifest.of:
        return manifest
    source = loaded.get(manifest.of)
    if source is None:
        known = [name for name, other in loaded.items() if other.kind == "source"]
        faults.append(f"{manifest.path}: $.of: no source '{manifest.of}'{nearest(manifest.of, known)}")
        return manifest
    return manifest if manifest.folders else replace(manifest, folders=(*source.folders, source.id))


def _shared_folders(manifests: Iterable[Manifest]) -> Iterator[str]:
    """Two sources that claim one folder name would both read it."""
    claimed: dict[str, Manifest] = {}
    for manifest in manifests:
        for name in dict.fromkeys(folder_key(folder) for folder in (manifest.id, *manifest.folders)):
            other = claimed.setdefault(name, manifest) if manifest.kind == "source" else manifest
            if other is not manifest:
                yield f"{manifest.path}: $.folders: '{name}' is claimed by {other.path} too; wanted: a name of its own"
