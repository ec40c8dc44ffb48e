"""--tagger, --weights, --probe -> which model looks at pictures and which head reads what it saw: resolved once, loaded where needed"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.place import Place, local_copy, place
from pipelines.run import Changed, Options, Run, UsageError
from pipelines.tables import write_bytes

if TYPE_CHECKING:
    from curate.models.embedder import Embedder, Head
    from curate.models.probe import Probe
    from curate.models.weights import Weights

Resolved = Mapping[str, Any]  # plain values: it stands in run.json and goes to workers

NONE, AUTO, PIXELS, BIOMEDCLIP, OPEN_CLIP = "none", "auto", "pixels", "biomedclip", "open_clip:"
WANTED = "auto, biomedclip, pixels, none, open_clip:ARCHITECTURE/TAG or open_clip:FOLDER"
DEFAULT_PROBE = "default"
GPU = "cuda-fp16"  # the route of workers with a GPU


def tagger_faults(tagger: str, weights: str | None, probe: str | None) -> list[str]:
    """What of the flags does not go together, before anything is loaded."""
    faults = []
    if tagger not in (NONE, AUTO, PIXELS, BIOMEDCLIP) and not tagger.startswith(OPEN_CLIP):
        faults.append(f"--tagger {tagger}: no such tagger; wanted {WANTED}")
    elif weights and tagger not in (AUTO, BIOMEDCLIP):
        faults.append(f"--weights {weights} is BiomedCLIP's and goes with --tagger biomedclip, not with --tagger {tagger}")
    if probe and tagger == NONE:
        faults.append(f"--probe {probe} reads what a model saw, and --tagger none has no model")
    if probe and probe != DEFAULT_PROBE and not Path(probe).is_file():
        faults.append(f"--probe {probe}: no such file; 'python -m pipelines probe' writes one, '{DEFAULT_PROBE}' is the shipped head")
    return faults


def resolve_tagger(options: Options, before: Mapping[str, Any], others: Mapping[str, Any]) -> Resolved | None:
    """The model and head of this run; None: nobody looks. `before`: what the recipe was begun with in this OUT; `others`: what its other
    recipes were, by their ids. Raises UsageError where one cannot be loaded, Changed where OUT was begun with another model: embeddings
    are kept once for all recipes."""
    from curate.models.probe import ProbeError
    from curate.models.weights import WeightsError

    begun = [before, *others.values()]
    stood = next((each["tagger"] for each in begun if each.get("tagger")), None)
    try:
        found = resolve_model(options, stood)
        if "tagger" in before or stood:
            _check_same(options, before.get("tagger") if "tagger" in before else stood, found)
        return {**found, **_head(options, found, before.get("tagger") or {})} if found else None
    except (WeightsError, ProbeError) as error:
        raise UsageError(str(error)) from error


def resolve_model(options: Options, stood: Resolved | None = None) -> dict[str, Any] | None:
    """The model, without a head. `auto` is BiomedCLIP where its weights are, else `pixels`; in an OUT that was begun, what it was then:
    weights that came into the cache since change nothing. Raises UsageError, WeightsError."""
    asked = options.tagger
    if asked == AUTO and not options.weights and stood and stood.get("asked") == AUTO and stood["model"] == PIXELS:
        asked = PIXELS
    weights = None if asked in (NONE, PIXELS) else _weights(asked, options)
    if weights is None and asked == BIOMEDCLIP:
        from curate.models.weights import how_to_get

        raise UsageError(f"--tagger biomedclip: its weights are not here; {how_to_get(None)}")
    if weights is not None:
        return {"asked": options.tagger, **_of_weights(weights, GPU if options.accelerator else None)}
    return {"asked": options.tagger, **_of_pixels()} if asked in (AUTO, PIXELS) else None


def _weights(asked: str, options: Options) -> Weights | None:
    from curate.models.named import find_named
    from curate.models.state import check_file
    from curate.models.weights import fetch, find_weights

    network = options.network
    found = find_named(asked, network=network) if asked.startswith(OPEN_CLIP) else find_weights(options.weights, network=network)
    if found is None:
        return None
    found = fetch(found)
    check_file(found)
    return found


def _of_weights(weights: Weights, route: str | None) -> dict[str, Any]:
    from curate.models.route import choose_route

    device, digest = route or choose_route().name, weights.digest()
    return {
        "model": weights.model,
        "digest": digest,
        "device": device,
        "embedder": f"{weights.model}:{digest}:{device}",
        "folder": str(weights.folder) if weights.origin == "folder" else "",  # each machine has a hub cache of its own
        "text_folder": str(weights.text_folder) if weights.origin == "folder" and weights.text_folder else "",
    }


def _of_pixels() -> dict[str, Any]:
    from curate.models import pixels

    model, digest, device = pixels.name().split(":")
    return {"model": model, "digest": digest, "device": device, "embedder": pixels.name(), "folder": "", "text_folder": ""}


def _head(options: Options, model: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, str]:
    """A probe that is named, which is kept in OUT; else the one that OUT was begun with, else the model's own head. Another head
    re-scores what was seen."""
    asked = options.probe or before.get("probe") or DEFAULT_PROBE
    if asked != DEFAULT_PROBE:
        is_kept = not options.probe and not Path(asked).is_absolute()  # an older OUT tells where the file was
        source = place(options.out, asked) if is_kept else Path(asked)
        if not options.probe and not source.is_file():
            wanted = f"put it back, or name one (--probe {DEFAULT_PROBE}: the model's own)"
            raise Changed(f"{options.out} was begun with --probe {asked}, not here; {wanted}")
        probe = _loaded(source, model["embedder"])
        return {"head": probe.name, "attribute": probe.attribute, "probe": _kept(options.out, probe)}
    if model["model"] == PIXELS:
        from curate.models import pixels

        shipped = pixels.load_head()
        return {"head": shipped.name, "attribute": shipped.attribute, "probe": ""}
    from curate.models.zero_shot import attribute_of, head_name

    return {"head": head_name(model["digest"]), "attribute": attribute_of(model["model"]), "probe": ""}


def _loaded(file: Place, embedder: str) -> Probe:
    """Raises ProbeError."""
    from curate.models.probe import load_probe

    with local_copy(file) as path:
        return load_probe(path, embedder)


def _kept(out: str, probe: Probe) -> str:
    """Its name below OUT, where it is put once, by its digest: workers read it there wherever they run, and so does a later run that
    names none."""
    name, content = f"cache/probes/{probe.name.rpartition(':')[2]}.npz", probe.content()
    kept = place(out, name)
    if not kept.is_file() or kept.read_bytes() != content:
        write_bytes(out, kept, content)
    return name


def _check_same(options: Options, was: Resolved | None, now: Resolved | None) -> None:
    """`pixels` is a part of this program: its changes are told by version, as those of a stage."""
    if _identity(was) != _identity(now):
        raise Changed(
            f"{options.out} was begun with {_identity(was) or 'no image tagger'}, this run found {_identity(now) or 'none'}; "
            "give --tagger, --weights and --accelerator as before, or a new --out"
        )


def _identity(tagger: Resolved | None) -> str:
    if not tagger:
        return ""
    return PIXELS if tagger["model"] == PIXELS else f"{tagger['model']} {tagger['digest']} on {tagger['device']}"


def load_embedder(tagger: Resolved) -> Embedder:
    """Raises RuntimeError where the model here is not the one that was resolved."""
    if tagger["model"] == PIXELS:
        from curate.models import pixels

        embedder: Embedder = pixels.load()
    else:
        from curate.models.biomedclip import load

        embedder = load(weights_of(tagger), tagger["device"])
    if embedder.name != tagger["embedder"]:
        raise RuntimeError(f"the model here is {embedder.name}, not the one that the run was begun with ({tagger['embedder']})")
    return embedder


def weights_of(tagger: Resolved) -> Weights:
    from curate.models.named import find_named
    from curate.models.weights import Weights, WeightsError, find_weights, how_to_get

    if tagger["model"] != BIOMEDCLIP:
        return find_named(tagger["model"])
    if not tagger["folder"]:
        if (cached := find_weights(None)) is None:
            raise WeightsError(f"BiomedCLIP is not in the hub cache of the machine that is to run it: {how_to_get(None)}")
        return cached
    return Weights(origin="folder", folder=Path(tagger["folder"]), text_folder=Path(tagger["text_folder"]))


def load_head(tagger: Resolved, out: str) -> Head:
    """The head of a run. A probe was put into OUT when the run began; prompts are encoded once a run, in the driver (`prepare_head`), and
    read from OUT/cache/prompts by workers."""
    if tagger["probe"]:
        probe = _loaded(place(out, tagger["probe"]), tagger["embedder"])
        if probe.name != tagger["head"]:
            raise RuntimeError(f"{out}/{tagger['probe']} is {probe.name}, not the head that the run was begun with ({tagger['head']})")
        return probe
    if tagger["model"] == PIXELS:
        from curate.models import pixels

        shipped: Head = pixels.load_head()
        return shipped
    from curate.models.zero_shot import load_zero_shot

    with _local_folder(place(out, "cache", "prompts")) as cache:
        return load_zero_shot(weights_of(tagger), cache)


@contextlib.contextmanager
def _local_folder(folder: Place) -> Iterator[Path]:
    """The small files of a folder, as files of this machine; those that are new there when the block ends are put into it."""
    if isinstance(folder, Path):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="corpus-") as name:
        here = Path(name)
        kept = {path.name: path.read_bytes() for path in folder.glob("*.npz")}
        for file, data in kept.items():
            (here / file).write_bytes(data)
        yield here
        for path in sorted(here.glob("*.npz")):
            if path.name not in kept:
                (folder / path.name).write_bytes(path.read_bytes())


def prepare_head(run: Run) -> None:
    """Once, before workers ask for it: a text tower takes 2 GB."""
    if tagger := run.resolved.get("tagger"):
        load_head(tagger, run.out)


def tagger_options(run: Run) -> dict[str, str] | None:
    """What of the tagger decides scores: for the fingerprint of a stage."""
    tagger = run.resolved.get("tagger")
    return {name: tagger[name] for name in ("embedder", "head", "attribute")} if tagger else None
