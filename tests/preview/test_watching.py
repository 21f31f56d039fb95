"""What an open preview takes for a change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from aidigest.preview.watching import HomeWatch
from homes import make_home, run


def save_template(home: Path) -> None:
    """Write a template of the home's own."""
    (home / "templates" / "daily").mkdir(parents=True)
    (home / "templates" / "daily" / "subject.txt").write_text("Words", encoding="utf-8")


def save_config(home: Path) -> None:
    """Change the config."""
    main = home / "config" / "aidigest.toml"
    main.write_text(main.read_text("utf-8") + "# More.\n", encoding="utf-8")


def add_reader(home: Path) -> None:
    """Change the data, as another process does."""
    assert run(home, "subscribers", "add", "an@example.org").exit_code == 0


@pytest.mark.parametrize("change", [save_template, save_config, add_reader])
def test_a_change_shows(tmp_path: Path, change: Callable[[Path], None]) -> None:
    """Of templates, config and data."""
    home = make_home(tmp_path / "home")
    with HomeWatch(home, {}) as watch:
        before = [watch.version() for _ in range(3)]
        change(home)
        after = watch.version()

    assert len(set(before)) == 1
    assert after != before[0]


def test_data_elsewhere_is_watched_too(tmp_path: Path) -> None:
    """DATABASE_URL may name a file, or a server, far from the home."""
    home = make_home(tmp_path / "home")
    with (home / ".env").open("a", encoding="utf-8") as file:
        file.write(f"DATABASE_URL=sqlite:///{tmp_path / 'elsewhere.db'}\n")
    with HomeWatch(home, {}) as watch:
        before = watch.version()
        add_reader(home)

        assert watch.version() != before


def test_a_broken_config_shows_and_so_does_its_repair(tmp_path: Path) -> None:
    """The page says what is wrong, and must come back by itself."""
    home = make_home(tmp_path / "home")
    main = home / "config" / "aidigest.toml"
    good = main.read_text("utf-8")
    with HomeWatch(home, {}) as watch:
        first = watch.version()
        main.write_text("[site", encoding="utf-8")
        broken = watch.version()
        main.write_text(good, encoding="utf-8")
        mended = watch.version()

    assert len({first, broken, mended}) == 3


def test_data_is_watched_once_the_look_is_there_that_the_config_names(tmp_path: Path) -> None:
    """Whoever makes a look may well begin with the config."""
    home = make_home(tmp_path / "home")
    main = home / "config" / "aidigest.toml"
    main.write_text(main.read_text("utf-8") + 'look = "ours"\n', encoding="utf-8")
    with HomeWatch(home, {}) as watch:
        watch.version()
        (home / "templates" / "ours").mkdir(parents=True)
        (home / "templates" / "ours" / "email.html").write_text("Words", encoding="utf-8")
        mended = watch.version()
        add_reader(home)

        assert watch.version() != mended
