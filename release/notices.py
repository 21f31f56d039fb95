"""Writes THIRD-PARTY.md: what an installed aidigest stands on, and under which licences.

`make notices` writes it anew; a test compares it with what is installed.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from importlib.metadata import PackageNotFoundError as NotInstalledError
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PAGE = Path(__file__).parent.parent / "THIRD-PARTY.md"

HEAD = """# What aidigest stands on

aidigest itself is under the [MIT licence](LICENSE). It has no code of others in its own files; the
libraries below are installed beside it, with their own licence texts in their `.dist-info`
folders. Those with the name of an extra come only with `aidigest[extra]`. Made by `make notices`
from what the libraries say of themselves; the SBOM beside a release has their versions.

| library | licence | comes with |
|---|---|---|
"""

#: What lets everybody use, change and pass on a program that only imports the library.
ALLOWED = re.compile(
    r"MIT|BSD|Apache|Python Software Foundation|PSF|MPL|Mozilla|ISC|Zope|ZPL|HPND|0BSD|Unlicense"
    r"|CNRI|Zlib|LGPL|Lesser General Public|MIT-CMU"
)

#: What is told nowhere but in the library's own text.
_READ = {"dkimpy": "Zlib"}


def libraries(extra: str = "") -> dict[str, Distribution]:
    """Return every installed library that aidigest, or an extra of it, needs, by its name."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(f"aidigest[{extra}]" if extra else "aidigest")]
    while waiting:
        wanted = waiting.pop()
        for needed in _needs(wanted):
            name = canonicalize_name(needed.name)
            if name not in found or needed.extras:
                try:
                    found[name] = distribution(name)
                except NotInstalledError:
                    continue
                waiting.append(needed)
    return found


def everything() -> dict[str, Distribution]:
    """Return what aidigest and all of its extras need."""
    found = libraries()
    for extra in extras():
        found |= libraries(extra)
    return found


def licence(library: Distribution) -> str:
    """Return the licence as the library's own metadata has it; empty where it has none."""
    said = library.metadata
    if text := _READ.get(canonicalize_name(library.name)):
        return text
    if expressions := said.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = [
        one.rpartition(" :: ")[2]
        for one in said.get_all("Classifier", [])
        if one.startswith("License ::") and one != "License :: OSI Approved"
    ]
    return ", ".join(classifiers) or str(said.get_all("License", [""])[0]).partition("\n")[0]


def rows() -> Iterator[str]:
    """Return a line of the table for each library."""
    usual, every = libraries(), everything()
    by_extra = {extra: libraries(extra) for extra in extras()}
    for name in sorted(every):
        brought = [] if name in usual else [one for one in by_extra if name in by_extra[one]]
        yield f"| {name} | {licence(every[name])} | {', '.join(brought)} |"


def unclear() -> list[str]:
    """Return the libraries whose licence is missing or not among those we know to be good."""
    return sorted(name for name, one in everything().items() if not ALLOWED.search(licence(one)))


def extras() -> list[str]:
    """Return the names of our extras."""
    return sorted(distribution("aidigest").metadata.get_all("Provides-Extra", []))


def _needs(wanted: Requirement) -> Iterator[Requirement]:
    for line in distribution(wanted.name).requires or []:
        needed = Requirement(line)
        extras = wanted.extras or {""}
        if needed.marker is None or any(needed.marker.evaluate({"extra": one}) for one in extras):
            yield needed


if __name__ == "__main__":
    if doubts := unclear():
        sys.exit(f"look at the licences of {', '.join(doubts)} before they are shipped with")
    PAGE.write_text(HEAD + "\n".join(rows()) + "\n", encoding="utf-8")
