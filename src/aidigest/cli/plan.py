"""`aidigest plan`."""

from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import Home, digest_argument, json_option, pass_home, print_json
from aidigest.core.counting import counted

if TYPE_CHECKING:
    from aidigest.core.delivery.plans import SendingPlan


@click.command()
@digest_argument
@json_option
@pass_home
def plan(home: Home, digest: str | None, *, as_json: bool) -> None:
    """Say when the last mail of DIGEST's next edition will leave.

    It counts the readers, and holds them against the limits in [sending], those
    of the relays, the speed of the last edition, and hours that readers chose.
    """
    with home.app() as app:
        chosen = app.settings.digest(digest)
        found = app.sending.plan(chosen)
    if as_json:
        print_json({"digest": chosen.id, **_as_json(found)})
        return
    click.echo(f"{counted(found.audience, 'reader', 'readers')} of {chosen.id}.")
    click.echo(f"The first mail leaves at {found.starts_at:%Y-%m-%d %H:%M} UTC, when it is due.")
    click.echo(f"The last one leaves by {found.last_leaves_at:%Y-%m-%d %H:%M:%S} UTC.")
    for one in found.bottlenecks:
        messages = counted(one.messages, "message takes", "messages take")
        click.echo(f"  {one.what}: {messages} {one.takes}")
    if not found.bottlenecks:
        click.echo("  Nothing is limited and nothing was sent yet: as fast as the relay takes it.")
    if not found.is_in_time:
        until = f"{found.not_after:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{found.too_late} of them would not leave by {until} and not be sent.")


def _as_json(found: "SendingPlan") -> dict[str, Any]:
    return {
        "audience": found.audience,
        "starts_at": found.starts_at,
        "last_leaves_at": found.last_leaves_at,
        "takes_s": (found.last_leaves_at - found.starts_at).total_seconds(),
        "not_after": found.not_after,
        "in_time": found.is_in_time,
        "too_late": found.too_late,
        "limits": [
            {"what": one.what, "messages": one.messages, "takes_s": one.takes.total_seconds()}
            for one in found.bottlenecks
        ],
    }
