"""A graph has the layout and the models of an OUT that was begun in a store, and writes nothing there"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pipelines.assumed
from curate.models import pixels
from curate.models.probe import model_of
from curate.recipe import Recipe
from pipelines.assumed import Assumed, assumed_run
from pipelines.commands import command_parser
from pipelines.objects import StorePath
from pipelines.run import Options, UsageError, read_run, write_run
from pipelines.tagger import resolve_tagger
from pipelines.together import files_below
from tests.pipelines.test_tagger import write_probe
from tests.stores.proxy import REFUSED, Faults
from tests.stores.servers import Store


def assumed(root: StorePath, *flags: str) -> Assumed:
    asked = ["graph", "--data", f"{root}/data", "--out", str(root), "--to", "x", "--memory", "8GB", *flags]
    given = command_parser().parse_args(asked)
    given.beam_flags = ()
    return assumed_run(given, rows=20_000_000)


@pytest.fixture
def begun(root: StorePath, tmp_path: Path) -> Options:
    """With sixteen buckets, parts of 30,000 rows and a probe of its own."""
    probe = write_probe(tmp_path / "probe.npz", model_of(pixels.name()))
    recipe = Recipe(id="default", title="r")
    options = Options(data="", out=str(root), recipe=recipe, manifests=(), tagger="pixels", probe=str(probe), buckets=16, part=30_000)
    write_run(options, {"tagger": resolve_tagger(options, {}, {})})
    return options


def test_a_graph_goes_by_what_out_was_begun_with(begun: Options, root: StorePath, store: Store) -> None:
    before, puts = files_below(root), store.proxy.counted("PUT")
    run = assumed(root, "--tagger", "pixels")
    assert (run.options.buckets, run.options.part, run.laid_as) == (16, 30_000, f"those that {root} was begun with")
    assert run.resolved["tagger"] == read_run(begun.out)["recipes"]["default"]["resolved"]["tagger"]
    assert before.keys() == {"run.json", run.resolved["tagger"]["probe"]}
    assert (files_below(root), store.proxy.counted("PUT")) == (before, puts)


def test_flags_that_it_was_not_begun_with_are_told_by_its_name(begun: Options, root: StorePath) -> None:
    with pytest.raises(UsageError, match=re.escape(f"--buckets 8: {root} was begun with 16; leave it out")):
        assumed(root, "--tagger", "pixels", "--buckets", "8")


def test_an_out_that_is_not_begun_or_not_reached_has_the_layout_of_a_new_one(root: StorePath, store: Store, monkeypatch) -> None:
    run = assumed(root, "--tagger", "none")
    assert (run.options.buckets, run.options.part) == (32, 20_000)
    assert run.laid_as == f"those of a new OUT for so many samples; {root} is not begun"
    monkeypatch.setattr(pipelines.assumed, "FIRST_WORD", 0)
    store.proxy.faults = Faults(share=1.0, kinds=(REFUSED,))
    run = assumed(root, "--tagger", "none")
    assert (run.options.buckets, run.options.part) == (32, 20_000)
    said = r"those of a new OUT for so many samples; .* cannot be looked at: the object store failed for \d+ s: HTTP status 503"
    assert re.fullmatch(said, run.laid_as)
