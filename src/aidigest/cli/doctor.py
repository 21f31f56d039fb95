"""`aidigest doctor`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from aidigest.cli.context import Home, json_option, new_table, pass_home, print_json, print_table
from aidigest.core.counting import counted
from aidigest.errors import AidigestError

if TYPE_CHECKING:
    from aidigest.app import App


@click.command()
@json_option
@pass_home
def doctor(home: Home, *, as_json: bool) -> None:
    """Check that everything is fit to work.

    Config, database, templates, secret key, relay and mailbox are tried, and so
    is what receivers of mail look at: SPF, DKIM, DMARC, the relay's name and the
    address for leaving. What is wrong is said with what to put where.
    """
    with home.app() as app:
        found = [(what, *_tried(check, app)) for what, check in _CHECKS.items()]
        found += [(one.check, one.ok, one.detail) for one in app.examining.examine()]
    if as_json:
        print_json([{"check": what, "ok": ok, "detail": said} for what, ok, said in found])
    else:
        table = new_table("", "what", "how it is")
        for what, ok, said in found:
            table.add_row(_SIGNS[ok], what, said)
        print_table(table)
    # What could not be found out is told, and is no failure.
    if any(ok is False for _, ok, _ in found):
        raise click.exceptions.Exit(1)


_SIGNS = {True: "ok", False: "!!", None: "??"}


def _tried(check: "Callable[[App], str]", app: "App") -> tuple[bool | None, str]:
    try:
        return True, check(app)
    except AidigestError as error:
        return False, str(error)


def _config(app: "App") -> str:
    feeds = counted(len(app.settings.feeds), "feed", "feeds")
    digests = counted(len(app.settings.digests), "digest", "digests")
    return f"{feeds}, {digests}, {counted(len(app.settings.topics), 'topic', 'topics')}"


def _database(app: "App") -> str:
    feeds = counted(len(app.feeds.feed_states()), "feed", "feeds")
    return f"{app.engine.name}, {feeds} remembered"


def _templates(app: "App") -> str:
    parts = [app.composing.preview(digest) for digest in app.settings.digests]
    return ", ".join(
        f"{one.edition.digest_id} renders to {len(one.html)} characters" for one in parts
    )


def _secret_key(app: "App") -> str:
    app.settings.required_secret_key()
    return "is set"


def _relay(app: "App") -> str:
    from aidigest.adapters.smtp_session import PATIENCE_S
    from aidigest.core.delivery.relays import Tls

    said = []
    for mailer in app.mailers:
        with mailer.session(patience_s=PATIENCE_S) as session:
            how = "over TLS" if mailer.relay.tls is Tls.IMPLICIT else "over STARTTLS"
            way = how if session.is_encrypted else "unencrypted"
            login = ", logged in" if mailer.relay.user else ""
            said.append(f"{mailer.relay} takes our connection {way}{login}")
    return "; ".join(said)


def _mailbox(app: "App") -> str:
    if app.settings.mailbox_url is None:
        return "MAILBOX_URL is not set: bounces and mails for leaving are not read"
    mails = app.mailbox.count_mail()
    return f"{counted(mails, 'mail is', 'mails are')} in it"


def _signing(app: "App") -> str:
    dkim = app.settings.sending.dkim
    if dkim is None:
        return "messages are not signed here; the relay should sign them"
    app.sign(b"From: a@example.org\r\n\r\nx\r\n")
    return f"messages are signed for {dkim.domain}"


_CHECKS: "dict[str, Callable[[App], str]]" = {
    "config": _config,
    "database": _database,
    "templates": _templates,
    "secret key": _secret_key,
    "relay": _relay,
    "mailbox": _mailbox,
    "signing": _signing,
}
