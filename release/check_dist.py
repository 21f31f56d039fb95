"""Installs dist/ into empty environments of every Python there is, and does the whole job there.

`make check-dist` runs it. Interpreters are those on the PATH, those that pyenv keeps, and what uv
can fetch; a version that is nowhere is named, and fails the check only with `--all`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERSIONS = ("3.11", "3.12", "3.13")
#: Newer ones are tried where they are there; what fails with them is known early.
NEWER = ("3.14",)

_PATIENCE_S = 600


def main() -> None:
    """Check the wheel on every version, and the source distribution on one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--all", action="store_true", help="Fail if a version is not here.")
    wanted = options.parse_args()
    (wheel,), (source,) = (list((ROOT / "dist").glob(kind)) for kind in ("*.whl", "*.tar.gz"))
    missing = []
    for version in (*VERSIONS, *NEWER):
        python = find(version)
        if python is None:
            missing += [version] if version in VERSIONS else []
            continue
        check(python, wheel)
    check(sys.executable, source)
    print(f"not checked, for want of an interpreter: {', '.join(missing) or 'none'}")
    if missing and wanted.all:
        sys.exit(1)


def find(version: str) -> str | None:
    """Return an interpreter of that version, or None where there is none to be had."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    near = (*sorted(kept.glob(f"{version}.*/bin/python")), shutil.which(f"python{version}"))
    for python in near:
        if python and _is(python, version):
            return str(python)
    # It fetches one from the project that builds them, where that can be reached.
    uv = [sys.executable, "-m", "uv", "python"]
    try:
        _run([*uv, "install", "--quiet", version], timeout=60)
        return _run([*uv, "find", "--managed-python", version], timeout=30).strip()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None


def check(python: str, dist: Path) -> None:
    """Install one file with nothing else, and make a home and a day's mail with it."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder)
        _run([python, "-m", "venv", str(empty / "venv")])
        installed = empty / "venv" / "bin" / "python"
        _run([str(installed), "-m", "pip", "install", "--quiet", str(dist)])
        aidigest = str(empty / "venv" / "bin" / "aidigest")
        said = _run([aidigest, "--version"], folder=empty).strip()
        _run([aidigest, "init", "home"], folder=empty)
        _run([aidigest, "--home", "home", "migrate"], folder=empty)
        _run([aidigest, "demo"], folder=empty)
        mails = len(list(empty.glob("demo/**/*.eml")))
    print(f"{said}, from {dist.name}, on {_name(python)}: {mails} mails of the demo", flush=True)
    if not mails or said.partition(" ")[2] not in dist.name:
        sys.exit(f"{dist.name} does not do its job on {python}")


def _is(python: str | Path, version: str) -> bool:
    try:
        return _name(str(python)).startswith(f"Python {version}.")
    except (OSError, subprocess.CalledProcessError):
        return False  # A shim of pyenv that leads nowhere, say.


def _name(python: str) -> str:
    words = [python, "--version"]
    done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603 - As above.
    return done.stdout.strip()


def _run(words: Sequence[str], *, folder: Path | None = None, timeout: int = _PATIENCE_S) -> str:
    done = subprocess.run(  # noqa: S603 - Interpreters that were found, and our own arguments.
        words, cwd=folder, timeout=timeout, check=False, capture_output=True, text=True
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="", file=sys.stderr)
        done.check_returncode()
    return done.stdout


if __name__ == "__main__":
    main()
