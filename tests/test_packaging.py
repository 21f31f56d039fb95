"""The wheel holds all that an installed program needs, built without a network."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from aidigest.cli import main
from installing import build
from notices import everything, unclear

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel and the source distribution."""
    return build(tmp_path_factory.mktemp("dist"))


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


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return the smallest repository that builds as we do."""
    for name in ("pyproject.toml", "README.md", "LICENSE", "THIRD-PARTY.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "src" / "aidigest").mkdir(parents=True)
    (tmp_path / "src" / "aidigest" / "__init__.py").touch()
    for name in ("templates", "config"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept").touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message=all")
    return tmp_path


def test_a_release_has_the_version_of_its_tag(clone: Path, tmp_path: Path) -> None:
    """There is one place where a version is said; other tags say nothing about it."""
    git(clone, "tag", "v3.2.1")
    git(clone, "tag", "ready-for-review")

    released = version_of(clone)
    git(clone, "commit", "--quiet", "--allow-empty", "--message=more")

    assert released == "3.2.1"
    assert version_of(clone).startswith("3.2.2.dev1+g")


def test_a_source_distribution_keeps_its_version(clone: Path, tmp_path: Path) -> None:
    """Who unpacks it has no tags."""
    git(clone, "tag", "v3.2.1")
    hatchling(clone, "build", "-t", "sdist", "-d", "dist")
    with tarfile.open(clone / "dist" / "aidigest-3.2.1.tar.gz") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")

    assert version_of(tmp_path / "unpacked" / "aidigest-3.2.1") == "3.2.1"


def test_a_clone_without_tags_builds_all_the_same(clone: Path) -> None:
    """A shallow clone has none; a copy without git's memory knows nothing at all."""
    untagged = version_of(clone)
    shutil.rmtree(clone / ".git")

    assert untagged.startswith("0.1.dev1+g")
    assert version_of(clone) == "0.0"


def test_the_command_says_which_version_it_is() -> None:
    """The first question of whoever answers a report."""
    said = CliRunner().invoke(main, ["--version"])

    assert said.stdout == f"aidigest {metadata.version('aidigest')}\n"


def test_every_library_has_its_notice() -> None:
    """Whoever ships the program must name them; `make notices` writes the page anew."""
    page = (ROOT / "THIRD-PARTY.md").read_text(encoding="utf-8")

    assert unclear() == []
    assert [name for name in everything() if f"| {name} | " not in page] == []


def test_a_released_version_is_in_the_changelog() -> None:
    """Operators read it before they update."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone: no tags are known here")
    tags = git(ROOT, "tag", "--list", "v[0-9]*").split()
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert "## [Unreleased]" in changelog
    assert [tag for tag in tags if f"## [{tag.removeprefix('v')}]" not in changelog] == []


def version_of(folder: Path) -> str:
    """Return the version that a build there would have."""
    return hatchling(folder, "version").split()[-1]


def hatchling(folder: Path, *words: str) -> str:
    """Run our builder in a folder."""
    return subprocess.run(  # noqa: S603  # Our own interpreter and arguments.
        [sys.executable, "-m", "hatchling", *words],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as nobody in particular."""
    program = shutil.which("git")
    if program is None:
        pytest.skip("git is not here: apt-get install git")
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    return subprocess.run(  # noqa: S603  # What was found, and our own arguments.
        (program, *who, *words), cwd=folder, check=True, capture_output=True, text=True
    ).stdout
