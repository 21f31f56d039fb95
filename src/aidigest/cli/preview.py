"""`aidigest preview`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import Home, digest_argument, json_option, pass_home, print_json

if TYPE_CHECKING:
    from aidigest.app import App
    from aidigest.core.proof.lint import Finding
    from aidigest.preview import Preview


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
    help="Show it in the browser, the default unless another option asks for something, "
    "or print the text.",
)
@click.option("--check", is_flag=True, help="Say what is wrong with the message; 1 if it is unfit.")
@click.option("--links", is_flag=True, help="With --check: ask every link whether it answers.")
@json_option
@click.option(
    "--shots",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write pictures there, 320, 600 and 1000 wide, light and dark; needs chromium.",
)
@click.option(
    "--sample",
    metavar="NAME",
    help="Show a sample instead: 0, 1, 40, 200, vietnamese, rtl, hostile.",
)
@click.option("--look", metavar="NAME", help="Show it in another look than the digest's own.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Of the page; 0 takes a free one."
)
@pass_home
def preview(
    home: Home,
    digest: str | None,
    *,
    out: Path | None,
    serve: bool | None,
    check: bool,
    links: bool,
    as_json: bool,
    shots: Path | None,
    sample: str | None,
    look: str | None,
    port: int,
) -> None:
    """Show today's edition of DIGEST, just as it would be sent.

    Nothing is stored, and nothing is sent. The page shows every side of the
    mail and the samples, and follows each change of a template.
    """
    from aidigest.core.proof.lint import is_fit
    from aidigest.preview import show, write_preview, write_shots

    if (as_json or links) and not check:
        raise click.UsageError("--json and --links go with --check")
    only_shown = not (out or check or shots)
    with home.app() as app:
        shown = show(app, digest, sample or "today", look)
        findings = _found(app, shown, links=links) if check else ()
    if out is not None:
        write_preview(shown, out)
        click.echo(f"Written to {out}: {shown.rendered.subject}", err=as_json)
    for path in write_shots(shown.html, shots) if shots else ():
        click.echo(f"Written: {path}", err=as_json)
    if check:
        _report(shown, findings, as_json=as_json)
    if serve is False and only_shown:
        click.echo(shown.text)
    if serve if serve is not None else only_shown:
        _serve(home, digest, port, edition=sample, look=look)
    if not is_fit(findings):
        raise click.exceptions.Exit(1)


def _found(app: "App", shown: "Preview", *, links: bool) -> "tuple[Finding, ...]":
    from aidigest.adapters.spamassassin import spam_finding
    from aidigest.preview import check_links

    found = (*shown.findings, *spam_finding(shown.message))
    if links:
        with app.fetching() as fetcher:
            found += check_links(shown.links, fetch=fetcher.fetch)
    return found


def _report(shown: "Preview", findings: "tuple[Finding, ...]", *, as_json: bool) -> None:
    from aidigest.core.proof.lint import Level, is_fit

    if as_json:
        print_json(_report_json(shown, findings))
        return
    for one in findings:
        click.echo(f"{one.level:<8} {one.rule:<4} {one.what}")
    counts = ", ".join(f"{sum(one.level is level for one in findings)} {level}s" for level in Level)
    said = "may be sent" if is_fit(findings) else "is not sent like this"
    click.echo(f"{shown.rendered.subject!r} {said}: {counts}.")
    click.echo("docs/reference/rules.md explains the rules.")


def _report_json(shown: "Preview", findings: "tuple[Finding, ...]") -> dict[str, Any]:
    from aidigest.core.proof.lint import is_fit

    return {
        "subject": shown.rendered.subject,
        "fit": is_fit(findings),
        "html_bytes": len(shown.html.encode()),
        "findings": [{"rule": one.rule, "level": one.level, "what": one.what} for one in findings],
    }


def _serve(
    home: Home, digest: str | None, port: int, *, edition: str | None, look: str | None
) -> None:
    import webbrowser
    from urllib.parse import urlencode

    from aidigest.preview import HomeSource, serve_preview

    with home.app() as app:
        support = app.proofing.support
    chosen = {name: value for name, value in (("edition", edition), ("look", look)) if value}
    query = f"?{urlencode(chosen)}" if chosen else ""
    with HomeSource(home.folder, home.environ, digest) as source:
        serve_preview(
            source,
            support=support,
            port=port,
            announce=click.echo,
            open_page=lambda address: webbrowser.open(address + query),
        )
