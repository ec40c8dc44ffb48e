"""YAML text -> plain values, as YAML 1.2 has it: only true and false are booleans, a repeated key is a fault"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import yaml

MAX_BYTES = 1 << 20  # a manifest is some kilobytes
MAX_NODES = 100_000  # keys too, with every alias written out: nested aliases grow without bound
MAX_DIGITS = 400  # of a number


class PlainLoader(yaml.SafeLoader):
    """yaml.SafeLoader without the words of YAML 1.1: yes, no, on, off, dates and sexagesimals stay text."""


class _OwnLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # PyYAML may be built without libyaml
    """The same by libyaml."""


def _mapping(loader: PlainLoader, node: yaml.MappingNode) -> dict[str, Any]:
    written = Counter(_key(key_node) for key_node, _ in node.value if not key_node.tag.endswith(":merge"))
    for key in (key for key, times in written.items() if times > 1):
        raise yaml.MarkedYAMLError(problem=f"key '{key}' comes twice", problem_mark=node.start_mark)
    loader.flatten_mapping(node)  # `<<: *other` puts the other's keys first, so that the own ones win
    return {_key(key_node): loader.construct_object(value_node, deep=True) for key_node, value_node in node.value}


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.MarkedYAMLError(problem="a key is no word", problem_mark=node.start_mark)
    return str(node.value)


PLAIN = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] in ("null", "merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for own in (PlainLoader, _OwnLoader):
    own.yaml_implicit_resolvers = {first: list(resolvers) for first, resolvers in PLAIN.items()}
    own.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
    own.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
    own.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?$"), list("-+0123456789"))
    own.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse_yaml(text: str, loader: type[yaml.SafeLoader] = PlainLoader) -> Any:
    """The value of one YAML document, as `loader` takes it. Raises yaml.YAMLError, with the line where it is known. What is small as text
    and large as a value is refused before it is made."""
    if len(text) > MAX_BYTES:
        raise yaml.YAMLError(f"{len(text)} characters, at most {MAX_BYTES} wanted")
    parser = loader(text)
    try:
        node = parser.get_single_node()
        if node is not None and _nodes(node, {}) > MAX_NODES:
            raise yaml.YAMLError(f"more than {MAX_NODES} values with its aliases written out")
        return None if node is None else parser.construct_document(node)
    except RecursionError:
        raise yaml.YAMLError("nested too deeply") from None
    finally:
        parser.dispose()


def parse_own_yaml(text: str) -> Any:
    """The same of a file that ships with the program, by libyaml where there is any: in a sixth of the time. What others wrote is not read
    so: libyaml nests as deep as it is told, on the C stack, and words faults in its own way."""
    try:
        return parse_yaml(text, _OwnLoader)
    except yaml.YAMLError:
        return parse_yaml(text)


def _nodes(node: yaml.Node, counted: dict[int, int]) -> int:
    if isinstance(node, yaml.ScalarNode):
        if len(node.value) > MAX_DIGITS and node.tag.endswith((":int", ":float")):  # Python itself refuses them, or takes for ever
            raise yaml.MarkedYAMLError(problem=f"a number of {len(node.value)} characters", problem_mark=node.start_mark)
        return 1
    if id(node) not in counted:
        counted[id(node)] = 1  # an alias to what holds it is told as such when it is made
        inner = node.value if isinstance(node, yaml.SequenceNode) else (part for pair in node.value for part in pair)
        counted[id(node)] = 1 + sum(_nodes(part, counted) for part in inner)
    return counted[id(node)]
