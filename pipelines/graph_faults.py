"""a graph -> what it must not hold: payload in a shuffle, a GPU for a step without a model, a secret, a place of this machine"""

from __future__ import annotations

import bz2
import contextlib
import os
import pickletools
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path

from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2

Proto = beam_runner_api_pb2.Pipeline

GROUPING = common_urns.primitives.GROUP_BY_KEY.urn
RESHUFFLE = common_urns.composites.RESHUFFLE.urn
COMBINING = (common_urns.composites.COMBINE_PER_KEY.urn, common_urns.composites.COMBINE_GLOBALLY.urn)
TEXT = common_urns.coders.STRING_UTF8.urn
PAIR = common_urns.coders.KV.urn
ACCELERATOR = common_urns.resource_hints.ACCELERATOR.urn
MODEL_STEPS = ("tag/work",)  # of the graph of embed, whose stage is called by the room it writes into
SECRET = ("SECRET", "TOKEN", "PASSWORD", "API_KEY", "CREDENTIAL", "ACCESS_KEY")  # in names of environment variables
SHORTEST = 8  # characters of a secret that would be found by chance else


def graph_faults(graph: Proto, *, is_local: bool) -> list[str]:
    """All of them. Where data or OUT are local, a graph tells where."""
    return list(dict.fromkeys([*shuffle_faults(graph), *hint_faults(graph), *(() if is_local else told_faults(graph))]))


def shuffle_faults(graph: Proto) -> Iterator[str]:
    """Everything that moves between machines is the name of a unit, by its coder: no other type, and so no payload."""
    inside = {child for step in graph.components.transforms.values() if step.spec.urn == RESHUFFLE for child in _below(graph, step)}
    for id, step in graph.components.transforms.items():
        if step.spec.urn in COMBINING:
            yield f"{step.unique_name}: a combiner found, names of units wanted"
        if id in inside or step.spec.urn not in (GROUPING, RESHUFFLE):
            continue  # what a Reshuffle holds is its own element, and the time that Beam gives it
        for collection in step.inputs.values():
            coder = graph.components.pcollections[collection].coder_id
            wanted = [TEXT] if step.spec.urn == RESHUFFLE else [PAIR, TEXT, TEXT]
            if (found := list(_urns(graph, coder))) != wanted:
                yield f"{step.unique_name}: elements of {', '.join(found)} found, {', '.join(wanted)} wanted"


def _below(graph: Proto, step: beam_runner_api_pb2.PTransform) -> Iterator[str]:
    for id in step.subtransforms:
        yield id
        yield from _below(graph, graph.components.transforms[id])


def _urns(graph: Proto, coder: str) -> Iterator[str]:
    found = graph.components.coders[coder]
    yield found.spec.urn
    for part in found.component_coder_ids:
        yield from _urns(graph, part)


def hint_faults(graph: Proto) -> Iterator[str]:
    """A GPU is for the step that runs a model."""
    for step in graph.components.transforms.values():
        environment = graph.components.environments.get(step.environment_id)
        if environment and ACCELERATOR in environment.resource_hints and not step.unique_name.startswith(MODEL_STEPS):
            yield f"{step.unique_name}: a GPU for a step that runs no model"


def told_faults(graph: Proto, environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Secrets of the environment, and folders of this machine (the program's own, the user's, the temporary one)."""
    secrets = {name: value for name, value in environ.items() if any(word in name.upper() for word in SECRET) and len(value) >= SHORTEST}
    folders = {str(Path(__file__).parents[1]), str(Path.home()), str(Path.cwd()), environ.get("TMPDIR", "/tmp")} - {"/"}
    for where, text in texts_of(graph):
        yield from (f"{where}: the value of {name}" for name, value in secrets.items() if value in text)
        yield from (f"{where}: {folder}" for folder in folders if f"{folder}/" in f"{text}/")


def texts_of(graph: Proto) -> Iterator[tuple[str, str]]:
    """(step, a text that it is told): of every payload, out of its pickles too, and of what an engine's pages show."""
    for step in graph.components.transforms.values():
        payload = step.spec.payload
        if step.spec.urn == common_urns.primitives.PAR_DO.urn:
            payload = beam_runner_api_pb2.ParDoPayload.FromString(payload).do_fn.payload
        shown = (each.payload for each in step.display_data)
        yield from ((step.unique_name, text) for each in (payload, *shown) for text in _texts(each))
    for id, environment in graph.components.environments.items():
        yield from ((id, text) for text in _texts(environment.payload))
    for id, coder in graph.components.coders.items():
        yield from ((id, text) for text in _texts(coder.spec.payload))


def _texts(payload: bytes) -> Iterator[str]:
    """The payload itself, and the strings of the pickle that it may be, or that is packed in it as Beam does."""
    yield payload.decode("utf-8", "replace")
    with contextlib.suppress(ValueError, OSError):  # no such thing
        payload = bz2.decompress(b64decode(payload, validate=True))
    with contextlib.suppress(ValueError):  # no pickle
        for _, word, _ in pickletools.genops(payload):
            if isinstance(word, str):
                yield word
            elif isinstance(word, bytes) and word:
                yield from _texts(word)
