"""Examples on any page are such as the program understands, even where no test runs them."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from aidigest.cli import main
from aidigest.core.delivery.relays import parse_smtp_url
from aidigest.settings import load_settings, shipped
from docpages import PAGES, ROOT, fences, name, without_fences

#: The changelog tells of what was, too.
TODAY = [page for page in PAGES if page.name != "CHANGELOG.md"]
SITE = """
[site]
name = "A"
base_url = "https://a.example"
from = "a@a.example"
"""
DIGEST = '\n[[digests]]\nid = "daily"\n'
#: What ends a command in a shell, or belongs to the words around it.
END = re.compile(r"\s*(?:&&|\|\|?|;|>|…|\s#\s|\.\.\.).*")


def lines(page: Path) -> Iterator[str]:
    """Yield every command line of the program that a page shows."""
    for fence in fences(page):
        if fence.language in {"console", "ini", "text", "sh"}:
            yield from re.findall(r"^.*(?<![\w-])(?<!lib/)(aidigest .*)", fence.text, re.MULTILINE)
    for words in re.findall(r"`(aidigest [^`]+)`", without_fences(page)):
        yield " ".join(words.split())


def problem(line: str) -> str | None:
    """Return what the program would not understand of a line."""
    command: click.Command = main
    words = iter(shlex.split(END.sub("", line))[1:])
    for word in words:
        if word.startswith("-"):
            option = _option(command, word.partition("=")[0])
            if option is None:
                return f"{command.name} has no option {word}"
            if isinstance(option, click.Option) and not option.is_flag and "=" not in word:
                next(words, None)
        elif isinstance(command, click.Group):
            inner = command.commands.get(word.rstrip(".,"))
            if inner is None:
                return f"{command.name} has no command {word}"
            command = inner
        elif not any(isinstance(one, click.Argument) for one in command.params):
            return f"{command.name} takes no {word}"
    return None


def _option(command: click.Command, said: str) -> click.Parameter | None:
    named = ((one, (*one.opts, *one.secondary_opts)) for one in command.params)
    return next((one for one, names in named if said in names), None)


@pytest.mark.parametrize("page", TODAY, ids=name)
def test_every_command_line_is_one_that_the_program_understands(page: Path) -> None:
    """Commands are renamed; pages are forgotten."""
    assert [found for line in lines(page) if (found := problem(line))] == []


def test_what_the_program_does_not_understand_is_seen() -> None:
    """A check that lets everything pass checks nothing."""
    assert problem("aidigest pol") == "main has no command pol"
    assert problem("aidigest send daily --too a@b.example") == "send has no option --too"
    assert problem("aidigest --home demo preview daily --out DIR && ls") is None


@pytest.mark.parametrize(
    "line",
    [
        one
        for page in PAGES
        for one in re.findall(r"`\.venv/bin/pytest ([^`]+)`", page.read_text("utf-8"))
    ],
)
def test_every_line_that_runs_tests_finds_some(line: str) -> None:
    """Tests are renamed, and a choice of none looks like a success."""
    words = shlex.split(line.replace("=N", "=1"))
    # Where no test is named, one folder stands for all of them.
    where = () if any(word.startswith("tests/") for word in words) else ("tests/core/feeds",)

    done = subprocess.run(  # noqa: S603 - Ours.
        [sys.executable, "-m", "pytest", *words, *where, "--collect-only", "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


CONFIGS = [
    pytest.param(fence.text, id=f"{name(page)}:{fence.line}")
    for page in TODAY
    for fence in fences(page)
    if fence.language == "toml" and fence.text.startswith("[")
]


@pytest.mark.parametrize("text", CONFIGS)
def test_every_example_of_config_is_read(text: str, tmp_path: Path) -> None:
    """A key that is misspelt on a page is misspelt in a hundred homes."""
    tables = tomllib.loads(text)
    config = tmp_path / "config"
    config.mkdir()
    is_main = not tables.keys() & {"feeds", "topics"}
    # Only what matters is shown of [site]; what else it needs is filled in.
    shown = re.sub(r"\[site\]\n(?:base_url = .*\n)?", "", text) if is_main else ""
    main_file = f"{SITE}{shown}{'' if 'digests' in tables else DIGEST}"
    (config / "aidigest.toml").write_text(main_file, encoding="utf-8")
    (config / "feeds.toml").write_text(text if "feeds" in tables else "", encoding="utf-8")
    topics = (shipped("config") / "topics.toml").read_text(encoding="utf-8")
    (config / "topics.toml").write_text(topics + text * ("topics" in tables), encoding="utf-8")

    assert load_settings(tmp_path, {}).home == tmp_path


@pytest.mark.parametrize("page", TODAY, ids=name)
def test_every_relay_is_written_so_that_it_is_read(page: Path) -> None:
    """A password with an @ in it is the first stumbling block of all."""
    text = page.read_text(encoding="utf-8")

    for url in re.findall(r"SMTP_URL=(smtps?://\S+)", text):
        assert parse_smtp_url(url).host


@pytest.mark.parametrize("page", TODAY, ids=name)
def test_every_example_in_json_is_json(page: Path) -> None:
    """One object, or one a line."""
    for fence in fences(page):
        if fence.language == "json" and fence.text.startswith("{"):
            parts = [fence.text] if "\n " in fence.text else fence.text.splitlines()
            assert [json.loads(part) for part in parts]


def test_the_procfile_on_the_page_is_the_programs_own() -> None:
    """Two lists of processes would soon be two lists."""
    page = (ROOT / "docs/how-to/heroku.md").read_text(encoding="utf-8")

    assert f"```text\n{(ROOT / 'Procfile').read_text(encoding='utf-8')}```" in page
