"""Manifests: YAML files that say what is true of a source or benchmark -> checked, frozen, ready to be read by"""

from curate.manifest.keys import key_digest
from curate.manifest.load import ManifestError, build_manifest, folder_key, load_manifests, load_windows, sound_manifests
from curate.manifest.model import Layout, Manifest, Rules, Table

__all__ = [
    "Layout", "Manifest", "ManifestError", "Rules", "Table",
    "build_manifest", "folder_key", "key_digest", "load_manifests", "load_windows", "sound_manifests",
]  # fmt: skip
