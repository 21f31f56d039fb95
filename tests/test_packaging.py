"""The wheel holds all that an installed program needs, built without a network."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(  # noqa: S603  # Our own interpreter and arguments.
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def wheel_names(built: Path) -> frozenset[str]:
    """Return the paths inside the wheel."""
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        return frozenset(wheel.namelist())


@pytest.mark.parametrize("folder", ["templates", "config"])
def test_the_wheel_carries_what_maintainers_edit(wheel_names: frozenset[str], folder: str) -> None:
    """`aidigest init` and the shipped look must work far from the source."""
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    expected = {f"aidigest/shipped/{path.relative_to(ROOT)}" for path in files}

    assert expected
    assert expected <= wheel_names


def test_the_wheel_carries_every_module_and_its_data(wheel_names: frozenset[str]) -> None:
    """The demo's outlets and the database's migrations are data of the package."""
    source = ROOT / "src"
    files = [
        path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]

    assert {str(path.relative_to(source)) for path in files} <= wheel_names


def test_the_wheel_carries_no_tests(wheel_names: frozenset[str]) -> None:
    """They would be installed for everybody, under a name that clashes."""
    assert not [name for name in wheel_names if name.startswith("tests/")]


def test_the_source_distribution_can_run_its_tests(built: Path) -> None:
    """Who packages the program for a system wants to test it first."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"tests/test_packaging.py", "Makefile", "README.md", "config/topics.toml"} <= names
