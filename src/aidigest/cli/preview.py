"""`aidigest preview`."""

from pathlib import Path

import click

from aidigest.cli.context import Home, digest_argument, pass_home


@click.command()
@digest_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write email.html, email.txt, edition.md, message.eml and edition.json there.",
)
@click.option(
    "--serve/--no-serve",
    default=None,
    help="Show it in the browser, the default unless --out is given, or print the text.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Of the page; 0 takes a free one."
)
@pass_home
def preview(
    home: Home, digest: str | None, out: Path | None, *, serve: bool | None, port: int
) -> None:
    """Show today's edition of DIGEST, just as it would be sent.

    Nothing is stored, and nothing is sent.
    """
    from aidigest.preview import Preview, Timeline, serve_preview, write_preview

    with home.app() as app:
        chosen = app.settings.digest(digest)
        rendered = app.preview(chosen)
        so_far = app.deliveries_so_far(chosen)
        shown = Preview(
            rendered=rendered,
            message=app.example_message(rendered),
            deliveries=Timeline(moments=so_far[0], counts=so_far[1]) if so_far else None,
        )
    if out is not None:
        write_preview(shown, out)
        click.echo(f"Written to {out}: {shown.rendered.subject}")
    if serve is False and out is None:
        click.echo(shown.text)
    if serve if serve is not None else out is None:
        serve_preview(shown, port=port, announce=click.echo)
