"""What `aidigest init` asks: each answer is an option, too, and is checked the same way."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from aidigest.settings.new_home import NewHome

#: What machines in data centres keep, wherever those are who work at them.
_NOBODYS_ZONES = ("UTC", "Etc/UTC", "Etc/UCT", "Etc/GMT", "GMT", "local")
_USUAL_ZONE = "Asia/Ho_Chi_Minh"

T = TypeVar("T")


def _answer(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return a reader that says in click's own way what is wrong, so that one is asked again."""

    def convert(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return convert


def _read_name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise ValueError("say how it is called")
    return name


def _read_address(text: str) -> str:
    from aidigest.core.readers.subscriber import clean_address

    return clean_address(text)


def _read_zone(text: str) -> str:
    from aidigest.settings.checks import check_zone

    return _checked(text.strip(), check_zone)


def _read_base_url(text: str) -> str:
    from aidigest.settings.checks import check_base_url

    url = text.strip().rstrip("/")
    return _checked(url if "://" in url else f"https://{url}", check_base_url)


def _read_languages(text: str) -> tuple[str, ...]:
    from aidigest.core.languages import check_language

    names = dict.fromkeys(text.lower().replace(",", " ").split())
    if not names:
        raise ValueError("name at least one, as en or vi")
    for name in names:
        check_language(name)
    return tuple(names)


def _read_relays(text: str) -> str:
    from aidigest.core.delivery.relays import parse_smtp_url

    urls = _relay_urls(text)
    for url in urls:
        parse_smtp_url(url)
    return " ".join(urls)


def _read_relays_without_password(text: str) -> str:
    """Read what somebody at a terminal wrote, who is asked for passwords afterwards."""
    from aidigest.core.delivery.relays import lacks_password, parse_smtp_url

    urls = _relay_urls(text)
    for url in urls:
        if not lacks_password(url):
            parse_smtp_url(url)
    return " ".join(urls)


def _relay_urls(text: str) -> list[str]:
    urls = [_relay_url(word) for word in text.split()]
    if not urls:
        raise ValueError("name the host that takes your mail")
    return urls


def _relay_url(word: str) -> str:
    """Return the address of a relay that may be written as its host alone."""
    from aidigest.core.delivery.relays import is_loopback

    if "://" in word:
        return word
    host = word.rpartition("@")[2].partition("?")[0]
    # A word is a host of one's own network only where something else says so, as its port.
    # Behind an @ it may be half a password, so it is not quoted.
    if not (set(host) & {".", ":"} or is_loopback(host)):
        raise ValueError(
            "names no host that could be a relay; write it as mail.example.org, localhost or,"
            " in a network of your own, with its port, as mailhost:25"
        )
    return f"smtp://{word}"


def _checked(value: str, check: Callable[[str, str, Any], None]) -> str:
    from aidigest.settings.tables import Notes

    notes = Notes(file="", problems=[])
    check(value, "", notes)
    if notes.problems:
        raise ValueError(notes.problems[0].what)
    return value


NAME = _answer(_read_name)
ADDRESS = _answer(_read_address)
ZONE = _answer(_read_zone)
BASE_URL = _answer(_read_base_url)
LANGUAGES = _answer(_read_languages)
RELAYS = _answer(_read_relays)
_RELAYS_ASKED_FOR = _answer(_read_relays_without_password)


def new_home(said: Mapping[str, Any], *, asks: bool) -> "NewHome":
    """Return what a new home is to hold.

    Args:
        said: The options by name; None where nothing was said.
        asks: Whether somebody can be asked; else the usual answers are taken.
    """
    from aidigest.settings.new_home import NewHome

    def answer(name: str, question: str, usual: str, read: Callable[[str], Any]) -> Any:
        if said[name] is not None:
            return said[name]
        return click.prompt(question, usual, value_proc=read) if asks else read(usual)

    name = answer("name", "What is your digest called?", "AI Digest", NAME)
    address = answer("address", "Which address is it sent from?", "digest@example.org", ADDRESS)
    site = f"https://digest.{address.rpartition('@')[2]}"
    return NewHome(
        name=name,
        address=address,
        base_url=answer("base_url", "Where will its web pages be?", site, BASE_URL),
        timezone=answer("zone", "Which time zone is it made in?", _own_zone(), ZONE),
        languages=answer("languages", "Which languages, its own first?", "en,vi", LANGUAGES),
        smtp_url=_with_passwords(
            answer("relay", "Which relay takes its mail?", "smtp://localhost:25", _RELAYS_ASKED_FOR)
        ),
        lists_feeds=_wants_feeds(said, asks=asks),
        brings_templates=said["templates"],
    )


def _wants_feeds(said: Mapping[str, Any], *, asks: bool) -> bool:
    wish: bool | None = said["shipped_feeds"]
    if wish is not None:
        return wish
    return not asks or click.confirm("Begin with the list of feeds that comes along?", default=True)


def _own_zone() -> str:
    """Return the machine's time zone, if it is one that people live in."""
    from tzlocal import get_localzone_name

    try:
        zone = get_localzone_name()
        return _USUAL_ZONE if zone in _NOBODYS_ZONES else _read_zone(zone)
    except (LookupError, ValueError, OSError):
        return _USUAL_ZONE


def _with_passwords(relays: str) -> str:
    """Ask for the password of each relay that has a user and none."""
    from aidigest.core.delivery.relays import lacks_password, with_password

    def complete(url: str) -> str:
        if not lacks_password(url):
            return url
        return with_password(url, click.prompt(f"Password for {url}", hide_input=True))

    return _read_relays(" ".join(complete(url) for url in relays.split()))
