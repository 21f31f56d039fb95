"""`aidigest web`."""

import click

from aidigest.cli.context import Home, pass_home
from aidigest.logs import set_up_logs


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    envvar="PORT",
    default=8000,
    show_default=True,
    help="The port to listen at; 0 takes a free one. The variable PORT sets it, too.",
)
@pass_home
def web(home: Home, host: str, port: int) -> None:
    """Serve the pages for readers: subscribe, choose, leave, read.

    It serves until SIGTERM or Ctrl-C. Put a proxy with a certificate before
    it, and say so in the config: `[web] proxies = 1`.
    """
    from aidigest.web import serve

    set_up_logs(verbose=True, as_json=home.environ.get("AIDIGEST_LOG") == "json")
    with home.app() as app:
        serve(app, host=host, port=port)
