"""Mail clients: what each can show, and a page as it is left where something is taken out.

The facts are caniemail's (https://www.caniemail.com, MIT, Rémi Parmentier);
`clients.toml` says of which day. A page seen through a client is an
approximation by subtraction, and no rendering engine.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from aidigest.core.proof.css import (
    Rule,
    parse_sheet,
    parse_style,
    without,
    write_sheet,
    write_style,
)
from aidigest.core.proof.features import Use, features, rule_features, style_features

#: The clients we ask about, by caniemail's names.
CLIENTS = {
    "gmail/desktop-webmail": "Gmail on the web",
    "gmail/ios": "Gmail on iOS",
    "gmail/android": "Gmail on Android",
    "gmail/mobile-webmail": "Gmail in a phone's browser",
    "outlook/windows": "Outlook for Windows",
    "outlook/outlook-com": "Outlook on the web",
    "outlook/macos": "Outlook for Mac",
    "outlook/ios": "Outlook on iOS",
    "outlook/android": "Outlook on Android",
    "yahoo/desktop-webmail": "Yahoo on the web",
    "yahoo/ios": "Yahoo on iOS",
    "yahoo/android": "Yahoo on Android",
    "apple-mail/macos": "Apple Mail on a Mac",
    "apple-mail/ios": "Apple Mail on iOS",
    "samsung-email/android": "Samsung Email",
    "thunderbird/macos": "Thunderbird",
    "protonmail/desktop-webmail": "Proton Mail",
}
#: The format of `clients.toml` that we read.
_ORDER = "clients"
_ANSWERS = tuple("yanu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What clients can do, by caniemail's names of feature and client."""

    source: str
    date: str  #: The newest of caniemail's tests.
    answers: Mapping[str, Mapping[str, str]]  #: Feature -> client -> y, a (in part), n or u.

    def lacks(self, client: str, feature: str) -> bool:
        """Say whether the client is known not to support the feature."""
        return self.answers.get(feature, {}).get(client) == "n"

    def without(self, feature: str) -> list[str]:
        """Return the clients that do not support the feature."""
        return [client for client in CLIENTS if self.lacks(client, feature)]


def read_support(text: str) -> Support:
    """Read `clients.toml`; raise ValueError where it is something else."""
    table = tomllib.loads(text)
    try:
        clients = table[_ORDER]
        answers = {
            feature: dict(zip(clients, row, strict=True))
            for feature, row in table["features"].items()
        }
        return Support(source=table["source"], date=table["date"], answers=answers)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no table of clients: {error!r}") from error


def write_support(support: Support) -> str:
    """Return `clients.toml`: a letter for each client, in their order."""
    rows = (
        f"{_quoted(feature)} = {_quoted(''.join(row.get(one, 'u') for one in CLIENTS))}"
        for feature, row in sorted(support.answers.items())
    )
    names = "\n".join(f'  "{client}",' for client in CLIENTS)
    return (
        "# What mail clients support. Facts: caniemail, MIT licence, (c) Rémi Parmentier.\n"
        "# `aidigest clients --refresh` writes it anew.\n"
        "# y: yes, a: in part, n: no, u: not known; a letter for each client, in order.\n"
        f"source = {_quoted(support.source)}\ndate = {_quoted(support.date)}\n"
        f"{_ORDER} = [\n{names}\n]\n\n[features]\n" + "\n".join(rows) + "\n"
    )


def _quoted(text: str) -> str:
    """Return a string of TOML, which escapes as JSON does, and DEL beside."""
    whole = text.encode(errors="replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def shipped_support() -> Support:
    """Return the facts that came with the program."""
    return read_support(files("aidigest.core.proof").joinpath("clients.toml").read_text("utf-8"))


def from_caniemail(answer: Mapping[str, Any], *, source: str) -> Support:
    """Read what caniemail's address answers with; raise ValueError where it is something else.

    Of several versions of a client the newest counts, which stands first there.
    """
    try:
        rows = {one["slug"]: _newest(one["stats"]) for one in answer["data"]}
        date = max(str(one.get("last_test_date", "")) for one in answer["data"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not what caniemail answers with: {error!r}") from error
    return Support(source=source, date=date, answers=rows)


def _newest(stats: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for client in CLIENTS:
        family, platform = client.split("/")
        versions = stats.get(family, {}).get(platform, {})
        newest = max(versions, key=_version, default=None)
        answer = str(versions[newest])[:1] if newest is not None else "u"
        found[client] = answer if answer in _ANSWERS else "u"
    return found


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", name))


def seen_by(html: str, client: str, support: Support) -> str:
    """Return the page without what the client does not support."""

    def lacks(feature: str) -> bool:
        return support.lacks(client, feature)

    if client == "outlook/windows":
        # It reads what other clients take for comments.
        html = re.sub(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.DOTALL)
    page = lxml_html.document_fromstring(html)
    for sheet in list(page.iter("style")):
        kept = [] if lacks("html-style") else _kept_rules(parse_sheet(sheet.text or ""), lacks)
        sheet.text = write_sheet(kept)
    for element in page.iter(etree.Element):
        style = element.get("style")
        if style:
            element.set("style", _kept_style(style, lacks))
    for use in features(page, ()):
        if use.attribute and use.element is not None and lacks(use.feature):
            use.element.attrib.pop(use.attribute, None)
    return "<!DOCTYPE html>\n" + etree.tostring(page, method="html", encoding="unicode")


def _kept_rules(rules: Iterable[Rule], lacks: Callable[[str], bool]) -> Iterator[Rule]:
    for rule in rules:
        if not any(lacks(feature) for feature in rule_features(rule)):
            gone = [one.name for one in rule.declarations if any(map(lacks, style_features(one)))]
            yield without(rule, gone)


def _kept_style(style: str, lacks: Callable[[str], bool]) -> str:
    return write_style(
        one for one in parse_style(style) if not any(map(lacks, style_features(one)))
    )


def uses(page: Any, sheets: Iterable[Rule]) -> tuple[Use, ...]:
    """Return one use of each feature that the page makes use of."""
    first: dict[str, Use] = {}
    for use in features(page, sheets):
        first.setdefault(use.feature, use)
    return tuple(first.values())
