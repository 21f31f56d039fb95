"""`SMTP_URL` is read to the letter, and its password never shown."""

import re

import pytest

from aidigest.core.delivery.relays import Relay, Tls, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        (
            "smtp://ada:secret@mail.example.org:587?starttls=required",
            Relay(
                host="mail.example.org", port=587, tls=Tls.REQUIRED, user="ada", password="secret"
            ),
        ),
        (
            "smtps://ada:secret@mail.example.org",
            Relay(
                host="mail.example.org", port=465, tls=Tls.IMPLICIT, user="ada", password="secret"
            ),
        ),
        ("smtp://localhost:1025", Relay(host="localhost", port=1025, tls=Tls.NEVER)),
        ("smtp://127.0.0.1", Relay(host="127.0.0.1", port=25, tls=Tls.NEVER)),
        ("smtp://[::1]:2525/", Relay(host="::1", port=2525, tls=Tls.NEVER)),
        ("smtp://mail.example.org", Relay(host="mail.example.org", port=25, tls=Tls.REQUIRED)),
        (
            "smtp://mail.example.org?starttls=optional",
            Relay(host="mail.example.org", port=25, tls=Tls.OPTIONAL),
        ),
        (
            "smtp://ada%40example.org:p%2F%3A%40%23w@mail.example.org",
            Relay(
                host="mail.example.org",
                port=587,
                tls=Tls.REQUIRED,
                user="ada@example.org",
                password="p/:@#w",
            ),
        ),
    ],
)
def test_smtp_url_is_read(url: str, relay: Relay) -> None:
    """The forms the documentation shows, with sensible ports and encryption."""
    assert parse_smtp_url(url) == relay


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "must begin with smtp:// or smtps://"),
        ("http://mail.example.org", "must begin with smtp:// or smtps://"),
        ("mail.example.org:25", "must begin with"),
        ("smtp://", "names no host"),
        ("smtp://ada:sesame@mail.example.org:five", "no number"),
        ("smtp://ada:sesame@mail.example.org:99999", "no number"),
        ("smtp://ada:sesa#me@mail.example.org", "%23"),
        ("smtp://ada:sesame/more@mail.example.org", "%2F"),
        ("smtp://ada?sesame@mail.example.org", "%3F"),
        ("smtp://[sesame", "cannot be read"),
        ("smtp://ada@mail.example.org", "no password"),
        ("smtp://:sesame@mail.example.org", "no user"),
        ("smtp://ada:sesam%C3%A9@mail.example.org", "ASCII"),
        ("smtp://mail.example.org/path", "goes on after the host"),
        ("smtp://mail.example.org?starttls=maybe", "required, optional, never"),
        ("smtp://mail.example.org?startls=never", "starttls?"),
        ("smtps://mail.example.org?starttls=required", "drop starttls"),
        ("smtp://sesa:me@mail..example.org", "a part that is empty or too long"),
    ],
)
def test_bad_smtp_url_is_explained_without_showing_it(url: str, words: str) -> None:
    """The message ends up in logs, so what may be a password must not."""
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        parse_smtp_url(url)

    assert "sesa" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_relay_shows_neither_user_nor_password() -> None:
    """Some providers hand out one token that is both."""
    relay = parse_smtp_url("smtp://token:sesame@mail.example.org")

    assert "sesame" not in f"{relay!r} {relay}"
    assert "token" not in f"{relay!r} {relay}"
