"""`aidigest worker`."""

import click

from aidigest.cli.context import Home, pass_home
from aidigest.logs import set_up_logs


@click.command()
@click.option(
    "--health-port",
    type=click.IntRange(0, 65535),
    envvar="AIDIGEST_HEALTH_PORT",
    default=None,
    help="Answer /healthz, /readyz and /metrics at this port of 127.0.0.1.",
)
@pass_home
def worker(home: Home, health_port: int | None) -> None:
    """Poll, compose and send when it is time.

    It works until SIGTERM or Ctrl-C, and then ends within ten seconds with
    nothing lost. The Procfile runs this.
    """
    from contextlib import ExitStack

    from aidigest.worker import work

    # A worker's log is its only voice.
    set_up_logs(verbose=True, as_json=home.environ.get("AIDIGEST_LOG") == "json")
    with ExitStack() as stack:
        app = stack.enter_context(home.app())
        app.settings.required_secret_key()
        if health_port is not None:
            from aidigest.web import health_site, serving

            site, option = health_site(app), "--health-port"
            stack.enter_context(serving(site, host="127.0.0.1", port=health_port, option=option))
        work(app)
