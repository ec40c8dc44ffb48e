"""Which model looks at pictures: resolved once, required on resume; another head is another reading of what was seen"""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from curate.models import pixels
from curate.models.probe import Probe
from curate.models.prompts import load_prompts
from curate.models.route import choose_route
from curate.models.weights import find_weights
from curate.recipe import Recipe
from pipelines.run import Changed, Options, UsageError
from pipelines.tagger import load_embedder, load_head, resolve_model, resolve_tagger, tagger_faults
from tests.curate.models.tiny_biomedclip import write_tiny
from tests.pipelines.small_data import write_small
from tests.pipelines.whole_run import corpus


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return str(write_tiny(tmp_path_factory.mktemp("tiny_biomedclip")))


@pytest.fixture(autouse=True)
def _nothing_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def asked(tagger="auto", *, weights=None, probe=None, out="out"):
    return Options(data="", out=out, recipe=Recipe(id="r", title="r"), manifests=(), tagger=tagger, weights=weights, probe=probe)


def begun(options):
    """What a first run writes down, as it comes back from run.json."""
    return {"tagger": json.loads(json.dumps(resolve_tagger(options, {}, {})))}


def write_probe(path, embedder, width=64, seed=0):
    classes = load_prompts().classes
    weights = np.random.default_rng(seed).normal(size=(len(classes), width)).astype(np.float32)
    probe = Probe(
        attribute="modality_biomedclip_v3", embedder=embedder, classes=classes, weights=weights, bias=np.zeros(len(classes), np.float32),
        mean=np.zeros(width, np.float32), scale=np.ones(width, np.float32), centres=np.zeros_like(weights), temperature=1.0, limit=0.0,
        clip=9.0, fitted={},
    )  # fmt: skip
    probe.save(path)
    return str(path)


@pytest.mark.parametrize(
    ("tagger", "weights", "probe", "words"),
    [
        ("clip", None, None, ["--tagger clip: no such tagger; wanted auto, biomedclip, pixels, none, open_clip:ARCHITECTURE/TAG or"]),
        ("pixels", "/w", None, ["--weights /w is BiomedCLIP's and goes with --tagger biomedclip, not with --tagger pixels"]),
        ("open_clip:x/y", "/w", None, ["--weights /w is BiomedCLIP's"]),
        ("none", None, "default", ["--probe default reads what a model saw, and --tagger none has no model"]),
        ("auto", None, "/nowhere", ["--probe /nowhere: no such file; 'python -m pipelines probe' writes one"]),
        ("none", "/w", "/nowhere", ["--weights /w", "--probe /nowhere reads", "--probe /nowhere: no such file"]),
        ("auto", "/w", "default", []),
        ("biomedclip", "/w", None, []),
    ],
)
def test_flags_that_do_not_go_together_are_told_at_once(tagger, weights, probe, words):
    faults = tagger_faults(tagger, weights, probe)
    assert len(faults) == len(words)
    assert all(fault.startswith(word) for fault, word in zip(faults, words))


def test_auto_is_pixels_until_weights_are_named(tiny):
    assert resolve_tagger(asked("none"), {}, {}) is None
    found = resolve_tagger(asked(), {}, {})
    head = pixels.load_head()
    wanted = {"asked": "auto", "model": "pixels", "embedder": pixels.name(), "head": head.name, "attribute": head.attribute, "probe": ""}
    assert {name: found[name] for name in wanted} == wanted
    digest, route = find_weights(tiny).digest(), choose_route().name
    assert resolve_tagger(asked(weights=tiny), {}, {}) == {
        "asked": "auto", "model": "biomedclip", "digest": digest, "device": route, "embedder": f"biomedclip:{digest}:{route}",
        "folder": tiny, "text_folder": tiny, "head": f"zero-shot:{load_prompts().digest}", "attribute": "modality_biomedclip_v2",
        "probe": "",
    }  # fmt: skip


def test_what_is_asked_for_and_not_here_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match=r"--tagger biomedclip: its weights are not here; download it with `hf download microsoft/"):
        resolve_tagger(asked("biomedclip"), {}, {})
    with pytest.raises(UsageError, match=r"lacks open_clip_config\.json"):
        resolve_tagger(asked(weights=str(tmp_path)), {}, {})


def test_damaged_weights_are_refused_before_anything_is_done(tmp_path, tiny):
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    file = folder / "open_clip_pytorch_model.bin"
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    with pytest.raises(UsageError, match="does not fit its checksum"):
        resolve_tagger(asked(weights=str(folder)), {}, {})


def test_an_out_is_begun_and_ended_with_one_model(tiny):
    before = begun(asked(weights=tiny))
    assert resolve_tagger(asked(weights=tiny), before, {}) == before["tagger"]
    for other in (asked("none"), asked("pixels"), asked()):
        with pytest.raises(Changed, match=r"out was begun with biomedclip .* on c.*; give --tagger, --weights and --accelerator as before"):
            resolve_tagger(other, before, {})
        with pytest.raises(Changed, match="was begun with biomedclip"):
            resolve_tagger(dataclasses.replace(asked("pixels")), {}, {"another": before})
    with pytest.raises(Changed, match="was begun with no image tagger, this run found pixels"):
        resolve_tagger(asked(), {"tagger": None}, {})
    elsewhere = {"tagger": {**before["tagger"], "device": "cuda-fp16"}}
    with pytest.raises(Changed, match="on cuda-fp16, this run found biomedclip"):
        resolve_tagger(asked(weights=tiny), elsewhere, {})


def test_weights_that_came_since_change_nothing(tmp_path, tiny):
    before = begun(asked())
    root = tmp_path / "hub" / "models--microsoft--BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text("abc")
    shutil.copytree(tiny, root / "snapshots" / "abc")
    assert resolve_model(asked())["model"] == "biomedclip"
    assert resolve_tagger(asked(), before, {})["model"] == "pixels"
    with pytest.raises(Changed, match="was begun with pixels, this run found biomedclip"):
        resolve_tagger(asked("biomedclip"), before, {})


def test_a_newer_pixels_is_a_newer_version_of_this_program():
    before = begun(asked())
    older = {"tagger": {**before["tagger"], "digest": "older", "embedder": "pixels:older:cpu"}}
    assert resolve_tagger(asked(), older, {}) == before["tagger"]


def test_a_probe_is_the_head_until_another_is_named(tmp_path, tiny):
    digest = find_weights(tiny).digest()
    path, out = Path(write_probe(tmp_path / "probe.npz", f"biomedclip:{digest}")), str(tmp_path / "out")
    again, named = asked(weights=tiny, out=out), asked(weights=tiny, out=out, probe=str(path))
    before = begun(named)
    found, content = before["tagger"], path.read_bytes()
    kept = tmp_path / "out" / found["probe"]
    path.unlink()  # workers on other machines do not see it
    head = load_head(found, out)
    assert (found["probe"], kept.read_bytes()) == (f"cache/probes/{head.name.removeprefix('probe:')}.npz", content)
    assert (found["head"], found["attribute"]) == (head.name, "modality_biomedclip_v3")
    assert resolve_tagger(again, before, {}) == found
    assert resolve_tagger(asked(weights=tiny, probe="default"), before, {})["head"] == f"zero-shot:{load_prompts().digest}"
    path.write_bytes(content)
    kept.write_bytes(content[:-1])
    assert (resolve_tagger(named, before, {}), kept.read_bytes()) == (found, content)
    kept.unlink()
    with pytest.raises(
        Changed, match=r"was begun with --probe cache/probes/\w+\.npz, not here; put it back, or name one \(--probe default"
    ):
        resolve_tagger(again, before, {})


def test_an_out_that_tells_where_its_probe_was_goes_on_with_it(tmp_path, tiny):
    path, out = write_probe(tmp_path / "probe.npz", f"biomedclip:{find_weights(tiny).digest()}"), str(tmp_path / "out")
    now = resolve_tagger(asked(weights=tiny, out=out, probe=path), {}, {})
    before = {"tagger": {**now, "probe": path}}
    assert resolve_tagger(asked(weights=tiny, out=out), before, {}) == now
    Path(path).unlink()
    with pytest.raises(Changed, match=r"was begun with --probe /.*/probe\.npz, not here"):
        resolve_tagger(asked(weights=tiny, out=out), before, {})


def test_another_probe_in_the_place_of_the_one_that_was_kept_is_refused(tmp_path, tiny):
    embedder, out = f"biomedclip:{find_weights(tiny).digest()}", str(tmp_path / "out")
    found = resolve_tagger(asked(weights=tiny, out=out, probe=write_probe(tmp_path / "1.npz", embedder)), {}, {})
    write_probe(tmp_path / "out" / found["probe"], embedder, seed=1)
    with pytest.raises(
        RuntimeError, match=rf"out/{found['probe']} is probe:\w+, not the head that the run was begun with \({found['head']}\)"
    ):
        load_head(found, out)


def test_a_probe_of_another_model_is_refused(tmp_path):
    path = write_probe(tmp_path / "probe.npz", "biomedclip:0123456789abcdef")
    with pytest.raises(UsageError, match=r"probe\.npz: fitted on embeddings of biomedclip:0123456789abcdef, found pixels:"):
        resolve_tagger(asked("pixels", probe=path), {}, {})
    (tmp_path / "no.npz").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(UsageError, match=r"no\.npz"):
        resolve_tagger(asked("pixels", probe=str(tmp_path / "no.npz")), {}, {})


def test_a_worker_loads_what_was_resolved_or_nothing(tiny):
    found = resolve_tagger(asked(weights=tiny), {}, {})
    assert load_embedder(found).name == found["embedder"]
    assert load_embedder(resolve_tagger(asked(), {}, {})).name == pixels.name()
    with pytest.raises(RuntimeError, match="not the one that the run was begun with"):
        load_embedder({**found, "embedder": "biomedclip:0:cpu-fp32"})


def test_another_head_reads_anew_what_was_seen_and_decodes_nothing(tmp_path, tiny):
    out, flags = tmp_path / "out", [*write_small(tmp_path), "--tagger", "biomedclip", "--weights", tiny]
    first = corpus(out, *flags)
    assert first.status == 0
    facts = {path: path.read_bytes() for path in (out / "stages" / "tag" / "embeddings").rglob("*.parquet")}
    evidence = [path.read_bytes() for path in sorted((out / "stages" / "tag" / "default" / "evidence").rglob("*.parquet"))]
    assert facts
    assert [path.suffix for path in (out / "cache" / "prompts").iterdir()] == [".npz"]
    probe = write_probe(tmp_path / "probe.npz", f"biomedclip:{find_weights(tiny).digest()}")
    other = corpus(out, *flags, "--probe", probe)
    assert (other.status, other.told.count("tag      as before")) == (0, 1)
    assert {path: path.read_bytes() for path in facts} == facts
    assert [path.read_bytes() for path in sorted((out / "stages" / "tag" / "default" / "evidence").rglob("*.parquet"))] != evidence
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))["recipes"]["default"]["resolved"]["tagger"]
    assert (run["model"], run["device"]) == ("biomedclip", choose_route().name)
    assert (out / run["probe"]).read_bytes() == Path(probe).read_bytes()
