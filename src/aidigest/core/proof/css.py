"""Style sheets and `style` attributes as values, as far as mails use them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import tinycss2


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One property with its value."""

    name: str  #: Lower case.
    value: str
    important: bool = False

    def __str__(self) -> str:
        return f"{self.name}:{self.value}{' !important' if self.important else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a sheet: selectors and what they set.

    An at-rule that holds no rules, such as @font-face or @import, has its own
    text in `at` and nothing else.
    """

    selectors: tuple[str, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    media: str = ""  #: The condition of the @media it stands in.
    nested: bool = False  #: An at-rule stands within that @media.
    at: str = ""  #: The name and the text of any other at-rule.


@lru_cache(maxsize=4_096)  # A mail says the same hundred things in a thousand elements.
def parse_style(text: str) -> tuple[Declaration, ...]:
    """Read a `style` attribute, or what stands between a rule's braces."""
    return tuple(_declarations(tinycss2.parse_blocks_contents(text)))


def parse_sheet(text: str) -> tuple[Rule, ...]:
    """Read a sheet; what cannot be read is left out, as browsers do."""
    parsed = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return tuple(_rules(parsed, media=""))


def write_style(declarations: Iterable[Declaration]) -> str:
    """Return a `style` attribute."""
    return "; ".join(map(str, declarations))


def write_sheet(rules: Iterable[Rule]) -> str:
    """Return a sheet."""
    return "\n".join(map(_written, rules))


def _rules(nodes: Iterable[Any], *, media: str) -> Iterator[Rule]:
    for node in nodes:
        if node.type == "qualified-rule":
            selectors = _split(tinycss2.serialize(node.prelude))
            declarations = tuple(_declarations(tinycss2.parse_blocks_contents(node.content)))
            yield Rule(selectors=selectors, declarations=declarations, media=media)
        elif node.type == "at-rule" and node.lower_at_keyword == "media" and not media:
            content = tinycss2.parse_rule_list(
                node.content or (), skip_comments=True, skip_whitespace=True
            )
            yield from _rules(content, media=tinycss2.serialize(node.prelude).strip())
        elif node.type == "at-rule":
            yield Rule(at=node.serialize(), media=media, nested=bool(media))


def _split(selectors: str) -> tuple[str, ...]:
    return tuple(" ".join(one.split()) for one in selectors.split(",") if one.strip())


def _declarations(nodes: Iterable[Any]) -> Iterator[Declaration]:
    for node in nodes:
        if node.type == "declaration":
            value = tinycss2.serialize(node.value).strip()
            yield Declaration(name=node.lower_name, value=value, important=node.important)


def _written(rule: Rule) -> str:
    inside = rule.at or f"{', '.join(rule.selectors)} {{ {write_style(rule.declarations)} }}"
    return f"@media {rule.media} {{ {inside} }}" if rule.media else inside


def without(rule: Rule, names: Iterable[str]) -> Rule:
    """Return the rule without the properties of these names."""
    gone = set(names)
    kept = tuple(one for one in rule.declarations if one.name not in gone)
    return replace(rule, declarations=kept)
