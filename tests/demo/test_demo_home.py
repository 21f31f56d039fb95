"""The demo empties only a folder that it made."""

import tomllib
from pathlib import Path

import pytest

from aidigest.demo.home import MARKER, clear_home, write_config
from aidigest.demo.outlets import outlets
from aidigest.errors import SettingsError


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    """An empty folder is all that the demo needs."""
    home = tmp_path / "deep" / "demo"

    clear_home(home)

    assert [path.name for path in home.iterdir()] == [MARKER]


def test_the_folder_of_an_earlier_run_is_emptied(tmp_path: Path) -> None:
    """Each run begins afresh, or the second one would have no news."""
    clear_home(tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "aidigest.db").touch()

    clear_home(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [MARKER]


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    """A typo in --dir must not cost anybody their files."""
    precious = tmp_path / "thesis.txt"
    precious.touch()

    with pytest.raises(SettingsError, match="was not made by the demo"):
        clear_home(tmp_path)

    assert precious.exists()


def test_what_a_link_points_to_is_left_alone(tmp_path: Path) -> None:
    """Emptying the home removes the link, not what is behind it."""
    precious = tmp_path / "outside" / "thesis.txt"
    precious.parent.mkdir()
    precious.touch()
    home = tmp_path / "demo"
    clear_home(home)
    (home / "link").symlink_to(precious.parent)

    clear_home(home)

    assert precious.exists()


def test_the_config_lists_every_outlet(tmp_path: Path) -> None:
    """Titles have letters and quotes of their own; TOML must give them back."""
    clear_home(tmp_path)

    write_config(tmp_path, outlets(), feeds_at="http://127.0.0.1:1", smtp_url="smtp://127.0.0.1:2")

    tables = tomllib.loads((tmp_path / "config" / "feeds.toml").read_text(encoding="utf-8"))
    assert [table["title"] for table in tables["feeds"]] == [o.title for o in outlets()]
