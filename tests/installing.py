"""What an installation would fetch, lent from where the tests run: pages are followed offline."""

import subprocess
import sys
from pathlib import Path

import pytest

from docpages import ROOT

#: For pip: whatever is needed is here already.
OFFLINE = {
    "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this one the other way round.
    "PIP_NO_DEPS": "1",
    "PIP_NO_INDEX": "1",
}


def lent(folder: Path) -> Path:
    """Lend what this environment has installed, but for the program itself."""
    folder.mkdir()
    installed = Path(pytest.__file__).parents[1]
    for path in installed.iterdir():
        if "aidigest" not in path.name and path.suffix != ".pth":
            (folder / path.name).symlink_to(path)
    return folder


def build(folder: Path) -> Path:
    """Build the wheel and the source distribution into a folder."""
    subprocess.run(  # noqa: S603 - Our own interpreter and arguments.
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder
