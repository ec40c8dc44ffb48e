"""YAML text -> plain values, as YAML 1.2 has it: only true and false are booleans, a repeated key is a fault"""

from __future__ import annotations

import re
from typing import Any

import yaml

MAX_BYTES = 1 << 20  # a manifest is some kilobytes
MAX_NODES = 100_000  # with every alias written out: nested aliases grow without bound


class PlainLoader(yaml.SafeLoader):
    """yaml.SafeLoader without the words of YAML 1.1: yes, no, on, off, dates and sexagesimals stay text."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] in ("null", "merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
PlainLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
PlainLoader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?$"), list("-+0123456789"))


def _mapping(loader: PlainLoader, node: yaml.MappingNode) -> dict[str, Any]:
    written = [_key(key_node) for key_node, _ in node.value if not key_node.tag.endswith(":merge")]
    for key in written:
        if written.count(key) > 1:
            raise yaml.MarkedYAMLError(problem=f"key '{key}' comes twice", problem_mark=node.start_mark)
    loader.flatten_mapping(node)  # `<<: *other` puts the other's keys first, so that the own ones win
    return {_key(key_node): loader.construct_object(value_node, deep=True) for key_node, value_node in node.value}


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.MarkedYAMLError(problem="a key is no word", problem_mark=node.start_mark)
    return str(node.value)


PlainLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse_yaml(text: str) -> Any:
    """The value of one YAML document. Raises yaml.YAMLError, with the line where it is known."""
    if len(text) > MAX_BYTES:
        raise yaml.YAMLError(f"{len(text)} characters, at most {MAX_BYTES} wanted")
    loader = PlainLoader(text)
    try:
        value = loader.get_single_data()
    except RecursionError:
        raise yaml.YAMLError("nested too deeply") from None
    finally:
        loader.dispose()
    if _nodes(value, {}) > MAX_NODES:
        raise yaml.YAMLError(f"more than {MAX_NODES} values with its aliases written out")
    return value


def _nodes(value: Any, counted: dict[int, int]) -> int:
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in counted:
        counted[id(value)] = MAX_NODES + 1  # an alias to what holds it: without end
        counted[id(value)] = 1 + sum(_nodes(item, counted) for item in (value.values() if isinstance(value, dict) else value))
    return counted[id(value)]
