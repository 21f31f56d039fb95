"""The page on privacy: what it says of keeping is what is kept."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from aidigest.adapters.database import Rights, Signups
from aidigest.core.readers.joining import CONFIRM_WITHIN, Askers, Asking
from homes import make_home, run

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "privacy.md").read_text(encoding="utf-8")
NOW = datetime(2026, 9, 14, tzinfo=UTC)


def test_an_asking_is_kept_for_as_long_as_the_page_says(engine: Engine) -> None:
    """Operators tell their readers what they read here."""
    said = re.search(
        r"asking on the web.*\| (\d+) days later; it can be confirmed for (\d+) ", PAGE
    )
    assert said is not None
    kept, confirmed = (timedelta(days=int(number)) for number in said.groups())
    asking = Asking(address="linh@example.org", language="en", digests=("daily",), text="x")
    signups = Signups(engine)
    signups.ask(asking, Askers(address="a", network="n"), now=NOW)

    signups.forget_old(now=NOW + kept)
    until = Rights(engine).dossier("linh@example.org")
    signups.forget_old(now=NOW + kept + timedelta(seconds=1))
    after = Rights(engine).dossier("linh@example.org")

    assert (list(until), list(after)) == (["signups"], [])
    assert confirmed == CONFIRM_WITHIN


def test_every_folder_that_has_an_address_in_it_is_on_the_page(tmp_path: Path) -> None:
    """Erasing looks into the database only, so an operator must know of the others."""
    home = make_home(tmp_path / "home")
    run(home, "subscribers", "add", "linh@example.org")
    run(home, "send", "--dry-run")

    files = [path for path in (home / "var").glob("*/**/*") if path.is_file()]
    named = {path.relative_to(home).parts[1] for path in files if b"linh@" in path.read_bytes()}

    assert named == {"outbox"}
    assert all(f"`var/{name}/`" in PAGE for name in named)
