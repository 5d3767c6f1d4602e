"""YAML text -> plain values plus the line of every key, so that a mistake can be named with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

#: a place inside a document: mapping keys and list indexes from the root
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """A parsed YAML file: its value, the place of each key ("file:line"), and what was wrong with its syntax."""

    name: str
    value: Any = None
    places: dict[Path, str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    #: no value could be made of it; with mistakes alone (a key given twice) the rest can still be looked at
    broken: bool = False

    def blame(self, mistake: str) -> None:
        """Take note of what leaves the file without a value."""
        self.mistakes.append(mistake)
        self.broken = True

    def at(self, path: Path) -> str:
        """The nearest place known on the way to `path`."""
        known = (self.places[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.places)
        return next(known, self.name)


def parse(name: str, text: str) -> Document:
    """Parse one YAML document; never raises: syntax errors and duplicate keys end in `mistakes`."""
    document = Document(name)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            document.value = _value(root, (), document)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        what = error.problem or str(error)
        document.blame(f"{name}{line}: not YAML: {what}; check indentation, quotes and colons")
    except (yaml.YAMLError, ValueError) as error:
        document.blame(f"{name}: not YAML: {' '.join(str(error).split())}")
    except RecursionError:
        document.blame(f"{name}: nested too deep, or an alias that holds itself")
    return document


def _value(node: yaml.Node, path: Path, document: Document) -> Any:
    document.places.setdefault(path, f"{document.name}:{node.start_mark.line + 1}")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, index), document) for index, child in enumerate(node.value)]
    return yaml.SafeLoader("").construct_object(node)


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        place = f"{document.name}:{key_node.start_mark.line + 1}"
        if key in values:
            document.mistakes.append(f"{place}: {dotted((*path, key))}: given twice; keep one of them")
            continue
        document.places[(*path, key)] = place
        values[key] = _value(value_node, (*path, key), document)
    return values


def dotted(path: Path) -> str:
    """("sources", 3, "delay") -> "sources[3].delay"."""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out
