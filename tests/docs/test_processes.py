"""What the pages on deployment start comes up and ends, as a platform would have it.

In a home that `aidigest init` made, with what the page sets, and ended by SIGTERM.
"""

import configparser
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml

from aidigest.settings.environment import VARIABLES
from docpages import DOCS, ROOT, file_on
from homes import run
from ports import free_port

DOCKER, HEROKU, SYSTEMD = (DOCS / f"how-to/{name}.md" for name in ("docker", "heroku", "systemd"))
UNITS = ("aidigest-worker.service", "aidigest-web.service")
#: What Heroku gives a process to end; the other pages give more, and say how much.
GRACE_S = 10
PATIENCE_S = 60


def unit(name: str) -> configparser.ConfigParser:
    """Return a unit of systemd."""
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]  # Names keep their case.
    read.read_string(file_on(SYSTEMD, name))
    return read


def settings_of(unit: configparser.ConfigParser) -> dict[str, str]:
    """Return what a unit sets in the environment."""
    words = shlex.split(unit["Service"]["Environment"])
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def processes() -> dict[str, str]:
    """Return the commands that run until they are told to end, and who starts each.

    A variable `PORT` stands before a command that is given one.
    """
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    procfile = dict(line.split(": ", 1) for line in lines)
    found = {
        procfile["worker"]: "Procfile-worker",
        f"PORT=8000 {procfile['web']}": "Procfile-web",
    }
    for name in UNITS:
        port = "PORT=8000 " if "PORT" in settings_of(unit(name)) else ""
        start = unit(name)["Service"]["ExecStart"].rpartition("/")[2]
        found.setdefault(f"{port}{start}", name)
    for name, service in services().items():
        found.setdefault(f"aidigest {service['command']}", f"compose-{name}")
    return found


def services() -> dict[str, Any]:
    """Return the services of Docker's page."""
    found: dict[str, Any] = yaml.safe_load(file_on(DOCKER, "compose.yaml"))["services"]
    return found


@pytest.mark.parametrize("command", processes(), ids=processes().values())
def test_every_process_comes_up_and_ends_when_it_is_told_to(command: str, tmp_path: Path) -> None:
    """A platform that sees an error in each restart stops restarting."""
    home, port = tmp_path / "digest", free_port()
    made = run(tmp_path, "init", str(home), "--yes", "--no-shipped-feeds")
    variables, _, words = command.replace("8000", str(port)).partition("aidigest ")
    environ = {
        **os.environ,
        **dict(one.split("=") for one in variables.split()),
        "AIDIGEST_HOME": str(home),
        "AIDIGEST_HEALTH_PORT": str(port),
    }

    with subprocess.Popen(  # noqa: S603 - Our own interpreter; the words are the page's.
        [sys.executable, "-m", "aidigest", *words.split()], env=environ, stderr=subprocess.PIPE
    ) as running:
        try:
            is_ready = answers(f"http://127.0.0.1:{port}/readyz")
            running.send_signal(signal.SIGTERM)
            _, log = running.communicate(timeout=GRACE_S)
        finally:
            running.kill()

    assert made.exit_code == 0, made.output
    assert is_ready, log
    assert running.returncode == 0, log


def answers(url: str) -> bool:
    """Return whether somebody says there in time that all is well."""
    for _ in range(PATIENCE_S * 10):
        try:
            return urllib3.request("GET", url, retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
    return False


def test_what_is_done_before_each_start_may_be_done_again(tmp_path: Path) -> None:
    """A platform does it at each release, systemd at each restart."""
    release = re.findall(r"^release: (.+)$", (ROOT / "Procfile").read_text("utf-8"), re.MULTILINE)
    before = unit("aidigest-worker.service")["Service"]["ExecStartPre"]
    run(tmp_path, "init", "--yes", "--no-shipped-feeds")

    for line in (*release, before):
        done = run(tmp_path, *line.split()[1:])
        assert done.exit_code == 0, done.output


def test_only_variables_that_are_read_are_set() -> None:
    """One that is misspelt does nothing, silently."""
    heroku = re.findall(r"config:set (.+)", HEROKU.read_text(encoding="utf-8"))
    image = re.findall(r"^ENV (.+)$", file_on(DOCKER, "Dockerfile"), re.MULTILINE)
    named = {
        *(word.partition("=")[0] for line in (*heroku, *image) for word in line.split()),
        *(name for one in UNITS for name in settings_of(unit(one))),
        *(name for service in services().values() for name in service.get("environment", ())),
    }

    assert heroku
    assert image
    assert named <= set(VARIABLES)


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd: apt-get install systemd"
)
@pytest.mark.parametrize("name", UNITS)
def test_systemd_has_nothing_to_say_about_a_unit(name: str, tmp_path: Path) -> None:
    """It starts a unit with an unknown key all the same, only without what was meant."""
    text = file_on(SYSTEMD, name)
    program = str(Path(sys.executable).parent / "aidigest")

    assert verified(tmp_path / name, text.replace("/opt/aidigest/bin/aidigest", program)) == ""
    assert "ProtectHme" in verified(tmp_path / name, text.replace("ProtectHome", "ProtectHme"))


def verified(unit: Path, text: str) -> str:
    """Return what systemd says about a unit."""
    unit.write_text(text, encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - Our own arguments.
        ["systemd-analyze", "verify", str(unit)],  # noqa: S607 - Wherever it is.
        check=False,
        capture_output=True,
        text=True,
    )
    return "\n".join(line for line in done.stderr.splitlines() if unit.name in line)


def test_what_is_typed_into_the_container_is_understood(tmp_path: Path) -> None:
    """`docker compose run` hands its words to the program, whose name is not among them."""
    words = re.findall(
        r"docker compose run --rm worker ([^\n`]+)", DOCKER.read_text(encoding="utf-8")
    )

    assert {line.split()[0] for line in words} == {"init", "doctor", "migrate"}
    for line in words:
        home = [str(tmp_path) if word == "." else word for word in line.split()]
        done = run(tmp_path, *home)
        assert "Usage:" not in done.stderr
