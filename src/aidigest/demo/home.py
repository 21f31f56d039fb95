"""The demo's home: a folder made anew on each run, and only ever a folder of its own."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from aidigest.demo.outlets import Outlet
from aidigest.errors import Problem, SettingsError

#: The file by which a later run knows that the folder is the demo's to remove.
MARKER = "made-by-aidigest-demo"

_MARKER_TEXT = "`aidigest demo` made this folder and empties it when it runs again.\n"

_AIDIGEST_TOML = """\
[site]
name = "aidigest demo"
base_url = "http://127.0.0.1:8000"
from = "The Daily Digest <digest@aidigest.example>"
reply_to = "editor@aidigest.example"
postal_address = "1 Example Street, Exampleville"

[fetch]
allow_private = true

[[digests]]
id = "daily"
title = "The Daily Digest"
schedule = "0 7 * * *"
timezone = "Asia/Ho_Chi_Minh"
language = "en"
"""

_ENV = """\
SMTP_URL={smtp_url}
AIDIGEST_SECRET_KEY=nothing-secret-about-a-demo
"""


def clear_home(home: Path) -> None:
    """Make the folder, or empty one that an earlier run made; raise SettingsError for any other."""
    if home.exists() and not (home / MARKER).is_file() and any(home.iterdir()):
        problem = Problem(
            where=str(home),
            what="is not empty and was not made by the demo; name another folder with --dir",
        )
        raise SettingsError((problem,))
    home.mkdir(parents=True, exist_ok=True)
    (home / MARKER).write_text(_MARKER_TEXT, encoding="utf-8")
    for child in home.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        elif child.name != MARKER:
            child.unlink()


def write_config(home: Path, outlets: Iterable[Outlet], *, feeds_at: str, smtp_url: str) -> None:
    """Write the config and `.env` of a home that polls *feeds_at* and mails to *smtp_url*."""
    config = home / "config"
    config.mkdir()
    (config / "aidigest.toml").write_text(_AIDIGEST_TOML, encoding="utf-8")
    feeds = "\n".join(_feed_table(outlet, feeds_at) for outlet in outlets)
    (config / "feeds.toml").write_text(feeds, encoding="utf-8")
    (home / ".env").write_text(_ENV.format(smtp_url=smtp_url), encoding="utf-8")


def feed_path(outlet: Outlet) -> str:
    """Return the path of the outlet's feed on the demo's server."""
    return f"/{outlet.slug}"


def _feed_table(outlet: Outlet, feeds_at: str) -> str:
    values = {
        "url": feeds_at + feed_path(outlet),
        "title": outlet.title,
        "language": outlet.language,
        "about": outlet.about,
    }
    # A JSON string in Unicode is a TOML string, too.
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
    return "\n".join(("[[feeds]]", *lines, ""))
