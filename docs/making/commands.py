"""docs/reference/commands.md, from the command line's own words."""

from collections.abc import Iterator
from inspect import cleandoc

import click

from aidigest.cli import main

HEAD = """# Commands

Made from the program's own help by `make docs`; a test compares the two.

JSON goes to standard output alone, logs to standard error. The exit code is 0 when it is done,
1 when it failed, and 2 when the usage or the config is wrong.
"""


def page() -> str:
    """Return the page: a section for each command, a row for each option."""
    sections = (_section(path, command) for path, command in _commands(main, "aidigest"))
    return "\n".join((HEAD, *sections))


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _commands(command.commands[name], f"{path} {name}")


def _section(path: str, command: click.Command) -> str:
    arguments = [_argument(param) for param in command.params if isinstance(param, click.Argument)]
    options = [_row(param) for param in command.params if isinstance(param, click.Option)]
    lines = [f"## {' '.join((path, *arguments))}", "", _plain(command.help), ""]
    if options:
        lines += ["| option | |", "|---|---|", *options, ""]
    return "\n".join(lines)


def _argument(argument: click.Argument) -> str:
    name = (argument.metavar or argument.name or "").upper().strip("[]")
    return name if argument.required else f"[{name}]"


def _row(option: click.Option) -> str:
    names = ", ".join((*option.opts, *option.secondary_opts))
    says = " ".join(_plain(option.help).split())
    default = f" If not given: `{option.default}`." if option.show_default else ""
    return f"| `{names}{_value(option)}` | {says}{default} |"


def _value(option: click.Option) -> str:
    """Return what stands behind the option's name; what may be chosen is in its words."""
    if option.is_flag or isinstance(option.type, click.Choice):
        return ""
    return f" {option.metavar or option.type.name.upper().removesuffix(' RANGE')}"


def _plain(words: str | None) -> str:
    """Undo what click reads as typesetting: a mark for verbatim lines, another for the end.

    Pythons before 3.13 leave the indentation of the source in a docstring.
    """
    return cleandoc((words or "").split("\f", maxsplit=1)[0].replace("\b\n", "")).strip()
