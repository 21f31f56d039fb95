"""The pages of the documentation, and the fences in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("**/*.md"), ROOT / "benchmarks/README.md"])

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A block of code in a page."""

    language: str
    text: str
    line: int  #: Of the page, where it begins.
    before: str  #: The last line of words before it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line to type, and what the page shows below it."""

    line: str
    shown: str


def commands(fence: Fence) -> list[Command]:
    """Return a console's commands; those of root follow on a `#`."""
    parts = re.split(r"^[$#] ", fence.text, flags=re.MULTILINE)[1:]
    split = (part.partition("\n") for part in parts)
    return [Command(line=line, shown=shown.rstrip("\n")) for line, _, shown in split]


def name(page: Path) -> str:
    """Return how tests call a page."""
    return str(page.relative_to(ROOT))


def fences(page: Path) -> Iterator[Fence]:
    """Yield a page's blocks of code, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        lines = found["text"].splitlines()
        words = [line for line in text[: found.start()].splitlines() if line.strip()]
        yield Fence(
            language=found["language"],
            text="\n".join(line.removeprefix(found["indent"]) for line in lines),
            line=text.count("\n", 0, found.start()) + 1,
            before=words[-1].strip() if words else "",
        )


def without_fences(page: Path) -> str:
    """Return the page's words."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def file_on(page: Path, path: str) -> str:
    """Return the file which a page shows below the line that names it first."""
    named = ((re.findall(r"`([^`]+)`", one.before), one) for one in fences(page))
    return next(f"{one.text}\n" for names, one in named if names and names[0].endswith(path))
