"""docs/reference/settings.md, from the values that the settings are read into."""

import ast
import dataclasses
import inspect
import re
import textwrap
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any

from aidigest.core.editions.digest import Digest
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.topics import Topic
from aidigest.settings.loading import MAIN_TABLES, SITE_KEYS
from aidigest.settings.values import Site

_HEAD = """\
# Settings

A home's `config/` has three files in TOML. `aidigest doctor` checks them; a mistake is named by
file and key. Secrets are in [the environment](environment.md).

This page is written by `make docs` from the code, and a test compares the two.
"""

_FILES: Mapping[str, Mapping[str, type]] = {
    "config/aidigest.toml": MAIN_TABLES,
    "config/feeds.toml": {"feeds": Feed},
    "config/topics.toml": {"topics": Topic},
}
_LISTS = {Digest, Feed, Topic}

_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false", date: "date"}
_INSIDE = re.compile(r"#: ?(.*)")
_TRAILING = re.compile(r" {2}#: (.*)")


def page() -> str:
    """Return the page: a section for each file, a table for each of its tables."""
    files = ("\n".join((f"## {name}", "", *_tables(tables))) for name, tables in _FILES.items())
    return "\n".join((_HEAD, *files))


def comments(kind: type) -> dict[str, str]:
    """Return what the `#:` comments of a dataclass say about each of its fields."""
    source = textwrap.dedent(inspect.getsource(kind))
    lines = source.splitlines()
    fields = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.AnnAssign)]
    return {ast.unparse(node.target): _comment(lines, node) for node in fields}


def _comment(lines: list[str], node: ast.AnnAssign) -> str:
    trailing = _TRAILING.search(lines[(node.end_lineno or node.lineno) - 1])
    if trailing:
        return trailing[1]
    above = []
    for line in reversed(lines[: node.lineno - 1]):
        found = _INSIDE.fullmatch(line.strip())
        if not found:
            break
        above.append(found[1])
    return " ".join(reversed(above))


def _tables(tables: Mapping[str, type]) -> Iterator[str]:
    for name, kind in tables.items():
        yield from _table(name, kind)


def _table(name: str, kind: type) -> Iterator[str]:
    title = f"[[{name}]]" if kind in _LISTS else f"[{name}]"
    hints = typing.get_type_hints(kind)
    said = comments(kind)
    rows: list[str] = []
    below: list[str] = []
    for field in dataclasses.fields(kind):
        inner = _dataclass(hints[field.name])
        if inner is None:
            cells = (_key(kind, field.name), _kind(hints[field.name]), _default(field))
            rows.append(f"| {' | '.join((*cells, said[field.name]))} |")
        else:
            below += _table(f"{name}.{field.name}", inner)
    summary = (inspect.getdoc(kind) or "").partition("\n")[0].partition(": ")[2]
    yield from (f"### {title}", "")
    if summary:
        yield from (f"{summary[0].upper()}{summary[1:]}", "")
    yield from ("| key | kind | default | |", "|---|---|---|---|", *rows, "", *below)


def _key(kind: type, field: str) -> str:
    names = {name: key for key, name in SITE_KEYS.items()} if kind is Site else {}
    return f"`{names.get(field, field)}`"


def _dataclass(hint: Any) -> type | None:
    kinds = (one for one in _options(hint) if inspect.isclass(one))
    return next((one for one in kinds if dataclasses.is_dataclass(one)), None)


def _options(hint: Any) -> tuple[Any, ...]:
    is_union = isinstance(hint, UnionType) or typing.get_origin(hint) is typing.Union
    return tuple(set(typing.get_args(hint)) - {NoneType}) if is_union else (hint,)


def _kind(hint: Any) -> str:
    (one,) = _options(hint)
    if inspect.isclass(one) and issubclass(one, StrEnum):
        return " or ".join(f'`"{value}"`' for value in one)
    origin, inner = typing.get_origin(one), typing.get_args(one)
    if origin is tuple:
        return f"list of {_kind(inner[0])}s"
    if origin is not None:
        return f"table: {_kind(inner[1])} by name"
    return _KINDS[one]


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        is_required = field.default_factory is dataclasses.MISSING
        return "**required**" if is_required else ""
    value = field.default
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"
