"""What people may ask of us: everything about them, and to be forgotten."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from aidigest.adapters.database.tables import metadata
from aidigest.app import App
from aidigest.core.readers.rights import hashed_address
from homes import make_home, run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one reader."""
    folder = make_home(tmp_path / "home")
    assert run(folder, "subscribers", "add", "Linh@example.org", "--name", "Linh").exit_code == 0
    return folder


def test_a_person_gets_all_that_is_kept_about_them(home: Path) -> None:
    """Whatever way the address is written."""
    done = run(home, "subscribers", "export-person", "linh@EXAMPLE.org")
    nobody = run(home, "subscribers", "export-person", "nobody@example.org")

    found = json.loads(done.stdout)
    assert found["subscribers"][0]["name"] == "Linh"
    assert found["subscriptions"][0]["digest_id"] == "daily"
    assert nobody.exit_code == 2


def test_erasing_leaves_a_hash_and_nothing_else(home: Path) -> None:
    """No table holds the address afterwards, and no list brings the person back to the mail."""
    done = run(home, "subscribers", "erase", "linh@example.org", "--yes")
    with App.open(home, {}) as app, app.engine.connect() as connection:
        rows = [
            str(row)
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
    again = run(home, "subscribers", "add", "LINH@example.org")

    assert done.exit_code == 0, done.output
    assert not [row for row in rows if "linh" in row.casefold()]
    assert sum(hashed_address("linh@example.org") in row for row in rows) == 1
    assert "nothing is sent there: erased" in again.stdout


def test_erasing_asks_first(home: Path) -> None:
    """It cannot be undone."""
    done = run(home, "subscribers", "erase", "linh@example.org", stdin="n\n")

    assert done.exit_code == 1
    assert run(home, "subscribers", "export-person", "linh@example.org").exit_code == 0


def test_who_was_erased_can_be_written_to_again_when_they_wish(home: Path) -> None:
    """The hash is lifted by the address it was made of."""
    run(home, "subscribers", "erase", "linh@example.org", "--yes")

    lifted = run(home, "subscribers", "unsuppress", "linh@example.org")

    assert lifted.exit_code == 0
    assert run(home, "subscribers", "export-person", "linh@example.org").exit_code == 2


def test_suppressions_travel_between_senders(home: Path, tmp_path: Path) -> None:
    """Out and in again: hashes, too, and a spreadsheet runs nothing of it."""
    run(home, "subscribers", "suppress", "bob@example.org", "--reason", "=HYPERLINK(1)")
    run(home, "subscribers", "erase", "linh@example.org", "--yes")
    written = run(home, "subscribers", "export-suppressions").stdout
    other = make_home(tmp_path / "other")

    read = run(other, "subscribers", "import-suppressions", "-", stdin=written)
    twice = run(other, "subscribers", "import-suppressions", "-", stdin=written)
    added = run(other, "subscribers", "add", "linh@example.org")

    assert "'=HYPERLINK(1)" in written
    assert read.stdout == "2 suppressed, 0 known already, 0 rows left out.\n"
    assert twice.stdout.startswith("0 suppressed, 2 known already")
    assert "nothing is sent there" in added.stdout
    assert run(other, "subscribers", "export-suppressions").stdout.count("=HYPERLINK") == 1


def test_bad_rows_of_a_list_are_named_and_the_others_kept(home: Path) -> None:
    """As with lists of readers."""
    rows = "address,reason,since\nno address\na@b.example,,yesterday\nc@d.example\nsha256:12,x,\n"

    done = run(home, "subscribers", "import-suppressions", "-", stdin=rows)

    assert done.exit_code == 1
    assert done.stdout == "1 suppressed, 0 known already, 3 rows left out.\n"
    assert [line.partition(": ")[2][:6] for line in done.stderr.splitlines()] == [
        "-:2: '",
        "-:3: I",
        "-:5: '",
    ]


def test_a_huge_cell_in_a_list_costs_its_own_row_only(home: Path) -> None:
    """Python's reader refuses it; an operator wants to know the line."""
    rows = f"a@b.example\n{'x' * 140_000}\nc@d.example\n"

    done = run(home, "subscribers", "import-suppressions", "-", stdin=rows)

    assert done.exit_code == 1
    assert done.stdout == "2 suppressed, 0 known already, 1 row left out.\n"
    assert "-:2: this cannot be read" in done.stderr
