"""YAML parser that records the line of every key, so that mistakes are reported with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

#: path of a value in a document: mapping keys and list indexes from the root
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """Parsed YAML file: its value, the place ("file:line") of each key, and its syntax mistakes."""

    name: str
    value: Any = None
    places: dict[Path, str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    #: True if `value` is not usable. Lesser mistakes, such as a duplicate key, leave the rest of the file usable
    broken: bool = False

    def fail(self, mistake: str) -> None:
        """Add a mistake that makes the whole file unusable."""
        self.mistakes.append(mistake)
        self.broken = True

    def at(self, path: Path) -> str:
        """Return the place of `path`, or of its nearest ancestor with a known place."""
        known = (self.places[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.places)
        return next(known, self.name)


def parse(name: str, text: str) -> Document:
    """Parse one YAML document. Never raises: syntax errors and duplicate keys are added to `mistakes`."""
    document = Document(name)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            document.value = _value(root, (), document)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        what = error.problem or str(error)
        document.fail(f"{name}{line}: not YAML: {what}; check indentation, quotes and colons")
    except (yaml.YAMLError, ValueError) as error:
        document.fail(f"{name}: not YAML: {' '.join(str(error).split())}")
    except RecursionError:
        document.fail(f"{name}: nested too deeply, or an alias that contains itself")
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
            document.mistakes.append(f"{place}: {dotted((*path, key))}: duplicate key; delete one of the two")
            continue
        document.places[(*path, key)] = place
        values[key] = _value(value_node, (*path, key), document)
    return values


def dotted(path: Path) -> str:
    """Format a path: ("sources", 3, "delay") -> "sources[3].delay"."""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out
