"""`aidigest worker`."""

import click

from aidigest.cli.context import Home, pass_home
from aidigest.logs import set_up_logs


@click.command()
@pass_home
def worker(home: Home) -> None:
    """Poll, compose and send when it is time.

    It works until SIGTERM or Ctrl-C, and then ends within ten seconds with
    nothing lost. The Procfile runs this.
    """
    from aidigest.worker import work

    # A worker's log is its only voice.
    set_up_logs(verbose=True, as_json=home.environ.get("AIDIGEST_LOG") == "json")
    with home.app() as app:
        app.settings.required_secret_key()
        work(app)
