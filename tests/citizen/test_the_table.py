"""The published table says what the suite tests, rule by rule."""

import importlib.util
from pathlib import Path
from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs"


def writer() -> ModuleType:
    """Load the script that writes the table."""
    spec = importlib.util.spec_from_file_location("feed_citizen", DOCS / "feed_citizen.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_suite_says() -> None:
    """A rule without a test, or a test that nobody hears of, would be an empty promise."""
    page = writer().page()

    assert page == (DOCS / "feed-citizen.md").read_text(encoding="utf-8"), "run `make docs`"
    assert [line.split(" ")[1] for line in page.splitlines() if line.startswith("| T")] == [
        f"T{number}" for number in range(1, 53)
    ]
