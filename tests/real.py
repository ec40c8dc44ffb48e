"""Where real files lie beside the repository, or None; the images of all modalities as a source"""

from pathlib import Path

_BESIDE = Path(__file__).parents[2] / "shared" / "real"
REAL: Path | None = _BESIDE if _BESIDE.is_dir() else None
MANIFEST = """\
id: real_modality
title: Real medical images by modality, with labels
license: unknown
commercial: ask
layouts:
  - name: labels.csv
    if: [labels.csv]
    tables:
      - name: images
        files: [labels.csv]
        format: table
        task: classification
        row: "{file}"
        image: "{file}"
        modality: {map: modality, values: {ocr: other}}
        labels: ["{label}"]
        license: "{licence}"
        keys: {origin: "{source_repo}"}
        turns:
          - user: {prompt: classification}
          - assistant: "{label}"
"""


def labelled_images(folder: Path) -> list[str]:
    """Flags of a run over them; their manifest comes into `folder`."""
    assert REAL is not None
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests" / "real_modality.yaml").write_text(MANIFEST, encoding="utf-8")
    return ["--manifests", str(folder / "manifests"), "--root", f"real_modality={REAL / 'modality'}"]
