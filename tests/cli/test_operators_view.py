"""What an operator asks before, during and after a sending."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from aidigest.app import App
from aidigest.core.readers.preferences import Preferences
from homes import make_home, run
from samples import usual
from signingkeys import ed25519_key
from smtpserver import serving_smtp

NEXT_DAY = "2026-09-15T07:00:00+07:00"
ADA, BOB, CEM = (f"{name}@example.org" for name in ("ada", "bob", "cem"))


class Relay:
    """Refuses whom it is told to, quoting their address as relays do."""

    def __init__(self) -> None:
        self.refusals: dict[str, str] = {}
        self.taken: list[str] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name.
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take the recipient or not."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take the message."""
        self.taken += envelope.rcpt_tos
        return "250 2.0.0 queued as 4F2A91"


@pytest.fixture
def relay() -> Iterator[tuple[Relay, str]]:
    """A relay and its address."""
    one = Relay()
    with serving_smtp(one) as port:
        yield one, f"smtp://127.0.0.1:{port}"


@pytest.fixture
def home(tmp_path: Path, relay: tuple[Relay, str]) -> Path:
    """A home with today's edition and three readers."""
    folder = make_home(tmp_path / "home", smtp_url=relay[1])
    for address in (ADA, BOB, CEM):
        run(folder, "subscribers", "add", address)
    with App.open(folder, {}) as app:
        app.editions.add_edition(app.renderer.render(usual()))
    return folder


def test_why_tells_every_edition_and_the_relays_own_words(
    home: Path, relay: tuple[Relay, str]
) -> None:
    """Whoever asks "where is my mail?" gets the relay's answer, verbatim."""
    relay[0].refusals[BOB] = f"552 5.2.2 <{BOB}>: mailbox full"
    run(home, "send")

    ada = json.loads(run(home, "why", ADA, "--json").stdout)
    bob = json.loads(run(home, "why", BOB, "--json").stdout)

    (to_ada,), (to_bob,) = ada["deliveries"], bob["deliveries"]
    assert (to_ada["state"], to_ada["reply"]) == ("sent", "250 2.0.0 queued as 4F2A91")
    assert (to_bob["state"], to_bob["reply"]) == ("rejected", f"552 5.2.2 <{BOB}>: mailbox full")
    assert to_bob["edition"] == "daily 12, 2026-09-14"
    assert bob["bounces"] == bob["left_out_of"] == []


def test_why_tells_of_addresses_that_are_nobodys(home: Path) -> None:
    """Suppressed before they came, or erased: who asks why they get nothing is told."""
    run(home, "subscribers", "suppress", "eve@example.org", "--reason", "asked by letter")
    run(home, "subscribers", "erase", ADA, "--yes")

    eve = json.loads(run(home, "why", "Eve@Example.org", "--json").stdout)
    ada = json.loads(run(home, "why", ADA, "--json").stdout)

    assert (eve["address"], eve["suppressed"]) == ("Eve@example.org", "asked by letter")
    assert "erased" in ada["suppressed"]
    assert run(home, "why", "nobody@example.org").exit_code == 2


def test_why_knows_an_address_by_its_domain_in_letters(home: Path) -> None:
    """It is kept as mail takes it (xn--…), and people write it as it is spoken."""
    run(home, "subscribers", "add", "linh@bücher.example")

    linh = json.loads(run(home, "why", "linh@bücher.example", "--json").stdout)

    assert linh["subscriber"] == "linh@xn--bcher-kva.example"


def test_status_tells_how_far_it_is_and_promises_nothing(
    home: Path, relay: tuple[Relay, str]
) -> None:
    """With nobody sending there is no remaining time, whatever the rate was."""
    relay[0].refusals[BOB] = "450 4.2.0 greylisted"
    run(home, "send")

    latest = json.loads(run(home, "status", "--json").stdout)["digests"][0]["latest"]
    words = run(home, "status").stdout

    assert latest["deliveries"] == {"sent": 2, "deferred": 1}
    assert latest["progress"]["total"] == 3
    assert (latest["progress"]["done"], latest["progress"]["waiting"]) == (2, 1)
    assert latest["progress"]["remaining_s"] is None
    assert latest["progress"]["sending"] is False
    assert "another try" in words


def test_failed_ones_are_tried_once_more_on_request(home: Path, relay: tuple[Relay, str]) -> None:
    """The mailbox was emptied; those who have their copy get no second one."""
    relay[0].refusals |= {BOB: "552 5.2.2 full", CEM: "450 4.2.0 later"}
    run(home, "send")
    relay[0].refusals.clear()

    plain = json.loads(run(home, "send", "--json").stdout)
    again = json.loads(run(home, "send", "--failed", "--json").stdout)

    assert plain["tried"] == 0
    assert (again["tried"], again["counts"]) == (2, {"sent": 3})
    assert sorted(relay[0].taken) == [ADA, BOB, CEM]


def test_what_is_left_of_yesterday_is_given_up_by_name(
    home: Path, relay: tuple[Relay, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would wait for ever for a time that has passed."""
    relay[0].refusals[BOB] = "450 4.2.0 later"
    run(home, "send")
    monkeypatch.setenv("AIDIGEST_NOW", NEXT_DAY)

    today = run(home, "send")

    (to_bob,) = json.loads(run(home, "why", BOB, "--json").stdout)["deliveries"]
    assert to_bob["state"] == "expired"
    assert "Edition 12 of 2026-09-14: not sent after" in today.stderr
    assert relay[0].taken == [ADA, CEM]


def test_uncertain_ones_of_yesterday_cannot_be_sent_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To call them unsent would be a guess."""
    with App.open(home, {}) as app:
        app.deliveries.freeze_audience(1, "daily", now=app.clock())
        with app.deliveries.round(1, now=app.clock()) as round_:
            round_.offer([row.id for row in round_.claim(1)])
        app.deliveries.recover(1, now=app.clock())
    monkeypatch.setenv("AIDIGEST_NOW", NEXT_DAY)

    resend = run(home, "resolve", "--resend")
    sent = json.loads(run(home, "resolve", "--assume-sent", "--json").stdout)

    assert resend.stdout.startswith("0 uncertain deliveries of daily could be settled.\n")
    assert "1 more are of an edition too old to be sent" in resend.stdout
    assert (sent["settled"], sent["too_old"]) == (1, 0)


def test_status_names_whose_mail_is_uncertain_of_earlier_editions_too(home: Path) -> None:
    """Yesterday's are not settled by today's edition, and a worker tells nobody at a terminal."""
    with App.open(home, {}) as app:
        app.deliveries.freeze_audience(1, "daily", now=app.clock())
        with app.deliveries.round(1, now=app.clock()) as round_:
            round_.offer([row.id for row in round_.claim(1)])
        app.deliveries.recover(1, now=app.clock())
        later = replace(usual(), number=13, date=date(2026, 9, 15))
        app.editions.add_edition(app.renderer.render(later))

    found = json.loads(run(home, "status", "--json").stdout)["digests"][0]
    words = run(home, "status").stdout
    run(home, "resolve", "--assume-sent")

    assert (found["latest"]["number"], found["latest"]["deliveries"]) == (13, {})
    assert found["uncertain"] == [{"number": 12, "address": ADA}]
    assert f"  {ADA} (edition 12)" in words
    assert "Nobody knows" not in run(home, "status").stdout


def test_plan_says_when_the_last_mail_leaves(home: Path) -> None:
    """Before anything is sent: three readers at one a minute take two minutes."""
    config = home / "config" / "aidigest.toml"
    config.write_text(config.read_text("utf-8") + '\n[sending]\nrate = "60/hour"\n', "utf-8")

    plan = json.loads(run(home, "plan", "--json").stdout)
    words = run(home, "plan").stdout

    assert (plan["digest"], plan["audience"], plan["takes_s"]) == ("daily", 3, 120)
    assert plan["in_time"] is True
    assert "The last one leaves by 2026-09-15 00:02:00 UTC" in words


def test_plan_takes_no_wait_for_slowness(
    home: Path, relay: tuple[Relay, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One greylisted reader, tried again hours later, says nothing of how fast mail goes."""
    relay[0].refusals[BOB] = "450 4.2.0 greylisted"
    run(home, "send")
    relay[0].refusals.clear()
    monkeypatch.setenv("AIDIGEST_NOW", "2026-09-14T10:00:00+07:00")
    run(home, "send")

    plan = json.loads(run(home, "plan", "--json").stdout)

    assert relay[0].taken == [ADA, CEM, BOB]
    assert (plan["limits"], plan["takes_s"]) == ([], 0)


def test_plan_waits_for_hours_that_readers_chose(home: Path) -> None:
    """The edition of 7 o'clock leaves for Bob at 18, wherever the others have it long since."""
    with App.open(home, {}) as app:
        evening = Preferences(digests=("daily",), hour=18, zone="Asia/Ho_Chi_Minh")
        app.choices.choose(2, evening, text="", now=app.clock())

    words = run(home, "plan").stdout

    assert "The last one leaves by 2026-09-15 11:00:00 UTC" in words
    assert "readers have an hour of their own: 1 message takes" in words


def test_what_comes_next_is_not_what_was_sent_today_by_hand(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent before its hour, it was promised for that hour once more; there is one a day."""
    monkeypatch.setenv("AIDIGEST_NOW", "2026-09-14T05:00:00+07:00")
    made = json.loads(run(home, "status", "--json").stdout)
    run(home, "send")

    sent = json.loads(run(home, "status", "--json").stdout)
    plan = json.loads(run(home, "plan", "--json").stdout)

    assert made["digests"][0]["next_edition_at"] == "2026-09-14T00:00:00+00:00"
    assert sent["digests"][0]["next_edition_at"] == "2026-09-15T00:00:00+00:00"
    assert plan["starts_at"] == "2026-09-15T00:00:00+00:00"


def test_limits_that_make_no_sense_are_named(home: Path) -> None:
    """By file and key, all at once."""
    config = home / "config" / "aidigest.toml"
    wrong = '\n[sending]\nrate = "often"\nconnections = 0\nreturn_path = "x{}@{}"\n'
    config.write_text(config.read_text("utf-8") + wrong, "utf-8")

    done = run(home, "status")

    assert done.exit_code == 2
    for key in ("sending.rate", "sending.connections", "sending.return_path"):
        assert f"config/aidigest.toml: {key}" in done.stderr


def test_logs_name_no_reader_unless_asked(home: Path, relay: tuple[Relay, str]) -> None:
    """Relays quote the address in their replies; a log must not keep it."""
    relay[0].refusals[BOB] = f"552 5.2.2 <{BOB}>: mailbox full"

    done = run(home, "--verbose", "send")

    (line,) = [one for one in done.stderr.splitlines() if "delivery.not_sent" in one]
    assert "subscriber=2" in line
    assert "example.org" not in line
    assert "mailbox full" in line


def test_doctor_says_what_it_could_not_find_out(home: Path) -> None:
    """The site of a test does not exist; that is told and is no failure."""
    found = json.loads(run(home, "doctor", "--json").stdout)
    checks = {one["check"]: one for one in found}

    assert checks["relay"]["ok"] is True
    assert "unencrypted" in checks["relay"]["detail"]
    assert checks["one-click"]["ok"] is not True
    assert "MAILBOX_URL" in checks["one-click"]["detail"]


def test_doctor_looks_at_the_key_where_the_relay_is_this_machine(
    home: Path, tmp_path: Path
) -> None:
    """So it is with a Postfix beside the program, for which docs/how-to/relays.md says so."""
    key_file, _ = ed25519_key(tmp_path)
    config = home / "config" / "aidigest.toml"
    dkim = f'[sending.dkim]\ndomain = "digest.invalid"\nselector = "a"\nkey_file = "{key_file}"\n'
    config.write_text(f"{config.read_text('utf-8')}\n{dkim}", "utf-8")

    found = json.loads(run(home, "doctor", "--json").stdout)

    checks = {one["check"]: one["detail"] for one in found}
    assert "a._domainkey.digest.invalid" in checks["DKIM"]
    assert {"SPF", "DMARC"} <= checks.keys()
    assert "PTR" not in checks


def test_doctor_claims_no_encryption_that_the_relay_does_not_offer(
    home: Path, relay: tuple[Relay, str]
) -> None:
    """Optional STARTTLS is none where it is not offered, and the operator should know."""
    env = home / ".env"
    env.write_text(env.read_text("utf-8").replace(relay[1], f"{relay[1]}?starttls=optional"))

    found = json.loads(run(home, "doctor", "--json").stdout)

    (said,) = [one["detail"] for one in found if one["check"] == "relay"]
    assert "takes our connection unencrypted" in said


@pytest.mark.parametrize("address", ["", " "])
def test_a_test_copy_for_nobody_is_sent_to_nobody(
    home: Path, relay: tuple[Relay, str], address: str
) -> None:
    """`--to "$ME"` with the variable unset once mailed the edition to all readers."""
    done = run(home, "send", "--to", address)

    assert done.exit_code == 2
    assert "--to" in done.stderr
    assert relay[0].taken == []


def test_who_has_an_hour_of_their_own_keeps_it_when_failed_ones_are_tried_again(
    home: Path, relay: tuple[Relay, str]
) -> None:
    """Nothing has failed for who waits; they chose the evening."""
    with App.open(home, {}) as app:
        evening = Preferences(digests=("daily",), hour=18, zone="Asia/Ho_Chi_Minh")
        app.choices.choose(2, evening, text="", now=app.clock())
    relay[0].refusals[CEM] = "450 4.2.0 later"
    run(home, "send")
    relay[0].refusals.clear()

    again = run(home, "send", "--failed")

    assert "1 are tried once more" in again.stderr
    assert relay[0].taken == [ADA, CEM]


def test_a_domains_limit_holds_when_failed_ones_are_tried_again(
    home: Path, relay: tuple[Relay, str]
) -> None:
    """Who waits for a turn there has not failed; all at once is what the limit is against."""
    config = home / "config" / "aidigest.toml"
    limit = '\n[sending.domains]\n"example.org" = "1/hour"\n'
    config.write_text(config.read_text("utf-8") + limit, "utf-8")
    run(home, "send")

    again = run(home, "send", "--failed")

    assert "0 are tried once more" in again.stderr
    assert relay[0].taken == [ADA]
