"""The commands of the pages on deployment lead from a bare machine to a home.

Neither a container nor a machine of its own is at hand: `/` is a folder, what only a whole
machine has (`apt-get`, `systemctl`) is left out, and who the page says acts is who acts, if
the tests are root's.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from docpages import DOCS, commands, fences, file_on
from installing import OFFLINE, build, lent

DOCKER, HEROKU, SYSTEMD = (DOCS / f"how-to/{name}.md" for name in ("docker", "heroku", "systemd"))
UNITS = ("aidigest-worker.service", "aidigest-web.service")
PATIENCE_S = 120

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="they are typed into bash")

#: Users are added to the folder's own files; a service must at least have its unit.
PRELUDE = r"""
set -eu
apt-get() { test "$*" = "install python3-venv"; }
useradd() { if [ "$(id -u)" = 0 ]; then command useradd --prefix "$ROOT" "${@//$ROOT/}"; fi; }
systemctl() {
  for word in "$@"; do
    case "$word" in aidigest-*) ls "$ROOT/etc/systemd/system/$word.service" ;; esac
  done
}
journalctl() { test "$1" = -u; ls "$ROOT/etc/systemd/system/$2.service"; }
python3() {
  "$PYTHON" "$@"
  case "$*" in "-m venv "*) (cd "$3"/lib/python*/site-packages && echo "$LENT" > lent.pth) ;; esac
}
runuser() {
  test "$1 $2 $3" = "-u aidigest --"; shift 3
  if [ "$(id -u)" != 0 ]; then "$@"; return; fi
  user=$(grep ^aidigest: "$ROOT/etc/passwd" | cut -d: -f3)
  chown -R "$user" "$ROOT/var/lib/aidigest"
  setpriv --reuid "$user" --regid "$user" --clear-groups -- "$@"
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A folder that stands for a machine."""

    root: Path
    python: str

    def type(self, lines: str, *, folder: str = "src") -> str:
        """Type lines into a shell there, and return all that it said."""
        outer = r"(?<![\w.*/$-])/(?=(?:etc|tmp|opt|home|var)\b)"
        environ = {
            "HOME": str(self.root / "home"),
            "LANG": "C.UTF-8",
            "LENT": str(self.root / "lent"),
            "PATH": os.environ["PATH"],
            "PYTHON": self.python,
            "ROOT": str(self.root),
            **OFFLINE,
        }
        done = subprocess.run(  # noqa: S603 - Ours.
            ["bash", "-c", f"{PRELUDE}\n{re.sub(outer, f'{self.root}/', lines)}"],  # noqa: S607 - Any.
            cwd=self.root / folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Return a machine that any user may enter, with the few files of a bare one."""
    python = everybodys_python()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        for name in ("etc/systemd/system", "tmp", "opt", "home", "var/lib", "src"):
            (root / name).mkdir(parents=True)
        for name in ("passwd", "group", "shadow", "gshadow", "login.defs"):
            (root / "etc" / name).touch()
        lent(root / "lent")
        yield Machine(root=root, python=python)


def everybodys_python() -> str:
    """Return a Python like ours that any user may start; skip where ours is root's own."""
    same = f"python3.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(same, path="/usr/local/bin:/usr/bin")):
        if python and _is_for_all(python):
            return python
    pytest.skip("nobody but root may start this Python, or read what is installed for it")


def _is_for_all(python: str) -> bool:
    user = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None
    environ = {"PYTHONPATH": str(Path(pytest.__file__).parents[1])}
    try:
        subprocess.run([python, "-c", "import click"], user=user, env=environ, check=True)  # noqa: S603 - An interpreter.
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what `make dist` builds."""
    (found,) = build(tmp_path_factory.mktemp("dist")).glob("*.whl")
    return found


def test_the_page_on_systemd_leads_from_a_bare_machine_to_a_home(
    machine: Machine, wheel: Path
) -> None:
    """The program is root's, the home is the user's, and neither stands in the other's way."""
    for name in UNITS:
        text = file_on(SYSTEMD, name)
        (machine.root / "etc/systemd/system" / name).write_text(text, encoding="utf-8")
    typed = [
        command.line
        for fence in fences(SYSTEMD)
        if fence.language == "console"
        for command in commands(fence)
    ]
    # The doctor finds no relay here, and says so.
    steps = [f"{line} || true" if line.endswith("doctor") else line for line in typed]

    shutil.copy(wheel, machine.root / "src")

    said = machine.type("\n".join(steps).replace("/path/to/the/clone/dist/", ""))

    home = machine.root / "var/lib/aidigest/digest"
    assert "Made " in said
    assert "Traceback" not in said
    assert (home / "config/aidigest.toml").is_file()
    assert os.getuid() != 0 or (home / ".env").stat().st_uid != 0


def test_the_image_of_the_page_holds_a_program_that_starts(machine: Machine, wheel: Path) -> None:
    """Without git, without the sources, and with the version it was built as."""
    shutil.copy(wheel, machine.root / "src")
    machine.type("python3 -m venv /opt/image")
    dockerfile = file_on(DOCKER, "Dockerfile").replace("\\\n", " ").splitlines()
    steps = [line.partition(" ") for line in dockerfile]

    for instruction, _, words in steps:
        if instruction == "COPY":
            machine.type(f"cp {words}")
        elif instruction == "RUN":
            machine.type(f"PATH=/opt/image/bin:$PATH\n{words}")

    version = machine.type("/opt/image/bin/aidigest --version").split()[1]
    assert f"-{version}-" in wheel.name
    assert not list((machine.root / "tmp").iterdir())


def test_what_is_secret_stays_out_of_the_repository_of_the_home(
    machine: Machine, wheel: Path
) -> None:
    """The page commits everything and pushes it to a platform, which installs and migrates."""
    if shutil.which("git") is None:
        pytest.skip("git is not here: apt-get install git")
    first = next(one for one in fences(HEROKU) if one.language == "console").text
    machine.type(f"PATH={Path(sys.executable).parent}:$PATH\n{first.removeprefix('$ ')}")
    home = machine.root / "src/digest"
    required = re.sub(r"aidigest-[^\[]+", wheel.name, file_on(HEROKU, "requirements.txt"))
    (home / "requirements.txt").write_text(required, encoding="utf-8")
    shutil.copy(wheel, home)

    said = machine.type(
        """
        python3 -m venv /opt/dyno
        /opt/dyno/bin/pip install --quiet -r requirements.txt
        /opt/dyno/bin/aidigest migrate
        git add . && git ls-files
        """,
        folder="src/digest",
    )

    assert "config/aidigest.toml" in said
    assert not re.search(r"^(?:\.env|var/)", said, re.MULTILINE)
