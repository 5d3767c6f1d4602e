"""Validate parsed YAML with pydantic; messages name the file, the line, the key and a valid value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from ingest.config import yaml_positions

Model = TypeVar("Model", bound=BaseModel)

#: keys that are not allowed in files and whose values are never printed
SECRETS = frozenset({"password", "key"})
#: prefix of the places in `Document.places` that are environment variables
ENVIRONMENT = "environment "


def validated(model: type[Model], document: yaml_positions.Document, mistakes: list[str]) -> Model | None:
    """Validate a document against `model`. If it is invalid, return None and add messages to `mistakes`."""
    if document.broken:
        return None
    try:
        return model.model_validate({} if document.value is None else document.value)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            mistakes.append(_message(model, document, dict(item)))
        return None


def _message(model: type[BaseModel], document: yaml_positions.Document, item: Mapping[str, Any]) -> str:
    """Return the message about one error of pydantic."""
    path: yaml_positions.Path = tuple(item["loc"])
    place = f"{document.at(path)}: {yaml_positions.dotted(path) or 'the file'}"
    if item["type"] == "extra_forbidden":
        new = _former_keys_at(model, path[:-1]).get(str(path[-1]))
        if new is not None:
            return f"{place}: this key is called {_renamed(document, path, new)} now"
        known = _keys_at(model, path[:-1])
        near = difflib.get_close_matches(str(path[-1]), known, 1)
        return f"{place}: unknown key; " + (f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}")
    if item["type"] in _NEEDS_KEYS:
        return f"{place}: must be a table of keys; known: {', '.join(_keys_at(model, path))}{_got(path, item)}"
    message = _RIGHT.get(item["type"]) or item["msg"].removeprefix("Value error, ").replace("Input should", "must")
    return f"{place}: {message[:1].lower()}{message[1:]}{_got(path, item)}"


#: error types that pydantic describes in Python terms -> message shown instead
_RIGHT = {
    "missing": "is missing and has no default",
    "tuple_type": "must be a list: [one, two], or one entry per line, each after a hyphen",
    "string_type": "must be text; put it in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "dict_type": "must be a table of keys: {key: value}",
}

_NEEDS_KEYS = frozenset({"model_type", "model_attributes_type", "dataclass_type"})


def _got(path: yaml_positions.Path, item: Mapping[str, Any]) -> str:
    """Return ", got VALUE" for a message; "" for secrets and missing values."""
    value = item.get("input")
    if item["type"] == "missing" or {*path[-1:]} & SECRETS:
        return ""
    if isinstance(value, str):
        value = re.sub(r"(://[^/@]*?):[^/@]*@", r"\1:***@", value)  # a URL may contain a password
    if isinstance(value, str | int | float | bool):
        return f", got {value!r}"
    return {type(None): ", got nothing", list: ", got a list", dict: ", got keys"}.get(type(value), "")


def _renamed(document: yaml_positions.Document, path: yaml_positions.Path, new: str) -> str:
    """Return the new name of a key; for a key set by an environment variable, return the new name of that variable."""
    place = document.at(path)
    if not place.startswith(ENVIRONMENT):
        return new
    levels = place.removeprefix(ENVIRONMENT).split("__")
    levels[len(path) - 1] = levels[len(path) - 1].lower().replace(str(path[-1]), new).upper()
    return "__".join(levels)


def _former_keys_at(model: type[BaseModel], path: yaml_positions.Path) -> Mapping[str, str]:
    """Return the renamed keys of the table at `path`: former name -> current name."""
    return getattr(_table_at(model, path), "renamed", {})


def _keys_at(model: type[BaseModel], path: yaml_positions.Path) -> list[str]:
    """Return the keys that are allowed in the table at `path`."""
    table = _table_at(model, path)
    return list(table.model_fields) if table else []


def _table_at(model: type[BaseModel], path: yaml_positions.Path) -> type[BaseModel] | None:
    """Return the model of the table at `path`, descending through tuples and unions; None for a plain value."""
    for part in path:
        if isinstance(part, str):
            found = next(iter(_models_in(model.model_fields[part].annotation)), None)
            if found is None:
                return None
            model = found
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def place_of(document: yaml_positions.Document, path: yaml_positions.Path) -> str:
    """Return "file:line: key" for a path; a message begins with it."""
    return f"{document.at(path)}: {yaml_positions.dotted(path)}"
