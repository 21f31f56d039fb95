"""The pages to look things up in say what the code says."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

import make
from aidigest.adapters.database import figures
from aidigest.cli import main
from aidigest.errors import SettingsError
from aidigest.logs import Event
from aidigest.settings import load_settings
from aidigest.settings.environment import VARIABLES
from aidigest.settings.loading import MAIN_TABLES
from docpages import DOCS, ROOT
from making import metrics, settings
from making.journey import Journey

SOURCE = ROOT / "src" / "aidigest"
REFERENCE = DOCS / "reference"
#: A row's cells.
ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)


def read(page: str) -> str:
    """Return a page of the reference."""
    return (REFERENCE / page).read_text(encoding="utf-8")


def rows(page: str) -> list[list[str]]:
    """Return the cells of each row of a page's tables."""
    return [[cell.strip() for cell in row.split("|")] for row in ROW.findall(read(page))]


@cache
def calls() -> tuple[ast.Call, ...]:
    """Return every call of the program's source."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return tuple(node for node in nodes if isinstance(node, ast.Call))


@pytest.mark.parametrize("name", sorted(make.PAGES))
def test_a_page_that_is_made_is_what_the_code_says(name: str) -> None:
    """What is written twice drifts; `make docs` writes it anew."""
    assert (DOCS / name).read_text(encoding="utf-8") == make.PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_its_line_in_the_readme(name: str) -> None:
    """Who reads only the README should know what there is."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert re.search(rf"^\| `aidigest {name}\b", readme, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_says_what_it_does(name: str) -> None:
    """A command without help is found by nobody."""
    command = main.commands[name]

    assert isinstance(command, click.Command)
    assert command.get_short_help_str()


def test_every_option_is_explained() -> None:
    """`feeds add --about` was a name and nothing else, and what `--move` takes was not said."""
    explained = {row[0]: row[1] for row in rows("commands.md") if row[0].startswith("`-")}

    assert [option for option, words in explained.items() if not words] == []
    assert "`--move STORY PLACE`" in explained
    assert explained["`--host TEXT`"].endswith("If not given: `127.0.0.1`.")


def test_every_setting_is_explained() -> None:
    """A key and a type alone tell nobody what to write."""
    explained = [row for row in rows("settings.md") if row[0].startswith("`")]

    assert [row[0] for row in explained if not row[3]] == []


def test_every_table_of_the_main_file_is_known_to_the_page(tmp_path: Path) -> None:
    """What the reader of the file takes is what the page lists."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/aidigest.toml").write_text("[qqqqqqqq]\n", encoding="utf-8")

    with pytest.raises(SettingsError, match=f"there is: {', '.join(MAIN_TABLES)}"):
        load_settings(tmp_path, {})
    assert [name for name in MAIN_TABLES if f"[{name}]" not in settings.page()] == []


def test_every_variable_of_the_environment_has_its_line() -> None:
    """A variable that nobody hears of is a trap, one that does nothing is worse."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    asked = {
        *re.findall(r"\benv(?:iron)?\.get\(\"(\w+)\"", source),
        *re.findall(r"\benviron\[\"(\w+)\"", source),
        *re.findall(r"_switch\(env, \"(\w+)\"", source),
        *re.findall(r"envvar=\"(\w+)\"", source),
    }

    listed = {row[0].strip("`") for row in rows("environment.md") if "`" in row[0]}
    assert listed == asked == set(VARIABLES)


@pytest.mark.parametrize("event", Event)
def test_every_event_has_its_line_and_its_fields(event: Event) -> None:
    """Operators write alarms by these names."""
    (row,) = (row for row in rows("events.md") if row[0] == f"`{event}`")
    logged = [call for call in calls() if _is_log_of(call, event)]
    fields = {word.arg for call in logged for word in call.keywords if word.arg != "level"}

    assert logged, "nothing logs it"
    named = set(re.findall(r"`(\w+)`", row[2]))
    assert named == {name for name in fields if name}
    assert (None in fields) == ("count for each" in row[2])


def _is_log_of(call: ast.Call, event: Event) -> bool:
    return any(
        isinstance(node, ast.Attribute) and ast.unparse(node) == f"Event.{event.name}"
        for argument in call.args[:1]
        for node in ast.walk(argument)
    )


def test_the_page_of_metrics_is_what_is_answered(journey: Journey) -> None:
    """Alarms hang on these names."""
    assert read("metrics.md") == metrics.page(journey.metrics), "run `make docs`"


def test_no_figure_hides_from_the_page() -> None:
    """A figure that is told only now and then must be in the answer the page is made from."""
    source = Path(figures.__file__).read_text(encoding="utf-8")
    told = re.findall(r"_one\(\s*\"(\w+)\"|\bname=\"(\w+)\"", source)

    listed = read("metrics.md")
    assert [a or b for a, b in told if f"| `aidigest_{a or b}` |" not in listed] == []


def test_every_rule_of_the_linter_is_on_its_page_with_its_levels() -> None:
    """A finding names a rule; whoever gets one looks it up."""
    listed = {
        rule: row[1]
        for row in rows("rules.md")
        if re.match(r"[A-Z]\d", row[0])
        for rule in _rules(row[0])
    }
    found = _findings()

    assert sorted(listed.keys() ^ found.keys()) == []
    assert {
        rule: levels
        for rule, levels in found.items()
        if [level for level in levels if level not in listed[rule]]
    } == {}


def _rules(cell: str) -> Iterator[str]:
    for part in cell.split(", "):
        first, _, last = part.partition(" to ")
        numbers = range(int(first[1:]), int((last or first)[1:]) + 1)
        yield from (f"{first[0]}{number}" for number in numbers)


def _findings() -> dict[str, set[str]]:
    """Return every rule that the source names, with the levels that are plain to see."""
    found: dict[str, set[str]] = {}
    for call in calls():
        rules = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "rule")]
        for rule in rules:
            if isinstance(rule, ast.Constant) and re.fullmatch(r"[EHLMST]\d+", str(rule.value)):
                levels = found.setdefault(str(rule.value), set())
                levels |= {ast.unparse(call.func)} & {"error", "warning", "note"}
    return found
