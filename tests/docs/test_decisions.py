"""The documentation says what is so: commands, decisions and links."""

import re
import runpy
from pathlib import Path

import click
import pytest

from aidigest.cli import main
from aidigest.logs import Event

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
DECISIONS = sorted(ROOT.glob("docs/decisions/[0-9]*.md"))


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    """Help that is written twice drifts; `make docs` writes it anew."""
    commands_page = runpy.run_path(str(ROOT / "docs/commands.py"))["commands_page"]

    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == commands_page()


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


@pytest.mark.parametrize("event", Event)
def test_every_event_has_its_line(event: Event) -> None:
    """Operators write alarms by these names."""
    page = (ROOT / "docs/events.md").read_text(encoding="utf-8")

    assert f"| `{event}` |" in page


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_asks_and_answers(page: Path) -> None:
    """The title is the question, the first line the answer."""
    title, blank, answer, *_ = page.read_text(encoding="utf-8").splitlines()

    assert re.fullmatch(r"# .+\?", title)
    assert blank == ""
    assert answer


def test_every_decision_is_in_the_list() -> None:
    """A page nobody links to is not read."""
    listed = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")

    assert [page.name for page in DECISIONS if f"({page.name})" not in listed] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_of_a_page_leads_nowhere(page: Path) -> None:
    """Files move; links should be moved with them."""
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", text)
    relative = [a or b for a, b in targets if "://" not in (a or b)]

    assert [target for target in relative if not (page.parent / target).exists()] == []
