"""docs/reference/feed-citizen.md, from the conformance suite."""

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]

_HEAD = """\
# A good feed citizen

What aidigest promises to those whose feeds it polls: {count} rules, each with the test that shows
it.
The tests run the real poller against a scripted HTTP server, with the time as an argument, in
`make test`; one alone with `.venv/bin/pytest tests/citizen -k t19`. The numbers are those of issue
#3, FRB those of rachelbythebay.com's feed reader behaviour project. Values marked ◆ are our own
choice, where the source only says "slow down"; [decisions/0010](../decisions/0010-polling.md) says
why.

This page is written by `make docs` from the tests, and a test compares the two.

| | rule | source | test |
|---|---|---|---|
"""


def page() -> str:
    """Return the page, as the suite has it."""
    tests = ROOT / "tests"
    sys.path[:0] = [str(tests), str(tests / "citizen")]
    for path in sorted((tests / "citizen").glob("test_*.py")):
        import_module(path.stem)
    rules = import_module("citizens").RULES
    rows = [
        f"| T{rule.number} | {rule.text}{' ◆' if rule.is_choice else ''} | {rule.source} |"
        f" `{rule.test.__name__}` |\n"
        for _, rule in sorted(rules.items())
    ]
    return _HEAD.format(count=len(rows)) + "".join(rows)
