"""A probe of the driver's machine is read by workers in the store where OUT lies"""

from __future__ import annotations

from pathlib import Path

from curate.models import pixels
from curate.models.probe import model_of
from curate.recipe import Recipe
from pipelines.objects import StorePath
from pipelines.run import Options
from pipelines.tagger import load_head, resolve_tagger
from pipelines.together import files_below
from tests.pipelines.test_tagger import write_probe
from tests.stores.servers import Store


def asked(out: StorePath, probe: Path | None) -> Options:
    return Options(
        data="", out=str(out), recipe=Recipe(id="r", title="r"), manifests=(), tagger="pixels", probe=str(probe) if probe else None
    )


def test_a_probe_is_put_into_the_store_once_and_read_there_by_workers_and_later_runs(root: StorePath, store: Store, tmp_path: Path) -> None:
    path = Path(write_probe(tmp_path / "probe.npz", model_of(pixels.name())))
    found = resolve_tagger(asked(root, path), {}, {})
    assert found is not None
    assert files_below(root) == {found["probe"]: path.stat().st_size}
    assert resolve_tagger(asked(root, path), {"tagger": found}, {}) == found
    assert store.proxy.counted("PUT") == 1
    path.unlink()
    assert load_head(found, str(root)).name == found["head"]
    assert resolve_tagger(asked(root, None), {"tagger": found}, {}) == found
