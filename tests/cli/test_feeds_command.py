"""What `feeds` writes can be read again."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from aidigest.cli import main
from aidigest.settings import load_settings

OPML = """<opml version="2.0"><head/><body>
<outline text="One" xmlUrl="https://one.example.org/rss" language="en_US"/>
<outline text="A &quot;quoted&quot; \\ title&#127;" xmlUrl="https://two.example.org/rss"
  language="English"/>
</body></opml>"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home as `init` makes it."""
    folder = tmp_path / "home"
    made = CliRunner().invoke(main, ["init", str(folder)])
    assert made.exit_code == 0, made.output
    return folder


def test_an_imported_list_leaves_a_config_that_loads(home: Path, tmp_path: Path) -> None:
    """Other readers write languages and titles that TOML and we do not take as they are."""
    before = len(load_settings(home, {}).feeds)
    (tmp_path / "list.opml").write_text(OPML, encoding="utf-8")

    done = CliRunner().invoke(
        main, ["--home", str(home), "feeds", "import-opml", str(tmp_path / "list.opml")]
    )

    assert done.exit_code == 0, done.output
    added = load_settings(home, {}).feeds[before:]
    assert [feed.language for feed in added] == ["en-us", "en"]
    assert added[1].title == 'A "quoted" \\ title'
