"""T9 and T18: what the mail uses and some clients do not support, and what depends on it."""

from collections.abc import Iterator

from aidigest.core.proof.clients import CLIENTS, Support, uses
from aidigest.core.proof.lint.findings import Finding, note, warning
from aidigest.core.proof.lint.mail import Mail, elements

#: Layout that falls apart where it is not supported.
_ESSENTIAL = {
    "css-float",
    "css-position",
    "css-display-flex",
    "css-display-grid",
    "html-anchor-links",
}


def check_support(mail: Mail, support: Support) -> Iterator[Finding]:
    """Yield what some client does not support."""
    if not any(one.get("style") for one in elements(mail.page)):
        yield warning("T18", "no style is inlined: where sheets are dropped, nothing is left")
    for use in uses(mail.page, mail.sheets):
        lacking = support.without(use.feature)
        if lacking:
            names = ", ".join(CLIENTS[client] for client in lacking[:3])
            others = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""  # noqa: PLR2004 - Three are named.
            said = f"{use.feature} is not supported by {names}{others}: {use.where[:60]}"
            yield (warning if use.feature in _ESSENTIAL else note)("T9", said)
