"""`aidigest demo`."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where the demo's home is made, anew each time.",
)
def demo(folder: Path) -> None:
    """Do the whole job once, on invented feeds.

    They are polled over real HTTP, and the mail goes out over real SMTP, both
    on this machine alone.
    """
    from aidigest.demo.run import run_demo

    run_demo(folder)
