"""`aidigest clients`, and the facts that it fetches into a home."""

import json
from pathlib import Path

import pytest

from homes import make_home, run
from httpserver import Answer, running

FACTS = {"data": [{"slug": "css-float", "last_test_date": "2026-01-02", "stats": {}}]}


@pytest.mark.parametrize("damaged", [b'source = "cut', b"\xff", b'source = "x"\n'])
def test_a_damaged_table_is_named_and_can_be_fetched_anew(tmp_path: Path, damaged: bytes) -> None:
    """It may have been cut short by a full disk; the error is the manual."""
    home = make_home(tmp_path / "home")
    table = home / "var" / "clients.toml"
    table.parent.mkdir(exist_ok=True)
    table.write_bytes(damaged)

    with running() as server:
        url = server.script("/facts", Answer(body=json.dumps(FACTS).encode()))
        before = run(home, "clients")
        refreshed = run(home, "clients", "--refresh", "--source", url)
        after = run(home, "clients")

    assert before.exit_code == 2
    assert "clients.toml" in before.stderr
    assert "aidigest clients --refresh" in before.stderr
    assert (refreshed.exit_code, after.exit_code) == (0, 0)
    assert "2026-01-02" in after.stdout
    assert [path.name for path in table.parent.glob("clients*")] == ["clients.toml"]


def test_the_table_is_replaced_and_never_written_over(tmp_path: Path) -> None:
    """Who reads it meanwhile, or finds it after a power cut, has the old one whole."""
    home = make_home(tmp_path / "home")
    table, open_elsewhere = home / "var" / "clients.toml", tmp_path / "same file"
    table.parent.mkdir(exist_ok=True)
    table.write_text("the old one")
    open_elsewhere.hardlink_to(table)

    with running() as server:
        url = server.script("/facts", Answer(body=json.dumps(FACTS).encode()))
        run(home, "clients", "--refresh", "--source", url)

    assert open_elsewhere.read_text() == "the old one"
    assert "2026-01-02" in table.read_text("utf-8")
