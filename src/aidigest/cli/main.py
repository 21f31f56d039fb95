"""The command `aidigest`, and the one place where errors become words and exit codes."""

import errno
import os
import sys
from pathlib import Path
from typing import Any

import click

import aidigest
from aidigest.cli.bounces import bounces
from aidigest.cli.clients import clients
from aidigest.cli.compose import compose
from aidigest.cli.context import Home, complain, print_what_can_be
from aidigest.cli.demo import demo
from aidigest.cli.doctor import doctor
from aidigest.cli.edit import edit
from aidigest.cli.feeds import feeds
from aidigest.cli.init import init
from aidigest.cli.migrate import migrate
from aidigest.cli.plan import plan
from aidigest.cli.poll import poll
from aidigest.cli.preview import preview
from aidigest.cli.resolve import resolve
from aidigest.cli.send import send
from aidigest.cli.status import status
from aidigest.cli.stories import stories
from aidigest.cli.subscribers import subscribers
from aidigest.cli.topics import topics
from aidigest.cli.web import web
from aidigest.cli.why import why
from aidigest.cli.worker import worker
from aidigest.core.troubles import system_words
from aidigest.errors import AidigestError, NotFoundError, SettingsError
from aidigest.logs import set_up_logs

FAILED = 1
WRONG = 2  #: Usage or config.


class Commands(click.Group):
    """A group that lists its commands in the order they are used, and says errors in words."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature.
        """Keep the order in which they were added."""
        return list(self.commands)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program; whatever the output cannot show ends it in no traceback."""
        print_what_can_be(sys.stdout)
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of ours ends it with its words and its code."""
        try:
            return super().invoke(ctx)
        except AidigestError as error:
            complain(str(error))
            is_wrong = isinstance(error, SettingsError | NotFoundError)
            ctx.exit(WRONG if is_wrong else FAILED)
        except OSError as error:
            # Whoever reads our output has had enough: click ends quietly then.
            if error.errno == errno.EPIPE:
                raise
            complain(system_words(error))
            ctx.exit(FAILED)


def _say_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's.
    # click's own option would want the version of every command, and it takes long to look up.
    if wanted:
        click.echo(f"aidigest {aidigest.__version__}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="AIDIGEST_HOME",
    default=Path(),
    help="The folder with config/ and var/; the current one if not given.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log every event to standard error.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Show the version and exit.",
)
@click.pass_context
def main(ctx: click.Context, home: Path, *, verbose: bool) -> None:
    """One good mail a day from the feeds you trust.

    `aidigest demo` shows the whole job on invented feeds; `aidigest init DIR`
    begins a digest of your own.
    """
    set_up_logs(verbose=verbose, as_json=os.environ.get("AIDIGEST_LOG") == "json")
    ctx.obj = Home(folder=home, environ=os.environ)


for command in (
    demo,
    init,
    poll,
    stories,
    compose,
    edit,
    preview,
    plan,
    clients,
    send,
    resolve,
    bounces,
    status,
    why,
    doctor,
    subscribers,
    feeds,
    topics,
    worker,
    web,
    migrate,
):
    main.add_command(command)
