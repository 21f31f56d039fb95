"""Homes to run the real program in."""

from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from aidigest.cli import main

#: A Monday morning in Saigon.
NOW = "2026-09-14T07:00:00+07:00"

_MAIN = """
[site]
name = "Example News"
base_url = "https://digest.example.org"
from = "Example News <news@example.org>"
reply_to = "editor@example.org"

[fetch]
allow_private = true

[[digests]]
id = "daily"
title = "The Daily"
schedule = "0 7 * * *"
timezone = "Asia/Ho_Chi_Minh"
"""

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Harbor Wire</title>
<item><guid>1</guid><title>Northwind releases the Kestrel language model</title>
<link>https://wire.example/kestrel</link>
<pubDate>Sun, 13 Sep 2026 14:10:00 +0000</pubDate>
<description>The open-weight model reads 40 languages. Northwind trained it.</description>
</item>
<item><guid>2</guid><title>Ai là người thắng giải cờ làng?</title>
<link>https://wire.example/chess</link>
<pubDate>Sun, 13 Sep 2026 13:00:00 +0000</pubDate>
<description>Giải cờ làng năm nay có 40 người chơi.</description></item>
</channel></rss>"""


#: The feed, some hours later.
NEWER_RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Harbor Wire</title>
<item><guid>3</guid><title>Copper Labs opens a school for machine learning</title>
<link>https://wire.example/school</link>
<pubDate>Mon, 14 Sep 2026 00:10:00 +0000</pubDate></item></channel></rss>"""


def make_home(
    folder: Path, *, feeds: Mapping[str, str] | None = None, smtp_url: str = "smtp://localhost:1"
) -> Path:
    """Write a home.

    Args:
        folder: Where to.
        feeds: Titles by address.
        smtp_url: The relay's.
    """
    config = folder / "config"
    config.mkdir(parents=True)
    (config / "aidigest.toml").write_text(_MAIN, encoding="utf-8")
    tables = [
        f'[[feeds]]\nurl = "{url}"\ntitle = "{title}"' for url, title in (feeds or {}).items()
    ]
    (config / "feeds.toml").write_text("\n".join(tables), encoding="utf-8")
    env = f"SMTP_URL={smtp_url}\nAIDIGEST_SECRET_KEY=key-of-the-tests\nAIDIGEST_NOW={NOW}\n"
    (folder / ".env").write_text(env, encoding="utf-8")
    return folder


def run(home: Path, *words: str, stdin: str | None = None) -> Result:
    """Run a command in a home; standard output and error are kept apart."""
    return CliRunner().invoke(main, ["--home", str(home), *words], input=stdin)
