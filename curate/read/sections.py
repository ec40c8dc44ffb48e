"""a radiology report in plain text -> its sections by name

The rules are those by which the publishers of MIMIC-CXR section their reports (github.com/MIT-LCP/mimic-cxr, txt/section_parser.py and
txt/create_section_files.py), in the words of this module:

- A header is the beginning of a line, a blank, capitals (with blanks and `()/,-`), a colon, white space. What stands above the first is
  `preamble`; a text without headers is `full report`. No header is looked for on the line that a section begins with.
- Names go by one spelling (NAMES); a name that holds a main one is that (`PRELIMINARY IMPRESSION`); one that names the views is `findings`.
- An empty impression or findings is none. Where the report has neither, the last section ends with its first paragraph, and all that
  follows is `last_paragraph`.
- Of several sections of one name the last counts.

Two things are our own. A line of underscores ends an addendum that was put above a report: the report below is parsed by itself, so that
its text is no part of the addendum's; the sections of both count, the report's later. And a report whose lines have lost their blanks, or
that stands in one line, has its headers at the beginning of lines, or anywhere, but there only those that NAMES has: words in capitals with
a colon are found in sentences too. The publishers' exceptions by hand are study ids: facts of that data set, for its manifest.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

NAMES: Mapping[str, tuple[str, ...]] = {  # one spelling -> what else it goes by
    "impression": (
        "conclusion", "findings and impression", "findings/impression", "findings/ impression", "impresson", "imprression", "imoression",
        "impressoin", "imprssion", "impresion", "imperssion", "mpression", "impession", "ndication",  # the last too, says the publisher
    ),
    "findings": (
        "finding", "findins", "findindgs", "findgings", "findngs", "findnings", "finidngs", "reference findings", "chest, two views",
    ),
    "comparison": (
        "comparisons", "reference exam", "comparison exam", "comparison film", "comparision", "comparisions", "comparsion", "comparrison",
    ),
    "indication": ("reason for examination", "reason for exam", "clinical indication", "idication"),
    "history": ("clinical history", "clinical information", "patient history", "pfi"),
    "examination": ("exam", "type of examination"),
    "recommendations": ("recommendation(s)", "recommendation"),
    "wet read": ("wetread",),
    "technique": (), "notification": (), "addendum": (), "date": (), "comment": (), "preamble": (),
    # of the reports of CheXpert Plus
    "narrative": (), "procedure comments": (), "end of impression": (), "summary": (), "accession number": (),
}  # fmt: skip
SPELLINGS: Mapping[str, str] = {word: name for name, others in NAMES.items() for word in (name, *others)}
MAIN = ("impression", "findings", "history", "comparison", "addendum")
VIEWS = (
    "chest", "portable", "pa and lateral", "lateral and pa", "ap and lateral", "lateral and ap", "frontal and", "two views", "frontal view",
    "pa view", "ap view", "one view", "lateral view", "bone window", "frontal upright", "frontal semi-upright", "ribs", "pa and lat",
)  # fmt: skip

INDENTED = re.compile(r"\n ([A-Z ()/,-]+):\s")
FLUSH = re.compile(r"(?:\A|\n)([A-Z][A-Z ()/,-]*):\s")
INLINE = re.compile(r"(?:\A|(?<=\s))(" + "|".join(sorted(map(re.escape, SPELLINGS), key=len, reverse=True)).upper() + r"):\s")
ADDENDUM_END = re.compile(r"\n[ \t]*_{10,}[ \t]*(?=\r?\n|\Z)")  # a removed identifier is three: ___
PARAGRAPH = re.compile(r"\n \n")


def report_section(text: str, name: str) -> str:
    """The last section of that name, outer blanks cut; nothing where there is none."""
    return report_sections(text).get(name.casefold(), "")


@functools.lru_cache(maxsize=2)  # a table that takes several sections asks for those of one report at a time
def report_sections(text: str) -> Mapping[str, str]:
    """Name -> text, outer blanks cut."""
    found = [section for part in ADDENDUM_END.split(text.replace("\r\n", "\n")) for section in _sections(part)]
    found = [(name, body) for name, body in found if body.strip() or name not in ("impression", "findings")]
    if found and not {"impression", "findings"} & {name for name, _ in found}:
        name, body = found[-1]
        first, *others = PARAGRAPH.split(body, maxsplit=1)
        found[-1:] = [(name, first), *(("last_paragraph", other) for other in others)]
    return {name: body.strip() for name, body in found}


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each section in order."""
    pattern = INDENTED if "\n " in text else FLUSH if "\n" in text.strip() else INLINE
    header = pattern.search(text)
    if header is None:
        yield "full report", text
        return
    yield "preamble", text[: header.start(1)]
    while header is not None:
        begin, name = header.end(), section_name(header.group(1))
        line_end = text.find("\n", begin) if pattern is not INLINE else begin
        header = pattern.search(text, max(begin, line_end))
        yield name, text[begin : header.start() if header else len(text)]


def section_name(header: str) -> str:
    """The one spelling of a section's name."""
    name = header.strip().casefold()
    if name in SPELLINGS:
        return SPELLINGS[name]
    main = next((word for word in MAIN if word in name), None)
    return main or ("findings" if any(view in name for view in VIEWS) else name)
