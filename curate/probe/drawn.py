"""a kind and a seed -> a picture drawn for training, and what it is

What sources have too little of, or what only one of them has, is drawn with everything left to chance that a source decides. Only kinds are
here that make a head better on real pictures of sources it never saw; drawings are learnt from and never measured on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from curate.probe import bodies, cells, figures, pages, scans, surfaces, traces
from schemas.modality import OTHER


@dataclass(frozen=True, slots=True)
class Kind:
    draw: Callable[[np.random.Generator], Image.Image]
    modality: str
    figure_type: str = ""


KINDS: dict[str, Kind] = {
    "xray": Kind(bodies.xray, "xray"),
    "ct": Kind(bodies.ct, "ct"),
    "ultrasound": Kind(scans.ultrasound, "ultrasound"),
    "oct": Kind(scans.oct, "oct"),
    "pet": Kind(scans.pet, "pet"),
    "smear": Kind(cells.smear, "microscopy"),
    "fluorescence": Kind(cells.fluorescence, "microscopy"),
    "phase": Kind(cells.phase, "microscopy"),
    "tissue": Kind(cells.tissue, "histopathology"),
    "dermoscopy": Kind(surfaces.dermoscopy, "dermoscopy"),
    "endoscopy": Kind(surfaces.endoscopy, "endoscopy"),
    "chart": Kind(figures.chart, OTHER, "chart"),
    "signals": Kind(traces.signals, OTHER, "chart"),
    "gel": Kind(traces.gel, OTHER, "chart"),
    "diagram": Kind(figures.diagram, OTHER, "diagram"),
    "page": Kind(pages.page, OTHER, "page"),
    "table": Kind(pages.table, OTHER, "page"),
    "form": Kind(pages.form, OTHER, "page"),
    "screen": Kind(pages.screen, OTHER, "page"),
}


def draw(kind: str, seed: int) -> tuple[Image.Image, str, str]:
    """Picture (L or RGB), modality, figure type ('' for the twelve): equal for equal arguments. Raises KeyError for a kind not in KINDS."""
    drawn = KINDS[kind]
    return drawn.draw(np.random.default_rng([seed, *kind.encode()])), drawn.modality, drawn.figure_type
