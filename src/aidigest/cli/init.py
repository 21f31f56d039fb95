"""`aidigest init`."""

import secrets
import shutil
from pathlib import Path

import click

from aidigest.errors import Problem, SettingsError

_ENV = """\
# Signs the links for leaving. Whoever has it can unsubscribe anybody: keep it to yourself.
AIDIGEST_SECRET_KEY={key}

# Who takes our mail: smtp://user:password@host:587 or smtps://…
SMTP_URL=smtp://localhost:25

# A SQLite file in var/ is used if this is not set.
# DATABASE_URL=postgresql://user:password@host/aidigest
"""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--templates", is_flag=True, help="Copy the templates, too, to change them.")
def init(folder: Path, *, templates: bool) -> None:
    """Make a home in DIR, to begin a digest of your own.

    It gets config to edit and a .env with a fresh secret key.
    """
    from aidigest.settings import shipped

    parts = ("config", "templates") if templates else ("config",)
    _refuse_what_is_there(folder, (*parts, ".env"))
    for part in parts:
        shutil.copytree(shipped(part), folder / part)
    _write_env(folder / ".env")
    click.echo(
        f"Made {folder}. Next:\n"
        f"  1. say who publishes, in {folder / 'config' / 'aidigest.toml'}, and where your"
        f" relay is, in {folder / '.env'}\n"
        f"  2. aidigest --home {folder} poll && aidigest --home {folder} preview\n"
        f"  3. aidigest --home {folder} subscribers add you@example.org"
    )


def _refuse_what_is_there(folder: Path, names: tuple[str, ...]) -> None:
    there = tuple(
        Problem(where=str(folder / name), what="is there already; nothing was written")
        for name in names
        if (folder / name).exists()
    )
    if there:
        raise SettingsError(there)


def _write_env(path: Path) -> None:
    # Nobody else on the machine is to read the key.
    path.touch(mode=0o600)
    path.write_text(_ENV.format(key=secrets.token_urlsafe(32)), encoding="utf-8")
