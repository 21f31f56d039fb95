"""`aidigest send`."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import Home, digest_argument, json_option, pass_home, print_json
from aidigest.cli.resolve import print_uncertain
from aidigest.core.counting import counted

if TYPE_CHECKING:
    from threading import Event

    from aidigest.app import App
    from aidigest.app.sending import Sent
    from aidigest.core.editions.digest import Digest
    from aidigest.steps.compose import Skipped


@click.command()
@digest_argument
@click.option(
    "--to", "address", metavar="ADDR", help="Send one copy, marked as a test, to ADDR only."
)
@click.option(
    "--failed", is_flag=True, help="Try once more, too, whom it could not be sent to so far."
)
@click.option("--dry-run", is_flag=True, help="Write the messages as .eml files; send nothing.")
@click.option(
    "--despite-findings", is_flag=True, help="Send even if `preview --check` finds an error."
)
@json_option
@pass_home
def send(
    home: Home,
    digest: str | None,
    *,
    address: str | None,
    failed: bool,
    dry_run: bool,
    despite_findings: bool,
    as_json: bool,
) -> None:
    """Send today's edition of DIGEST to its readers.

    Run it as often as you like, even after a crash: it goes to those who have
    not got it yet, and nobody gets a second copy. A message with an error that
    `aidigest preview --check` finds is not sent.
    """
    if (address is not None) + dry_run + failed > 1:
        raise click.UsageError("--to, --failed and --dry-run exclude each other")
    if despite_findings and (address is not None or dry_run):
        raise click.UsageError("--despite-findings is for sending to the readers")
    with home.app() as app:
        chosen = app.settings.digest(digest)
        # An empty address is one that a script failed to fill in; it means nobody, not everybody.
        if address is not None:
            _send_test(app, chosen, address, as_json=as_json)
        elif dry_run:
            _write(app, chosen, as_json=as_json)
        else:
            if failed:
                retried = app.sending.retry_failed(chosen)
                click.echo(f"{retried} are tried once more.", err=True)
            _send(app, chosen, despite_findings=despite_findings, as_json=as_json)


def _send_test(app: "App", digest: "Digest", address: str, *, as_json: bool) -> None:
    from aidigest.core.readers.subscriber import clean_address

    try:
        clean = clean_address(address)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--to") from error
    reply = app.writing.send_test(app.composing.preview(digest), clean)
    if as_json:
        print_json({"to": clean, "reply": reply})
    else:
        click.echo(f"A test copy is on its way to {clean}; the relay said: {reply}")


def _write(app: "App", digest: "Digest", *, as_json: bool) -> None:
    from aidigest.core.editions.digest import local_date

    day = local_date(digest, app.clock())
    folder = app.settings.home / "var" / "outbox" / f"{digest.id}-{day}"
    written = app.writing.write_messages(app.composing.preview(digest), folder)
    if as_json:
        print_json({"dry_run": True, "files": [str(path) for path in written]})
    else:
        messages = counted(len(written), "message", "messages")
        click.echo(f"{messages} written to {folder}; nothing was sent.")


@contextmanager
def _stopping_in_order(stop: "Event") -> Iterator[None]:
    """Let the first SIGTERM or Ctrl-C finish what is in hand; the second one kills."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}

    def ask(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in numbers:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _send(app: "App", digest: "Digest", *, despite_findings: bool, as_json: bool) -> None:
    from aidigest.core.editions.digest import SENT_FOR
    from aidigest.steps.compose import Skipped

    with _stopping_in_order(app.stop):
        _finish_earlier(app, digest)
        # Whoever is held back for the pace of a domain is waited for.
        sent = app.sending.send(digest, despite_findings=despite_findings, patience=SENT_FOR)
    if isinstance(sent, Skipped):
        _tell_skipped(sent, as_json=as_json)
    else:
        _tell_sent(app, sent, as_json=as_json)


def _finish_earlier(app: "App", digest: "Digest") -> None:
    """Send what is left of earlier editions, and name those that nobody began to send."""
    for one in app.sending.passed_over(digest):
        click.echo(
            f"Edition {one.number} of {one.date} was made and never sent; its stories"
            " do not come again.",
            err=True,
        )
    for earlier in app.sending.finish_earlier(digest):
        edition, reason = earlier.composed.rendered.edition, earlier.report.reason
        click.echo(f"Edition {edition.number} of {edition.date}: {_ended(reason)}", err=True)


def _tell_skipped(skipped: "Skipped", *, as_json: bool) -> None:
    if as_json:
        print_json({"edition": None, "date": skipped.date, "reason": skipped.reason})
    else:
        click.echo(f"Nothing sent: {_ended(skipped.reason)}")


def _tell_sent(app: "App", sent: "Sent", *, as_json: bool) -> None:
    """Report a send; end the command with an error where it did not come to its end."""
    from aidigest.steps.deliver import Ending

    uncertain = _uncertain(app, sent)
    left_out = app.deliveries.excluded(sent.report.edition_id)
    if as_json:
        print_json(_sent_json(sent, uncertain, left_out))
    else:
        _print_sent(sent, uncertain, left_out)
    if sent.report.ended is not Ending.DONE:
        raise click.exceptions.Exit(1)


def _uncertain(app: "App", sent: "Sent") -> list[str]:
    from aidigest.core.delivery.deliveries import DeliveryState

    rows = app.deliveries.in_state(sent.report.edition_id, DeliveryState.UNCERTAIN)
    return [row.address for row in rows]


def _sent_json(sent: "Sent", uncertain: list[str], left_out: dict[str, str]) -> dict[str, Any]:
    edition, report = sent.composed.rendered.edition, sent.report
    return {
        "edition": {"digest": edition.digest_id, "number": edition.number, "date": edition.date},
        "audience": sent.audience,
        "ended": report.ended,
        "reason": report.reason,
        "tried": report.tried,
        "counts": {state.value: count for state, count in report.counts.items()},
        "uncertain": uncertain,
        "left_out": left_out,
        "next_due_at": report.next_due_at,
    }


def _print_sent(sent: "Sent", uncertain: list[str], left_out: dict[str, str]) -> None:
    edition, report = sent.composed.rendered.edition, sent.report
    counts = ", ".join(f"{count} {state.value}" for state, count in report.counts.items())
    readers = counted(sent.audience, "reader", "readers")
    click.echo(f"Edition {edition.number} of {edition.digest_id}, for {readers}.")
    told = f"{counts or 'nobody to send to'}, {report.tried} in this run; {report.reason}"
    click.echo(_ended(told))
    if not sent.audience and not left_out:
        click.echo(
            "Nobody was subscribed when its sending began; who has come since gets the next one."
        )
    if report.next_due_at:
        click.echo(f"The next try is due at {report.next_due_at:%Y-%m-%d %H:%M} UTC.")
    for address, reason in left_out.items():
        click.echo(f"Left out: {address} ({reason})")
    if uncertain:
        what = "Nobody knows whether these got their copy"
        print_uncertain(what, uncertain, digest_id=edition.digest_id)


def _ended(sentence: str) -> str:
    """End a sentence; the words for some troubles end in a question."""
    return sentence if sentence.endswith(("?", "!", ".")) else f"{sentence}."
