"""XML documents -> rows: an element each, columns by paths below it or from the root"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from curate.read.opened import ReadFault, Row, Where, opened
from schemas.verdict import Fault

STEPS = re.compile(r"='[^']*'|=\"[^\"]*\"|\[\d*\]|[][/@.]")  # what stands between names on a path
MAX_BYTES = 256 << 20  # of one document, which is held in memory
Getter = Callable[[Element, Element], Any]  # (root, row's element) -> text, list, or None


def read_document(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """Raises ReadFault: xml_broken, xml_refused (entities, external references)."""
    root = _root(where)
    columns = {name: _column(spec) for name, spec in options["columns"].items()}
    for element in _elements(root, root, options.get("row", ".")):
        yield {name: get(root, element) for name, get in columns.items()}


def _root(where: Where) -> Element:
    with opened(where) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ReadFault("too_large", found=f"more than {MAX_BYTES} bytes", wanted="a smaller document")
    try:
        return defusedxml.ElementTree.fromstring(data)
    except ParseError as error:
        line, column = error.position
        raise ReadFault("xml_broken", found=f"no XML at line {line}, column {column}", wanted="a well-formed document") from None
    except DefusedXmlException as error:
        raise ReadFault("xml_refused", found=type(error).__name__, wanted="a document without entities and references") from None
    except (LookupError, ValueError):  # what expat says of GB2312 and of names that are no encoding
        raise ReadFault("xml_broken", found="an encoding that is not read", wanted="UTF-8, UTF-16 or one byte a character") from None


def names_in(where: Where) -> list[str]:
    """Names of the elements and attributes of a document, each once. Raises ReadFault as read_document does."""
    elements = list(_root(where).iter())
    return list(dict.fromkeys(name for element in elements for name in (str(element.tag), *element.attrib)))


def steps_of(columns: Mapping[str, Any]) -> dict[str, list[str]]:
    """Column, or path into one -> the paths by which it is found."""
    paths: dict[str, list[str]] = {}
    for name, spec in columns.items():
        if isinstance(spec, str):
            paths[name] = [spec]
            continue
        paths[name] = [spec["each"]]
        paths |= {f"{name}.{inner}": [spec["each"], path] for inner, path in spec["columns"].items()}
    return {name: steps_in(path) for name, path in paths.items()}


def steps_in(paths: Iterable[str]) -> list[str]:
    """Names of elements and attributes on paths."""
    return [step for path in paths for step in STEPS.split(path) if step not in ("", ".", "*")]


def _column(spec: str | Mapping[str, Any]) -> Getter:
    if isinstance(spec, str):
        return _text(spec)
    inner = {name: _text(path) for name, path in spec["columns"].items()}
    return lambda root, row: [{name: get(root, element) for name, get in inner.items()} for element in _elements(root, row, spec["each"])]


def _text(path: str) -> Getter:
    """`a/b` text of the first, `a/@x` an attribute, `a[]` a list of all, `/a` from the root."""
    many = path.endswith("[]")
    steps, attribute = path.removesuffix("[]"), ""
    if "/@" in path or path.startswith("@"):
        steps, _, attribute = steps.rpartition("@")
        steps = steps if steps == "/" else steps.removesuffix("/")

    def texts(root: Element, row: Element) -> Iterator[str | None]:
        for element in _elements(root, row, steps or "."):
            yield element.get(attribute) if attribute else "".join(element.itertext())

    if many:
        return lambda root, row: [text for text in texts(root, row) if text is not None]
    return lambda root, row: next(texts(root, row), None)


def _elements(root: Element, row: Element, path: str) -> Iterator[Element]:
    base, path = (root, path[1:] or ".") if path.startswith("/") else (row, path)
    yield from [base] if path == "." else base.iterfind(path)
