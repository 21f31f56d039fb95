"""The command line: words in, text or JSON and an exit code out.

One module a command. Modules import what is heavy when they run, so that
`aidigest --help` answers at once.
"""

from aidigest.cli.main import main

__all__ = ["main"]
