"""What README and the tutorial tell one to type works as it stands there.

Blocks of `console` are typed into one bash, in order; output that the page shows is
compared, `…` standing for anything. Other blocks are files, named in the line above;
where that line says "change", the keys of the block are replaced in the file. Blocks of
`text` are only looked at. Nothing leaves the machine: what pip would download is lent.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docpages import DOCS, ROOT, Command, Fence, commands, fences, name
from installing import OFFLINE, lent
from ports import free_port

#: Ports that the pages name; another run may use them at the same time.
PORTS = ("8001", "1025")
MARK = "\x1e"

PRELUDE = r"""
set -eu
trap 'trap "" TERM; kill 0' EXIT  # What was left running, and this alone: it is a group of its own.
python3() {
  command python3 "$@"
  case "$*" in "-m venv "*) (cd "$3"/lib/python*/site-packages && echo "$LENT" > lent.pth) ;; esac
}
answers() {
  for _ in $(seq 100); do (: < "/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done
  echo "nothing answers at port $1"; return 1
}
"""


def script(page: Path, typed: list[Command]) -> str:
    """Return the page as a script; each command is put on the list, and marked in the output."""
    lines = [PRELUDE]
    for fence in fences(page):
        if fence.language == "console":
            for command in commands(fence):
                lines += [f"printf '{MARK}%s\\n' {len(typed)}", *_typed(command)]
                typed.append(command)
        elif fence.language != "text":
            lines += _file(fence)
    return "\n".join((*lines, f"printf '{MARK}end\\n'\n"))


def _typed(command: Command) -> Iterator[str]:
    yield command.line
    if command.line.endswith("&"):
        # A person takes longer to go on than a server to start.
        yield from (f"answers {port}" for port in PORTS if port in command.line)


def _file(fence: Fence) -> Iterator[str]:
    path = re.findall(r"`([^`]+)`", fence.before)[-1]
    if not re.search(r"\bchange\b", fence.before):
        yield f'mkdir -p "$(dirname {path})"'
        yield f"cat > {path} <<'THE-END'\n{fence.text}\nTHE-END"
        return
    for line in fence.text.splitlines():
        key = line.partition(" = ")[0]
        yield f"grep -q '^{key} = ' {path}"
        yield f"sed 's|^{key} = .*|{line}|' {path} > changed; mv changed {path}"


def renumbered(text: str, ports: dict[str, str]) -> str:
    """Return the text with other ports, all at once: a new one may look like part of an old one."""
    return re.sub(rf"\b(?:{'|'.join(ports)})\b", lambda found: ports[found[0]], text)


def clone(folder: Path) -> Path:
    """Copy what a clone would have, with an environment that make finds complete."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "var", "demo", "dist", "site", "build")
    shutil.copytree(ROOT, folder, ignore=left_out)
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(Path(sys.executable).parent)
    (folder / ".venv/.installed").touch()
    return folder


def test_a_new_port_that_holds_an_old_one_is_left_alone() -> None:
    """The system may lend 10259: replacing 1025 in it gave an address that no server has."""
    assert renumbered("a:8001 b:1025", {"8001": "10259", "1025": "54797"}) == "a:10259 b:54797"


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("bash") is None, reason="the pages are typed into bash")
@pytest.mark.skipif(shutil.which("make") is None, reason="README begins with make")
@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "tutorial/first-digest.md"], ids=name)
def test_what_the_page_tells_one_to_type_works(page: Path, tmp_path: Path) -> None:
    """Who follows a page to the letter must arrive."""
    typed: list[Command] = []
    text = script(page, typed)
    ports = {port: str(free_port()) for port in PORTS}
    text = renumbered(text, ports)
    (tmp_path / "home").mkdir()
    environment = {
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "LENT": str(lent(tmp_path / "lent")),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        **OFFLINE,
    }

    with (tmp_path / "screen").open("w+", encoding="utf-8") as screen:
        ran = subprocess.run(  # noqa: S603 - Ours.
            ["bash", "-c", text],  # noqa: S607 - Whichever comes first.
            cwd=clone(tmp_path / "clone"),
            env=environment,
            stdout=screen,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            timeout=540,
            check=False,
        )
        screen.seek(0)
        told = screen.read()

    assert ran.returncode == 0, told
    shown_ports = {free: port for port, free in ports.items()}
    for number, command in enumerate(typed):
        said = renumbered(told.partition(f"{MARK}{number}\n")[2].partition(MARK)[0], shown_ports)
        shown = re.escape(command.shown).replace("…", ".*")
        assert not command.shown or re.search(rf"\A\s*{shown}", said, re.DOTALL), (command, said)
