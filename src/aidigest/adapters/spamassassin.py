"""SpamAssassin's opinion of a message, where it is installed; it asks nothing of the network."""

import re
import shutil
import subprocess
from collections.abc import Iterator

from aidigest.core.proof.lint import Finding, Level

#: A digest of ours scores about nothing.
_MUCH = 1.0
_PATIENCE = 60.0
_SCORE = re.compile(rb"^Content analysis details:\s*\((-?[\d.]+) points", re.MULTILINE)
_RULE = re.compile(rb"^\s*(-?[\d.]+) ([A-Z][A-Z0-9_]+)\s", re.MULTILINE)


def spam_finding(message: bytes) -> Iterator[Finding]:
    """Yield what `spamassassin -L -t` scores the message; nothing where it is not installed."""
    program = shutil.which("spamassassin")
    if program is None:
        return
    answer = _ask(program, message)
    found = _SCORE.search(answer)
    if not found:
        yield Finding(rule="S1", level=Level.NOTE, what="SpamAssassin gave no answer")
        return
    score = float(found[1])
    rules = [name.decode() for points, name in _RULE.findall(answer) if float(points)]
    level = Level.WARNING if score > _MUCH else Level.NOTE
    said = f"SpamAssassin scores it {score:g}; 5 is spam ({', '.join(rules) or 'no rule counts'})"
    yield Finding(rule="S1", level=level, what=said)


def _ask(program: str, message: bytes) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - The message is its standard input, and no word of it.
            [program, "-L", "-t"],
            input=message,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout
