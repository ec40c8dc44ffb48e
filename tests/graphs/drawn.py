"""Graphs of every stage, and what they were written with"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from apache_beam.portability.api import beam_runner_api_pb2

from curate.models.weights import MODEL
from tests.curate.models.tiny_biomedclip import write_tiny
from tests.pipelines.whole_run import Ran

SECRETS = {"AWS_SECRET_ACCESS_KEY": "a-secret-of-a-store", "REWRITE_API_KEY": "a-secret-of-a-server", "HF_TOKEN": "a-secret-of-the-hub"}
STAGES = ("ingest", "inspect", "screen", "match", "shield", "dedup", "embed", "tag", "balance", "emit", "report")
Proto = beam_runner_api_pb2.Pipeline


@dataclass(frozen=True, slots=True)
class Drawn:
    ran: Ran
    folder: Path

    def graph(self, stage: str) -> Proto:
        return Proto.FromString((self.folder / f"{stage}.pb").read_bytes())


def in_hub_cache(home: Path) -> Path:
    """The tiny model where the hub's client would have put the published one: a place of each machine, which no graph tells."""
    repository = home / "hub" / f"models--{MODEL.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0123")
    write_tiny(repository / "snapshots" / "0123")
    return home
