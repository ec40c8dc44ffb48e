"""figures -> one HTML page: no network, no server, complete without its script"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from curate.report.drawings import drawings
from curate.report.figures import Figures
from curate.report.reasons import meaning
from curate.report.wording import duration, legible, percent, quantity, rate, size, whole
from schemas.modality import short_name

HERE = Path(__file__).parent
WORK = {
    "ingest": "Row readable, image on disk",
    "inspect": "Image decodes",
    "screen": "Split, licence, image size, caption length",
    "rewrite": "The model's answer is whole and as it was asked for",
    "shield": "Touches no evaluation set",
    "dedup": "No better copy stays in its place",
    "tag": "No sure witness contradicts what its source declares",
    "balance": "A corpus asks for it, within its share",
}


def page(figures: Figures) -> str:
    """The report as one HTML document. File names, titles and labels are untrusted: all are escaped, control characters shown."""
    return _environment().get_template("report.html").render(
        f=figures, drawn=drawings(figures), css=Markup(_packaged("report.css") + _packaged("charts.css")), script=Markup(_script()),
        script_digest=_script_digest(), work=WORK,
    )  # fmt: skip


def breakable(text: str) -> Markup:
    """May be broken after its underscores and slashes, where a narrow column needs it."""
    return Markup("").join(Markup("{}<wbr>").format(piece) for piece in re.split(r"(?<=[_/])", legible(text))) if text else Markup("")


def _finish(value: Any) -> Any:
    return legible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined, finalize=_finish,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(
        n=whole,
        pct=percent,
        short=quantity,
        size=size,
        duration=duration,
        rate=rate,
        modality=short_name,
        breakable=breakable,
        meaning=meaning,
    )
    return environment


@functools.cache
def _packaged(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _script() -> str:
    return _packaged("tables.html").removeprefix("<script>").rsplit("</script>", 1)[0]


def _script_digest() -> str:
    """The page's policy runs this one script and no other, whatever a name in the data tries."""
    return base64.b64encode(hashlib.sha256(_script().encode("utf-8")).digest()).decode("ascii")
